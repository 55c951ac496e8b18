//! Homes that addresses name, ready to compare: what of an address tells homes apart, as hashes.

use std::num::{NonZeroU32, NonZeroU64};

use rayon::prelude::*;
use rongtong_standards::address::{Building, Home, home};

use super::values::hash;

/// A home, as far as an address names it. Personal data: no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HomeForm {
    /// Of the building's key.
    building: NonZeroU64,
    /// Of the numbers in the building's key; `None` where it has none.
    numbers: Option<NonZeroU64>,
    /// `None` where the address ends with a building of several.
    room: Option<NonZeroU64>,
    district: Option<NonZeroU32>,
    town: Option<NonZeroU32>,
    unit: Option<u16>,
}

/// The room of a building that is one home.
const WHOLE: NonZeroU64 = NonZeroU64::MIN;

impl HomeForm {
    /// Whether two addresses can name one home: one building and one room, and no two stairwells. A building
    /// without rooms is no home: many may live there.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        self.room.is_some() && self.is_room_of(other) && self.may_share_building(other)
    }

    /// Whether two addresses agree in every number down to the room, though not in the road: it may have been
    /// renamed.
    pub(crate) fn has_numbers_of(&self, other: &Self) -> bool {
        self.room.is_some_and(|room| room != WHOLE)
            && self.is_room_of(other)
            && agree(self.district, other.district)
            && self.numbers.is_some()
            && self.numbers == other.numbers
    }

    /// Whether two addresses can name one building; see [`Building::may_be`].
    pub(crate) fn may_share_building(&self, other: &Self) -> bool {
        self.building == other.building
            && agree(self.district, other.district)
            && agree(self.town, other.town)
    }

    /// The key of the building.
    pub(crate) const fn building_key(&self) -> u64 {
        self.building.get()
    }

    /// The key of the home; `None` where no room is named.
    pub(crate) fn home_key(&self) -> Option<u64> {
        let room = self.room?.get();
        Some(self.building.get().rotate_left(17) ^ room)
    }

    fn is_room_of(&self, other: &Self) -> bool {
        self.room == other.room && agree(self.unit, other.unit)
    }

    fn of(home: &Home) -> Self {
        let Building {
            district,
            town,
            key,
        } = &home.building;
        let numbers = key.split(|c: char| !c.is_ascii_alphanumeric());
        let numbers = numbers.filter(|number| !number.is_empty());
        let numbers = numbers.fold(None, |so_far: Option<NonZeroU64>, number| {
            let so_far = so_far.map_or(0, NonZeroU64::get);
            Some(hashed(
                &(so_far.rotate_left(17) ^ hash(number)).to_le_bytes(),
            ))
        });
        Self {
            building: hashed(key.as_bytes()),
            numbers,
            room: home.room.as_deref().map(|room| match room {
                "" => WHOLE,
                room => hashed(room.as_bytes()),
            }),
            district: district.map(half),
            town: town.as_deref().map(half),
            unit: home.unit,
        }
    }
}

/// The homes that addresses name; `None` for what names none.
pub(crate) fn read(addresses: &[impl AsRef<str> + Sync]) -> Vec<Option<HomeForm>> {
    let read = addresses.par_iter();
    read.map(|address| Some(HomeForm::of(&home(address.as_ref())?)))
        .collect()
}

/// What isn't said of one of two contradicts nothing.
fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.is_none() || other.is_none() || one == other
}

fn hashed(text: &[u8]) -> NonZeroU64 {
    NonZeroU64::new(hash(text)).unwrap_or(NonZeroU64::MAX)
}

/// Half a hash: enough for places that are only compared where the buildings are the same.
fn half(text: &str) -> NonZeroU32 {
    NonZeroU32::new(hash(text) as u32).unwrap_or(NonZeroU32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(address: &str) -> HomeForm {
        HomeForm::of(&home(address).unwrap())
    }

    fn same(one: &str, other: &str) -> bool {
        form(one).may_be(&form(other))
    }

    #[test]
    fn one_home_is_written_in_many_ways() {
        for other in [
            "杭州市西湖区文三路100号3幢2单元501室",
            "文三路100号3幢501室",
            "文三路100号3-2-501",
            "西湖区文三路100号3号楼2单元501",
            "文三路100号3栋2门501号",
            "文三路100号3幢2单元5层501室",
        ] {
            assert!(same("文三路100号3幢2单元501室", other), "{other}");
        }
        assert!(!same("文三路100号3幢2门501号", "文三路100号3幢1门501号"));
        let flat = "文三路100号青年公寓17-2-101";
        assert!(same(flat, "文三路100号青年公寓17栋2单元101室"));
        assert!(!same(flat, "文三路100号青年公寓16栋2单元101室"));
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
        let numbers = |one: &str, other: &str| form(one).has_numbers_of(&form(other));
        let new = "滨江区江南大道5号J座1单元303室";
        assert!(numbers(new, "滨江区西兴路5号J座1单元303室"));
        assert!(numbers(new, "西兴路5号J座303"));
        assert!(!numbers(new, "萧山区西兴路5号J座1单元303室"));
        assert!(!numbers(new, "西兴路5号K座1单元303室"));
        assert!(!numbers(new, "西兴路5号J座1单元304室"));
    }

    #[test]
    fn buildings_are_one_as_the_standards_say() {
        let addresses = [
            "西湖区文三路100号3幢501室",
            "滨江区文三路100号3幢502室",
            "文三路100号3幢",
            "文三路100号4幢501室",
            "西湖区三墩镇双桥村12组3号",
            "西湖区留下街道双桥村12组3号",
            "双桥村12组3号",
        ];
        for one in addresses {
            for other in addresses {
                let (a, b) = (home(one).unwrap(), home(other).unwrap());
                let expected = a.building.may_be(&b.building);
                assert_eq!(
                    form(one).may_share_building(&form(other)),
                    expected,
                    "{one} {other}"
                );
            }
        }
    }
}
