//! Precision, recall and F1 of a linkage by threshold.

use std::collections::HashMap;

use ahash::RandomState;
use rongtong_identity::linkage::{self, Agreement, Confusion, Limits, Model, Scorer, Ties, wilson};
use serde::Serialize;

use super::Linked;
use super::records::Rows;
use super::truth::Truth;

/// How good a linkage is.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Pairs of one entity, by the truth.
    pub true_pairs: u64,
    /// Of them those that a blocking rule found.
    pub found_by_blocking: u64,
    /// At the threshold of the model.
    pub default: AtThreshold,
    /// By threshold.
    pub thresholds: Vec<AtThreshold>,
}

/// Pairs of clusters at one threshold, against the truth. Intervals are Wilson's, 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtThreshold {
    /// Pairs this likely are linked.
    pub threshold: f64,
    /// One entity, one cluster.
    pub right: u64,
    /// Two entities, one cluster.
    pub wrong: u64,
    /// One entity, two clusters.
    pub missed: u64,
    /// Of the pairs put together, the share that is one entity.
    pub precision: f64,
    /// Its interval.
    pub precision_interval: (f64, f64),
    /// Of the pairs that are one entity, the share put together.
    pub recall: f64,
    /// Its interval.
    pub recall_interval: (f64, f64),
    /// Harmonic mean of both.
    pub f1: f64,
}

const THRESHOLDS: [f64; 11] = [0.01, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999];

impl Linked {
    pub(super) fn evaluate(&self, model: &Model, rows: &Rows, truth: &Truth) -> Evaluation {
        let scorer = Scorer::new(model, &rows.records, &self.learned);
        let thresholds = THRESHOLDS.into_iter().map(|threshold| {
            let limits = Limits {
                link: threshold,
                review: threshold,
                ..self.limits
            };
            let clusters = linkage::cluster(
                &rows.records,
                &scorer,
                &self.scored,
                &Ties::default(),
                limits,
            );
            AtThreshold::of(threshold, truth.against(&clusters.of, rows))
        });
        let thresholds = thresholds.collect();
        let default = truth.against(&self.clusters.of, rows);
        let pairs = self.candidates.pairs.iter();
        let found = pairs.filter(|(a, b, _)| truth.is_true(*a, *b)).count();
        Evaluation {
            true_pairs: default.right + default.missed,
            found_by_blocking: found as u64,
            default: AtThreshold::of(self.limits.link, default),
            thresholds,
        }
    }
}

impl Truth {
    fn is_true(&self, a: u32, b: u32) -> bool {
        match self {
            Self::Pairs(pairs) => pairs.contains(&(a.min(b), a.max(b))),
            Self::Entities(entities) => {
                let of = |record: u32| entities.get(record as usize).copied().flatten();
                of(a).is_some() && of(a) == of(b)
            }
        }
    }

    /// Counts pairs of records. Where pairs across tables are linked, only those count.
    fn against(&self, clusters: &[u32], rows: &Rows) -> Confusion {
        let across = !rows.records.table.is_empty();
        match self {
            Self::Entities(entities) => {
                let known = || {
                    let of = clusters.iter().zip(entities).zip(&rows.table);
                    of.filter_map(|((cluster, entity), table)| {
                        Some(((u64::from(*cluster), (*entity)?), *table))
                    })
                };
                let mut all = Confusion::count(known().map(|(of, _)| of));
                for table in [0, 1].into_iter().filter(|_| across) {
                    let within = known().filter(|(_, of)| *of == table);
                    let within = Confusion::count(within.map(|(of, _)| of));
                    all.right -= within.right;
                    all.wrong -= within.wrong;
                    all.missed -= within.missed;
                }
                all
            }
            Self::Pairs(pairs) => {
                let of = |record: u32| clusters.get(record as usize);
                let right = pairs.iter().filter(|(a, b)| of(*a) == of(*b)).count() as u64;
                let mut sizes: HashMap<u32, [u64; 2], RandomState> = HashMap::default();
                for (cluster, table) in clusters.iter().zip(&rows.table) {
                    sizes.entry(*cluster).or_default()[usize::from(*table != 0)] += 1;
                }
                let together = sizes.values().map(|[one, other]| match across {
                    true => one * other,
                    false => (one + other) * (one + other).saturating_sub(1) / 2,
                });
                Confusion {
                    right,
                    wrong: together.sum::<u64>().saturating_sub(right),
                    missed: pairs.len() as u64 - right,
                }
            }
        }
    }
}

impl AtThreshold {
    fn of(threshold: f64, counted: Confusion) -> Self {
        let Confusion {
            right,
            wrong,
            missed,
        } = counted;
        let Agreement {
            precision,
            recall,
            f1,
        } = counted.agreement();
        Self {
            threshold,
            right,
            wrong,
            missed,
            precision,
            precision_interval: wilson(right, right + wrong),
            recall,
            recall_interval: wilson(right, right + missed),
            f1,
        }
    }
}
