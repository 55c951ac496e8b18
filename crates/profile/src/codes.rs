//! The codes of a column of codes, as far as they may be shown.

use std::collections::BTreeMap;

use arrow::array::{Array, StringViewArray};
use rongtong_contracts::{Code, Standard};
use rongtong_standards::{clean, codes};

use crate::kind::Kind;
use crate::measure;
use crate::personal::{is_doubtful, is_name_like};
use crate::report::CodeCount;
use crate::table::Cells;

/// More different cells than this are no list of codes.
const MOST: u64 = 500;
/// At most this many codes are shown.
const SHOWN: usize = 100;

/// Codes, most frequent first, and how many different ones are kept back.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Codes {
    pub(crate) shown: Vec<CodeCount>,
    pub(crate) withheld: u64,
}

/// The codes of a column: standard codes as their kernel reads them, others as they stand.
/// `listed` are the codes that a contract has for the column: they are public and need no care.
pub(crate) fn of(kind: Kind, cells: &Cells, listed: &[Code], code_heading: bool) -> Codes {
    if kind.has_standard_codes() {
        return standard(kind, cells);
    }
    if kind != Kind::Code || cells.distinct > MOST {
        return Codes::default();
    }
    let counts = cells.counts();
    let texts = tidy(&counts);
    // Enough rows that a code is nobody's own value.
    let least = (cells.filled() / 1000).clamp(2, 10);
    let named: u64 = texts
        .iter()
        .filter(|(text, _)| is_name_like(text))
        .map(|(_, cells)| *cells)
        .sum();
    let all_names = named * 2 >= cells.filled() && !code_heading;
    let mut codes = Codes::default();
    let mut found: BTreeMap<String, CodeCount> = BTreeMap::new();
    for (text, count) in &texts {
        let public = listed
            .iter()
            .any(|code| code.code == *text || code.label == *text || code.aliases.contains(text));
        // A word that could be a name is one unless it is everywhere.
        let name = is_name_like(text) && *count < cells.filled() / 50;
        let kept_back = *count < least || all_names || name || is_doubtful(text, code_heading);
        if kept_back && !public {
            codes.withheld += 1;
            continue;
        }
        let (code, label) = parted(text);
        let entry = found.entry(code.clone()).or_insert(CodeCount {
            code,
            label: None,
            cells: 0,
        });
        entry.cells += count;
        if entry.label.is_none() {
            entry.label = label;
        }
    }
    codes.shown = found.into_values().collect();
    sort(&mut codes);
    codes
}

fn standard(kind: Kind, cells: &Cells) -> Codes {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for chunk in cells.chunks() {
        let Some(values) = measure::values(kind, &chunk) else {
            continue;
        };
        let Some(values) = values.as_any().downcast_ref::<StringViewArray>() else {
            continue;
        };
        for code in values.iter().flatten() {
            match counts.get_mut(code) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(code.to_owned(), 1);
                }
            }
        }
    }
    let shown = counts.into_iter().map(|(code, cells)| CodeCount {
        label: label(kind.standard(), &code).map(str::to_owned),
        code,
        cells,
    });
    let mut codes = Codes {
        shown: shown.collect(),
        withheld: 0,
    };
    sort(&mut codes);
    codes
}

/// Cells that differ in blanks or width are one.
fn tidy(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    let mut texts = BTreeMap::new();
    for (cell, count) in counts {
        let text = clean::half_width(clean::trim(cell)).into_owned();
        *texts.entry(text).or_default() += count;
    }
    texts
}

/// `110 城镇职工养老`, `1-男`, `01汉族`: a code and its label.
fn parted(text: &str) -> (String, Option<String>) {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    let (code, rest) = text.split_at(end);
    let label = rest.trim_start_matches([' ', '-', '_', ':', '.', '、', '|', '：', '/']);
    let is_label = label
        .chars()
        .next()
        .is_some_and(rongtong_standards::name::is_han);
    if code.is_empty() || !code.contains(|c: char| c.is_ascii_digit()) || !is_label {
        return (text.to_owned(), None);
    }
    (code.to_owned(), Some(label.to_owned()))
}

fn label(standard: Standard, code: &str) -> Option<&'static str> {
    let of = |list: &'static [(&'static str, &'static str)]| {
        list.iter()
            .find(|(other, _)| *other == code)
            .map(|(_, label)| *label)
    };
    match standard {
        Standard::Sex => of(codes::SEXES),
        Standard::Ethnicity => of(codes::ETHNICITIES),
        Standard::RelationToHead => of(codes::RELATIONS_TO_HEAD),
        Standard::MaritalStatus => of(codes::MARITAL_STATUSES),
        Standard::IdType => of(codes::ID_TYPES),
        Standard::BloodGroup => of(codes::BLOOD_GROUPS),
        Standard::Division => codes::division_name(code),
        _ => None,
    }
}

fn sort(codes: &mut Codes) {
    codes
        .shown
        .sort_by(|a, b| b.cells.cmp(&a.cells).then_with(|| a.code.cmp(&b.code)));
    codes.withheld += codes.shown.len().saturating_sub(SHOWN) as u64;
    codes.shown.truncate(SHOWN);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_parted_from_their_labels() {
        assert_eq!(parted("1-男"), ("1".into(), Some("男".into())));
        assert_eq!(
            parted("110 城镇职工养老"),
            ("110".into(), Some("城镇职工养老".into()))
        );
        assert_eq!(parted("01汉族"), ("01".into(), Some("汉族".into())));
        assert_eq!(parted("低保"), ("低保".into(), None));
        assert_eq!(parted("A型"), ("A型".into(), None));
        assert_eq!(parted("110"), ("110".into(), None));
    }
}
