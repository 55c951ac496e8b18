//! Comparing two names in Han characters.

use super::agreement::NameAgreement;
use super::characters::CHARACTERS;
use super::form::NameForm;
use super::relation::{Relation, relation};
use super::unit::{Kind, Unit, all_same};
use super::{dotted, wild};

/// How two names agree that aren't written alike.
pub(super) fn compare(a: &NameForm, b: &NameForm) -> NameAgreement {
    let (left, right) = (a.units(), b.units());
    if (a.is_wild() || b.is_wild()) && wild::compatible(left, right) {
        return NameAgreement::Compatible;
    }
    if left.len() == right.len()
        && let Some(agreement) = in_step(left, right)
    {
        return agreement;
    }
    if a.has_surname() && b.has_surname() {
        apart(a, b)
    } else {
        dotted::compare(left, right)
    }
}

/// Names whose characters are related one by one.
fn in_step(left: &[Unit], right: &[Unit]) -> Option<NameAgreement> {
    let mut weakest = NameAgreement::SameSound;
    for (a, b) in left.iter().zip(right) {
        let agreement = match relation(*a, *b) {
            Relation::Same | Relation::Sound => continue,
            Relation::Look => NameAgreement::LookAlike,
            Relation::Spelled => NameAgreement::Compatible,
            Relation::Other => return None,
        };
        weakest = weakest.max(agreement);
    }
    Some(weakest)
}

/// Names of surname and given name of which some character differs.
fn apart(a: &NameForm, b: &NameForm) -> NameAgreement {
    let (given, other) = (a.given(), b.given());
    if !all_same(a.surname(), b.surname()) {
        return if all_same(given, other) && is_telling(given) {
            NameAgreement::Given
        } else {
            NameAgreement::Different
        };
    }
    let near = match given.len().abs_diff(other.len()) {
        0 => one_differs(given, other) || two_swapped(given, other),
        1 => one_missing(given, other),
        _ => false,
    };
    if near {
        NameAgreement::Near
    } else {
        NameAgreement::Surname
    }
}

/// Whether a given name alone says anything: two characters, or a rare one.
fn is_telling(given: &[Unit]) -> bool {
    match given {
        [] => false,
        [one] => one.kind() == Kind::Han && !CHARACTERS.is_common(one.folded()),
        _ => true,
    }
}

/// Exactly one of two or more characters differs.
fn one_differs(a: &[Unit], b: &[Unit]) -> bool {
    a.len() >= 2 && a.iter().zip(b).filter(|(a, b)| !a.same(**b)).count() == 1
}

/// The names are the same but for two neighbours in the wrong order.
fn two_swapped(a: &[Unit], b: &[Unit]) -> bool {
    let Some(at) = a.iter().zip(b).position(|(a, b)| !a.same(*b)) else {
        return false;
    };
    match (&a[at..], &b[at..]) {
        ([a, b, rest @ ..], [x, y, others @ ..]) => {
            a.same(*y) && b.same(*x) && all_same(rest, others)
        }
        _ => false,
    }
}

/// The longer name has one character more, and is otherwise the same.
fn one_missing(a: &[Unit], b: &[Unit]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let at = short
        .iter()
        .zip(long)
        .take_while(|(a, b)| a.same(**b))
        .count();
    !short.is_empty() && all_same(&short[at..], &long[at + 1..])
}
