//! Which known numbers are near those of new records.

use rayon::prelude::*;

use super::model::columns;
use crate::linkage::{Filter, NumberForm, Records, Values};

/// Keys by which the numbers of new records meet near ones.
#[derive(Default)]
pub(super) struct NumberAsks {
    forms: Vec<NumberForm>,
    /// Of records that aren't settled, and of those that are.
    of: Option<[Places; 2]>,
}

/// By keys, places among the forms.
struct Places {
    filter: Filter,
    /// In the order of the keys.
    entries: Vec<(u64, u32)>,
    /// By the first bits of keys where their entries begin, and at last where all end.
    firsts: Vec<u32>,
    shift: u32,
}

impl NumberAsks {
    /// Of the numbers of records, of which `open` says which aren't settled, and of more with the same.
    pub(super) fn of(
        records: &Records,
        open: &[bool],
        more: impl Iterator<Item = (NumberForm, bool)>,
    ) -> Self {
        let column = records.columns.get(columns::NUMBER);
        let stated = column.into_iter().flat_map(|column| {
            let forms = match &column.values {
                Values::Numbers(forms, _) => forms.as_slice(),
                _ => &[],
            };
            (0_u32..).zip(open).flat_map(move |(record, open)| {
                let ids = column.of(record).iter();
                ids.filter_map(move |id| Some((*forms.get(*id as usize)?, *open)))
            })
        });
        let mut forms = Vec::new();
        let mut of: [Vec<(u64, u32)>; 2] = Default::default();
        for (form, open) in stated.chain(more) {
            let place = u32::try_from(forms.len()).unwrap_or(u32::MAX);
            forms.push(form);
            let keys = &mut of[usize::from(!open)];
            form.quarters(!open, |key| keys.push((key, place)));
        }
        Self {
            forms,
            of: Some(of.map(Places::of)),
        }
    }

    /// Whether a known number is near one of those; `whole` says that it passed its check, `settled` that its record has
    /// nothing to ask itself.
    pub(super) fn is_near(&self, number: &str, whole: bool, settled: bool) -> bool {
        let (Some(form), Some(of)) = (NumberForm::of(number, whole), &self.of) else {
            return false;
        };
        let asking = if settled { &of[..1] } else { of };
        let mut near = false;
        form.quarters(true, |key| {
            near = near
                || asking.iter().any(|places| {
                    let mut others = places.with(key).filter_map(|at| self.forms.get(at));
                    others.any(|other| form.is_near(other))
                });
        });
        near
    }
}

impl Places {
    fn of(mut entries: Vec<(u64, u32)>) -> Self {
        entries.par_sort_unstable();
        // About one entry for each beginning.
        let bits = entries.len().max(2).ilog2();
        let shift = u64::BITS - bits;
        let mut firsts = Vec::with_capacity((1 << bits) + 1);
        for (at, (key, _)) in (0..).zip(&entries) {
            let until = usize::try_from(key >> shift).unwrap_or(0) + 1;
            firsts.resize(until.max(firsts.len()), at);
        }
        firsts.resize((1 << bits) + 1, u32::try_from(entries.len()).unwrap_or(0));
        Self {
            filter: Filter::of(&entries),
            entries,
            firsts,
            shift,
        }
    }

    /// The places that have a key.
    fn with(&self, key: u64) -> impl Iterator<Item = usize> {
        let within = match self.filter.may_have(key) {
            true => self.beginning_as(key).unwrap_or_default(),
            false => &[],
        };
        let first = within.partition_point(|(other, _)| *other < key);
        let same = within[first..].iter();
        let same = same.take_while(move |(other, _)| *other == key);
        same.map(|(_, place)| *place as usize)
    }

    fn beginning_as(&self, key: u64) -> Option<&[(u64, u32)]> {
        let at = usize::try_from(key >> self.shift).ok()?;
        let [first, end] = *self.firsts.get(at..at + 2)? else {
            return None;
        };
        self.entries.get(first as usize..end as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_found_by_their_keys(
            keys in prop::collection::vec(prop_oneof![0_u64..9, any::<u64>(), Just(u64::MAX)], 0..200),
            others in prop::collection::vec(any::<u64>(), 0..20),
        ) {
            let places = Places::of(keys.iter().copied().zip(0..).collect());
            for key in keys.iter().chain(&others) {
                let expected: Vec<usize> = (0..keys.len()).filter(|at| keys[*at] == *key).collect();
                prop_assert_eq!(places.with(*key).collect::<Vec<_>>(), expected);
            }
        }
    }
}
