//! What a row says of birth and sex only because its number does.
//!
//! Where a daughter was entered under her father's number, many systems fill in the rest from it: then birth date and sex are the
//! number said again, and no evidence that she is he. She is told by a namesake who lives where she does, or he, and was born
//! on another day.

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;

use super::gather::lenders;
use super::model::columns::{ADDRESS, BIRTH_DATE, NAME, PHONE, SEX};
use super::stated::Stated;
use crate::linkage::{Column, Part};

/// A name that more records bear says too little where only the number's holder lives with its bearer. As many as the rule
/// that pairs namesakes allows, so that a run which brings little meets them as well.
const MOST_BEARERS: u32 = 20;

/// Forgets what records only say since the holder of their number says it.
pub(super) fn forget(columns: &mut [Column], households: &Column, stated: &Stated<'_>) {
    let Some(copies) = copies(columns, households, stated) else {
        return;
    };
    for at in [BIRTH_DATE, SEX] {
        let said: HashMap<u32, Vec<u32>, RandomState> = copies
            .iter()
            .map(|(record, holder)| (*record, columns[at].of(*holder).to_vec()))
            .collect();
        columns[at].retain(|record, id| !said.get(&record).is_some_and(|ids| ids.contains(&id)));
    }
}

/// A record that says another's birth date under another's number.
struct Copy {
    record: u32,
    holder: u32,
    name: u32,
}

/// The records that say what the holder of their number says, each with that; `None` where there are none.
fn copies(columns: &[Column], households: &Column, stated: &Stated<'_>) -> Option<Vec<(u32, u32)>> {
    let [names, births, phones, addresses] =
        [NAME, BIRTH_DATE, PHONE, ADDRESS].map(|at| columns.get(at));
    let (names, births, phones, addresses) = (names?, births?, phones?, addresses?);
    let name = |record: u32| names.of(record).first().copied();
    let perhaps: Vec<Copy> = lenders(stated.about)
        .into_iter()
        .filter(|(record, holder)| share(births.of(*record), births.of(*holder)))
        .filter_map(|(record, holder)| {
            let name = name(record)?;
            Some(Copy {
                record,
                holder,
                name,
            })
        })
        .collect();
    let mut namesakes: HashMap<u32, Vec<u32>, RandomState> =
        perhaps.iter().map(|copy| (copy.name, Vec::new())).collect();
    for record in (0..).take(stated.about.len()) {
        if let Some(namesakes) = name(record).and_then(|name| namesakes.get_mut(&name)) {
            namesakes.push(record);
        }
    }
    let homes = addresses.values.part_keys(Part::Home).unwrap_or_default();
    let home = |record: u32| {
        let homes = addresses
            .of(record)
            .iter()
            .filter_map(|id| homes.get(*id as usize));
        homes
            .copied()
            .filter(|home| *home != 0)
            .collect::<Vec<u64>>()
    };
    let live_together = |one: u32, other: u32| {
        share(phones.of(one), phones.of(other))
            || share(households.of(one), households.of(other))
            || share(&home(one), &home(other))
    };
    let is_copy = |Copy {
                       record,
                       holder,
                       name,
                   }: &Copy| {
        let number = stated.about[*holder as usize].number;
        let all = namesakes.get(name).map(Vec::as_slice).unwrap_or_default();
        let beyond = || {
            stated
                .around
                .map_or(0, |around| around.bearers(stated.name(*name)))
        };
        let is_rare = all.len() as u32 + beyond() <= MOST_BEARERS;
        let others = all.iter().filter(|other| {
            let said = births.of(**other);
            stated.about[**other as usize].number != number
                && !said.is_empty()
                && !share(births.of(*record), said)
        });
        let mut others = others.copied();
        others
            .any(|other| live_together(*record, other) || is_rare && live_together(*holder, other))
    };
    let copies = perhaps.par_iter().filter(|copy| is_copy(copy));
    let copies: Vec<(u32, u32)> = copies.map(|copy| (copy.record, copy.holder)).collect();
    (!copies.is_empty()).then_some(copies)
}

/// Whether two short lists have something in common.
fn share<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.iter().any(|value| other.contains(value))
}
