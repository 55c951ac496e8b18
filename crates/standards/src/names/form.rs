//! A name taken apart.

use std::fmt;

use super::agreement::NameAgreement;
use super::dotted::{first_part, last_part};
use super::read::{self, Parsed};
use super::unit::Unit;
use super::{han, is_of_newborn, keys, latin};

/// A name in standard form (see [`crate::name`]), taken apart once so that pairs compare fast.
#[derive(Clone)]
pub struct NameForm {
    units: Box<[Unit]>,
    plain: u64,
    sound: u64,
    /// The first characters that are a surname; 0 for names of parts, in letters, or of more than 4 (with
    /// a compound surname 5) characters.
    surname: u8,
    wild: bool,
    latin: bool,
    /// In letters, and every word is pinyin.
    spelled: bool,
    /// Says whose child somebody is.
    newborn: bool,
}

impl NameForm {
    /// Takes a name apart. Never fails: what can't be read is part of the form.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let Parsed {
            units,
            surname,
            latin,
            syllables,
        } = read::parse(name);
        let sound = match &syllables {
            Some(syllables) => keys::of_sounds(syllables),
            None => keys::of_units_by_sound(&units),
        };
        Self {
            plain: keys::of_units(&units),
            sound,
            surname,
            wild: units.iter().any(|unit| unit.is_wild()),
            latin,
            spelled: syllables.is_some(),
            newborn: is_of_newborn(name),
            units: units.into_boxed_slice(),
        }
    }

    /// Equal for names that are written alike once traditional and variant forms are folded and dots and
    /// blanks are gone.
    #[must_use]
    pub const fn plain_key(&self) -> u64 {
        self.plain
    }

    /// Equal for names that sound alike, tones aside: each character by its usual reading, a surname's
    /// by its reading as a surname, pinyin as it is spelled.
    ///
    /// Names that only share a second reading have different keys, though they compare as
    /// [`NameAgreement::SameSound`], except for the few readings that given names really vary in.
    #[must_use]
    pub const fn sound_key(&self) -> u64 {
        self.sound
    }

    /// The key of the surname alone, folded; of a name in parts, of the last one. 0 if there is none.
    #[must_use]
    pub fn surname_key(&self) -> u64 {
        if self.has_surname() {
            return keys::of_part(self.surname());
        }
        last_part(&self.units).map_or(0, keys::of_part)
    }

    /// The key of the given name alone, folded; of a name in parts, of the first one. 0 if there is none.
    #[must_use]
    pub fn given_key(&self) -> u64 {
        if self.has_surname() {
            return keys::of_part(self.given());
        }
        let first = first_part(&self.units);
        if first.len() < self.units.len() {
            keys::of_part(first)
        } else {
            0
        }
    }

    /// How two names agree; the same whichever comes first.
    #[must_use]
    pub fn compare(&self, other: &Self) -> NameAgreement {
        let agreement = self.compared(other);
        // 王芳之女 is not 王芳, but may be 王婷.
        match self.newborn == other.newborn {
            true => agreement,
            false => agreement.max(NameAgreement::Surname),
        }
    }

    fn compared(&self, other: &Self) -> NameAgreement {
        if self.plain == other.plain
            && let Some(agreement) = self.written_alike(other)
        {
            return agreement;
        }
        match (self.latin, other.latin) {
            (false, false) => han::compare(self, other),
            (true, true) => latin::compare(self, other),
            (true, false) => latin::compare_with_han(self, other),
            (false, true) => latin::compare_with_han(other, self),
        }
    }

    fn written_alike(&self, other: &Self) -> Option<NameAgreement> {
        let (a, b) = (&self.units, &other.units);
        if a.len() != b.len() {
            return None;
        }
        let pairs = || a.iter().zip(b.iter());
        if pairs().all(|(a, b)| a.identical(*b)) {
            return Some(NameAgreement::Exact);
        }
        pairs()
            .all(|(a, b)| a.same(*b))
            .then_some(NameAgreement::Folded)
    }

    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    pub(super) const fn is_wild(&self) -> bool {
        self.wild
    }

    pub(super) const fn is_spelled(&self) -> bool {
        self.spelled
    }

    pub(super) const fn has_surname(&self) -> bool {
        self.surname > 0
    }

    pub(super) fn surname(&self) -> &[Unit] {
        self.units
            .get(..usize::from(self.surname))
            .unwrap_or_default()
    }

    pub(super) fn given(&self) -> &[Unit] {
        self.units
            .get(usize::from(self.surname)..)
            .unwrap_or_default()
    }
}

impl fmt::Debug for NameForm {
    /// Says nothing of the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameForm(…)")
    }
}
