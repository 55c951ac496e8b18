//! Names of which some characters can't be read.

use super::unit::{Kind, Unit};

/// Whether the names are equal wherever both can be read; the first character must be legible.
///
/// A broken character may have left several `?`, so a run of n stands for 1 to n characters; a mask
/// may cover one more than is seen: 王某 is 王小明 as well.
pub(super) fn compatible(a: &[Unit], b: &[Unit]) -> bool {
    let (Some(first), Some(other)) = (a.first(), b.first()) else {
        return false;
    };
    first.same(*other) && (fits(a, b) || fits(b, a))
}

fn fits(a: &[Unit], b: &[Unit]) -> bool {
    match (a.first(), b.first()) {
        (None, None) => true,
        (Some(first), _) if first.is_wild() => fits_run(a, b),
        (_, Some(first)) if first.is_wild() => fits_run(b, a),
        (Some(x), Some(y)) => agree(*x, *y) && fits(&a[1..], &b[1..]),
        _ => false,
    }
}

/// `a` begins with a run that can't be read.
fn fits_run(a: &[Unit], b: &[Unit]) -> bool {
    let run = a.iter().take_while(|unit| unit.is_wild()).count();
    let mask = a.first().is_some_and(|unit| unit.kind() == Kind::Mask);
    let most = if mask { run.max(2) } else { run };
    (1..=most.min(b.len())).any(|covered| fits(&a[run..], &b[covered..]))
}

/// Written alike, or one spelled as the other is read.
fn agree(a: Unit, b: Unit) -> bool {
    let spelled = (a.kind() == Kind::Pinyin) != (b.kind() == Kind::Pinyin);
    a.same(b)
        || spelled
            && a.sounds
                .iter()
                .any(|sound| *sound != 0 && b.sounds.contains(sound))
}
