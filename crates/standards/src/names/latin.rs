//! Comparing names in letters, with each other and with names in Han characters.

use super::agreement::NameAgreement;
use super::form::NameForm;
use super::spelling::spells;
use super::unit::{Gap, Unit, all_same};

/// How two names in letters agree that aren't written alike.
pub(super) fn compare(a: &NameForm, b: &NameForm) -> NameAgreement {
    let (left, right) = (a.units(), b.units());
    if a.is_spelled() && b.is_spelled() && a.sound_key() == b.sound_key() {
        return NameAgreement::SameSound;
    }
    if same_words(left, right) || some_words(left, right) {
        return NameAgreement::Compatible;
    }
    if similarity(left, right) >= NEAR {
        return NameAgreement::Near;
    }
    let is_word = |word: &[Unit]| word.len() >= 2;
    let (first, other_first) = (first_word(left), first_word(right));
    if is_word(first) && all_same(first, other_first) {
        return NameAgreement::Surname;
    }
    let (last, other_last) = (last_word(left), last_word(right));
    if last.len() >= 3 && all_same(last, other_last) {
        return NameAgreement::Given;
    }
    NameAgreement::Different
}

/// How a name in letters agrees with one in Han characters.
pub(super) fn compare_with_han(latin: &NameForm, han: &NameForm) -> NameAgreement {
    let (letters, characters) = (latin.units(), han.units());
    if spells(letters, characters) {
        return NameAgreement::SameSound;
    }
    // Given name first, as abroad.
    let (given, surname) = (han.given(), han.surname());
    let last = letters.len() - last_word(letters).len();
    if han.has_surname()
        && !given.is_empty()
        && spells(&letters[last..], surname)
        && spells(&letters[..last], given)
    {
        return NameAgreement::Compatible;
    }
    if han.has_surname() && spells(first_word(letters), surname) {
        return NameAgreement::Surname;
    }
    NameAgreement::Different
}

/// From here on two names are near.
const NEAR: f32 = 0.92;

/// Longer names are compared by their beginnings.
const LONGEST: usize = 64;

fn first_word(units: &[Unit]) -> &[Unit] {
    let end = units.iter().position(|unit| unit.gap() >= Gap::Blank);
    &units[..end.unwrap_or(units.len())]
}

fn last_word(units: &[Unit]) -> &[Unit] {
    let start = units.iter().rposition(|unit| unit.gap() >= Gap::Blank);
    &units[start.unwrap_or(0)..]
}

pub(super) fn words(units: &[Unit]) -> impl Iterator<Item = &[Unit]> {
    units.chunk_by(|_, next| next.gap() < Gap::Blank)
}

/// Whether the words are the same in any order.
fn same_words(a: &[Unit], b: &[Unit]) -> bool {
    let times =
        |word: &[Unit], among: &[Unit]| words(among).filter(|other| all_same(word, other)).count();
    // A word that can't be read isn't even like itself.
    let as_often = |word: &[Unit]| times(word, b) > 0 && times(word, a) == times(word, b);
    a.len() == b.len() && words(a).all(as_often)
}

/// Whether the one has all words of the other, two at least, and more beside: a middle name is often left out.
fn some_words(a: &[Unit], b: &[Unit]) -> bool {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let is_among =
        |word: &[Unit]| word.len() >= 2 && words(many).any(|other| all_same(word, other));
    let (less, more) = (words(few).count(), words(many).count());
    (2..more).contains(&less) && words(few).all(is_among)
}

/// The similarity of Jaro and Winkler, 0 to 1.
fn similarity(a: &[Unit], b: &[Unit]) -> f32 {
    let (a, b) = (&a[..a.len().min(LONGEST)], &b[..b.len().min(LONGEST)]);
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    // One bit for each letter that has found its like.
    let (mut taken, mut matched) = (0_u64, 0_u64);
    for (at, x) in a.iter().enumerate() {
        let from = at.saturating_sub(window);
        let to = (at + window + 1).min(b.len());
        let free = (from..to).find(|other| taken >> other & 1 == 0 && b[*other].same(*x));
        if let Some(other) = free {
            taken |= 1 << other;
            matched |= 1 << at;
        }
    }
    if matched == 0 {
        return 0.0;
    }
    let (mut left, mut right, mut crossed) = (matched, taken, 0);
    while left != 0 {
        let (x, y) = (
            left.trailing_zeros() as usize,
            right.trailing_zeros() as usize,
        );
        crossed += u32::from(!a[x].same(b[y]));
        left &= left - 1;
        right &= right - 1;
    }
    let matches = matched.count_ones() as f32;
    let jaro = (matches / a.len() as f32
        + matches / b.len() as f32
        + (matches - (crossed / 2) as f32) / matches)
        / 3.0;
    let prefix = a.iter().zip(b).take(4).take_while(|(a, b)| a.same(**b));
    jaro + prefix.count() as f32 * 0.1 * (1.0 - jaro)
}
