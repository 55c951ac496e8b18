//! Writes a city: feed by feed, row by row, the truth alongside.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::city::City;
use crate::dirt::{COUNT, Fault, Soil, fault_rates};
use crate::feeds::{FEEDS, Feed, cells, write_cells};
use crate::packings::{Breakage, Packer, create, extension};
use crate::rng::Rng;
use crate::row::Row;
use crate::truth::{Mentions, write_homes, write_residents};
use crate::{CityOptions, CityReport, FeedReport, SynthError};

/// Writes the deliveries of one city under `dir` as `<department>/<feed>.<ext>`, and the truth under
/// `dir/truth/`: `residents.csv`, `homes.csv` and `mentions.csv` (feed, source_row counted from 1 as
/// LAKE.md does, role, person_id, and the names of the faults put in, `;` between).
/// Files of the same names are written over.
///
/// # Errors
/// When the options are out of range, or a folder or file cannot be written.
pub fn write_city(options: &CityOptions, dir: &Path) -> Result<CityReport, SynthError> {
    check(options)?;
    let city = City::build(options);
    write(&city, options, dir)
}

/// Writes what the departments of the same city send one day later: snapshots in which one person in
/// a hundred has changed, 0.3 % have left and one in a hundred is new; increments with the rows of
/// those alone, and a few rows of the day before sent again. Rows of unchanged people are the same,
/// cell by cell, but for the few that carry another person's number or name which changed. The truth is that of the second day.
///
/// # Errors
/// As for [`write_city`].
pub fn write_second_day(options: &CityOptions, dir: &Path) -> Result<CityReport, SynthError> {
    check(options)?;
    let mut city = City::build(options);
    city.next_day();
    write(&city, options, dir)
}

fn check(options: &CityOptions) -> Result<(), SynthError> {
    let (residents, year) = (options.residents, options.as_of.year());
    let most = CityOptions::MOST_RESIDENTS;
    if !(1..=most).contains(&residents) {
        return Err(SynthError::Residents { residents, most });
    }
    if !(1990..=2100).contains(&year) {
        return Err(SynthError::AsOf { year });
    }
    Ok(())
}

fn write(city: &City, options: &CityOptions, dir: &Path) -> Result<CityReport, SynthError> {
    let truth = dir.join("truth");
    make_folder(&truth)?;
    let mentions_path = truth.join("mentions.csv");
    let mut run = Run {
        city,
        options,
        dir,
        mentions: Mentions::create(&mentions_path).map_err(SynthError::at(&mentions_path))?,
        counts: [0; COUNT],
        feeds: Vec::new(),
    };
    for (number, feed) in FEEDS.into_iter().enumerate() {
        run.feed(number as u64, feed)?;
    }
    run.cells()?;
    run.mentions
        .finish()
        .map_err(SynthError::at(&mentions_path))?;
    for (name, write) in [
        (
            "residents.csv",
            write_residents as fn(&City, &Path) -> std::io::Result<()>,
        ),
        ("homes.csv", write_homes),
    ] {
        let path = truth.join(name);
        write(city, &path).map_err(SynthError::at(&path))?;
    }
    Ok(CityReport {
        residents: city.people.len(),
        cells: city.places.grid.cells.len(),
        feeds: run.feeds,
        faults: fault_rates()
            .iter()
            .map(|rate| rate.name)
            .zip(run.counts)
            .filter(|(_, n)| *n > 0)
            .collect(),
    })
}

struct Run<'a> {
    city: &'a City,
    options: &'a CityOptions,
    dir: &'a Path,
    mentions: Mentions,
    counts: [u64; COUNT],
    feeds: Vec<FeedReport>,
}

/// One delivery being written.
struct Delivery {
    name: String,
    packer: Box<dyn Packer>,
    rows: u64,
    unusable: u64,
    /// Rows to be sent again a little later.
    repeats: Vec<Row>,
}

/// As what a row is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Snapshot,
    Increment,
    /// Again, though nothing changed since the first day.
    Late,
}

impl Run<'_> {
    fn feed(&mut self, number: u64, feed: &Feed) -> Result<(), SynthError> {
        let ext = extension(self.options.packing, feed.native);
        let below = PathBuf::from(feed.department).join(format!("{}.{ext}", feed.name));
        let path = self.dir.join(&below);
        make_folder(&self.dir.join(feed.department))?;
        let mut delivery = Delivery {
            name: format!("{}.{}", feed.department, feed.name),
            packer: create(&path, self.options.packing, feed.native, feed.headings)
                .map_err(SynthError::at(&path))?,
            rows: 0,
            unusable: 0,
            repeats: Vec::new(),
        };
        self.rows(number, feed, &mut delivery)
            .map_err(SynthError::at(&path))?;
        delivery.packer.finish().map_err(SynthError::at(&path))?;
        self.feeds.push(FeedReport {
            department: feed.department,
            feed: feed.name,
            path: below,
            rows: delivery.rows,
            unusable: delivery.unusable,
        });
        Ok(())
    }

    fn rows(&mut self, number: u64, feed: &Feed, delivery: &mut Delivery) -> std::io::Result<()> {
        let city = self.city;
        let keys = (feed.keys)(city);
        let mut rows = Vec::new();
        for step in 0..keys {
            let key = if feed.in_order {
                step
            } else {
                shuffled(step, keys)
            };
            let revision = (feed.revision)(city, key);
            let stream =
                |day: u64| Rng::keyed(&[city.seed, number, key as u64, u64::from(revision), day]);
            let when = match feed.snapshot {
                true => When::Snapshot,
                false if !city.is_second_day() || revision > 0 => When::Increment,
                false if stream(2).chance(city.rates.of(Fault::RowLate)) => When::Late,
                false => continue,
            };
            let mut soil = Soil::new(stream(1), city.rates, feed.carelessness);
            (feed.rows)(city, key, &mut soil, &mut rows);
            for row in rows.drain(..) {
                self.row(row, &mut soil, delivery, when)?;
            }
        }
        while let Some(row) = delivery.repeats.pop() {
            self.put(&row, delivery)?;
        }
        match feed.total {
            Some(total) if delivery.rows >= 50 && !city.rates.is_clean() => {
                delivery.unusable += 1;
                let row = total(delivery.rows);
                self.put(&row, delivery)
            }
            _ => Ok(()),
        }
    }

    /// One row, with what befalls rows as a whole.
    fn row(
        &mut self,
        mut row: Row,
        soil: &mut Soil,
        delivery: &mut Delivery,
        when: When,
    ) -> std::io::Result<()> {
        soil.noise(&mut row, delivery.packer.quotes());
        // Never so many unusable rows that a careful reader would refuse the whole delivery.
        let may_break = (delivery.unusable + 1) * 50 <= delivery.rows || when == When::Late;
        let breakage = delivery.packer.breakage();
        let how = soil.rng.next();
        if soil.hit_if(may_break, Fault::RowNobody) {
            row.forget_names(["", "", "NULL", "无"][(how % 4) as usize]);
        }
        let nobody = row.drop_empty_mentions();
        let torn = soil.hit_if(may_break && breakage == Breakage::Width, Fault::RowWidth);
        let cut = soil.hit_if(
            may_break && breakage == Breakage::CutLine,
            Fault::RowUnparsable,
        );
        let broken = torn || cut;
        let blank = soil.hit_if(breakage != Breakage::None, Fault::BlankLine);
        let may_repeat = when == When::Increment && !broken && !nobody;
        let repeat = soil.hit_if(may_repeat, Fault::RowRepeat);
        row.faults.extend(soil.take());
        match when {
            // Nobody sends rubbish twice.
            When::Late if nobody || broken => return Ok(()),
            When::Late => row.faults.push(Fault::RowLate),
            When::Snapshot | When::Increment => {}
        }
        if blank {
            delivery.packer.blank_line()?;
        }
        delivery.unusable += u64::from(nobody || broken);
        if broken {
            delivery.packer.broken_row(&row, how)?;
            return self.note(&row, delivery);
        }
        self.put(&row, delivery)?;
        if repeat {
            delivery.repeats.push(row);
        }
        if delivery.repeats.len() > 20 {
            let row = delivery.repeats.remove(0);
            self.put(&row, delivery)?;
        }
        Ok(())
    }

    fn put(&mut self, row: &Row, delivery: &mut Delivery) -> std::io::Result<()> {
        delivery.packer.row(row)?;
        self.note(row, delivery)
    }

    fn note(&mut self, row: &Row, delivery: &mut Delivery) -> std::io::Result<()> {
        delivery.rows += 1;
        let faults = row.mentions.iter().flat_map(|mention| &mention.faults);
        for fault in faults.chain(&row.faults) {
            self.counts[*fault as usize] += 1;
        }
        self.mentions.row(&delivery.name, delivery.rows, row)
    }

    fn cells(&mut self) -> Result<(), SynthError> {
        let ext = match self.options.packing {
            crate::Packing::Native => "geojson",
            crate::Packing::Csv => "csv",
        };
        let below = PathBuf::from(cells::DEPARTMENT).join(format!("{}.{ext}", cells::NAME));
        let path = self.dir.join(&below);
        make_folder(&self.dir.join(cells::DEPARTMENT))?;
        let write = || {
            let mut out = BufWriter::new(File::create(&path)?);
            let rows = write_cells(self.city, self.options.packing, &mut out)?;
            out.flush().map(|()| rows)
        };
        let rows = write().map_err(SynthError::at(&path))?;
        self.feeds.push(FeedReport {
            department: cells::DEPARTMENT,
            feed: cells::NAME,
            path: below,
            rows,
            unusable: 0,
        });
        Ok(())
    }
}

/// A fixed mixing of 0 to `count` - 1: strides by a number that shares no factor with it.
fn shuffled(step: usize, count: usize) -> usize {
    const STRIDES: [usize; 3] = [2_147_483_647, 998_244_353, 1_000_000_007];
    // All prime and beyond any count: each visits every place once.
    ((step as u128 * STRIDES[count % 3] as u128) % count as u128) as usize
}

fn make_folder(path: &Path) -> Result<(), SynthError> {
    fs::create_dir_all(path).map_err(SynthError::at(path))
}
