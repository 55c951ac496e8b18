//! What a run adds to the registry.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringViewArray,
    StringViewBuilder,
};
use arrow::compute::{concat_batches, filter_record_batch};
use rayon::prelude::*;
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::{Model, Step};
use rongtong_identity::residents::{Link, OwnKeys as _, Recorded, Resolution, Review};
use rongtong_lake::TableSpec;

use super::rows::evidence;
use super::tables;
use crate::columns::{conforming, keys_column, keys_of, sorted_by};
use crate::error::RunError;
use crate::found::sorted;
use crate::rows::FeedRows;

/// What resolving leaves in the registry.
pub(crate) struct Registered {
    links: Vec<Link>,
    resolution: Resolution,
}

impl Registered {
    /// Of what was resolved; `resolution.batches` are no more needed.
    pub(crate) fn new(mut resolution: Resolution) -> Self {
        Self {
            links: std::mem::take(&mut resolution.links),
            resolution,
        }
    }

    /// `links`: one row for each mention that a link gave its key, and one for each tie of which no row is left.
    pub(crate) fn links(&self, feeds: &[FeedRows]) -> Result<(TableSpec, RecordBatch), RunError> {
        let spec = tables::links();
        let names: Vec<String> = feeds.iter().map(|f| f.contract.feed.to_string()).collect();
        let mut rows: Vec<LinkRow<'_>> = Vec::new();
        let mut placed = vec![false; self.links.len()];
        for (feed, name) in feeds.iter().zip(&names) {
            for batch in &feed.batches {
                let mentions = batch.mentions.iter().zip(&feed.contract.mentions);
                for (mention, role) in mentions.filter(|(mention, _)| !mention.link.is_empty()) {
                    let own_keys = mention.own_keys.get()?;
                    let source_rows = batch.row.get()?;
                    for (row, at) in &mention.link {
                        let (row, at) = (*row as usize, *at as usize);
                        let Some(link) = self.links.get(at) else {
                            continue;
                        };
                        placed[at] = true;
                        let origin = &feed.origins[batch.origin[row] as usize];
                        rows.push(LinkRow {
                            link,
                            mention_key: own_keys[row],
                            place: Some(Place {
                                feed: name,
                                delivery: &origin.delivery,
                                file: &origin.file,
                                row: source_rows[row],
                                role: &role.role,
                            }),
                        });
                    }
                }
            }
        }
        let ties = self
            .links
            .iter()
            .zip(&placed)
            .filter(|(_, placed)| !**placed);
        rows.extend(ties.map(|(link, _)| LinkRow {
            link,
            mention_key: None,
            place: None,
        }));
        rows.par_sort_by(|a, b| a.order().cmp(&b.order()));
        type Keys<'a> = fn(&LinkRow<'a>) -> Option<ResidentKey>;
        let keys: [Keys<'_>; 4] = [
            |row| Some(row.link.resident_key),
            |row| Some(row.link.own_key),
            |row| Some(row.link.other_key),
            |row| row.mention_key,
        ];
        let keys = keys.into_par_iter();
        let keys = keys.map(|of| keys_column(rows.iter().map(of)));
        let mut columns: Vec<ArrayRef> = keys.collect();
        let text = |of: for<'r, 'p> fn(&'r LinkRow<'p>) -> Option<&'r str>| -> ArrayRef {
            let mut column = StringViewBuilder::new().with_deduplicate_strings();
            rows.iter().for_each(|row| column.append_option(of(row)));
            Arc::new(column.finish())
        };
        let place = |row: &LinkRow<'_>| row.place.as_ref().map(|place| place.row);
        columns.extend([
            text(|row| Some(row.place.as_ref()?.feed)),
            text(|row| Some(row.place.as_ref()?.delivery)),
            text(|row| Some(row.place.as_ref()?.file)),
            Arc::new(rows.iter().map(place).collect::<Int64Array>()),
            text(|row| Some(row.place.as_ref()?.role)),
            text(|row| Some(row.link.decided.as_str())),
        ]);
        columns.extend(judged(rows.iter().map(|row| {
            let link = row.link;
            (link.probability, link.weight, link.steps.as_slice())
        }))?);
        let batch = RecordBatch::try_new(Arc::clone(&spec.schema), columns)?;
        Ok((spec, batch))
    }

    /// `key_events`: those of earlier runs and of this one, of which the data are of day `as_of`.
    pub(crate) fn events(
        &self,
        as_of: i32,
        before: Vec<RecordBatch>,
    ) -> Result<(TableSpec, RecordBatch), RunError> {
        let spec = tables::key_events();
        let events = &self.resolution.events;
        let text = |of: &dyn Fn(usize) -> &'static str| -> ArrayRef {
            Arc::new(
                (0..events.len())
                    .map(|at| Some(of(at)))
                    .collect::<StringViewArray>(),
            )
        };
        let new = RecordBatch::try_new(
            Arc::clone(&spec.schema),
            vec![
                keys_column(events.iter().map(|event| Some(event.resident_key))),
                text(&|at| events[at].kind.as_str()),
                keys_column(events.iter().map(|event| Some(event.successor))),
                Arc::new(Date32Array::from(vec![as_of; events.len()])),
                text(&|at| events[at].kind.reason()),
            ],
        )?;
        let mut all = before;
        all.push(new);
        let sorted = sorted(&spec.schema, &all)?;
        Ok((spec, sorted))
    }

    /// `review`: the questions of this run, and those of earlier ones that are still open. `alive` are those of the
    /// earlier ones' keys that are in force, `decided` the pairs of which a reviewer said something.
    pub(crate) fn review(
        &self,
        before: &[RecordBatch],
        alive: &HashSet<ResidentKey>,
        decided: &dyn Fn(ResidentKey, ResidentKey) -> bool,
    ) -> Result<(TableSpec, RecordBatch), RunError> {
        let spec = tables::review();
        let fresh: Vec<&Review> = self
            .resolution
            .review
            .iter()
            .filter(|r| {
                !decided(r.resident_key, r.other_key) && !decided(r.own_keys[0], r.own_keys[1])
            })
            .collect();
        let turned = |r: &Review| r.resident_key > r.other_key;
        let keys = |of: &dyn Fn(&Review) -> [ResidentKey; 2], second: bool| {
            keys_column(
                fresh
                    .iter()
                    .map(|r| Some(of(r)[usize::from(second != turned(r))])),
            )
        };
        let residents = |r: &Review| [r.resident_key, r.other_key];
        let mut columns = vec![
            keys(&residents, false),
            keys(&residents, true),
            keys(&|r| r.own_keys, false),
            keys(&|r| r.own_keys, true),
        ];
        columns.extend(judged(
            fresh
                .iter()
                .map(|r| (r.probability, r.weight, r.steps.as_slice())),
        )?);
        let asked: HashSet<(ResidentKey, ResidentKey)> = fresh
            .iter()
            .map(|r| {
                (
                    r.resident_key.min(r.other_key),
                    r.resident_key.max(r.other_key),
                )
            })
            .collect();
        let mut all = vec![RecordBatch::try_new(Arc::clone(&spec.schema), columns)?];
        for batch in before {
            let keys = |name| keys_of(batch, &spec.name, name);
            let (ones, others) = (keys("resident_key")?, keys("other_key")?);
            let (owns, other_owns) = (keys("own_key")?, keys("other_own_key")?);
            let open = |row: usize| -> Option<bool> {
                let (one, other) = (ones[row]?, others[row]?);
                let (own, other_own) = (owns[row]?, other_owns[row]?);
                let settled = decided(one, other) || decided(own, other_own);
                let new = !asked.contains(&(one.min(other), one.max(other)));
                Some(new && !settled && alive.contains(&one) && alive.contains(&other))
            };
            let mask: BooleanArray = (0..batch.num_rows())
                .map(|row| Some(open(row).unwrap_or(false)))
                .collect();
            all.push(filter_record_batch(batch, &mask)?);
        }
        let all: Result<Vec<RecordBatch>, _> = all
            .into_iter()
            .map(|batch| conforming(&spec.schema, &batch))
            .collect();
        let all = concat_batches(&spec.schema, &all?)?;
        // Lists don't sort; the keys tell rows apart.
        Ok((spec, sorted_by(&all, [0, 1])?))
    }

    /// `records`: what linking goes by in later runs.
    pub(crate) fn recorded(&self) -> Option<&Recorded> {
        self.resolution.recorded.as_ref()
    }

    /// `linkage`.
    pub(crate) fn linkage(&self, model: &Model) -> Result<(TableSpec, RecordBatch), RunError> {
        let spec = tables::linkage();
        let taught = self.resolution.learned.taught(model);
        let text = |of: &dyn Fn(usize) -> Option<String>| -> ArrayRef {
            let mut column = StringViewBuilder::new().with_deduplicate_strings();
            (0..taught.len()).for_each(|at| column.append_option(of(at)));
            Arc::new(column.finish())
        };
        let number = |of: &dyn Fn(usize) -> f64| -> ArrayRef {
            Arc::new(
                (0..taught.len())
                    .map(|at| Some(of(at)))
                    .collect::<Float64Array>(),
            )
        };
        let columns = vec![
            text(&|at| Some(taught[at].context.clone())),
            text(&|at| taught[at].comparison.clone()),
            text(&|at| taught[at].level.clone()),
            number(&|at| taught[at].same),
            number(&|at| taught[at].other),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&spec.schema), columns)?;
        Ok((spec, batch))
    }
}

struct LinkRow<'a> {
    link: &'a Link,
    mention_key: Option<ResidentKey>,
    place: Option<Place<'a>>,
}

/// A mention of a row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    feed: &'a str,
    delivery: &'a str,
    file: &'a str,
    row: i64,
    role: &'a str,
}

impl<'a> LinkRow<'a> {
    fn order(&self) -> (ResidentKey, ResidentKey, Option<&Place<'a>>) {
        (
            self.link.resident_key,
            self.link.own_key,
            self.place.as_ref(),
        )
    }
}

/// The columns `probability`, `weight` and `evidence`.
fn judged<'a>(
    rows: impl Iterator<Item = (f64, f64, &'a [Step])> + Clone,
) -> Result<[ArrayRef; 3], RunError> {
    let probability: Float64Array = rows
        .clone()
        .map(|(probability, ..)| Some(probability))
        .collect();
    let weight: Float64Array = rows.clone().map(|(_, weight, _)| Some(weight)).collect();
    let steps = evidence(rows.map(|(.., steps)| steps))?;
    Ok([Arc::new(probability), Arc::new(weight), steps])
}

/// An empty registry, for runs with linking off.
pub(crate) fn empty() -> impl Iterator<Item = (TableSpec, RecordBatch)> {
    tables::all().into_iter().map(|spec| {
        let none = RecordBatch::new_empty(Arc::clone(&spec.schema));
        (spec, none)
    })
}
