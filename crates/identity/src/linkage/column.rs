//! Columns of records: which values each has, by their numbers.

use std::hint::black_box;
use std::mem::take;
use std::slice;

use rayon::prelude::*;

use super::values::Values;

/// One column of records. A record has none, one or several values of it, whose numbers are less than 2³¹. Personal data: no
/// `Debug`.
pub struct Column {
    /// For each record its value, [`NONE`], or from [`SEVERAL`] on where its values stand.
    first: Vec<u32>,
    several: Several,
    /// What the numbers stand for.
    pub values: Values,
}

/// No value.
const NONE: u32 = u32::MAX;

/// From here on a number is a place in [`Several`].
const SEVERAL: u32 = 1 << 31;

/// The values of records that have several: distinct, in an order that doesn't hang on that of deliveries.
#[derive(Default)]
struct Several {
    ids: Vec<u32>,
    /// Where those of each record end.
    ends: Vec<u32>,
}

impl Column {
    /// A column of at most one value a record.
    #[must_use]
    pub fn single(ids: impl IntoIterator<Item = Option<u32>>, values: Values) -> Self {
        Self {
            first: ids.into_iter().map(|id| id.unwrap_or(NONE)).collect(),
            several: Several::default(),
            values,
        }
    }

    /// The values of a record.
    #[must_use]
    pub fn of(&self, record: u32) -> &[u32] {
        match self.first.get(record as usize) {
            Some(id) if *id < SEVERAL => slice::from_ref(id),
            None | Some(&NONE) => &[],
            Some(place) => self.several.at(*place),
        }
    }

    /// The values of all records, one record after the other.
    pub(crate) fn all(&self) -> impl Iterator<Item = u32> {
        (0..).take(self.len()).flat_map(|at| self.of(at)).copied()
    }

    /// How many records there are.
    pub(crate) const fn len(&self) -> usize {
        self.first.len()
    }

    /// Keeps the values of records that `keep` says.
    pub(crate) fn retain(&mut self, keep: impl Fn(u32, u32) -> bool) {
        let old = take(&mut self.several);
        for (record, first) in (0..).zip(&mut self.first) {
            if *first == NONE {
                continue;
            }
            let start = self.several.ids.len();
            let ids = if *first < SEVERAL {
                slice::from_ref(first)
            } else {
                old.at(*first)
            };
            let kept = ids.iter().filter(|id| keep(record, **id));
            self.several.ids.extend(kept);
            *first = self.several.close(start);
        }
    }
}

impl Several {
    /// The values at a place.
    fn at(&self, place: u32) -> &[u32] {
        let at = (place - SEVERAL) as usize;
        let start = at
            .checked_sub(1)
            .map_or(Some(&0), |before| self.ends.get(before));
        let bounds = start.zip(self.ends.get(at));
        let ids = bounds.and_then(|(start, end)| self.ids.get(*start as usize..*end as usize));
        ids.unwrap_or_default()
    }

    /// What stands for the values from `start` on, those of one record.
    fn close(&mut self, start: usize) -> u32 {
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        match self.ids[start..] {
            [] => NONE,
            [id] => {
                self.ids.truncate(start);
                id
            }
            _ => {
                self.ends.push(index(self.ids.len()));
                SEVERAL | index(self.ends.len() - 1)
            }
        }
    }
}

/// A column in the making. Most records have one value: that needs no sorting.
pub(crate) struct ColumnBuilder {
    /// For each record the value that came first; [`NONE`] before one came.
    first: Vec<u32>,
    /// Records and their other values.
    more: Vec<(u32, u32)>,
}

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
        let Self {
            mut first,
            mut more,
        } = self;
        more.par_sort_unstable();
        more.dedup();
        let mut several = Several::default();
        for others in more.chunk_by(|a, b| a.0 == b.0) {
            let Some(first) = others
                .first()
                .and_then(|(at, _)| first.get_mut(*at as usize))
            else {
                continue;
            };
            let start = several.ids.len();
            several.ids.push(*first);
            several.ids.extend(others.iter().map(|(_, id)| *id));
            several.ids[start..].sort_unstable_by_key(|id| order(*id));
            *first = several.close(start);
        }
        Column {
            first,
            several,
            values: Values::Opaque,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn records_have_the_values_that_were_added(
            added in prop::collection::vec((0_u32..20, 0_u32..30), 0..100),
            gone in 0_u32..30,
        ) {
            let mut expected = vec![BTreeSet::new(); 20];
            let mut column = ColumnBuilder::new(20);
            for (record, id) in added {
                expected[record as usize].insert(id);
                column.add(record, id);
            }
            let mut column = column.finish(Values::Opaque);
            let of = |column: &Column| -> Vec<BTreeSet<u32>> {
                (0..20).map(|at| column.of(at).iter().copied().collect()).collect()
            };
            prop_assert_eq!(of(&column), &expected[..]);
            prop_assert!((0..20).all(|at| column.of(at).is_sorted()));
            let all: Vec<u32> = expected.iter().flatten().copied().collect();
            prop_assert_eq!(column.all().collect::<Vec<_>>(), all);
            column.retain(|_, id| id != gone);
            expected.iter_mut().for_each(|ids| {
                ids.remove(&gone);
            });
            prop_assert_eq!(of(&column), expected);
        }
    }
}
