//! What earlier runs left in the registry.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use ahash::RandomState;
use arrow::array::{Array, Float64Array, RecordBatch, StringViewArray};
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::{Learned, Model, Taught};
use rongtong_identity::residents::{Decided, Link};

use super::rows::Bars;
use super::tables::{LINKAGE, LINKS, REVIEW};
use crate::columns::{keys_of, numbers, texts};
use crate::error::RunError;

/// The ties of the table `links`, by own key.
pub(crate) fn links(
    batches: &[RecordBatch],
) -> Result<HashMap<ResidentKey, Link, RandomState>, RunError> {
    let mut links = HashMap::default();
    for batch in batches {
        let text = |name| texts(batch, LINKS, name);
        let (residents, owns, others) =
            (text("resident_key")?, text("own_key")?, text("other_key")?);
        let decided = text("decided_by")?;
        let probability: &Float64Array = numbers(batch, LINKS, "probability")?;
        let weight: &Float64Array = numbers(batch, LINKS, "weight")?;
        let bars = Bars::of(batch, LINKS)?;
        for row in 0..batch.num_rows() {
            let key = |of: &StringViewArray| ResidentKey::parse(of.value(row));
            let (Some(own_key), Some(resident_key), Some(other_key)) =
                (key(owns), key(residents), key(others))
            else {
                continue;
            };
            let Entry::Vacant(link) = links.entry(own_key) else {
                continue;
            };
            let decided = Decided::parse(decided.value(row));
            link.insert(Link {
                own_key,
                resident_key,
                other_key,
                decided: decided.ok_or_else(|| RunError::unknown_word(LINKS, "decided_by"))?,
                probability: probability.value(row),
                weight: weight.value(row),
                steps: bars.steps(row).collect(),
            });
        }
    }
    Ok(links)
}

/// The keys of the pairs that the table `review` asks about.
pub(crate) fn questioned(
    batches: &[RecordBatch],
) -> Result<HashSet<ResidentKey, RandomState>, RunError> {
    let mut questioned = HashSet::default();
    for batch in batches {
        for name in ["resident_key", "other_key"] {
            questioned.extend(keys_of(batch, REVIEW, name)?.into_iter().flatten());
        }
    }
    Ok(questioned)
}

/// What the table `linkage` says was learned for a model; `None` if it was learned for another.
pub(crate) fn learned(model: &Model, batches: &[RecordBatch]) -> Result<Option<Learned>, RunError> {
    let mut taught = Vec::new();
    for batch in batches {
        let text = |name| texts(batch, LINKAGE, name);
        let (contexts, comparisons, levels) =
            (text("context")?, text("comparison")?, text("level")?);
        let same: &Float64Array = numbers(batch, LINKAGE, "same")?;
        let other: &Float64Array = numbers(batch, LINKAGE, "other")?;
        let word =
            |of: &StringViewArray, row: usize| of.is_valid(row).then(|| of.value(row).to_owned());
        taught.extend((0..batch.num_rows()).map(|row| Taught {
            context: contexts.value(row).to_owned(),
            comparison: word(comparisons, row),
            level: word(levels, row),
            same: same.value(row),
            other: other.value(row),
        }));
    }
    Ok(Learned::recall(model, &taught))
}
