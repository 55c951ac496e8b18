//! What may be personal. In doubt it is.

use std::collections::HashSet;
use std::sync::LazyLock;

use rongtong_standards::clean;
use rongtong_standards::name::is_han;

/// Surnames that more than nine in ten people have, and some more.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕\
苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武\
乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜\
詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古\
米池滕晋苑邬臧畅宫来苟褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练\
仲乐虞卞封竺冼官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明岑习胥保和蔺肖闫傣刀普罕玉岩張劉陳楊趙黃吳孫馬羅鄭謝韓馮許\
蕭鄧傅呂蘇盧蔣賈葉閻餘";
const COMPOUND: &[&str] = &[
    "欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "夏侯",
    "端木", "呼延",
];
static SURNAME: LazyLock<HashSet<char>> = LazyLock::new(|| SURNAMES.chars().collect());

/// Whether a text may be a person's name: a usual surname and one to three more ideographs, or parts
/// with a middle dot between.
pub(crate) fn is_name_like(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !clean::is_blank(*c)).collect();
    let plain = clean::half_width(&plain);
    let bare = plain.split(['(', '（', '[']).next().unwrap_or_default();
    let length = bare.chars().count();
    let dotted = |c: char| matches!(c, '·' | '•' | '．' | '・' | '‧' | '∙');
    if bare.chars().any(dotted) {
        return length <= 30 && bare.chars().all(|c| is_han(c) || dotted(c));
    }
    if !(2..=4).contains(&length) || !bare.chars().all(is_rare_or_han) {
        return false;
    }
    let usual = bare.chars().next().is_some_and(|c| SURNAME.contains(&c));
    match length {
        4 => usual && bare.contains('之') || COMPOUND.iter().any(|name| bare.starts_with(name)),
        _ => usual || COMPOUND.iter().any(|name| bare.starts_with(name)),
    }
}

/// Whether a heading says that a column is about who somebody is, or how to reach them.
pub(crate) fn is_personal_heading(heading: &str) -> bool {
    const WORDS: &[&str] = &[
        "姓名",
        "人名",
        "名字",
        "电话",
        "手机",
        "联系",
        "地址",
        "住址",
        "坐落",
        "证件号",
        "身份证",
        "身份号",
        "卡号",
        "账号",
        "帐号",
        "邮箱",
        "微信",
        "经办",
        "负责人",
        "法人",
        "法定代表",
        "户主",
        "监护人",
        "承租人",
        "出租人",
        "权利人",
        "申请人",
        "代理人",
        "联系人",
        "操作员",
        "签名",
        "父亲",
        "母亲",
        "配偶",
        "医生",
        "医师",
        "民警",
        "备注",
    ];
    const LETTERS: &[&str] = &[
        "name", "phone", "mobile", "tel", "addr", "mail", "idno", "idcard", "user", "remark",
    ];
    // 与户主关系 and the like are codes about a person, not the person.
    let about = [
        "关系", "类型", "类别", "种类", "状态", "状况", "性质", "type", "kind", "status",
        "relation",
    ];
    let lower = heading.to_lowercase();
    let hit = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    (hit(WORDS) || hit(LETTERS)) && !hit(&about)
}

/// Whether a heading says that a column holds codes.
pub(crate) fn is_code_heading(heading: &str) -> bool {
    const WORDS: &[&str] = &[
        "类型", "类别", "种类", "状态", "状况", "代码", "标志", "标识", "是否", "等级", "级别",
        "方式", "性质", "险种", "学历", "关系", "原因", "来源", "渠道", "用途", "结构", "category",
        "kind", "type", "status", "flag", "level", "class", "code", "mode", "state",
    ];
    let lower = heading.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether one value of a column of codes had better not be shown: it is long, or could be a name,
/// a number of somebody, or a place.
pub(crate) fn is_doubtful(value: &str, code_heading: bool) -> bool {
    const PLACES: &[char] = &[
        '路', '街', '巷', '弄', '村', '幢', '栋', '室', '号', '镇', '乡', '@',
    ];
    let length = value.chars().count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(char::is_ascii_alphabetic).count();
    length > 20
        || digits > 6
        || (digits > 0 && value.contains(PLACES))
        || value.contains('*')
        || (letters > 4 && !code_heading)
        || (is_name_like(value) && !code_heading)
        || !value.chars().all(|c| !c.is_control())
}

/// Private-use characters stand for rare ones.
fn is_rare_or_han(c: char) -> bool {
    is_han(c) || matches!(c, '\u{E000}'..='\u{F8FF}' | '□' | '?' | '？' | '某' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_words() {
        for name in [
            "王伟",
            "欧阳娜娜",
            "李 四",
            "阿依古丽·买买提",
            "张三（已故）",
            "王某之女",
            "刘?洋",
        ] {
            assert!(is_name_like(name), "{name}");
        }
        for word in [
            "男",
            "低保",
            "结婚",
            "户主",
            "城乡居民养老",
            "AB",
            "1",
            "补领",
            "临时救助",
        ] {
            assert!(!is_name_like(word), "{word}");
        }
    }

    #[test]
    fn doubtful_values_are_kept_back() {
        for value in [
            "330106199001011234",
            "13912345678",
            "文三路100号",
            "王伟",
            "zhangwei",
            "138****1234",
        ] {
            assert!(is_doubtful(value, false), "{value}");
        }
        for value in ["110", "低保", "1-男", "A", "城乡居民养老"] {
            assert!(!is_doubtful(value, false), "{value}");
        }
    }

    #[test]
    fn a_code_about_a_person_is_no_person() {
        assert!(is_personal_heading("申请人姓名"));
        assert!(!is_personal_heading("与户主关系"));
        assert!(!is_personal_heading("证件类型"));
        assert!(is_code_heading("参保状态"));
    }
}
