"""What the peers of the fusion benchmark know about the feeds: headings, codes, orders of authority."""

HOUSEHOLD = "public_security.household_register"
PERMIT = "public_security.residence_permit"
INSURANCE = "social_security.insurance_enrolment"
HEALTH = "health.health_record"
ASSISTANCE = "civil_affairs.social_assistance"
PROPERTY = "housing.property_ownership"

# Headings and the columns they become, with what stands in them.
FEEDS = {
    HOUSEHOLD: {
        "公民身份号码": ("id_number", "number"), "姓名": ("name", "name"), "性别": ("sex", "sex"),
        "民族": ("ethnicity", "ethnicity"), "出生日期": ("birth_date", "birth8"), "户号": ("household_no", "text"),
        "与户主关系": ("relation_to_head", "text"), "户籍地区划": ("hukou_division", "division"),
        "户籍地址": ("hukou_address", "address"), "更新时间": ("updated_at", "moment"),
    },
    PERMIT: {
        "证件类型": ("id_type", "text"), "证件号码": ("id_number", "number"), "姓名": ("name", "name"), "性别": ("sex", "sex"),
        "出生日期": ("birth_date", "birth"), "居住地址": ("address", "address"), "联系电话": ("phone", "phone"),
        "申报日期": ("reported_on", "day"), "更新时间": ("updated_at", "moment"),
    },
    INSURANCE: {
        "个人编号": ("person_no", "text"), "社会保障号码": ("id_number", "number"), "姓名": ("name", "name"),
        "性别": ("sex", "sex"), "出生日期": ("birth_date", "birth8"), "险种类型": ("insurance_kind", "insurance"),
        "参保状态": ("status", "text"), "缴费基数": ("contribution_base", "amount"),
        "首次参保日期": ("first_enrolled_on", "day"), "联系电话": ("phone", "phone"), "更新时间": ("updated_at", "moment"),
    },
    HEALTH: {
        "ehrId": ("record_no", "text"), "idNo": ("id_number", "number"), "name": ("name", "name"), "sex": ("sex", "sex"),
        "birthDate": ("birth_date", "birth"), "phone": ("phone", "phone"), "address": ("address", "address"),
        "chronic": ("chronic_icd10", "text"), "abo": ("blood_group", "text"), "updatedAt": ("updated_at", "moment"),
    },
    ASSISTANCE: {
        "救助编号": ("assistance_no", "text"), "证件号码": ("id_number", "number"), "姓名": ("name", "name"),
        "救助类别": ("category", "text"), "月补助金额": ("monthly_amount", "amount"), "起始年月": ("start_month", "text"),
        "更新时间": ("updated_at", "moment"),
    },
    PROPERTY: {
        "不动产单元号": ("unit_no", "text"), "权利人": ("name", "name"), "证件号": ("id_number", "number"),
        "共有比例": ("share_percent", "text"), "坐落": ("address", "address"), "建筑面积": ("floor_area", "amount"),
        "经度": ("longitude", "text"), "纬度": ("latitude", "text"), "登记时间": ("updated_at", "moment"),
    },
}

# One value of each feed for each resident: the newest.
NEWEST = {
    HOUSEHOLD: [
        "name", "sex", "birth_date", "ethnicity", "household_no", "relation_to_head", "hukou_division", "hukou_address",
    ],
    PERMIT: ["name", "sex", "birth_date", "address", "phone"],
    INSURANCE: ["name", "sex", "birth_date", "phone"],
    HEALTH: ["name", "sex", "birth_date", "phone", "address", "blood_group", "chronic_icd10"],
    ASSISTANCE: ["name", "category", "monthly_amount"],
    PROPERTY: ["name"],
}
# Between feeds, the authority first.
AUTHORITY = {
    "name": [HOUSEHOLD, PERMIT, INSURANCE, HEALTH, ASSISTANCE, PROPERTY],
    "sex": [HOUSEHOLD, PERMIT, INSURANCE, HEALTH],
    "birth_date": [HOUSEHOLD, PERMIT, INSURANCE, HEALTH],
}
PHONES = [PERMIT, HEALTH, INSURANCE]  # the newest; of one time, in this order
# Of one time in one feed, the row that is larger in the order of its columns.
TIES = {
    HOUSEHOLD: ["name", "sex", "ethnicity", "birth_date", "household_no"],
    PERMIT: ["id_type", "name", "sex", "birth_date", "address", "phone"],
    INSURANCE: ["person_no", "name", "sex", "birth_date", "insurance_kind", "status"],
    HEALTH: ["record_no", "name", "sex", "birth_date", "phone"],
    ASSISTANCE: ["assistance_no", "name", "category"],
    PROPERTY: ["unit_no", "name"],
}

NOTHING = ["", "NULL", "null", "\\N", "-", "无"]
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
CHECKS = "10X98765432"
PROVINCES = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
    50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
]
SEXES = {
    "男": "1", "女": "2", "男性": "1", "女性": "2", "M": "1", "F": "2", "0": None, "9": None, "未知": None, "未说明": None,
}
ETHNICITIES = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 "
    "纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 "
    "德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
).split()
INSURANCES = {
    "城镇职工养老": "110", "机关养老": "120", "城乡居民养老": "170", "失业": "210", "职工医疗": "310", "城乡居民医疗": "390",
    "工伤": "410", "生育": "510",
}
DOTS = "•．・‧∙⋅･"
WIDE = [chr(c) for c in range(0xFF01, 0xFF5F)] + ["\u3000"]
NARROW = [chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)] + [" "]
BLANKS = " \t\r\n\u3000\u00a0"


def path(city, feed):
    return f"{city}/{feed.replace('.', '/')}.csv"
