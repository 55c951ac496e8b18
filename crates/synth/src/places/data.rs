//! Places: the city's districts and their streets, and the counties people come from.

/// One district of the city.
pub(crate) struct District {
    /// GB/T 2260 as of today.
    pub(crate) division: u32,
    pub(crate) name: &'static str,
    pub(crate) streets: [&'static str; 4],
    pub(crate) roads: [&'static str; 5],
    pub(crate) villages: [&'static str; 3],
}

pub(crate) const PROVINCE: &str = "浙江省";
pub(crate) const CITY: &str = "杭州市";

#[rustfmt::skip]
pub(crate) const DISTRICTS: &[District] = &[
    District { division: 330_102, name: "上城区", streets: ["清波街道", "小营街道", "湖滨街道", "四季青街道"],
        roads: ["解放路", "庆春路", "中河中路", "钱江路", "富春路"], villages: ["近江村", "三堡村", "水湘村"] },
    District { division: 330_105, name: "拱墅区", streets: ["米市巷街道", "祥符街道", "长庆街道", "半山街道"],
        roads: ["莫干山路", "湖墅南路", "大关路", "朝晖路", "体育场路"], villages: ["石桥村", "皋亭村", "沈家桥村"] },
    District { division: 330_106, name: "西湖区", streets: ["北山街道", "翠苑街道", "文新街道", "三墩镇"],
        roads: ["文三路", "文二路", "天目山路", "古墩路", "学院路"], villages: ["龙井村", "梅家坞村", "绕城村"] },
    District { division: 330_108, name: "滨江区", streets: ["西兴街道", "长河街道", "浦沿街道", "长河街道"],
        roads: ["江南大道", "滨盛路", "江陵路", "春晓路", "东信大道"], villages: ["江二村", "汤家桥村", "山一村"] },
    District { division: 330_109, name: "萧山区", streets: ["城厢街道", "北干街道", "闻堰街道", "临浦镇"],
        roads: ["市心中路", "金城路", "通惠南路", "萧绍路", "人民路"], villages: ["凤凰村", "下孙村", "横一村"] },
    District { division: 330_110, name: "余杭区", streets: ["仓前街道", "五常街道", "良渚街道", "径山镇"],
        roads: ["文一西路", "良睦路", "高教路", "联胜路", "古墩路延伸段"], villages: ["大陆村", "新港村", "小古城村"] },
];

/// What a road was called before; some files still say so.
pub(crate) const RENAMED_ROADS: &[(&str, &str)] = &[
    ("解放路", "新民路"),
    ("文一西路", "余杭塘路"),
    ("大关路", "小河路"),
    ("江南大道", "西兴路"),
    ("市心中路", "市心路"),
    ("学院路", "文学路"),
    ("体育场路", "武林路"),
];

pub(super) const ESTATE_FIRST: &[&str] = &[
    "翠苑", "嘉绿", "金色", "绿城", "阳光", "望江", "桂花", "紫荆", "东方", "丽景", "和平", "新金",
    "星洲", "雅仕", "兰庭", "春江", "荷花", "采荷",
];
pub(super) const ESTATE_LAST: &[&str] =
    &["新村", "苑", "家园", "花园", "公寓", "小区", "府", "名邸"];

/// Where the numbers of the city's own people were assigned: division, from birth year, to birth year.
/// Codes retired since (下城区, 江干区, 余杭市, 萧山县 …) stay in the numbers of the people who bear them.
#[rustfmt::skip]
pub(crate) const LOCAL_NUMBERS: &[(u32, i32, i32)] = &[
    (330_102, 0, 9999), (330_105, 0, 9999), (330_106, 0, 9999), (330_108, 1996, 9999), (330_109, 2001, 9999),
    (330_110, 2001, 9999), (330_103, 0, 2020), (330_104, 0, 2020), (330_181, 1987, 2000), (330_184, 1994, 2000),
    (330_125, 0, 1993), (330_121, 0, 1986), (330_103, 0, 1990), (330_104, 0, 1990),
];

/// Where people come from: today's division and, for those born up to a year, the one it had then.
#[rustfmt::skip]
pub(crate) const HOMELANDS: &[(u32, Option<(u32, i32)>)] = &[
    (341_225, Some((342_101, 1995))), (341_221, Some((342_122, 1995))), (341_226, None), (341_522, None),
    (341_621, None), (341_623, None), (341_881, None), (361_104, Some((361_121, 2018))), (361_127, None),
    (361_128, None), (360_733, None), (360_111, None), (411_525, Some((413_026, 1997))), (411_528, None),
    (411_624, Some((412_728, 1999))), (411_627, None), (411_425, None), (411_726, None), (410_923, None),
    (420_116, None), (420_281, None), (421_083, None), (421_088, Some((421_023, 2019))), (421_087, None),
    (430_181, None), (430_182, Some((430_124, 2016))), (430_381, None), (422_801, None), (433_101, None),
    (440_306, None), (440_513, None), (440_883, None), (450_881, None), (450_922, None), (451_221, None),
    (500_101, None), (500_151, Some((510_228, 1996))), (500_103, Some((510_202, 1996))), (500_235, None),
    (500_236, None), (511_325, None), (511_381, None), (511_623, None), (511_725, None), (513_401, None),
    (520_502, Some((522_401, 2010))), (520_302, None), (520_524, None), (520_525, None), (522_601, None),
    (522_301, None), (530_627, Some((532_128, 2000))), (532_901, None), (532_301, None), (533_103, None),
    (610_124, None), (610_902, Some((612_401, 1999))), (620_102, None), (621_102, Some((622_421, 2002))),
    (640_202, None), (650_102, None), (653_101, None), (653_201, None), (654_002, None), (540_102, None),
    (150_102, None), (150_402, None), (150_702, Some((152_101, 2000))), (210_102, None), (210_106, None),
    (210_214, Some((210_282, 2014))), (220_122, None), (222_401, None), (230_102, None), (230_112, Some((230_181, 2005))),
    (130_682, None), (130_102, Some((130_103, 2014))), (140_109, None), (140_702, Some((142_401, 1998))),
    (371_702, Some((372_901, 1999))), (370_812, Some((370_882, 2012))), (371_722, None), (371_728, None),
    (320_106, None), (320_382, None), (320_583, None), (320_813, Some((320_829, 2015))), (320_115, Some((320_121, 1999))),
    (310_115, None), (310_101, Some((310_103, 2010))), (110_105, None), (110_108, None), (110_101, Some((110_103, 2009))),
    (110_102, Some((110_104, 2009))), (350_102, None), (350_128, None), (350_583, None), (330_327, None),
    (330_382, None), (330_381, None), (330_482, None), (330_683, None), (330_782, None), (330_822, None),
    (330_825, None), (331_082, None), (330_226, None),
];

/// Where minorities come from: first two digits of the division.
pub(crate) const MINORITY_HOMES: &[(u8, u32)] = &[
    (5, 653_201),
    (5, 653_101),
    (17, 654_002),
    (4, 540_102),
    (2, 150_402),
    (7, 513_401),
    (3, 640_202),
    (6, 522_601),
    (8, 450_881),
    (15, 433_101),
    (9, 522_301),
    (10, 222_401),
    (11, 210_102),
    (22, 330_327),
];

/// GB/T 3304: the code's label, for files that write it beside the code or in its place.
#[rustfmt::skip]
pub(crate) const ETHNICITIES: &[(u8, &str)] = &[
    (1, "汉族"), (2, "蒙古族"), (3, "回族"), (4, "藏族"), (5, "维吾尔族"), (6, "苗族"), (7, "彝族"), (8, "壮族"),
    (9, "布依族"), (10, "朝鲜族"), (11, "满族"), (12, "侗族"), (15, "土家族"), (17, "哈萨克族"), (22, "畲族"),
];
