//! What a row says of birth and sex only because its number does.
//!
//! Where a daughter was entered under her father's number, many systems fill in the rest from it: then birth date and sex are the
//! number said again, and no evidence that she is he. Whose row it is tells a namesake who was born on another day and has its
//! phone or home, or lives with the father.

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;

use super::gather::lenders;
use super::model::columns::{ADDRESS, BIRTH_DATE, NAME, PHONE, SEX};
use super::stated::Stated;
use crate::linkage::{Column, Part};

/// A name that more records bear says too little where only the number's holder lives with its bearer. As many as the rule
/// that pairs namesakes allows, so that a run which brings little meets them as well.
const MOST_BEARERS: usize = 20;

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
    let called: Vec<u32> = namesakes.keys().copied().collect();
    let around = stated.around.map_or_else(Vec::new, |around| {
        let names = called.iter().map(|name| stated.name(*name));
        around.bearers(names, |_| true).0
    });
    let around: HashMap<u32, u32, RandomState> = called.into_iter().zip(around).collect();
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
    let is_copy = |copy: &Copy| {
        let (born, number) = (
            births.of(copy.record),
            stated.about[copy.holder as usize].number,
        );
        let here = namesakes
            .get(&copy.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let beyond = around.get(&copy.name).copied().unwrap_or(0);
        let is_rare = here.len() + beyond as usize <= MOST_BEARERS;
        let mut others = here.iter().copied().filter(|other| {
            let said = births.of(*other);
            let is_another = !said.is_empty() && !share(born, said);
            is_another && stated.about[*other as usize].number != number
        });
        others.any(|other| {
            live_together(copy.record, other) || is_rare && live_together(copy.holder, other)
        })
    };
    let copies = perhaps.par_iter().filter(|copy| is_copy(copy));
    let copies: Vec<(u32, u32)> = copies.map(|copy| (copy.record, copy.holder)).collect();
    (!copies.is_empty()).then_some(copies)
}

/// Whether two short lists have something in common.
fn share<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.iter().any(|value| other.contains(value))
}
