//! Held: whether a run can go on from the rows that the lake holds. Where it can't, it stops before anything changes.

use std::collections::HashSet;

use rongtong_contracts::{FeedName, Pipeline};
use rongtong_lake::LakeReader;

use crate::error::{Retyped, RunError};
use crate::plan::FeedPlan;
use crate::tables;

/// Every feed of which the lake holds rows is bound: a release is made of the rows of bound feeds, and residents and
/// numbers of all others would be gone.
pub(crate) fn is_bound(base: &LakeReader, pipeline: &Pipeline) -> Result<(), RunError> {
    let bindings = pipeline.bindings.iter();
    let bound: HashSet<String> = bindings
        .map(|binding| tables::standard_name(&binding.feed))
        .collect();
    let held = base.tables().into_iter().filter(|table| table.rows > 0);
    let unbound: Vec<String> = held
        .filter(|table| !bound.contains(&table.name))
        .filter_map(|table| Some(tables::feed_of(&table.name)?.to_string()))
        .collect();
    match unbound.is_empty() {
        true => Ok(()),
        false => Err(RunError::Unbound {
            feeds: unbound.join(", "),
            pipeline: pipeline.path.clone(),
        }),
    }
}

/// Rows that stay are held in the types that their contracts state: a cast makes nulls of what only a reading of the
/// delivery can bring into another type.
pub(crate) async fn is_of_its_types(
    base: &LakeReader,
    plans: &[FeedPlan<'_>],
    replaced: &HashSet<FeedName>,
) -> Result<(), RunError> {
    let mut all = Vec::new();
    for plan in plans {
        let feed = &plan.binding.feed;
        if replaced.contains(feed) {
            continue;
        }
        let columns = base.retyped(&tables::standard(&plan.contract)).await?;
        all.extend(columns.into_iter().map(|(column, held, stated)| Retyped {
            feed: feed.clone(),
            column,
            held,
            stated,
        }));
    }
    match all.is_empty() {
        true => Ok(()),
        false => Err(RunError::Retyped(all)),
    }
}
