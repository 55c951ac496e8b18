//! Surnames of two characters, and characters that are read otherwise as surnames.

use std::sync::LazyLock;

use super::characters::CHARACTERS;

/// Surnames of two characters, simplified.
#[rustfmt::skip]
const COMPOUND: &[&str] = &[
    "欧阳", "上官", "司马", "诸葛", "司徒", "令狐", "皇甫", "夏侯", "慕容", "尉迟", "长孙", "宇文",
    "公孙", "轩辕", "东方", "南宫", "西门", "独孤", "端木", "澹台", "公冶", "宗政", "濮阳", "淳于",
    "单于", "太叔", "申屠", "仲孙", "钟离", "鲜于", "闾丘", "司空", "亓官", "司寇", "子车", "颛孙",
    "巫马", "公西", "漆雕", "乐正", "壤驷", "公良", "拓跋", "夹谷", "宰父", "谷梁", "段干", "百里",
    "东郭", "南门", "呼延", "羊舌", "微生", "梁丘", "左丘", "东门", "第五", "贺兰", "赫连", "万俟",
    "闻人", "公羊", "哥舒", "纳兰", "叶赫", "那拉", "完颜", "耶律", "钮祜", "富察", "爱新", "瓜尔",
    "佟佳", "马佳", "乌雅", "索绰", "舒穆", "东宫", "北宫", "西宫", "左人", "右师", "公输", "公仪",
    "公仲", "公伯", "公祖", "仲长", "叔孙", "屈突", "贺若", "可频", "斛律", "斛斯", "库狄", "侯莫",
    "若干", "达奚", "乞伏", "秃发", "沮渠", "贺拔", "豆卢", "长鱼", "即墨", "浩星", "闾邱", "欧侯",
    "夏后", "相里", "胡母", "毋丘", "青阳", "高堂", "安期", "五鹿", "落下", "东里", "南郭", "北郭",
];

/// How a first character is read as a surname, if otherwise than elsewhere.
#[rustfmt::skip]
const READ_AS_SURNAME: &[(char, &str)] = &[
    ('单', "shan"), ('解', "xie"), ('仇', "qiu"), ('曾', "zeng"), ('查', "zha"), ('盖', "ge"),
    ('任', "ren"), ('华', "hua"), ('区', "ou"), ('朴', "piao"), ('尉', "wei"), ('翟', "zhai"),
    ('缪', "miao"), ('覃', "qin"), ('隗', "wei"), ('召', "shao"), ('员', "yun"), ('洗', "xian"),
    ('宓', "mi"), ('祭', "zhai"), ('种', "chong"), ('莘', "shen"), ('柏', "bai"), ('乐', "yue"),
    ('郇', "xun"), ('折', "she"), ('秘', "bi"), ('黑', "he"), ('繁', "po"), ('重', "chong"),
    ('适', "kuo"), ('角', "jue"), ('都', "du"), ('长', "zhang"), ('朝', "chao"), ('句', "gou"),
    ('佴', "nai"), ('乜', "nie"), ('车', "che"), ('贾', "jia"), ('薄', "bo"), ('燕', "yan"),
    ('应', "ying"), ('行', "xing"), ('藏', "zang"), ('强', "qiang"), ('叶', "ye"), ('殷', "yin"),
    ('郗', "xi"), ('盛', "sheng"), ('能', "nai"), ('过', "guo"), ('会', "gui"), ('度', "duo"),
    ('钭', "tou"), ('炅', "gui"), ('呙', "guo"), ('石', "shi"), ('陆', "lu"), ('汤', "tang"),
    ('宁', "ning"), ('沈', "shen"), ('艾', "ai"), ('余', "yu"), ('阿', "a"), ('和', "he"),
    ('弗', "fei"), ('六', "lu"), ('尹', "yin"), ('纪', "ji"), ('那', "na"), ('哈', "ha"),
];

/// How compound surnames are read, if otherwise than their characters.
const COMPOUND_READ: &[(&str, [&str; 2])] = &[
    ("尉迟", ["yu", "chi"]),
    ("万俟", ["mo", "qi"]),
    ("长孙", ["zhang", "sun"]),
    ("单于", ["chan", "yu"]),
    ("澹台", ["tan", "tai"]),
    ("乐正", ["yue", "zheng"]),
    ("子车", ["zi", "ju"]),
    ("仲长", ["zhong", "zhang"]),
    ("毋丘", ["guan", "qiu"]),
];

/// Whether two simplified characters are one surname.
pub(super) fn is_compound(first: char, second: char) -> bool {
    SURNAMES.compound.binary_search(&(first, second)).is_ok()
}

/// How a simplified character is read as a surname, if that is special.
pub(super) fn read_as_surname(c: char) -> Option<u16> {
    let known = &SURNAMES.read;
    let at = known.binary_search_by_key(&c, |(of, _)| *of).ok()?;
    known.get(at).map(|(_, sound)| *sound)
}

/// How the two characters of a compound surname are read, if that is special.
pub(super) fn compound_read(first: char, second: char) -> Option<[u16; 2]> {
    let mut known = SURNAMES.compound_read.iter();
    let found = known.find(|(of, _)| *of == (first, second));
    found.map(|(_, sounds)| *sounds)
}

/// The lists in order, with the syllables' numbers.
struct Surnames {
    compound: Vec<(char, char)>,
    read: Vec<(char, u16)>,
    compound_read: Vec<((char, char), [u16; 2])>,
}

static SURNAMES: LazyLock<Surnames> = LazyLock::new(|| {
    let sound = |spelled: &str| CHARACTERS.syllable(spelled).unwrap_or_default();
    let mut compound: Vec<_> = COMPOUND.iter().filter_map(|name| two(name)).collect();
    compound.sort_unstable();
    let mut read: Vec<_> = READ_AS_SURNAME
        .iter()
        .map(|(c, spelled)| (*c, sound(spelled)))
        .collect();
    read.sort_unstable();
    Surnames {
        compound,
        read,
        compound_read: COMPOUND_READ
            .iter()
            .filter_map(|(name, spelled)| Some((two(name)?, spelled.map(sound))))
            .collect(),
    }
});

fn two(name: &str) -> Option<(char, char)> {
    let mut characters = name.chars();
    Some((characters.next()?, characters.next()?))
}
