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
    /// Whether two addresses can name one home; see [`Home::may_be`].
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        self.room.is_some() && self.is_room_of(other) && self.may_share_building(other)
    }

    /// Whether two addresses agree in every number down to the room; see [`Home::has_numbers_of`].
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
    use proptest::prelude::*;

    use super::*;

    /// Addresses of few places, so that many are alike.
    fn addresses() -> impl Strategy<Value = String> {
        let part = |all: &'static [&'static str]| prop::sample::select(all);
        (
            part(&["", "西湖区", "滨江区"]),
            part(&["", "北山街道", "三墩镇"]),
            part(&[
                "文三路100号",
                "江南大道100号",
                "双桥村12组3号",
                "文三路",
                "丽景苑",
            ]),
            part(&["", "3幢", "J座", "3幢2单元", "3-2-"]),
            part(&["", "501室", "502室", "501"]),
        )
            .prop_map(|(district, town, road, building, room)| {
                [district, town, road, building, room].concat()
            })
    }

    proptest! {
        #[test]
        fn forms_agree_as_homes_do(one in addresses(), other in addresses()) {
            let forms = read(&[&one, &other]);
            let homes = [home(&one), home(&other)];
            prop_assert_eq!(forms[0].is_some(), homes[0].is_some());
            let ([Some(a), Some(b)], [Some(one), Some(other)]) = (&forms[..], &homes) else {
                return Ok(());
            };
            prop_assert_eq!(a.may_be(b), one.may_be(other));
            prop_assert_eq!(a.has_numbers_of(b), one.has_numbers_of(other));
            prop_assert_eq!(a.may_share_building(b), one.building.may_be(&other.building));
        }
    }
}
