//! What has been learned, as it is asked for pair by pair.

use super::learn::{Learned, probability};
use super::model::Model;
use super::pattern::Pattern;

/// The prior of each context, and what each level says there.
pub(super) struct Weights {
    comparisons: usize,
    /// The prior of each context.
    priors: Vec<f64>,
    /// For each context, comparison and level.
    said: Vec<Said>,
}

/// What a level says: its weight, and the chance that different people agree so.
#[derive(Clone, Copy, Default)]
pub(super) struct Said {
    pub(super) weight: f64,
    pub(super) u: f64,
}

impl Weights {
    /// Levels fit in four bits of a [`Pattern`].
    const LEVELS: u8 = 16;

    pub(super) fn prior(&self, context: u8) -> f64 {
        let prior = self.priors.get(usize::from(context));
        prior.copied().unwrap_or_default()
    }

    pub(super) fn said(&self, context: u8, comparison: usize, level: u8) -> Said {
        let at = usize::from(context) * self.comparisons + comparison;
        let at = at * usize::from(Self::LEVELS) + usize::from(level);
        self.said.get(at).copied().unwrap_or_default()
    }

    /// The chance that a pair of a pattern is one person, whatever its values are.
    pub(super) fn chance(&self, model: &Model, pattern: Pattern) -> f64 {
        let context = pattern.context(model);
        let compared = 0..model.comparisons.len();
        let weights = compared.map(|at| self.said(context, at, pattern.level(at)).weight);
        probability(weights.fold(self.prior(context), |odds, weight| odds + weight))
    }
}

impl Learned {
    /// All weights of a model.
    pub(super) fn weights(&self, model: &Model) -> Weights {
        let contexts = (0..=model.contexts.len()).filter_map(|at| u8::try_from(at).ok());
        let mut said = Vec::new();
        for context in contexts.clone() {
            for comparison in 0..model.comparisons.len() {
                said.extend((0..Weights::LEVELS).map(|level| Said {
                    weight: self.weight(context, comparison, level),
                    u: self.u(context, comparison, level),
                }));
            }
        }
        Weights {
            comparisons: model.comparisons.len(),
            priors: contexts.map(|context| self.prior(context)).collect(),
            said,
        }
    }
}
