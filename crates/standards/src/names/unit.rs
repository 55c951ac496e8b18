//! One character of a name, with what comparing needs to know of it.

use super::characters::{CHARACTERS, Readings};

/// What kind of character stands there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An ideograph.
    Han,
    /// A letter or digit.
    Letter,
    /// A syllable in letters in place of an ideograph.
    Pinyin,
    /// One unreadable character.
    Wild,
    /// A mask, which may cover more than one character: 某, `*`.
    Mask,
}

/// What stands before a character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    None,
    /// An apostrophe or the like inside of a word.
    Mark,
    /// A blank, a hyphen, or the full stop after an initial.
    Blank,
    /// The dot between the parts of a name.
    Dot,
}

#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// The character as written; for a syllable its number.
    raw: u32,
    /// The folded character.
    folded: u32,
    /// The readings, the likeliest first, 0 where there are fewer.
    pub(super) sounds: Readings,
}

// Kind and gap stand above the 21 bits of a character.
const KIND: u32 = 24;
const GAP: u32 = 28;

impl Unit {
    pub(super) fn new(kind: Kind, gap: Gap, c: char, folded: char) -> Self {
        let sounds = match kind {
            Kind::Han => CHARACTERS.readings(folded),
            _ => Readings::default(),
        };
        Self {
            raw: u32::from(c) | (kind as u32) << KIND | (gap as u32) << GAP,
            folded: u32::from(folded) | (kind as u32) << KIND,
            sounds,
        }
    }

    pub(super) fn syllable(gap: Gap, sound: u16) -> Self {
        let kind = (Kind::Pinyin as u32) << KIND;
        Self {
            raw: u32::from(sound) | kind | (gap as u32) << GAP,
            folded: u32::from(sound) | kind,
            sounds: [sound, 0, 0, 0],
        }
    }

    pub(super) const fn kind(self) -> Kind {
        match (self.folded >> KIND) & 0xF {
            0 => Kind::Han,
            1 => Kind::Letter,
            2 => Kind::Pinyin,
            3 => Kind::Wild,
            _ => Kind::Mask,
        }
    }

    pub(super) const fn gap(self) -> Gap {
        match self.raw >> GAP {
            0 => Gap::None,
            1 => Gap::Mark,
            2 => Gap::Blank,
            _ => Gap::Dot,
        }
    }

    /// The folded character with its kind: equal for units that are written alike.
    pub(super) const fn code(self) -> u32 {
        self.folded
    }

    /// The folded character.
    pub(super) fn folded(self) -> char {
        char::from_u32(self.folded & 0x1F_FFFF).unwrap_or_default()
    }

    pub(super) const fn is_wild(self) -> bool {
        matches!(self.kind(), Kind::Wild | Kind::Mask)
    }

    /// Whether both are written the same, dots and blanks included.
    pub(super) const fn identical(self, other: Self) -> bool {
        self.raw == other.raw
    }

    /// Whether both can be read and are written alike.
    pub(super) const fn same(self, other: Self) -> bool {
        self.folded == other.folded && !self.is_wild()
    }
}

/// Whether two runs are written alike, every unit readable.
pub(super) fn all_same(a: &[Unit], b: &[Unit]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(*b))
}
