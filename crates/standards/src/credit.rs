//! Organisations: their unified social credit codes (GB 32100) and names.
//!
//! An organisation may stand where a person is expected, such as the owner of a property. Its number
//! must never be taken for a person's.

/// Whether a text of 18 characters is a unified social credit code (GB 32100): its alphabet (digits
/// and upper-case letters without I, O, S, V, Z), a registering department, a passing check character.
#[must_use]
pub fn is_credit_code(code: &str) -> bool {
    let Ok(code) = <&[u8; 18]>::try_from(code.as_bytes()) else {
        return false;
    };
    if !matches!(code[0], b'1'..=b'9' | b'A' | b'N' | b'Y') {
        return false;
    }
    let mut sum = 0;
    let mut weight = 1;
    for byte in &code[..17] {
        let Some(value) = value_of(*byte) else {
            return false;
        };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    value_of(code[17]) == Some((31 - sum % 31) % 31)
}

/// Whether a valid credit code can't be a mistyped identity number: it doesn't begin like one, with two of a division, a
/// century and a day of birth; the division inside it exists
/// (characters 3 to 8; in an identity number the division stands at the front), and it has a letter
/// before its end, or begins with 9 as no resident's number does, or passes the check of the
/// organisation code (GB 11714) inside it as well.
#[must_use]
pub fn is_surely_organisation(code: &str) -> bool {
    if !is_credit_code(code) {
        return false;
    }
    let body = code.as_bytes().get(..17).unwrap_or_default();
    let province = code
        .get(2..4)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    let is_division = code
        .get(2..8)
        .is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
    let in_china = is_division && (province == 10 || crate::codes::is_known_province(province));
    let lettered = body.iter().any(u8::is_ascii_uppercase);
    in_china
        && !begins_like_an_identity_number(code)
        && (lettered || code.starts_with('9') || has_organisation_code(body))
}

fn begins_like_an_identity_number(code: &str) -> bool {
    let division = code.get(..6).and_then(|digits| digits.parse().ok());
    let part = |at: std::ops::Range<usize>| code.get(at)?.parse::<u32>().ok();
    let century = matches!(part(6..8), Some(19 | 20));
    let is_day = matches!(part(10..12), Some(1..=12)) && matches!(part(12..14), Some(1..=31));
    let is_number = code
        .get(..17)
        .is_some_and(|body| body.bytes().all(|b| b.is_ascii_digit()));
    let is_division = division.is_some_and(crate::codes::is_known_division);
    // Of the three one may be mistyped.
    [is_division, century, is_number && is_day]
        .iter()
        .filter(|sign| **sign)
        .count()
        >= 2
}

/// Whether a name is an organisation's rather than a person's.
#[must_use]
pub fn is_organisation_name(name: &str) -> bool {
    if ANYWHERE.iter().any(|word| name.contains(word)) {
        return true;
    }
    // A remark in brackets says nothing about the kind of name.
    let name = name
        .split(['(', '（', '【', '['])
        .next()
        .map_or(name, crate::clean::trim);
    let length = name.chars().count();
    if length < 3 {
        return false;
    }
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    ends(ENDINGS)
        || length >= 4 && ends(LONGER_ENDINGS) && !(length == 4 && has_compound_surname(name))
        || length >= 5 && !name.contains(['·', '•', '．', '・']) && ends(LONGEST_ENDINGS)
        || is_latin_company(name)
}

/// Words that no person's name contains.
const ANYWHERE: &[&str] = &[
    "公司",
    "合作社",
    "委员会",
    "事务所",
    "合伙企业",
    "联合社",
    "集团",
    "居委会",
    "村委会",
    "管委会",
    "办事处",
    "人民政府",
    "个体工商户",
    "基金会",
    "研究院",
    "研究所",
];
/// Endings from three characters on: 民政局, 机械厂.
const ENDINGS: &[&str] = &["局", "厂"];
/// Endings from four characters on.
const LONGER_ENDINGS: &[&str] = &[
    "中心",
    "医院",
    "学校",
    "大学",
    "学院",
    "小学",
    "中学",
    "幼儿园",
    "银行",
    "支行",
    "分行",
    "商行",
    "商店",
    "超市",
    "酒店",
    "宾馆",
    "饭店",
    "旅馆",
    "协会",
    "商会",
    "学会",
    "联合会",
    "工会",
    "街道办",
    "政府",
    "法院",
    "检察院",
    "派出所",
    "卫生院",
    "卫生所",
    "卫生室",
    "门诊部",
    "诊所",
    "药店",
    "药房",
    "经营部",
    "服务部",
    "工作室",
    "俱乐部",
    "福利院",
    "敬老院",
    "养老院",
    "企业",
    "农场",
    "林场",
    "茶场",
    "项目部",
    "村民小组",
    "生产队",
    "教堂",
    "图书馆",
    "博物馆",
    "文化馆",
    "部队",
    "支队",
    "大队",
    "供销社",
    "信用社",
    "股份社",
    "加油站",
    "服务站",
    "管理处",
    "管理站",
    "管理所",
    "办公室",
    "党支部",
];
const COMPOUND_SURNAMES: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒", "东方",
    "独孤", "端木", "西门", "南宫", "宇文", "长孙", "申屠", "淳于", "闻人", "钟离", "轩辕", "拓跋",
];
/// Endings that a short name could have too.
const LONGEST_ENDINGS: &[&str] = &[
    "站", "所", "院", "社", "店", "馆", "队", "处", "部", "会", "园",
];

fn is_latin_company(name: &str) -> bool {
    // Co alone is also a surname.
    let forms = [
        "ltd",
        "limited",
        "inc",
        "llc",
        "gmbh",
        "corp",
        "corporation",
        "co.",
        "co.,",
    ];
    let mut words = name.split_ascii_whitespace();
    words.next().is_some_and(|first| first.is_ascii())
        && words.any(|word| {
            let bare = word.trim_end_matches(['.', ',']);
            forms
                .iter()
                .any(|form| word.eq_ignore_ascii_case(form) || bare.eq_ignore_ascii_case(form))
        })
}

/// Four characters with a surname of two are a person, whatever the given name: 欧阳中心.
fn has_compound_surname(name: &str) -> bool {
    COMPOUND_SURNAMES
        .iter()
        .any(|surname| name.starts_with(surname))
}

/// The value of a character in GB 32100's alphabet of 31.
fn value_of(byte: u8) -> Option<u32> {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    // Most are digits.
    if byte.is_ascii_digit() {
        return Some(u32::from(byte - b'0'));
    }
    ALPHABET
        .iter()
        .position(|known| *known == byte)
        .map(|at| at as u32)
}

/// Whether characters 9 to 17 are an organisation code with a passing check (GB 11714, MOD 11).
fn has_organisation_code(code: &[u8]) -> bool {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let Some([body @ .., check]) = code.get(8..17) else {
        return false;
    };
    let sum: u32 = body
        .iter()
        .zip(WEIGHTS)
        .map(|(byte, weight)| char::from(*byte).to_digit(36).unwrap_or(0) * weight)
        .sum();
    let expected = match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    };
    *check == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_codes_pass_their_check() {
        // Published examples: GB 32100's own and well-known companies.
        for code in [
            "91350100M000100Y43",
            "91110000802100433B",
            "91440300708461136T",
        ] {
            assert!(is_credit_code(code), "{code}");
            assert!(is_surely_organisation(code), "{code}");
        }
        for code in [
            "91350100M000100Y44",
            "",
            "9135",
            "91350100m000100y43",
            "01350100M000100Y43",
            "91350100O000100Y43",
        ] {
            assert!(!is_credit_code(code), "{code}");
        }
    }

    #[test]
    fn a_mistyped_identity_number_is_no_organisation() {
        // Passes the check of GB 32100 by chance, and that of the organisation code inside.
        assert!(is_credit_code("331082198962143421"));
        assert!(!is_surely_organisation("331082198962143421"));
        // Nor do numbers of which the division was mistyped.
        for number in ["532218201606128825", "922301198207099773"] {
            assert!(is_credit_code(number) && !is_surely_organisation(number));
        }
    }

    #[test]
    fn names_of_organisations() {
        for name in [
            "杭州余杭物业管理有限公司",
            "民政局",
            "杭州机械厂",
            "杭州市第一人民医院",
            "文新街道办事处",
            "三墩镇华联村村民委员会",
            "甲公司（已注销）",
            "丰收农业专业合作社",
            "Siemens Ltd.",
            "ABC Co., Ltd",
            "西湖区实验小学",
            "杭州铁路中心",
            "某某经营部",
        ] {
            assert!(is_organisation_name(name), "{name}");
        }
        for name in [
            "王伟",
            "欧阳建国",
            "阿卜杜拉·买买提",
            "古丽娜尔·阿不都热依木",
            "李学院",
            "张中心",
            "欧阳中心",
            "马中心（已故）",
            "陈社",
            "刘大队",
            "Maria Co",
            "",
            "王",
            "王伟（已故）",
            "司马厂长",
        ] {
            assert!(!is_organisation_name(name), "{name}");
        }
    }
}
