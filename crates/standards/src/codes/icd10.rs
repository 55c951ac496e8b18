//! Diseases: ICD-10 as GB/T 14396 writes it, such as `E11.9` or `I10.x00`.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ListBuilder, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field};

use super::{ICD10_MALFORMED, ICD10_NOTATION};
use crate::clean;
use crate::rules::{Column, Issue};

/// One ICD-10 code in each cell.
#[must_use]
pub fn icd10(input: &StringViewArray) -> Column {
    let mut values = StringViewBuilder::with_capacity(input.len());
    let mut issues = Vec::new();
    for (row, cell) in (0u32..).zip(input.iter()) {
        let Some(cell) = cell.filter(|cell| !clean::is_nothing(cell)) else {
            values.append_null();
            continue;
        };
        match code(cell) {
            Some(code) => {
                if code != clean::trim(cell) {
                    issues.push(Issue {
                        row,
                        rule: &ICD10_NOTATION,
                    });
                }
                values.append_value(code);
            }
            None => {
                values.append_null();
                issues.push(Issue {
                    row,
                    rule: &ICD10_MALFORMED,
                });
            }
        }
    }
    Column {
        values: Arc::new(values.finish()),
        issues,
    }
}

/// Several ICD-10 codes in each cell, split by `;`, `；`, `,`, `，`, `、` or `|`, or a JSON array of them: a list column whose
/// items are named `item`. A malformed item is left out and flagged, once for the row; where no code
/// is left the list is null.
#[must_use]
pub fn icd10_list(input: &StringViewArray) -> Column {
    let item = Arc::new(Field::new("item", DataType::Utf8View, true));
    let mut values = ListBuilder::new(StringViewBuilder::new()).with_field(item);
    let mut issues = Vec::new();
    for (row, cell) in (0u32..).zip(input.iter()) {
        let mut found = false;
        let (mut repaired, mut malformed) = (false, false);
        let items = unbracketed(cell.unwrap_or_default())
            .split([';', '；', ',', '，', '、', '|'])
            .map(unquoted);
        for item in items.filter(|item| !clean::is_nothing(item)) {
            match code(item) {
                Some(code) => {
                    repaired |= code != clean::trim(item);
                    values.values().append_value(code);
                    found = true;
                }
                None => malformed = true,
            }
        }
        values.append(found);
        if repaired {
            issues.push(Issue {
                row,
                rule: &ICD10_NOTATION,
            });
        }
        if malformed {
            issues.push(Issue {
                row,
                rule: &ICD10_MALFORMED,
            });
        }
    }
    Column {
        values: Arc::new(values.finish()),
        issues,
    }
}

/// What stands in the brackets of a JSON array; all other text as it is.
fn unbracketed(cell: &str) -> &str {
    let within = clean::trim(cell).strip_prefix('[');
    let within = within.and_then(|within| within.strip_suffix(']'));
    within.unwrap_or(cell)
}

fn unquoted(item: &str) -> &str {
    let within = clean::trim(item).strip_prefix('"');
    let within = within.and_then(|within| within.strip_suffix('"'));
    within.unwrap_or(item)
}

/// The standard notation of one code: a letter, two digits, and after a point up to two digits with
/// the clinical extension of GB/T 14396 (digits and `x`).
fn code(cell: &str) -> Option<Cow<'_, str>> {
    let cell = clean::trim(cell);
    if is_standard(cell.as_bytes()) {
        return Some(Cow::Borrowed(cell));
    }
    let narrow = clean::half_width(cell);
    let mut mended: String = narrow.chars().filter(|c| !clean::is_blank(*c)).collect();
    while mended.ends_with(['*', '+', '†', '.']) {
        mended.pop();
    }
    mended.make_ascii_lowercase();
    if let Some(letter) = mended.get_mut(..1) {
        letter.make_ascii_uppercase();
    }
    if mended.len() > 3 && mended.is_ascii() && mended.as_bytes().get(3) != Some(&b'.') {
        mended.insert(3, '.');
    }
    is_standard(mended.as_bytes()).then_some(Cow::Owned(mended))
}

fn is_standard(code: &[u8]) -> bool {
    let [letter, tens, ones, extension @ ..] = code else {
        return false;
    };
    let extension_fits = match extension {
        [] => true,
        [b'.', subdivision, more @ ..] => {
            let digit_or_x = |byte: &u8| byte.is_ascii_digit() || *byte == b'x';
            digit_or_x(subdivision) && more.len() <= 7 && more.iter().all(digit_or_x)
        }
        _ => false,
    };
    letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit() && extension_fits
}
