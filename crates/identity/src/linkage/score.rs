//! Candidate pairs with the evidence for them.

use rayon::prelude::*;

use super::blocking::Candidates;
use super::learn::{Learned, probability};
use super::model::Model;
use super::pattern::{Pattern, Patterns};
use super::records::{Records, frequencies};

/// A pair with its evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The smaller record number.
    pub a: u32,
    /// The larger record number.
    pub b: u32,
    /// How they agree.
    pub pattern: Pattern,
    /// Log odds, base 2, that they are one person.
    pub odds: f64,
}

impl Scored {
    /// Chance that they are one person, other candidates left aside.
    #[must_use]
    pub fn probability(&self) -> f64 {
        probability(self.odds)
    }
}

/// One bar of the waterfall that leads from the prior to the odds.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The comparison; `prior` for the first bar.
    pub comparison: String,
    /// The level, or the context for the first bar.
    pub level: String,
    /// Weight, base 2.
    pub weight: f64,
}

/// Scores all candidate pairs.
#[must_use]
pub fn score(
    model: &Model,
    records: &Records,
    candidates: &Candidates,
    patterns: &Patterns,
    learned: &Learned,
) -> Vec<Scored> {
    let scorer = Scorer::new(model, records, learned);
    let both = candidates.pairs.par_iter().zip(&patterns.of);
    both.map(|((a, b, _), pattern)| scorer.score(*a, *b, *pattern))
        .collect()
}

/// Knows how frequent values are.
pub struct Scorer<'a> {
    model: &'a Model,
    records: &'a Records,
    learned: &'a Learned,
    /// For each comparison with term frequencies the share of records that have each value.
    shares: Vec<Option<Vec<f64>>>,
}

impl<'a> Scorer<'a> {
    /// A scorer for pairs of these records.
    #[must_use]
    pub fn new(model: &'a Model, records: &'a Records, learned: &'a Learned) -> Self {
        let shares = model.comparisons.iter().map(|comparison| {
            let column = records.columns.get(comparison.column)?;
            comparison.term_frequency.then(|| {
                let ids = records.counted(column);
                let all = ids.len().max(1) as f64;
                let counts = frequencies(&ids).into_iter();
                counts.map(|count| f64::from(count) / all).collect()
            })
        });
        Self {
            model,
            records,
            learned,
            shares: shares.collect(),
        }
    }

    /// The evidence for one pair.
    #[must_use]
    pub fn score(&self, a: u32, b: u32, pattern: Pattern) -> Scored {
        let context = pattern.context(self.model);
        let mut odds = self.learned.prior(context);
        for comparison in 0..self.model.comparisons.len() {
            odds += self.weight(context, comparison, pattern, a, b);
        }
        Scored {
            a,
            b,
            pattern,
            odds,
        }
    }

    /// The evidence for a pair that need not be a candidate.
    #[must_use]
    pub fn compare(&self, a: u32, b: u32) -> Scored {
        self.score(a, b, Pattern::of(self.model, self.records, a, b))
    }

    /// What the comparisons of a pair say, bits, whatever the prior.
    #[must_use]
    pub fn evidence(&self, a: u32, b: u32) -> f64 {
        let scored = self.compare(a, b);
        scored.odds - self.learned.prior(scored.pattern.context(self.model))
    }

    /// The evidence, bar by bar.
    #[must_use]
    pub fn steps(&self, scored: &Scored) -> Vec<Step> {
        let Scored { a, b, pattern, .. } = *scored;
        let context = pattern.context(self.model);
        let prior = Step {
            comparison: "prior".into(),
            level: self.model.context_name(usize::from(context)).into(),
            weight: self.learned.prior(context),
        };
        let compared = self.model.comparisons.iter().enumerate();
        let bars = compared.map(|(at, comparison)| Step {
            comparison: comparison.name.clone(),
            level: comparison.level_name(pattern.level(at)).into(),
            weight: self.weight(context, at, pattern, a, b),
        });
        std::iter::once(prior).chain(bars).collect()
    }

    fn weight(&self, context: u8, comparison: usize, pattern: Pattern, a: u32, b: u32) -> f64 {
        let level = pattern.level(comparison);
        let weight = self.learned.weight(context, comparison, level);
        if level == 0 {
            return 0.0;
        }
        let Some(share) = self.common_share(comparison, a, b) else {
            return weight;
        };
        // A value that many have says less, a rare one more. In a context the structure sets a floor: a
        // family's namesake is no rarer for the name's being rare.
        let u = self.learned.u(context, comparison, level);
        let rare = match context {
            0 => share,
            _ => share.max(u),
        };
        weight + (u / rare).log2()
    }

    /// The share of the rarest value that both have, where the comparison counts terms.
    fn common_share(&self, comparison: usize, a: u32, b: u32) -> Option<f64> {
        let shares = self.shares.get(comparison)?.as_ref()?;
        let column = self
            .records
            .columns
            .get(self.model.comparisons.get(comparison)?.column)?;
        let other = column.of(b);
        let common = column.of(a).iter().filter(|id| other.contains(id));
        let share = common.filter_map(|id| shares.get(*id as usize).copied());
        share.reduce(f64::min)
    }
}
