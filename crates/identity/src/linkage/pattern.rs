//! Candidate pairs as patterns of agreement.

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;

use super::blocking::Candidates;
use super::column::Column;
use super::model::{Comparison, Context, Model, Test};
use super::records::Records;

/// On which level each comparison of a pair agrees: four bits each, 0 = nothing to compare. The last four say
/// whether both records are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pattern(pub u64);

impl Pattern {
    const SETTLED: u64 = 1 << (4 * Model::MOST_COMPARISONS);

    /// The level of a comparison: 0 nothing to compare, 1 the strongest, the last "else".
    #[must_use]
    pub const fn level(self, comparison: usize) -> u8 {
        ((self.0 >> (4 * comparison)) & 15) as u8
    }

    const fn with(self, comparison: usize, level: u8) -> Self {
        Self(self.0 | (level as u64 & 15) << (4 * comparison))
    }

    /// Compares two records.
    #[must_use]
    pub fn of(model: &Model, records: &Records, a: u32, b: u32) -> Self {
        let comparisons = model.comparisons.iter().enumerate();
        comparisons.fold(Self::blank(records, a, b), |pattern, (at, comparison)| {
            pattern.with(at, level(comparison, records, (a, b)))
        })
    }

    /// The same, whatever is known of the records.
    pub(crate) const fn bare(self) -> Self {
        Self(self.0 & !Self::SETTLED)
    }

    /// The pattern of two records before they are compared.
    fn blank(records: &Records, a: u32, b: u32) -> Self {
        match records.is_settled(a) && records.is_settled(b) {
            true => Self(Self::SETTLED),
            false => Self::default(),
        }
    }

    /// The context a pair stands in: 0 for that of strangers, else 1 + the place in the model.
    #[must_use]
    pub fn context(self, model: &Model) -> u8 {
        let fits = |(comparison, weakest): &(usize, usize)| {
            let level = usize::from(self.level(*comparison));
            (1..=weakest + 1).contains(&level)
        };
        let settled = self.0 & Self::SETTLED != 0;
        let stands = |context: &Context| {
            (settled || !context.settled) && context.when.iter().all(|any| any.iter().any(fits))
        };
        let at = model.contexts.iter().position(stands);
        at.map_or(0, |at| u8::try_from(at + 1).unwrap_or(u8::MAX))
    }
}

/// The level on which two records agree: the best of all their values.
pub(super) fn level(comparison: &Comparison, records: &Records, (a, b): (u32, u32)) -> u8 {
    let Some(column) = records.columns.get(comparison.column) else {
        return 0;
    };
    let level = best(comparison, column, (column.of(a), column.of(b)));
    reversed(comparison, records, (a, b), level)
}

/// The best level on which values of two records agree.
fn best(comparison: &Comparison, column: &Column, (a, b): (&[u32], &[u32])) -> u8 {
    let levels = a.iter().flat_map(|x| {
        let level = |y: &u32| column.values.level(&comparison.levels, *x, *y);
        b.iter().map(level)
    });
    levels.filter(|level| *level > 0).min().unwrap_or(0)
}

/// The first value of each comparison's column, record by record: what is compared of one stands together, so that a pair
/// waits for memory twice, not for each column anew.
struct Firsts {
    values: Vec<First>,
    comparisons: usize,
}

/// The value of a record in a column, [`First::NONE`], or [`First::SEVERAL`].
#[derive(Clone, Copy, PartialEq, Eq)]
struct First(u32);

impl First {
    const NONE: Self = Self(u32::MAX);
    const SEVERAL: Self = Self(u32::MAX - 1);
}

impl Firsts {
    fn of(model: &Model, records: &Records) -> Self {
        let columns = model.comparisons.iter();
        let columns: Vec<Option<&Column>> =
            columns.map(|c| records.columns.get(c.column)).collect();
        let first = |column: &Option<&Column>, record| match column.map(|c| c.of(record)) {
            None | Some([]) => First::NONE,
            Some([id]) => First(*id),
            Some(_) => First::SEVERAL,
        };
        let all = 0..u32::try_from(records.len).unwrap_or(u32::MAX);
        let values = all
            .into_par_iter()
            .flat_map_iter(|record| columns.iter().map(move |column| first(column, record)));
        Self {
            values: values.collect(),
            comparisons: columns.len(),
        }
    }

    fn record(&self, record: u32) -> &[First] {
        let start = record as usize * self.comparisons;
        self.values
            .get(start..start + self.comparisons)
            .unwrap_or_default()
    }
}

/// The levels on which many pairs agree, comparison by comparison: what one waits for from memory comes while others do.
fn levels(
    (at, comparison): (usize, &Comparison),
    records: &Records,
    firsts: &[(&[First], &[First])],
    pairs: &[(u32, u32, u32)],
    mut found: impl FnMut(usize, u8),
) {
    let Some(column) = records.columns.get(comparison.column) else {
        return;
    };
    for (place, ((a, b, _), (one, other))) in pairs.iter().zip(firsts).enumerate() {
        let level = match (one.get(at), other.get(at)) {
            (Some(&First::NONE) | None, _) | (_, Some(&First::NONE) | None) => 0,
            (Some(&First::SEVERAL), _) | (_, Some(&First::SEVERAL)) => {
                best(comparison, column, (column.of(*a), column.of(*b)))
            }
            (Some(First(x)), Some(First(y))) => column.values.level(&comparison.levels, *x, *y),
        };
        found(place, reversed(comparison, records, (*a, *b), level));
    }
}

/// The level once swapped columns are looked at.
fn reversed(comparison: &Comparison, records: &Records, (a, b): (u32, u32), level: u8) -> u8 {
    if level < 2 {
        return level;
    }
    let better = comparison.levels.iter().take(usize::from(level) - 1);
    let at = better
        .enumerate()
        .find_map(|(at, better)| match better.test {
            Test::ColumnsReversed(other) => {
                let (own, other) = (
                    records.columns.get(comparison.column)?,
                    records.columns.get(other)?,
                );
                let crossed = |a, b| {
                    let here = own.of(a).iter().filter_map(|id| own.values.text(*id));
                    here.into_iter().any(|text| {
                        let mut there = other.of(b).iter().filter_map(|id| other.values.text(*id));
                        there.any(|value| value == text)
                    })
                };
                (crossed(a, b) && crossed(b, a)).then_some(at)
            }
            _ => None,
        });
    at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(level)
}

/// The patterns of candidate pairs, and how often each occurs.
#[derive(Debug, Default)]
pub struct Patterns {
    /// One for each candidate pair.
    pub of: Vec<Pattern>,
    /// Among records that count each distinct pattern with the comparisons that every rule which found the pair had made equal (as
    /// bits), and how often it occurs; in ascending order.
    pub counts: Vec<(Pattern, u16, u64)>,
}

/// Compares all candidate pairs.
#[must_use]
pub fn patterns(model: &Model, records: &Records, candidates: &Candidates) -> Patterns {
    const CHUNK: usize = 1 << 11;
    let fixed_by: Vec<u16> = model.rules.iter().map(|rule| model.fixed(rule)).collect();
    let fixed = |rules: u32| {
        let found = fixed_by.iter().enumerate();
        found
            .filter(|(at, _)| rules >> at & 1 == 1)
            .fold(u16::MAX, |all, (_, fixed)| all & fixed)
    };
    type Counts = HashMap<(Pattern, u16), u64, RandomState>;
    let all = Firsts::of(model, records);
    let parts: Vec<(Vec<Pattern>, Counts)> = candidates
        .pairs
        .par_chunks(CHUNK)
        .map(|pairs| {
            let blank = |(a, b, _): &(u32, u32, u32)| Pattern::blank(records, *a, *b);
            let mut patterns: Vec<Pattern> = pairs.iter().map(blank).collect();
            let firsts = pairs.iter();
            let firsts = firsts.map(|(a, b, _)| (all.record(*a), all.record(*b)));
            let firsts: Vec<(&[First], &[First])> = firsts.collect();
            for (at, comparison) in model.comparisons.iter().enumerate() {
                levels((at, comparison), records, &firsts, pairs, |place, level| {
                    patterns[place] = patterns[place].with(at, level);
                });
            }
            let mut counts = Counts::default();
            for ((a, b, rules), pattern) in pairs.iter().zip(&patterns) {
                if !records.is_gone(*a) && !records.is_gone(*b) {
                    *counts.entry((*pattern, fixed(*rules))).or_default() += 1;
                }
            }
            (patterns, counts)
        })
        .collect();
    let mut of = Vec::with_capacity(candidates.pairs.len());
    let mut counts = Counts::default();
    for (patterns, part) in parts {
        of.extend(patterns);
        for (key, count) in part {
            *counts.entry(key).or_default() += count;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().map(|((p, f), n)| (p, f, n)).collect();
    counts.sort_unstable();
    Patterns { of, counts }
}
