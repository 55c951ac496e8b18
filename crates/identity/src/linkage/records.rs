//! What is linked: records as columns of value numbers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hint::black_box;

use ahash::RandomState;
use rayon::prelude::*;

use super::values::Values;

/// One column of records. A record has none, one or several values of it. Personal data: no `Debug`.
pub struct Column {
    /// Where each record's values start in `ids`; one more than there are records.
    pub offsets: Vec<u32>,
    /// Value numbers; those of one record are distinct, in an order that doesn't hang on that of deliveries.
    pub ids: Vec<u32>,
    /// What the numbers stand for.
    pub values: Values,
}

impl Column {
    /// A column of at most one value a record.
    #[must_use]
    pub fn single(ids: impl IntoIterator<Item = Option<u32>>, values: Values) -> Self {
        let mut column = Self {
            offsets: vec![0],
            ids: Vec::new(),
            values,
        };
        for id in ids {
            column.ids.extend(id);
            column.close();
        }
        column
    }

    /// Keeps the values of records that `keep` says.
    pub(crate) fn retain(&mut self, keep: impl Fn(u32, u32) -> bool) {
        let mut kept = 0;
        let mut start = 0;
        for (record, end) in (0..).zip(self.offsets.iter_mut().skip(1)) {
            for at in start..*end as usize {
                let id = self.ids[at];
                if keep(record, id) {
                    self.ids[kept] = id;
                    kept += 1;
                }
            }
            start = *end as usize;
            *end = u32::try_from(kept).unwrap_or(u32::MAX);
        }
        self.ids.truncate(kept);
    }

    /// The values of a record.
    #[must_use]
    pub fn of(&self, record: u32) -> &[u32] {
        let at = record as usize;
        let (Some(start), Some(end)) = (self.offsets.get(at), self.offsets.get(at + 1)) else {
            return &[];
        };
        self.ids.get(*start as usize..*end as usize).unwrap_or(&[])
    }

    fn close(&mut self) {
        self.offsets
            .push(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
    }
}

/// A column in the making. Most records have one value: that needs no sorting.
pub(crate) struct ColumnBuilder {
    /// For each record the value that came first; [`NONE`] before one came.
    first: Vec<u32>,
    /// Records and their other values.
    more: Vec<(u32, u32)>,
}

/// No value.
const NONE: u32 = u32::MAX;

impl ColumnBuilder {
    /// A column of so many records.
    pub(crate) fn new(records: usize) -> Self {
        Self {
            first: vec![NONE; records],
            more: Vec::new(),
        }
    }

    /// Has the places of some records, about [`TOGETHER`](super::TOGETHER) of them, brought from memory for what is added next.
    pub(crate) fn warm(&self, records: impl Iterator<Item = u32>) {
        let first = records.map(|record| self.first.get(record as usize).copied().unwrap_or(0));
        black_box(first.fold(0, |all, id| all ^ id));
    }

    /// Adds a value of a record, in any order; that it is there already is no matter.
    pub(crate) fn add(&mut self, record: u32, id: u32) {
        match self.first.get_mut(record as usize) {
            Some(first) if *first == NONE => *first = id,
            Some(first) if *first != id => self.more.push((record, id)),
            _ => {}
        }
    }

    /// The same values by other numbers: at the place of each old one the new.
    pub(crate) fn renumbered(mut self, numbers: &[u32]) -> Self {
        let ids = self.first.iter_mut();
        for id in ids.chain(self.more.iter_mut().map(|(_, id)| id)) {
            *id = numbers.get(*id as usize).copied().unwrap_or(NONE);
        }
        self
    }

    /// The column of these values, whose numbers don't hang on the order of deliveries.
    pub(crate) fn finish(self, values: Values) -> Column {
        let column = self.finish_by(|id| id);
        Column { values, ..column }
    }

    /// The column; the values of one record stand in the order of what is said of their numbers.
    pub(crate) fn finish_by<K: Ord>(self, order: impl Fn(u32) -> K) -> Column {
        let Self { first, mut more } = self;
        more.par_sort_unstable();
        more.dedup();
        let mut column = Column {
            offsets: Vec::with_capacity(first.len() + 1),
            ids: Vec::with_capacity(first.len() + more.len()),
            values: Values::Opaque,
        };
        column.offsets.push(0);
        let mut more = more.into_iter().peekable();
        for (record, first) in (0..).zip(first) {
            let start = column.ids.len();
            column.ids.extend(Some(first).filter(|id| *id != NONE));
            while let Some((_, id)) = more.next_if(|(of, _)| *of == record) {
                column.ids.push(id);
            }
            column.ids[start..].sort_unstable_by_key(|id| order(*id));
            column.close();
        }
        column.ids.shrink_to_fit();
        column
    }
}

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
    pub(crate) fn counted<'a>(&self, column: &'a Column) -> Cow<'a, [u32]> {
        if !self.gone.contains(&true) {
            return Cow::Borrowed(&column.ids);
        }
        let records = (0..).take(self.len).filter(|at| !self.is_gone(*at));
        Cow::Owned(records.flat_map(|at| column.of(at)).copied().collect())
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
