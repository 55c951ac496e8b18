//! From mentions to records: what can only be one person, gathered.
//!
//! A record is all mentions of one number under one name and of one generation, or, without a usable number, all mentions of one
//! feed's own record under one name. Whether two records are one person is for the linkage to say: two
//! names on one number may be one person renamed, or two people.

use std::collections::{HashMap, HashSet};

use ahash::RandomState;
use arrow::array::{Array as _, StringViewArray};
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_standards::identity::IdStatus;

use super::around::{Around, count_feeds};
use super::mentions::Mentions;
use super::model::columns;
use super::names::Names;
use super::numbered::{NONE, Numbered};
use super::stated::{Kept, Stated, columns_of};
use crate::ResidentKey;
use crate::linkage::{Column, Records, Values};

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
    /// The distinct names, by the numbers in their column.
    pub(crate) names: StringViewArray,
    /// Beside the columns of records what is kept for later runs.
    pub(crate) kept: Kept,
}

/// A record beside its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct About {
    /// The key it has of its own: its number's, or the smallest of its mentions'.
    pub(crate) own_key: ResidentKey,
    /// The key it has in the last release, that of its foremost feed.
    pub(crate) before: Option<ResidentKey>,
    /// The best place of any of its feeds in the authority order.
    pub(crate) rank: u16,
    /// The usable number it states; [`NONE`] where it has none.
    pub(crate) number: u32,
    /// The feeds in force that state it, as bits; those beyond 31 share one.
    pub(crate) feeds: u32,
    /// Whether the number's authority gives it this name.
    pub(crate) holder: bool,
    /// Whether feeds of two places state it.
    corroborated: bool,
    /// Whether all of its mentions were resolved in earlier runs.
    pub(crate) known: bool,
    /// Whether a mention of it still counts.
    pub(crate) in_force: bool,
    /// Whether a mention calls it after a parent: such a name is left out.
    pub(crate) newborn: bool,
    /// Whether a mention states the birth date of its number, as it stands there: that isn't mistyped.
    affirmed: bool,
}

impl About {
    /// Known by a good number that the authority, or two feeds, give it.
    pub(crate) const fn is_settled(&self) -> bool {
        self.holder && self.in_force && (self.rank == 0 || self.corroborated)
    }
}

/// A city has millions of them.
const _: () = assert!(size_of::<About>() == 48);

/// No record.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Gathers mentions into records; `held` are the names of the numbers' holders.
///
/// # Errors
/// When rows can't be read.
pub(crate) fn gather(
    batches: &[Mentions<'_>],
    names: Names,
    (numbered, held): (&Numbered, Vec<Option<u32>>),
    around: Option<&Around<'_>>,
) -> Result<Gathered, ArrowError> {
    let (gathering, forms) = rayon::join(
        || Gathering::of(batches, &names, (numbered, &held)),
        || names.forms(),
    );
    let Gathering {
        mut about,
        name_of,
        mut of,
        ..
    } = gathering?;
    drop(held);
    hear(&mut about, batches, &of, &names)?;
    let order = in_order(&mut about, &name_of, numbered, &mut of);
    let texts = names.texts;
    drop(names.of);
    let names = Column::single(order.iter().map(|old| name_of[*old as usize]), forms);
    drop((order, name_of));
    let holds: Vec<bool> = about.iter().map(|about| about.holder).collect();
    let stated = Stated {
        batches,
        about: &about,
        holds: &holds,
        of: &of,
        numbered,
        names: &texts,
        around,
    };
    let (columns, kept) = columns_of(&stated, names)?;
    let records = Records {
        len: about.len(),
        settled: about.iter().map(About::is_settled).collect(),
        numbered: holds.clone(),
        affirmed: about
            .iter()
            .map(|about| about.holder && about.affirmed)
            .collect(),
        lasting: vec![columns::BIRTH_DATE, columns::SEX],
        known: match around {
            Some(_) => about.iter().map(|about| about.known).collect(),
            None => seen_before(&about),
        },
        reach: reach(&about, around),
        gone: about.iter().map(|about| !about.in_force).collect(),
        columns,
        ..Records::default()
    };
    let went = went(&stated)?;
    Ok(Gathered {
        records,
        about,
        of,
        went,
        names: texts,
        kept,
    })
}

impl Gathered {
    /// The records of which a mention still counts.
    pub(crate) fn in_force(&self) -> Vec<u32> {
        let records = (0..).zip(&self.about);
        let in_force = records.filter(|(_, about)| about.in_force);
        in_force.map(|(at, _)| at).collect()
    }

    /// The name of a record.
    pub(crate) fn name(&self, record: u32) -> Option<&str> {
        let names = self.records.columns.get(columns::NAME)?.of(record);
        let name = *names.first()? as usize;
        (name < self.names.len()).then(|| self.names.value(name))
    }

    /// Drops what linking compared, but for what is kept of it.
    pub(crate) fn forget_compared(&mut self) {
        for (at, column) in self.records.columns.iter_mut().enumerate() {
            match at {
                columns::NUMBER | columns::SEX | columns::RECORD => {
                    *column = Column::single([], Values::Opaque);
                }
                columns::NAME | columns::ADDRESS => column.values = Values::Opaque,
                _ => {}
            }
        }
    }

    /// The record that holds the number of each record with another name on it.
    pub(crate) fn lenders(&self) -> HashMap<u32, u32, RandomState> {
        lenders(&self.about)
    }
}

/// The record that holds the number of each record with another name on it.
pub(crate) fn lenders(about: &[About]) -> HashMap<u32, u32, RandomState> {
    let records = || (0..).zip(about);
    let lent: HashSet<u32, RandomState> = records()
        .filter(|(_, about)| about.is_lent())
        .map(|(_, about)| about.number)
        .collect();
    let holders = records().filter(|(_, about)| about.holder && lent.contains(&about.number));
    let holders: HashMap<u32, u32, RandomState> =
        holders.map(|(at, about)| (about.number, at)).collect();
    let lent = records().filter(|(_, about)| about.is_lent());
    lent.filter_map(|(at, about)| Some((at, *holders.get(&about.number)?)))
        .collect()
}

/// What a row says of the number it states.
struct Saying {
    /// Whether its name is a newborn's.
    newborn: bool,
    affirms: bool,
    /// Whether the number is another's: who the row is about has no name of its own, and denies it.
    of_another: bool,
    of_another_generation: bool,
}

impl Saying {
    /// For each row; `said` are the names.
    fn of(batch: &Mentions<'_>, said: &[u32], names: &Names) -> Vec<Self> {
        let row = |(row, name): (usize, &u32)| {
            let newborn = names.is_newborn(*name, batch, row);
            Self {
                newborn,
                affirms: batch.affirms_number(row),
                of_another: match *name {
                    NONE => batch.denies_all_of_number(row),
                    _ => newborn && batch.denies_number(row),
                },
                of_another_generation: batch.is_of_another_generation(row),
            }
        };
        said.iter().enumerate().map(row).collect()
    }
}

/// Records in the making.
struct Gathering {
    about: Vec<About>,
    name_of: Vec<Option<u32>>,
    of: Vec<Vec<u32>>,
    /// The record of each number's holder; [`NOBODY`] where none is known yet.
    holders: Vec<u32>,
    /// The records of other names on a number.
    others: HashMap<(u32, Option<u32>), u32, RandomState>,
    /// The records without a usable number.
    unnumbered: HashMap<(ResidentKey, Option<u32>), u32, RandomState>,
}

impl Gathering {
    /// Of all mentions; `held` are the names of the numbers' holders.
    fn of(
        batches: &[Mentions<'_>],
        names: &Names,
        (numbered, held): (&Numbered, &[Option<u32>]),
    ) -> Result<Self, ArrowError> {
        let mut gathering = Self::new(held.len());
        let saying = batches.par_iter().zip(&names.of);
        let saying = saying.map(|(batch, said)| Saying::of(batch, said, names));
        let saying: Vec<Vec<Saying>> = saying.collect();
        let mut affirmed = vec![false; held.len()];
        for (saying, numbers) in saying.iter().zip(&numbered.of) {
            for (saying, number) in saying.iter().zip(numbers) {
                if let Some(affirmed) = affirmed.get_mut(*number as usize) {
                    *affirmed |= saying.affirms;
                }
            }
        }
        for (at, batch) in batches.iter().enumerate() {
            let own_keys = batch.own_keys.get()?;
            let rows = numbered.of[at].iter().zip(&saying[at]);
            let rows = rows.zip(&names.of[at]).zip(own_keys.iter());
            let records = rows.map(|(((number, saying), said), mention)| {
                let name = (*said != NONE && !saying.newborn).then_some(*said);
                match (held.get(*number as usize), *mention) {
                    // A child that was entered under a parent's number is not the parent, nor is a wife her husband.
                    (Some(_), mention) if saying.of_another => {
                        let child = (*number, Some(*said), false);
                        let record = gathering.numbered(child, numbered, mention, batch.rank);
                        if let Some(name) = gathering.name_of.get_mut(record as usize) {
                            *name = None;
                        }
                        record
                    }
                    (Some(held), mention) => {
                        // A mention without a name goes with the number's holder.
                        let name = name.or(*held);
                        // Nor is a father the son who has his name.
                        let another = saying.of_another_generation && affirmed[*number as usize];
                        let named = (*number, name, name == *held && !another);
                        gathering.numbered(named, numbered, mention, batch.rank)
                    }
                    (None, Some(mention)) => gathering.unnumbered(mention, name, batch.rank),
                    (None, None) => NOBODY,
                }
            });
            let records: Vec<u32> = records.collect();
            gathering.of.push(records);
        }
        Ok(gathering)
    }

    fn new(numbers: usize) -> Self {
        Self {
            about: Vec::with_capacity(numbers),
            name_of: Vec::with_capacity(numbers),
            of: Vec::new(),
            holders: vec![NOBODY; numbers],
            others: HashMap::default(),
            unnumbered: HashMap::default(),
        }
    }

    /// The record of a name on a number; beside them stands whether it is the holder's.
    fn numbered(
        &mut self,
        (number, name, holder): (u32, Option<u32>, bool),
        numbered: &Numbered,
        mention: Option<ResidentKey>,
        rank: u16,
    ) -> u32 {
        let record = match holder {
            true => &mut self.holders[number as usize],
            false => self.others.entry((number, name)).or_insert(NOBODY),
        };
        if *record == NOBODY
            && let Some(key) = numbered.key(number)
        {
            *record = u32::try_from(self.about.len()).unwrap_or(NOBODY);
            let own = if holder { key } else { mention.unwrap_or(key) };
            self.name_of.push(name);
            self.about.push(About::new(own, number, holder, rank));
        }
        *record
    }

    fn unnumbered(&mut self, mention: ResidentKey, name: Option<u32>, rank: u16) -> u32 {
        let next = u32::try_from(self.about.len()).unwrap_or(NOBODY);
        let record = *self.unnumbered.entry((mention, name)).or_insert(next);
        if record == next {
            self.name_of.push(name);
            self.about.push(About::new(mention, NONE, false, rank));
        }
        record
    }
}

impl About {
    const fn new(own_key: ResidentKey, number: u32, holder: bool, rank: u16) -> Self {
        Self {
            own_key,
            before: None,
            rank,
            number,
            feeds: 0,
            holder,
            corroborated: false,
            known: true,
            in_force: false,
            newborn: false,
            affirmed: false,
        }
    }

    fn mention(&mut self, batch: &Mentions<'_>, row: usize, own_key: Option<ResidentKey>) {
        if batch.in_force {
            self.corroborated |= batch.rank != self.rank && self.in_force;
            self.rank = self.rank.min(batch.rank);
            self.feeds |= 1 << batch.feed.min(31);
        }
        self.in_force |= batch.in_force;
        // A repaired number may have had no check: one of 15 digits has none.
        self.affirmed |= batch.status[row] == IdStatus::Valid && batch.affirms_number(row);
        self.known &= batch.known;
        if !self.holder
            && let Some(key) = own_key
        {
            self.own_key = self.own_key.min(key);
        }
    }

    /// The key of the number it states, where another holds that; `numbers` are those of all.
    pub(crate) fn lent_key(&self, numbers: &[ResidentKey]) -> Option<ResidentKey> {
        let key = numbers.get(self.number as usize).copied();
        key.filter(|_| self.is_lent())
    }

    /// Whether it states a number that another holds.
    pub(crate) const fn is_lent(&self) -> bool {
        self.number != NONE && !self.holder
    }
}

/// What all mentions of `of` say of their records. Each thread hears those of its share.
fn hear(
    about: &mut [About],
    batches: &[Mentions<'_>],
    of: &[Vec<u32>],
    names: &Names,
) -> Result<(), ArrowError> {
    let share = about.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares = about.par_chunks_mut(share).enumerate();
    shares.try_for_each(|(at, about)| {
        let first = at * share;
        // The best place in the authority order of the feeds that say which key a record had.
        let mut said_by = vec![u16::MAX; about.len()];
        for ((batch, records), names_of) in batches.iter().zip(of).zip(&names.of) {
            let own_keys = batch.own_keys.get()?;
            for (row, record) in records.iter().enumerate() {
                let at = (*record as usize).wrapping_sub(first);
                if let (Some(about), Some(said_by)) = (about.get_mut(at), said_by.get_mut(at)) {
                    about.mention(batch, row, own_keys[row]);
                    about.newborn |= names.is_newborn(names_of[row], batch, row);
                    if let Some(before) = batch.before.get(row).copied().flatten()
                        && about
                            .before
                            .is_none_or(|held| (batch.rank, before) < (*said_by, held))
                    {
                        (*said_by, about.before) = (batch.rank, Some(before));
                    }
                }
            }
        }
        Ok(())
    })
}

/// Sorts records by what doesn't depend on the order of deliveries; the old place of each.
fn in_order(
    about: &mut Vec<About>,
    names: &[Option<u32>],
    numbered: &Numbered,
    of: &mut [Vec<u32>],
) -> Vec<u32> {
    let key = |(at, about): (u32, &About)| {
        let named = names.get(at as usize).is_some_and(Option::is_some);
        (about.own_key, numbered.key(about.number), named, at)
    };
    let mut order: Vec<_> = (0..).zip(about.iter()).map(key).collect();
    order.par_sort_unstable();
    let order: Vec<u32> = order.into_iter().map(|(.., at)| at).collect();
    let mut place = vec![0_u32; about.len()];
    for (new, old) in (0..).zip(&order) {
        place[*old as usize] = new;
    }
    *about = order.par_iter().map(|old| about[*old as usize]).collect();
    of.par_iter_mut()
        .flat_map_iter(|records| records.iter_mut())
        .filter(|record| **record != NOBODY)
        .for_each(|record| *record = place[*record as usize]);
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

/// The chance of each record without a number of its own to be known by one: of the people whom its feed states
/// with their numbers, the share whom other feeds state as well.
fn reach(about: &[About], around: Option<&Around<'_>>) -> Vec<f32> {
    let mut counts = [(0_u32, 0_u32); 32];
    for about in about.iter().filter(|about| about.holder && about.in_force) {
        count_feeds(about.feeds, &mut counts);
    }
    if let Some(around) = around {
        around.reach(&mut counts);
    }
    let shares = counts.map(|(elsewhere, all)| elsewhere as f32 / (all + 2) as f32);
    let of = |about: &About| match about.holder {
        true => 0.0,
        false => (0..32)
            .filter(|feed| about.feeds >> feed & 1 == 1)
            .map(|feed| shares[feed])
            .reduce(f32::min)
            .unwrap_or(0.0),
    };
    about.iter().map(of).collect()
}

/// What a feed's own key says at one time.
#[derive(Clone, Copy, Default)]
struct Named {
    /// The record with a number, else the one without.
    record: Option<u32>,
    numbered: bool,
    /// Whether it is the key of several people: a couple of one name under one household number.
    several: bool,
}

impl Named {
    fn add(&mut self, record: u32, numbered: bool) {
        let same_kind = self.record.is_some() && self.numbered == numbered;
        match self.record {
            Some(_) if self.numbered && !numbered => {}
            Some(held) if same_kind => self.several |= held != record,
            _ => {
                *self = Self {
                    record: Some(record),
                    numbered,
                    several: false,
                }
            }
        }
    }

    fn one(self) -> Option<u32> {
        self.record.filter(|_| !self.several)
    }
}

fn went(stated: &Stated<'_>) -> Result<Vec<(u32, u32)>, ArrowError> {
    let mut from: HashMap<ResidentKey, [Named; 2], RandomState> = HashMap::default();
    for in_force in [false, true] {
        let batches = stated.batches.iter().zip(stated.of);
        for (batch, records) in batches.filter(|(batch, _)| batch.in_force == in_force) {
            let own_keys = batch.own_keys.get()?;
            for (record, key) in records.iter().zip(own_keys.iter()) {
                let Some(key) = key.filter(|_| *record != NOBODY) else {
                    continue;
                };
                let numbered = stated.about[*record as usize].number != NONE;
                let named = match in_force {
                    false => Some(from.entry(key).or_default()),
                    true => from.get_mut(&key),
                };
                if let Some([gone, now]) = named {
                    if in_force { now } else { gone }.add(*record, numbered);
                }
            }
        }
        if from.is_empty() {
            return Ok(Vec::new());
        }
    }
    let pairs = from.into_values();
    let pairs = pairs.filter_map(|[gone, now]| Some((gone.one()?, now.one()?)));
    let mut pairs: Vec<(u32, u32)> = pairs.filter(|(from, to)| from != to).collect();
    pairs.sort_unstable();
    pairs.dedup();
    Ok(pairs)
}
