//! Weights learned without labels: expectation maximisation over counted patterns.
//!
//! `m` is the chance that two mentions of one person agree on a level, `u` that two of different people do.
//! Among strangers `u` is measured on random pairs. In a [context](super::Context) it is learned, and so is the
//! share of matches. A comparison that a blocking rule made equal teaches nothing about its own `m`.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::model::{Model, Test};
use super::pattern::Patterns;
use super::records::{Column, Records, frequencies};

/// What a linkage has learned, in expected counts of pairs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Learned {
    /// For each context (strangers first), comparison and level (the strongest first, "else" last): pairs of
    /// one person that agree so. Under a context only the comparisons that make it count; how one person's
    /// mentions agree elsewhere is the same everywhere, and stands with the strangers.
    pub m: Vec<Vec<Vec<f64>>>,
    /// For each context (strangers first), comparison and level: pairs of different people that agree so.
    pub u: Vec<Vec<Vec<f64>>>,
    /// For each context: pairs of one person, and all pairs.
    pub pairs: Vec<(f64, f64)>,
    /// For each context the comparisons that make it, as bits.
    made: Vec<u16>,
}

/// What is believed before anything was seen, in pairs: little enough that a few hundred pairs overrule it.
const BELIEF: f64 = 8.0;
const ROUNDS: usize = 100;
const SETTLED: f64 = 1e-7;

/// Learns the weights of a model from the patterns of its candidate pairs.
///
/// From these alone: weights that added up from run to run would depend on how often a run was made.
#[must_use]
pub fn learn(model: &Model, records: &Records, patterns: &Patterns) -> Learned {
    let strangers = by_chance(model, records);
    let belief = Learned::belief(model, records, &strangers);
    let mut now = belief.clone();
    for _ in 0..ROUNDS {
        let mut next = belief.clone();
        now.expect(model, patterns, &mut next);
        let moved = now.distance(&next);
        now = next;
        if moved < SETTLED {
            break;
        }
    }
    now
}

impl Learned {
    /// Chance of a level in pairs of one person, in a context.
    #[must_use]
    pub fn m(&self, context: u8, comparison: usize, level: u8) -> f64 {
        let levels = self.m.get(self.taught_by(context, comparison));
        share(levels.and_then(|l| l.get(comparison)), level)
    }

    /// Chance of a level in pairs of different people, in a context.
    #[must_use]
    pub fn u(&self, context: u8, comparison: usize, level: u8) -> f64 {
        let levels = self.u.get(usize::from(context));
        share(levels.and_then(|l| l.get(comparison)), level)
    }

    /// Log odds, base 2, that a pair of this context is one person, before anything is compared.
    #[must_use]
    pub fn prior(&self, context: u8) -> f64 {
        let (matches, all) = self
            .pairs
            .get(usize::from(context))
            .copied()
            .unwrap_or((0.0, 0.0));
        (matches.max(1e-9) / (all - matches).max(1e-9)).log2()
    }

    /// Weight of a level, base 2: how much it speaks for one person.
    #[must_use]
    pub fn weight(&self, context: u8, comparison: usize, level: u8) -> f64 {
        match level {
            0 => 0.0,
            _ => (self.m(context, comparison, level) / self.u(context, comparison, level)).log2(),
        }
    }

    /// Under which context the `m` of a comparison stands.
    fn taught_by(&self, context: u8, comparison: usize) -> usize {
        let made = self.made.get(usize::from(context)).copied().unwrap_or(0);
        usize::from(context) * usize::from(made >> comparison & 1)
    }

    fn belief(model: &Model, records: &Records, strangers: &[Vec<f64>]) -> Self {
        let scaled = |shares: &Vec<f64>, by: f64| shares.iter().map(|s| s * by).collect();
        let alike = model.comparisons.iter().map(|c| agreeing(c.levels.len()));
        let m: Vec<Vec<f64>> = alike.map(|shares| scaled(&shares, BELIEF)).collect();
        // In a context chance is a guess; among strangers it was measured and stays.
        let guess: Vec<Vec<f64>> = strangers
            .iter()
            .map(|shares| {
                let flat = 1.0 / shares.len().max(1) as f64;
                shares
                    .iter()
                    .map(|s| (0.9 * s + 0.1 * flat) * BELIEF)
                    .collect()
            })
            .collect();
        let mut u = vec![strangers.iter().map(|s| scaled(s, 1e12)).collect()];
        u.extend(model.contexts.iter().map(|_| guess.clone()));
        let all = (0..).take(records.len).filter(|at| !records.is_gone(*at));
        let all = all.count() as f64;
        let total = match records.table.iter().filter(|t| **t == 0).count() as f64 {
            _ if records.table.is_empty() => all * (all - 1.0) / 2.0,
            first => first * (all - first),
        };
        let mut pairs = vec![(1.0, total.max(2.0))];
        pairs.extend(model.contexts.iter().map(|_| (BELIEF / 2.0, BELIEF)));
        Self {
            m: vec![m; model.contexts.len() + 1],
            u,
            pairs,
            made: (0..=model.contexts.len())
                .map(|at| model.made(at))
                .collect(),
        }
    }

    /// One round: counts what `self` expects of the patterns into `next`.
    ///
    /// A pair of which little is known teaches nothing: whatever was believed of it would come back as learned.
    fn expect(&self, model: &Model, patterns: &Patterns, next: &mut Self) {
        for (pattern, fixed, count) in &patterns.counts {
            let context = pattern.context(model);
            if !self.teaches(model, context, *pattern) {
                continue;
            }
            let mut odds = self.prior(context);
            for comparison in 0..model.comparisons.len() {
                odds += self.weight(context, comparison, pattern.level(comparison));
            }
            let chance = probability(odds);
            let (same, other) = (chance * *count as f64, (1.0 - chance) * *count as f64);
            let place = usize::from(context);
            next.pairs[place].0 += same;
            if context > 0 {
                next.pairs[place].1 += *count as f64;
            }
            for comparison in 0..model.comparisons.len() {
                let level = usize::from(pattern.level(comparison));
                let Some(level) = level.checked_sub(1) else {
                    continue;
                };
                let taught_by = self.taught_by(context, comparison);
                if taught_by > 0 || fixed >> comparison & 1 == 0 {
                    next.m[taught_by][comparison][level] += same;
                }
                if context > 0 {
                    next.u[place][comparison][level] += other;
                }
            }
        }
    }

    /// Whether enough is compared beside what makes the context.
    fn teaches(&self, model: &Model, context: u8, pattern: super::Pattern) -> bool {
        const ENOUGH: usize = 3;
        let context = usize::from(context).checked_sub(1);
        let when = context
            .and_then(|at| model.contexts.get(at))
            .map(|c| c.when.as_slice());
        let made = when.unwrap_or_default().iter().flatten();
        let made = made.fold(0_u16, |bits, (comparison, _)| bits | 1 << comparison);
        let rest = (0..model.comparisons.len()).filter(|at| made >> at & 1 == 0);
        let (compared, all) = rest.fold((0_usize, 0_usize), |(compared, all), at| {
            (compared + usize::from(pattern.level(at) > 0), all + 1)
        });
        compared >= ENOUGH.min(all.saturating_sub(1))
    }

    fn distance(&self, other: &Self) -> f64 {
        let counts = |l: &Self| -> Vec<f64> { l.m.iter().flatten().flatten().copied().collect() };
        let (m, n) = (counts(self), counts(other));
        let all = m.iter().sum::<f64>().max(1.0);
        m.iter().zip(&n).map(|(a, b)| (a - b).abs()).sum::<f64>() / all
    }
}

/// What was learned of one level.
#[derive(Debug, Clone, PartialEq)]
pub struct Taught {
    /// Among whom: `strangers`, or a context of the model.
    pub context: String,
    /// The comparison; `None` for the pairs as a whole.
    pub comparison: Option<String>,
    /// Its level.
    pub level: Option<String>,
    /// Expected pairs of one person.
    pub same: f64,
    /// Expected pairs of different people.
    pub other: f64,
}

impl Learned {
    /// What was learned, in words.
    #[must_use]
    pub fn taught(&self, model: &Model) -> Vec<Taught> {
        let mut all = Vec::new();
        for (context, (same, pairs)) in self.pairs.iter().enumerate() {
            let named = |comparison, level, same, other| Taught {
                context: model.context_name(context).to_owned(),
                comparison,
                level,
                same,
                other,
            };
            all.push(named(None, None, *same, pairs - same));
            for (at, comparison) in model.comparisons.iter().enumerate() {
                for level in 1..=comparison.levels.len() + 1 {
                    let count = |of: &Vec<Vec<Vec<f64>>>| {
                        let levels = of.get(context).and_then(|c| c.get(at));
                        levels
                            .and_then(|l| l.get(level - 1))
                            .copied()
                            .unwrap_or(0.0)
                    };
                    let word = comparison.level_name(u8::try_from(level).unwrap_or(u8::MAX));
                    let (name, word) = (Some(comparison.name.clone()), Some(word.to_owned()));
                    all.push(named(name, word, count(&self.m), count(&self.u)));
                }
            }
        }
        all
    }

    /// What was learned for a model; `None` if there is nothing, or the model is another.
    #[must_use]
    pub fn recall(model: &Model, taught: &[Taught]) -> Option<Self> {
        let contexts = 0..=model.contexts.len();
        let blank = || -> Vec<Vec<f64>> {
            let levels = model.comparisons.iter().map(|c| c.levels.len() + 1);
            levels.map(|levels| vec![f64::NAN; levels]).collect()
        };
        let mut learned = Self {
            m: contexts.clone().map(|_| blank()).collect(),
            u: contexts.clone().map(|_| blank()).collect(),
            pairs: vec![(f64::NAN, f64::NAN); model.contexts.len() + 1],
            made: contexts.clone().map(|at| model.made(at)).collect(),
        };
        for taught in taught {
            let context = contexts
                .clone()
                .find(|at| model.context_name(*at) == taught.context)?;
            let (Some(comparison), Some(level)) = (&taught.comparison, &taught.level) else {
                learned.pairs[context] = (taught.same, taught.same + taught.other);
                continue;
            };
            let at = model
                .comparisons
                .iter()
                .position(|c| c.name == *comparison)?;
            let level = (1..=model.comparisons[at].levels.len() + 1).find(|l| {
                model.comparisons[at].level_name(u8::try_from(*l).unwrap_or(0)) == level
            })?;
            learned.m[context][at][level - 1] = taught.same;
            learned.u[context][at][level - 1] = taught.other;
        }
        let (m, u) = (
            learned.m.iter().flatten().flatten(),
            learned.u.iter().flatten().flatten(),
        );
        let pairs = learned.pairs.iter().flat_map(|(same, all)| [same, all]);
        let whole = m.chain(u).chain(pairs).all(|count| count.is_finite());
        whole.then_some(learned)
    }
}

/// From log odds, base 2.
#[must_use]
pub fn probability(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp2())
}

/// How pairs of one person agree before anything was seen.
fn agreeing(levels: usize) -> Vec<f64> {
    let mut shares: Vec<f64> = (0..levels)
        .map(|at| 0.5_f64.powi(i32::try_from(at).unwrap_or(9)))
        .collect();
    shares.push(0.05);
    let sum: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / sum).collect()
}

fn share(levels: Option<&Vec<f64>>, level: u8) -> f64 {
    let Some(levels) = levels else { return 1.0 };
    let sum: f64 = levels.iter().sum();
    let at = usize::from(level).checked_sub(1);
    let count = at.and_then(|at| levels.get(at)).copied().unwrap_or(sum);
    (count / sum).max(1e-12)
}

/// How often two random values agree on each level.
fn by_chance(model: &Model, records: &Records) -> Vec<Vec<f64>> {
    model
        .comparisons
        .par_iter()
        .map(|comparison| {
            let levels = comparison.levels.len() + 1;
            match records.columns.get(comparison.column) {
                Some(column) => {
                    let ids = records.counted(column);
                    let mut shares = chance(column, &ids, comparison, levels);
                    crossing(records, column, comparison, &mut shares);
                    shares
                }
                None => vec![1.0 / levels as f64; levels],
            }
        })
        .collect()
}

fn chance(column: &Column, ids: &[u32], comparison: &super::Comparison, levels: usize) -> Vec<f64> {
    const DRAWS: u64 = 1 << 19;
    let all = ids.len();
    let mut shares = vec![0.0; levels];
    if all == 0 {
        return vec![1.0 / levels as f64; levels];
    }
    // Equal values are rare: counted, not drawn. Where all pairs are made, no value is paired with itself; a
    // random draw may be.
    let paired = (all as u64).pow(2) <= 2 * DRAWS;
    let own = if paired { 1.0 } else { 0.0 };
    let pairs = |f: f64| f * (f - own);
    let equal: f64 = frequencies(ids)
        .into_iter()
        .map(|f| pairs(f64::from(f)))
        .sum();
    let same = (equal.max(0.5) / pairs(all as f64).max(1.0)).min(1.0);
    let mut drawn = vec![0.5 / levels as f64; levels];
    let mut state = 0x5eed_u64;
    let mut draw = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let at = (u128::from(z ^ (z >> 31)) * all as u128) >> 64;
        let at = usize::try_from(at).unwrap_or(0);
        ids.get(at).copied().unwrap_or(0)
    };
    let mut count = |a: u32, b: u32| {
        if a != b {
            let level = column.values.level(&comparison.levels, a, b);
            let at = usize::from(level).checked_sub(1);
            if let Some(count) = at.and_then(|at| drawn.get_mut(at)) {
                *count += 1.0;
            }
        }
    };
    // Of few values all pairs, of many so many at random.
    if paired {
        for (at, a) in ids.iter().enumerate() {
            ids[at + 1..].iter().for_each(|b| count(*a, *b));
        }
    } else {
        for _ in 0..DRAWS {
            count(draw(), draw());
        }
    }
    let sum: f64 = drawn.iter().sum();
    for (share, count) in shares.iter_mut().zip(&drawn) {
        *share = (1.0 - same) * count / sum;
    }
    let first = ids
        .first()
        .map_or(1, |id| column.values.level(&comparison.levels, *id, *id));
    if let Some(share) = shares.get_mut(usize::from(first.max(1)) - 1) {
        *share += same;
    }
    shares
}

/// How often two random records have their columns swapped: what the one has here the other has there. With
/// the comparison of the other column beside this one, the product is the chance of a whole swap.
fn crossing(records: &Records, own: &Column, comparison: &super::Comparison, shares: &mut [f64]) {
    for (at, level) in comparison.levels.iter().enumerate() {
        let Test::ColumnsReversed(other) = level.test else {
            continue;
        };
        let Some(other) = records.columns.get(other) else {
            continue;
        };
        let theirs = texts(records, other);
        let both = texts(records, own)
            .into_iter()
            .filter_map(|(text, share)| Some(share * theirs.get(text)?));
        let crossed: f64 = both.sum::<f64>().clamp(1e-9, 0.5);
        for share in shares.iter_mut() {
            *share *= 1.0 - crossed;
        }
        if let Some(share) = shares.get_mut(at) {
            *share += crossed;
        }
    }
}

/// The share of each text, in order.
fn texts<'a>(records: &Records, column: &'a Column) -> BTreeMap<&'a str, f64> {
    let ids = records.counted(column);
    let all = ids.len().max(1) as f64;
    let counts = (0..).zip(frequencies(&ids));
    counts
        .filter_map(|(id, count)| Some((column.values.text(id)?, f64::from(count) / all)))
        .collect()
}
