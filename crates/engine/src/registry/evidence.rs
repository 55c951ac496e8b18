//! The evidence of a link or a question, as the registry's tables hold it.

use arrow::array::{Array, RecordBatch, StringViewArray};
use arrow::datatypes::Float64Type;
use rongtong_identity::linkage::Step;
use serde::Serialize;

use super::read::text;
use super::rows::steps;
use crate::columns::column;
use crate::error::RunError;

/// Why two records are, or may be, one person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// Chance that they are one person, rivals counted.
    pub probability: f64,
    /// Log odds, base 2, of the pair alone: the sum of the bars.
    pub weight: f64,
    /// Bar by bar, from the prior on.
    #[serde(rename = "evidence")]
    pub bars: Vec<Bar>,
}

/// What one comparison says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    /// The comparison, such as `name`; `prior` for what is known before anything is compared.
    pub comparison: String,
    /// How far the records agree, such as `same_sound`; of the prior the situation.
    pub level: String,
    /// Bits for (positive) or against (negative) one person.
    pub weight: f64,
}

impl From<Step> for Bar {
    fn from(step: Step) -> Self {
        Self {
            comparison: step.comparison.as_ref().into(),
            level: step.level.as_ref().into(),
            weight: step.weight,
        }
    }
}

/// The evidence in the rows of `links` or `review`.
pub(crate) fn evidence(batch: &RecordBatch, table: &str) -> Result<Vec<Evidence>, RunError> {
    use arrow::array::AsArray as _;
    let number = |name| {
        Ok::<_, RunError>(
            column(batch, table, name)?
                .as_primitive::<Float64Type>()
                .clone(),
        )
    };
    let (probability, weight) = (number("probability")?, number("weight")?);
    let bars = column(batch, table, "evidence")?;
    let of = |row| Evidence {
        probability: probability.value(row),
        weight: weight.value(row),
        bars: steps(bars, row).into_iter().map(Bar::from).collect(),
    };
    Ok((0..batch.num_rows()).map(of).collect())
}

/// Text columns of a table's rows, by name.
pub(crate) fn texts<const N: usize>(
    batch: &RecordBatch,
    table: &str,
    names: [&str; N],
) -> Result<[StringViewArray; N], RunError> {
    let mut found = Vec::with_capacity(N);
    for name in names {
        found.push(text(batch, table, name)?);
    }
    found.try_into().map_err(|_| RunError::MissingColumn {
        table: table.to_owned(),
        column: names.join(", "),
    })
}

/// A cell of a text column; `None` where it is null.
pub(crate) fn cell(column: &StringViewArray, row: usize) -> Option<String> {
    column.is_valid(row).then(|| column.value(row).to_owned())
}
