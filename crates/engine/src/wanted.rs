//! Wanted: which rows of the lake a run reads, and their reading.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use futures::StreamExt as _;
use rayon::prelude::*;
use rongtong_contracts::FeedName;
use rongtong_identity::ResidentKey;
use rongtong_lake::LakeReader;

use crate::columns::keys_of;
use crate::error::RunError;
use crate::load::{self, Numbers};
use crate::plan::FeedPlan;
use crate::rows::FeedRows;
use crate::splice::Keys;
use crate::tables;
use crate::work::Work;

/// Which rows are read.
#[derive(Clone)]
pub(crate) enum Wanted {
    All,
    /// Those that name one of some residents, or nobody.
    Those(Arc<Keys>),
}

impl Wanted {
    /// The rows of a batch of `table` that are wanted, by those whom its columns `named` name, and their places, where
    /// not all are; the first of the batch has the place `first`.
    pub(crate) fn rows(
        &self,
        (first, batch): (u64, RecordBatch),
        (table, named): (&str, &[String]),
    ) -> Result<(RecordBatch, Vec<u64>), RunError> {
        let Self::Those(keys) = self else {
            return Ok((batch, Vec::new()));
        };
        let named = named.iter().map(|column| keys_of(&batch, table, column));
        let named: Vec<Vec<Option<ResidentKey>>> = named.collect::<Result<_, _>>()?;
        let is_wanted = |row: usize| {
            let mut somebody = named.iter().filter_map(|of| of[row]).peekable();
            somebody.peek().is_none() || somebody.any(|key| keys.contains(&key))
        };
        let wanted: BooleanArray = (0..batch.num_rows())
            .map(|row| Some(is_wanted(row)))
            .collect();
        let places = wanted.values().set_indices().map(|row| first + row as u64);
        let places = places.collect();
        Ok((filter_record_batch(&batch, &wanted)?, places))
    }

    /// The rows of a whole table that are wanted, by those whom its columns name.
    pub(crate) fn these(
        &self,
        batches: Vec<RecordBatch>,
        named: (&str, &[String]),
    ) -> Result<Vec<RecordBatch>, RunError> {
        let rows = batches
            .into_iter()
            .map(|batch| Ok(self.rows((0, batch), named)?.0));
        rows.collect()
    }
}

/// What `of` makes of the batches of a table, and of the place of the first row of each, a few at a time; nothing where
/// the table isn't there. `of` works on all cores, ahead of `add`.
pub(crate) async fn in_parts<T: Send + 'static>(
    base: &LakeReader,
    table: &str,
    columns: Option<&[&str]>,
    of: impl Fn(u64, RecordBatch) -> Result<T, RunError> + Send + Sync + 'static,
    mut add: impl FnMut(Vec<T>) -> Result<(), RunError>,
) -> Result<(), RunError> {
    const BATCHES: usize = 16;
    let Some(made) = base.scan_with(table, columns, of).await? else {
        return Ok(());
    };
    let mut made = made.chunks(BATCHES);
    while let Some(parts) = made.next().await {
        let parts: Vec<T> = parts.into_iter().collect::<Result<_, _>>()?;
        tokio::task::block_in_place(|| add(parts))?;
    }
    Ok(())
}

impl Work<'_> {
    /// The rows of all feeds that the lake holds, as far as they are wanted; none of those `unread`.
    pub(crate) async fn load_those(
        &self,
        plans: &[FeedPlan<'_>],
        links: &[RecordBatch],
        (wanted, unread): (&Wanted, &HashSet<FeedName>),
    ) -> Result<Vec<FeedRows>, RunError> {
        let is_read = |plan: &&FeedPlan<'_>| !unread.contains(&plan.binding.feed);
        let read = plans.iter().filter(is_read);
        let read = read.map(|plan| tables::standard_name(&plan.binding.feed));
        self.base.compare_ahead(read).await?;
        let numbers = Numbers::read(self.base, links, wanted).await?;
        let mut feeds = Vec::with_capacity(plans.len());
        for plan in plans {
            feeds.push(match is_read(&plan) {
                true => self.load(plan, &numbers, wanted).await?,
                false => FeedRows::new(Arc::clone(&plan.contract)),
            });
        }
        Ok(feeds)
    }

    /// The rows of a feed, brought to rest as they are read.
    pub(crate) async fn load(
        &self,
        plan: &FeedPlan<'_>,
        numbers: &Numbers,
        wanted: &Wanted,
    ) -> Result<FeedRows, RunError> {
        let days = self.ledger.as_of_days(&plan.binding.feed);
        let as_of = |delivery: &str| days.get(delivery).copied().unwrap_or(0);
        let mut rows = FeedRows::new(Arc::clone(&plan.contract));
        let table = tables::standard_name(&plan.binding.feed);
        let of = {
            let (wanted, table) = (wanted.clone(), table.clone());
            let named = tables::key_columns(&plan.contract);
            move |first, batch| wanted.rows((first, batch), (&table, &named))
        };
        in_parts(self.base, &table, None, of, |mut read| {
            read.retain(|(batch, _)| batch.num_rows() > 0);
            let known = rows.batches.len();
            load::load(&mut rows, &read, numbers, as_of)?;
            let loaded = rows.batches[known..].par_iter_mut();
            Ok(loaded.try_for_each(|batch| batch.rest(&self.spill))?)
        })
        .await?;
        Ok(rows)
    }
}
