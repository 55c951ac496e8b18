//! A run: plan, standardise, resolve, fuse, publish.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rongtong_connector_kit::{Connector, Plain};
use rongtong_contracts::{FeedName, Pipeline};
use rongtong_identity::{KeyMaker, Secret};
use rongtong_lake::{Lake, LakeReader};

use crate::clock;
use crate::columns::texts;
use crate::error::RunError;
use crate::held;
use crate::ledger::Ledger;
use crate::plan::{self, Asked};
use crate::progress::{Progress, Stage};
use crate::registry::Decisions;
use crate::report::{FeedReport, RunReport, RunStatus};
use crate::scratch::Scratch;
use crate::spill::Spill;
use crate::tables;
use crate::timing::Timed;
use crate::work::Work;

/// How long a run waits for another that works on the same lake.
pub(crate) const WAIT_FOR_LAKE: Duration = Duration::from_secs(600);

/// How often a run begins anew because another released meanwhile; only in an object store can one.
const RACES: u32 = 32;

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
        self.timed(false).await
    }

    /// Runs the rows in quarantine once more and makes a release with those that pass.
    ///
    /// # Errors
    /// [`RunError`]; then the lake is as before.
    pub async fn replay(&self) -> Result<RunReport, RunError> {
        self.timed(true).await
    }

    /// Makes the run, and tells how long each stage took.
    async fn timed(&self, replay: bool) -> Result<RunReport, RunError> {
        let timed = Timed::new(self.progress);
        let run = Run {
            progress: &timed,
            feeds_dir: self.feeds_dir.clone(),
            lake: self.lake.clone(),
            feeds: self.feeds.clone(),
            ..*self
        };
        let report = run.in_turn(replay).await?;
        Ok(RunReport {
            stages: timed.seconds(),
            ..report
        })
    }

    /// Makes the run, again from the start as often as another was faster.
    async fn in_turn(&self, replay: bool) -> Result<RunReport, RunError> {
        for race in 1..RACES {
            match self.make(replay).await {
                Err(RunError::Lake(lost)) if lost.is_conflict() => {
                    tracing::info!(race, "another run released first: begun anew");
                    tokio::time::sleep(pause(race)).await;
                }
                made => return made,
            }
        }
        self.make(replay).await
    }

    async fn make(&self, replay: bool) -> Result<RunReport, RunError> {
        let started = Instant::now();
        let started_at = clock::now();
        let lake = open(&self.lake, self.pipeline).await?;
        let keys = KeyMaker::new(self.secret);
        let lock = lake.lock(WAIT_FOR_LAKE).await?;
        is_for(&lake, &keys).await?;
        lake.restore_unfinished(&lock).await?;
        self.progress.stage(Stage::Plan);
        let base = lake.reader().await?.checked();
        held::is_bound(&base, self.pipeline)?;
        let ledger = ledger(&base).await?;
        let scratch = Scratch::new()?;
        let asked = Asked {
            feeds_dir: self.feeds_dir.clone(),
            as_of: self.as_of,
            feeds: &self.feeds,
            reprocess: self.reprocess,
        };
        let mut plans = plan::plan(self.pipeline, &asked, &ledger, &lake, scratch.path()).await?;
        let (decisions, decided_anew) = self.decided(&base).await?;
        let mut work = Work {
            run: self,
            lake: &lake,
            base: &base,
            ledger,
            keys: &keys,
            spill: Spill::new()?,
            decisions,
            decided_anew,
            reports: BTreeMap::new(),
            replayed: HashSet::new(),
            looked_at: None,
        };
        let taken = match replay {
            false => work.take_all(&plans)?,
            true => work.replay_all(&mut plans).await?,
        };
        // What reviewers decided since the last release is news, though no delivery is.
        let news = !taken.is_empty() || (work.decided_anew && base.release().is_some());
        let status = match (!news, work.refusals()) {
            (true, 0) => RunStatus::NothingNew,
            (true, _) => RunStatus::Refused,
            (false, 0) => RunStatus::Released,
            (false, _) => RunStatus::ReleasedWithRefusals,
        };
        match status {
            RunStatus::NothingNew => {}
            RunStatus::Refused => work.release_refusals(&lock, &plans, started_at).await?,
            RunStatus::Released | RunStatus::ReleasedWithRefusals => {
                work.release(&lock, &plans, taken, started_at, status)
                    .await?;
            }
        }
        let looked_at = work.looked_at;
        let report = report(&lake, status, started, work.reports).await?;
        Ok(RunReport {
            looked_at,
            ..report
        })
    }

    /// What reviewers decided, and whether that is other than what the last release rests on. Where nothing is linked,
    /// it counts for nothing.
    async fn decided(&self, base: &LakeReader) -> Result<(Decisions, bool), RunError> {
        if !self.pipeline.links() {
            return Ok((Decisions::default(), false));
        }
        let decisions = Decisions::read(&self.pipeline.decisions)?;
        let released = base.read(tables::DECISIONS).await?.unwrap_or_default();
        let anew = Decisions::released(&released)? != decisions;
        Ok((decisions, anew))
    }
}

/// The connector of a feed's department; a department without one needs no Rust.
pub(crate) fn connector_of<'a>(
    connectors: &'a [Box<dyn Connector>],
    feed: &FeedName,
) -> &'a dyn Connector {
    connectors
        .iter()
        .find(|connector| connector.department() == feed.department)
        .map_or(&Plain, AsRef::as_ref)
}

/// How long to stand back after a lost race: longer each time, and not the same for everybody.
fn pause(race: u32) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 1_000;
    Duration::from_millis(chance * u64::from(race.min(8)))
}

/// Opens the lake of a pipeline.
async fn open(location: &str, pipeline: &Pipeline) -> Result<Lake, RunError> {
    Ok(Lake::open(location, &pipeline.restricted).await?)
}

/// A lake belongs to one secret, from its first release on.
async fn is_for(lake: &Lake, keys: &KeyMaker) -> Result<(), RunError> {
    match lake.settings().secret_fingerprint().await? {
        Some(known) if known != keys.fingerprint() => Err(RunError::OtherSecret {
            lake: lake.root_display(),
        }),
        _ => Ok(()),
    }
}

pub(crate) async fn ledger(base: &LakeReader) -> Result<Ledger, RunError> {
    Ledger::read(&base.read(tables::DELIVERIES).await?.unwrap_or_default())
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
        for batch in reader.read(tables::CONFLICTS).await?.unwrap_or_default() {
            for attribute in texts(&batch, tables::CONFLICTS, "attribute")?
                .iter()
                .flatten()
            {
                *by_attribute.entry(attribute.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(RunReport {
        release: reader.release().map(|release| release.id.clone()),
        status,
        seconds: started.elapsed().as_secs_f64(),
        stages: BTreeMap::new(),
        feeds,
        residents: rows(tables::RESIDENTS),
        looked_at: None,
        conflicts: rows(tables::CONFLICTS),
        conflicts_by_attribute: by_attribute,
        lake: lake.root_display(),
    })
}
