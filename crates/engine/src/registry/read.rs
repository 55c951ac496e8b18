//! What earlier runs left in the registry.

use std::collections::{HashMap, HashSet};

use ahash::RandomState;
use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::Float64Type;
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::{Learned, Model, Taught};
use rongtong_identity::residents::{Decided, Link};

use super::rows::steps;
use crate::columns::column;
use crate::error::RunError;

/// The ties of the table `links`, by own key.
pub(crate) fn links(
    batches: &[RecordBatch],
) -> Result<HashMap<ResidentKey, Link, RandomState>, RunError> {
    let mut links = HashMap::default();
    for batch in batches {
        let text = |name| text(batch, "links", name);
        let (residents, owns, others) =
            (text("resident_key")?, text("own_key")?, text("other_key")?);
        let decided = text("decided_by")?;
        let number = |name| {
            Ok::<_, RunError>(
                column(batch, "links", name)?
                    .as_primitive::<Float64Type>()
                    .clone(),
            )
        };
        let (probability, weight) = (number("probability")?, number("weight")?);
        let evidence = column(batch, "links", "evidence")?;
        for row in 0..batch.num_rows() {
            let key = |of: &StringViewArray| ResidentKey::parse(of.value(row));
            let (Some(own_key), Some(resident_key), Some(other_key)) =
                (key(&owns), key(&residents), key(&others))
            else {
                continue;
            };
            links.entry(own_key).or_insert_with(|| Link {
                own_key,
                resident_key,
                other_key,
                decided: Decided::parse(decided.value(row)).unwrap_or(Decided::Model),
                probability: probability.value(row),
                weight: weight.value(row),
                steps: steps(evidence, row),
            });
        }
    }
    Ok(links)
}

/// The keys of the pairs that the table `review` asks about.
pub(crate) fn questioned(batches: &[RecordBatch]) -> HashSet<ResidentKey, RandomState> {
    let keys = |name: &'static str| {
        let columns = batches
            .iter()
            .filter_map(move |batch| batch.column_by_name(name));
        let keys = columns.flat_map(|column| column.as_string_view().iter());
        keys.flatten().filter_map(ResidentKey::parse)
    };
    keys("resident_key").chain(keys("other_key")).collect()
}

/// What the table `linkage` says was learned for a model; `None` if it was learned for another.
pub(crate) fn learned(model: &Model, batches: &[RecordBatch]) -> Result<Option<Learned>, RunError> {
    let mut taught = Vec::new();
    for batch in batches {
        let text = |name| text(batch, "linkage", name);
        let number = |name| {
            Ok::<_, RunError>(
                column(batch, "linkage", name)?
                    .as_primitive::<Float64Type>()
                    .clone(),
            )
        };
        let (contexts, comparisons, levels) =
            (text("context")?, text("comparison")?, text("level")?);
        let (same, other) = (number("same")?, number("other")?);
        let word =
            |of: &StringViewArray, row: usize| of.is_valid(row).then(|| of.value(row).to_owned());
        taught.extend((0..batch.num_rows()).map(|row| Taught {
            context: contexts.value(row).to_owned(),
            comparison: word(&comparisons, row),
            level: word(&levels, row),
            same: same.value(row),
            other: other.value(row),
        }));
    }
    Ok(Learned::recall(model, &taught))
}

pub(super) fn text(
    batch: &RecordBatch,
    table: &str,
    name: &str,
) -> Result<StringViewArray, RunError> {
    Ok(column(batch, table, name)?.as_string_view().clone())
}
