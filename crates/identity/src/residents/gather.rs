//! From mentions to records: what can only be one person, gathered.
//!
//! A record is all mentions of one number under one name, or, without a usable number, all mentions of one
//! feed's own record under one name. Whether two records are one person is for the linkage to say: two
//! names on one number may be one person renamed, or two people.

use std::collections::HashMap;

use ahash::RandomState;
use arrow::array::{Array, StringViewArray};

use super::by_number::Holders;
use super::companion;
use super::mentions::{Holder, Mentions};
use super::model::columns;
use crate::ResidentKey;
use crate::linkage::{Column, NumberForm, Part, Records, Values, ValuesBuilder};

/// Records, and which mention is in which. Personal data: no `Debug`.
pub(crate) struct Gathered {
    pub(crate) records: Records,
    /// What is known of each record beside its columns.
    pub(crate) about: Vec<About>,
    /// For each batch and row the record; `u32::MAX` for a mention of nobody.
    pub(crate) of: Vec<Vec<u32>>,
    /// Records that are one person since a feed's own record went from the one to the other: its number
    /// was corrected, say.
    pub(crate) went: Vec<(u32, u32)>,
}

/// A record beside its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct About {
    /// The key it has of its own: its number's, or the smallest of its mentions'.
    pub(crate) own_key: ResidentKey,
    /// The key of its number, where it has a usable one.
    pub(crate) number_key: Option<ResidentKey>,
    /// Whether the number's authority gives it this name.
    pub(crate) holder: bool,
    /// The best place of any of its feeds in the authority order.
    pub(crate) rank: u16,
    /// Whether feeds of two places state it.
    corroborated: bool,
    /// Whether all of its mentions were resolved in earlier runs.
    pub(crate) known: bool,
    /// The key it has in the last release, that of its foremost feed.
    pub(crate) before: Option<(u16, ResidentKey)>,
    /// Whether a mention of it still counts.
    pub(crate) in_force: bool,
}

impl About {
    /// Known by a good number that the authority, or two feeds, give it.
    pub(crate) const fn is_settled(&self) -> bool {
        self.holder && self.in_force && (self.rank == 0 || self.corroborated)
    }
}

/// Values that more records share say nothing of a household: an agent's phone, a hostel.
const MOST_SHARING: u32 = 16;

/// No record.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Gathers mentions into records. `number_keys` has the key of each mention's number.
pub(crate) fn gather(
    batches: &[Mentions<'_>],
    number_keys: &[Vec<Option<ResidentKey>>],
    authorities: &Holders<'_>,
) -> Gathered {
    let mut names = ValuesBuilder::default();
    let mut about: Vec<About> = Vec::new();
    let mut name_of: Vec<Option<u32>> = Vec::new();
    let mut known: HashMap<(ResidentKey, u32), u32, RandomState> = HashMap::default();
    let mut of: Vec<Vec<u32>> = Vec::with_capacity(batches.len());
    const NO_NAME: u32 = u32::MAX;
    for (batch, keys) in batches.iter().zip(number_keys) {
        let mut records = Vec::with_capacity(keys.len());
        for (row, key) in keys.iter().enumerate() {
            let name = text(batch.name, row).map(|name| names.number(name));
            let mention = batch.mention_key[row];
            let (own, name, holder) = match (key, mention) {
                (Some(key), _) => {
                    let held = authorities.get(key).and_then(Holder::name);
                    let held = held.map(|held| names.number(held));
                    // A mention without a name goes with the number's holder.
                    let name = name.or(held);
                    (*key, name, name == held)
                }
                (None, Some(mention)) => (mention, name, false),
                (None, None) => {
                    records.push(NOBODY);
                    continue;
                }
            };
            let next = u32::try_from(about.len()).unwrap_or(NOBODY);
            let record = *known
                .entry((own, name.unwrap_or(NO_NAME)))
                .or_insert_with(|| {
                    name_of.push(name);
                    about.push(About {
                        own_key: if holder { own } else { mention.unwrap_or(own) },
                        number_key: *key,
                        holder,
                        rank: batch.rank,
                        corroborated: false,
                        known: true,
                        before: None,
                        in_force: false,
                    });
                    next
                });
            about[record as usize].mention(batch, row);
            records.push(record);
        }
        of.push(records);
    }
    drop(known);
    let order = in_order(&mut about, &mut of);
    let names = Column::single(
        order.iter().map(|old| name_of[*old as usize]),
        names.into_names(),
    );
    let went = went(batches, &of);
    let records = Records {
        len: about.len(),
        settled: about.iter().map(About::is_settled).collect(),
        known: seen_before(&about),
        gone: about.iter().map(|about| !about.in_force).collect(),
        table: Vec::new(),
        columns: columns_of(batches, &about, &of, names),
    };
    Gathered {
        records,
        about,
        of,
        went,
    }
}

impl About {
    fn mention(&mut self, batch: &Mentions<'_>, row: usize) {
        if batch.in_force {
            self.corroborated |= batch.rank != self.rank && self.in_force;
            self.rank = self.rank.min(batch.rank);
        }
        self.in_force |= batch.in_force;
        self.known &= batch.known;
        if let Some(before) = batch.before.get(row).copied().flatten() {
            let before = (batch.rank, before);
            self.before = Some(self.before.map_or(before, |held| held.min(before)));
        }
        if !self.holder
            && let Some(key) = batch.mention_key[row]
        {
            self.own_key = self.own_key.min(key);
        }
    }
}

/// Sorts records by what doesn't depend on the order of deliveries; the old place of each.
fn in_order(about: &mut Vec<About>, of: &mut [Vec<u32>]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(about.len()).unwrap_or(NOBODY)).collect();
    order.sort_unstable_by_key(|at| {
        let about = &about[*at as usize];
        (about.own_key, about.number_key)
    });
    let mut place = vec![0_u32; about.len()];
    for (new, old) in (0..).zip(&order) {
        place[*old as usize] = new;
    }
    *about = order.iter().map(|old| about[*old as usize]).collect();
    for record in of.iter_mut().flatten().filter(|record| **record != NOBODY) {
        *record = place[*record as usize];
    }
    order
}

/// Which records need no second look: all that were resolved before, unless much is new. Then everything is
/// looked at, so that what is learned doesn't hang on the way to it.
fn seen_before(about: &[About]) -> Vec<bool> {
    let new = about.iter().filter(|about| !about.known).count();
    match new * 10 >= about.len() {
        true => Vec::new(),
        false => about.iter().map(|about| about.known).collect(),
    }
}

fn columns_of(
    batches: &[Mentions<'_>],
    about: &[About],
    of: &[Vec<u32>],
    names: Column,
) -> Vec<Column> {
    let count = about.len();
    // What a row said that is gone counts no more for whom other rows still name.
    let mentions = || {
        let all = mentions(batches, of);
        all.filter(|(batch, _, record)| batch.in_force || !about[*record as usize].in_force)
    };
    let mut births: Vec<(u32, i32)> = Vec::new();
    let mut sexes: Vec<(u32, u32)> = Vec::new();
    for (batch, row, record) in mentions() {
        let about = &about[record as usize];
        let stated = batch.birth_date.filter(|dates| dates.is_valid(row));
        let inside = batch.number_birth_date;
        let inside = (about.holder && inside.is_valid(row)).then_some(inside);
        births.extend(
            [stated, inside]
                .into_iter()
                .flatten()
                .map(|dates| (record, dates.value(row))),
        );
        let inside = if about.holder {
            batch.number_sex[row]
        } else {
            0
        };
        let sex = [batch.sex[row], inside].into_iter().filter(|sex| *sex != 0);
        sexes.extend(sex.map(|sex| (record, u32::from(sex))));
    }
    let companions = mentions().flat_map(|(batch, row, record)| {
        let beside = batch.companions.iter();
        beside.filter_map(move |names| Some((record, text(names, row)?)))
    });
    let companions: Vec<(u32, &str)> = companions.collect();
    // Each household is known to its feed only.
    let households = shared(
        mentions().filter_map(|(batch, row, record)| Some((record, text(batch.household?, row)?))),
    );
    let phones = shared(
        mentions().filter_map(|(batch, row, record)| Some((record, text(batch.phone?, row)?))),
    );
    let addresses = mentions().flat_map(|(batch, row, record)| {
        let texts = batch.addresses.iter();
        texts.filter_map(move |column| Some((record, text(column, row)?)))
    });
    let addresses = shared(addresses);
    // One's own record is another's too where the same feed knows a person with and without a number.
    let mut own: HashMap<ResidentKey, u32, RandomState> = HashMap::default();
    let own = mentions().filter_map(|(batch, row, record)| {
        let next = u32::try_from(own.len()).unwrap_or(NOBODY);
        let id = *own.entry(batch.mention_key[row]?).or_insert(next);
        Some((record, id))
    });
    let own = Column::several(count, own.collect(), Values::Opaque);
    let phones = phones.into_column(count, ValuesBuilder::into_opaque);
    let addresses = addresses.into_column(count, ValuesBuilder::into_addresses);
    let households = households.into_column(count, ValuesBuilder::into_opaque);
    let companion = companion::column(
        &names,
        companions,
        &holders(about),
        &[
            (&phones, Part::Whole),
            (&addresses, Part::Home),
            (&households, Part::Whole),
        ],
    );
    vec![
        numbers(count, mentions()),
        names,
        dates(count, births),
        Column::several(count, sexes, Values::Opaque),
        phones,
        addresses,
        own,
        companion,
    ]
}

/// Every mention of somebody: batch, row, record.
fn mentions<'a, 'b>(
    batches: &'b [Mentions<'a>],
    of: &'b [Vec<u32>],
) -> impl Iterator<Item = (&'b Mentions<'a>, usize, u32)> {
    let batches = batches.iter().zip(of);
    batches.flat_map(|(batch, records)| {
        let rows = records.iter().enumerate();
        rows.filter(|(_, record)| **record != NOBODY)
            .map(move |(row, record)| (batch, row, *record))
    })
}

fn went(batches: &[Mentions<'_>], of: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let named = |in_force: bool| {
        mentions(batches, of)
            .filter(move |(batch, ..)| batch.in_force == in_force)
            .filter_map(|(batch, row, record)| Some((batch.mention_key[row]?, record)))
    };
    let from: HashMap<ResidentKey, u32, RandomState> = named(false).collect();
    if from.is_empty() {
        return Vec::new();
    }
    let pairs = named(true).filter_map(|(key, to)| Some((*from.get(&key)?, to)));
    let mut pairs: Vec<(u32, u32)> = pairs.filter(|(from, to)| from != to).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The record that holds the number of each record with another name on it.
fn holders(about: &[About]) -> HashMap<u32, u32, RandomState> {
    let numbered = || {
        (0..)
            .zip(about)
            .filter_map(|(at, a)| Some((at, a.number_key?, a.holder)))
    };
    let others: HashMap<ResidentKey, Vec<u32>, RandomState> = numbered()
        .filter(|(.., holder)| !holder)
        .fold(HashMap::default(), |mut all, (at, key, _)| {
            all.entry(key).or_insert_with(Vec::new).push(at);
            all
        });
    let pairs = numbered()
        .filter(|(.., holder)| *holder)
        .filter_map(|(at, key, _)| {
            let others = others.get(&key)?;
            Some(others.iter().map(move |other| (*other, at)))
        });
    pairs.flatten().collect()
}

fn numbers<'a>(
    count: usize,
    mentions: impl Iterator<Item = (&'a Mentions<'a>, usize, u32)>,
) -> Column {
    let mut known: HashMap<&str, Option<u32>, RandomState> = HashMap::default();
    let mut forms = Vec::new();
    let mut pairs = Vec::new();
    for (batch, row, record) in mentions {
        let Some(number) = text(batch.number, row) else {
            continue;
        };
        let id = *known.entry(number).or_insert_with(|| {
            let form = NumberForm::of(number, batch.status[row].is_usable())?;
            forms.push(form);
            u32::try_from(forms.len() - 1).ok()
        });
        pairs.extend(id.map(|id| (record, id)));
    }
    Column::several(count, pairs, Values::Numbers(forms))
}

fn dates(count: usize, births: Vec<(u32, i32)>) -> Column {
    let mut days: Vec<i32> = births.iter().map(|(_, day)| *day).collect();
    days.sort_unstable();
    days.dedup();
    let place = |day: &i32| u32::try_from(days.binary_search(day).unwrap_or(0)).unwrap_or(0);
    let pairs = births.iter().map(|(record, day)| (*record, place(day)));
    Column::several(count, pairs.collect(), Values::dates(days.iter().copied()))
}

/// Values that a household shares.
struct Shared<'a> {
    values: ValuesBuilder<'a>,
    pairs: Vec<(u32, u32)>,
}

fn shared<'a>(stated: impl Iterator<Item = (u32, &'a str)>) -> Shared<'a> {
    let mut values = ValuesBuilder::default();
    let mut pairs: Vec<(u32, u32)> = stated
        .map(|(record, text)| (record, values.number(text)))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut sharing = vec![0_u32; values.texts().len()];
    for (_, id) in &pairs {
        sharing[*id as usize] += 1;
    }
    pairs.retain(|(_, id)| sharing[*id as usize] <= MOST_SHARING);
    Shared { values, pairs }
}

impl<'a> Shared<'a> {
    fn into_column(self, count: usize, values: impl Fn(ValuesBuilder<'a>) -> Values) -> Column {
        Column::several(count, self.pairs, values(self.values))
    }
}

fn text(cells: &StringViewArray, row: usize) -> Option<&str> {
    (row < cells.len() && cells.is_valid(row)).then(|| cells.value(row))
}

/// The names of the record columns are part of the registry's tables.
const _: () = assert!(columns::NAMES.len() == columns::COMPANION + 1);
