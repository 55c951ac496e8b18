//! Common headings, for columns that no contract knows yet.

use rongtong_contracts::Standard;

/// A canonical column and the headings it is known under.
pub(crate) struct Word {
    pub(crate) headings: &'static [&'static str],
    pub(crate) name: &'static str,
    pub(crate) standard: Standard,
    pub(crate) title_en: &'static str,
}

macro_rules! words {
    ($($name:literal, $standard:ident, $title:literal: $($heading:literal),+;)*) => {
        &[$(Word {
            headings: &[$($heading),+],
            name: $name,
            standard: Standard::$standard,
            title_en: $title,
        },)*]
    };
}

/// Headings as a whole.
pub(crate) const WORDS: &[Word] = words! {
    "id_number", IdNumber, "Identity document number": "公民身份号码", "身份证号", "身份证号码", "身份证", "证件号", "证件号码", "身份证件号码", "社会保障号码", "社会保障号", "idno", "idnumber", "idcard", "idcardno", "aac002", "aac147", "sfzh", "sfzhm", "zjhm", "gmsfhm";
    "id_type", IdType, "Document type": "证件类型", "证件种类", "身份证件类型", "idtype", "aac058", "zjlx";
    "name", Name, "Name": "姓名", "人员姓名", "名字", "name", "fullname", "xm", "aac003";
    "sex", Sex, "Sex": "性别", "性别代码", "sex", "gender", "xb", "aac004";
    "birth_date", Date, "Birth date": "出生日期", "出生年月日", "出生年月", "生日", "birthdate", "birthday", "dateofbirth", "dob", "csrq", "aac006";
    "ethnicity", Ethnicity, "Ethnic group": "民族", "民族代码", "ethnicity", "nation", "mz", "aac005";
    "marital_status", MaritalStatus, "Marital status": "婚姻状况", "婚姻状态", "maritalstatus", "hyzk";
    "relation_to_head", RelationToHead, "Relation to head of household": "与户主关系", "户主关系", "与户主关系代码", "yhzgx";
    "household_no", Text, "Household number": "户号", "户籍号", "家庭编号", "户口簿号";
    "household_size", Amount, "Household size": "家庭人口数", "家庭人口", "户人数";
    "hukou_division", Division, "Hukou division": "户籍地区划", "户籍区划", "户籍地行政区划";
    "division", Division, "Administrative division": "行政区划", "行政区划代码", "所属区划", "区划代码", "区划", "xzqh", "xzqhdm";
    "hukou_address", Address, "Hukou address": "户籍地址", "户口所在地", "户籍所在地", "户籍地详址", "户籍地";
    "address", Address, "Address": "地址", "住址", "现住址", "居住地址", "家庭住址", "家庭地址", "联系地址", "常住地址", "坐落", "房屋地址", "房屋坐落", "address", "addr", "homeaddress", "dz", "zz";
    "phone", Phone, "Phone": "电话", "联系电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "移动电话", "phone", "mobile", "tel", "telephone", "phoneno", "mobilephone", "lxdh", "sjh", "aae005";
    "updated_at", Timestamp, "Updated at": "更新时间", "更新日期", "修改时间", "最后修改时间", "最后更新时间", "数据更新时间", "操作时间", "updatedat", "updatetime", "lastmodified", "modifytime", "modifiedat", "gxsj";
    "created_at", Timestamp, "Created at": "创建时间", "录入时间", "入库时间", "建档时间", "createdat", "createtime", "cjsj";
    "registered_on", Date, "Registered on": "登记日期", "登记时间", "注册日期";
    "reported_on", Date, "Reported on": "申报日期", "上报日期", "填报日期";
    "applied_on", Date, "Applied on": "申请日期", "申请时间";
    "issued_on", Date, "Issued on": "发证日期", "签发日期", "颁发日期";
    "starts_on", Date, "Starts on": "开始日期", "起始日期", "生效日期", "有效期起", "开始时间", "startdate";
    "ends_on", Date, "Ends on": "结束日期", "终止日期", "截止日期", "失效日期", "有效期止", "到期日期", "结束时间", "enddate";
    "admitted_on", Date, "Admitted on": "入学日期", "入院日期", "入学年月";
    "died_on", Date, "Died on": "死亡日期", "死亡时间", "deathdate";
    "month", Month, "Month": "年月", "月份", "所属期", "费款所属期";
    "amount", Amount, "Amount": "金额", "总金额", "amount";
    "monthly_amount", Amount, "Monthly amount": "月补助金额", "补助金额", "发放金额", "补贴金额", "救助金额";
    "monthly_rent", Amount, "Monthly rent": "月租金", "租金";
    "income", Amount, "Income": "收入", "月收入", "年收入", "家庭年收入", "家庭月收入", "人均收入";
    "floor_area", Amount, "Floor area": "建筑面积", "房屋建筑面积", "面积", "使用面积";
    "age", Amount, "Age": "年龄", "age", "nl";
    "height", Amount, "Height": "身高", "身高cm";
    "weight", Amount, "Weight": "体重", "体重kg";
    "longitude", Coordinate, "Longitude": "经度", "longitude", "lon", "lng", "坐标经度", "jd";
    "latitude", Coordinate, "Latitude": "纬度", "latitude", "lat", "坐标纬度", "wd";
    "geometry", Geometry, "Geometry": "geometry", "geom", "thegeom", "wkt", "范围";
    "blood_group", BloodGroup, "Blood group": "血型", "abo", "abo血型", "bloodtype", "bloodgroup";
    "icd10", Icd10, "ICD-10 code": "icd10", "icd10编码", "疾病编码", "诊断编码", "主要诊断编码", "死因编码";
    "employer", Text, "Employer": "工作单位", "单位名称", "用人单位", "单位", "就业单位", "从业单位";
    "school", Text, "School": "学校", "学校名称", "就读学校", "毕业学校", "毕业院校";
    "class_name", Text, "Class": "班级", "班级名称";
    "grade", Coded, "Grade": "年级";
    "education", Coded, "Education": "学历", "文化程度", "受教育程度";
    "occupation", Text, "Occupation": "职业", "从业状况", "工种";
    "political_status", Coded, "Political status": "政治面貌";
    "religion", Coded, "Religion": "宗教信仰";
    "military_service", Coded, "Military service": "兵役状况";
    "nationality", Text, "Nationality": "国籍", "国家地区";
    "disability_kind", Coded, "Kind of disability": "残疾类别", "残疾类型";
    "disability_level", Coded, "Level of disability": "残疾等级", "残疾级别";
    "disability_no", RecordNumber, "Disability certificate number": "残疾证号", "残疾人证号";
    "status", Coded, "Status": "状态", "当前状态", "数据状态", "status", "state";
    "kind", Coded, "Kind": "类型", "类别", "种类", "业务类型", "type", "kind", "category";
    "is_deleted", Coded, "Deleted": "删除标志", "是否删除", "删除标识", "有效标志", "isdeleted", "delflag";
    "is_cancelled", Coded, "Cancelled": "注销标志", "是否注销", "注销标识";
    "record_no", RecordNumber, "Record number": "编号", "业务编号", "档案编号", "记录编号", "流水号", "业务流水号", "主键", "id", "uuid", "recordid", "rowid";
    "sequence", Text, "Sequence in the file": "序号", "no", "seq", "行号", "xh";
    "person_no", RecordNumber, "Person number": "个人编号", "人员编号", "人员id", "个人识别号", "aac001";
    "student_no", RecordNumber, "Student number": "学号", "学籍号";
    "certificate_no", RecordNumber, "Certificate number": "证书编号", "证书号", "证明编号", "许可证号";
    "contract_no", RecordNumber, "Contract number": "合同编号", "合同号", "备案号", "备案编号";
    "credit_code", Text, "Credit code": "统一社会信用代码", "社会信用代码", "信用代码", "机构代码", "组织机构代码";
    "street", Text, "Sub-district": "街道", "乡镇", "乡镇街道", "所属街道", "街道乡镇";
    "community", Text, "Community": "社区", "村居", "村社区", "所属社区", "居委会", "村委会";
    "district", Text, "District": "区县", "所属区县", "县区", "行政区";
    "grid_code", Text, "Grid code": "网格编码", "网格编号", "网格代码", "gridcode";
    "grid_name", Text, "Grid name": "网格名称", "所属网格", "gridname";
    "department", Text, "Department": "部门", "所属部门", "主管部门", "受理部门", "经办机构", "登记机关", "发证机关";
    "reason", Text, "Reason": "原因", "事由", "致贫原因";
    "remark", Text, "Remark": "备注", "说明", "备注说明", "remark", "remarks", "memo", "note", "bz";
};

/// Endings of longer headings, the longest first where one ends another.
pub(crate) const ENDINGS: &[Word] = words! {
    "id_number", IdNumber, "identity document number": "公民身份号码", "身份证件号码", "身份证号码", "身份证件号", "身份证号", "证件号码", "证件号", "身份证";
    "id_type", IdType, "document type": "证件类型", "证件种类";
    "name", Name, "name": "姓名";
    "sex", Sex, "sex": "性别";
    "birth_date", Date, "birth date": "出生日期";
    "phone", Phone, "phone": "联系电话", "手机号码", "电话号码", "手机号", "电话", "手机", "联系方式";
    "address", Address, "address": "地址", "住址", "坐落";
    "division", Division, "division": "行政区划", "区划代码", "区划";
    "date", Date, "date": "日期";
    "time", Timestamp, "time": "时间";
    "month", Month, "month": "年月", "月份";
    "amount", Amount, "amount": "金额", "费用", "工资", "收入", "租金", "基数", "余额", "单价";
    "area", Amount, "area": "面积";
    "count", Amount, "count": "人数", "数量", "次数", "个数";
    "longitude", Coordinate, "longitude": "经度";
    "latitude", Coordinate, "latitude": "纬度";
    "kind", Coded, "kind": "类型", "类别", "种类";
    "status", Coded, "status": "状态", "状况";
    "level", Coded, "level": "等级", "级别";
    "flag", Coded, "flag": "标志", "标识";
    "number", RecordNumber, "number": "编号", "编码", "证号", "单号", "号码", "流水号";
    "title", Text, "title": "名称";
    "remark", Text, "remark": "备注", "说明";
};

/// Beginnings of longer headings: whom or what the column is about.
pub(crate) const BEGINNINGS: &[(&str, &str)] = &[
    ("男方", "husband"),
    ("丈夫", "husband"),
    ("女方", "wife"),
    ("妻子", "wife"),
    ("父亲", "father"),
    ("母亲", "mother"),
    ("监护人", "guardian"),
    ("配偶", "spouse"),
    ("申请人", "applicant"),
    ("经办人", "clerk"),
    ("联系人", "contact"),
    ("紧急联系人", "emergency_contact"),
    ("户主", "head"),
    ("法定代表人", "legal_representative"),
    ("法人", "legal_person"),
    ("承租人", "tenant"),
    ("承租方", "tenant"),
    ("出租人", "landlord"),
    ("出租方", "landlord"),
    ("产权人", "owner"),
    ("权利人", "owner"),
    ("患者", "patient"),
    ("病人", "patient"),
    ("学生", "student"),
    ("家长", "parent"),
    ("负责人", "manager"),
    ("代理人", "agent"),
    ("代办人", "agent"),
    ("死者", "deceased"),
    ("逝者", "deceased"),
    ("新生儿", "newborn"),
    ("儿童", "child"),
    ("老人", "elder"),
    ("残疾人", "disabled_person"),
    ("参保人", "insured"),
    ("救助对象", "recipient"),
    ("受益人", "beneficiary"),
    ("员工", "employee"),
    ("职工", "employee"),
    ("单位", "employer"),
    ("企业", "company"),
    ("学校", "school"),
    ("医院", "hospital"),
    ("机构", "organisation"),
    ("登记", "registration"),
    ("申请", "application"),
    ("审批", "approval"),
    ("发证", "issue"),
    ("更新", "update"),
    ("创建", "creation"),
    ("开始", "start"),
    ("结束", "end"),
    ("注销", "cancellation"),
    ("死亡", "death"),
    ("入学", "admission"),
    ("毕业", "graduation"),
    ("就业", "employment"),
    ("参保", "insurance"),
    ("首次参保", "first_enrolment"),
    ("起租", "lease_start"),
    ("退租", "lease_end"),
    ("缴费", "contribution"),
    ("户籍", "hukou"),
    ("户籍地", "hukou"),
    ("居住", "residence"),
    ("房屋", "house"),
    ("车辆", "vehicle"),
    ("残疾", "disability"),
];
