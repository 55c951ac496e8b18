//! Identity numbers that hide in other columns, such as a file number made of the holder's number.
//!
//! None of them may pass into a standard table: each is covered with `*`.

mod search;

use std::sync::Arc;

use arrow::array::{Array, StringViewArray, StringViewBuilder};

use crate::clean;
use crate::rules::{Column, Issue, Rule, Severity};
use search::{FEWEST_DIGITS, SHORTEST, Search, is_document};

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

/// Covers every identity number in a text column with `*`, one for each character. A cell of which
/// nothing but `*` remains becomes null. Blanks, dashes and other signs that divide, and letters that look
/// like digits, hide none. Covered are
///
/// - 18 characters with a known province, a plausible birth date and a passing check;
/// - 15 digits by themselves with a known county and a possible birth date;
/// - the row's own number: of 18 characters also in its other length, without its check character, and
///   with two characters wrong; of another document from 7 characters on; a broken one as it is.
///
/// `own` holds each row's number as [`identity_numbers`](crate::identity::identity_numbers) gives it.
#[must_use]
pub fn mask_hidden_numbers(input: &StringViewArray, own: Option<&StringViewArray>) -> Column {
    let mut values = StringViewBuilder::with_capacity(input.len());
    let mut issues = Vec::new();
    let mut search = Search::default();
    for (row, cell) in (0u32..).zip(input.iter()) {
        let Some(cell) = cell else {
            values.append_null();
            continue;
        };
        let own = own
            .filter(|own| (row as usize) < own.len() && own.is_valid(row as usize))
            .map(|own| own.value(row as usize));
        if !may_hide(cell, own) || !search.finds(cell, own) {
            values.append_value(cell);
            continue;
        }
        issues.push(Issue {
            row,
            rule: &ID_HIDDEN_IN_TEXT,
        });
        let masked = search.covered(cell);
        if masked.chars().all(|c| c == '*' || clean::is_blank(c)) {
            values.append_null();
        } else {
            values.append_value(masked);
        }
    }
    Column {
        values: Arc::new(values.finish()),
        issues,
    }
}

/// A cheap look: a long run of digits, full-width characters, or digits enough for the row's own document.
fn may_hide(cell: &str, own: Option<&str>) -> bool {
    let is_short = |own: &str| own.len() < SHORTEST;
    if is_short(cell) && !own.is_some_and(is_short) {
        return false;
    }
    let digits = digits_in(cell);
    if digits >= SHORTEST && has_long_run(cell) || has_full_width(cell) {
        return true;
    }
    digits >= FEWEST_DIGITS && own.is_some_and(|own| is_document(own) && digits_in(own) <= digits)
}

/// How many digits a text has, and letters that look like them.
fn digits_in(text: &str) -> usize {
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte | 0x20, b'o' | b'i' | b'l');
    // Without branches, so that many bytes are looked at in one step.
    text.bytes().map(|byte| usize::from(is_digit(byte))).sum()
}

fn has_full_width(cell: &str) -> bool {
    cell.bytes()
        .fold(false, |found, byte| found | (byte == 0xEF))
}

/// Whether so many digits follow one another, but for gaps, that they can be a number.
fn has_long_run(cell: &str) -> bool {
    let mut run = 0;
    for byte in cell.bytes() {
        run = match byte {
            b'0'..=b'9' | b'O' | b'o' | b'I' | b'i' | b'L' | b'l' => run + 1,
            // Ideographs begin so; of what else is no ASCII, some is a gap.
            0xE4..=0xE9 => 0,
            b' ' | 0x80.. => run,
            _ if byte.is_ascii_punctuation() || byte.is_ascii_control() => run,
            _ => 0,
        };
        if run >= SHORTEST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
