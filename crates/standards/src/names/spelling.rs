//! Names in pinyin letters.

use super::characters::CHARACTERS;
use super::unit::{Gap, Kind, Unit};

/// The longest word that is taken apart.
const LONGEST: usize = 24;

/// The syllables of a run of letters, 0 after the last, if it consists of syllables.
pub(super) fn syllables(letters: &[Unit]) -> Option<[u16; LONGEST]> {
    if letters.is_empty() || letters.len() > LONGEST {
        return None;
    }
    let mut text = [0; LONGEST];
    for (to, unit) in text.iter_mut().zip(letters) {
        *to = ascii(*unit)?;
    }
    let mut found = [0; LONGEST];
    split(&text[..letters.len()], &mut found).then_some(found)
}

/// Whether letters spell the characters, each by one of its readings.
pub(super) fn spells(letters: &[Unit], characters: &[Unit]) -> bool {
    let Some((first, rest)) = characters.split_first() else {
        return letters.is_empty();
    };
    if letters.len() < characters.len() {
        return false;
    }
    let sounds = first.sounds.iter().take_while(|sound| **sound != 0);
    sounds.copied().any(|sound| {
        let ends = ends(letters, CHARACTERS.spelled(sound));
        ends.into_iter()
            .flatten()
            .any(|end| spells(&letters[end..], rest))
    })
}

/// Splits words into syllables, long ones first; a word's end is a syllable's end.
fn split(text: &[u8], found: &mut [u16]) -> bool {
    if text.is_empty() {
        return true;
    }
    let Some((next, later)) = found.split_first_mut() else {
        return false;
    };
    (1..=text.len().min(6)).rev().any(|end| {
        let Some(sound) = number(&text[..end]) else {
            return false;
        };
        *next = sound;
        let done = split(&text[end..], later);
        if !done {
            *next = 0;
        }
        done
    })
}

fn number(text: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(text).ok()?;
    let sound = CHARACTERS.syllable(text);
    sound.or_else(|| match text {
        // Passports write ü as YU after L and N.
        "lyu" => CHARACTERS.syllable("lv"),
        "nyu" => CHARACTERS.syllable("nv"),
        "lyue" | "lue" => CHARACTERS.syllable("lve"),
        "nyue" | "nue" => CHARACTERS.syllable("nve"),
        _ => None,
    })
}

/// Where a syllable that stands at the beginning of the letters ends: as written with v, u and yu for ü.
fn ends(letters: &[Unit], spelled: &str) -> [Option<usize>; 3] {
    let end = |umlaut: &str| {
        let wanted = spelled.bytes().flat_map(|byte| {
            let plain = byte != b'v';
            plain
                .then_some(byte)
                .into_iter()
                .chain(umlaut.bytes().filter(move |_| !plain))
        });
        let mut end = 0;
        for byte in wanted {
            let unit = letters.get(end)?;
            // A syllable doesn't go on in the next word.
            let broken = end > 0 && unit.gap() >= Gap::Mark;
            if broken || ascii(*unit) != Some(byte) {
                return None;
            }
            end += 1;
        }
        (end > 0).then_some(end)
    };
    if spelled.contains('v') {
        [end("v"), end("u"), end("yu")]
    } else {
        [end("v"), None, None]
    }
}

fn ascii(unit: Unit) -> Option<u8> {
    let letter = u8::try_from(u32::from(unit.folded())).ok()?;
    (unit.kind() == Kind::Letter && letter.is_ascii_uppercase())
        .then(|| letter.to_ascii_lowercase())
}
