//! A run under way: what is new becomes standard rows.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use rongtong_contracts::FeedName;
use rongtong_identity::KeyMaker;
use rongtong_lake::{Lake, LakeReader};

use crate::error::RunError;
use crate::found::Place;
use crate::ledger::Ledger;
use crate::plan::{Action, FeedPlan};
use crate::progress::{Progress, Stage};
use crate::registry::Decisions;
use crate::replay::replay;
use crate::report::{FeedReport, FeedState};
use crate::run::{Run, connector_of};
use crate::spill::Spill;
use crate::tables::QUARANTINE;
use crate::take::{Counted, Keeping, Refused, Taken, take};

/// A run under way.
pub(crate) struct Work<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) lake: &'a Lake,
    pub(crate) base: &'a LakeReader,
    pub(crate) ledger: Ledger,
    pub(crate) keys: &'a KeyMaker,
    /// Where columns come to rest.
    pub(crate) spill: Arc<Spill>,
    /// What reviewers decided, and whether that is other than what the last release rests on.
    pub(crate) decisions: Decisions,
    pub(crate) decided_anew: bool,
    pub(crate) reports: BTreeMap<String, FeedReport>,
    /// Rows that were replayed: what was found in them before is void.
    pub(crate) replayed: HashSet<Place>,
    /// How many residents were looked at, where others were left alone.
    pub(crate) looked_at: Option<u64>,
}

impl Work<'_> {
    pub(crate) fn refusals(&self) -> usize {
        self.reports
            .values()
            .filter(|report| report.state == FeedState::Refused)
            .count()
    }

    /// Standardises what is new. Feeds that are refused or have no news are not in the result.
    pub(crate) fn take_all(
        &mut self,
        plans: &[FeedPlan<'_>],
    ) -> Result<BTreeMap<FeedName, Taken>, RunError> {
        let progress = self.run.progress;
        progress.stage(Stage::Standardise);
        // Several feeds at a time, so that no core waits for the end of one.
        let taking = |plan: &FeedPlan<'_>| match &plan.action {
            Action::Absent | Action::Unchanged | Action::Refuse { .. } => Ok(None),
            Action::Take { files, .. } => {
                let feed = &plan.binding.feed;
                let span = tracing::info_span!("standardise", %feed);
                let _entered = span.enter();
                let connector = connector_of(self.run.connectors, feed);
                let keeping = Keeping {
                    keys: self.keys,
                    spill: &self.spill,
                };
                take(plan, files, connector, &keeping, progress).map(Some)
            }
        };
        let taken: Result<Vec<Option<Result<Taken, Refused>>>, RunError> =
            tokio::task::block_in_place(|| plans.par_iter().map(taking).collect());
        let mut all = BTreeMap::new();
        for (plan, taken) in plans.iter().zip(taken?) {
            let feed = &plan.binding.feed;
            let report = match (&plan.action, taken) {
                (Action::Refuse { why }, _) => refused(progress, feed, why.clone()),
                (Action::Absent, _) => FeedReport::idle(FeedState::Absent),
                (Action::Unchanged, _) | (_, None) => FeedReport::idle(FeedState::Unchanged),
                (Action::Take { replaces, .. }, Some(Ok(taken))) => {
                    self.within_limits(plan, &taken, *replaces)?;
                    let report = taken_report(&taken);
                    progress.feed_done(feed, report.received);
                    all.insert(feed.clone(), taken);
                    report
                }
                (Action::Take { .. }, Some(Err(why))) => refused(progress, feed, why.to_string()),
            };
            self.reports.insert(feed.to_string(), report);
        }
        Ok(all)
    }

    /// Runs quarantined rows again. Only feeds of which rows came free are in the result.
    pub(crate) async fn replay_all(
        &mut self,
        plans: &mut [FeedPlan<'_>],
    ) -> Result<BTreeMap<FeedName, Taken>, RunError> {
        self.run.progress.stage(Stage::Standardise);
        let quarantine = self.base.read(QUARANTINE).await?.unwrap_or_default();
        let mut all = BTreeMap::new();
        for plan in plans {
            let feed = plan.binding.feed.clone();
            let chosen = self.run.feeds.is_empty() || self.run.feeds.contains(&feed);
            plan.action = Action::Unchanged;
            let name = feed.to_string();
            let days = self.ledger.as_of_days(&feed);
            let as_of = |delivery: &str| days.get(delivery).copied().unwrap_or(0);
            let replayed = match chosen {
                true => replay(
                    plan,
                    &quarantine,
                    connector_of(self.run.connectors, &feed),
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
            lines,
            ..
        } in &taken.deliveries
        {
            // A total below a short table is no record that was lost.
            let (rejected, received) = (quarantined - lines, received - lines);
            if rejected as f64 * 100.0 > received as f64 * limit {
                return Err(RunError::TooManyRejected {
                    feed: plan.binding.feed.clone(),
                    file: file.name.clone(),
                    rejected,
                    received,
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
}

fn refused(progress: &dyn Progress, feed: &FeedName, why: String) -> FeedReport {
    progress.refused(feed, &why);
    FeedReport {
        refused: Some(why),
        ..FeedReport::idle(FeedState::Refused)
    }
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
