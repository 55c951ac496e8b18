//! Identity numbers: GB 11643 and the numbers of other documents.
//!
//! The column kernel reads a clean 18-character number without allocating; everything else goes the
//! slow way of [`read`](self). What is repaired and what never is: `docs/identity-numbers.md`.

mod eighteen;
mod read;
pub mod rules;
mod trace;

use std::fmt;

use arrow::array::{Array, Date32Array, Date32Builder, StringViewArray, StringViewBuilder};

use crate::codes::{self, Divisions};
use crate::rules::Issue;
use read::Found;

pub use eighteen::{birth_date_of, body_of, number_of, sex_of};
pub(crate) use eighteen::{body_of_bytes, body_of_fifteen, facts};
pub use read::is_placeholder;
pub use rules::RULES;
pub use trace::{is_line_of_table, is_trace_of_number};

/// What became of an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdStatus {
    /// As received, but for blanks around it.
    Valid,
    /// Usable after mending; each repair is an issue.
    Repaired,
    /// There is none, or it is an organisation's.
    Missing,
    /// Not a number, or a wrong one.
    Malformed,
    /// Partly hidden behind a mask.
    Masked,
    /// Valid, but claimed by two people; set when keys are resolved, never here.
    Contested,
}

impl IdStatus {
    /// The word that stands in `id_status`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Repaired => "repaired",
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Masked => "masked",
            Self::Contested => "contested",
        }
    }

    /// Whether the number can identify a person.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Valid | Self::Repaired)
    }
}

impl fmt::Display for IdStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A column of identity numbers, read. All parts are as long as the text column.
#[derive(Clone)]
pub struct IdentityColumn {
    /// What became of each number.
    pub status: Vec<IdStatus>,
    /// GA/T 2000.156 code of the document; 0 where the number is unusable.
    pub document: Vec<u16>,
    /// First 17 digits of an 18-character number; 0 for all else. See [`number_of`].
    pub body: Vec<u64>,
    /// The normalised number; for an unusable one the cleaned text as received; null when missing.
    pub number: StringViewArray,
    /// The birth date in the number, where it has one.
    pub birth_date: Date32Array,
    /// The sex in the number, GB/T 2261.1: 1 male, 2 female; 0 where it has none.
    pub sex: Vec<u8>,
    /// Whether a valid credit code stood there (GB 32100): the row names an organisation.
    pub organisation: Vec<bool>,
    /// The rules that were broken, in row order.
    pub issues: Vec<Issue>,
}

impl IdentityColumn {
    /// Whether a row's number names somebody, if only by what is left of it.
    #[must_use]
    pub fn names_somebody(&self, row: usize) -> bool {
        self.number.is_valid(row)
            && (self.status[row].is_usable() || is_trace_of_number(self.number.value(row)))
    }

    /// Takes usable numbers of these rows for what else they can be read as: organisations' credit codes.
    pub fn take_for_organisations(&mut self, rows: &[usize]) {
        if rows.is_empty() {
            return;
        }
        for row in rows.iter().copied() {
            self.status[row] = IdStatus::Missing;
            (self.document[row], self.body[row], self.sex[row]) = (0, 0, 0);
            self.organisation[row] = true;
        }
        let stays = |row: &usize| self.status[*row] != IdStatus::Missing;
        let rows = || 0..self.status.len();
        let number = |row: usize| stays(&row).then(|| self.number.value(row));
        let birth_date = |row: usize| {
            (stays(&row) && self.birth_date.is_valid(row)).then(|| self.birth_date.value(row))
        };
        (self.number, self.birth_date) = (
            rows().map(number).collect(),
            rows().map(birth_date).collect(),
        );
    }
}

// Numbers are personal data: never shown.
impl fmt::Debug for IdentityColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityColumn")
            .field("rows", &self.status.len())
            .field("issues", &self.issues.len())
            .finish_non_exhaustive()
    }
}

/// Reads a column of identity numbers, with the column of document types beside it if there is one
/// (GA/T 2000.156, CV02.01.101 or labels). Birth dates after `as_of`, in days since 1970-01-01, are
/// impossible. A shorter column of types says nothing about the rows beyond it.
#[must_use]
pub fn identity_numbers(
    numbers: &StringViewArray,
    stated_types: Option<&StringViewArray>,
    as_of: i32,
) -> IdentityColumn {
    let divisions = Divisions::get();
    let mut column = Builder::with_capacity(numbers.len());
    for (row, cell) in (0u32..).zip(numbers.iter()) {
        let Some(cell) = cell else {
            column.nothing(false);
            continue;
        };
        if let Some((body, facts)) = clean_number(cell, as_of) {
            column.person(IdStatus::Valid, body, &facts, cell);
            if facts.division != 0 && !divisions.contains(facts.division) {
                column.issues.push(Issue {
                    row,
                    rule: &rules::ID_DIVISION_UNKNOWN,
                });
            }
            continue;
        }
        let stated = stated_types
            .filter(|types| (row as usize) < types.len() && types.is_valid(row as usize))
            .and_then(|types| codes::id_type_of(types.value(row as usize)));
        match read::read(cell, stated, as_of) {
            Found::Missing => column.nothing(false),
            Found::Organisation => {
                column.nothing(true);
                column.issues.push(Issue {
                    row,
                    rule: &rules::ORGANISATION,
                });
            }
            Found::Person(body, facts, repairs) => {
                column.person(repairs.status(), body, &facts, &number_of(body));
                column
                    .issues
                    .extend(repairs.rules().map(|rule| Issue { row, rule }));
                if facts.division != 0 && !divisions.contains(facts.division) {
                    column.issues.push(Issue {
                        row,
                        rule: &rules::ID_DIVISION_UNKNOWN,
                    });
                }
            }
            Found::Document(document, number, repairs) => {
                column.other(repairs.status(), document, &number);
                column
                    .issues
                    .extend(repairs.rules().map(|rule| Issue { row, rule }));
            }
            Found::Unusable(status, rule, text) => {
                column.other(status, 0, &text);
                column.issues.push(Issue { row, rule });
            }
        }
    }
    column.finish()
}

/// The common case: 18 characters in standard form.
#[inline]
fn clean_number(cell: &str, as_of: i32) -> Option<(u64, eighteen::Facts)> {
    let body = body_of_bytes(cell.as_bytes().try_into().ok()?)?;
    // Where digits have all been 1 or count up, the birth date is impossible: no placeholder passes.
    facts(body, as_of).ok().map(|facts| (body, facts))
}

struct Builder {
    status: Vec<IdStatus>,
    document: Vec<u16>,
    body: Vec<u64>,
    number: StringViewBuilder,
    birth_date: Date32Builder,
    sex: Vec<u8>,
    organisation: Vec<bool>,
    issues: Vec<Issue>,
}

impl Builder {
    fn with_capacity(rows: usize) -> Self {
        // 18 bytes for each number, in one block.
        let block = u32::try_from(rows.saturating_mul(18))
            .unwrap_or(u32::MAX)
            .clamp(1 << 10, 1 << 21);
        Self {
            status: Vec::with_capacity(rows),
            document: Vec::with_capacity(rows),
            body: Vec::with_capacity(rows),
            number: StringViewBuilder::with_capacity(rows).with_fixed_block_size(block),
            birth_date: Date32Builder::with_capacity(rows),
            sex: Vec::with_capacity(rows),
            organisation: Vec::with_capacity(rows),
            issues: Vec::new(),
        }
    }

    #[inline]
    fn person(&mut self, status: IdStatus, body: u64, facts: &eighteen::Facts, number: &str) {
        self.status.push(status);
        self.document.push(facts.document);
        self.body.push(body);
        self.number.append_value(number);
        self.birth_date.append_value(facts.birth);
        self.sex.push(facts.sex);
        self.organisation.push(false);
    }

    fn other(&mut self, status: IdStatus, document: u16, number: &str) {
        self.status.push(status);
        self.document.push(document);
        self.body.push(0);
        self.number.append_value(number);
        self.birth_date.append_null();
        self.sex.push(0);
        self.organisation.push(false);
    }

    fn nothing(&mut self, organisation: bool) {
        self.status.push(IdStatus::Missing);
        self.document.push(0);
        self.body.push(0);
        self.number.append_null();
        self.birth_date.append_null();
        self.sex.push(0);
        self.organisation.push(organisation);
    }

    fn finish(mut self) -> IdentityColumn {
        IdentityColumn {
            status: self.status,
            document: self.document,
            body: self.body,
            number: self.number.finish(),
            birth_date: self.birth_date.finish(),
            sex: self.sex,
            organisation: self.organisation,
            issues: self.issues,
        }
    }
}

#[cfg(test)]
mod tests;
