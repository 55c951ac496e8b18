//! The building that an address names.

use super::plain::plain;
use super::{key, places};

/// A building, as far as an address names it.
///
/// The debug output leaves out everything: it is somebody's home.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Building {
    /// The county or district, where the address gives one that GB/T 2260 knows.
    pub district: Option<&'static str>,
    /// The sub-district, town or township, where the address gives one.
    pub town: Option<String>,
    /// Road and number, or estate and building: `文三路100号3幢`. Unique within a city nearly
    /// always; compare with [`Building::may_be`] where districts or towns may tell two apart.
    pub key: String,
}

impl Building {
    /// Whether two addresses can name one building: the same key, and neither districts nor towns
    /// that contradict each other.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        self.key == other.key
            && agree(&self.district, &other.district)
            && agree(&self.town, &other.town)
    }
}

impl std::fmt::Debug for Building {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Building(..)")
    }
}

/// The building that an address names, whatever room in it; `None` if the address names none, such
/// as a road without a number, or can be read in several ways.
///
/// Two buildings never share a key on purpose, but one building may have several: its road number
/// and its place in an estate. A join over keys may miss, it shouldn't mix up.
#[must_use]
pub fn building(address: &str) -> Option<Building> {
    building_of(&plain(address)?)
}

/// The same, of a plain address.
pub(super) fn building_of(plain: &str) -> Option<Building> {
    let places = places::split(plain);
    let key = key::of(places.rest)?;
    Some(Building {
        district: places.county,
        town: places.town.map(str::to_owned),
        key,
    })
}
