//! Fuse: one record a resident, each value with its source.
//!
//! Residents are taken in key order, a chunk at a time, so memory stays bounded however large the city:
//! [`claims`] lines up what each feed says, [`sql`] says how to choose between feeds, and [`chooser`] has DataFusion
//! do it. As many chunks are under way as there are cores.

mod chooser;
mod claims;
mod derived;
mod disputes;
mod homes;
mod pick;
mod sql;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch, is_not_null, or};
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_contracts::Pipeline;
use rongtong_identity::ResidentKey;

use crate::columns::conforming;
use crate::error::RunError;
use crate::grid::Grid;
use crate::order::{Order, Together};
use crate::rows::{CHUNK, FeedRows};
use crate::tables;
use chooser::Chooser;
use derived::Voided;
use disputes::Dispute;

pub(crate) use claims::{claimed, places};
pub(crate) use derived::{derived_rows, void_together};
pub(crate) use pick::{Along, Groups, Picks};

/// What fusing some chunks of residents gives, each table in key order.
#[derive(Default)]
pub(crate) struct Fused {
    pub(crate) residents: Vec<RecordBatch>,
    pub(crate) homes: Vec<RecordBatch>,
    pub(crate) health: Vec<RecordBatch>,
    pub(crate) conflicts: Vec<RecordBatch>,
}

/// Fuses feeds, whose mentions are resolved and ordered, chunk by chunk in key order.
pub(crate) struct Fuser<'a> {
    pipeline: &'a Pipeline,
    grid: Arc<Grid>,
    /// The keys of all mentions, and whose of them the feeds name.
    keys: Arc<[ResidentKey]>,
    residents: Vec<u32>,
    along: Vec<Along<'a>>,
    voided: Voided,
    disputes: Vec<Dispute>,
    /// Planned when the first claims show their columns.
    chooser: Option<Chooser>,
    done: usize,
}

/// What feeds say of the residents of a chunk, lined up.
struct Lined {
    claims: RecordBatch,
    homes: RecordBatch,
}

impl<'a> Fuser<'a> {
    /// For all residents that the feeds name; `grid` knows the buildings of rows that are no more among the feeds'.
    pub(crate) fn new(
        pipeline: &'a Pipeline,
        feeds: &'a [(FeedRows, Order)],
        grid: Option<Grid>,
    ) -> Result<Self, ArrowError> {
        let rows = || feeds.iter().map(|(feed, _)| feed);
        let grid = match grid {
            Some(grid) => grid,
            None => Grid::of(rows())?,
        };
        let mut residents = Vec::new();
        for (rank, ..) in Together::of(feeds) {
            if residents.last() != Some(&rank) {
                residents.push(rank);
            }
        }
        let keys = feeds.first().map(|(feed, _)| Arc::clone(&feed.keys));
        Ok(Self {
            pipeline,
            grid: Arc::new(grid),
            keys: keys.unwrap_or_default(),
            residents,
            along: feeds
                .iter()
                .filter(|(feed, _)| !feed.contract.mentions.is_empty())
                .map(|(feed, order)| Along::new(feed, order))
                .collect(),
            voided: Voided::of(rows())?,
            disputes: sql::disputes(pipeline),
            chooser: None,
            done: 0,
        })
    }

    /// How many residents there are.
    pub(crate) fn residents(&self) -> usize {
        self.residents.len()
    }

    /// The next chunks; `None` when all residents are fused.
    pub(crate) async fn next(&mut self) -> Result<Option<Fused>, RunError> {
        let width = rayon::current_num_threads();
        let chunks = self.chunks(width);
        if chunks.is_empty() {
            return Ok(None);
        }
        let lined: Result<Vec<Lined>, ArrowError> = chunks
            .into_par_iter()
            .map(|(keys, groups)| self.line_up(&keys, groups))
            .collect();
        let (claims, homes): (Vec<RecordBatch>, Vec<RecordBatch>) = lined?
            .into_iter()
            .map(|lined| (lined.claims, lined.homes))
            .unzip();
        let chooser = match (self.chooser.take(), claims.first()) {
            (None, Some(first)) => {
                let query = sql::fused(self.pipeline);
                Chooser::new(&query, first.schema_ref(), &self.grid, width).await?
            }
            (Some(chooser), _) => chooser,
            (None, None) => return Ok(None),
        };
        let answers = chooser.choose(claims).await?;
        self.chooser = Some(chooser);
        let parts: Result<Vec<Fused>, ArrowError> =
            answers.par_iter().map(|answer| self.part(answer)).collect();
        let mut fused = Fused::default();
        for (part, homes) in parts?.into_iter().zip(homes) {
            fused.residents.extend(part.residents);
            fused.homes.push(homes);
            fused.health.extend(part.health);
            fused.conflicts.extend(part.conflicts);
        }
        Ok(Some(fused))
    }

    /// The keys of the next chunks, at most `width`, with the rows that name them.
    fn chunks(&mut self, width: usize) -> Vec<(Vec<ResidentKey>, Vec<Groups<'a>>)> {
        let mut chunks = Vec::with_capacity(width);
        while chunks.len() < width && self.done < self.residents.len() {
            let end = self.residents.len().min(self.done + CHUNK);
            let ranks = &self.residents[self.done..end];
            self.done = end;
            let along = self.along.iter_mut();
            let groups = along.map(|along| along.groups(ranks)).collect();
            let keys = ranks.iter().map(|rank| self.keys[*rank as usize]);
            chunks.push((keys.collect(), groups));
        }
        chunks
    }

    fn line_up(&self, keys: &[ResidentKey], groups: Vec<Groups<'a>>) -> Result<Lined, ArrowError> {
        let mut columns = claims::claims(self.pipeline, keys, &groups)?;
        derived::derived(&groups, keys.len(), &self.voided, &mut columns)?;
        let lined = Lined {
            claims: columns.finish()?,
            homes: homes::homes(keys, &groups, &self.grid)?,
        };
        groups.into_iter().try_for_each(Groups::sound)?;
        Ok(lined)
    }

    /// The tables' rows in the chooser's answer about one chunk.
    fn part(&self, answer: &[RecordBatch]) -> Result<Fused, ArrowError> {
        let Some(first) = answer.first() else {
            return Ok(Fused::default());
        };
        let fused = concat_batches(first.schema_ref(), answer)?;
        let conflicts = disputes::conflicts(&fused, &self.disputes, &tables::conflicts().schema)?;
        Ok(Fused {
            residents: vec![conforming(&tables::residents().schema, &fused)?],
            homes: Vec::new(),
            health: vec![health(&fused)?],
            conflicts: vec![conflicts],
        })
    }
}

/// What health knows, for those of whom it knows something.
fn health(fused: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let at = |name: &str| fused.schema_ref().index_of(name);
    let [blood, chronic] = sql::HEALTH.map(at);
    let rows = fused.project(&[at("resident_key")?, blood?, chronic?])?;
    let known: Vec<BooleanArray> = rows
        .columns()
        .iter()
        .skip(1)
        .map(|column| is_not_null(column))
        .collect::<Result<_, _>>()?;
    let rows = match known.as_slice() {
        [blood, chronic] => filter_record_batch(&rows, &or(blood, chronic)?)?,
        _ => rows,
    };
    conforming(&tables::resident_health().schema, &rows)
}
