//! Names of persons, in the one form in which they are stored and compared.

use std::sync::Arc;

use arrow::array::StringViewArray;

use crate::clean;
use crate::credit::is_organisation_name;
use crate::kernel::{self, Report};
use crate::rules::{Column, Rule, Severity};
use crate::text::tidy_into;

/// A remark in brackets stood beside the name.
pub static NAME_REMARK: Rule = Rule {
    name: "name_remark",
    severity: Severity::Repaired,
    title: "a remark in brackets was cut from a name",
    title_zh: "姓名中夹带括号备注，已去除",
    remedy: "Keep remarks such as 已故 in a column of their own.",
};

/// The cell holds no name.
pub static NAME_UNUSABLE: Rule = Rule {
    name: "name_unusable",
    severity: Severity::Flagged,
    title: "not a name: a total, a placeholder, or signs and digits only",
    title_zh: "不是姓名：合计行、占位词，或仅有符号和数字",
    remedy: "Send the person's name, and leave totals out of the delivery.",
};

/// Part of the name can't be read.
pub static NAME_UNREADABLE: Rule = Rule {
    name: "name_unreadable",
    severity: Severity::Flagged,
    title: "a name with unreadable, masked or foreign characters; kept as received",
    title_zh: "姓名含无法识别、脱敏或夹杂的字符，按原样保留",
    remedy: "Send rare characters as Unicode (GB 18030-2022), not as private codes, ?, □ or pinyin.",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[&NAME_REMARK, &NAME_UNUSABLE, &NAME_UNREADABLE];

/// Names in standard form.
///
/// Blanks beside Han characters are removed, every form of the middle dot is `·` (U+00B7), letters
/// are upper case with single blanks between words, remarks in any brackets are cut (also when the
/// bracket is never closed). Names such as `王某之女` stand as they are.
#[must_use]
pub fn name(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::texts(input, standard);
    Column {
        values: Arc::new(values),
        issues,
    }
}

/// Whether a character is a Han ideograph: the unified ideographs with extensions A to J, the
/// compatibility ideographs, the radicals, and 〇.
#[must_use]
pub const fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFD}'
        | '\u{2E80}'..='\u{2FD5}'
        | '〇')
}

fn standard<'a>(cell: &'a str, scratch: &'a mut String, report: &mut Report) -> Option<&'a str> {
    let cell = kernel::bare(cell);
    if clean::is_nothing(cell) {
        return None;
    }
    let name = if cell.chars().all(is_plain_han) {
        cell
    } else {
        let letters = without_remarks(cell);
        match letters.remarks {
            true if is_surely_organisation(&letters.text) => tidy_into(cell, scratch),
            remarks => {
                if remarks {
                    report.broke(&NAME_REMARK);
                }
                write_standard(&letters.text, scratch);
            }
        }
        kernel::bare(scratch)
    };
    if clean::is_nothing(name) || is_unusable(name) {
        return report.lost(&NAME_UNUSABLE);
    }
    if is_unreadable(name) {
        report.broke(&NAME_UNREADABLE);
    }
    Some(name)
}

/// Whether what stands in brackets is part of the name, as an organisation's (中国) and (特殊普通合伙) are. Of shorter names that could be
/// an organisation's some are a person's: 王建厂.
fn is_surely_organisation(name: &str) -> bool {
    name.chars().count() >= 5 && is_organisation_name(name)
}

/// The ideographs of nearly all names.
const fn is_plain_han(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

struct Bare {
    text: String,
    remarks: bool,
}

/// The tidied name outside of all brackets.
fn without_remarks(cell: &str) -> Bare {
    let mut tidy = String::with_capacity(cell.len());
    tidy_into(cell, &mut tidy);
    let mut depth = 0_usize;
    let mut remarks = false;
    tidy.retain(|c| {
        let outside = depth == 0;
        match c {
            '(' | '[' | '{' | '<' | '【' | '〔' | '〈' | '《' | '「' | '『' | '〖' => {
                depth += 1
            }
            ')' | ']' | '}' | '>' | '】' | '〕' | '〉' | '》' | '」' | '』' | '〗' => {
                depth = depth.saturating_sub(1);
            }
            _ => return outside,
        }
        remarks = true;
        false
    });
    Bare {
        text: tidy,
        remarks,
    }
}

/// Writes the name with one kind of dot, upper case, and blanks only between words of letters.
fn write_standard(tidy: &str, out: &mut String) {
    let tidy = tidy.trim_matches(is_edge_sign);
    // What was written last, and a separator that waits for the next letter.
    let mut last = None;
    let mut pending: Option<char> = None;
    for c in tidy.chars() {
        match c {
            ' ' => {
                pending = pending.or(Some(' '));
                continue;
            }
            _ if is_middle_dot(c) => {
                pending = Some('·');
                continue;
            }
            // A full stop is a middle dot typed badly, unless it ends an abbreviation.
            '.' | '。' | '｡' => {
                pending = match pending {
                    Some('·') => Some('·'),
                    _ if last.is_some_and(is_han) || c != '.' => Some('·'),
                    _ => {
                        out.push('.');
                        last = Some('.');
                        pending
                    }
                };
                continue;
            }
            _ => {}
        }
        match pending.take() {
            Some('·') => out.push('·'),
            Some(_) if !is_han(c) && !last.is_some_and(is_han) => out.push(' '),
            _ => {}
        }
        out.extend(c.to_uppercase());
        last = Some(c);
    }
    out.truncate(out.trim_end_matches(is_edge_sign).len());
}

/// Every form in which the dot between the parts of a name arrives.
pub(crate) fn is_middle_dot(c: char) -> bool {
    matches!(
        c,
        '·' | '•'
            | '・'
            | '･'
            | '‧'
            | '∙'
            | '⋅'
            | '●'
            | '˙'
            | '▪'
            | '᛫'
            | '\u{0387}'
            | '⸱'
            | '⸳'
            | '．'
    )
}

/// Signs that may hang on to a name and say nothing.
fn is_edge_sign(c: char) -> bool {
    is_middle_dot(c)
        || matches!(
            c,
            ' ' | ','
                | ';'
                | ':'
                | '\''
                | '"'
                | '、'
                | '。'
                | '｡'
                | '，'
                | '；'
                | '：'
                | '/'
                | '\\'
                | '-'
                | '_'
                | '`'
                | '|'
        )
}

fn is_unusable(name: &str) -> bool {
    const PLACEHOLDERS: &[&str] = &[
        "不详",
        "未知",
        "不明",
        "无名",
        "无名氏",
        "佚名",
        "暂无",
        "待定",
        "待补",
        "待核实",
        "待查",
        "没有",
        "已故",
        "空",
    ];
    let no_letter = |c: char| !c.is_alphabetic() && !is_private(c);
    if name.chars().all(no_letter) || PLACEHOLDERS.contains(&name) {
        return true;
    }
    if name.len() >= 2 && name.bytes().all(|byte| byte == b'X') {
        return true;
    }
    is_total(name)
}

/// Whether the cell heads a row of totals: `合计`, `本页小计:`, `总计12人`.
fn is_total(name: &str) -> bool {
    const TOTALS: &[&str] = &["合计", "总计", "小计", "共计", "总合计", "累计"];
    let name = ["本页", "本表"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    let name = name.trim_end_matches(|c: char| {
        c.is_ascii_digit()
            || c.is_ascii_punctuation()
            || matches!(c, '人' | '户' | '条' | '元' | '数' | '：' | ' ')
    });
    TOTALS.contains(&name)
}

fn is_unreadable(name: &str) -> bool {
    let (mut han, mut latin) = (false, false);
    for c in name.chars() {
        if is_private(c)
            || c.is_numeric() && !is_han(c)
            || matches!(c, '?' | '□' | '■' | '*' | '\u{FFFD}')
        {
            return true;
        }
        han |= is_han(c);
        latin |= c.is_ascii_alphabetic();
    }
    // Pinyin in place of a rare character.
    han && latin
}

/// Whether a code point has no public meaning: what is left of a character that a system made for itself.
pub(crate) fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::testing::{check_shape, column, one_text};

    fn check(cell: &str, expected: Option<&str>, rules: &[&str]) {
        assert_eq!(
            one_text(name, cell),
            (expected.map(str::to_owned), rules.to_vec()),
            "{cell:?}"
        );
    }

    #[test]
    fn clean_names_stand() {
        for cell in [
            "王伟",
            "欧阳娜娜",
            "王某之女",
            "㐂𠮷𰻝",
            "〇一",
            "SMITH JOHN",
            "阿依古丽·买买提",
            "JOHN F. KENNEDY",
        ] {
            check(cell, Some(cell), &[]);
        }
    }

    #[test]
    fn blanks_dots_and_case() {
        check(" 王\u{3000}伟 ", Some("王伟"), &[]);
        for dot in ["·", "•", "．", "・", "･", "‧", "∙", ".", "。", " · ", "··"] {
            check(
                &format!("阿依古丽{dot}买买提"),
                Some("阿依古丽·买买提"),
                &[],
            );
        }
        check("Smith   john", Some("SMITH JOHN"), &[]);
        check("Ｊｏｈｎ", Some("JOHN"), &[]);
        check("张三、", Some("张三"), &[]);
        check("'张三", Some("张三"), &[]);
    }

    #[test]
    fn remarks_are_cut_and_reported() {
        for cell in [
            "张三（已故）",
            "张三(已故",
            "张三【户主】",
            "张三〔曾用名(李四)〕",
            "（迁出）张三",
            "张三 [2] ",
            "张三）",
        ] {
            check(cell, Some("张三"), &["name_remark"]);
        }
    }

    #[test]
    fn what_an_organisation_has_in_brackets_is_part_of_its_name() {
        for (cell, name) in [
            ("普华永道（上海）咨询公司", "普华永道(上海)咨询公司"),
            (
                "某会计师事务所（特殊普通合伙）",
                "某会计师事务所(特殊普通合伙)",
            ),
            (" 阿里巴巴(中国)有限公司 ", "阿里巴巴(中国)有限公司"),
        ] {
            check(cell, Some(name), &[]);
        }
        // A company in brackets makes nobody one.
        check("张三（某某公司）", Some("张三"), &["name_remark"]);
        check("王建厂（迁出）", Some("王建厂"), &["name_remark"]);
    }

    #[test]
    fn what_is_no_name_is_null() {
        for cell in [
            "合计",
            "总 计",
            "小计：",
            "共计12人",
            "本页小计",
            "?",
            "？？",
            "...",
            "123",
            "□",
            "不详",
            "XXX",
            "——",
        ] {
            check(cell, None, &["name_unusable"]);
        }
        check("（张三）", None, &["name_remark", "name_unusable"]);
        for cell in ["", "无", "NULL", "\\N", "-"] {
            check(cell, None, &[]);
        }
    }

    #[test]
    fn unreadable_names_are_kept_and_flagged() {
        for (cell, expected) in [
            ("张?", "张?"),
            ("张？三", "张?三"),
            ("张□", "张□"),
            ("张\u{E123}", "张\u{E123}"),
            ("张三1", "张三1"),
            ("张*", "张*"),
            ("张yao三", "张YAO三"),
            ("\u{E123}\u{E124}", "\u{E123}\u{E124}"),
        ] {
            check(cell, Some(expected), &["name_unreadable"]);
        }
    }

    proptest! {
        #[test]
        fn standard_names_stay_as_they_are(cells in proptest::collection::vec("[王伟阿·•.。 　a-cA-C（）\\[\\]?1*'-]{0,10}|.{0,16}", 0..8)) {
            let input = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
            let once = name(&input);
            check_shape(&input, &once);
            let values = once.values.as_any().downcast_ref::<StringViewArray>().unwrap();
            let twice = name(values);
            prop_assert_eq!(&twice.values, &once.values);
            prop_assert!(twice.issues.iter().all(|issue| issue.rule == &NAME_UNREADABLE));
        }
    }
}
