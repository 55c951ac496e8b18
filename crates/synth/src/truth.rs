//! The truth, as CSV beside the deliveries: never inside a department's folder.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::city::{City, Gap, Hukou, NOBODY, former_numbers};
use crate::dirt::Fault;
use crate::places::AddressForm;
use crate::row::Row;

/// `truth/mentions.csv`, written while the rows are.
pub(crate) struct Mentions {
    out: BufWriter<File>,
    line: String,
}

impl Mentions {
    pub(crate) fn create(path: &Path) -> io::Result<Mentions> {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
        writeln!(out, "feed,source_row,role,person_id,dirt")?;
        Ok(Mentions {
            out,
            line: String::new(),
        })
    }

    /// All mentions of a row; `feed` is `department.name`, and the row's own faults count for each.
    pub(crate) fn row(&mut self, feed: &str, number: u64, row: &Row) -> io::Result<()> {
        use std::fmt::Write as _;
        for mention in &row.mentions {
            self.line.clear();
            // Writing to a string cannot fail.
            let _ = write!(self.line, "{feed},{number},{},", mention.role);
            if let Some(person) = mention.person {
                let _ = write!(self.line, "{}", person_id(person));
            }
            self.line.push(',');
            for (at, fault) in mention.faults.iter().chain(&row.faults).enumerate() {
                if at > 0 {
                    self.line.push(';');
                }
                self.line.push_str(Fault::name(*fault));
            }
            self.line.push('\n');
            self.out.write_all(self.line.as_bytes())?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// `truth/residents.csv`: who everyone is.
pub(crate) fn write_residents(city: &City, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    writeln!(
        out,
        "person_id,name,former_name,sex,birth_date,ethnicity,id_type,id_number,former_id_number,\
         hukou,household_no,relation_to_head,home,hukou_home,grid_code,phone,marital_status,\
         spouse_person_id,mother_person_id,father_person_id,twin_person_id,died_on,circumstance"
    )?;
    for (index, person) in city.people.iter().enumerate() {
        let relative = |of: u32| {
            if of == NOBODY {
                String::new()
            } else {
                person_id(of)
            }
        };
        let local = person.hukou == Hukou::Here;
        let household = city.households[person.household as usize];
        let hukou = match person.hukou {
            Hukou::Here => "here",
            Hukou::Elsewhere => "elsewhere",
            Hukou::Abroad => "abroad",
            Hukou::Outside => "outside",
        };
        let circumstance = match person.gap {
            _ if person.left => "left",
            Gap::None => "",
            Gap::Newborn => "newborn",
            Gap::Centenarian => "born_before_1900",
            Gap::SharedNumber => "shared_number",
        };
        let here = person.hukou != Hukou::Outside;
        writeln!(
            out,
            "{},{},{},{},{},{:02},{},{},{},{hukou},{},{},{},{},{},{},{},{},{},{},{},{},{circumstance}",
            person_id(index as u32),
            person.name,
            person.former_name.as_deref().unwrap_or_default(),
            if person.man { 1 } else { 2 },
            person.birth,
            person.ethnicity,
            person.id_type,
            person.number.text(),
            former_numbers(person).unwrap_or_default(),
            if local {
                city.household_no(person.household)
            } else {
                String::new()
            },
            if local {
                format!("{:02}", person.relation)
            } else {
                String::new()
            },
            if here {
                home_id(person.home)
            } else {
                String::new()
            },
            if local {
                home_id(household.dwelling)
            } else {
                String::new()
            },
            if here {
                city.places.cell_of(person.home).code.as_str()
            } else {
                ""
            },
            person.phone,
            person.marital,
            relative(person.spouse),
            relative(person.mother),
            relative(person.father),
            relative(person.twin),
            person.died.map(|day| day.to_string()).unwrap_or_default(),
        )?;
    }
    out.flush()
}

/// `truth/homes.csv`: every dwelling, its true address, place and grid cell.
pub(crate) fn write_homes(city: &City, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    writeln!(
        out,
        "home,building,unit_no,address,longitude,latitude,grid_code"
    )?;
    for (index, home) in city.places.dwellings.iter().enumerate() {
        let index = index as u32;
        let building = city.places.building_of(index);
        writeln!(
            out,
            "{},B{:06},{},{},{:.6},{:.6},{}",
            home_id(index),
            home.building,
            city.places.unit_no(index),
            city.places.address(index, AddressForm::FULL),
            building.longitude,
            building.latitude,
            city.places.cell_of(index).code,
        )?;
    }
    out.flush()
}

fn person_id(index: u32) -> String {
    format!("P{index:08}")
}

fn home_id(index: u32) -> String {
    format!("H{index:08}")
}
