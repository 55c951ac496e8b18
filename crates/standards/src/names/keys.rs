//! Keys to find names by: 64-bit hashes, the same in every build and run.

use super::characters::CHARACTERS;
use super::unit::{Kind, Unit};

/// The key of a name as it is written.
pub(super) fn of_units(units: &[Unit]) -> u64 {
    mixed(units.iter().map(|unit| unit.code()))
}

/// The key of a part of a name; 0 if it is empty or can't be read.
pub(super) fn of_part(units: &[Unit]) -> u64 {
    if units.is_empty() || units.iter().any(|unit| unit.is_wild()) {
        return 0;
    }
    of_units(units)
}

/// The key of a name as it sounds; characters without a reading stand for themselves.
pub(super) fn of_units_by_sound(units: &[Unit]) -> u64 {
    mixed(units.iter().map(|unit| match unit.sounds {
        [0, ..] => unit.code() | SILENT,
        [sound, ..] if unit.kind() != Kind::Letter => class(sound),
        _ => unit.code(),
    }))
}

/// The key of a name in pinyin.
pub(super) fn of_sounds(sounds: &[u16]) -> u64 {
    mixed(sounds.iter().map(|sound| class(*sound)))
}

/// Sets what has no sound apart from the syllables.
const SILENT: u32 = 1 << 31;

/// The syllable's number, or that of the one it is grouped with.
fn class(sound: u16) -> u32 {
    u32::from(CHARACTERS.class(sound))
}

/// Never 0 but by a chance of one in 2⁶⁴.
fn mixed(codes: impl Iterator<Item = u32>) -> u64 {
    let key = codes.fold(0x9E37_79B9_7F4A_7C15, |key: u64, code| {
        (key ^ u64::from(code))
            .wrapping_mul(0xD6E8_FEB8_6659_FD93)
            .rotate_left(29)
    });
    let key = (key ^ key >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    key ^ key >> 32
}
