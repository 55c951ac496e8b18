//! The records of a run, for the table that later runs know them by.

use super::around::Around;
use super::gather::Gathered;
use super::known::{Known, PlaceKeys};
use super::ranks::Residents;
use crate::ResidentKey;

/// The records in force, each with the key it got. Personal data: no `Debug`.
pub struct Recorded {
    gathered: Gathered,
    places: PlaceKeys,
    numbers: Vec<ResidentKey>,
    residents: Residents,
    /// Values that more records share than a household has members: they say nothing.
    pub common: Vec<u64>,
}

impl Recorded {
    /// Of records that were resolved; `numbers` are the keys of their numbers.
    pub(crate) fn of(
        (mut gathered, places): (Gathered, PlaceKeys),
        numbers: Vec<ResidentKey>,
        residents: Residents,
        around: Option<&Around<'_>>,
    ) -> Self {
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
            residents,
            common,
        }
    }

    /// The records by resident, so many at a time: part number `at` of them; `None` behind the last.
    #[must_use]
    pub fn part(&self, at: usize, records: usize) -> Option<Known> {
        let Residents { order, ranks } = &self.residents;
        let some = order.chunks(records.max(1)).nth(at)?;
        let key = |record: usize| ranks.keys.get(*ranks.of.get(record)? as usize).copied();
        let known = Known::of(&self.gathered, &self.places, &self.numbers, (some, key));
        Some(known)
    }
}
