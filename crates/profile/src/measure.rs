//! How well a standard reads a column: its own kernel says.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, StringViewArray};
use rongtong_standards::rules::{Column, Issue, Severity};
use rongtong_standards::{address, codes, date, hidden, identity, name, number, phone};

use crate::kind::Kind;
use crate::report::Finding;

/// What a kernel made of filled cells.
#[derive(Debug, Default)]
pub(crate) struct Fit {
    pub(crate) cells: u64,
    /// Cells that became a value without a doubt; repaired ones too.
    pub(crate) good: u64,
    rules: BTreeMap<&'static str, Finding>,
}

impl Fit {
    /// Good cells as a share of all.
    pub(crate) fn share(&self) -> f64 {
        if self.cells == 0 {
            0.0
        } else {
            self.good as f64 / self.cells as f64
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.good += other.good;
        for (rule, finding) in other.rules {
            self.rules
                .entry(rule)
                .and_modify(|own| own.cells += finding.cells)
                .or_insert(finding);
        }
    }

    /// The rules that were broken, most frequent first.
    pub(crate) fn findings(self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.rules.into_values().collect();
        findings.sort_by(|a, b| b.cells.cmp(&a.cells).then_with(|| a.rule.cmp(b.rule)));
        findings
    }

    fn of(cells: usize, values: &[bool], issues: &[Issue]) -> Self {
        let mut good = values.to_vec();
        let mut fit = Self {
            cells: cells as u64,
            ..Self::default()
        };
        for issue in issues {
            let rule = issue.rule;
            let finding = fit.rules.entry(rule.name).or_insert(Finding {
                rule: rule.name,
                severity: rule.severity.as_str(),
                title: rule.title,
                title_zh: rule.title_zh,
                cells: 0,
            });
            finding.cells += 1;
            if rule.severity != Severity::Repaired
                && let Some(good) = good.get_mut(issue.row as usize)
            {
                *good = false;
            }
        }
        fit.good = good.iter().filter(|good| **good).count() as u64;
        fit
    }
}

/// What the kind's kernel makes of filled cells; none for kinds without one, which fit anything.
pub(crate) fn fit(kind: Kind, cells: &StringViewArray, as_of: i32) -> Option<Fit> {
    if kind == Kind::IdNumber {
        return Some(identity_fit(cells, as_of));
    }
    let column = kernel(kind, cells)?;
    let values: Vec<bool> = (0..cells.len())
        .map(|row| column.values.is_valid(row))
        .collect();
    Some(Fit::of(cells.len(), &values, &column.issues))
}

/// The standard values of a kind, where it has a kernel of its own.
pub(crate) fn values(kind: Kind, cells: &StringViewArray) -> Option<ArrayRef> {
    kernel(kind, cells).map(|column| column.values)
}

/// Cells that hold an identity number of the form that carries a check.
pub(crate) fn checked_numbers(cells: &StringViewArray, as_of: i32) -> u64 {
    let read = identity::identity_numbers(cells, None, as_of);
    let checked = |document: &&u16| matches!(**document, 111 | 154 | 553);
    read.document.iter().filter(checked).count() as u64
}

/// Cells of numbers that are hidden behind a mask.
pub(crate) fn masked_numbers(cells: &StringViewArray, as_of: i32) -> u64 {
    let read = identity::identity_numbers(cells, None, as_of);
    let masked = |status: &&identity::IdStatus| **status == identity::IdStatus::Masked;
    read.status.iter().filter(masked).count() as u64
}

/// Cells in whose text an identity number hides.
pub(crate) fn hiding_numbers(cells: &StringViewArray) -> u64 {
    hidden::mask_hidden_numbers(cells, None).issues.len() as u64
}

fn identity_fit(cells: &StringViewArray, as_of: i32) -> Fit {
    let read = identity::identity_numbers(cells, None, as_of);
    let usable: Vec<bool> = read
        .status
        .iter()
        .map(|status| status.is_usable())
        .collect();
    let mut fit = Fit::of(cells.len(), &usable, &read.issues);
    // A flag on a usable number, such as a division nobody knows, doesn't make it less of a number.
    fit.good = usable.iter().filter(|usable| **usable).count() as u64;
    fit
}

fn kernel(kind: Kind, cells: &StringViewArray) -> Option<Column> {
    Some(match kind {
        Kind::Name => name::name(cells),
        Kind::IdType => codes::id_type(cells),
        Kind::Sex => codes::sex(cells),
        Kind::Ethnicity => codes::ethnicity(cells),
        Kind::RelationToHead => codes::relation_to_head(cells),
        Kind::MaritalStatus => codes::marital_status(cells),
        Kind::Division => codes::division(cells),
        Kind::BloodGroup => codes::blood_group(cells),
        Kind::Phone => phone::phone(cells),
        Kind::Address => address::address(cells),
        Kind::Date => date::date(cells, &date::DateRange::PLAUSIBLE),
        Kind::Month => date::month(cells),
        Kind::Timestamp => date::timestamp(cells),
        Kind::Integer | Kind::Decimal => number::decimal(cells),
        Kind::SharePercent => number::share_percent(cells),
        Kind::Longitude | Kind::Latitude => number::float(cells),
        Kind::Icd10 => codes::icd10(cells),
        Kind::Icd10List => codes::icd10_list(cells),
        _ => return None,
    })
}
