//! What is linked: records as columns of value numbers.

use std::collections::HashMap;

use ahash::RandomState;

use super::column::Column;

/// Records to be linked. Personal data: no `Debug`.
///
/// Their order must not depend on the order in which they were delivered: random pairs are drawn by it.
#[derive(Default)]
pub struct Records {
    /// How many there are.
    pub len: usize,
    /// The columns that comparisons and rules name.
    pub columns: Vec<Column>,
    /// Records known by a good number that nothing speaks against; empty: none is.
    pub settled: Vec<bool>,
    /// Records that hold a good number: two of them are one person on the evidence of the two alone. Empty: none does.
    pub numbered: Vec<bool>,
    /// Records that hold a good number and affirm what it says of its bearer. Empty: none does.
    pub affirmed: Vec<bool>,
    /// Columns of what lasts for life: two records that affirm their numbers and differ there are two people.
    pub lasting: Vec<usize>,
    /// Records that were resolved in earlier runs; pairs of two of them aren't looked at again. Empty: none was.
    pub known: Vec<bool>,
    /// For records without a number of their own the chance that they are one of the settled ones, before
    /// anything is compared. 0, or empty: nothing is known of it.
    pub reach: Vec<f32>,
    /// Records that no longer count but tell who someone was: nothing is learned from them. Empty: all count.
    pub gone: Vec<bool>,
    /// Which of two tables a record is from, where only pairs across tables count; empty: all pairs count.
    pub table: Vec<u8>,
    /// What is known of records that are left alone.
    pub beyond: Beyond,
}

/// What counts of records that are not among those looked at.
#[derive(Default)]
pub struct Beyond {
    /// How many of them are settled.
    pub settled: usize,
    /// By column how many settled ones have each value, and how many values they have in all.
    pub values: HashMap<usize, (Vec<u32>, usize)>,
    /// How many of them have a key under a rule, by the rule's place and the key.
    pub blocks: HashMap<(usize, u64), u32, RandomState>,
}

impl Records {
    /// Whether a record is settled.
    #[must_use]
    pub fn is_settled(&self, record: u32) -> bool {
        self.settled.get(record as usize).copied().unwrap_or(false)
    }

    /// Whether a record holds a good number.
    pub(crate) fn is_numbered(&self, record: u32) -> bool {
        self.numbered.get(record as usize).copied().unwrap_or(false)
    }

    /// Whether a record affirms what its number says.
    pub(crate) fn is_affirmed(&self, record: u32) -> bool {
        self.affirmed.get(record as usize).copied().unwrap_or(false)
    }

    /// Whether a record was resolved in an earlier run.
    pub(crate) fn is_known(&self, record: u32) -> bool {
        self.known.get(record as usize).copied().unwrap_or(false)
    }

    /// The chance that an open record is one of the settled ones, where it is known.
    pub(crate) fn reach(&self, record: u32) -> Option<f64> {
        let reach = self.reach.get(record as usize).copied().map(f64::from);
        reach.filter(|reach| *reach > 0.0 && !self.is_settled(record))
    }

    pub(crate) fn is_gone(&self, record: u32) -> bool {
        self.gone.get(record as usize).copied().unwrap_or(false)
    }

    /// The values of a column in the records that count.
    pub(crate) fn counted(&self, column: &Column) -> Vec<u32> {
        if !self.gone.contains(&true) {
            return column.all().collect();
        }
        let records = (0..).take(self.len).filter(|at| !self.is_gone(*at));
        records.flat_map(|at| column.of(at)).copied().collect()
    }

    /// Whether the pair may be looked at, whatever the rule.
    pub(crate) fn may_pair(&self, a: u32, b: u32) -> bool {
        let both_known = self.is_known(a) && self.is_known(b);
        let table = |at: u32| self.table.get(at as usize);
        !both_known && (self.table.is_empty() || table(a) != table(b))
    }
}

/// How often each value occurs.
pub(crate) fn frequencies(ids: &[u32]) -> Vec<u32> {
    let most = ids.iter().max().map_or(0, |most| *most as usize + 1);
    let mut counts = vec![0; most];
    for id in ids {
        counts[*id as usize] += 1;
    }
    counts
}
