//! The distinct values of a column, each known by a number.

use std::borrow::Cow;

use ahash::RandomState;
use indexmap::IndexSet;
use rayon::prelude::*;
use rongtong_standards::names::{NameAgreement, NameForm};
use xxhash_rust::xxh3::xxh3_64;

use super::DateAgreement;
use super::dates::digits_of;
use super::homes::{self, HomeForm};
use super::model::{Level, Part, Test};
use super::numbers::{NumberAgreement, NumberForm};

/// Names that agree less are not near.
pub(crate) const NEAR_NAMES: NameAgreement = NameAgreement::Near;
/// Dates that agree less are not near.
pub(crate) const NEAR_DATES: DateAgreement = DateAgreement::Slip;

/// The distinct values of a column, ready to compare. Personal data: no `Debug`.
pub enum Values {
    /// Anything that is compared as text.
    Text(Vec<Box<str>>),
    /// Names of Chinese residents.
    Names(Vec<NameForm>),
    /// Days since 1970-01-01 as `yyyymmdd`, beside them the days.
    Dates(Vec<(u32, i32)>),
    /// Identity numbers. From the second number on they are stated of people who don't hold them: that another has
    /// another number is no disagreement.
    Numbers(Vec<NumberForm>, usize),
    /// Addresses: what home each names. From the second number on they are of what people own: to own one home and
    /// live in another is no disagreement.
    Addresses(Vec<Option<HomeForm>>, usize),
    /// Values of which only equality is known.
    Opaque,
    /// The same, with keys by which they are known from run to run.
    Keyed(Vec<u64>),
}

impl Values {
    /// The first level on which two values agree, counted from 1; `levels.len() + 1` is "else", 0 says that
    /// they can't be compared.
    pub(crate) fn level(&self, levels: &[Level], a: u32, b: u32) -> u8 {
        let else_level = levels.len();
        let first = |holds: &mut dyn FnMut(Test) -> bool| {
            levels
                .iter()
                .position(|level| holds(level.test))
                .unwrap_or(else_level)
        };
        let (x, y) = (a as usize, b as usize);
        let at = match self {
            _ if a == b && !matches!(self, Self::Numbers(..)) => 0,
            Self::Opaque | Self::Keyed(_) => else_level,
            Self::Text(texts) => match (texts.get(x), texts.get(y)) {
                (Some(a), Some(b)) => first(&mut |test| texts_agree(test, a, b)),
                _ => else_level,
            },
            Self::Names(names) => match (names.get(x), names.get(y)) {
                (Some(a), Some(b)) => {
                    let agreement = a.compare(b);
                    first(&mut |test| matches!(test, Test::Name(least) if agreement <= least))
                }
                _ => else_level,
            },
            Self::Dates(dates) => match (dates.get(x), dates.get(y)) {
                (Some((a, day)), Some((b, other))) => {
                    let agreement = DateAgreement::of(*a, *b);
                    first(&mut |test| match test {
                        Test::Date(least) => agreement <= least,
                        Test::DaysApart(most) => day.abs_diff(*other) <= most,
                        _ => false,
                    })
                }
                _ => else_level,
            },
            Self::Numbers(numbers, lent) => match (numbers.get(x), numbers.get(y)) {
                (Some(a), Some(b)) => {
                    let agreement = a.compare(b);
                    let agreement = agreement.filter(|agreement| {
                        x.max(y) < *lent || *agreement < NumberAgreement::BrokenDifferent
                    });
                    let Some(agreement) = agreement else {
                        return 0;
                    };
                    first(&mut |test| matches!(test, Test::Number(least) if agreement <= least))
                }
                _ => else_level,
            },
            Self::Addresses(homes, owned) => {
                let at = match (homes.get(x), homes.get(y)) {
                    (Some(Some(a)), Some(Some(b))) => first(&mut |test| match test {
                        Test::SameHome => a.may_be(b),
                        Test::SameNumbers => a.has_numbers_of(b),
                        Test::SameBuilding => a.may_share_building(b),
                        _ => false,
                    }),
                    _ => else_level,
                };
                if at == else_level && x.max(y) >= *owned {
                    return 0;
                }
                at
            }
        };
        u8::try_from(at + 1).unwrap_or(u8::MAX)
    }

    /// The text of a value, where it is compared as text.
    pub(crate) fn text(&self, at: u32) -> Option<&str> {
        match self {
            Self::Text(texts) => texts.get(at as usize).map(|text| &**text),
            _ => None,
        }
    }

    /// The key of a part of each value; 0 where it has none. `None` where a value's number is its key, or it
    /// has several.
    pub(crate) fn part_keys(&self, part: Part) -> Option<Cow<'_, [u64]>> {
        let count = match (self, part) {
            (Self::Keyed(keys), Part::Whole) => return Some(Cow::Borrowed(keys)),
            (Self::Numbers(numbers, _), Part::Whole) => numbers.len(),
            (Self::Dates(dates), Part::Whole) => dates.len(),
            (_, Part::Whole) | (Self::Opaque | Self::Keyed(_), _) => return None,
            (_, part) if part.is_near() => return None,
            (Self::Text(texts), _) => texts.len(),
            (Self::Names(names), _) => names.len(),
            (Self::Dates(dates), _) => dates.len(),
            (Self::Numbers(numbers, _), _) => numbers.len(),
            (Self::Addresses(homes, _), _) => homes.len(),
        };
        let all = (0..u32::try_from(count).unwrap_or(u32::MAX)).into_par_iter();
        Some(all.map(|at| self.first_keys::<1>(part, at)[0]).collect())
    }

    /// The keys of a part of which each value has two at most; 0 where it has less. `None` for other parts.
    pub(crate) fn two_keys(&self, part: Part) -> Option<Vec<[u64; 2]>> {
        let count = match (self, part) {
            (Self::Names(names), Part::NearName) => names.len(),
            (Self::Dates(dates), Part::NearDate) => dates.len(),
            _ => return None,
        };
        let all = (0..u32::try_from(count).unwrap_or(u32::MAX)).into_par_iter();
        Some(all.map(|at| self.first_keys(part, at)).collect())
    }

    /// Whether two values are so like each other that a rule that goes by parts of them is right to pair them.
    pub(crate) fn is_near(&self, a: u32, b: u32) -> bool {
        match self {
            Self::Numbers(numbers, _) => match (numbers.get(a as usize), numbers.get(b as usize)) {
                (Some(a), Some(b)) => a.is_near(b),
                _ => false,
            },
            Self::Names(names) => match (names.get(a as usize), names.get(b as usize)) {
                (Some(a), Some(b)) => a.compare(b) <= NEAR_NAMES,
                _ => false,
            },
            Self::Dates(dates) => match (dates.get(a as usize), dates.get(b as usize)) {
                (Some((a, _)), Some((b, _))) => DateAgreement::of(*a, *b) <= NEAR_DATES,
                _ => false,
            },
            _ => true,
        }
    }

    /// The first keys of a part of a value; 0 where it has less.
    fn first_keys<const N: usize>(&self, part: Part, at: u32) -> [u64; N] {
        let (mut first, mut count) = ([0; N], 0);
        self.keys(part, at, true, |key| {
            if let Some(place) = first.get_mut(count) {
                (*place, count) = (key, count + 1);
            }
        });
        first
    }

    /// The keys of a part of a value, for blocking. Without `all` those by which a whole number meets broken ones
    /// are left out.
    pub(crate) fn keys(&self, part: Part, at: u32, all: bool, mut found: impl FnMut(u64)) {
        let key = at as usize;
        match (self, part) {
            // The same number may stand here twice, as its holder's and as lent.
            (Self::Numbers(numbers, _), Part::Whole) => {
                let number = numbers.get(key).map(NumberForm::bytes).unwrap_or_default();
                found(hash(number));
            }
            (Self::Keyed(keys), Part::Whole) => {
                keys.get(key).into_iter().for_each(|key| found(*key))
            }
            (Self::Dates(dates), Part::Whole) => {
                let digits = dates.get(key).map(|(digits, _)| u64::from(*digits));
                digits.into_iter().for_each(found);
            }
            (_, Part::Whole) => found(u64::from(at)),
            (Self::Names(names), _) => {
                let Some(name) = names.get(key) else { return };
                if part == Part::NearName {
                    let keys = [name.surname_key(), name.given_key()];
                    return keys.into_iter().filter(|key| *key != 0).for_each(found);
                }
                let key = match part {
                    Part::Plain => name.plain_key(),
                    Part::Sound => name.sound_key(),
                    Part::Surname => name.surname_key(),
                    Part::Given => name.given_key(),
                    _ => 0,
                };
                if key != 0 {
                    found(key);
                }
            }
            (Self::Dates(dates), _) => {
                let Some((digits, _)) = dates.get(key) else {
                    return;
                };
                match part {
                    Part::Year => found(u64::from(digits / 10_000)),
                    Part::MonthDay => found(u64::from(digits % 10_000)),
                    Part::NearDate => {
                        found(u64::from(digits / 10_000));
                        found(u64::from(digits % 10_000));
                    }
                    _ => {}
                }
            }
            (Self::Numbers(numbers, _), Part::Quarters) => {
                if let Some(number) = numbers.get(key) {
                    number.quarters(all, found);
                }
            }
            (Self::Addresses(homes, _), Part::Building | Part::Home) => {
                let Some(Some(home)) = homes.get(key) else {
                    return;
                };
                match part {
                    Part::Building => found(home.building_key()),
                    _ => home.home_key().into_iter().for_each(found),
                }
            }
            (Self::Text(texts), Part::First(_) | Part::Slice(..)) => {
                let Some(text) = texts.get(key) else { return };
                let (skip, take) = match part {
                    Part::Slice(skip, take) => (skip, take),
                    Part::First(take) => (0, take),
                    _ => return,
                };
                let part: String = text.chars().skip(skip).take(take).collect();
                if !part.is_empty() {
                    found(hash(&part));
                }
            }
            _ => {}
        }
    }
}

/// XXH3: the same on every machine and in every run.
pub(crate) fn hash(text: impl AsRef<[u8]>) -> u64 {
    xxh3_64(text.as_ref())
}

fn texts_agree(test: Test, a: &str, b: &str) -> bool {
    match test {
        Test::JaroWinkler(least) => strsim::jaro_winkler(a, b) >= least,
        Test::Jaro(least) => strsim::jaro(a, b) >= least,
        Test::Levenshtein(most) => {
            a.len().abs_diff(b.len()) <= 4 * most && strsim::levenshtein(a, b) <= most
        }
        Test::DamerauLevenshtein(most) => {
            a.len().abs_diff(b.len()) <= 4 * most && strsim::damerau_levenshtein(a, b) <= most
        }
        _ => false,
    }
}

/// Numbers texts as they come, each distinct one once. Personal data: no `Debug`.
#[derive(Default)]
pub struct ValuesBuilder {
    texts: IndexSet<Box<str>, RandomState>,
    last: usize,
}

impl ValuesBuilder {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        // Neighbours often say the same: a family's rows stand together.
        if self
            .texts
            .get_index(self.last)
            .is_none_or(|last| **last != *text)
        {
            self.last = place(&mut self.texts, text);
        }
        u32::try_from(self.last).unwrap_or(u32::MAX)
    }

    /// Numbers the texts of another builder: by their numbers there, those here.
    pub(crate) fn append(&mut self, more: Self) -> Vec<u32> {
        let texts = more.texts.into_iter();
        let numbers = texts.map(|text| self.texts.insert_full(text).0);
        numbers
            .map(|number| u32::try_from(number).unwrap_or(u32::MAX))
            .collect()
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get_index(number as usize).map(AsRef::as_ref)
    }

    /// The number of a text that is known already.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        u32::try_from(self.texts.get_index_of(text)?).ok()
    }

    /// How many distinct texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The distinct texts, by their numbers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(AsRef::as_ref)
    }

    /// Values compared as text.
    #[must_use]
    pub fn into_text(self) -> Values {
        Values::Text(self.into_texts())
    }

    /// Values compared as names of Chinese residents.
    #[must_use]
    pub fn into_names(self) -> Values {
        let texts = self.into_texts();
        Values::names(texts.par_iter().map(AsRef::as_ref))
    }

    /// Values of which only equality counts.
    #[must_use]
    pub fn into_opaque(self) -> Values {
        Values::Opaque
    }

    /// Values compared as addresses.
    #[must_use]
    pub fn into_addresses(self) -> Values {
        Values::Addresses(homes::read(&self.into_texts()), usize::MAX)
    }

    /// The distinct texts, by their numbers.
    pub(crate) fn into_texts(self) -> Vec<Box<str>> {
        self.texts.into_iter().collect()
    }
}

/// The place of a text among others, added if it is new.
fn place(texts: &mut IndexSet<Box<str>, RandomState>, text: &str) -> usize {
    let known = texts.get_index_of(text);
    known.unwrap_or_else(|| texts.insert_full(text.into()).0)
}

impl Values {
    /// Values compared as names of Chinese residents.
    pub(crate) fn names<'a>(texts: impl IndexedParallelIterator<Item = &'a str>) -> Self {
        Self::Names(texts.map(NameForm::of).collect())
    }

    /// Values compared as dates, from days since 1970-01-01.
    pub fn dates(days: impl IntoIterator<Item = i32>) -> Self {
        let both = |day| (digits_of(day), day);
        Self::Dates(days.into_iter().map(both).collect())
    }
}
