//! What a rule is, and the catalogue of all rules: a finding names one of these and nothing else.

use std::fmt;

use arrow::array::{Array as _, ArrayRef};

/// What became of a cell or row that broke a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The value was mended, and the mended value stands in the standard table.
    Repaired,
    /// The value is null or doubtful in the standard table; the row is accepted.
    Flagged,
    /// The row went to quarantine.
    Rejected,
}

impl Severity {
    /// The word that stands in `findings.severity`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::Flagged => "flagged",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule that a cell or a row can break.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The word that stands in `findings.rule`.
    pub name: &'static str,
    /// What becomes of the cell or row.
    pub severity: Severity,
    /// What is wrong, in English.
    pub title: &'static str,
    /// What is wrong, in Chinese.
    pub title_zh: &'static str,
    /// What the source department should do about it.
    pub remedy: &'static str,
}

/// A rule broken by one cell of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    /// Index of the row in its batch, from 0.
    pub row: u32,
    /// The rule that was broken.
    pub rule: &'static Rule,
}

/// One standardised column and the few cells that broke a rule, in row order.
#[derive(Clone)]
pub struct Column {
    /// The standard values; as long as the text column they came from.
    pub values: ArrayRef,
    /// The cells that broke a rule.
    pub issues: Vec<Issue>,
}

/// Counts only: cells are personal data.
impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("rows", &self.values.len())
            .field("issues", &self.issues.len())
            .finish_non_exhaustive()
    }
}

/// The rules of all kernels in this crate, each once.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        crate::text::RULES,
        crate::name::RULES,
        crate::date::RULES,
        crate::phone::RULES,
        crate::number::RULES,
        crate::codes::RULES,
        crate::identity::RULES,
        crate::hidden::RULES,
        crate::address::RULES,
        crate::geo::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
