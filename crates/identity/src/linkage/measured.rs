//! How pairs of two people agree, measured rather than learned: by chance among strangers, and among people of one
//! household counted where it is known that they are two.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rongtong_standards::names::NameAgreement;

use super::blocking::{Candidates, settled_pairs};
use super::column::Column;
use super::dates::DateAgreement;
use super::model::{Comparison, Level, Model, Rule, Test};
use super::pattern::{Pattern, patterns};
use super::records::{Records, frequencies};
use super::values::Values;

/// By comparison and level a number of pairs.
pub(super) type Counts = Vec<Vec<f64>>;

/// Pairs of residents who are each known by a good number of their own: two people, but for those who got another number.
pub(super) struct SettledPairs {
    /// The pattern, the context it teaches, and how many pairs there are.
    pairs: Vec<(Pattern, usize, f64)>,
    /// The comparisons that they can't tell of: those of the numbers themselves.
    without: u16,
}

impl SettledPairs {
    /// Those in contexts that rules for others than the settled make whole.
    pub(super) fn of(model: &Model, records: &Records) -> Self {
        let numbers = model.comparisons.iter().enumerate();
        let numbers = numbers.filter(|(_, comparison)| comparison.is_of_numbers());
        let without = numbers.fold(0_u16, |bits, (at, _)| bits | 1 << at);
        let made = |context: usize| model.situation(context) & !without;
        // A rule that fixes more than the situation would choose among its pairs.
        let fits = |rule: &Rule, context: usize| {
            let fixed = model.fixed(rule);
            !rule.settled && fixed != 0 && fixed & !made(context) == 0
        };
        let fits_any = |rule: &&Rule| (1..=model.contexts.len()).any(|context| fits(rule, context));
        let rules: Vec<&Rule> = model.rules.iter().filter(fits_any).collect();
        let pairs = settled_pairs(model, records, &rules).into_iter();
        let candidates = Candidates {
            pairs: pairs.map(|(a, b)| (a, b, 0)).collect(),
            ..Candidates::default()
        };
        let counts = patterns(model, records, &candidates).counts.into_iter();
        let pairs = counts.filter_map(|(pattern, _, count)| {
            let context = usize::from(pattern.bare().context(model));
            let is_told = rules.iter().any(|rule| fits(rule, context));
            (context > 0 && is_told).then_some((pattern, context, count as f64))
        });
        Self {
            pairs: pairs.collect(),
            without,
        }
    }

    /// Whether there is none: of records that aren't residents'.
    pub(super) const fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// For each context but that of strangers how often two people agree on each level of each comparison. `one` is the chance
    /// that a pair is one person's.
    pub(super) fn two(&self, model: &Model, one: impl Fn(Pattern) -> f64) -> Vec<Counts> {
        let mut counts = vec![blank(model); model.contexts.len()];
        for (pattern, context, pairs) in &self.pairs {
            if let Some(counts) = counts.get_mut(context - 1) {
                let two = pairs * (1.0 - one(*pattern));
                add(counts, (*pattern, two), self.without);
            }
        }
        counts
    }
}

/// Adds so many pairs of a pattern to the counts of its levels, but for those of the comparisons `without`, as bits.
pub(super) fn add(counts: &mut Counts, (pattern, pairs): (Pattern, f64), without: u16) {
    let compared = counts.iter_mut().enumerate();
    for (at, levels) in compared.filter(|(at, _)| without >> at & 1 == 0) {
        let level = usize::from(pattern.level(at)).checked_sub(1);
        if let Some(count) = level.and_then(|level| levels.get_mut(level)) {
            *count += pairs;
        }
    }
}

/// No pairs on any level of the comparisons of a model.
pub(super) fn blank(model: &Model) -> Counts {
    let levels = model.comparisons.iter().map(|c| c.levels.len() + 1);
    levels.map(|levels| vec![0.0; levels]).collect()
}

/// How often two random values agree on each level.
pub(super) fn by_chance(model: &Model, records: &Records) -> Vec<Vec<f64>> {
    model
        .comparisons
        .par_iter()
        .map(|comparison| {
            let levels = comparison.levels.len() + 1;
            match records.columns.get(comparison.column) {
                Some(column) => {
                    let ids = records.counted(column);
                    let mut shares = chance(column, &ids, comparison, levels);
                    let pairs = ids.len() as f64 * (ids.len() as f64 - 1.0) / 2.0;
                    let measured = pairs / (pairs + BELIEVED);
                    for (share, usual) in shares.iter_mut().zip(usual(records, comparison)) {
                        *share = measured * *share + (1.0 - measured) * usual;
                    }
                    crossing(records, column, comparison, &mut shares);
                    shares
                }
                None => vec![1.0 / levels as f64; levels],
            }
        })
        .collect()
}

/// So many pairs does what is usual count for: of few records most pairs may be one person's, and would teach that all agree.
const BELIEVED: f64 = 2_000.0;

/// How often two people agree on each level, roughly, wherever they are.
fn usual(records: &Records, comparison: &Comparison) -> Vec<f64> {
    let lasts = records.lasting.contains(&comparison.column);
    let share = |level: &Level| match level.test {
        Test::Name(NameAgreement::Surname) => 0.03,
        Test::Date(DateAgreement::Year) => 0.0125,
        Test::Date(DateAgreement::Slip | DateAgreement::Near) => 1e-3,
        Test::Exact if lasts => 0.5,
        _ => 1e-4,
    };
    let mut shares: Vec<f64> = comparison.levels.iter().map(share).collect();
    shares.push(1.0 - shares.iter().sum::<f64>());
    shares
}

/// Pairs of values that are drawn.
const DRAWS: u64 = 1 << 19;

fn chance(column: &Column, ids: &[u32], comparison: &Comparison, levels: usize) -> Vec<f64> {
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
    let drawn = drawn(column, ids, (comparison, levels), paired);
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

/// How often different values agree on each level: of few values all pairs, of many so many at random.
fn drawn(
    column: &Column,
    ids: &[u32],
    (comparison, levels): (&Comparison, usize),
    paired: bool,
) -> Vec<f64> {
    let mut drawn = vec![0.5 / levels as f64; levels];
    // Of what is equal or not there is nothing to learn.
    if let (Values::Opaque | Values::Keyed(_), Some(count)) = (&column.values, drawn.last_mut()) {
        *count += DRAWS as f64;
        return drawn;
    }
    let mut state = 0x5eed_u64;
    let mut draw = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let at = (u128::from(z ^ (z >> 31)) * ids.len() as u128) >> 64;
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
    if paired {
        for (at, a) in ids.iter().enumerate() {
            ids[at + 1..].iter().for_each(|b| count(*a, *b));
        }
    } else {
        for _ in 0..DRAWS {
            count(draw(), draw());
        }
    }
    drawn
}

/// How often two random records have their columns swapped: what the one has here the other has there. With
/// the comparison of the other column beside this one, the product is the chance of a whole swap.
fn crossing(records: &Records, own: &Column, comparison: &Comparison, shares: &mut [f64]) {
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
