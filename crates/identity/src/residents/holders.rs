//! Who holds each number: what its most credible mention says of name, birth date and sex.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use ahash::RandomState;
use arrow::array::Array;
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_standards::identity::sex_of;

use super::mentions::Mentions;
use super::numbered::{NONE, Numbered};
use crate::canonical_order;

/// Who holds each number. Personal data: no `Debug`.
pub(crate) struct Holders<'a> {
    batches: &'a [Mentions<'a>],
    /// One for each number.
    of: Vec<Holder>,
}

/// How much a mention's word counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weigh {
    /// By authority alone.
    Authority,
    /// Less than any other if it denies what the number says of birth or sex and another has the number's birth date: a
    /// child that was entered under its mother's number.
    Consistency,
}

/// A mention: batch and row.
pub(crate) type At = (u32, u32);

/// For each attribute the mention that speaks for it.
struct Holder {
    named: At,
    born: At,
    sexed: At,
}

/// The same while mentions are heard.
#[derive(Clone, Copy, Default)]
struct Hearing {
    named: Said,
    born: Said,
    sexed: Said,
}

/// Who speaks, and with what authority.
#[derive(Clone, Copy)]
struct Said {
    place: Place,
    at: At,
}

/// Nobody has spoken.
const UNSAID: At = (NONE, NONE);

impl Default for Said {
    fn default() -> Self {
        Self {
            place: Place::default(),
            at: UNSAID,
        }
    }
}

impl<'a> Holders<'a> {
    /// Finds who holds each number. The order of the batches is no matter.
    ///
    /// # Errors
    /// When rows that must settle a tie can't be read.
    pub(crate) fn of(
        batches: &'a [Mentions<'a>],
        numbered: &Numbered,
        weigh: Weigh,
    ) -> Result<Self, ArrowError> {
        // The authority speaks first, so that few ties remain to be settled.
        let mut order: Vec<(u32, &Mentions<'_>)> = (0..).zip(batches).collect();
        order.sort_by_key(|(_, batch)| batch.rank);
        // Each thread hears all claims to its share of the numbers.
        let all = numbered.keys.len();
        let share = all.div_ceil(rayon::current_num_threads()).max(1);
        let shares = (0..all.div_ceil(share)).into_par_iter().map(|at| {
            let first = at * share;
            let mut of = vec![Hearing::default(); share.min(all - first)];
            let own = of.len();
            let claims = || {
                order.iter().flat_map(move |(place, batch)| {
                    let numbers = (0_u32..).zip(&numbered.of[*place as usize]);
                    let numbers =
                        numbers.map(move |(row, of)| ((*of as usize).wrapping_sub(first), row));
                    let own = numbers.filter(move |(number, _)| *number < own);
                    own.map(move |(number, row)| (number, *batch, (*place, row)))
                })
            };
            let mut affirmed = vec![false; own];
            for (number, batch, (_, row)) in claims().filter(|_| weigh == Weigh::Consistency) {
                affirmed[number] |= batch.affirms_number(row as usize);
            }
            let denies = |number: usize, claim: &Claim<'_>| {
                affirmed[number] && claim.batch.denies_number(claim.row)
            };
            let mut torn: HashSet<usize, RandomState> = HashSet::default();
            for (number, batch, at) in claims() {
                let claim = Claim::of(batch, at.1 as usize);
                let denies = denies(number, &claim);
                if of[number].hear(batches, &claim, denies, (at, Tie::Told))? {
                    torn.insert(number);
                }
            }
            // Where claims of one place differ every one of them is heard again: who came first is no matter.
            for number in &torn {
                of[*number] = Hearing::default();
            }
            for (number, batch, at) in claims().filter(|(number, ..)| torn.contains(number)) {
                let claim = Claim::of(batch, at.1 as usize);
                let denies = denies(number, &claim);
                of[number].hear(batches, &claim, denies, (at, Tie::Settled))?;
            }
            Ok(of.iter().map(Hearing::heard).collect())
        });
        let shares: Vec<Vec<Holder>> = shares.collect::<Result<_, ArrowError>>()?;
        Ok(Self {
            batches,
            of: shares.into_iter().flatten().collect(),
        })
    }

    /// The mention that gives the number its holder's name.
    pub(crate) fn named(&self, number: u32) -> Option<At> {
        let at = self.of.get(number as usize)?.named;
        (at != UNSAID).then_some(at)
    }

    /// Whether a mention's name and its birth date or sex are not those of the number's holder. Sex and birth
    /// date last from the number itself.
    pub(crate) fn contradict(&self, number: u32, batch: &Mentions<'_>, row: usize) -> bool {
        let Some(holder) = self.of.get(number as usize) else {
            return false;
        };
        let claim = Claim::of(batch, row);
        let held = |at: At| self.claim(at);
        let name = held(holder.named).and_then(|held| held.name);
        if !matches!((claim.name, name), (Some(a), Some(b)) if a != b) {
            return false;
        }
        let inside = || batch.inside(row);
        let born = held(holder.born)
            .and_then(|held| held.birth_date)
            .or_else(inside);
        let sex = match held(holder.sexed).map_or(0, |held| held.sex) {
            0 => sex_of(batch.body[row]),
            sex => sex,
        };
        let born_differs = matches!((claim.birth_date, born), (Some(a), Some(b)) if a != b);
        born_differs || claim.sex != 0 && sex != 0 && claim.sex != sex
    }

    fn claim(&self, at: At) -> Option<Claim<'a>> {
        claim(self.batches, at)
    }
}

fn claim<'a>(batches: &'a [Mentions<'a>], (batch, row): At) -> Option<Claim<'a>> {
    Some(Claim::of(batches.get(batch as usize)?, row as usize))
}

impl Hearing {
    const fn heard(&self) -> Holder {
        Holder {
            named: self.named.at,
            born: self.born.at,
            sexed: self.sexed.at,
        }
    }

    /// Takes a claim into account; whether it is torn between claims of one place.
    fn hear(
        &mut self,
        batches: &[Mentions<'_>],
        claim: &Claim<'_>,
        denies: bool,
        (at, tie): (At, Tie),
    ) -> Result<bool, ArrowError> {
        let said = Said {
            place: claim.place(denies),
            at,
        };
        let mut torn = false;
        if claim.name.is_some() {
            let same: Same = |a, b| a.name == b.name;
            torn |= self.named.hear(batches, said, claim, (same, tie))?;
        }
        if claim.birth_date.is_some() {
            let same: Same = |a, b| a.birth_date == b.birth_date;
            torn |= self.born.hear(batches, said, claim, (same, tie))?;
        }
        if claim.sex != 0 {
            let same: Same = |a, b| a.sex == b.sex;
            torn |= self.sexed.hear(batches, said, claim, (same, tie))?;
        }
        Ok(torn)
    }
}

/// What becomes of two claims of one place.
#[derive(Clone, Copy)]
enum Tie {
    /// It is told if they differ: to settle it rows must be read, and most claims of one place say the same.
    Told,
    /// The larger row wins.
    Settled,
}

/// Whether two claims say the same of an attribute.
type Same = fn(&Claim<'_>, &Claim<'_>) -> bool;

impl Said {
    /// Takes a claim into account; whether it differs from one of the same place that isn't settled.
    fn hear(
        &mut self,
        batches: &[Mentions<'_>],
        said: Self,
        claim: &Claim<'_>,
        (same, tie): (Same, Tie),
    ) -> Result<bool, ArrowError> {
        let outranks = match said.place.cmp(&self.place) {
            _ if self.at == UNSAID => true,
            Ordering::Equal => match (self::claim(batches, self.at), tie) {
                (Some(held), Tie::Told) => return Ok(!same(claim, &held)),
                (Some(held), Tie::Settled) => claim.outranks(&held)?,
                (None, _) => true,
            },
            order => order.is_gt(),
        };
        if outranks {
            *self = said;
        }
        Ok(false)
    }
}

/// With what authority something is said; more is more: not against the number itself, the feed's rank, then
/// the newest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Place {
    consistent: bool,
    rank: Reverse<u16>,
    time: i64,
    as_of: i32,
}

/// What one mention says of the person who holds the number.
struct Claim<'a> {
    batch: &'a Mentions<'a>,
    row: usize,
    name: Option<&'a str>,
    birth_date: Option<i32>,
    sex: u8,
}

impl<'a> Claim<'a> {
    fn of(batch: &'a Mentions<'a>, row: usize) -> Self {
        let births = batch.birth_date.as_ref();
        let births = births.filter(|dates| dates.is_valid(row));
        Self {
            batch,
            row,
            name: batch.name.is_valid(row).then(|| batch.name.value(row)),
            birth_date: births.map(|dates| dates.value(row)),
            sex: batch.sex[row],
        }
    }

    fn place(&self, denies: bool) -> Place {
        Place {
            consistent: !denies,
            rank: Reverse(self.batch.rank),
            time: self.batch.time[self.row],
            as_of: self.batch.as_of[self.row],
        }
    }

    /// Whether of two claims of one place this speaks for the number: as the newest row of a feed is chosen
    /// everywhere.
    fn outranks(&self, other: &Self) -> Result<bool, ArrowError> {
        let said = |c: &Self| (c.name, c.birth_date, c.sex);
        let order = canonical_order((self.batch.rows, self.row), (other.batch.rows, other.row))?;
        Ok(order.then_with(|| said(self).cmp(&said(other))).is_gt())
    }
}
