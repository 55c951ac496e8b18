//! Telephone numbers of the People's Republic, and foreign ones in E.164.

use std::sync::Arc;

use arrow::array::StringViewArray;

use crate::kernel::{self, Report};
use crate::rules::{Column, Rule, Severity};

/// The cell is no telephone number.
pub static PHONE_MALFORMED: Rule = Rule {
    name: "phone_malformed",
    severity: Severity::Flagged,
    title: "not a telephone number",
    title_zh: "联系电话格式不正确",
    remedy: "Send 11 digits of a mobile, or a landline with its area code.",
};

/// Digits are masked.
pub static PHONE_MASKED: Rule = Rule {
    name: "phone_masked",
    severity: Severity::Flagged,
    title: "a telephone number with masked digits",
    title_zh: "联系电话已脱敏",
    remedy: "Send the number unmasked over the agreed channel, or leave the cell empty.",
};

/// A number that stands for no number.
pub static PHONE_PLACEHOLDER: Rule = Rule {
    name: "phone_placeholder",
    severity: Severity::Flagged,
    title: "a placeholder in place of a telephone number",
    title_zh: "联系电话为占位号码",
    remedy: "Leave the cell empty where no number is known.",
};

/// Several numbers in one cell.
pub static PHONE_SEVERAL: Rule = Rule {
    name: "phone_several",
    severity: Severity::Repaired,
    title: "several telephone numbers in one cell; the first good one was taken",
    title_zh: "一格内有多个联系电话，取首个有效号码",
    remedy: "Send one telephone number in a cell.",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[
    &PHONE_MALFORMED,
    &PHONE_MASKED,
    &PHONE_PLACEHOLDER,
    &PHONE_SEVERAL,
];

/// Telephone numbers: mobiles as 11 digits, landlines as `0571-88886666` (an extension follows
/// after a second hyphen), foreign ones as `+85291234567`.
///
/// The country code of China, blanks, hyphens and brackets are removed.
#[must_use]
pub fn phone(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::texts(input, standard);
    Column {
        values: Arc::new(values),
        issues,
    }
}

fn standard<'a>(cell: &'a str, scratch: &'a mut String, report: &mut Report) -> Option<&'a str> {
    if is_mobile(cell.as_bytes()) {
        return if is_placeholder(cell.as_bytes()) {
            report.lost(&PHONE_PLACEHOLDER)
        } else {
            Some(cell)
        };
    }
    let mut narrowed = String::new();
    let cell = kernel::plain(cell, &mut narrowed)?;
    let mut first_fault = None;
    let mut numbers = 0;
    for part in cell
        .split(['/', '、', ';', ',', '，', '；', '|'])
        .filter(|part| !part.trim().is_empty())
    {
        numbers += 1;
        match one_number(part, scratch) {
            Ok(()) if numbers == 1 && part.len() == cell.len() => return Some(scratch),
            Ok(()) => {
                report.broke(&PHONE_SEVERAL);
                return Some(scratch);
            }
            Err(fault) => first_fault = first_fault.or(Some(fault)),
        }
    }
    report.lost(first_fault.unwrap_or(&PHONE_MALFORMED))
}

/// Writes the standard form of one number.
fn one_number(part: &str, out: &mut String) -> Result<(), &'static Rule> {
    out.clear();
    let part = part.trim().trim_start_matches(['(', ' ']);
    if part.contains('*') || part.contains("xx") || part.contains("XX") {
        return Err(&PHONE_MASKED);
    }
    let (part, extension) = split_extension(part);
    let mut digits = Digits::new();
    let mut signs = part.chars();
    let plus = part.starts_with('+');
    if plus {
        signs.next();
    }
    for c in signs {
        match c {
            '0'..='9' => digits.push(c as u8).ok_or(&PHONE_MALFORMED)?,
            ' ' | '-' | '(' | ')' | '.' | '—' | '–' | '－' | '\u{A0}' | '\t' => {}
            _ => return Err(&PHONE_MALFORMED),
        }
    }
    let all = digits.as_slice();
    if all.len() >= 5 && is_placeholder(all) || matches!(all, [b'0' | b'1']) {
        return Err(&PHONE_PLACEHOLDER);
    }
    let foreign = if plus {
        Some(all)
    } else {
        all.strip_prefix(b"00")
    };
    let (home, national) = match foreign {
        Some(rest) => match rest.strip_prefix(b"86") {
            Some(home) => (home, true),
            None => return foreign_number(rest, out),
        },
        None => match all.strip_prefix(b"86") {
            Some(home) if is_mobile(home) => (home, true),
            Some(home) if part.starts_with("86-") || part.starts_with("86 ") => (home, true),
            _ => (all, false),
        },
    };
    if is_mobile(home) || home.strip_prefix(b"0").is_some_and(is_mobile) {
        if extension.is_some() {
            return Err(&PHONE_MALFORMED);
        }
        let mobile = home.strip_prefix(b"0").unwrap_or(home);
        if is_placeholder(mobile) {
            return Err(&PHONE_PLACEHOLDER);
        }
        push_digits(mobile, out);
        return Ok(());
    }
    landline(home, national, extension, out)
}

/// An extension: after `转` or `ext`, or the third group of a landline.
fn split_extension(part: &str) -> (&str, Option<&str>) {
    for sign in ["转", "ext.", "ext", "EXT.", "EXT"] {
        if let Some((number, extension)) = part.split_once(sign) {
            return (number, Some(extension.trim()));
        }
    }
    let grouped = part.starts_with('0') && !part.starts_with("00");
    match part.rsplit_once('-') {
        Some((number, extension))
            if grouped
                && extension.len() <= 6
                && number.bytes().filter(u8::is_ascii_digit).count() >= 10
                && number.contains(['-', ' ', ')']) =>
        {
            (number, Some(extension.trim()))
        }
        _ => (part, None),
    }
}

/// Area code and local number: 010 and 02x have three digits, all others four; local numbers have
/// seven or eight digits and don't begin with 0, 1 or 9.
fn landline(
    home: &[u8],
    national: bool,
    extension: Option<&str>,
    out: &mut String,
) -> Result<(), &'static Rule> {
    let area = match home.strip_prefix(b"0") {
        Some(area) => area,
        None if national => home,
        None => return Err(&PHONE_MALFORMED),
    };
    let code_len = match area {
        [b'1', b'0', ..] | [b'2', b'0'..=b'9', ..] => 2,
        [b'3'..=b'9', ..] => 3,
        _ => return Err(&PHONE_MALFORMED),
    };
    let (Some(code), Some(local)) = (area.get(..code_len), area.get(code_len..)) else {
        return Err(&PHONE_MALFORMED);
    };
    if !matches!(local.len(), 7 | 8) || !matches!(local.first(), Some(b'2'..=b'8')) {
        return Err(&PHONE_MALFORMED);
    }
    out.push('0');
    push_digits(code, out);
    out.push('-');
    push_digits(local, out);
    if let Some(extension) = extension {
        if extension.is_empty()
            || extension.len() > 6
            || !extension.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(&PHONE_MALFORMED);
        }
        out.push('-');
        out.push_str(extension);
    }
    Ok(())
}

/// ITU-T E.164: a country code that never begins with 0, at most 15 digits in all.
fn foreign_number(digits: &[u8], out: &mut String) -> Result<(), &'static Rule> {
    if !(8..=15).contains(&digits.len()) || digits.first() == Some(&b'0') {
        return Err(&PHONE_MALFORMED);
    }
    out.push('+');
    push_digits(digits, out);
    Ok(())
}

fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit))
}

/// One digit over and over, a mobile whose last eight digits are one digit, and the numbers that
/// clerks type to get past a form.
fn is_placeholder(digits: &[u8]) -> bool {
    let same = |digits: &[u8]| digits.windows(2).all(|pair| pair.first() == pair.last());
    same(digits)
        || digits.len() == 11 && digits.get(3..).is_some_and(same)
        || matches!(
            digits,
            b"13800138000"
                | b"12345678901"
                | b"12345678910"
                | b"12345678"
                | b"123456789"
                | b"1234567890"
        )
}

fn push_digits(digits: &[u8], out: &mut String) {
    out.extend(digits.iter().map(|digit| char::from(*digit)));
}

/// At most twenty digits, without the heap.
struct Digits {
    digits: [u8; 20],
    len: usize,
}

impl Digits {
    const fn new() -> Self {
        Self {
            digits: [0; 20],
            len: 0,
        }
    }

    fn push(&mut self, digit: u8) -> Option<()> {
        *self.digits.get_mut(self.len)? = digit;
        self.len += 1;
        Some(())
    }

    fn as_slice(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::testing::{check_shape, column, one_text};

    fn check(cell: &str, expected: Option<&str>, rules: &[&str]) {
        assert_eq!(
            one_text(phone, cell),
            (expected.map(str::to_owned), rules.to_vec()),
            "{cell:?}"
        );
    }

    #[test]
    fn mobiles_in_every_dress() {
        for cell in [
            "13712345678",
            "+8613712345678",
            "+86 137 1234 5678",
            "0086-137-1234-5678",
            "86-13712345678",
            "8613712345678",
            "137-1234-5678",
            " １３７１２３４５６７８",
            "'13712345678",
            "013712345678",
            "(+86)13712345678",
            "１３７－１２３４－５６７８",
        ] {
            check(cell, Some("13712345678"), &[]);
        }
    }

    #[test]
    fn landlines_keep_their_area_code() {
        for cell in [
            "0571-88886666",
            "057188886666",
            "(0571)88886666",
            "+86 571 8888 6666",
            "0571 8888-6666",
            "86-571-88886666",
        ] {
            check(cell, Some("0571-88886666"), &[]);
        }
        check("010-62345678", Some("010-62345678"), &[]);
        check("0571-88886666-801", Some("0571-88886666-801"), &[]);
        check("0571-88886666转801", Some("0571-88886666-801"), &[]);
        check("0571 88886666-801", Some("0571-88886666-801"), &[]);
        check("(0571)88886666-801", Some("0571-88886666-801"), &[]);
        check("0573-2345678", Some("0573-2345678"), &[]);
    }

    #[test]
    fn foreign_numbers_are_e164() {
        check("+852 9123 4567", Some("+85291234567"), &[]);
        check("0085291234567", Some("+85291234567"), &[]);
    }

    #[test]
    fn what_is_no_number_is_null() {
        for cell in ["138****1234", "138＊＊＊＊1234", "138xxxx1234"] {
            check(cell, None, &["phone_masked"]);
        }
        for cell in [
            "13800000000",
            "11111111111",
            "00000000",
            "13800138000",
            "12345678901",
            "0",
            "+8613900000000",
        ] {
            check(cell, None, &["phone_placeholder"]);
        }
        for cell in [
            "1371234567",
            "137123456789",
            "12712345678",
            "88886666",
            "1.37E+10",
            "电话",
            "0571-18886666",
            "+8601",
        ] {
            check(cell, None, &["phone_malformed"]);
        }
        for cell in ["", "无", "-", "NULL"] {
            check(cell, None, &[]);
        }
    }

    #[test]
    fn the_first_good_one_of_several_is_taken() {
        check(
            "13712345678/13912345678",
            Some("13712345678"),
            &["phone_several"],
        );
        check(
            "138****1234、13912345678",
            Some("13912345678"),
            &["phone_several"],
        );
        check("138****1234、1", None, &["phone_masked"]);
    }

    proptest! {
        #[test]
        fn standard_numbers_stay_as_they_are(cells in proptest::collection::vec("[0-9+() -]{0,18}|1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,5})?|\\+[0-9]{6,16}|.{0,16}", 0..8)) {
            let input = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
            let once = phone(&input);
            check_shape(&input, &once);
            let values = once.values.as_any().downcast_ref::<StringViewArray>().unwrap();
            let twice = phone(values);
            prop_assert_eq!(&twice.values, &once.values);
            prop_assert_eq!(twice.issues.len(), 0);
        }
    }
}
