//! Which known records the new ones could be compared with.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use ahash::RandomState;
use rayon::prelude::*;

use super::companion::MOST_IN_HOUSEHOLD;
use super::gather::Gathered;
use super::known::{Known, KnownRecord, PlaceKeys, SOUND, Trait};
use super::model::columns;
use super::number_asks::NumberAsks;
use super::numbered::Numbered;
use crate::ResidentKey;
use crate::linkage::{
    Filter, Has, Model, NO_PART, NumberForm, Part, Records, Rule, RuleKey, combine, keys_of, mix,
};

/// The keys by which new records meet known ones. Personal data: no `Debug`.
pub struct Asks {
    rules: Vec<RuleAsks>,
    /// What is known of the new records, one by one.
    asking: Known,
    numbers: NumberAsks,
    /// Sounds of a new record's name and of the name of one who stands beside it.
    beside: HashSet<(u64, u64), RandomState>,
    new: usize,
}

/// The keys of new records under one rule.
struct RuleAsks {
    /// The rule's place in the model.
    at: usize,
    rule: Rule,
    most: usize,
    filter: Filter,
    keys: HashMap<u64, Asking, RandomState>,
    /// By the keys' places the records that have them, where only near ones are paired.
    askers: Vec<Vec<u32>>,
}

/// Who has a key.
#[derive(Clone, Copy)]
struct Asking {
    place: u32,
    /// Whether a record does that isn't settled.
    open: bool,
}

/// Whether all that a model goes by is known of the records of a release.
#[must_use]
pub fn is_known_by(model: &Model) -> bool {
    use columns::{COMPANION, NAME, NUMBER, PHONE, RECORD};
    let alone = |rule: &Rule, column: usize| rule.keys.len() == 1 && rule.keys[0].column == column;
    let met = |rule: &Rule| match rule.keys.iter().all(is_kept) {
        true => true,
        false => alone(rule, NUMBER) || alone(rule, RECORD),
    };
    let counted = |column: usize| matches!(column, NAME | PHONE | COMPANION);
    let mut comparisons = model.comparisons.iter();
    model.rules.iter().all(met) && comparisons.all(|c| !c.term_frequency || counted(c.column))
}

/// Whether known records have the keys of a part.
fn is_kept(key: &RuleKey) -> bool {
    use columns::{ADDRESS, BIRTH_DATE, COMPANION, NAME, PHONE};
    match key.column {
        NAME => matches!(
            key.part,
            Part::Plain | Part::Sound | Part::Surname | Part::Given | Part::NearName
        ),
        BIRTH_DATE => matches!(
            key.part,
            Part::Whole | Part::Year | Part::MonthDay | Part::NearDate
        ),
        PHONE | COMPANION => key.part == Part::Whole,
        ADDRESS => matches!(key.part, Part::Home | Part::Building),
        _ => false,
    }
}

impl Asks {
    /// What the records of new mentions ask, gathered without those of earlier runs; what is known of them already is
    /// in `known`. `numbers` are the broken numbers that known residents state.
    pub(crate) fn of(
        model: &Model,
        gathered: &Gathered,
        numbered: &Numbered,
        (known, numbers): (&Known, &[(ResidentKey, Box<str>)]),
    ) -> Self {
        let own = |at: usize| gathered.about.get(at).map(|about| about.own_key);
        let place_keys = PlaceKeys::of(gathered);
        let all = gathered.in_force();
        let new = Known::of(gathered, &place_keys, &numbered.keys, (&all, own));
        let said = new.said_by(known);
        let mut asking = Known::default();
        let mut residents: HashMap<ResidentKey, bool, RandomState> = HashMap::default();
        let mut open = vec![true; gathered.records.len];
        for (at, record) in new.records.iter().enumerate() {
            let before = || {
                said.get(&at)
                    .into_iter()
                    .flatten()
                    .map(|at| &known.records[*at])
            };
            let same = |before: &KnownRecord| known.name(before) == new.name(record);
            // Who holds a number may change where names differ.
            let settled = before().any(|before| before.settled && same(before))
                || record.settled && before().all(same);
            open[at] = !settled;
            for before in before() {
                *residents.entry(before.resident_key).or_default() |= !settled;
            }
            let record = KnownRecord { settled, ..*record };
            let places = said.get(&at).map(Vec::as_slice).unwrap_or_default();
            let traits = Trait::ALL.map(|of| {
                let before = places.iter().flat_map(|at| known.traits(*at, of));
                let mut keys: Vec<u64> = new.traits(at, of).iter().chain(before).copied().collect();
                keys.sort_unstable();
                keys.dedup();
                keys
            });
            let traits = traits.each_ref().map(Vec::as_slice);
            match new.name(&record) {
                Some(name) => asking.push(record, Some(name), traits),
                // A mention without a name goes with the number's holder.
                None => {
                    for name in before().map(|before| known.name(before)).chain([None]) {
                        asking.push(record, name, traits);
                    }
                }
            }
        }
        let broken = numbers.iter().filter_map(|(resident, number)| {
            Some((NumberForm::of(number, false)?, *residents.get(resident)?))
        });
        let mut beside = beside(gathered);
        let sounds = &asking.name_parts()[SOUND];
        for (at, record) in asking.records.iter().enumerate() {
            let own = sounds.get(record.name as usize).copied().unwrap_or(0);
            let companions = asking.traits(at, Trait::Companion).iter();
            beside.extend(companions.map(|companion| (own, *companion)));
        }
        let is_open = |record: u32| !asking.records[record as usize].settled;
        Self {
            rules: asked(model, |rule| keys_of_known(rule, &asking), is_open),
            asking,
            numbers: NumberAsks::of(&gathered.records, &open, broken),
            beside,
            new: gathered.records.len,
        }
    }

    /// The keys of the records that weren't known, under the rules.
    pub(crate) fn of_new(model: &Model, records: &Records) -> Self {
        let is_new = |record: u32| !records.is_known(record);
        let mut keys = keys_of(model, records, is_new).into_iter();
        let keys = |_: &Rule| keys.next().unwrap_or_default();
        Self {
            rules: asked(model, keys, |record| !records.is_settled(record)),
            asking: Known::default(),
            numbers: NumberAsks::default(),
            beside: HashSet::default(),
            new: 0,
        }
    }

    /// How many records are new, or said anew.
    #[must_use]
    pub const fn new_records(&self) -> usize {
        self.new
    }

    /// The residents whom a new record could be, but for those of near numbers.
    #[must_use]
    pub fn residents(&self, known: &Known) -> HashSet<ResidentKey, RandomState> {
        let met = self.meet(known, |_| true);
        let beside = self.in_one_household(known);
        let all = met.records(self).chain(beside);
        all.filter_map(|at| Some(known.records.get(at as usize)?.resident_key))
            .collect()
    }

    /// Whether a known number is near one of a new record; `whole` says that it passed its check, `settled` that its
    /// record has nothing to ask itself.
    #[must_use]
    pub fn is_near(&self, number: &str, whole: bool, settled: bool) -> bool {
        self.numbers.is_near(number, whole, settled)
    }

    /// The meeting of new records with some known ones.
    pub(crate) fn meet(&self, known: &Known, which: impl Fn(usize) -> bool + Sync) -> Met {
        const CHUNK: usize = 1 << 14;
        let names = known.name_parts();
        let counts = self.rules.iter();
        let counts = counts.map(|asks| asks.keys.iter().map(|_| AtomicU32::new(0)).collect());
        let counts: Vec<Vec<AtomicU32>> = counts.collect();
        let chunks = (0..known.records.len().div_ceil(CHUNK)).into_par_iter();
        let hits = chunks.flat_map_iter(|chunk| {
            let mut hits = Vec::new();
            let (mut keys, mut next) = (Vec::new(), Vec::new());
            let end = known.records.len().min((chunk + 1) * CHUNK);
            // Rule by rule, so that its filter stays near.
            for (rule, (asks, counts)) in (0..).zip(self.rules.iter().zip(&counts)) {
                for at in (chunk * CHUNK..end).filter(|at| which(*at)) {
                    match has(known, names, at, &asks.rule.keys) {
                        Has::None => continue,
                        Has::One(key) => {
                            keys.clear();
                            keys.push(key);
                        }
                        Has::Several => {
                            combine(&asks.rule.keys, &mut keys, &mut next, |part, found| {
                                parts(known, names, at, part, found);
                            });
                            keys.sort_unstable();
                            keys.dedup();
                        }
                    }
                    for key in keys.iter().filter(|key| asks.filter.may_have(**key)) {
                        let Some(asking) = asks.keys.get(key) else {
                            continue;
                        };
                        let count = counts.get(asking.place as usize);
                        let before = count.map_or(0, |count| count.fetch_add(1, Relaxed));
                        let pairs = asks.rule.settled || asking.open || !known.records[at].settled;
                        // Blocks that prove too large need no list of their records.
                        if pairs
                            && before as usize <= asks.most
                            && asks.may_pair(asking.place, &self.asking, (known, at))
                        {
                            hits.push(Hit {
                                rule,
                                place: asking.place,
                                record: u32::try_from(at).unwrap_or(u32::MAX),
                            });
                        }
                    }
                }
            }
            hits
        });
        let hits = hits.collect();
        let counts = counts.into_iter().map(|counts| {
            let counts = counts.into_iter().map(AtomicU32::into_inner);
            counts.collect()
        });
        Met {
            counts: counts.collect(),
            hits,
        }
    }

    /// Known records of which a row now says that they stand beside someone who shares their household.
    fn in_one_household(&self, known: &Known) -> Vec<u32> {
        let sounds = &known.name_parts()[SOUND];
        let asked: HashSet<u64, RandomState> =
            self.beside.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let mut members: Vec<(u64, u32)> = Vec::new();
        for (at, record) in (0_u32..).zip(&known.records) {
            let sound = sounds.get(record.name as usize).copied().unwrap_or(0);
            if asked.contains(&sound) {
                let households = [Trait::Phone, Trait::Home, Trait::Household];
                let keys = households
                    .iter()
                    .flat_map(|of| known.traits(at as usize, *of));
                members.extend(keys.map(|key| (*key, at)));
            }
        }
        members.par_sort_unstable();
        members.dedup();
        let sound_of = |record: u32| {
            let name = known
                .records
                .get(record as usize)
                .map(|record| record.name as usize);
            name.and_then(|name| sounds.get(name)).copied().unwrap_or(0)
        };
        let mut found = Vec::new();
        for household in members.chunk_by(|a, b| a.0 == b.0) {
            if !(2..=MOST_IN_HOUSEHOLD).contains(&household.len()) {
                continue;
            }
            for (_, one) in household {
                let pairs = household.iter().filter(|(_, other)| other != one);
                for (_, other) in pairs {
                    if self.beside.contains(&(sound_of(*one), sound_of(*other))) {
                        found.extend([*one, *other]);
                    }
                }
            }
        }
        found
    }
}

/// The keys under each rule, each with the record that has it, and whether that isn't settled.
fn asked(
    model: &Model,
    mut keys: impl FnMut(&Rule) -> Vec<(u64, u32)>,
    is_open: impl Fn(u32) -> bool,
) -> Vec<RuleAsks> {
    let mut rules = Vec::new();
    for (at, rule) in model.rules.iter().enumerate() {
        let keys = keys(rule);
        if !rule.keys.iter().all(is_kept) {
            continue;
        }
        let near_only = rule.keys.iter().any(|key| key.part.is_near());
        let mut asked: HashMap<u64, Asking, RandomState> = HashMap::default();
        let mut askers: Vec<Vec<u32>> = Vec::new();
        for (key, record) in &keys {
            let place = u32::try_from(asked.len()).unwrap_or(u32::MAX);
            let asking = asked.entry(*key).or_insert(Asking { place, open: false });
            asking.open |= is_open(*record);
            if near_only {
                let at = asking.place as usize;
                if at == askers.len() {
                    askers.push(Vec::new());
                }
                askers[at].push(*record);
            }
        }
        rules.push(RuleAsks {
            at,
            most: model.most_in_block(rule),
            rule: rule.clone(),
            filter: Filter::of(&keys),
            keys: asked,
            askers,
        });
    }
    rules
}

impl RuleAsks {
    /// Whether the rule may pair a known record with one of those that have the key of a place: where it goes by what
    /// slips leave whole, only with near ones.
    fn may_pair(&self, place: u32, asking: &Known, (known, at): (&Known, usize)) -> bool {
        let Some(askers) = self.askers.get(place as usize) else {
            return true;
        };
        let near_only = self.rule.keys.iter().filter(|key| key.part.is_near());
        let near_only: Vec<usize> = near_only.map(|key| key.column).collect();
        askers.iter().any(|asker| {
            let mut columns = near_only.iter();
            columns.all(|column| asking.is_near(*asker as usize, (known, at), *column))
        })
    }
}

/// How many known records have each key of new ones, and which.
pub(crate) struct Met {
    /// For each rule the counts by the keys' places.
    counts: Vec<Vec<u32>>,
    /// Keys and records that may be compared; of blocks that are too large not all.
    hits: Vec<Hit>,
}

struct Hit {
    rule: u32,
    place: u32,
    record: u32,
}

impl Met {
    /// The known records that new ones may be compared with.
    fn records<'a>(&'a self, asks: &'a Asks) -> impl Iterator<Item = u32> + 'a {
        let fits = |hit: &&Hit| {
            let asks = asks.rules.get(hit.rule as usize);
            let counts = self.counts.get(hit.rule as usize);
            let count = counts.and_then(|counts| counts.get(hit.place as usize));
            asks.zip(count)
                .is_some_and(|(asks, count)| *count as usize <= asks.most)
        };
        self.hits.iter().filter(fits).map(|hit| hit.record)
    }

    /// By the rule's place in the model and the key how many have it.
    pub(crate) fn blocks(&self, asks: &Asks) -> HashMap<(usize, u64), u32, RandomState> {
        let rules = asks.rules.iter().zip(&self.counts);
        let blocks = rules.flat_map(|(asks, counts)| {
            let keys = asks.keys.iter();
            keys.filter_map(|(key, asking)| {
                let count = counts
                    .get(asking.place as usize)
                    .filter(|count| **count > 0)?;
                Some(((asks.at, *key), *count))
            })
        });
        blocks.collect()
    }
}

/// The keys of a part of a rule that a known record has.
fn parts(
    known: &Known,
    names: &[Vec<u64>; 4],
    at: usize,
    part: &RuleKey,
    found: &mut dyn FnMut(u64),
) {
    match Source::of(part) {
        Source::Name(places) => {
            let name = known.records.get(at).map(|record| record.name as usize);
            let keys = places
                .iter()
                .filter_map(|of| names[*of].get(name?))
                .copied();
            keys.filter(|key| *key != 0).for_each(found);
        }
        Source::Trait(of, keys) => {
            for key in keys {
                let values = known.traits(at, of).iter();
                values.for_each(|value| found(key(*value)));
            }
        }
    }
}

/// The keys under a rule that a known record has, where it has but one of each part, as most do: without asking for them
/// one by one.
fn has(known: &Known, names: &[Vec<u64>; 4], at: usize, parts: &[RuleKey]) -> Has {
    let mut so_far = NO_PART;
    for part in parts {
        let key = match Source::of(part) {
            Source::Name([of]) => {
                let name = known.records.get(at).map(|record| record.name as usize);
                let key = name.and_then(|name| names[*of].get(name));
                key.copied().filter(|key| *key != 0)
            }
            Source::Trait(of, [key]) => match known.traits(at, of) {
                [] => None,
                [value] => Some(key(*value)),
                _ => return Has::Several,
            },
            _ => return Has::Several,
        };
        match key {
            Some(key) => so_far = mix(so_far, key),
            None => return Has::None,
        }
    }
    Has::One(so_far)
}

/// Where known records have the keys of a part of a rule.
enum Source {
    /// Among the parts of their names, at these places.
    Name(&'static [usize]),
    /// In these of what they say, made of each in these ways.
    Trait(Trait, &'static [fn(u64) -> u64]),
}

impl Source {
    const fn of(part: &RuleKey) -> Self {
        use columns::{ADDRESS, BIRTH_DATE, COMPANION, NAME, PHONE};
        const SURNAME: usize = 2;
        const GIVEN: usize = 3;
        const fn whole(value: u64) -> u64 {
            value
        }
        const fn year(day: u64) -> u64 {
            day / 10_000
        }
        const fn month_day(day: u64) -> u64 {
            day % 10_000
        }
        match (part.column, part.part) {
            (NAME, Part::Plain) => Self::Name(&[0]),
            (NAME, Part::Sound) => Self::Name(&[SOUND]),
            (NAME, Part::Surname) => Self::Name(&[SURNAME]),
            (NAME, Part::Given) => Self::Name(&[GIVEN]),
            (NAME, Part::NearName) => Self::Name(&[SURNAME, GIVEN]),
            (BIRTH_DATE, Part::Whole) => Self::Trait(Trait::BirthDate, &[whole]),
            (BIRTH_DATE, Part::Year) => Self::Trait(Trait::BirthDate, &[year]),
            (BIRTH_DATE, Part::MonthDay) => Self::Trait(Trait::BirthDate, &[month_day]),
            (BIRTH_DATE, Part::NearDate) => Self::Trait(Trait::BirthDate, &[year, month_day]),
            (PHONE, _) => Self::Trait(Trait::Phone, &[whole]),
            (COMPANION, _) => Self::Trait(Trait::Companion, &[whole]),
            (ADDRESS, Part::Home) => Self::Trait(Trait::Home, &[whole]),
            (ADDRESS, Part::Building) => Self::Trait(Trait::Building, &[whole]),
            _ => Self::Name(&[]),
        }
    }
}

/// The keys under a rule of all records.
fn keys_of_known(rule: &Rule, known: &Known) -> Vec<(u64, u32)> {
    let names = known.name_parts();
    let (mut keys, mut next) = (Vec::new(), Vec::new());
    let mut all = Vec::new();
    for (record, _) in (0_u32..).zip(&known.records) {
        combine(&rule.keys, &mut keys, &mut next, |part, found| {
            parts(known, names, record as usize, part, found);
        });
        all.extend(keys.iter().map(|key| (*key, record)));
    }
    all
}

/// For each row that names a new record beside others the sounds of both names; also that of the name that holds the
/// record's number, where it is another.
fn beside(gathered: &Gathered) -> HashSet<(u64, u64), RandomState> {
    let records = &gathered.records;
    let (Some(names), Some(companions)) = (
        records.columns.get(columns::NAME),
        records.columns.get(columns::COMPANION),
    ) else {
        return HashSet::default();
    };
    let sounds = names.values.part_keys(Part::Sound).unwrap_or_default();
    let sound_of = |record: u32| {
        let name = names.of(record).first()?;
        sounds
            .get(*name as usize)
            .copied()
            .filter(|sound| *sound != 0)
    };
    let lenders = gathered.lenders();
    let mut found = HashSet::default();
    for record in (0..).take(records.len).filter(|at| !records.is_known(*at)) {
        let either = [Some(record), lenders.get(&record).copied()];
        for id in companions.of(record) {
            companions.values.keys(Part::Whole, *id, true, |sound| {
                let own = either
                    .iter()
                    .flatten()
                    .filter_map(|record| sound_of(*record));
                found.extend(own.map(|own| (own, sound)));
            });
        }
    }
    found
}
