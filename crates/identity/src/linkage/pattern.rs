//! Candidate pairs as patterns of agreement.

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;

use super::blocking::Candidates;
use super::model::{Comparison, Context, Model, Test};
use super::records::{Column, Records};

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
fn level(comparison: &Comparison, records: &Records, (a, b): (u32, u32)) -> u8 {
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

/// The levels on which many pairs agree. What one waits for from memory comes while others do: first where all their
/// values stand, then the values, then what they stand for.
fn levels(
    comparison: &Comparison,
    records: &Records,
    pairs: &[(u32, u32, u32)],
) -> impl Iterator<Item = u8> {
    let column = records.columns.get(comparison.column);
    let places = pairs.iter().map(|(a, b, _)| {
        let column = column?;
        Some((column.of(*a), column.of(*b)))
    });
    let places: Vec<Option<(&[u32], &[u32])>> = places.collect();
    let firsts = places.iter().map(|places| {
        let (a, b) = places.as_ref()?;
        Some((*a.first()?, *b.first()?))
    });
    let firsts: Vec<Option<(u32, u32)>> = firsts.collect();
    let all = pairs.iter().zip(places.into_iter().zip(firsts));
    all.map(move |((a, b, _), (places, firsts))| {
        let level = match (column, places, firsts) {
            (Some(column), Some(places), Some(_)) => best(comparison, column, places),
            _ => 0,
        };
        reversed(comparison, records, (*a, *b), level)
    })
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
    let parts: Vec<(Vec<Pattern>, Counts)> = candidates
        .pairs
        .par_chunks(CHUNK)
        .map(|pairs| {
            let blank = |(a, b, _): &(u32, u32, u32)| Pattern::blank(records, *a, *b);
            let mut patterns: Vec<Pattern> = pairs.iter().map(blank).collect();
            for (at, comparison) in model.comparisons.iter().enumerate() {
                let levels = levels(comparison, records, pairs);
                for (pattern, level) in patterns.iter_mut().zip(levels) {
                    *pattern = pattern.with(at, level);
                }
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
