//! A run: plan, standardise, resolve, fuse, publish.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{AsArray, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use rongtong_connector_kit::{Connector, Plain};
use rongtong_contracts::{FeedName, Pipeline};
use rongtong_identity::{ByNumber, KeyMaker, Secret};
use rongtong_lake::{Change, Lake, LakeLock, LakeReader, ReleaseMeta};

use crate::clock;
use crate::columns::constant;
use crate::error::RunError;
use crate::found::{self, FoundIn, Place};
use crate::fuse::Fuser;
use crate::ledger::{Entry, Ledger, Status, archive_key};
use crate::load::{self, Numbers};
use crate::order::Order;
use crate::plan::{self, Action, FeedPlan, Wanted};
use crate::progress::{Progress, Stage};
use crate::replay::replay;
use crate::report::{FeedReport, FeedState, RunReport, RunStatus};
use crate::resolve::resolve;
use crate::rows::FeedRows;
use crate::take::{Counted, Taken, take};
use crate::{tables, write};

/// How long a run waits for another that works on the same lake.
const WAIT_FOR_LAKE: Duration = Duration::from_secs(600);

/// What to run, on what, into what.
pub struct Run<'a> {
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// Where relative paths of bindings start.
    pub feeds_dir: PathBuf,
    /// The lake: a folder or an object-store URL.
    pub lake: String,
    /// As-of date of deliveries whose names hold none, in days since 1970-01-01.
    pub as_of: Option<i32>,
    /// Only these feeds; empty: all.
    pub feeds: Vec<FeedName>,
    /// Read everything in force once more from the archive.
    pub reprocess: bool,
    /// The secret of the lake's keys.
    pub secret: &'a Secret,
    /// Those of departments whose contracts can't say everything.
    pub connectors: &'a [Box<dyn Connector>],
    /// Who watches.
    pub progress: &'a dyn Progress,
}

impl Run<'_> {
    /// Runs the pipeline: takes what is new and makes a release.
    ///
    /// # Errors
    /// [`RunError`]; then the lake is as before.
    pub async fn run(&self) -> Result<RunReport, RunError> {
        self.make(false).await
    }

    /// Runs the rows in quarantine once more and makes a release with those that pass.
    ///
    /// # Errors
    /// [`RunError`]; then the lake is as before.
    pub async fn replay(&self) -> Result<RunReport, RunError> {
        self.make(true).await
    }

    /// The connector of a feed's department; a department without one needs no Rust.
    pub(crate) fn connector(&self, feed: &FeedName) -> &dyn Connector {
        let mut connectors = self.connectors.iter();
        connectors
            .find(|c| c.department() == feed.department)
            .map_or(&Plain, AsRef::as_ref)
    }

    async fn make(&self, replay: bool) -> Result<RunReport, RunError> {
        let started = Instant::now();
        let started_at = clock::now();
        let lake = open(&self.lake, self.pipeline).await?;
        let keys = KeyMaker::new(self.secret);
        let lock = lake.lock(WAIT_FOR_LAKE).await?;
        claim(&lake, &lock, &keys).await?;
        lake.restore_unfinished(&lock).await?;
        self.progress.stage(Stage::Plan);
        let base = lake.reader().await?;
        let ledger = ledger(&base).await?;
        let scratch = scratch()?;
        let wanted = Wanted {
            feeds_dir: self.feeds_dir.clone(),
            as_of: self.as_of,
            feeds: &self.feeds,
            reprocess: self.reprocess,
        };
        let mut plans = plan::plan(self.pipeline, &wanted, &ledger, &lake, scratch.path()).await?;
        let mut work = Work {
            run: self,
            lake: &lake,
            base: &base,
            ledger,
            keys: &keys,
            reports: BTreeMap::new(),
            replayed: HashSet::new(),
        };
        let taken = match replay {
            false => work.take_all(&plans)?,
            true => work.replay_all(&mut plans).await?,
        };
        let status = match (taken.is_empty(), work.refusals()) {
            (true, 0) => RunStatus::NothingNew,
            (true, _) => RunStatus::Refused,
            (false, 0) => RunStatus::Released,
            (false, _) => RunStatus::ReleasedWithRefusals,
        };
        if !taken.is_empty() {
            work.release(&lock, &plans, taken, started_at, status)
                .await?;
        }
        let reports = work.reports;
        report(&lake, status, started, reports).await
    }
}

/// A folder for files that are read once; it goes with the run.
pub(crate) fn scratch() -> Result<tempfile::TempDir, RunError> {
    tempfile::tempdir().map_err(|source| RunError::Io {
        path: std::env::temp_dir(),
        source,
    })
}

/// Opens the lake of a pipeline.
async fn open(location: &str, pipeline: &Pipeline) -> Result<Lake, RunError> {
    Ok(Lake::open(location, &pipeline.restricted).await?)
}

/// The lake belongs to one secret.
async fn claim(lake: &Lake, lock: &LakeLock, keys: &KeyMaker) -> Result<(), RunError> {
    let fingerprint = keys.fingerprint();
    match lake.settings().secret_fingerprint().await? {
        Some(known) if known == fingerprint => Ok(()),
        Some(_) => Err(RunError::OtherSecret {
            lake: lake.root_display(),
        }),
        None => Ok(lake.settings().claim_secret(lock, &fingerprint).await?),
    }
}

pub(crate) async fn ledger(base: &LakeReader) -> Result<Ledger, RunError> {
    Ledger::read(
        &base
            .read(&tables::deliveries().name)
            .await?
            .unwrap_or_default(),
    )
}

/// A run under way.
struct Work<'a> {
    run: &'a Run<'a>,
    lake: &'a Lake,
    base: &'a LakeReader,
    ledger: Ledger,
    keys: &'a KeyMaker,
    reports: BTreeMap<String, FeedReport>,
    /// Rows that were replayed: what was found in them before is void.
    replayed: HashSet<Place>,
}

impl Work<'_> {
    fn refusals(&self) -> usize {
        self.reports
            .values()
            .filter(|report| report.state == FeedState::Refused)
            .count()
    }

    /// Standardises what is new. Feeds that are refused or have no news are not in the result.
    fn take_all(&mut self, plans: &[FeedPlan<'_>]) -> Result<BTreeMap<FeedName, Taken>, RunError> {
        let progress = self.run.progress;
        progress.stage(Stage::Standardise);
        let mut all = BTreeMap::new();
        for plan in plans {
            let feed = &plan.binding.feed;
            let report = match &plan.action {
                Action::Absent => FeedReport::idle(FeedState::Absent),
                Action::Unchanged => FeedReport::idle(FeedState::Unchanged),
                Action::Take { files, replaces } => {
                    let span = tracing::info_span!("standardise", %feed).entered();
                    match take(plan, files, self.run.connector(feed), self.keys, progress)? {
                        Ok(taken) => {
                            self.within_limits(plan, &taken, *replaces)?;
                            let report = taken_report(&taken);
                            progress.feed_done(feed, report.received);
                            all.insert(feed.clone(), taken);
                            drop(span);
                            report
                        }
                        Err(refused) => {
                            let why = refused.to_string();
                            progress.refused(feed, &why);
                            FeedReport {
                                refused: Some(why),
                                ..FeedReport::idle(FeedState::Refused)
                            }
                        }
                    }
                }
            };
            self.reports.insert(feed.to_string(), report);
        }
        Ok(all)
    }

    /// Runs quarantined rows again. Only feeds of which rows came free are in the result.
    async fn replay_all(
        &mut self,
        plans: &mut [FeedPlan<'_>],
    ) -> Result<BTreeMap<FeedName, Taken>, RunError> {
        self.run.progress.stage(Stage::Standardise);
        let quarantine = self.base.read("quarantine").await?.unwrap_or_default();
        let mut all = BTreeMap::new();
        for plan in plans {
            let feed = plan.binding.feed.clone();
            let chosen = self.run.feeds.is_empty() || self.run.feeds.contains(&feed);
            plan.action = Action::Unchanged;
            let entries = &self.ledger.entries;
            let name = feed.to_string();
            let as_of = |delivery: &str| {
                let entry = entries
                    .iter()
                    .rev()
                    .find(|e| e.feed == name && e.delivery == delivery);
                entry.map_or(0, |e| e.as_of)
            };
            let replayed = match chosen {
                true => replay(
                    plan,
                    &quarantine,
                    self.run.connector(&feed),
                    self.keys,
                    as_of,
                )?,
                false => None,
            };
            let mut report = FeedReport::idle(FeedState::Unchanged);
            if let Some(replayed) = replayed {
                report = FeedReport {
                    state: FeedState::Taken,
                    received: replayed.places.len() as u64,
                    standard: replayed.rows.len() as u64,
                    quarantined: replayed.found.quarantined.len() as u64,
                    findings: replayed.found.by_rule(),
                    refused: None,
                };
                self.ledger.freed(&name, &replayed.freed);
                self.replayed.extend(replayed.places);
                all.insert(
                    feed,
                    Taken {
                        rows: replayed.rows,
                        found: replayed.found,
                        deliveries: Vec::new(),
                    },
                );
            }
            self.reports.insert(name, report);
        }
        Ok(all)
    }

    /// What shrinks or is rejected beyond the pipeline's limits stops the release.
    fn within_limits(
        &self,
        plan: &FeedPlan<'_>,
        taken: &Taken,
        replaces: bool,
    ) -> Result<(), RunError> {
        let pipeline = self.run.pipeline;
        let limit = pipeline.rejected_limit(plan.binding);
        for Counted {
            file,
            received,
            quarantined,
            ..
        } in &taken.deliveries
        {
            if *quarantined as f64 * 100.0 > *received as f64 * limit {
                return Err(RunError::TooManyRejected {
                    feed: plan.binding.feed.clone(),
                    file: file.name.clone(),
                    rejected: *quarantined,
                    received: *received,
                    limit,
                    pipeline: pipeline.path.clone(),
                });
            }
        }
        let limit = pipeline.shrink_limit(plan.binding);
        let before: u64 = self
            .ledger
            .in_force(&plan.binding.feed)
            .map(|e| e.received.unsigned_abs())
            .sum();
        let now: u64 = taken.deliveries.iter().map(|d| d.received).sum();
        if replaces && (now as f64) < before as f64 * (1.0 - limit / 100.0) {
            return Err(RunError::Shrunk {
                feed: plan.binding.feed.clone(),
                before,
                now,
                limit,
                pipeline: pipeline.path.clone(),
            });
        }
        Ok(())
    }

    /// Resolves and fuses all that is in force and makes the release.
    async fn release(
        &mut self,
        lock: &LakeLock,
        plans: &[FeedPlan<'_>],
        mut taken: BTreeMap<FeedName, Taken>,
        started_at: i64,
        status: RunStatus,
    ) -> Result<(), RunError> {
        let progress = self.run.progress;
        let number = self.base.release().map_or(1, |release| release.number + 1);
        let release = format!("{number:06}");
        let replaced = replaced(plans, &taken);
        let news: HashSet<FeedName> = taken.keys().cloned().collect();
        self.book(&taken, &replaced, &release).await?;

        progress.stage(Stage::Load);
        let mut fresh: Vec<FoundIn> = Vec::new();
        let mut feeds: Vec<FeedRows> = Vec::new();
        let numbers = Numbers::read(&self.base.read("identities").await?.unwrap_or_default())?;
        for plan in plans {
            let feed = &plan.binding.feed;
            let (new, found) = match taken.remove(feed) {
                Some(taken) => (Some(taken.rows), taken.found),
                None => (None, FoundIn::default()),
            };
            let rows = match new {
                Some(new) if replaced.contains(feed) => new,
                new => self.in_force(plan, &numbers).await?.and(new),
            };
            fresh.push(found);
            feeds.push(rows);
        }
        drop(numbers);

        progress.stage(Stage::Resolve);
        let resolver = ByNumber::new(self.keys);
        let pipeline = self.run.pipeline;
        let (feeds, resolved) = tokio::task::block_in_place(|| {
            let resolved = resolve(pipeline, &mut feeds, &resolver);
            (feeds, resolved)
        });
        for (feed, resolved) in feeds.iter().zip(&resolved) {
            if let Some(report) = self.reports.get_mut(&feed.contract.feed.to_string()) {
                for (rule, count) in resolved.found.by_rule() {
                    *report.findings.entry(rule).or_default() += count;
                }
            }
        }

        let mut changes = Vec::new();
        let mut ordered: Vec<(FeedRows, Order)> = Vec::new();
        for (feed, resolved) in feeds.into_iter().zip(&resolved) {
            let known = self.base.has(&tables::standard_name(&feed.contract.feed));
            if news.contains(&feed.contract.feed) || resolved.changed || !known {
                let order = Order::of_rows(&feed);
                changes.push(Change::Overwrite(
                    write::standard(self.lake, &feed, &order).await?,
                ));
            }
            let order = Order::of_mentions(&feed);
            ordered.push((feed, order));
        }
        self.fuse(&ordered, &mut changes).await?;
        changes.push(Change::Overwrite(
            write::identities(self.lake, &ordered).await?,
        ));
        self.found(&ordered, fresh, resolved, &replaced, &mut changes)
            .await?;

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
        for spec in tables::registry() {
            if !self.base.has(&spec.name) {
                changes.push(Change::Overwrite(write::whole(self.lake, &spec, []).await?));
            }
        }
        self.lake
            .publish(lock, self.base.release(), changes, &meta)
            .await?;
        Ok(())
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
                    feed: feed.to_string(),
                    delivery: file.delivery.clone(),
                    source_file: file.name.clone(),
                    sm3: file.sm3.clone(),
                    bytes: file.bytes,
                    modified_at: file.modified_at,
                    as_of: file.as_of,
                    taken_at: clock::now(),
                    release: release.to_owned(),
                    status: Status::InForce,
                    received: count(*received),
                    standard: count(*standard),
                    quarantined: count(*quarantined),
                    archived,
                });
            }
        }
        Ok(())
    }

    /// The rows of a feed that the lake holds.
    async fn in_force(&self, plan: &FeedPlan<'_>, numbers: &Numbers) -> Result<FeedRows, RunError> {
        let table = tables::standard_name(&plan.binding.feed);
        let batches = self.base.read(&table).await?.unwrap_or_default();
        let feed = plan.binding.feed.to_string();
        let as_of = |delivery: &str| {
            let entries = self.ledger.entries.iter();
            entries
                .rev()
                .find(|e| e.delivery == delivery && e.feed == feed)
                .map_or(0, |e| e.as_of)
        };
        load::load(Arc::clone(&plan.contract), &batches, numbers, as_of)
    }

    async fn fuse(
        &self,
        feeds: &[(FeedRows, Order)],
        changes: &mut Vec<Change>,
    ) -> Result<(), RunError> {
        let progress = self.run.progress;
        progress.stage(Stage::Fuse);
        let mut fuser = Fuser::new(self.run.pipeline, feeds);
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
        resolved: Vec<crate::resolve::ResolvedFeed>,
        replaced: &HashSet<FeedName>,
        changes: &mut Vec<Change>,
    ) -> Result<(), RunError> {
        let stays = |feed: &str| {
            feed.parse::<FeedName>()
                .is_ok_and(|feed| !replaced.contains(&feed))
        };
        let old = |table: &'static str| async move {
            Ok::<_, RunError>(self.base.read(table).await?.unwrap_or_default())
        };
        let mut findings = found::staying(&old("findings").await?, stays, &self.replayed)?;
        let mut quarantine = found::staying(&old("quarantine").await?, stays, &self.replayed)?;
        for (((feed, _), fresh), resolved) in feeds.iter().zip(&fresh).zip(&resolved) {
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

fn taken_report(taken: &Taken) -> FeedReport {
    let sum = |of: fn(&Counted) -> u64| taken.deliveries.iter().map(of).sum();
    FeedReport {
        state: FeedState::Taken,
        received: sum(|d| d.received),
        standard: sum(|d| d.standard),
        quarantined: sum(|d| d.quarantined),
        findings: taken.found.by_rule(),
        refused: None,
    }
}

async fn report(
    lake: &Lake,
    status: RunStatus,
    started: Instant,
    feeds: BTreeMap<String, FeedReport>,
) -> Result<RunReport, RunError> {
    let reader = lake.reader().await?;
    let rows = |table: &str| {
        reader
            .tables()
            .iter()
            .find(|t| t.name == table)
            .map_or(0, |t| t.rows)
    };
    let mut by_attribute: BTreeMap<String, u64> = BTreeMap::new();
    if status != RunStatus::NothingNew {
        for batch in reader.read("conflicts").await?.unwrap_or_default() {
            for attribute in batch
                .column_by_name("attribute")
                .into_iter()
                .flat_map(|a| a.as_string_view().iter().flatten())
            {
                *by_attribute.entry(attribute.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(RunReport {
        release: reader.release().map(|release| release.id.clone()),
        status,
        seconds: started.elapsed().as_secs_f64(),
        feeds,
        residents: rows("residents"),
        conflicts: rows("conflicts"),
        conflicts_by_attribute: by_attribute,
        lake: lake.root_display(),
    })
}
