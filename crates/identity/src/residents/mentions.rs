//! Mentions of people as the resolve stage gets them, and the keys it gives back.

use std::borrow::Cow;

use arrow::array::{Array as _, Date32Array, StringViewArray};
use arrow::buffer::ScalarBuffer;
use arrow::error::ArrowError;
use rongtong_standards::identity::{IdStatus, birth_date_of, sex_of};

use super::written::Written;
use crate::linkage::DateAgreement;
use crate::{ResidentKey, Rows};

/// The keys that mentions have when their numbers aren't followed. They may lie elsewhere.
pub trait OwnKeys: Sync {
    /// One for each mention; `None` for one of nobody.
    ///
    /// # Errors
    /// When they can't be read.
    fn get(&self) -> Result<Cow<'_, [Option<ResidentKey>]>, ArrowError>;
}

/// The mentions of one batch of rows in one role, as columns of equal length. Personal data: no `Debug`.
#[derive(Clone)]
pub struct Mentions<'a> {
    /// A number for the feed.
    pub feed: u16,
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
    /// The normalised numbers that are of no usable body; for unusable ones the text as received.
    pub written: &'a Written,
    /// The name in standard form.
    pub name: StringViewArray,
    /// The birth date the row states, where its feed has one.
    pub birth_date: Option<Date32Array>,
    /// The sex the row states or the role implies (GB/T 2261.1: 1, 2), 0 where neither does.
    pub sex: ScalarBuffer<u8>,
    /// The place among the rows' columns of the phone, where the feed has one.
    pub phone: Option<usize>,
    /// The places of the addresses where the person lives.
    pub addresses: Vec<usize>,
    /// The places of the addresses of what the person owns.
    pub owned: Vec<usize>,
    /// The place of the household, where the feed has one; of owners that of the unit they own.
    pub household: Option<usize>,
    /// The names of the others that the row names: a wife's husband.
    pub companions: Vec<StringViewArray>,
    /// The row's own time in microseconds, `i64::MIN` where it has none.
    pub time: ScalarBuffer<i64>,
    /// As-of day of the row's delivery.
    pub as_of: Vec<i32>,
    /// The rows' standard columns: some say how a person can be reached, all of them settle ties.
    pub rows: &'a dyn Rows,
    /// The keys that the mentions get when their numbers aren't followed.
    pub own_keys: &'a dyn OwnKeys,
    /// The key the mention has in the last release; `None` for a new one; empty: all are new.
    pub before: &'a [Option<ResidentKey>],
}

impl Mentions<'_> {
    /// The birth date that a row states.
    fn stated(&self, row: usize) -> Option<i32> {
        let dates = self
            .birth_date
            .as_ref()
            .filter(|dates| dates.is_valid(row))?;
        Some(dates.value(row))
    }

    /// The birth date inside its number.
    pub(crate) fn inside(&self, row: usize) -> Option<i32> {
        birth_date_of(self.body[row])
    }

    /// Forgets by what claims to a number are weighed, once its holder is found and names are known by their numbers.
    pub(crate) fn forget_claim(&mut self) {
        self.name = StringViewArray::new_null(0);
        (self.time, self.as_of) = (ScalarBuffer::from(Vec::new()), Vec::new());
    }

    /// Forgets what else a mention says of who it is: once records are gathered, they say it.
    pub(crate) fn forget_said(&mut self) {
        (self.birth_date, self.sex) = (None, ScalarBuffer::from(Vec::new()));
        self.companions = Vec::new();
    }

    /// Whether a row states the birth date of its number.
    pub(crate) fn affirms_number(&self, row: usize) -> bool {
        self.stated(row).is_some() && self.stated(row) == self.inside(row)
    }

    /// Whether a row's birth date is a generation from that of its number, and no slip: a father under the number of his son, who
    /// may have his name.
    pub(crate) fn is_of_another_generation(&self, row: usize) -> bool {
        const GENERATION_DAYS: u32 = 15 * 365;
        let (Some(stated), Some(inside)) = (self.stated(row), self.inside(row)) else {
            return false;
        };
        stated.abs_diff(inside) >= GENERATION_DAYS && !DateAgreement::is_slip(stated, inside)
    }

    /// Whether a row denies what its number says of birth or sex; a slip of the pen denies nothing.
    pub(crate) fn denies_number(&self, row: usize) -> bool {
        self.denies_birth(row)
            .unwrap_or_else(|| self.denies_sex(row))
    }

    /// Whether a row is about another person than its number, though it may name nobody: it denies birth and sex. Of two whom
    /// one row names the sex tells them apart: a wife is not her husband.
    pub(crate) fn denies_all_of_number(&self, row: usize) -> bool {
        let denies = self
            .denies_birth(row)
            .unwrap_or(!self.companions.is_empty());
        denies && self.denies_sex(row)
    }

    /// Whether a row denies the birth date of its number; `None` where one of them says none.
    fn denies_birth(&self, row: usize) -> Option<bool> {
        let both = self.stated(row).zip(self.inside(row));
        both.map(|(stated, inside)| !DateAgreement::is_slip(stated, inside))
    }

    fn denies_sex(&self, row: usize) -> bool {
        let (stated, inside) = (self.sex[row], sex_of(self.body[row]));
        stated != 0 && inside != 0 && stated != inside
    }
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

/// The place of a key that isn't there: the mention is of nobody.
pub const KEYLESS: u32 = u32::MAX;

/// The keys of one batch of mentions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// For each mention the place of its key among all, [`KEYLESS`] only where the mention is of nobody.
    pub key: Vec<u32>,
    /// What became of each number, [`IdStatus::Contested`] included.
    pub status: Vec<IdStatus>,
    /// On what ground each key stands.
    pub basis: Vec<Basis>,
}
