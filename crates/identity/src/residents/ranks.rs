//! The distinct keys of a run, each known by its place among them: rows are sorted, joined and grouped by that.

use std::sync::Arc;

use rayon::prelude::*;

use super::gather::Gathered;
use super::mentions::KEYLESS;
use crate::ResidentKey;

/// The distinct ones of some keys, ascending, and for each of them its place there.
pub(crate) struct Ranks {
    pub(crate) keys: Arc<[ResidentKey]>,
    pub(crate) of: Vec<u32>,
}

impl Ranks {
    /// Of keys in any order.
    pub(crate) fn of(all: &[ResidentKey]) -> Self {
        // The upper half of a key tells nearly all apart.
        let high = |key: &ResidentKey| (key.bits() >> 64) as u64;
        let mut order: Vec<(u64, u32)> = all.iter().map(high).zip(0..).collect();
        let key = |at: u32| all.get(at as usize);
        order.par_sort_unstable_by(|(a, x), (b, y)| a.cmp(b).then_with(|| key(*x).cmp(&key(*y))));
        let order = order.into_iter().map(|(_, at)| at);
        Self::along(all, order)
    }

    /// Of the keys at the places in `order`, which are in order; the others have no place.
    fn along(all: &[ResidentKey], order: impl Iterator<Item = u32>) -> Self {
        let mut keys: Vec<ResidentKey> = Vec::with_capacity(all.len());
        let mut of = vec![KEYLESS; all.len()];
        for at in order {
            let (Some(key), Some(place)) = (all.get(at as usize), of.get_mut(at as usize)) else {
                continue;
            };
            if keys.last() != Some(key) {
                keys.push(*key);
            }
            *place = u32::try_from(keys.len() - 1).unwrap_or(KEYLESS);
        }
        Self {
            keys: keys.into(),
            of,
        }
    }
}

/// The records in force by resident, and their keys' places.
pub(crate) struct Residents {
    /// The records.
    pub(crate) order: Vec<u32>,
    /// The keys of all records; those not in force have no place.
    pub(crate) ranks: Ranks,
}

impl Residents {
    /// Of records that have these keys; `numbers` are the keys of their numbers.
    pub(crate) fn of(gathered: &Gathered, numbers: &[ResidentKey], keys: &[ResidentKey]) -> Self {
        let mut order = gathered.in_force();
        let more = |at: u32| {
            let about = &gathered.about[at as usize];
            (about.own_key, about.lent_key(numbers), gathered.name(at))
        };
        order.par_sort_unstable_by(|a, b| {
            let by_resident = keys.get(*a as usize).cmp(&keys.get(*b as usize));
            by_resident.then_with(|| more(*a).cmp(&more(*b)))
        });
        let ranks = Ranks::along(keys, order.iter().copied());
        Self { order, ranks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_places_that_sorting_gives_them() {
        let key = |bits| ResidentKey::from_bits(bits).unwrap();
        let all = [1 << 64 | 2, 7, 1 << 64 | 1, 7, u128::MAX].map(key);
        let ranks = Ranks::of(&all);
        assert_eq!(ranks.of, [2, 0, 1, 0, 3]);
        assert_eq!(*ranks.keys, [all[1], all[2], all[0], all[4]]);
        let some = Ranks::along(&all, [1, 0].into_iter());
        assert_eq!(some.of, [1, 0, KEYLESS, KEYLESS, KEYLESS]);
    }
}
