//! The city: its six feeds, the rows that change a day later, and the pipelines that take them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rongtong_benches::csv::{cells, records};
use rongtong_benches::{Result, repository};
use rongtong_synth::{CityOptions, Packing, write_city, write_second_day};

/// The feeds that are fused, and whether their departments send them whole each time.
pub const FEEDS: [(&str, bool); 6] = [
    ("public_security.household_register", true),
    ("public_security.residence_permit", false),
    ("social_security.insurance_enrolment", false),
    ("health.health_record", false),
    ("civil_affairs.social_assistance", false),
    ("housing.property_ownership", true),
];

/// Deliveries, and what else the contenders need.
pub struct City {
    pub residents: usize,
    /// The first delivery.
    pub first: PathBuf,
    /// The first and beside it the rows that changed a day later.
    pub second: PathBuf,
    /// The first without torn rows, which arrow-csv refuses.
    pub even: PathBuf,
    /// The pipeline as shipped, but for the archive.
    pub pipeline: PathBuf,
    /// The same without linking.
    pub unlinked: PathBuf,
    /// Where lakes and outputs go.
    pub out: PathBuf,
    pub bytes: u64,
}

impl City {
    pub fn make(work: &Path, residents: usize, seed: u64) -> Result<City> {
        let dir = work.join(format!("fusion-{residents}-{seed}"));
        let city = City {
            residents,
            first: dir.join("first"),
            second: dir.join("second"),
            even: dir.join("even"),
            pipeline: dir.join("pipeline.yaml"),
            unlinked: dir.join("unlinked.yaml"),
            out: dir.join("out"),
            bytes: 0,
        };
        fs::create_dir_all(&dir)?;
        fs::write(&city.pipeline, pipeline(true)?)?;
        fs::write(&city.unlinked, pipeline(false)?)?;
        let made = dir.join("made");
        if !made.is_file() {
            city.write(&dir, seed)?;
            fs::write(&made, "")?;
        }
        let mut bytes = 0;
        for (feed, _) in FEEDS {
            bytes += fs::metadata(delivery(&city.first, feed))?.len();
        }
        Ok(City { bytes, ..city })
    }

    fn write(&self, dir: &Path, seed: u64) -> Result<()> {
        let options = CityOptions {
            residents: self.residents,
            seed,
            packing: Packing::Csv,
            ..CityOptions::default()
        };
        let next = dir.join("next");
        write_city(&options, &self.first)?;
        write_second_day(&options, &next)?;
        for (feed, whole) in FEEDS {
            let first = fs::read_to_string(delivery(&self.first, feed))?;
            write_records(&delivery(&self.even, feed), even(&first))?;
            let second = fs::read_to_string(delivery(&next, feed))?;
            let known: HashSet<&str> = match whole {
                true => records(&first).skip(1).collect(),
                false => HashSet::new(),
            };
            // One resident in a hundred has changed and one in a hundred is new; every other of their rows is a hundredth
            // of all.
            let mut news = records(&second).filter(|record| !known.contains(record));
            let headings = news.next();
            let news = headings.into_iter().chain(news.step_by(2));
            let beside = delivery(&self.second, feed);
            write_records(&beside.with_file_name(later(&beside)), news)?;
            // The same file: size and time tell that it is known.
            if beside.exists() {
                fs::remove_file(&beside)?;
            }
            fs::hard_link(delivery(&self.first, feed), &beside)?;
        }
        fs::remove_dir_all(next)?;
        Ok(())
    }

    /// The delivery of a feed that arrow-csv reads.
    pub fn even_files(&self) -> impl Iterator<Item = PathBuf> {
        FEEDS.iter().map(|(feed, _)| delivery(&self.even, feed))
    }
}

fn delivery(dir: &Path, feed: &str) -> PathBuf {
    dir.join(format!("{}.csv", feed.replace('.', "/")))
}

fn later(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    format!("{}_later.csv", stem.to_string_lossy())
}

/// The records that are as wide as the headings.
fn even(text: &str) -> impl Iterator<Item = &str> {
    let width = records(text).next().map_or(0, |record| cells(record).len());
    records(text).filter(move |record| cells(record).len() == width)
}

fn write_records<'a>(file: &Path, records: impl Iterator<Item = &'a str>) -> Result<()> {
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut text = String::new();
    for record in records {
        text += record;
        text.push('\n');
    }
    Ok(fs::write(file, text)?)
}

/// All feeds arrive as increments, so that a second delivery needs no more than what changed.
fn pipeline(linked: bool) -> Result<String> {
    let schemas = repository().join("schemas").canonicalize()?;
    let mut text = format!(
        "name: fusion\ncontracts: {}\narchive: false\n",
        schemas.display()
    );
    if !linked {
        text += "linkage: off\n";
    }
    text += "feeds:\n";
    for (feed, _) in FEEDS {
        let path = feed.replace('.', "/");
        text +=
            &format!("  {feed}:\n    path: {path}*.csv\n    format: csv\n    cadence: increment\n");
        if feed == "housing.property_ownership" {
            text += "    crs: cgcs2000\n";
        }
    }
    Ok(text)
}
