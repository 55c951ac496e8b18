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
#[derive(Clone, Copy)]
pub(crate) enum Wanted<'a> {
    All,
    /// Those that name one of some residents, or nobody.
    Those(&'a Keys),
}

impl Wanted<'_> {
    /// The rows of a batch of `table` that are wanted, by those whom its columns `named` name, and their places, where
    /// not all are; the first of the batch has the place `first`.
    fn rows(
        self,
        (first, batch): (u64, RecordBatch),
        (table, named): (&str, &[String]),
    ) -> Result<(RecordBatch, Vec<u64>), RunError> {
        if matches!(self, Self::All) {
            return Ok((batch, Vec::new()));
        }
        let named = named.iter().map(|column| keys_of(&batch, table, column));
        let named: Vec<Vec<Option<ResidentKey>>> = named.collect::<Result<_, _>>()?;
        let is_wanted = |row: usize| match self {
            Self::All => true,
            Self::Those(keys) => {
                let mut somebody = named.iter().filter_map(|of| of[row]).peekable();
                somebody.peek().is_none() || somebody.any(|key| keys.contains(&key))
            }
        };
        let wanted: BooleanArray = (0..batch.num_rows())
            .map(|row| Some(is_wanted(row)))
            .collect();
        let places = wanted.values().set_indices().map(|row| first + row as u64);
        let places = places.collect();
        Ok((filter_record_batch(&batch, &wanted)?, places))
    }

    /// The rows of some batches of a table that are wanted, with their places; the first of all has the place `first`, which then
    /// is that of the next.
    pub(crate) fn of(
        self,
        batches: Vec<RecordBatch>,
        named: (&str, &[String]),
        first: &mut u64,
    ) -> Result<Vec<(RecordBatch, Vec<u64>)>, RunError> {
        let batches = batches.into_iter().map(|batch| {
            let at = *first;
            *first += batch.num_rows() as u64;
            (at, batch)
        });
        let batches: Vec<(u64, RecordBatch)> = batches.collect();
        let rows = batches.into_par_iter().map(|batch| self.rows(batch, named));
        let some = rows.filter(|rows| rows.as_ref().map_or(true, |(rows, _)| rows.num_rows() > 0));
        some.collect()
    }

    /// The rows of a whole table that are wanted, by those whom its columns name.
    pub(crate) fn these(
        self,
        batches: Vec<RecordBatch>,
        named: (&str, &[String]),
    ) -> Result<Vec<RecordBatch>, RunError> {
        let rows = self.of(batches, named, &mut 0)?;
        Ok(rows.into_iter().map(|(rows, _)| rows).collect())
    }
}

/// Reads a table, a few batches at a time; nothing where it isn't there.
pub(crate) async fn in_parts(
    base: &LakeReader,
    table: &str,
    columns: Option<&[&str]>,
    mut of: impl FnMut(Vec<RecordBatch>) -> Result<(), RunError>,
) -> Result<(), RunError> {
    const BATCHES: usize = 32;
    let Some((_, batches)) = base.scan(table, columns).await? else {
        return Ok(());
    };
    let mut batches = batches.chunks(BATCHES);
    while let Some(read) = batches.next().await {
        let read: Vec<RecordBatch> = read.into_iter().collect::<Result<_, _>>()?;
        tokio::task::block_in_place(|| of(read))?;
    }
    Ok(())
}

impl Work<'_> {
    /// The rows of all feeds that the lake holds, as far as they are wanted; none of those `unread`.
    pub(crate) async fn load_those(
        &self,
        plans: &[FeedPlan<'_>],
        links: &[RecordBatch],
        (wanted, unread): (Wanted<'_>, &HashSet<FeedName>),
    ) -> Result<Vec<FeedRows>, RunError> {
        let numbers = Numbers::read(self.base, links, wanted).await?;
        let mut feeds = Vec::with_capacity(plans.len());
        for plan in plans {
            feeds.push(match unread.contains(&plan.binding.feed) {
                true => FeedRows::new(Arc::clone(&plan.contract)),
                false => self.load(plan, &numbers, wanted).await?,
            });
        }
        Ok(feeds)
    }

    /// The rows of a feed, brought to rest as they are read.
    pub(crate) async fn load(
        &self,
        plan: &FeedPlan<'_>,
        numbers: &Numbers,
        wanted: Wanted<'_>,
    ) -> Result<FeedRows, RunError> {
        let feed = plan.binding.feed.to_string();
        let as_of = |delivery: &str| {
            let entries = self.ledger.entries.iter();
            entries
                .rev()
                .find(|e| e.delivery == delivery && e.feed == feed)
                .map_or(0, |e| e.as_of)
        };
        let mut rows = FeedRows::new(Arc::clone(&plan.contract));
        let table = tables::standard_name(&plan.binding.feed);
        let named = tables::key_columns(&plan.contract);
        let mut first = 0;
        in_parts(self.base, &table, None, |read| {
            let read = wanted.of(read, (&table, &named), &mut first)?;
            let known = rows.batches.len();
            load::load(&mut rows, &read, numbers, as_of)?;
            let loaded = rows.batches[known..].par_iter_mut();
            Ok(loaded.try_for_each(|batch| batch.rest(&self.spill))?)
        })
        .await?;
        Ok(rows)
    }
}
