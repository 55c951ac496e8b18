//! The ground the city stands on: grid cells, estates, buildings, dwellings and their addresses.

mod address;
mod data;
mod grid;

pub(crate) use address::{AddressForm, Ending};
pub(crate) use data::{
    CITY, DISTRICTS, ETHNICITIES, HOMELANDS, LOCAL_NUMBERS, MINORITY_HOMES, RENAMED_ROADS,
};
pub(crate) use grid::{Cell, Grid};

use crate::rng::Rng;

/// Houses on one plot: an estate of blocks, or a village.
#[derive(Debug)]
pub(crate) struct Estate {
    pub(crate) cell: u32,
    pub(crate) road: &'static str,
    pub(crate) road_number: u16,
    /// Of an estate known by name; half are not.
    pub(crate) name: Option<String>,
    /// 幢, 号楼, 栋, 座; `None` in a village, where the road is the village and each house has its number.
    pub(crate) block: Option<&'static str>,
}

#[derive(Debug)]
pub(crate) struct Building {
    pub(crate) estate: u32,
    /// Number of the block, or of the house in a village.
    pub(crate) number: u16,
    /// Degrees, CGCS2000.
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
}

/// One home: unit and floor are 0 where a house has none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dwelling {
    pub(crate) building: u32,
    pub(crate) unit: u8,
    pub(crate) floor: u8,
    pub(crate) room: u8,
}

/// All places of the city; grows home by home as people need them.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) grid: Grid,
    pub(crate) estates: Vec<Estate>,
    pub(crate) buildings: Vec<Building>,
    pub(crate) dwellings: Vec<Dwelling>,
    rng: Rng,
    /// The building now filling up: its shape and the homes it has still to give.
    filling: Filling,
}

#[derive(Debug, Default)]
struct Filling {
    blocks_left: u16,
    units: u8,
    floors: u8,
    rooms: u8,
    next: u32,
}

impl Filling {
    fn homes(&self) -> u32 {
        u32::from(self.units) * u32::from(self.floors) * u32::from(self.rooms)
    }
}

impl Places {
    pub(crate) fn new(seed: u64, residents: usize) -> Places {
        Places {
            grid: Grid::new(seed, residents),
            estates: Vec::new(),
            buildings: Vec::new(),
            dwellings: Vec::new(),
            rng: Rng::keyed(&[seed, 0x706C_6163_6573]),
            filling: Filling::default(),
        }
    }

    /// A home nobody has yet; its index in `dwellings`.
    pub(crate) fn next_dwelling(&mut self) -> u32 {
        if self.filling.next >= self.filling.homes() {
            self.next_building();
        }
        let at = self.filling.next;
        self.filling.next += 1;
        let building = self.buildings.len().saturating_sub(1) as u32;
        let village = self.estate_of(building).block.is_none();
        let per_unit = u32::from(self.filling.floors) * u32::from(self.filling.rooms);
        let in_unit = at % per_unit;
        self.dwellings.push(if village {
            Dwelling {
                building,
                unit: 0,
                floor: 0,
                room: 0,
            }
        } else {
            Dwelling {
                building,
                unit: if self.filling.units > 1 {
                    (at / per_unit) as u8 + 1
                } else {
                    0
                },
                floor: (in_unit / u32::from(self.filling.rooms)) as u8 + 1,
                room: (in_unit % u32::from(self.filling.rooms)) as u8 + 1,
            }
        });
        (self.dwellings.len() - 1) as u32
    }

    pub(crate) fn building_of(&self, dwelling: u32) -> &Building {
        &self.buildings[self.dwellings[dwelling as usize].building as usize]
    }

    pub(crate) fn cell_of(&self, dwelling: u32) -> &Cell {
        let building = self.dwellings[dwelling as usize].building;
        &self.grid.cells[self.estate_of(building).cell as usize]
    }

    /// GB/T 2260 of the district.
    pub(crate) fn division_of(&self, dwelling: u32) -> u32 {
        DISTRICTS[self.cell_of(dwelling).district].division
    }

    /// 不动产单元号: 28 characters, of the plot, the building and the home.
    pub(crate) fn unit_no(&self, dwelling: u32) -> String {
        let home = self.dwellings[dwelling as usize];
        let estate = self.buildings[home.building as usize].estate;
        let first = self.buildings[home.building as usize].number;
        let within =
            u32::from(home.unit) * 1000 + u32::from(home.floor) * 10 + u32::from(home.room);
        format!(
            "{}{:03}{:03}GB{:05}F{:04}{:04}",
            self.division_of(dwelling),
            estate / 100_000 % 1000 + 1,
            self.cell_of(dwelling).street + 1,
            estate % 100_000,
            first,
            within.max(1),
        )
    }

    fn estate_of(&self, building: u32) -> &Estate {
        &self.estates[self.buildings[building as usize].estate as usize]
    }

    fn next_building(&mut self) {
        if self.filling.blocks_left == 0 {
            self.next_estate();
        }
        self.filling.blocks_left -= 1;
        let estate = (self.estates.len() - 1) as u32;
        let village = self.estates[estate as usize].block.is_none();
        let number = match self.buildings.last() {
            Some(last) if last.estate == estate => last.number + 1,
            _ => 1,
        };
        let cell = self.estates[estate as usize].cell as usize;
        let (longitude, latitude) = self.grid.point_in(cell, &mut self.rng);
        self.buildings.push(Building {
            estate,
            number,
            longitude,
            latitude,
        });
        let rng = &mut self.rng;
        let (units, floors, rooms) = match village {
            true => (1, 1, 1),
            false => (
                rng.pick(&[1, 2, 2, 3]),
                rng.pick(&[5, 6, 6, 7, 11, 18]),
                rng.pick(&[2, 2, 3, 4]),
            ),
        };
        self.filling = Filling {
            units,
            floors,
            rooms,
            next: 0,
            ..self.filling
        };
    }

    fn next_estate(&mut self) {
        let cell = self.grid.cell_for_estate(self.estates.len());
        let district = &DISTRICTS[self.grid.cells[cell].district];
        let rng = &mut self.rng;
        let village = rng.chance(0.3);
        // Villages may have the same name and no road number; a group number keeps their houses apart.
        let (road, block) = if village {
            (rng.pick(&district.villages), None)
        } else {
            (
                rng.pick(&district.roads),
                Some(rng.pick(&["幢", "幢", "号楼", "栋", "座"])),
            )
        };
        let name = (!village && rng.chance(0.5)).then(|| {
            format!(
                "{}{}",
                rng.pick(data::ESTATE_FIRST),
                rng.pick(data::ESTATE_LAST)
            )
        });
        self.filling.blocks_left = if village {
            rng.between(10, 60)
        } else {
            rng.between(2, 12)
        } as u16;
        self.estates.push(Estate {
            cell: cell as u32,
            road,
            road_number: (self.estates.len() % 9000) as u16 + 1,
            name,
            block,
        });
    }
}
