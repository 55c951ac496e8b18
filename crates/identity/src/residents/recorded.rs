//! The records of a run, for the table that later runs know them by.

use rayon::prelude::*;

use super::around::Around;
use super::gather::Gathered;
use super::known::{Known, PlaceKeys};
use crate::ResidentKey;

/// The records in force, each with the key it got. Personal data: no `Debug`.
pub struct Recorded {
    gathered: Gathered,
    places: PlaceKeys,
    numbers: Vec<ResidentKey>,
    keys: Vec<ResidentKey>,
    /// The records in force, by resident.
    order: Vec<u32>,
    /// Values that more records share than a household has members: they say nothing.
    pub common: Vec<u64>,
}

impl Recorded {
    /// Of records that were resolved; `numbers` are the keys of their numbers.
    pub(crate) fn of(
        (mut gathered, places): (Gathered, PlaceKeys),
        numbers: Vec<ResidentKey>,
        keys: Vec<ResidentKey>,
        around: Option<&Around<'_>>,
    ) -> Self {
        let mut order = gathered.in_force();
        let more = |at: u32| {
            let about = &gathered.about[at as usize];
            (about.own_key, about.lent_key(&numbers), gathered.name(at))
        };
        order.par_sort_unstable_by(|a, b| {
            let by_resident = keys.get(*a as usize).cmp(&keys.get(*b as usize));
            by_resident.then_with(|| more(*a).cmp(&more(*b)))
        });
        // Which mention is in which record has been answered.
        gathered.of = Vec::new();
        let mut common = std::mem::take(&mut gathered.kept.common);
        common.extend(around.into_iter().flat_map(Around::common));
        common.sort_unstable();
        common.dedup();
        Self {
            gathered,
            places,
            numbers,
            keys,
            order,
            common,
        }
    }

    /// The records by resident, so many at a time: part number `at` of them; `None` behind the last.
    #[must_use]
    pub fn part(&self, at: usize, records: usize) -> Option<Known> {
        let some = self.order.chunks(records.max(1)).nth(at)?;
        let each = (some, self.keys.as_slice());
        Some(Known::of(&self.gathered, &self.places, &self.numbers, each))
    }
}
