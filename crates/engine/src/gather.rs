//! Gather: all rows that a run resolves, those that the lake holds and the new ones, and who everybody is.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use rongtong_contracts::FeedName;
use rongtong_identity::linkage::{Model, wilson};
use rongtong_identity::residents::{Around, Registry};

use crate::error::RunError;
use crate::found::{self, FoundIn, Place};
use crate::plan::FeedPlan;
use crate::registry::{self, Registered};
use crate::resolve::{ResolvedFeed, Resolver, resolve};
use crate::rows::{FeedRows, RowBatch};
use crate::splice::KEY;
use crate::tables::{LINKAGE, LINKS};
use crate::take::Taken;
use crate::touch::{Going, Touched};
use crate::wanted::Wanted;
use crate::work::Work;

/// All rows that a run resolves, and what is known of those whom they name. Personal data: no `Debug`.
pub(crate) struct Gathered {
    /// One entry a plan.
    pub(crate) feeds: Vec<FeedRows>,
    /// Rows that were replaced: they tell who somebody was.
    gone: Vec<FeedRows>,
    /// What was found in the new rows, one entry a feed.
    pub(crate) fresh: Vec<FoundIn>,
    registry: Registry,
    /// Where not all are looked at: whom the new rows may change, and the known rows that had a contested number.
    pub(crate) touched: Option<Touched>,
    pub(crate) contested: Option<HashSet<Place>>,
}

impl Work<'_> {
    /// Reads what the lake holds, as far as the new rows may change it, and adds those.
    pub(crate) async fn gather(
        &self,
        plans: &[FeedPlan<'_>],
        mut taken: BTreeMap<FeedName, Taken>,
        replaced: &HashSet<FeedName>,
        (model, rules): (&Model, &str),
    ) -> Result<Gathered, RunError> {
        let links = self.old(LINKS).await?;
        let learned = registry::learned(model, &self.old(LINKAGE).await?)?;
        let going = Going {
            model,
            learned: learned.is_some(),
            links: &links,
            rules,
        };
        let alone = self.run.pipeline.links() && replaced.is_empty() && !self.decided_anew;
        let mut touched = match alone {
            true => self.touched(plans, &taken, &going).await?,
            false => None,
        };
        let (mut feeds, gone) = match &mut touched {
            Some(touched) => (std::mem::take(&mut touched.feeds), Vec::new()),
            None => self.all_rows(plans, &links, replaced).await?,
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
        let contested = contested.transpose()?;
        let wanted = match &touched {
            Some(touched) => Wanted::Those(Arc::clone(&touched.keys)),
            None => Wanted::All,
        };
        let registry = Registry {
            links: registry::links(&wanted.these(links, (LINKS, &[KEY.to_owned()]))?)?,
            learned,
            same: self.decisions.pairs(true),
            different: self.decisions.pairs(false),
        };
        Ok(Gathered {
            feeds,
            gone,
            fresh,
            registry,
            touched,
            contested,
        })
    }

    /// Decides who everybody is, and counts what is found in that.
    pub(crate) fn settle(
        &mut self,
        gathered: &mut Gathered,
        model: &Model,
    ) -> Result<(Vec<ResolvedFeed>, Registered), RunError> {
        let pipeline = self.run.pipeline;
        let gone = std::mem::take(&mut gathered.gone);
        let registry = std::mem::take(&mut gathered.registry);
        let touched = gathered.touched.as_ref();
        let around = touched.map(|touched| Around::of(&touched.known, &touched.keys));
        let resolver = match pipeline.links() {
            true => Resolver::Linkage {
                keys: self.keys,
                model,
                registry: &registry,
                around: around.as_ref(),
            },
            false => Resolver::ByNumber(self.keys),
        };
        let feeds = &mut gathered.feeds;
        let (resolved, resolution) =
            tokio::task::block_in_place(|| resolve(pipeline, feeds, &gone, &resolver))?;
        if let Some(touched) = touched {
            touched.holds(feeds)?;
        }
        self.sure_enough(resolution.made)?;
        for (feed, resolved) in feeds.iter().zip(&resolved) {
            if let Some(report) = self.reports.get_mut(&feed.contract.feed.to_string()) {
                for (rule, count) in resolved.found.by_rule() {
                    *report.findings.entry(rule).or_default() += count;
                }
            }
        }
        Ok((resolved, Registered::new(resolution)))
    }

    /// All rows that the lake holds, and apart from them those that were replaced.
    async fn all_rows(
        &self,
        plans: &[FeedPlan<'_>],
        links: &[RecordBatch],
        replaced: &HashSet<FeedName>,
    ) -> Result<(Vec<FeedRows>, Vec<FeedRows>), RunError> {
        // Without linking, rows that were replaced tell nothing.
        let unread = match self.run.pipeline.links() {
            true => HashSet::new(),
            false => replaced.clone(),
        };
        let wanted = (&Wanted::All, &unread);
        let mut feeds = self.load_those(plans, links, wanted).await?;
        let mut gone = Vec::new();
        let replaced = |feed: &&mut FeedRows| replaced.contains(&feed.contract.feed);
        for feed in feeds.iter_mut().filter(replaced) {
            let empty = FeedRows::new(Arc::clone(&feed.contract));
            gone.push(std::mem::replace(feed, empty));
        }
        Ok((feeds, gone))
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
}
