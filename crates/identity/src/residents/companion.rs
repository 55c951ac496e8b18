//! Those a row names beside a person, and who of them shares the person's household.
//!
//! A marriage often states no more of a wife than her name; but that she is the wife of this man, and that he lives
//! with a woman of her name, tells her from all namesakes.

use std::collections::{HashMap, HashSet};

use ahash::RandomState;
use rayon::prelude::*;
use rongtong_standards::names::NameForm;

use super::around::Around;
use super::known::Trait;
use crate::linkage::{Column, ColumnBuilder, Part, Values};

/// More people than this are no household.
pub(super) const MOST_IN_HOUSEHOLD: usize = 16;

/// What people of one household share: a column, what of its values, and as what known records have that.
pub(crate) type Household<'a> = (&'a Column, Part, Trait);

/// The companions of every record, by the sound of their names: those that rows name, and of those who share
/// one of `households` the pairs that some row names together. `holders` are records with another name on a number,
/// each with the record of the name that holds it: who was named with the one may live with the other.
pub(crate) fn column(
    names: &Column,
    named: Vec<(u32, &str)>,
    holders: &HashMap<u32, u32, RandomState>,
    households: &[Household<'_>],
    around: Option<&Around<'_>>,
) -> Column {
    let count = names.len();
    let sounds = names.values.part_keys(Part::Sound).unwrap_or_default();
    let sound_of = |record: u32| {
        let name = names.of(record).first();
        let sound = name.and_then(|name| sounds.get(*name as usize));
        sound.copied().unwrap_or(0)
    };
    let mut found: Vec<(u32, u64)> = named
        .into_par_iter()
        .map(|(record, name)| (record, NameForm::of(name).sound_key()))
        .filter(|(_, sound)| *sound != 0)
        .collect();
    let named = found.par_iter().flat_map_iter(|(record, sound)| {
        let either = [Some(record), holders.get(record)].into_iter().flatten();
        either.map(|record| (sound_of(*record), *sound))
    });
    let mut named: Vec<(u64, u64)> = named.collect();
    named.par_sort_unstable();
    named.dedup();
    let mut together: HashSet<(u64, u64), RandomState> = named.into_iter().collect();
    together.extend(around.into_iter().flat_map(Around::beside));
    // Most residents bear no name that a row names beside another: they are passed over at once.
    let first: HashSet<u64, RandomState> = together.iter().map(|(own, _)| *own).collect();
    let sounds: Vec<u64> = (0..u32::try_from(count).unwrap_or(u32::MAX))
        .into_par_iter()
        .map(sound_of)
        .map(|sound| if first.contains(&sound) { sound } else { 0 })
        .collect();
    let beside = households.par_iter().map(|(column, part, of)| {
        let keys = column.values.part_keys(*part);
        let keys = keys.as_deref().unwrap_or_default();
        let mut members: Vec<(u64, u32)> = Vec::new();
        for (record, sound) in (0..).zip(&sounds) {
            if *sound != 0 {
                let ids = column.of(record).iter();
                let shared = ids.filter_map(|id| keys.get(*id as usize));
                let shared = shared.filter(|key| **key != 0);
                members.extend(shared.map(|key| (*key, record)));
            }
        }
        // Of those around it matters who shares a household with a record here.
        let mut others = Vec::new();
        if let Some(around) = around {
            let shared: HashSet<u64, RandomState> = members.iter().map(|(key, _)| *key).collect();
            for (key, sound) in around.sharing_household(*of, &shared) {
                if first.contains(&sound) {
                    members.push((key, u32::try_from(count + others.len()).unwrap_or(u32::MAX)));
                    others.push(sound);
                }
            }
        }
        let sound = |member: u32| {
            let here = sounds.get(member as usize);
            here.or_else(|| others.get(member as usize - count))
                .copied()
                .unwrap_or(0)
        };
        members.par_sort_unstable();
        members.dedup();
        let mut found = Vec::new();
        for household in members.chunk_by(|a, b| a.0 == b.0) {
            if !(2..=MOST_IN_HOUSEHOLD).contains(&household.len()) {
                continue;
            }
            for (_, one) in household.iter().filter(|(_, one)| (*one as usize) < count) {
                for (_, other) in household {
                    let pair = (sound(*one), sound(*other));
                    if one != other && together.contains(&pair) {
                        found.push((*one, pair.1));
                    }
                }
            }
        }
        found
    });
    found.extend(beside.collect::<Vec<_>>().into_iter().flatten());
    let mut values: Vec<u64> = found.iter().map(|(_, sound)| *sound).collect();
    values.par_sort_unstable();
    values.dedup();
    let place = |sound: u64| u32::try_from(values.binary_search(&sound).unwrap_or(0)).unwrap_or(0);
    let places = found
        .par_iter()
        .map(|(record, sound)| (*record, place(*sound)));
    let mut column = ColumnBuilder::new(count);
    for (record, place) in places.collect::<Vec<_>>() {
        column.add(record, place);
    }
    column.finish(Values::Keyed(values))
}
