//! Administrative divisions: GB/T 2260, every edition since 1980.
//!
//! Identity numbers keep the code of the year in which they were given, so retired codes count as
//! known, each with the last year in which it was in force.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, StringViewArray, StringViewBuilder};

use super::{CODE_UNKNOWN, DIVISION_UNKNOWN};
use crate::clean;
use crate::rules::{Column, Issue};

/// One division of GB/T 2260.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division {
    /// The six-digit code.
    pub code: u32,
    /// Its newest name, without the names of what it belongs to.
    pub name: &'static str,
    /// The last year in which the code was in force; `None` if it still is.
    pub retired: Option<u16>,
}

/// The set of all known codes, one bit each.
#[derive(Debug)]
pub struct Divisions(Vec<u64>);

static TEXT: &str = include_str!("../../data/gbt2260.txt");
static TABLE: LazyLock<Vec<Division>> = LazyLock::new(|| TEXT.lines().filter_map(line).collect());
static KNOWN: LazyLock<Divisions> = LazyLock::new(Divisions::new);

/// Every division, by code.
#[must_use]
pub fn divisions() -> &'static [Division] {
    &TABLE
}

/// The name of a six-digit code, retired ones included.
#[must_use]
pub fn division_name(code: &str) -> Option<&'static str> {
    let code: u32 = code.parse().ok().filter(|_| code.len() == 6)?;
    let at = TABLE
        .binary_search_by_key(&code, |division| division.code)
        .ok()?;
    TABLE.get(at).map(|division| division.name)
}

/// Whether any edition of GB/T 2260 has the code.
#[must_use]
pub fn is_known_division(code: u32) -> bool {
    KNOWN.contains(code)
}

/// Whether two digits are a province of GB/T 2260; Taiwan as 71 or, on residence permits, 83.
#[must_use]
pub const fn is_known_province(province: u32) -> bool {
    matches!(
        province,
        11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83
    )
}

/// Division codes of GB/T 2260, six digits. A label may stand beside the code, and the longer codes
/// of statistics (9 or 12 digits) are cut to their county. A code that no edition has is kept and
/// flagged if its province exists.
#[must_use]
pub fn division(input: &StringViewArray) -> Column {
    let known = Divisions::get();
    let mut values = StringViewBuilder::with_capacity(input.len());
    let mut issues = Vec::new();
    for (row, cell) in (0u32..).zip(input.iter()) {
        let Some(cell) = cell else {
            values.append_null();
            continue;
        };
        let narrow;
        let code = match six_digits(cell) {
            Some(code) => Some((code, cell)),
            None if clean::is_nothing(cell) => {
                values.append_null();
                continue;
            }
            None => {
                narrow = clean::half_width(cell);
                county_in(&narrow)
            }
        };
        match code {
            Some((code, text)) if is_known_province(code / 10_000) => {
                values.append_value(text);
                if !known.contains(code) {
                    issues.push(Issue {
                        row,
                        rule: &DIVISION_UNKNOWN,
                    });
                }
            }
            _ => {
                values.append_null();
                issues.push(Issue {
                    row,
                    rule: &CODE_UNKNOWN,
                });
            }
        }
    }
    Column {
        values: Arc::new(values.finish()),
        issues,
    }
}

impl Divisions {
    /// The set, to be taken once for a column.
    #[must_use]
    pub fn get() -> &'static Self {
        &KNOWN
    }

    /// Whether any edition has the code.
    #[must_use]
    pub fn contains(&self, code: u32) -> bool {
        let word = self.0.get(code as usize / 64).copied().unwrap_or(0);
        word >> (code % 64) & 1 == 1
    }

    fn new() -> Self {
        let mut set = Self(vec![0; 840_000 / 64]);
        for division in TABLE.iter() {
            set.insert(division.code);
            // The editions of 1980 to 1984 gave every city a code for its urban districts as a whole
            // (01, 20), its city proper (02) and its outskirts (11); numbers with them are in use.
            if division.code % 100 == 0 && division.code % 10_000 != 0 {
                for part in [1, 2, 11, 20] {
                    set.insert(division.code + part);
                }
            }
        }
        set
    }

    fn insert(&mut self, code: u32) {
        if let Some(word) = self.0.get_mut(code as usize / 64) {
            *word |= 1 << (code % 64);
        }
    }
}

/// The only run of digits in a text that has the length of a division code, cut to six.
fn county_in(text: &str) -> Option<(u32, &str)> {
    let mut runs = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() >= 6);
    let run = runs.next()?;
    let run = match (run.len(), runs.next()) {
        (6 | 9 | 12, None) => run.get(..6)?,
        _ => return None,
    };
    Some((six_digits(run)?, run))
}

fn six_digits(text: &str) -> Option<u32> {
    let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { text.parse().ok() } else { None }
}

fn line(line: &'static str) -> Option<Division> {
    let mut fields = line.split(' ');
    let code = fields.next()?.parse().ok()?;
    let name = fields.next()?;
    let retired = fields.next().and_then(|year| year.parse().ok());
    Some(Division {
        code,
        name,
        retired,
    })
}
