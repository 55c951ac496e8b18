//! What is linked: records as columns of value numbers.

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

    /// How many records have each value.
    #[must_use]
    pub fn frequencies(&self) -> Vec<u32> {
        let most = self.ids.iter().max().map_or(0, |most| *most as usize + 1);
        let mut counts = vec![0; most];
        for id in &self.ids {
            counts[*id as usize] += 1;
        }
        counts
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
    /// Which of two tables a record is from, where only pairs across tables count; empty: all pairs count.
    pub table: Vec<u8>,
}

impl Records {
    /// Whether a record is settled.
    #[must_use]
    pub fn is_settled(&self, record: u32) -> bool {
        self.settled.get(record as usize).copied().unwrap_or(false)
    }

    /// Whether the pair may be looked at, whatever the rule.
    pub(crate) fn may_pair(&self, a: u32, b: u32) -> bool {
        let is = |flags: &[bool], at: u32| flags.get(at as usize).copied().unwrap_or(false);
        let both_known = is(&self.known, a) && is(&self.known, b);
        let table = |at: u32| self.table.get(at as usize);
        !both_known && (self.table.is_empty() || table(a) != table(b))
    }
}
