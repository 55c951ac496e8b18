//! How two single characters relate.

use super::characters::CHARACTERS;
use super::unit::{Kind, Unit};

/// From strongest to weakest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    Same,
    Sound,
    Look,
    /// A syllable in letters, and a character that is read so.
    Spelled,
    Other,
}

/// How two characters relate; what can't be read relates to nothing.
pub(super) fn relation(a: Unit, b: Unit) -> Relation {
    if a.same(b) {
        return Relation::Same;
    }
    if share_a_sound(a, b) {
        return match (a.kind(), b.kind()) {
            (Kind::Han, Kind::Han) => Relation::Sound,
            _ => Relation::Spelled,
        };
    }
    let both_han = a.kind() == Kind::Han && b.kind() == Kind::Han;
    if both_han && CHARACTERS.look_alike(a.folded(), b.folded()) {
        return Relation::Look;
    }
    Relation::Other
}

/// Whether two characters can be taken for one another, by ear or by eye.
pub(super) fn related(a: Unit, b: Unit) -> bool {
    relation(a, b) != Relation::Other
}

fn share_a_sound(a: Unit, b: Unit) -> bool {
    let ([first, second, ..], [other, another, ..]) = (a.sounds, b.sounds);
    // Nearly all characters have one reading.
    if second == 0 && another == 0 {
        return first == other && first != 0;
    }
    a.sounds
        .iter()
        .any(|sound| *sound != 0 && b.sounds.contains(sound))
}
