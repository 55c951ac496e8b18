//! Identity numbers that hide in other columns, such as a file number made of the holder's number.
//!
//! None of them may pass into a standard table: each is covered with `*`.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, StringViewArray, StringViewBuilder};

use crate::rules::{Column, Issue, Rule, Severity};
use crate::{calendar, clean, identity};

/// An identity number inside another column's text; covered with `*`.
pub static ID_HIDDEN_IN_TEXT: Rule = Rule {
    name: "id_hidden_in_text",
    severity: Severity::Flagged,
    title: "An identity number inside another column; covered",
    title_zh: "其他字段中包含公民身份号码，已遮盖",
    remedy: "Use a number that isn't made of the identity number",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[&ID_HIDDEN_IN_TEXT];

/// The shortest number of its own that a row is searched for: that of 15 digits.
const SHORTEST: usize = 15;
/// Birth dates up to here are plausible, whatever the day of the delivery.
static LATEST_BIRTH: LazyLock<i32> =
    LazyLock::new(|| calendar::days(2099, 12, 31).unwrap_or(i32::MAX));

/// Covers every identity number in a text column with `*`, one for each character: any 18 characters
/// of a run of digits (the last may be X) with a known province, a plausible birth date and a passing
/// check; and the row's own number, where it has at least 15 characters, in its 15- or 18-character
/// form. A cell of which nothing but `*` remains becomes null.
///
/// `own` holds each row's number, cleaned or as received.
#[must_use]
pub fn mask_hidden_numbers(input: &StringViewArray, own: Option<&StringViewArray>) -> Column {
    let mut values = StringViewBuilder::with_capacity(input.len());
    let mut issues = Vec::new();
    for (row, cell) in (0u32..).zip(input.iter()) {
        let Some(cell) = cell else {
            values.append_null();
            continue;
        };
        let own = own
            .filter(|own| (row as usize) < own.len() && own.is_valid(row as usize))
            .map(|own| own.value(row as usize))
            .filter(|own| own.len() >= SHORTEST);
        if !may_hide(cell, own) || hides_nothing(cell, own) {
            values.append_value(cell);
            continue;
        }
        match mask(cell, own) {
            None => values.append_value(cell),
            Some(masked) => {
                issues.push(Issue {
                    row,
                    rule: &ID_HIDDEN_IN_TEXT,
                });
                if masked.chars().all(|c| c == '*' || clean::is_blank(c)) {
                    values.append_null();
                } else {
                    values.append_value(masked);
                }
            }
        }
    }
    Column {
        values: Arc::new(values.finish()),
        issues,
    }
}

/// A cheap look: long enough, and a long run of digits, full-width characters or a number of letters.
fn may_hide(cell: &str, own: Option<&str>) -> bool {
    if cell.len() < SHORTEST {
        return false;
    }
    let mut run = 0;
    for byte in cell.bytes() {
        run = match byte {
            b'0'..=b'9' => run + 1,
            b' ' | b'-' => run,
            _ => 0,
        };
        if run >= SHORTEST || byte == 0xEF {
            return true;
        }
    }
    own.is_some_and(|own| {
        own.bytes()
            .take(own.len() - 1)
            .any(|byte| !byte.is_ascii_digit())
    })
}

/// A closer look without copying, at text of digits and letters alone: most file numbers are such.
fn hides_nothing(cell: &str, own: Option<&str>) -> bool {
    let bytes = cell.as_bytes();
    if !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    // All forms of a number begin with the same six digits.
    if let Some(own) = own {
        let division = own
            .get(..6)
            .filter(|six| six.bytes().all(|byte| byte.is_ascii_digit()));
        if division.is_none_or(|division| cell.contains(division)) {
            return false;
        }
    }
    let mut windows = bytes
        .windows(18)
        .filter_map(|window| window.try_into().ok());
    !windows.any(|mut number: [u8; 18]| {
        number[17].make_ascii_uppercase();
        passes(&number)
    })
}

/// The covered text; `None` if there was nothing to cover.
fn mask(cell: &str, own: Option<&str>) -> Option<String> {
    let text: Vec<char> = cell.chars().map(normal).collect();
    let mut covered = vec![false; text.len()];
    for (at, window) in text.windows(18).enumerate() {
        if is_number(window) {
            covered[at..at + 18].fill(true);
        }
    }
    // The own number is found even where blanks or hyphens split it.
    let tight: Vec<usize> = (0..text.len()).filter(|at| !is_gap(text[*at])).collect();
    for form in own.map(forms_of).unwrap_or_default() {
        for window in tight.windows(form.len()) {
            if window.iter().map(|at| text[*at]).eq(form.iter().copied()) {
                covered[window[0]..=window[form.len() - 1]].fill(true);
            }
        }
    }
    if !covered.contains(&true) {
        return None;
    }
    let characters = cell.chars().zip(covered);
    Some(
        characters
            .map(|(c, covered)| if covered { '*' } else { c })
            .collect(),
    )
}

fn normal(c: char) -> char {
    clean::narrow(c).to_ascii_uppercase()
}

fn is_gap(c: char) -> bool {
    c == '-' || clean::is_blank(c)
}

fn is_number(window: &[char]) -> bool {
    let mut number = [0; 18];
    for (byte, c) in number.iter_mut().zip(window) {
        match u8::try_from(*c) {
            Ok(known) => *byte = known,
            Err(_) => return false,
        }
    }
    passes(&number)
}

fn passes(number: &[u8; 18]) -> bool {
    identity::body_of_bytes(number).is_some_and(|body| identity::facts(body, *LATEST_BIRTH).is_ok())
}

/// A number as it is, and its other length: 15 digits for 18 characters and the reverse.
fn forms_of(own: &str) -> Vec<Vec<char>> {
    let own: Vec<char> = own
        .chars()
        .map(normal)
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let mut forms = Vec::new();
    let digits = |range: &[char]| range.iter().all(char::is_ascii_digit);
    if own.len() == 18 && digits(&own[..17]) {
        forms.push([&own[..6], &own[8..17]].concat());
        // The body alone gives the number away as well.
        forms.push(own[..17].to_vec());
    } else if own.len() == 15 && digits(&own) {
        let bytes: Vec<u8> = own.iter().filter_map(|c| u8::try_from(*c).ok()).collect();
        if let Some(body) = identity::body_of_fifteen(&bytes) {
            forms.push(identity::number_of(body).chars().collect());
        }
    }
    if own.len() >= SHORTEST {
        forms.push(own);
    }
    forms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::number_of;

    const NUMBER: &str = "33010619900307001X";

    fn masked(cell: &str, own: Option<&str>) -> (Option<String>, usize) {
        let input = StringViewArray::from(vec![cell]);
        let own = own.map(|own| StringViewArray::from(vec![own]));
        let column = mask_hidden_numbers(&input, own.as_ref());
        let values = column
            .values
            .as_any()
            .downcast_ref::<StringViewArray>()
            .unwrap()
            .clone();
        (
            values.is_valid(0).then(|| values.value(0).to_owned()),
            column.issues.len(),
        )
    }

    fn number() -> String {
        number_of(identity::body_of_fifteen(b"330106900307001").unwrap())
    }

    #[test]
    fn the_example_is_what_it_says() {
        assert_eq!(&number()[..17], &NUMBER[..17]);
    }

    #[test]
    fn numbers_inside_other_numbers_are_covered() {
        let number = number();
        let stars = "*".repeat(18);
        let full: String = number
            .chars()
            .map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap())
            .collect();
        for (cell, expected) in [
            (format!("{number}11"), format!("{stars}11")),
            (format!("A{number}"), format!("A{stars}")),
            (format!("残疾人证{number}43"), format!("残疾人证{stars}43")),
            (format!("证{full}号"), format!("证{stars}号")),
            (format!("99{number}"), format!("99{stars}")),
        ] {
            assert_eq!(masked(&cell, None), (Some(expected), 1), "{cell}");
        }
        assert_eq!(masked(&number, None), (None, 1));
        assert_eq!(masked(&number.to_lowercase(), None), (None, 1));
    }

    #[test]
    fn the_own_number_is_covered_in_both_lengths() {
        let number = number();
        let fifteen = "330106900307001";
        let stars = "*".repeat(15);
        assert_eq!(
            masked(&format!("P{fifteen}"), Some(&number)),
            (Some(format!("P{stars}")), 1)
        );
        assert_eq!(masked(&format!("P{fifteen}"), None).1, 0);
        // A number that fails its check is covered where it is the row's own.
        let broken = "330106199003070012";
        assert_eq!(
            masked(&format!("P{broken}"), Some(broken)),
            (Some(format!("P{}", "*".repeat(18))), 1)
        );
        assert_eq!(masked(fifteen, Some(fifteen)), (None, 1));
        let split = format!("P{}-{} {}", &number[..6], &number[6..14], &number[14..]);
        assert_eq!(
            masked(&split, Some(&number)),
            (Some(format!("P{}", "*".repeat(20))), 1)
        );
        assert_eq!(masked(&format!("{number}0"), Some(fifteen)).1, 1);
    }

    #[test]
    fn other_text_is_left_alone() {
        for cell in [
            "",
            "浙江省杭州市西湖区文三路100号3幢2单元501室",
            "13800001111、13900002222",
            "2024030500000000001",
        ] {
            assert_eq!(
                masked(cell, Some(&number())),
                (Some(cell.to_owned()), 0),
                "{cell}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_output_contains_a_number(
            before in "[0-9A-Za-z\u{4E00}-\u{4E20}]{0,12}",
            division in prop::sample::select(vec![110101u64, 330106, 650102, 810000]),
            day in 1u64..28, month in 1u64..12, year in 1900u64..2024, sequence in 0u64..999,
            after in "[0-9Xx ]{0,20}",
        ) {
            let body = division * 100_000_000_000 + (year * 10_000 + month * 100 + day) * 1_000 + sequence;
            let number = number_of(body);
            let (output, issues) = masked(&format!("{before}{number}{after}"), None);
            prop_assert!(issues == 1);
            let output = output.unwrap_or_default();
            prop_assert!(!output.contains(&number));
            let characters: Vec<char> = output.chars().collect();
            prop_assert!(!characters.windows(18).any(is_number));
        }

        #[test]
        fn the_own_number_never_stays(
            before in "[0-9A-Za-z]{0,12}", after in "[0-9A-Za-z]{0,12}", own in "[1-8][0-9]{14}|[1-8][0-9]{16}[0-9X]",
        ) {
            let (output, issues) = masked(&format!("{before}{own}{after}"), Some(&own));
            prop_assert!(issues == 1 && !output.unwrap_or_default().contains(&own));
        }

        #[test]
        fn any_text_keeps_its_length_in_characters(cell in "\\PC{0,60}", own in "\\PC{0,30}") {
            let (output, _) = masked(&cell, Some(&own));
            if let Some(output) = output {
                prop_assert_eq!(output.chars().count(), cell.chars().count());
            }
        }
    }
}
