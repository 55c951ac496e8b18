//! The second half of a run: all that is in force is resolved, fused and published.

use std::collections::{BTreeMap, HashSet};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use arrow::array::RecordBatch;
use futures::future::try_join_all;
use rayon::prelude::*;
use rongtong_connector_kit::rules;
use rongtong_contracts::{FeedName, Linking};
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::{Model, wilson};
use rongtong_identity::residents::{Around, Registry, default_model};
use rongtong_lake::{Change, LakeLock, Release, ReleaseMeta, TableSpec};
use tokio::runtime::Handle;

use crate::clock;
use crate::error::RunError;
use crate::files::stat;
use crate::found::{self, FoundIn, Place};
use crate::fuse::Fuser;
use crate::grid::Grid;
use crate::held;
use crate::ledger::{Entry, Status, archive_key};
use crate::link;
use crate::order::Order;
use crate::plan::{Action, FeedPlan};
use crate::progress::Stage;
use crate::registry::{self, Registered};
use crate::report::{FeedState, RunStatus};
use crate::resolve::{Cells, ResolvedFeed, Resolver, resolve};
use crate::rows::{FeedRows, RowBatch};
use crate::runs::Ran;
use crate::splice::{KEY, Keys, Table};
use crate::take::{Counted, Taken};
use crate::touch::Going;
use crate::wanted::Wanted;
use crate::work::Work;
use crate::write::Arranged;
use crate::{tables, write};

impl Work<'_> {
    /// Resolves and fuses all that is in force and makes the release.
    pub(crate) async fn release(
        &mut self,
        lock: &LakeLock,
        plans: &[FeedPlan<'_>],
        mut taken: BTreeMap<FeedName, Taken>,
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
        let links = self.old(tables::LINKS).await?;
        let model = match &pipeline.linkage {
            Linking::Declared(linkage) => link::resident_model(linkage),
            Linking::Off | Linking::On => default_model(),
        };
        let learned = registry::learned(&model, &self.old(tables::LINKAGE).await?)?;
        let rules = registry::rules(pipeline, &model);
        let going = Going {
            model: &model,
            learned: learned.is_some(),
            links: &links,
            rules: &rules,
        };
        let alone = pipeline.links() && replaced.is_empty() && !self.decided_anew;
        let mut touched = match alone {
            true => self.touched(plans, &taken, &going).await?,
            false => None,
        };
        let mut gone: Vec<FeedRows> = Vec::new();
        let mut feeds = match &mut touched {
            Some(touched) => std::mem::take(&mut touched.feeds),
            None => {
                // Without linking, rows that were replaced tell nothing.
                let unread = match pipeline.links() {
                    true => HashSet::new(),
                    false => replaced.clone(),
                };
                let wanted = (&Wanted::All, &unread);
                let mut feeds = self.load_those(plans, &links, wanted).await?;
                let replaced = |feed: &&mut FeedRows| replaced.contains(&feed.contract.feed);
                for feed in feeds.iter_mut().filter(replaced) {
                    let empty = FeedRows::new(Arc::clone(&feed.contract));
                    gone.push(std::mem::replace(feed, empty));
                }
                feeds
            }
        };
        let mut fresh: Vec<FoundIn> = Vec::new();
        for feed in &mut feeds {
            let new = taken.remove(&feed.contract.feed);
            let (new, found) = new.map(|taken| (taken.rows, taken.found)).unzip();
            new.into_iter().for_each(|new| feed.add(new));
            if touched.is_some() {
                let new = feed.batches.iter_mut().filter(|batch| !batch.known);
                new.for_each(RowBatch::place_behind);
            }
            fresh.push(found.unwrap_or_default());
        }
        let contested = touched.as_ref().map(|_| found::contested_places(&feeds));
        let wanted = match &touched {
            Some(touched) => Wanted::Those(Arc::clone(&touched.keys)),
            None => Wanted::All,
        };
        let registry = Registry {
            links: registry::links(&wanted.these(links, (tables::LINKS, &[KEY.to_owned()]))?)?,
            learned,
            same: self.decisions.pairs(true),
            different: self.decisions.pairs(false),
        };

        progress.stage(Stage::Resolve);
        let around = touched.as_ref().map(|t| Around::of(&t.known, &t.keys));
        let resolver = match pipeline.links() {
            true => Resolver::Linkage {
                keys: self.keys,
                model: &model,
                registry: &registry,
                around: around.as_ref(),
            },
            false => Resolver::ByNumber(self.keys),
        };
        let (mut resolved, resolution) =
            tokio::task::block_in_place(|| resolve(pipeline, &mut feeds, &gone, &resolver))?;
        drop((gone, around));
        if let Some(touched) = &touched {
            touched.holds(&feeds)?;
        }
        let looked_at = touched.as_ref().map(|touched| Arc::clone(&touched.keys));
        let grid = touched.map(|touched| touched.grid);
        self.sure_enough(resolution.made)?;
        let registered = Registered::new(resolution);
        for (feed, resolved) in feeds.iter().zip(&resolved) {
            if let Some(report) = self.reports.get_mut(&feed.contract.feed.to_string()) {
                for (rule, count) in resolved.found.by_rule() {
                    *report.findings.entry(rule).or_default() += count;
                }
            }
        }

        progress.stage(Stage::Write);
        let looked_at = looked_at.as_ref();
        let mut changes = Vec::new();
        for (spec, rows) in self
            .register(&registered, &model, &feeds, looked_at)
            .await?
        {
            changes.push(Change::Overwrite(
                write::whole(self.lake, &spec, [rows]).await?,
            ));
        }
        if pipeline.links() {
            let (spec, rows) = registered.links(&feeds)?;
            let mut table = self.table(&spec, looked_at).await?;
            table.write(rows).await?;
            changes.push(Change::Overwrite(table.finish().await?));
            let mut table = self.table(&tables::records(), looked_at).await?;
            if let Some(recorded) = registered.recorded() {
                for rows in registry::record_rows(recorded, &rules) {
                    table.write(rows?).await?;
                }
            }
            changes.push(Change::Overwrite(table.finish().await?));
        }
        drop(registered);
        let written = self.write_standard(feeds, &mut resolved, &news, looked_at.is_some())?;
        let mut ordered: Vec<(FeedRows, Order)> = Vec::with_capacity(written.len());
        for Arranged { feed, order, table } in written {
            changes.extend(table.map(Change::Overwrite));
            ordered.push((feed, order));
        }
        let number_keys = resolved.iter_mut();
        let number_keys = number_keys
            .flat_map(|r| std::mem::take(&mut r.number_keys))
            .collect();
        let places = (&replaced, contested.as_ref());
        self.found(&ordered, fresh, resolved, places, &mut changes)
            .await?;
        let residents = self
            .fuse_all(&ordered, grid, (looked_at, number_keys), &mut changes)
            .await?;
        self.looked_at = looked_at.map(|_| residents as u64);

        self.publish(lock, changes, (release, started_at, status))
            .await
    }

    /// Makes a release of the rows of the last one, in which the ledger says what was refused, if it doesn't say so yet.
    /// Before the first release there is no ledger.
    pub(crate) async fn release_refusals(
        &mut self,
        lock: &LakeLock,
        plans: &[FeedPlan<'_>],
        started_at: i64,
    ) -> Result<(), RunError> {
        if self.base.release().is_none() || !self.refused_anew(plans) {
            return Ok(());
        }
        let release = Release::id_after(self.base.release());
        self.book_refused(plans, &release);
        let run = (release, started_at, RunStatus::Refused);
        self.publish(lock, Vec::new(), run).await
    }

    /// Makes these changes visible, with the ledger and what `runs` says of this run.
    async fn publish(
        &self,
        lock: &LakeLock,
        mut changes: Vec<Change>,
        (release, started_at, status): (String, i64, RunStatus),
    ) -> Result<(), RunError> {
        self.run.progress.stage(Stage::Publish);
        let deliveries = tables::deliveries();
        changes.push(Change::Overwrite(
            write::whole(self.lake, &deliveries, [self.ledger.write()?]).await?,
        ));
        let meta = ReleaseMeta {
            run_id: release,
            at: clock::now(),
        };
        changes.push(self.run_row(&meta, started_at, status).await?);
        let fingerprint = self.keys.fingerprint();
        self.lake
            .settings()
            .claim_secret(lock, &fingerprint)
            .await?;
        self.lake
            .publish(lock, self.base.release(), changes, &meta)
            .await?;
        Ok(())
    }

    /// A table sorted by resident, of which the rows of those who were looked at are written anew; `None`: of all.
    async fn table(
        &self,
        spec: &TableSpec,
        looked_at: Option<&Arc<Keys>>,
    ) -> Result<Table, RunError> {
        match looked_at {
            Some(keys) => Table::spliced(self.lake, spec, self.base, keys).await,
            None => Table::anew(self.lake, spec),
        }
    }

    /// The registry's tables as this run leaves them.
    async fn register(
        &self,
        registered: &Registered,
        model: &Model,
        feeds: &[FeedRows],
        looked_at: Option<&Arc<Keys>>,
    ) -> Result<Vec<(TableSpec, RecordBatch)>, RunError> {
        if !self.run.pipeline.links() {
            // Records of an older release would tell of rows that are no more.
            let wanted =
                |spec: &TableSpec| spec.name == tables::RECORDS || !self.base.has(&spec.name);
            let empty = registry::empty().filter(|(spec, _)| wanted(spec));
            return Ok(empty.collect());
        }
        let in_force = self
            .ledger
            .entries
            .iter()
            .filter(|e| e.status == Status::InForce);
        let as_of = in_force.map(|entry| entry.as_of).max().unwrap_or(0);
        let asked = self.old(tables::REVIEW).await?;
        let questioned = registry::questioned(&asked)?;
        let batches = feeds.par_iter().flat_map(|feed| &feed.batches);
        let mentions = batches
            .filter(|_| !questioned.is_empty())
            .flat_map(|b| &b.mentions);
        let keys = mentions.flat_map_iter(|mention| mention.key.iter().copied().flatten());
        let mut alive: HashSet<ResidentKey> = keys.filter(|key| questioned.contains(key)).collect();
        // Who was left alone is what they were.
        let left = |key: &&ResidentKey| looked_at.is_some_and(|keys| !keys.contains(*key));
        alive.extend(questioned.iter().filter(left));
        let decided = |one, other| self.decisions.of(one, other).is_some();
        Ok(vec![
            registered.events(as_of, self.old(tables::KEY_EVENTS).await?)?,
            registered.review(&asked, &alive, &decided)?,
            registered.linkage(model)?,
            self.decisions.table()?,
        ])
    }

    /// Links that are expected to be wrong beyond the pipeline's limit stop the release, if they are so many
    /// that this is no accident.
    fn sure_enough(&self, (made, expected): (u64, f64)) -> Result<(), RunError> {
        let precision = 100.0 * (1.0 - expected / (made.max(1) as f64));
        let limit = self.run.pipeline.min_link_precision_percent;
        let right = made.saturating_sub(expected.round() as u64);
        if 100.0 * wilson(right, made).1 >= limit {
            return Ok(());
        }
        Err(RunError::LinksUnsure {
            made,
            expected,
            precision,
            limit,
            pipeline: self.run.pipeline.path.clone(),
        })
    }

    /// A table of the last release.
    async fn old(&self, table: &str) -> Result<Vec<RecordBatch>, RunError> {
        Ok(self.base.read(table).await?.unwrap_or_default())
    }

    /// Archives what was taken and enters it in the ledger.
    async fn book(
        &mut self,
        taken: &BTreeMap<FeedName, Taken>,
        replaced: &HashSet<FeedName>,
        release: &str,
    ) -> Result<(), RunError> {
        for feed in replaced {
            self.ledger.supersede(feed);
        }
        for (feed, taken) in taken {
            for Counted {
                file,
                received,
                standard,
                quarantined,
            } in &taken.deliveries
            {
                let key = archive_key(feed, &file.delivery, &file.name)
                    .filter(|_| self.run.pipeline.archive);
                let archived = match key {
                    Some(key) => {
                        let seen = file.seen;
                        let is_same = move |path: &Path| stat(path).is_ok_and(|now| now == seen);
                        let archive = self.lake.archive();
                        Some(archive.keep(&key, &file.path, is_same).await?)
                    }
                    None => None,
                };
                let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
                self.ledger.entries.push(Entry {
                    received: count(*received),
                    standard: count(*standard),
                    quarantined: count(*quarantined),
                    archived,
                    ..Entry::of(&feed.to_string(), file, release, Status::InForce)
                });
            }
        }
        Ok(())
    }

    /// Fuses the feeds and, beside that, writes their numbers; how many residents there were. `number_keys` are the keys
    /// that changed in `identities` where not all were looked at.
    async fn fuse_all(
        &self,
        feeds: &[(FeedRows, Order)],
        grid: Option<Grid>,
        (looked_at, number_keys): (Option<&Arc<Keys>>, Cells),
        changes: &mut Vec<Change>,
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
        changes.push(Change::Overwrite(numbers));
        Ok(residents)
    }

    async fn fuse(
        &self,
        feeds: &[(FeedRows, Order)],
        grid: Option<Grid>,
        looked_at: Option<&Arc<Keys>>,
        changes: &mut Vec<Change>,
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
        let written = try_join_all(tables.into_iter().map(Table::finish)).await?;
        changes.extend(written.into_iter().map(Change::Overwrite));
        Ok(fuser.residents())
    }

    /// Findings and quarantine: those of feeds that were replaced go, all others stay.
    async fn found(
        &mut self,
        feeds: &[(FeedRows, Order)],
        fresh: Vec<FoundIn>,
        resolved: Vec<ResolvedFeed>,
        (replaced, looked_at): (&HashSet<FeedName>, Option<&HashSet<Place>>),
        changes: &mut Vec<Change>,
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
            changes.push(Change::Overwrite(
                write::whole(self.lake, &spec, [sorted]).await?,
            ));
        }
        Ok(())
    }

    async fn run_row(
        &self,
        meta: &ReleaseMeta,
        started_at: i64,
        status: RunStatus,
    ) -> Result<Change, RunError> {
        let refused: Vec<&str> = self
            .reports
            .iter()
            .filter(|(_, r)| r.state == FeedState::Refused)
            .map(|(feed, _)| feed.as_str())
            .collect();
        let status = match status {
            RunStatus::ReleasedWithRefusals => "released_with_refusals",
            RunStatus::Refused => "refused",
            RunStatus::Released | RunStatus::NothingNew => "released",
        };
        let refused = (!refused.is_empty()).then(|| refused.join(", "));
        let ran = Ran {
            pipeline: Some(&self.run.pipeline.name),
            started_at,
            status,
            refused: refused.as_deref(),
        };
        let (spec, row) = ran.row(meta)?;
        let staged = write::whole(self.lake, &spec, [row]).await?;
        Ok(match self.base.has(&spec.name) {
            true => Change::Append(staged),
            false => Change::Overwrite(staged),
        })
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
