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

/// What a level says: its weight, and the chance that different people agree so.
#[derive(Clone, Copy, Default)]
struct Said {
    weight: f64,
    u: f64,
}

/// Levels fit in four bits of a [`Pattern`].
const LEVELS: u8 = 16;

/// Knows how frequent values are.
pub struct Scorer<'a> {
    model: &'a Model,
    records: &'a Records,
    learned: &'a Learned,
    /// What each level of each comparison says in each context.
    said: Vec<Said>,
    /// For each comparison with term frequencies the share of people who have each value.
    shares: Vec<Option<Vec<f64>>>,
    /// How many records are settled.
    settled: f64,
}

impl<'a> Scorer<'a> {
    /// A scorer for pairs of these records.
    #[must_use]
    pub fn new(model: &'a Model, records: &'a Records, learned: &'a Learned) -> Self {
        let shares = model.comparisons.iter().map(|comparison| {
            let shares = || shares(records, comparison.column);
            comparison.term_frequency.then(shares)?
        });
        let shares = shares.collect();
        let settled = (0..).take(records.len).filter(|at| records.is_settled(*at));
        let mut said = Vec::new();
        for context in (0..=model.contexts.len()).filter_map(|at| u8::try_from(at).ok()) {
            for comparison in 0..model.comparisons.len() {
                said.extend((0..LEVELS).map(|level| Said {
                    weight: learned.weight(context, comparison, level),
                    u: learned.u(context, comparison, level),
                }));
            }
        }
        Self {
            model,
            records,
            learned,
            said,
            shares,
            settled: (settled.count() + records.beyond.settled) as f64,
        }
    }

    /// The evidence for one pair.
    #[must_use]
    pub fn score(&self, a: u32, b: u32, pattern: Pattern) -> Scored {
        let context = pattern.context(self.model);
        let mut odds = self.prior(context, a, b);
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
        scored.odds - self.prior(scored.pattern.context(self.model), a, b)
    }

    /// The evidence, bar by bar.
    #[must_use]
    pub fn steps(&self, scored: &Scored) -> Vec<Step> {
        let Scored { a, b, pattern, .. } = *scored;
        let context = pattern.context(self.model);
        let prior = Step {
            comparison: "prior".into(),
            level: self.model.context_name(usize::from(context)).into(),
            weight: self.prior(context, a, b),
        };
        let compared = self.model.comparisons.iter().enumerate();
        let bars = compared.map(|(at, comparison)| Step {
            comparison: comparison.name.clone(),
            level: comparison.level_name(pattern.level(at)).into(),
            weight: self.weight(context, at, pattern, a, b),
        });
        std::iter::once(prior).chain(bars).collect()
    }

    /// Log odds, base 2, before anything is compared. Who may be any of the settled ones is each of them with
    /// one chance.
    fn prior(&self, context: u8, a: u32, b: u32) -> f64 {
        let reach = match (self.records.is_settled(a), self.records.is_settled(b)) {
            (true, false) => self.records.reach(b),
            (false, true) => self.records.reach(a),
            _ => None,
        };
        match reach {
            Some(reach) if context == 0 => (reach / self.settled.max(1.0)).log2(),
            _ => self.learned.prior(context),
        }
    }

    fn weight(&self, context: u8, comparison: usize, pattern: Pattern, a: u32, b: u32) -> f64 {
        let level = pattern.level(comparison);
        if level == 0 {
            return 0.0;
        }
        let Said { weight, u } = self.said(context, comparison, level);
        let Some(share) = self.common_share(comparison, a, b) else {
            return weight;
        };
        // A value that many have says less, a rare one more. In a context the structure sets a floor: a
        // family's namesake is no rarer for the name's being rare.
        let rare = match context {
            0 => share,
            _ => share.max(u),
        };
        weight + (u / rare).log2()
    }

    fn said(&self, context: u8, comparison: usize, level: u8) -> Said {
        let at = usize::from(context) * self.model.comparisons.len() + comparison;
        let said = self
            .said
            .get(at * usize::from(LEVELS) + usize::from(level))
            .copied();
        said.unwrap_or_default()
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

/// The share of people who have each value: of settled records, where there are such; else of all but one, for a
/// pair is about whether two records are one person.
fn shares(records: &Records, column: usize) -> Option<Vec<f64>> {
    let beyond = records.beyond.values.get(&column);
    let column = records.columns.get(column)?;
    let ids = records.counted(column);
    let all = frequencies(&ids);
    let settled: Vec<u32> = (0..)
        .take(records.len)
        .filter(|at| records.is_settled(*at))
        .flat_map(|at| column.of(at))
        .copied()
        .collect();
    let (counts, total) = match settled.is_empty() && beyond.is_none() {
        true => (
            all.iter().map(|count| count.saturating_sub(1)).collect(),
            ids.len(),
        ),
        false => (frequencies(&settled), settled.len()),
    };
    let (more, more_values) = beyond.map_or((&[][..], 0), |(more, all)| (more, *all));
    let total = total + more_values;
    let of = |counts: &[u32], at: usize| counts.get(at).copied().unwrap_or(0);
    let count = |at: usize| f64::from((of(&counts, at) + of(more, at)).max(1));
    let shares = (0..all.len()).map(|at| count(at) / total.max(1) as f64);
    Some(shares.collect())
}
