//! What is linked: records as columns of value numbers.

use std::borrow::Cow;

use super::values::Values;

/// One column of records. A record has none, one or several values of it. Personal data: no `Debug`.
pub struct Column {
    /// Where each record's values start in `ids`; one more than there are records.
    pub offsets: Vec<u32>,
    /// Value numbers; those of one record are sorted and distinct.
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

    /// A column from pairs of record and value number, in any order.
    #[must_use]
    pub fn several(records: usize, mut pairs: Vec<(u32, u32)>, values: Values) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut offsets = vec![0_u32; records + 1];
        for (record, _) in &pairs {
            if let Some(count) = offsets.get_mut(*record as usize + 1) {
                *count += 1;
            }
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        Self {
            offsets,
            ids: pairs.into_iter().map(|(_, id)| id).collect(),
            values,
        }
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
    /// Records that were resolved in earlier runs; pairs of two of them aren't looked at again. Empty: none was.
    pub known: Vec<bool>,
    /// Records that no longer count but tell who someone was: nothing is learned from them. Empty: all count.
    pub gone: Vec<bool>,
    /// Which of two tables a record is from, where only pairs across tables count; empty: all pairs count.
    pub table: Vec<u8>,
}

impl Records {
    /// Whether a record is settled.
    #[must_use]
    pub fn is_settled(&self, record: u32) -> bool {
        self.settled.get(record as usize).copied().unwrap_or(false)
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
        let is = |flags: &[bool], at: u32| flags.get(at as usize).copied().unwrap_or(false);
        let both_known = is(&self.known, a) && is(&self.known, b);
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
