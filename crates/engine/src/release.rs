//! The second half of a run: all that is in force is resolved, fused and published.

use std::collections::{BTreeMap, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use arrow::array::RecordBatch;
use futures::future::try_join_all;
use rongtong_connector_kit::rules;
use rongtong_contracts::{FeedName, Linking, Pipeline};
use rongtong_identity::linkage::Model;
use rongtong_identity::residents::default_model;
use rongtong_lake::{LakeLock, Release};
use tokio::runtime::Handle;

use crate::changes::Changes;
use crate::error::RunError;
use crate::found::{self, FoundIn, Place};
use crate::fuse::Fuser;
use crate::gather::Gathered;
use crate::grid::Grid;
use crate::held;
use crate::link;
use crate::order::Order;
use crate::plan::{Action, FeedPlan};
use crate::progress::Stage;
use crate::registry;
use crate::report::RunStatus;
use crate::resolve::{Cells, ResolvedFeed};
use crate::rows::FeedRows;
use crate::splice::{Keys, Table};
use crate::take::Taken;
use crate::work::Work;
use crate::{tables, write};

impl Work<'_> {
    /// Resolves and fuses all that is in force and makes the release.
    pub(crate) async fn release(
        &mut self,
        lock: &LakeLock,
        plans: &[FeedPlan<'_>],
        taken: BTreeMap<FeedName, Taken>,
        started_at: i64,
        status: RunStatus,
    ) -> Result<(), RunError> {
        let (progress, pipeline) = (self.run.progress, self.run.pipeline);
        let release = Release::id_after(self.base.release());
        let replaced = replaced(plans, &taken);
        held::is_of_its_types(self.base, plans, &replaced).await?;
        let news: HashSet<FeedName> = taken.keys().cloned().collect();
        self.book(&taken, &replaced, &release).await?;
        self.book_refused(plans, &release);

        progress.stage(Stage::Load);
        let model = model(pipeline);
        let rules = registry::rules(pipeline, &model);
        let mut gathered = self
            .gather(plans, taken, &replaced, (&model, &rules))
            .await?;

        progress.stage(Stage::Resolve);
        let (mut resolved, registered) = self.settle(&mut gathered, &model)?;
        let Gathered {
            feeds,
            fresh,
            contested,
            touched,
            ..
        } = gathered;
        let (looked_at, grid) = touched.map(|touched| (touched.keys, touched.grid)).unzip();
        let looked_at = looked_at.as_ref();

        progress.stage(Stage::Write);
        let mut changes = self
            .write_registry(registered, (&model, &rules), &feeds, looked_at)
            .await?;
        let news = (&news, looked_at.is_some());
        let ordered = self.write_standard(feeds, &mut resolved, news, &mut changes)?;
        let number_keys = resolved.iter_mut();
        let number_keys = number_keys
            .flat_map(|r| std::mem::take(&mut r.number_keys))
            .collect();
        let places = (&replaced, contested.as_ref());
        self.write_found(&ordered, fresh, resolved, places, &mut changes)
            .await?;
        let residents = self
            .fuse_all(&ordered, grid, (looked_at, number_keys), &mut changes)
            .await?;
        self.looked_at = looked_at.map(|_| residents as u64);

        self.publish(lock, changes, (release, started_at, status))
            .await
    }

    /// A table of the last release.
    pub(crate) async fn old(&self, table: &str) -> Result<Vec<RecordBatch>, RunError> {
        Ok(self.base.read(table).await?.unwrap_or_default())
    }

    /// How many rows a table of the last release has.
    pub(crate) fn rows_of(&self, table: &str) -> u64 {
        let tables = self.base.tables().into_iter();
        let mut named = tables.filter(|known| known.name == table);
        named.next().map_or(0, |known| known.rows)
    }

    /// Fuses the feeds and, beside that, writes their numbers; how many residents there were. `number_keys` are the keys
    /// that changed in `identities` where not all were looked at.
    async fn fuse_all(
        &self,
        feeds: &[(FeedRows, Order)],
        grid: Option<Grid>,
        (looked_at, number_keys): (Option<&Arc<Keys>>, Cells),
        changes: &mut Changes,
    ) -> Result<usize, RunError> {
        self.run.progress.stage(Stage::Fuse);
        let runtime = Handle::current();
        let (numbers, fused) = tokio::task::block_in_place(|| {
            thread::scope(|scope| {
                let numbers = scope.spawn(|| {
                    runtime.block_on(self.write_numbers(feeds, looked_at.map(|_| number_keys)))
                });
                let fused = runtime.block_on(self.fuse(feeds, grid, looked_at, changes));
                (numbers.join(), fused)
            })
        });
        let residents = fused?;
        let numbers = numbers.unwrap_or_else(|panic| resume_unwind(panic))?;
        changes.join(numbers);
        Ok(residents)
    }

    async fn fuse(
        &self,
        feeds: &[(FeedRows, Order)],
        grid: Option<Grid>,
        looked_at: Option<&Arc<Keys>>,
        changes: &mut Changes,
    ) -> Result<usize, RunError> {
        let progress = self.run.progress;
        let mut fuser = Fuser::new(self.run.pipeline, feeds, grid)?;
        let specs = [
            tables::residents(),
            tables::resident_homes(),
            tables::resident_health(),
            tables::conflicts(),
        ];
        let mut tables = Vec::with_capacity(specs.len());
        for spec in &specs {
            tables.push(self.table(spec, looked_at).await?);
        }
        let mut done = 0;
        while let Some(fused) = fuser.next().await? {
            done += fused
                .residents
                .iter()
                .map(RecordBatch::num_rows)
                .sum::<usize>();
            let parts = [fused.residents, fused.homes, fused.health, fused.conflicts];
            // None waits for the encoder of another.
            let tables = tables.iter_mut().zip(parts);
            let writing = tables.map(|(table, batches)| table.write_all(batches));
            try_join_all(writing).await?;
            progress.fused(done, fuser.residents());
        }
        let written = try_join_all(tables.into_iter().map(Table::end)).await?;
        written.into_iter().for_each(|table| changes.end(table));
        Ok(fuser.residents())
    }

    /// Findings and quarantine: those of feeds that were replaced go, all others stay.
    async fn write_found(
        &mut self,
        feeds: &[(FeedRows, Order)],
        fresh: Vec<FoundIn>,
        resolved: Vec<ResolvedFeed>,
        (replaced, looked_at): (&HashSet<FeedName>, Option<&HashSet<Place>>),
        changes: &mut Changes,
    ) -> Result<(), RunError> {
        let stays = |feed: &str| {
            feed.parse::<FeedName>()
                .is_ok_and(|feed| !replaced.contains(&feed))
        };
        let staying = |table: &str, rows: &[RecordBatch]| {
            found::staying((table, rows), stays, &self.replayed, looked_at)
        };
        let mut findings = staying(tables::FINDINGS, &self.old(tables::FINDINGS).await?)?;
        let mut quarantine = staying(tables::QUARANTINE, &self.old(tables::QUARANTINE).await?)?;
        for (feed, count) in found::contested(&findings)? {
            if let Some(report) = self.reports.get_mut(&feed) {
                let rule = rules::ID_CONTESTED.name.to_owned();
                *report.findings.entry(rule).or_default() += count;
            }
        }
        for (((feed, _), fresh), resolved) in feeds.iter().zip(fresh).zip(resolved) {
            let name = feed.contract.feed.to_string();
            findings.push(fresh.findings_of(&name)?);
            findings.push(resolved.found.findings_of(&name)?);
            quarantine.push(fresh.quarantine_of(&name)?);
        }
        for (spec, batches) in [
            (tables::findings(), findings),
            (tables::quarantine(), quarantine),
        ] {
            let sorted = found::sorted(&spec.schema, &batches)?;
            changes.end(write::whole(self.lake, &spec, [sorted]).await?);
        }
        Ok(())
    }
}

/// How the pipeline links.
fn model(pipeline: &Pipeline) -> Model {
    match &pipeline.linkage {
        Linking::Declared(linkage) => link::resident_model(linkage),
        Linking::Off | Linking::On => default_model(),
    }
}

/// The feeds of which nothing older stays.
fn replaced(plans: &[FeedPlan<'_>], taken: &BTreeMap<FeedName, Taken>) -> HashSet<FeedName> {
    let replaces =
        |plan: &&FeedPlan<'_>| matches!(plan.action, Action::Take { replaces: true, .. });
    let names = plans
        .iter()
        .filter(replaces)
        .map(|plan| plan.binding.feed.clone());
    names.filter(|feed| taken.contains_key(feed)).collect()
}
