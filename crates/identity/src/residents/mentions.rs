//! Mentions of people as the resolve stage gets them, and the keys it gives back.

use std::cmp::{Ordering, Reverse};

use arrow::array::{Array, ArrayRef, Date32Array, StringViewArray};
use rongtong_standards::identity::IdStatus;

use crate::{ResidentKey, canonical_row};

/// The mentions of one batch of rows in one role, as columns of equal length. Personal data: no `Debug`.
#[derive(Clone)]
pub struct Mentions<'a> {
    /// Place of the feed in the authority order for names; 0 is the authority.
    pub rank: u16,
    /// Whether the rows were resolved in an earlier run.
    pub known: bool,
    /// Whether the rows still count. Those of a replaced snapshot don't, but they tell who someone was.
    pub in_force: bool,
    /// What the number alone says: [`IdStatus::Contested`] never stands here.
    pub status: &'a [IdStatus],
    /// GA/T 2000.156 code of the document; 0 where the number can't be used.
    pub document: &'a [u16],
    /// First 17 digits of an 18-character number; 0 for all other documents.
    pub body: &'a [u64],
    /// The normalised number; for an unusable one the text as received.
    pub number: &'a StringViewArray,
    /// Birth date inside the number, where it has one.
    pub number_birth_date: &'a Date32Array,
    /// Sex inside the number (1, 2), 0 where it has none.
    pub number_sex: &'a [u8],
    /// The name in standard form.
    pub name: &'a StringViewArray,
    /// The birth date the row states, where its feed has one.
    pub birth_date: Option<&'a Date32Array>,
    /// The sex the row states or the role implies (GB/T 2261.1: 1, 2), 0 where neither does.
    pub sex: &'a [u8],
    /// The phone the row states, where its feed has one.
    pub phone: Option<&'a StringViewArray>,
    /// The addresses the row states: where the person lives, or what they own.
    pub addresses: Vec<&'a StringViewArray>,
    /// The household the row states, where its feed has one.
    pub household: Option<&'a StringViewArray>,
    /// The names of the others that the row names: a wife's husband.
    pub companions: Vec<&'a StringViewArray>,
    /// The row's own time in microseconds, `i64::MIN` where it has none.
    pub time: &'a [i64],
    /// As-of day of the row's delivery.
    pub as_of: &'a [i32],
    /// The rows' standard columns: they settle ties.
    pub columns: &'a [ArrayRef],
    /// The key the mention gets when its number isn't followed; `None` for a mention of nobody.
    pub mention_key: &'a [Option<ResidentKey>],
    /// The key the mention has in the last release; `None` for a new one; empty: all are new.
    pub before: &'a [Option<ResidentKey>],
}

/// On what ground a mention, and a resident, has its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A good number.
    Number,
    /// Evidence that ties it to other mentions.
    Linked,
    /// The mention's own key: nobody knows yet who this is.
    Unidentified,
}

impl Basis {
    /// The word that stands in `residents.key_basis`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Linked => "linked",
            Self::Unidentified => "unidentified",
        }
    }
}

/// The keys of one batch of mentions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// One for each mention; `None` only where the mention is of nobody.
    pub keys: Vec<Option<ResidentKey>>,
    /// What became of each number, [`IdStatus::Contested`] included.
    pub status: Vec<IdStatus>,
    /// On what ground each key stands.
    pub basis: Vec<Basis>,
}

/// What one mention says of the person who holds the number.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    /// Whether it denies what the number says of birth or sex; never where authority alone counts.
    denies: bool,
    pub(crate) rank: u16,
    time: i64,
    as_of: i32,
    columns: &'a [ArrayRef],
    row: usize,
    pub(crate) name: Option<&'a str>,
    birth_date: Option<i32>,
    sex: u8,
}

impl<'a> Claim<'a> {
    pub(crate) fn of(batch: &Mentions<'a>, row: usize) -> Self {
        Self {
            denies: false,
            rank: batch.rank,
            time: batch.time[row],
            as_of: batch.as_of[row],
            columns: batch.columns,
            row,
            name: batch.name.is_valid(row).then(|| batch.name.value(row)),
            birth_date: batch
                .birth_date
                .and_then(|dates| dates.is_valid(row).then(|| dates.value(row))),
            sex: batch.sex[row],
        }
    }

    /// The same, believed less than any other if it denies what the number says of birth or sex: a child
    /// that was entered under its mother's number.
    pub(crate) fn weighed(self, batch: &Mentions<'_>, row: usize) -> Self {
        let inside = batch.number_birth_date;
        let inside = inside.is_valid(row).then(|| inside.value(row));
        let (sex, stated) = (batch.number_sex[row], self.sex);
        let denies = match (self.birth_date, inside) {
            (Some(stated), Some(inside)) => stated != inside,
            _ => stated != 0 && sex != 0 && stated != sex,
        };
        Self { denies, ..self }
    }

    fn place(&self) -> (bool, Reverse<u16>, i64, i32) {
        (!self.denies, Reverse(self.rank), self.time, self.as_of)
    }

    /// Whether this claim speaks for the number rather than `other`: by authority, then as the newest row
    /// of a feed is chosen everywhere. The order of the batches is no matter.
    pub(crate) fn outranks(&self, other: &Self) -> bool {
        let said = |c: &Self| {
            (
                canonical_row(c.columns, c.row),
                c.name.map(str::to_owned),
                c.birth_date,
                c.sex,
            )
        };
        match self.place().cmp(&other.place()) {
            Ordering::Equal => said(self) > said(other),
            order => order.is_gt(),
        }
    }
}

/// Who holds a number: for each attribute the claim that speaks for it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Holder<'a> {
    named: Option<Claim<'a>>,
    born: Option<Claim<'a>>,
    sexed: Option<Claim<'a>>,
}

impl<'a> Holder<'a> {
    /// The holder's name.
    pub(crate) fn name(&self) -> Option<&'a str> {
        self.named.and_then(|claim| claim.name)
    }

    /// Takes a claim into account.
    pub(crate) fn hear(&mut self, claim: Claim<'a>) {
        // Of two claims that say the same the later one needs no tie-break: its place is what counts.
        let better = |held: &mut Option<Claim<'a>>, same: fn(&Claim<'_>, &Claim<'_>) -> bool| {
            let outranks = |held: &Claim<'a>| match claim.place().cmp(&held.place()) {
                Ordering::Equal => !same(&claim, held) && claim.outranks(held),
                order => order.is_gt(),
            };
            if held.as_ref().is_none_or(outranks) {
                *held = Some(claim);
            }
        };
        if claim.name.is_some() {
            better(&mut self.named, |a, b| a.name == b.name);
        }
        if claim.birth_date.is_some() {
            better(&mut self.born, |a, b| a.birth_date == b.birth_date);
        }
        if claim.sex != 0 {
            better(&mut self.sexed, |a, b| a.sex == b.sex);
        }
    }

    /// Whether a claim's name and its birth date or sex are not the holder's. Sex and birth date last from
    /// the number, which row `row` of `batch` states.
    pub(crate) fn contradicts(&self, claim: &Claim<'_>, batch: &Mentions<'_>, row: usize) -> bool {
        let inside = batch.number_birth_date;
        let inside = || inside.is_valid(row).then(|| inside.value(row));
        let born = self.born.and_then(|held| held.birth_date).or_else(inside);
        let sex = match self.sexed.map_or(0, |held| held.sex) {
            0 => batch.number_sex[row],
            sex => sex,
        };
        let name_differs = matches!((claim.name, self.name()), (Some(a), Some(b)) if a != b);
        let born_differs = matches!((claim.birth_date, born), (Some(a), Some(b)) if a != b);
        name_differs && (born_differs || claim.sex != 0 && sex != 0 && claim.sex != sex)
    }
}
