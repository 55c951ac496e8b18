//! How an address is written: in full, or as one of the ways people shorten it.

use std::fmt::Write as _;

use super::{CITY, DISTRICTS, Places, RENAMED_ROADS, data::PROVINCE};

/// Which parts an address spells out, and how it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressForm {
    pub(crate) province: bool,
    pub(crate) city: bool,
    pub(crate) district: bool,
    pub(crate) street: bool,
    /// 单元, where the building has several.
    pub(crate) unit: bool,
    /// 室, 房, nothing; or `-` before the room.
    pub(crate) ending: Ending,
    pub(crate) old_road: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Shi,
    Fang,
    Hyphen,
    Nothing,
}

impl AddressForm {
    pub(crate) const FULL: AddressForm = AddressForm {
        province: true,
        city: true,
        district: true,
        street: false,
        unit: true,
        ending: Ending::Shi,
        old_road: false,
    };
}

impl Places {
    /// Whether some files may still call its road by another name.
    pub(crate) fn has_old_road(&self, dwelling: u32) -> bool {
        let estate = &self.estates[self.building_of(dwelling).estate as usize];
        estate.block.is_some() && old_name(estate.road) != estate.road
    }

    pub(crate) fn address(&self, dwelling: u32, form: AddressForm) -> String {
        let home = self.dwellings[dwelling as usize];
        let building = &self.buildings[home.building as usize];
        let estate = &self.estates[building.estate as usize];
        let cell = self.cell_of(dwelling);
        let district = &DISTRICTS[cell.district];

        let mut text = String::with_capacity(96);
        for (said, part) in [
            (form.province, PROVINCE),
            (form.city, CITY),
            (form.district, district.name),
            // A village is only known within its town.
            (
                form.street || estate.block.is_none(),
                district.streets[cell.street],
            ),
        ] {
            if said {
                text.push_str(part);
            }
        }
        // Writing to a string cannot fail.
        let _ = match estate.block {
            None => write!(
                text,
                "{}{}组{}号",
                estate.road, estate.road_number, building.number
            ),
            Some(block) => {
                let road = if form.old_road {
                    old_name(estate.road)
                } else {
                    estate.road
                };
                let name = estate.name.as_deref().unwrap_or_default();
                match block {
                    "座" => write!(
                        text,
                        "{road}{}号{name}{}座",
                        estate.road_number,
                        letter(building.number)
                    ),
                    _ => write!(
                        text,
                        "{road}{}号{name}{}{block}",
                        estate.road_number, building.number
                    ),
                }
            }
        };
        if home.floor > 0 {
            if home.unit > 0 && form.unit {
                let _ = write!(text, "{}单元", home.unit);
            }
            let room = u32::from(home.floor) * 100 + u32::from(home.room);
            let _ = match form.ending {
                Ending::Shi => write!(text, "{room}室"),
                Ending::Fang => write!(text, "{room}房"),
                Ending::Hyphen => write!(text, "-{room}"),
                Ending::Nothing => write!(text, "{room}"),
            };
        }
        text
    }
}

fn old_name(road: &'static str) -> &'static str {
    let renamed = RENAMED_ROADS.iter().find(|(now, _)| *now == road);
    renamed.map_or(road, |(_, before)| before)
}

fn letter(number: u16) -> char {
    char::from(b'A' + ((number.saturating_sub(1)) % 26) as u8)
}
