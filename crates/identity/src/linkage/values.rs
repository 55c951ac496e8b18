//! The distinct values of a column, each known by a number.

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;
use rongtong_standards::address::{Home, home};
use rongtong_standards::names::NameForm;

use super::DateAgreement;
use super::dates::digits_of;
use super::model::{Level, Part, Test};
use super::numbers::NumberForm;

/// The distinct values of a column, ready to compare. Personal data: no `Debug`.
pub enum Values {
    /// Anything that is compared as text.
    Text(Vec<Box<str>>),
    /// Names of Chinese residents.
    Names(Vec<NameForm>),
    /// Days since 1970-01-01 as `yyyymmdd`, beside them the days.
    Dates(Vec<(u32, i32)>),
    /// Identity numbers.
    Numbers(Vec<NumberForm>),
    /// Addresses: what home each names.
    Addresses(Vec<Option<Home>>),
    /// Values of which only equality is known.
    Opaque,
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
            _ if a == b && !matches!(self, Self::Numbers(_)) => 0,
            Self::Opaque => else_level,
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
            Self::Numbers(numbers) => match (numbers.get(x), numbers.get(y)) {
                (Some(a), Some(b)) => {
                    let Some(agreement) = a.compare(b) else {
                        return 0;
                    };
                    first(&mut |test| matches!(test, Test::Number(least) if agreement <= least))
                }
                _ => else_level,
            },
            Self::Addresses(homes) => match (homes.get(x), homes.get(y)) {
                (Some(Some(a)), Some(Some(b))) => first(&mut |test| match test {
                    Test::SameHome => a.may_be(b),
                    Test::SameBuilding => a.building.may_be(&b.building),
                    _ => false,
                }),
                _ => else_level,
            },
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

    /// The key of a part of a value; 0 where it has none.
    pub(crate) fn key(&self, part: Part, at: u32) -> u64 {
        let mut first = 0;
        self.keys(part, at, |key| first = if first == 0 { key } else { first });
        first
    }

    /// The keys of a part of a value, for blocking.
    pub(crate) fn keys(&self, part: Part, at: u32, mut found: impl FnMut(u64)) {
        let key = at as usize;
        match (self, part) {
            (_, Part::Whole) => found(u64::from(at)),
            (Self::Names(names), _) => {
                let Some(name) = names.get(key) else { return };
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
                    _ => {}
                }
            }
            (Self::Numbers(numbers), Part::Quarters) => {
                if let Some(number) = numbers.get(key) {
                    number.quarters(found);
                }
            }
            (Self::Addresses(homes), Part::Building | Part::Home) => {
                let Some(Some(home)) = homes.get(key) else {
                    return;
                };
                let building = hash(&home.building.key);
                match (part, &home.room) {
                    (Part::Building, _) => found(building),
                    (_, Some(room)) => found(building.rotate_left(17) ^ hash(room)),
                    _ => {}
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

/// FNV-1a: the same on every machine and in every run.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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

/// Numbers texts as they come, each distinct one once.
#[derive(Default)]
pub struct ValuesBuilder<'a> {
    known: HashMap<&'a str, u32, RandomState>,
    texts: Vec<&'a str>,
}

impl<'a> ValuesBuilder<'a> {
    /// The number of a text.
    pub fn number(&mut self, text: &'a str) -> u32 {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let texts = &mut self.texts;
        *self.known.entry(text).or_insert_with(|| {
            texts.push(text);
            next
        })
    }

    /// The distinct texts, by their numbers.
    #[must_use]
    pub fn texts(&self) -> &[&'a str] {
        &self.texts
    }

    /// Values compared as text.
    #[must_use]
    pub fn into_text(self) -> Values {
        Values::Text(self.texts.into_iter().map(Box::from).collect())
    }

    /// Values compared as names of Chinese residents.
    #[must_use]
    pub fn into_names(self) -> Values {
        Values::Names(self.texts.into_par_iter().map(NameForm::of).collect())
    }

    /// Values of which only equality counts.
    #[must_use]
    pub fn into_opaque(self) -> Values {
        Values::Opaque
    }

    /// Values compared as addresses.
    #[must_use]
    pub fn into_addresses(self) -> Values {
        Values::Addresses(self.texts.into_par_iter().map(home).collect())
    }
}

impl Values {
    /// Values compared as dates, from days since 1970-01-01.
    pub fn dates(days: impl IntoIterator<Item = i32>) -> Self {
        let both = |day| (digits_of(day), day);
        Self::Dates(days.into_iter().map(both).collect())
    }
}
