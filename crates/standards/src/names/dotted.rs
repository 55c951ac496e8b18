//! Comparing names of parts: Uyghur, Kazakh, Yi and foreign names in Han characters, with or without
//! their dots.

use super::agreement::NameAgreement;
use super::relation::related;
use super::unit::{Gap, Unit, all_same};

/// How two names agree of which some character differs.
pub(super) fn compare(a: &[Unit], b: &[Unit]) -> NameAgreement {
    if is_cut_off(a, b) {
        return NameAgreement::Compatible;
    }
    if is_misspelled(a, b) {
        return NameAgreement::Near;
    }
    let (first, other_first) = (first_part(a), first_part(b));
    if first.len() >= 2 && all_same(first, other_first) {
        return NameAgreement::Given;
    }
    let (Some(last), Some(other_last)) = (last_part(a), last_part(b)) else {
        return NameAgreement::Different;
    };
    if last.len() >= 2 && all_same(last, other_last) {
        return NameAgreement::Surname;
    }
    NameAgreement::Different
}

/// The part before the first dot: the person's own name.
pub(super) fn first_part(units: &[Unit]) -> &[Unit] {
    let end = units.iter().position(|unit| unit.gap() == Gap::Dot);
    &units[..end.unwrap_or(units.len())]
}

/// The part after the last dot: the father's name, or a foreigner's surname.
pub(super) fn last_part(units: &[Unit]) -> Option<&[Unit]> {
    let start = units.iter().rposition(|unit| unit.gap() == Gap::Dot)?;
    Some(&units[start..])
}

/// One name is the beginning of the other: the first part at least, or, where the dots are gone, two characters.
fn is_cut_off(a: &[Unit], b: &[Unit]) -> bool {
    /// Without dots this many characters are several parts.
    const PARTS: usize = 5;
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let first = match first_part(long).len() {
        all if all == long.len() && all >= PARTS => 2,
        first => first.max(2),
    };
    (first..long.len()).contains(&short.len())
        && short.iter().zip(long).all(|(a, b)| related(*a, *b))
}

/// One character too many, too few or wrong among four; two among eight.
fn is_misspelled(a: &[Unit], b: &[Unit]) -> bool {
    let shorter = a.len().min(b.len());
    let allowed = shorter / 4;
    allowed > 0 && distance(a, b, allowed.min(2)).is_some()
}

/// Characters to insert, drop or replace, at most `limit`; those that sound or look alike count as the same.
fn distance(a: &[Unit], b: &[Unit], limit: usize) -> Option<usize> {
    const MOST: usize = 48;
    if a.len().abs_diff(b.len()) > limit || b.len() >= MOST {
        return None;
    }
    let mut row: [usize; MOST] = std::array::from_fn(|at| at);
    for (done, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = done + 1;
        let mut best = row[0];
        for (at, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(!related(*x, *y));
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
            best = best.min(row[at + 1]);
        }
        if best > limit {
            return None;
        }
    }
    let distance = row[b.len()];
    (distance <= limit).then_some(distance)
}
