//! The evidence of a link or a question, as the registry's tables hold it.

use arrow::array::{Float64Array, RecordBatch};
use rongtong_identity::linkage::Step;
use serde::Serialize;

use super::rows::Bars;
use crate::columns::numbers;
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
    let probability: &Float64Array = numbers(batch, table, "probability")?;
    let weight: &Float64Array = numbers(batch, table, "weight")?;
    let bars = Bars::of(batch, table)?;
    let of = |row| Evidence {
        probability: probability.value(row),
        weight: weight.value(row),
        bars: bars.steps(row).map(Bar::from).collect(),
    };
    Ok((0..batch.num_rows()).map(of).collect())
}
