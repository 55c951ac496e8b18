//! The second half of a run: all that is in force is resolved, fused and published.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use arrow::array::{RecordBatch, StringViewArray, TimestampMicrosecondArray};
use futures::StreamExt as _;
use rayon::prelude::*;
use rongtong_contracts::{FeedName, Linking};
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::{Model, wilson};
use rongtong_identity::residents::{Registry, default_model};
use rongtong_lake::{Change, LakeLock, ReleaseMeta, StagedFiles, TableSpec, TableWriter};
use tokio::runtime::Handle;

use crate::arrange::arrange;
use crate::clock;
use crate::columns::constant;
use crate::error::RunError;
use crate::found::{self, FoundIn};
use crate::fuse::Fuser;
use crate::ledger::{Entry, Status, archive_key};
use crate::link;
use crate::load::{self, Numbers};
use crate::order::Order;
use crate::plan::{Action, FeedPlan};
use crate::progress::Stage;
use crate::registry::{self, Decisions, Registered};
use crate::report::{FeedState, RunStatus};
use crate::resolve::{ResolvedFeed, Resolver, resolve};
use crate::rows::FeedRows;
use crate::spill::Spill;
use crate::take::{Counted, Taken};
use crate::work::Work;
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
        let number = self.base.release().map_or(1, |release| release.number + 1);
        let release = format!("{number:06}");
        let replaced = replaced(plans, &taken);
        let news: HashSet<FeedName> = taken.keys().cloned().collect();
        self.book(&taken, &replaced, &release).await?;
        self.book_refused(plans, &release);

        progress.stage(Stage::Load);
        let mut fresh: Vec<FoundIn> = Vec::new();
        let mut feeds: Vec<FeedRows> = Vec::new();
        let mut gone: Vec<FeedRows> = Vec::new();
        let links = self.old("links").await?;
        let numbers = Numbers::read(self.base, &links).await?;
        for plan in plans {
            let feed = &plan.binding.feed;
            let (new, found) = match taken.remove(feed) {
                Some(taken) => (Some(taken.rows), taken.found),
                None => (None, FoundIn::default()),
            };
            let replaced = replaced.contains(feed);
            let before = match replaced && !pipeline.links() {
                true => FeedRows::new(Arc::clone(&plan.contract)),
                false => self.load(plan, &numbers).await?,
            };
            let rows = match new {
                Some(new) if replaced => {
                    gone.push(before);
                    new
                }
                new => before.and(new),
            };
            fresh.push(found);
            feeds.push(rows);
        }
        drop(numbers);

        progress.stage(Stage::Resolve);
        let model = match &pipeline.linkage {
            Linking::Declared(linkage) => link::resident_model(linkage),
            Linking::Off | Linking::On => default_model(),
        };
        let decisions = Decisions::read(&pipeline.decisions)?;
        let registry = Registry {
            links: registry::links(&links)?,
            learned: registry::learned(&model, &self.old("linkage").await?)?,
            same: decisions.pairs(true),
            different: decisions.pairs(false),
        };
        let resolver = match pipeline.links() {
            true => Resolver::Linkage {
                keys: self.keys,
                model: &model,
                registry: &registry,
            },
            false => Resolver::ByNumber(self.keys),
        };
        let (resolved, resolution) =
            tokio::task::block_in_place(|| resolve(pipeline, &mut feeds, &gone, &resolver))?;
        drop(gone);
        self.sure_enough(resolution.made)?;
        let registered = Registered::new(resolution);
        for (feed, resolved) in feeds.iter().zip(&resolved) {
            if let Some(report) = self.reports.get_mut(&feed.contract.feed.to_string()) {
                for (rule, count) in resolved.found.by_rule() {
                    *report.findings.entry(rule).or_default() += count;
                }
            }
        }

        let mut changes = Vec::new();
        for (spec, rows) in self
            .register(&registered, &model, &decisions, &feeds)
            .await?
        {
            changes.push(Change::Overwrite(
                write::whole(self.lake, &spec, [rows]).await?,
            ));
        }
        progress.stage(Stage::Write);
        let written = self.standard(feeds, &resolved, &news)?;
        let mut ordered: Vec<(FeedRows, Order)> = Vec::with_capacity(written.len());
        for Arranged { feed, order, table } in written {
            changes.extend(table.map(Change::Overwrite));
            ordered.push((feed, order));
        }
        self.found(&ordered, fresh, resolved, &replaced, &mut changes)
            .await?;
        self.fuse_all(&ordered, &mut changes)?;

        progress.stage(Stage::Publish);
        let deliveries = tables::deliveries();
        changes.push(Change::Overwrite(
            write::whole(self.lake, &deliveries, [self.ledger.write()?]).await?,
        ));
        let meta = ReleaseMeta {
            run_id: release.clone(),
            at: clock::now(),
        };
        changes.push(self.run_row(&meta, started_at, status).await?);
        self.lake
            .publish(lock, self.base.release(), changes, &meta)
            .await?;
        Ok(())
    }

    /// Puts the rows of all feeds in order and writes the tables of those that changed, several feeds at a time, the
    /// largest first.
    fn standard(
        &self,
        feeds: Vec<FeedRows>,
        resolved: &[ResolvedFeed],
        news: &HashSet<FeedName>,
    ) -> Result<Vec<Arranged>, RunError> {
        let mut work = Vec::with_capacity(feeds.len());
        for (feed, resolved) in feeds.into_iter().zip(resolved) {
            let spec = tables::standard(&feed.contract);
            let same = self.base.has(&spec.name)
                && !resolved.changed
                && !news.contains(&feed.contract.feed);
            let writer = match same {
                true => None,
                false => Some(self.lake.writer(&spec)?),
            };
            work.push((work.len(), feed, writer));
        }
        work.sort_by_key(|(_, feed, _)| Reverse(feed.len()));
        let mut written: Vec<(usize, Arranged)> = tokio::task::block_in_place(|| {
            let all = work.into_iter().par_bridge();
            all.map(|(at, feed, writer)| Ok((at, Arranged::of(feed, &self.spill, writer)?)))
                .collect::<Result<_, RunError>>()
        })?;
        written.sort_by_key(|(at, _)| *at);
        Ok(written.into_iter().map(|(_, written)| written).collect())
    }

    /// The registry's tables as this run leaves them.
    async fn register(
        &self,
        registered: &Registered,
        model: &Model,
        decisions: &Decisions,
        feeds: &[FeedRows],
    ) -> Result<Vec<(TableSpec, RecordBatch)>, RunError> {
        if !self.run.pipeline.links() {
            let empty = registry::empty()?;
            return Ok(empty
                .into_iter()
                .filter(|(spec, _)| !self.base.has(&spec.name))
                .collect());
        }
        let in_force = self
            .ledger
            .entries
            .iter()
            .filter(|e| e.status == Status::InForce);
        let as_of = in_force.map(|entry| entry.as_of).max().unwrap_or(0);
        let asked = self.old("review").await?;
        let questioned = registry::questioned(&asked);
        let batches = feeds.par_iter().flat_map(|feed| &feed.batches);
        let mentions = batches
            .filter(|_| !questioned.is_empty())
            .flat_map(|b| &b.mentions);
        let keys = mentions.flat_map_iter(|mention| mention.key.iter().copied().flatten());
        let alive: HashSet<ResidentKey> = keys.filter(|key| questioned.contains(key)).collect();
        let decided = |one: ResidentKey, other: ResidentKey| {
            decisions
                .same
                .contains_key(&(one.min(other), one.max(other)))
        };
        Ok(vec![
            registered.links(feeds)?,
            registered.events(as_of, self.old("key_events").await?)?,
            registered.review(&asked, &alive, &decided)?,
            registered.linkage(model)?,
            decisions.table()?,
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
                        self.lake.archive().keep(&key, &file.path).await?;
                        Some(format!(
                            "archive/{}/{}/{}.{}",
                            key.department, key.feed, key.delivery, key.extension
                        ))
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

    /// The rows of a feed that the lake holds, brought to rest as they are read.
    async fn load(&self, plan: &FeedPlan<'_>, numbers: &Numbers) -> Result<FeedRows, RunError> {
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
        let Some((_, batches)) = self.base.scan(&table, None).await? else {
            return Ok(rows);
        };
        let mut batches = batches.chunks(load::BATCHES);
        while let Some(read) = batches.next().await {
            let read: Vec<RecordBatch> = read.into_iter().collect::<Result<_, _>>()?;
            tokio::task::block_in_place(|| {
                let known = rows.batches.len();
                load::load(&mut rows, &read, numbers, as_of)?;
                let loaded = rows.batches[known..].par_iter_mut();
                Ok::<_, RunError>(loaded.try_for_each(|batch| batch.rest(&self.spill))?)
            })?;
        }
        Ok(rows)
    }

    /// Fuses the feeds and, beside that, writes their numbers.
    fn fuse_all(
        &self,
        feeds: &[(FeedRows, Order)],
        changes: &mut Vec<Change>,
    ) -> Result<(), RunError> {
        self.run.progress.stage(Stage::Fuse);
        let numbers = self.lake.writer(&tables::identities())?;
        let runtime = Handle::current();
        let (numbers, fused) = tokio::task::block_in_place(|| {
            thread::scope(|scope| {
                let numbers = scope.spawn(|| write::identities(numbers, feeds));
                let fused = runtime.block_on(self.fuse(feeds, changes));
                (numbers.join(), fused)
            })
        });
        fused?;
        let numbers = numbers.unwrap_or_else(|panic| resume_unwind(panic))?;
        changes.push(Change::Overwrite(numbers));
        Ok(())
    }

    async fn fuse(
        &self,
        feeds: &[(FeedRows, Order)],
        changes: &mut Vec<Change>,
    ) -> Result<(), RunError> {
        let progress = self.run.progress;
        let mut fuser = Fuser::new(self.run.pipeline, feeds)?;
        let specs = [
            tables::residents(),
            tables::resident_homes(),
            tables::resident_health(),
            tables::conflicts(),
        ];
        let mut writers = specs
            .iter()
            .map(|spec| self.lake.writer(spec))
            .collect::<Result<Vec<_>, _>>()?;
        let mut done = 0;
        while let Some(fused) = fuser.next().await? {
            done += fused
                .residents
                .iter()
                .map(RecordBatch::num_rows)
                .sum::<usize>();
            let parts = [fused.residents, fused.homes, fused.health, fused.conflicts];
            for (writer, batches) in writers.iter_mut().zip(parts) {
                for batch in batches {
                    writer.write(batch).await?;
                }
            }
            progress.fused(done, fuser.residents());
        }
        for writer in writers {
            changes.push(Change::Overwrite(writer.finish().await?));
        }
        Ok(())
    }

    /// Findings and quarantine: those of feeds that were replaced go, all others stay.
    async fn found(
        &self,
        feeds: &[(FeedRows, Order)],
        fresh: Vec<FoundIn>,
        resolved: Vec<ResolvedFeed>,
        replaced: &HashSet<FeedName>,
        changes: &mut Vec<Change>,
    ) -> Result<(), RunError> {
        let stays = |feed: &str| {
            feed.parse::<FeedName>()
                .is_ok_and(|feed| !replaced.contains(&feed))
        };
        let mut findings = found::staying(&self.old("findings").await?, stays, &self.replayed)?;
        let mut quarantine = found::staying(&self.old("quarantine").await?, stays, &self.replayed)?;
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
            let sorted = found::sorted(&spec.schema, batches)?;
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
            _ => "released",
        };
        let time = |at: i64| Arc::new(TimestampMicrosecondArray::from(vec![at]));
        let spec = tables::runs();
        let row = RecordBatch::try_new(
            Arc::clone(&spec.schema),
            vec![
                constant(&meta.run_id, 1),
                constant(&meta.run_id, 1),
                constant(&self.run.pipeline.name, 1),
                time(started_at),
                time(meta.at),
                constant(status, 1),
                Arc::new(StringViewArray::from_iter([
                    (!refused.is_empty()).then(|| refused.join(", "))
                ])),
                constant(env!("CARGO_PKG_VERSION"), 1),
            ],
        )?;
        let staged = write::whole(self.lake, &spec, [row]).await?;
        Ok(match self.base.has(&spec.name) {
            true => Change::Append(staged),
            false => Change::Overwrite(staged),
        })
    }
}

/// A feed whose rows are arranged, and its table where that changed.
struct Arranged {
    feed: FeedRows,
    /// Of its mentions.
    order: Order,
    table: Option<StagedFiles>,
}

impl Arranged {
    fn of(
        feed: FeedRows,
        spill: &Arc<Spill>,
        writer: Option<TableWriter>,
    ) -> Result<Self, RunError> {
        let (feed, order) = arrange(feed, spill)?;
        let table = match writer {
            Some(writer) => Some(write::standard(writer, &feed)?),
            None => None,
        };
        Ok(Self { feed, order, table })
    }
}

impl FeedRows {
    /// These rows and then `more`.
    fn and(mut self, more: Option<Self>) -> Self {
        let Some(more) = more else { return self };
        let here: Vec<u32> = more
            .origins
            .into_iter()
            .map(|origin| self.origin(origin))
            .collect();
        for mut batch in more.batches {
            for at in &mut batch.origin {
                *at = here.get(*at as usize).copied().unwrap_or(*at);
            }
            self.batches.push(batch);
        }
        self
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
