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

impl Home {
    /// Whether two addresses can name one home: one building and one room, and no two stairwells. A building
    /// without rooms is no home: many may live there.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        let units = self.unit.is_none() || other.unit.is_none() || self.unit == other.unit;
        self.room.is_some()
            && self.room == other.room
            && units
            && self.building.may_be(&other.building)
    }
}

impl Home {
    /// Whether two addresses agree in every number down to the room, though not in the road: it may have been
    /// renamed.
    #[must_use]
    pub fn has_numbers_of(&self, other: &Self) -> bool {
        fn numbers(key: &str) -> impl Iterator<Item = &str> {
            let numbers = key.split(|c: char| !c.is_ascii_alphanumeric());
            numbers.filter(|number| !number.is_empty())
        }
        let (one, two) = (&self.building, &other.building);
        let units = self.unit.is_none() || other.unit.is_none() || self.unit == other.unit;
        let room = self.room.as_ref().filter(|room| !room.is_empty());
        let districts =
            one.district.is_none() || two.district.is_none() || one.district == two.district;
        room.is_some()
            && self.room == other.room
            && units
            && districts
            && numbers(&one.key).next().is_some()
            && numbers(&one.key).eq(numbers(&two.key))
    }
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
        .unwrap_or(plain);
    let start = text
        .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-')
        .len();
    let (before, group) = text.split_at(start);
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
        _ => before.strip_suffix("单元").and_then(|before| {
            let digits = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            before.get(digits..)?.parse().ok()
        }),
    };
    (unit, Some((*last).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        home(one).unwrap().may_be(&home(other).unwrap())
    }

    #[test]
    fn one_home_is_written_in_many_ways() {
        for other in [
            "杭州市西湖区文三路100号3幢2单元501室",
            "文三路100号3幢501室",
            "文三路100号3-2-501",
            "西湖区文三路100号3号楼2单元501",
        ] {
            assert!(same("文三路100号3幢2单元501室", other), "{other}");
        }
    }

    #[test]
    fn another_room_stairwell_or_building_is_another_home() {
        for other in [
            "文三路100号3幢2单元502室",
            "文三路100号3幢1单元501室",
            "文三路100号4幢2单元501室",
            "文三路100号3幢",
        ] {
            assert!(!same("文三路100号3幢2单元501室", other), "{other}");
        }
        assert!(!same("文三路100号", "文三路100号"));
    }

    #[test]
    fn a_village_house_is_one_home() {
        let house = "西湖区三墩镇双桥村12组34号";
        assert!(same(house, "双桥村12组34号"));
        assert!(!same(house, "双桥村12组35号"));
        assert!(!same(house, "双桥村13组34号"));
    }

    #[test]
    fn a_renamed_road_keeps_its_numbers() {
        let numbers =
            |one: &str, other: &str| home(one).unwrap().has_numbers_of(&home(other).unwrap());
        let new = "滨江区江南大道5号J座1单元303室";
        assert!(numbers(new, "滨江区西兴路5号J座1单元303室"));
        assert!(numbers(new, "西兴路5号J座303"));
        assert!(!numbers(new, "萧山区西兴路5号J座1单元303室"));
        assert!(!numbers(new, "西兴路5号K座1单元303室"));
        assert!(!numbers(new, "西兴路5号J座1单元304室"));
    }

    #[test]
    fn nothing_is_shown() {
        assert_eq!(
            format!("{:?}", home("文三路100号3幢501室").unwrap()),
            "Home(..)"
        );
    }
}
