//! What the mentions of each record state, as columns.

use std::collections::HashMap;

use ahash::RandomState;
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, StringViewArray};
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_standards::identity::{IdStatus, is_placeholder, number_of, sex_of};

use super::around::Around;
use super::companion;
use super::copied;
use super::gather::{About, NOBODY, lenders};
use super::known::Trait;
use super::mentions::Mentions;
use super::model::columns;
use super::numbered::{NONE, Numbered};
use crate::linkage::{
    self, Column, ColumnBuilder, KeyNumbers, NumberForm, TOGETHER, Values, read_homes,
};

/// The mentions of records. Personal data: no `Debug`.
pub(crate) struct Stated<'a> {
    pub(crate) batches: &'a [Mentions<'a>],
    pub(crate) about: &'a [About],
    /// Whether each record holds its number: apart, since it is asked for every mention.
    pub(crate) holds: &'a [bool],
    /// For each batch and row the record.
    pub(crate) of: &'a [Vec<u32>],
    pub(crate) numbered: &'a Numbered,
    /// The names by their numbers.
    pub(crate) names: &'a StringViewArray,
    /// The records that are left alone, if not all are looked at.
    pub(crate) around: Option<&'a Around<'a>>,
}

/// What is kept of records beside their columns, for later runs.
pub(crate) struct Kept {
    /// The households of each record, as feeds number them.
    pub(crate) households: Column,
    /// Keys of the addresses, by their numbers.
    pub(crate) addresses: Vec<u64>,
    /// Keys of values that too many share.
    pub(crate) common: Vec<u64>,
}

/// Values that more records share say nothing of a household: an agent's phone, a hostel.
pub(super) const MOST_SHARING: u32 = 16;

/// One column of all records, with what is kept of it.
struct Part {
    column: Column,
    /// Keys of the values, where they are none of the column's own.
    keys: Vec<u64>,
    common: Vec<u64>,
}

/// Reads one column of all records.
type PartOf = fn(&Stated<'_>) -> Result<Part, ArrowError>;

/// The columns of all records; the names are there already.
///
/// # Errors
/// When rows can't be read.
pub(crate) fn columns_of(
    stated: &Stated<'_>,
    names: Column,
) -> Result<(Vec<Column>, Kept), ArrowError> {
    let parts: [PartOf; 7] = [
        addresses,
        |stated| Ok(own_records(stated)?.into()),
        phones,
        households,
        |stated| Ok(numbers(stated).into()),
        |stated| Ok(birth_dates(stated).into()),
        |stated| Ok(sexes(stated).into()),
    ];
    let parts: Result<Vec<Part>, _> = parts.into_par_iter().map(|part| part(stated)).collect();
    let mut parts = parts?;
    let common = parts
        .iter_mut()
        .flat_map(|part| std::mem::take(&mut part.common));
    let common = common.collect();
    let Ok([addresses, own, phones, households, numbers, births, sexes]) =
        <[Part; 7]>::try_from(parts)
    else {
        unreachable!("as many columns as parts")
    };
    let companion = companion::column(
        &names,
        companions(stated),
        &lenders(stated.about),
        &[
            (&phones.column, linkage::Part::Whole, Trait::Phone),
            (&addresses.column, linkage::Part::Home, Trait::Home),
            (&households.column, linkage::Part::Whole, Trait::Household),
        ],
        stated.around,
    );
    let kept = Kept {
        households: households.column,
        addresses: addresses.keys,
        common,
    };
    let mut columns = vec![
        numbers.column,
        names,
        births.column,
        sexes.column,
        phones.column,
        addresses.column,
        own.column,
        companion,
    ];
    copied::forget(&mut columns, &kept.households, stated);
    Ok((columns, kept))
}

impl From<Column> for Part {
    fn from(column: Column) -> Self {
        Self {
            column,
            keys: Vec::new(),
            common: Vec::new(),
        }
    }
}

impl<'a> Stated<'a> {
    /// Every mention of somebody: batch, row, record.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'a Mentions<'a>, usize, u32)> + use<'a> {
        let batches = self.batches.iter().zip(self.of);
        batches.flat_map(|(batch, records)| {
            let rows = records.iter().enumerate();
            rows.filter(|(_, record)| **record != NOBODY)
                .map(move |(row, record)| (batch, row, *record))
        })
    }

    /// A name by its number.
    pub(super) fn name(&self, name: u32) -> &str {
        let name = name as usize;
        match name < self.names.len() {
            true => self.names.value(name),
            false => "",
        }
    }

    /// Whether a record holds its number.
    fn holds(&self, record: u32) -> bool {
        self.holds.get(record as usize) == Some(&true)
    }

    /// The mentions that count.
    fn counted(&self) -> impl Iterator<Item = (&'a Mentions<'a>, usize, u32)> + use<'a> {
        let about = self.about;
        self.all()
            .filter(move |(batch, _, record)| counts(about, batch, *record))
    }

    /// The texts in columns of the rows, with their keys, beside the records. A few batches at a time, and the next while
    /// these are looked at: memory holds no more of them.
    fn texts(
        &self,
        places: Places,
        key: impl Fn(&str) -> u64 + Sync,
        mut found: impl FnMut(&mut dyn Iterator<Item = (u32, u64, &str)>) + Send,
    ) -> Result<(), ArrowError> {
        const BATCHES: usize = 16;
        let load = |batch: &Mentions<'a>| {
            let columns = places(batch).iter().map(|at| batch.rows.column(*at));
            let columns = columns.filter_map(|column| {
                let texts = |column: Option<ArrayRef>| column?.as_string_view_opt().cloned();
                column.map(texts).transpose()
            });
            let keyed = columns.map(|texts: Result<StringViewArray, _>| {
                let texts = texts?;
                let keys = texts.iter().map(|text| text.map_or(0, &key)).collect();
                Ok((texts, keys))
            });
            keyed.collect()
        };
        let load_all = |batches: &[Mentions<'a>]| -> Result<Vec<Vec<KeyedTexts>>, ArrowError> {
            batches.par_iter().map(load).collect()
        };
        let mut look = |batches: &[Mentions<'a>], records: &[Vec<u32>], loaded: Vec<_>| {
            let rows = batches.iter().zip(records).zip(&loaded);
            let mut texts = rows.flat_map(|((batch, records), columns): (_, &Vec<KeyedTexts>)| {
                columns.iter().flat_map(move |(texts, keys)| {
                    let rows = records.iter().zip(texts).zip(keys);
                    let said =
                        rows.filter_map(|((record, text), key)| Some((*record, *key, text?)));
                    said.filter(|(record, ..)| counts(self.about, batch, *record))
                })
            });
            found(&mut texts);
        };
        let mut chunks = self.batches.chunks(BATCHES).zip(self.of.chunks(BATCHES));
        let mut now = chunks.next();
        let mut loaded = now.map(|(batches, _)| load_all(batches)).transpose()?;
        while let (Some((batches, records)), Some(these)) = (now, loaded) {
            now = chunks.next();
            let next = || now.map(|(batches, _)| load_all(batches)).transpose();
            let ((), next) = rayon::join(|| look(batches, records, these), next);
            loaded = next?;
        }
        Ok(())
    }
}

/// A column of texts, and their keys.
type KeyedTexts = (StringViewArray, Vec<u64>);

/// Whether a mention counts: what a row said that is gone counts no more for whom other rows still name.
fn counts(about: &[About], batch: &Mentions<'_>, record: u32) -> bool {
    let about = about.get(record as usize);
    about.is_some_and(|about| batch.in_force || !about.in_force)
}

fn phones(stated: &Stated<'_>) -> Result<Part, ArrowError> {
    shared(
        stated,
        Trait::Phone,
        |batch| batch.phone.as_slice(),
        |_| &[],
    )
}

/// Each household is known to its feed only.
fn households(stated: &Stated<'_>) -> Result<Part, ArrowError> {
    shared(
        stated,
        Trait::Household,
        |batch| batch.household.as_slice(),
        |_| &[],
    )
}

/// Where people live, and apart from that what they own.
fn addresses(stated: &Stated<'_>) -> Result<Part, ArrowError> {
    shared(
        stated,
        Trait::Address,
        |batch| &batch.addresses,
        |batch| &batch.owned,
    )
}

/// The places of columns among those of the rows.
type Places = for<'m> fn(&'m Mentions<'_>) -> &'m [usize];

/// Values that a household shares; those of `apart` are other values, whatever their text.
fn shared(
    stated: &Stated<'_>,
    of: Trait,
    texts: Places,
    apart: Places,
) -> Result<Part, ArrowError> {
    let (mut numbers, mut homes) = (KeyNumbers::default(), Vec::new());
    let mut column = ColumnBuilder::new(stated.about.len());
    let mut lived = 0;
    for (places, is_apart) in [(texts, false), (apart, true)] {
        lived = numbers.len();
        let key = |text: &str| of.key(text, is_apart);
        stated.texts(places, key, |said| {
            let mut unread = Vec::new();
            let mut some = Vec::with_capacity(TOGETHER);
            loop {
                some.extend((&mut *said).take(TOGETHER));
                if some.is_empty() {
                    break;
                }
                numbers.warm(some.iter().map(|(_, key, _)| *key));
                column.warm(some.iter().map(|(record, ..)| *record));
                for (record, key, text) in some.drain(..) {
                    let (id, new) = numbers.number(key);
                    if new && of == Trait::Address {
                        unread.push(text);
                    }
                    column.add(record, id);
                }
            }
            homes.extend(read_homes(&unread));
        })?;
    }
    let keys = numbers.into_keys();
    let mut sharing = match stated.around {
        Some(around) => around.sharing(of, &keys),
        None => vec![0_u32; keys.len()],
    };
    // Numbers are given as deliveries come.
    let mut column = column.finish_by(|id| keys.get(id as usize).copied());
    let (keys, values) = match of {
        Trait::Address => (keys, Values::Addresses(homes, lived)),
        _ => (Vec::new(), Values::Keyed(keys)),
    };
    column.values = values;
    for id in column.all() {
        sharing[id as usize] += 1;
    }
    let key_of = |id: u32| match &column.values {
        Values::Keyed(keys) => keys.get(id as usize).copied(),
        _ => keys.get(id as usize).copied(),
    };
    let is_common = |id: u32| {
        let known = || {
            stated
                .around
                .zip(key_of(id))
                .is_some_and(|(around, key)| around.is_common(key))
        };
        sharing[id as usize] > MOST_SHARING || known()
    };
    let all = u32::try_from(sharing.len()).unwrap_or(NONE);
    let common: Vec<bool> = (0..all).map(is_common).collect();
    let common_keys = (0..all).zip(&common).filter(|(_, common)| **common);
    let common_keys = common_keys.filter_map(|(id, _)| key_of(id)).collect();
    column.retain(|_, id| !common[id as usize]);
    Ok(Part {
        column,
        keys,
        common: common_keys,
    })
}

/// The feeds' own records of each person: a feed may know one with and without a number.
fn own_records(stated: &Stated<'_>) -> Result<Column, ArrowError> {
    let mut numbers = KeyNumbers::default();
    let mut column = ColumnBuilder::new(stated.about.len());
    for (batch, records) in stated.batches.iter().zip(stated.of) {
        let own_keys = batch.own_keys.get()?;
        let keys = own_keys.chunks(TOGETHER);
        for (keys, records) in keys.zip(records.chunks(TOGETHER)) {
            // Keys are hashes, of which half tells as much as other values' keys do.
            let keys = || {
                keys.iter()
                    .map(|key| Some((key.as_ref()?.bits() >> 64) as u64))
            };
            numbers.warm(keys().flatten());
            column.warm(records.iter().copied());
            for (key, record) in keys().zip(records) {
                if let Some(key) = key.filter(|_| counts(stated.about, batch, *record)) {
                    column.add(*record, numbers.number(key).0);
                }
            }
        }
    }
    let keys = numbers.into_keys();
    Ok(column.finish_by(|id| keys.get(id as usize).copied()))
}

fn birth_dates(stated: &Stated<'_>) -> Column {
    let mut numbers: HashMap<i32, u32, RandomState> = HashMap::default();
    let mut column = ColumnBuilder::new(stated.about.len());
    for (batch, row, record) in stated.counted() {
        let day = |dates: &Date32Array| dates.is_valid(row).then(|| dates.value(row));
        let said = batch.birth_date.as_ref().and_then(day);
        let holder = stated.holds(record);
        let inside = holder.then(|| batch.inside(row)).flatten();
        let masked = || match batch.status[row] {
            IdStatus::Masked | IdStatus::Malformed if said.is_none() => {
                NumberForm::of(batch.written.get(row)?, false)?.birth_date_of_masked()
            }
            _ => None,
        };
        let inside = inside.filter(|_| inside != said).or_else(masked);
        for day in [said, inside].into_iter().flatten() {
            let next = u32::try_from(numbers.len()).unwrap_or(NONE);
            column.add(record, *numbers.entry(day).or_insert(next));
        }
    }
    // By their order, not that of the deliveries: random pairs are drawn by it.
    let mut days: Vec<(i32, u32)> = numbers.into_iter().collect();
    days.sort_unstable();
    let mut place = vec![0; days.len()];
    for (new, (_, old)) in (0..).zip(&days) {
        place[*old as usize] = new;
    }
    let days = Values::dates(days.into_iter().map(|(day, _)| day));
    column.renumbered(&place).finish(days)
}

fn sexes(stated: &Stated<'_>) -> Column {
    let mut column = ColumnBuilder::new(stated.about.len());
    for (batch, row, record) in stated.counted() {
        let inside = match stated.holds(record) {
            true => sex_of(batch.body[row]),
            false => 0,
        };
        for sex in [batch.sex[row], inside].into_iter().filter(|sex| *sex != 0) {
            column.add(record, u32::from(sex));
        }
    }
    column.finish(Values::Opaque)
}

/// The numbers of records: first those of their own, broken ones included, then those that others hold.
fn numbers(stated: &Stated<'_>) -> Column {
    let mut forms = Vec::new();
    let mut column = ColumnBuilder::new(stated.about.len());
    let mut lent = Vec::new();
    let mut own = Stating::new(stated);
    let batches = stated.of.iter().zip(&stated.numbered.of).enumerate();
    for (at, (records, numbers)) in batches {
        for (row, (record, number)) in records.iter().zip(numbers).enumerate() {
            match *record {
                NOBODY => {}
                _ if *number != NONE && !stated.holds(*record) => lent.push((at, row)),
                record => own.state((at, row), record, &mut forms, &mut column),
            }
        }
    }
    let owned = forms.len();
    let mut others = Stating::new(stated);
    for (at, row) in lent {
        others.state((at, row), stated.of[at][row], &mut forms, &mut column);
    }
    let form = |id: u32| {
        forms
            .get(id as usize)
            .map(|form| (id as usize >= owned, form.bytes()))
    };
    let mut column = column.finish_by(form);
    column.values = Values::Numbers(forms, owned);
    column
}

/// Numbers that were stated, and their places among the forms; [`NONE`] or `None` for what has no form.
struct Stating<'a> {
    stated: &'a Stated<'a>,
    whole: Vec<u32>,
    broken: HashMap<&'a str, Option<u32>, RandomState>,
}

impl<'a> Stating<'a> {
    fn new(stated: &'a Stated<'a>) -> Self {
        Self {
            stated,
            whole: vec![NONE; stated.numbered.keys.len()],
            broken: HashMap::default(),
        }
    }

    /// Adds the number that a row states of a record.
    fn state(
        &mut self,
        (at, row): (usize, usize),
        record: u32,
        forms: &mut Vec<NumberForm>,
        column: &mut ColumnBuilder,
    ) {
        let batch = &self.stated.batches[at];
        if !counts(self.stated.about, batch, record) {
            return;
        }
        let next = u32::try_from(forms.len()).ok();
        let mut form = |text: &str, whole: bool| {
            forms.push(NumberForm::of(text, whole)?);
            next
        };
        let number = self.stated.numbered.of[at][row];
        let id = match self.whole.get_mut(number as usize) {
            Some(id) => {
                if *id == NONE {
                    let form = match batch.written.get(row) {
                        Some(text) => form(text, true),
                        None => form(&number_of(batch.body[row]), true),
                    };
                    *id = form.unwrap_or(NONE);
                }
                Some(*id).filter(|id| *id != NONE)
            }
            None => batch.written.get(row).and_then(|text| {
                *self
                    .broken
                    .entry(text)
                    .or_insert_with(|| match is_placeholder(text) {
                        true => None,
                        false => form(text, batch.status[row].is_usable()),
                    })
            }),
        };
        if let Some(id) = id {
            column.add(record, id);
        }
    }
}

/// The names that rows state beside each record's.
fn companions<'a>(stated: &Stated<'a>) -> Vec<(u32, &'a str)> {
    let batches = stated.batches.iter().zip(stated.of);
    let said = batches.flat_map(|(batch, records)| {
        let names = batch.companions.iter();
        names.flat_map(move |names| {
            let said = records.iter().zip(names);
            let said = said.filter_map(|(record, name)| Some((*record, name?)));
            said.filter(|(record, _)| counts(stated.about, batch, *record))
        })
    });
    said.collect()
}

/// The names of the record columns are part of the registry's tables.
const _: () = assert!(columns::NAMES.len() == columns::COMPANION + 1);
