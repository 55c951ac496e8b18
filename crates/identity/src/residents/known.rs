//! What is known of the records of a release: as much as tells which of them a delivery may speak of.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use ahash::RandomState;
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_standards::names::NameForm;

use super::gather::Gathered;
use super::mentions::Mentions;
use super::model::columns;
use super::numbered::Numbered;
use super::stated::MOST_SHARING;
use crate::linkage::{self, Column, DateAgreement, NEAR_DATES, NEAR_NAMES, Part, ValuesBuilder};
use crate::{KeyMaker, ResidentKey};

/// What a record says of a person beside number and name, as keys: the same value, the same key, in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// Birth dates, `yyyymmdd`.
    BirthDate,
    /// Phones.
    Phone,
    /// Addresses, lived at or owned.
    Address,
    /// The homes that addresses name.
    Home,
    /// The buildings that addresses name.
    Building,
    /// The feeds' own households.
    Household,
    /// The sounds of the names of those who stand beside the person.
    Companion,
}

/// The place of the sounds among the parts of names.
pub(crate) const SOUND: usize = 1;

impl Trait {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::BirthDate,
        Self::Phone,
        Self::Address,
        Self::Home,
        Self::Building,
        Self::Household,
        Self::Companion,
    ];

    /// The key of one of its texts; one that stands `apart` is another value, as what somebody owns is another than where
    /// somebody lives.
    pub(crate) fn key(self, text: &str, apart: bool) -> u64 {
        let kind = (self as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        linkage::text_key(text).rotate_left(if apart { 7 } else { 0 }) ^ kind
    }
}

/// The records in force in a release. Personal data: no `Debug`.
#[derive(Default)]
pub struct Known {
    pub(crate) records: Vec<KnownRecord>,
    names: ValuesBuilder,
    name_forms: OnceLock<Vec<NameForm>>,
    name_parts: OnceLock<[Vec<u64>; 4]>,
    traits: [Lists; Trait::ALL.len()],
    /// Values that more records share than a household has members: they say nothing.
    pub common: Vec<u64>,
}

/// A record of a release. Personal data: no `Debug`.
#[derive(Clone, Copy)]
pub struct KnownRecord {
    /// Who it is of.
    pub resident_key: ResidentKey,
    /// The key it would have alone.
    pub own_key: ResidentKey,
    /// The key of the number it states, where another holds that.
    pub lent_key: Option<ResidentKey>,
    /// The feeds that state it, as bits.
    pub feeds: u32,
    /// Whether it holds its number.
    pub holder: bool,
    /// Whether nothing speaks against its number, and enough for it.
    pub settled: bool,
    /// Its name, by the number among all; [`KnownRecord::NAMELESS`] if it has none.
    pub name: u32,
}

impl KnownRecord {
    /// The number of no name.
    pub const NAMELESS: u32 = u32::MAX;

    /// A record of a resident of whom nothing else is known.
    #[must_use]
    pub const fn nameless(resident_key: ResidentKey) -> Self {
        Self {
            resident_key,
            own_key: resident_key,
            lent_key: None,
            feeds: 0,
            holder: false,
            settled: false,
            name: Self::NAMELESS,
        }
    }
}

/// Whom the rows of a delivery name, by numbers and by themselves.
#[derive(Debug, Default)]
pub struct Said {
    /// The keys of the numbers that they state.
    pub numbers: HashSet<ResidentKey, RandomState>,
    /// The keys that the mentions have of their own.
    pub mentions: HashSet<ResidentKey, RandomState>,
}

impl Said {
    /// Of some mentions.
    ///
    /// # Errors
    /// When the mentions' own keys can't be read.
    pub fn of(batches: &[Mentions<'_>], maker: &KeyMaker) -> Result<Self, ArrowError> {
        let numbered = Numbered::of(batches, maker);
        let mut mentions = HashSet::default();
        for batch in batches {
            mentions.extend(batch.own_keys.get()?.iter().flatten());
        }
        Ok(Self {
            numbers: numbered.keys.into_iter().collect(),
            mentions,
        })
    }
}

/// Addresses that very many share, by their keys.
pub struct CommonAddresses(HashSet<u64, RandomState>);

impl CommonAddresses {
    /// Whether an address in standard form is one of them, as a home or as what somebody owns.
    #[must_use]
    pub fn has(&self, address: &str) -> bool {
        let keys = [false, true].map(|owned| Trait::Address.key(address, owned));
        keys.iter().any(|key| self.0.contains(key))
    }
}

/// The key by which [`Trait::Building`] knows a building, from that of its address.
#[must_use]
pub fn building_key(building: &str) -> u64 {
    linkage::text_key(building)
}

/// Some keys for each record.
#[derive(Default)]
struct Lists {
    ends: Vec<u32>,
    keys: Vec<u64>,
}

impl Lists {
    fn of(&self, at: usize) -> &[u64] {
        let start = at
            .checked_sub(1)
            .map_or(Some(0), |at| self.ends.get(at).copied());
        let (Some(start), Some(end)) = (start, self.ends.get(at)) else {
            return &[];
        };
        self.keys.get(start as usize..*end as usize).unwrap_or(&[])
    }

    /// Those that `keys` gives of the values that some records have in a column.
    fn of_records(
        records: &[u32],
        column: Option<&Column>,
        keys: impl Fn(&Column, u32, &mut dyn FnMut(u64)),
    ) -> Self {
        let mut lists = Self::with_capacity(records.len(), records.len());
        for record in records {
            for (column, id) in column
                .into_iter()
                .flat_map(|c| c.of(*record).iter().map(move |id| (c, *id)))
            {
                keys(column, id, &mut |key| lists.keys.push(key));
            }
            lists.close_sorted();
        }
        lists
    }

    fn with_capacity(records: usize, keys: usize) -> Self {
        Self {
            ends: Vec::with_capacity(records),
            keys: Vec::with_capacity(keys),
        }
    }

    /// The keys added since the last record are those of the next.
    fn close(&mut self) {
        self.ends
            .push(u32::try_from(self.keys.len()).unwrap_or(u32::MAX));
    }

    /// The same, each key once.
    fn close_sorted(&mut self) {
        let first = self.ends.last().map_or(0, |end| *end as usize);
        if let Some(keys) = self.keys.get_mut(first..) {
            keys.sort_unstable();
        }
        let mut kept = first;
        for at in first..self.keys.len() {
            if kept == first || self.keys[at] != self.keys[kept - 1] {
                self.keys[kept] = self.keys[at];
                kept += 1;
            }
        }
        self.keys.truncate(kept);
        self.close();
    }
}

/// The keys of the homes and buildings that addresses name, by the addresses' numbers.
pub(crate) struct PlaceKeys {
    homes: Vec<u64>,
    buildings: Vec<u64>,
}

impl PlaceKeys {
    pub(crate) fn of(gathered: &Gathered) -> Self {
        let addresses = gathered.records.columns.get(columns::ADDRESS);
        let keys = |part| Some(addresses?.values.part_keys(part)?.into_owned());
        Self {
            homes: keys(Part::Home).unwrap_or_default(),
            buildings: keys(Part::Building).unwrap_or_default(),
        }
    }
}

impl Known {
    /// Some of the records that were gathered, each with the key it got.
    pub(crate) fn of(
        gathered: &Gathered,
        places: &PlaceKeys,
        numbers: &[ResidentKey],
        (some, key): (&[u32], impl Fn(usize) -> Option<ResidentKey>),
    ) -> Self {
        let column = |at: usize| gathered.records.columns.get(at);
        let addresses = column(columns::ADDRESS);
        let keyed = |column: Option<&Column>| {
            Lists::of_records(some, column, |column, id, found| {
                column.values.keys(Part::Whole, id, true, found);
            })
        };
        let placed = |keys: &[u64]| {
            Lists::of_records(some, addresses, |_, id, found| {
                let key = keys.get(id as usize).copied();
                key.filter(|key| *key != 0).into_iter().for_each(found);
            })
        };
        let mut known = Self {
            records: Vec::with_capacity(some.len()),
            traits: Trait::ALL.map(|of| match of {
                Trait::BirthDate => keyed(column(columns::BIRTH_DATE)),
                Trait::Phone => keyed(column(columns::PHONE)),
                Trait::Address => placed(&gathered.kept.addresses),
                Trait::Home => placed(&places.homes),
                Trait::Building => placed(&places.buildings),
                Trait::Household => keyed(Some(&gathered.kept.households)),
                Trait::Companion => keyed(column(columns::COMPANION)),
            }),
            ..Self::default()
        };
        for at in some {
            let (Some(about), Some(key)) = (gathered.about.get(*at as usize), key(*at as usize))
            else {
                continue;
            };
            let name = gathered.name(*at);
            known.records.push(KnownRecord {
                resident_key: key,
                own_key: about.own_key,
                lent_key: about.lent_key(numbers),
                feeds: about.feeds,
                holder: about.holder,
                settled: about.is_settled(),
                name: name.map_or(KnownRecord::NAMELESS, |name| known.names.number(name)),
            });
        }
        known
    }

    /// Adds a record; its keys in the order of [`Trait::ALL`].
    pub fn push(
        &mut self,
        record: KnownRecord,
        name: Option<&str>,
        traits: [&[u64]; Trait::ALL.len()],
    ) {
        let name = name.map_or(KnownRecord::NAMELESS, |name| self.names.number(name));
        self.records.push(KnownRecord { name, ..record });
        for (lists, keys) in self.traits.iter_mut().zip(traits) {
            lists.keys.extend_from_slice(keys);
            lists.close();
        }
    }

    /// Room for so many records.
    #[must_use]
    pub fn with_capacity(records: usize) -> Self {
        Self {
            records: Vec::with_capacity(records),
            traits: Trait::ALL.map(|_| Lists::with_capacity(records, records)),
            ..Self::default()
        }
    }

    /// Adds the records of another part.
    pub fn append(&mut self, part: Self) {
        let names = self.names.append(part.names);
        self.records.extend(part.records.into_iter().map(|record| {
            let name = names.get(record.name as usize);
            let name = name.map_or(KnownRecord::NAMELESS, |name| *name);
            KnownRecord { name, ..record }
        }));
        for (lists, more) in self.traits.iter_mut().zip(part.traits) {
            let first = u32::try_from(lists.keys.len()).unwrap_or(u32::MAX);
            lists.keys.extend(more.keys);
            lists
                .ends
                .extend(more.ends.iter().map(|end| end.saturating_add(first)));
        }
        self.common.extend(part.common);
    }

    /// All records.
    #[must_use]
    pub fn records(&self) -> &[KnownRecord] {
        &self.records
    }

    /// The name of a record.
    #[must_use]
    pub fn name(&self, record: &KnownRecord) -> Option<&str> {
        self.names.text(record.name)
    }

    /// The keys of a trait that the record at a place has.
    #[must_use]
    pub fn traits(&self, at: usize, of: Trait) -> &[u64] {
        self.traits[of as usize].of(at)
    }

    /// For each name its plain, sound, surname and given key.
    pub(crate) fn name_parts(&self) -> &[Vec<u64>; 4] {
        self.name_parts.get_or_init(|| {
            let parts: [fn(&NameForm) -> u64; 4] = [
                NameForm::plain_key,
                NameForm::sound_key,
                NameForm::surname_key,
                NameForm::given_key,
            ];
            parts.map(|key| self.name_forms().par_iter().map(key).collect())
        })
    }

    /// The names, ready to compare.
    fn name_forms(&self) -> &[NameForm] {
        self.name_forms.get_or_init(|| {
            let texts: Vec<&str> = self.names.texts().collect();
            texts.into_par_iter().map(NameForm::of).collect()
        })
    }

    fn name_form(&self, at: usize) -> Option<&NameForm> {
        let record = self.records.get(at)?;
        self.name_forms().get(record.name as usize)
    }

    /// Whether a column of the record at a place, and of one at a place among others, has near values.
    pub(crate) fn is_near(
        &self,
        at: usize,
        (others, other): (&Self, usize),
        column: usize,
    ) -> bool {
        match column {
            columns::NAME => {
                let names = self.name_form(at).zip(others.name_form(other));
                names.is_some_and(|(one, other)| one.compare(other) <= NEAR_NAMES)
            }
            columns::BIRTH_DATE => {
                let digits = |date: &u64| u32::try_from(*date).unwrap_or(0);
                let mut dates = self.traits(at, Trait::BirthDate).iter().map(digits);
                dates.any(|one| {
                    let mut others = others.traits(other, Trait::BirthDate).iter().map(digits);
                    others.any(|other| DateAgreement::of(one, other) <= NEAR_DATES)
                })
            }
            _ => true,
        }
    }

    /// The number of a name; `None` where nobody bears it.
    pub(crate) fn name_number(&self, name: &str) -> Option<u32> {
        self.names.find(name)
    }

    /// How many names there are.
    pub(crate) fn name_count(&self) -> usize {
        self.names.len()
    }

    /// The residents of whom a record states one of some numbers, or is one of some mentions.
    pub fn said<'a>(&'a self, said: &'a Said) -> impl Iterator<Item = ResidentKey> + use<'a> {
        let is_said = |record: &&KnownRecord| {
            let said_key = |key: &ResidentKey| said.numbers.contains(key);
            let lent = record.lent_key.as_ref().is_some_and(said_key);
            lent || said_key(&record.resident_key)
                || match record.holder {
                    true => said.numbers.contains(&record.own_key),
                    false => said.mentions.contains(&record.own_key),
                }
        };
        self.records
            .iter()
            .filter(is_said)
            .map(|record| record.resident_key)
    }

    /// For records of new mentions, by their places, the places of the known ones that state the same number or are of
    /// the same record of a feed.
    pub(crate) fn said_by(&self, known: &Self) -> HashMap<usize, Vec<usize>, RandomState> {
        let mut places: HashMap<ResidentKey, Vec<usize>, RandomState> = HashMap::default();
        for (at, record) in self.records.iter().enumerate() {
            for key in [Some(record.own_key), record.lent_key]
                .into_iter()
                .flatten()
            {
                places.entry(key).or_default().push(at);
            }
        }
        // A number that very many state says nothing of any of them.
        let mut lent: HashMap<ResidentKey, u32, RandomState> = HashMap::default();
        let numbers = known.records.iter().filter_map(|record| record.lent_key);
        for key in numbers.filter(|key| places.contains_key(key)) {
            *lent.entry(key).or_default() += 1;
        }
        let few = |key: &ResidentKey| lent.get(key).is_some_and(|by| *by <= MOST_SHARING);
        let hits = known.records.par_iter().enumerate();
        let hits = hits.flat_map_iter(|(at, record)| {
            let keys = [Some(record.own_key), record.lent_key.filter(few)];
            let new = keys.into_iter().flatten();
            let new = new.filter_map(|key| places.get(&key)).flatten();
            new.map(move |new| (*new, at))
        });
        let mut said: HashMap<usize, Vec<usize>, RandomState> = HashMap::default();
        for (new, at) in hits.collect::<Vec<_>>() {
            let before = said.entry(new).or_default();
            if before.last() != Some(&at) {
                before.push(at);
            }
        }
        said
    }

    /// The residents of whom a record isn't settled.
    #[must_use]
    pub fn open(&self) -> HashSet<ResidentKey, RandomState> {
        let open = self.records.iter().filter(|record| !record.settled);
        open.map(|record| record.resident_key).collect()
    }

    /// The addresses that so many share that records don't say them.
    #[must_use]
    pub fn common_addresses(&self) -> CommonAddresses {
        CommonAddresses(self.common.iter().copied().collect())
    }

    /// The residents of whom a record has one of some keys.
    pub fn having(&self, of: Trait, keys: &HashSet<u64, RandomState>) -> Vec<ResidentKey> {
        let records = self.records.iter().enumerate();
        let having = records.filter(|(at, _)| {
            let mut has = self.traits(*at, of).iter();
            has.any(|key| keys.contains(key))
        });
        having.map(|(_, record)| record.resident_key).collect()
    }

    /// Keys that hang together: of each record the key it got, the key it would have alone, and that of a number it
    /// states beside its holder.
    pub fn ties(&self) -> impl Iterator<Item = [ResidentKey; 2]> {
        self.records.iter().flat_map(|record| {
            let others = [Some(record.own_key), record.lent_key]
                .into_iter()
                .flatten();
            let others = others.filter(|other| *other != record.resident_key);
            others.map(|other| [record.resident_key, other])
        })
    }
}
