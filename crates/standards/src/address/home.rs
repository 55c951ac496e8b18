//! The home that an address names: a room in a building.

use super::building::{Building, building_of};
use super::plain::plain;

/// A home, as far as an address names it.
///
/// The debug output leaves out everything: somebody lives there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Home {
    /// The building.
    pub building: Building,
    /// The stairwell, where the address counts them: 2单元, the 2 of `3-2-501`.
    pub unit: Option<u16>,
    /// The room: `501`, `1203A`; empty for a village house, which is one home; `None` where the address ends
    /// with a building of several.
    pub room: Option<Box<str>>,
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Home(..)")
    }
}

/// The home that an address names; `None` if it names no [building](super::building).
#[must_use]
pub fn home(address: &str) -> Option<Home> {
    let plain = plain(address)?;
    let building = building_of(&plain)?;
    let (unit, room) = match is_house(&building.key) {
        true => (None, Some("".into())),
        false => room(&plain),
    };
    Some(Home {
        building,
        unit,
        room,
    })
}

/// Whether a building is a house of a village: `江二村2组6号`.
fn is_house(key: &str) -> bool {
    let number = key.strip_suffix('号').unwrap_or_default();
    let village = number.trim_end_matches(|c: char| c.is_ascii_digit());
    village.len() < number.len() && village.ends_with(['组', '队', '社', '屯'])
}

/// Stairwell and room at the end of a plain address.
fn room(plain: &str) -> (Option<u16>, Option<Box<str>>) {
    let text = ["室", "号房", "房间", "房", "户"]
        .iter()
        .find_map(|ending| plain.strip_suffix(ending))
        .or_else(|| behind_a_stairwell(plain.strip_suffix('号')?))
        .unwrap_or(plain);
    let (before, group) = text.split_at(before_group(text));
    let before = before.strip_suffix('层').map_or(before, digits_cut);
    let atoms: Vec<&str> = group.split('-').filter(|atom| !atom.is_empty()).collect();
    let numbered = |atom: &str| atom.bytes().filter(u8::is_ascii_digit).count();
    let Some((last, rest)) = atoms.split_last().filter(|(last, _)| numbered(last) >= 3) else {
        return (None, None);
    };
    let road = before.ends_with(['路', '街', '道', '巷', '弄', '村']);
    if road && rest.is_empty() && text.len() == plain.len() {
        // A door, not a room.
        return (None, None);
    }
    let unit = match rest.last() {
        Some(unit) if rest.len() >= 2 || before.ends_with(['幢', '栋', '座', '楼', '号']) => {
            unit.parse().ok()
        }
        _ => STAIRWELLS
            .iter()
            .find_map(|word| before.strip_suffix(word))
            .and_then(|before| before.get(digits_cut(before).len()..)?.parse().ok()),
    };
    (unit, Some((*last).into()))
}

/// What a stairwell is called.
const STAIRWELLS: [&str; 3] = ["单元", "门", "梯"];

/// An address without the 号 of its room, if that stands behind a stairwell or a floor: 2门501号.
fn behind_a_stairwell(text: &str) -> Option<&str> {
    let before = text.get(..before_group(text))?;
    let behind = before.ends_with('层') || STAIRWELLS.iter().any(|word| before.ends_with(word));
    behind.then_some(text)
}

/// Where the group of numbers at the end begins.
fn before_group(text: &str) -> usize {
    text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-')
        .len()
}

fn digits_cut(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown() {
        assert_eq!(
            format!("{:?}", home("文三路100号3幢501室").unwrap()),
            "Home(..)"
        );
    }
}
