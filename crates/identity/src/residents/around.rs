//! The records that a run leaves alone, as far as they count for those it looks at.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use ahash::RandomState;
use arrow::array::StringViewArray;
use rayon::prelude::*;

use super::asks::Asks;
use super::known::{Known, KnownRecord, SOUND, Trait};
use super::model::columns;
use crate::ResidentKey;
use crate::linkage::{Beyond, Model, Records, Values};

/// What the last release knows of the residents of whom a run loads no rows.
pub struct Around<'a> {
    known: &'a Known,
    /// For each known record whether its rows are looked at.
    inside: Vec<bool>,
    common: HashSet<u64, RandomState>,
}

impl<'a> Around<'a> {
    /// All but the records of those who are looked at.
    #[must_use]
    pub fn of(known: &'a Known, looked_at: &HashSet<ResidentKey, RandomState>) -> Self {
        let inside = known.records.iter();
        Self {
            known,
            inside: inside
                .map(|record| looked_at.contains(&record.resident_key))
                .collect(),
            common: known.common.iter().copied().collect(),
        }
    }

    /// Whether a value is known to say nothing, so many share it.
    pub(crate) fn is_common(&self, key: u64) -> bool {
        self.common.contains(&key)
    }

    /// The keys of values that too many share.
    pub(crate) fn common(&self) -> impl Iterator<Item = u64> {
        self.common.iter().copied()
    }

    /// How many of the records around have each of some keys.
    pub(crate) fn sharing(&self, of: Trait, keys: &[u64]) -> Vec<u32> {
        self.count(of, keys, |_| true).0
    }

    /// Adds the records around to the counts that tell how often feeds state the same people.
    pub(crate) fn reach(&self, counts: &mut [(u32, u32); 32]) {
        let holders = self.outside().map(|at| &self.known.records[at]);
        for record in holders.filter(|record| record.holder) {
            count_feeds(record.feeds, counts);
        }
    }

    /// What counts of the records around for those of `records`, whose names are these.
    pub(crate) fn beyond(
        &self,
        model: &Model,
        records: &Records,
        names: &StringViewArray,
    ) -> Beyond {
        let settled = |at: usize| self.known.records[at].settled;
        let mut values = HashMap::new();
        for comparison in model.comparisons.iter().filter(|c| c.term_frequency) {
            let counted = match comparison.column {
                columns::NAME => self.bearers(names.iter().flatten(), |r| r.settled),
                columns::PHONE => self.count(Trait::Phone, keys(records, columns::PHONE), settled),
                columns::COMPANION => {
                    let keys = keys(records, columns::COMPANION);
                    self.count(Trait::Companion, keys, settled)
                }
                _ => continue,
            };
            values.insert(comparison.column, counted);
        }
        let asks = Asks::of_new(model, records);
        let met = asks.meet(self.known, |at| !self.inside[at]);
        Beyond {
            settled: self.outside().filter(|at| settled(*at)).count(),
            values,
            blocks: met.blocks(&asks),
        }
    }

    /// How many of some records around bear each of these names, and how many bear any name.
    pub(crate) fn bearers<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        which: impl Fn(&KnownRecord) -> bool,
    ) -> (Vec<u32>, usize) {
        let mut bearers = vec![0_u32; self.known.name_count()];
        let mut all = 0;
        for at in self.outside() {
            let record = &self.known.records[at];
            let bearers = bearers.get_mut(record.name as usize);
            if let Some(bearers) = bearers.filter(|_| which(record)) {
                *bearers += 1;
                all += 1;
            }
        }
        let count = |name: &str| {
            let number = self.known.name_number(name)?;
            bearers.get(number as usize).copied()
        };
        (names.map(|name| count(name).unwrap_or(0)).collect(), all)
    }

    /// Sounds of names that stand beside each other in the rows of records around; also that of the name that holds a
    /// record's number, where it is another.
    pub(crate) fn beside(&self) -> impl Iterator<Item = (u64, u64)> {
        let sounds = &self.known.name_parts()[SOUND];
        let sound = |at: usize| {
            let name = self.known.records[at].name as usize;
            sounds.get(name).copied().unwrap_or(0)
        };
        let records = || self.known.records.iter().enumerate();
        let lent: HashSet<ResidentKey, RandomState> = records()
            .filter_map(|(_, record)| record.lent_key)
            .collect();
        let holders = records().filter(|(_, r)| r.holder && lent.contains(&r.own_key));
        let holders: HashMap<ResidentKey, u64, RandomState> = holders
            .map(|(at, record)| (record.own_key, sound(at)))
            .collect();
        self.outside().flat_map(move |at| {
            let lent = self.known.records[at].lent_key;
            let holder = lent.and_then(|lent| holders.get(&lent).copied());
            let companions = self.known.traits(at, Trait::Companion);
            let either = [Some(sound(at)), holder].into_iter().flatten();
            either.flat_map(move |own| companions.iter().map(move |companion| (own, *companion)))
        })
    }

    /// For each record around that shares one of some keys the key and the sound of its name.
    pub(crate) fn sharing_household(
        &self,
        of: Trait,
        keys: &HashSet<u64, RandomState>,
    ) -> Vec<(u64, u64)> {
        let sounds = &self.known.name_parts()[SOUND];
        let sharing = self.all_outside().flat_map_iter(|at| {
            let shared = self.known.traits(at, of).iter();
            let name = self.known.records[at].name as usize;
            let sound = sounds.get(name).copied().unwrap_or(0);
            let shared = shared.filter(|key| keys.contains(key));
            shared.map(move |key| (*key, sound))
        });
        sharing.collect()
    }

    fn outside(&self) -> impl Iterator<Item = usize> {
        let inside = self.inside.iter().enumerate();
        inside.filter(|(_, inside)| !**inside).map(|(at, _)| at)
    }

    /// The same, on all cores.
    fn all_outside(&self) -> impl ParallelIterator<Item = usize> {
        let inside = self.inside.par_iter().enumerate();
        inside.filter(|(_, inside)| !**inside).map(|(at, _)| at)
    }

    /// How many of some records around have each key, and how many keys they have in all.
    fn count(
        &self,
        of: Trait,
        keys: &[u64],
        which: impl Fn(usize) -> bool + Sync,
    ) -> (Vec<u32>, usize) {
        let place: HashMap<u64, usize, RandomState> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| (*key, at))
            .collect();
        let counts: Vec<AtomicU32> = keys.iter().map(|_| AtomicU32::new(0)).collect();
        let all = self.all_outside().filter(|at| which(*at)).map(|at| {
            let has = self.known.traits(at, of);
            for place in has.iter().filter_map(|key| place.get(key)) {
                counts[*place].fetch_add(1, Relaxed);
            }
            has.len()
        });
        let all = all.sum();
        let counts = counts.into_iter().map(AtomicU32::into_inner);
        (counts.collect(), all)
    }
}

/// Counts a person whom these feeds state: for each feed who else states them, and all.
pub(crate) fn count_feeds(feeds: u32, counts: &mut [(u32, u32); 32]) {
    for (feed, (elsewhere, all)) in counts.iter_mut().enumerate() {
        if feeds >> feed & 1 == 1 {
            *all += 1;
            *elsewhere += u32::from(feeds != 1 << feed);
        }
    }
}

fn keys(records: &Records, column: usize) -> &[u64] {
    match records.columns.get(column).map(|column| &column.values) {
        Some(Values::Keyed(keys)) => keys,
        _ => &[],
    }
}
