//! Whether an unusable number still names somebody.

use super::is_placeholder;
use super::read::{fixed_form, is_passport};

/// Fewer digits are no trace of a number.
const FEWEST_DIGITS: usize = 5;
/// Among words only so many: more than a date and a time have.
const FEWEST_AMONG_WORDS: usize = 15;

/// Whether an unusable number is somebody's all the same: cut short, mistyped or masked. Totals, remarks, signs, dates and
/// placeholders are nobody's.
#[must_use]
pub fn is_trace_of_number(text: &str) -> bool {
    let shown: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    if is_placeholder(&shown) || is_date(text) {
        return false;
    }
    let is_mask = |c: char| matches!(c, '*' | '●' | '•' | '■' | '█' | 'X' | 'x');
    let digits = shown.iter().filter(|byte| byte.is_ascii_digit()).count();
    let masked = text.chars().filter(|c| is_mask(*c)).count();
    let fewest = match has_words(text) {
        true => FEWEST_AMONG_WORDS,
        false => FEWEST_DIGITS,
    };
    digits > 0 && digits + masked >= fewest || names_document(text)
}

/// Whether a text in the column of numbers or names is a line of the table rather than a row of it: a total, a page, who made it.
#[must_use]
pub fn is_line_of_table(text: &str) -> bool {
    const TOTALS: [&str; 5] = ["合计", "总计", "小计", "共计", "累计"];
    const MAKERS: [&str; 4] = ["制表", "填表", "审核", "打印"];
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    begins(&TOTALS)
        || begins(&MAKERS) && text.contains([':', '：'])
        || text.starts_with(['第', '共']) && text.contains('页')
}

/// Letters other than those that a number has: ideographs, or four in a row.
fn has_words(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() && !matches!(c, 'X' | 'x');
    let mut words = text.split(|c| !is_letter(c));
    text.contains(|c: char| matches!(c, ':' | '/') || c.is_alphabetic() && !c.is_ascii())
        || words.any(|word| word.len() >= 4)
}

/// 护照E12345678.
fn names_document(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    parts.any(|part| is_passport(part.as_bytes()) || fixed_form(part.as_bytes()).is_some())
}

/// 2026-06-01, as it stands below a table.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    matches!(lengths[..], [4, 1..=2, 1..=2]) && parts.iter().all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_numbers_are_somebodys() {
        for text in [
            "33010619760606023",
            "330106",
            "33O1O619X6",
            "330106********0238",
            "330106XXXXXXXX0238",
            "3****************8",
            "3.30106E+17",
            "330106197606060238.0",
            "身份证330106197606060239",
            "护照E12345678",
            "通行证h12345678",
            "AB-12345",
            "USA12345678901",
        ] {
            assert!(is_trace_of_number(text), "{text}");
        }
    }

    #[test]
    fn lines_of_a_table_are_no_rows() {
        for text in ["合计", "合计2人", "第1页", "共3页", "制表人:张三"] {
            assert!(is_line_of_table(text), "{text}");
        }
        for text in ["无证件号码", "共和", "第五建国", "330106197606060238", "无"] {
            assert!(!is_line_of_table(text), "{text}");
        }
    }

    #[test]
    fn totals_signs_and_placeholders_are_nobodys() {
        for text in [
            "",
            "合计",
            "共5条",
            "共12345条",
            "制表人:张三",
            "注:本表仅供内部使用",
            "第1页共3页",
            "打印时间:2026-05-3018:41:12",
            "2026/5/30",
            "2026-05-30",
            "1/3",
            "Page1of3",
            "Total:123456",
            "---",
            "0",
            "?",
            "12.50",
            "********",
            "XXXXXX",
            "000000",
            "111111111111111111",
            "不详",
            "王伟",
        ] {
            assert!(!is_trace_of_number(text), "{text}");
        }
    }
}
