//! Free text: blanks, width and Excel's apostrophes.

use std::sync::Arc;

use arrow::array::StringViewArray;

use crate::clean;
use crate::kernel::{self, Report};
use crate::rules::{Column, Rule};

/// The rules of this module: none, tidying free text is no repair.
pub static RULES: &[&Rule] = &[];

/// Free text: blanks around it and apostrophes in front cut, full-width ASCII made half-width, runs
/// of blanks inside made one space. Words for nothing give null.
#[must_use]
pub fn text(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::texts(input, standard);
    Column {
        values: Arc::new(values),
        issues,
    }
}

/// The numbers of records and households: as [`text`], without any blank.
#[must_use]
pub fn record_number(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::texts(input, |cell, scratch, _| {
        let cell = kernel::bare(cell);
        let number = if cell.bytes().all(|byte| byte.is_ascii_graphic()) {
            cell
        } else {
            let shown = cell
                .chars()
                .filter(|c| !is_invisible(*c) && !clean::is_blank(*c));
            scratch.extend(shown.map(clean::narrow));
            kernel::bare(scratch)
        };
        (!clean::is_nothing(number)).then_some(number)
    });
    Column {
        values: Arc::new(values),
        issues,
    }
}

fn standard<'a>(cell: &'a str, scratch: &'a mut String, _: &mut Report) -> Option<&'a str> {
    let cell = kernel::bare(cell);
    let tidy = if is_tidy(cell) {
        cell
    } else {
        tidy_into(cell, scratch);
        kernel::bare(scratch)
    };
    (!clean::is_nothing(tidy)).then_some(tidy)
}

/// Writes text with half-width ASCII and single spaces; what is invisible is left out.
pub(crate) fn tidy_into(cell: &str, out: &mut String) {
    let mut blank = false;
    for c in cell.chars() {
        if is_invisible(c) {
            continue;
        }
        let c = clean::narrow(c);
        if clean::is_blank(c) {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push(' ');
        }
        blank = false;
        out.push(c);
    }
}

fn is_tidy(cell: &str) -> bool {
    let mut before = '\0';
    for c in cell.chars() {
        let lone_space = c == ' ' && before != ' ';
        if !lone_space && (clean::is_blank(c) || clean::narrow(c) != c) {
            return false;
        }
        before = c;
    }
    true
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::testing::{check_shape, column, one_text};

    #[test]
    fn blanks_width_and_apostrophes() {
        for (cell, expected) in [
            ("低保", "低保"),
            (" 低\u{3000}\u{3000}保 ", "低 保"),
            ("ＡＢ１２（甲）", "AB12(甲)"),
            ("'00123", "00123"),
            ("' 'x", "x"),
            ("a \t b", "a b"),
            ("王\u{200B}伟", "王伟"),
        ] {
            assert_eq!(
                one_text(text, cell),
                (Some(expected.to_owned()), vec![]),
                "{cell:?}"
            );
        }
    }

    #[test]
    fn words_for_nothing_are_null_without_an_issue() {
        for cell in [
            "", "  ", "NULL", "null", "\\N", "-", "－", "无", "'", "' -", "\u{3000}",
        ] {
            assert_eq!(one_text(text, cell), (None, vec![]), "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn standard_text_stays_as_it_is(cells in proptest::collection::vec("[ -~　-〜Ａ-Ｚ王'\u{200B}]{0,12}|.{0,20}", 0..8)) {
            let input = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
            let once = text(&input);
            check_shape(&input, &once);
            let values = once.values.as_any().downcast_ref::<StringViewArray>().unwrap();
            prop_assert_eq!(&text(values).values, &once.values);
        }
    }
}
