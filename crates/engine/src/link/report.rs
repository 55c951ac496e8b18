//! What a linkage says of itself.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use ahash::RandomState;
use rongtong_contracts::LinkJob;
use rongtong_identity::linkage::{BlockCount, Model};
use serde::Serialize;

use super::Linked;
use super::records::Rows;

/// What a linkage came to.
#[derive(Debug, Clone, Serialize)]
pub struct LinkReport {
    /// Rows of all tables.
    pub records: usize,
    /// Candidate pairs that were compared.
    pub pairs: usize,
    /// Of them as likely as `review_probability` at least.
    pub likely_pairs: usize,
    /// Pairs that joined clusters.
    pub links: usize,
    /// Pairs between the thresholds, for a reviewer.
    pub review: usize,
    /// Clusters, those of one record included.
    pub clusters: usize,
    /// Clusters of two records and more.
    pub clusters_of_several: usize,
    /// From reading to writing.
    pub seconds: f64,
    /// The threshold of links.
    pub link_probability: f64,
    /// What the blocking rules gave.
    pub blocking: Vec<BlockReport>,
    /// What was learned.
    pub learned: Vec<LevelReport>,
    /// Where pairs were written.
    pub pairs_file: Option<PathBuf>,
    /// Where clusters were written.
    pub clusters_file: Option<PathBuf>,
}

/// What one blocking rule gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockReport {
    /// The rule.
    pub rule: String,
    /// Blocks of two records and more.
    pub blocks: u64,
    /// Pairs in them; other rules may give some of them too.
    pub pairs: u64,
    /// Records in the largest block, looked at or not.
    pub largest: usize,
    /// Blocks that were left out for being larger than `max_records_in_block`.
    pub left_out_blocks: u64,
    /// Records in those.
    pub left_out_records: u64,
}

/// What was learned of one level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelReport {
    /// Among whom: `strangers`, or a context of the model.
    pub context: String,
    /// The comparison.
    pub comparison: String,
    /// The level.
    pub level: String,
    /// As Splink numbers levels: 0 is "else", the strongest is the highest.
    pub gamma: u8,
    /// Share of pairs of one person that agree so.
    pub m: f64,
    /// Share of pairs of different people that agree so.
    pub u: f64,
    /// `log2(m / u)`.
    pub weight: f64,
}

impl BlockReport {
    pub(super) fn of(count: &BlockCount) -> Self {
        Self {
            rule: count.rule.clone(),
            blocks: count.blocks,
            pairs: count.pairs,
            largest: count.largest,
            left_out_blocks: count.left_out.0,
            left_out_records: count.left_out.1,
        }
    }
}

impl LinkReport {
    pub(super) fn new(
        job: &LinkJob,
        model: &Model,
        rows: &Rows,
        linked: &Linked,
        took: Duration,
    ) -> Self {
        let mut sizes: HashMap<u32, u32, RandomState> = HashMap::default();
        for cluster in &linked.clusters.of {
            *sizes.entry(*cluster).or_default() += 1;
        }
        let likely = linked
            .scored
            .iter()
            .filter(|pair| pair.probability() >= model.review);
        Self {
            records: rows.records.len,
            pairs: linked.candidates.pairs.len(),
            likely_pairs: likely.count(),
            links: linked.clusters.links.len(),
            review: linked.clusters.review.len(),
            clusters: sizes.len(),
            clusters_of_several: sizes.values().filter(|size| **size > 1).count(),
            seconds: took.as_secs_f64(),
            link_probability: model.link,
            blocking: linked
                .candidates
                .counts
                .iter()
                .map(BlockReport::of)
                .collect(),
            learned: learned(model, linked),
            pairs_file: job.pairs.clone(),
            clusters_file: job.clusters.clone(),
        }
    }
}

/// The table of m and u, comparison by comparison, the strongest level first.
fn learned(model: &Model, linked: &Linked) -> Vec<LevelReport> {
    let mut all = Vec::new();
    for context in 0..=model.contexts.len() {
        let place = u8::try_from(context).unwrap_or(u8::MAX);
        for (at, comparison) in model.comparisons.iter().enumerate() {
            let most = u8::try_from(comparison.levels.len() + 1).unwrap_or(u8::MAX);
            all.extend((1..=most).map(|level| LevelReport {
                context: model.context_name(context).to_owned(),
                comparison: comparison.name.clone(),
                level: comparison.level_name(level).to_owned(),
                gamma: most - level,
                m: linked.learned.m(place, at, level),
                u: linked.learned.u(place, at, level),
                weight: linked.learned.weight(place, at, level),
            }));
        }
    }
    all
}
