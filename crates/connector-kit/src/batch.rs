//! Standard rows, and what was found on the way.

use arrow::array::{ArrayRef, AsArray, BooleanArray, Date32Array, StringViewArray};
use arrow::compute::filter;
use arrow::datatypes::Date32Type;
use arrow::error::ArrowError;
use rongtong_standards::Rule;
use rongtong_standards::identity::IdentityColumn;

/// The standard rows of one text batch. Personal data: no `Debug`.
#[derive(Default)]
pub struct StandardBatch {
    /// The contract's columns without identity numbers, in the order of
    /// [`standard_columns`](crate::standard_columns).
    pub columns: Vec<ArrayRef>,
    /// The rows' places in their file, 1 = first data row.
    pub row_numbers: Vec<i64>,
    /// The people the rows name: one entry for each mention of the contract.
    pub mentions: Vec<MentionColumns>,
    /// What was found in the rows, rejected ones included.
    pub findings: Vec<Finding>,
    /// Rejected rows as received.
    pub quarantined: Vec<Quarantined>,
}

/// The people that a batch names in one role.
pub struct MentionColumns {
    /// The numbers and what became of them.
    pub identity: IdentityColumn,
    /// The names in standard form.
    pub name: StringViewArray,
    /// The birth dates the rows state, where the feed has them.
    pub birth_date: Option<Date32Array>,
    /// The sex the rows state or the role implies: 1, 2 or 0.
    pub sex: Vec<u8>,
    /// The record's own number, else its identifying columns; null where all are empty.
    pub own: StringViewArray,
    /// False where the mention is of no resident: wholly empty, or an organisation.
    pub somebody: Vec<bool>,
}

/// One rule broken by one cell or row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The row's place in its file; `None` when the finding is about the delivery.
    pub row: Option<i64>,
    /// The column by its canonical name (an unknown column by its heading); `None` for the whole row.
    pub column: Option<String>,
    /// The rule that was broken.
    pub rule: &'static Rule,
}

/// One rejected row.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The row's place in its file.
    pub row: i64,
    /// The rule that rejected it.
    pub rule: &'static Rule,
    /// The row as received, as JSON.
    pub raw: String,
}

impl std::fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quarantined")
            .field("row", &self.row)
            .field("rule", &self.rule.name)
            .finish_non_exhaustive()
    }
}

impl StandardBatch {
    /// Keeps the rows where `keep` is true.
    pub(crate) fn retain(&mut self, keep: &BooleanArray) -> Result<(), ArrowError> {
        for values in &mut self.columns {
            *values = filter(values, keep)?;
        }
        self.row_numbers = kept(&self.row_numbers, keep);
        self.mentions
            .iter_mut()
            .try_for_each(|mention| mention.retain(keep))
    }
}

impl MentionColumns {
    fn retain(&mut self, keep: &BooleanArray) -> Result<(), ArrowError> {
        let text = |values: &StringViewArray| {
            Ok::<_, ArrowError>(filter(values, keep)?.as_string_view().clone())
        };
        let dates = |values: &Date32Array| {
            Ok::<_, ArrowError>(filter(values, keep)?.as_primitive::<Date32Type>().clone())
        };
        let identity = &mut self.identity;
        identity.status = kept(&identity.status, keep);
        identity.document = kept(&identity.document, keep);
        identity.body = kept(&identity.body, keep);
        identity.sex = kept(&identity.sex, keep);
        identity.organisation = kept(&identity.organisation, keep);
        identity.number = text(&identity.number)?;
        identity.birth_date = dates(&identity.birth_date)?;
        // Issues are in the findings by now.
        identity.issues.clear();
        self.name = text(&self.name)?;
        self.own = text(&self.own)?;
        self.sex = kept(&self.sex, keep);
        self.somebody = kept(&self.somebody, keep);
        self.birth_date = self.birth_date.as_ref().map(dates).transpose()?;
        Ok(())
    }
}

fn kept<T: Copy>(values: &[T], keep: &BooleanArray) -> Vec<T> {
    values
        .iter()
        .zip(keep.values().iter())
        .filter(|(_, keep)| *keep)
        .map(|(value, _)| *value)
        .collect()
}
