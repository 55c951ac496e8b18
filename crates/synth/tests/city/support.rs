//! Cities written for a test, and how to read them without any of the product's readers.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use rongtong_synth::{CityOptions, CityReport, Dirt, Packing, write_city, write_second_day};

pub type Table = Vec<HashMap<String, String>>;

pub struct City {
    dir: tempfile::TempDir,
    pub report: CityReport,
}

impl City {
    pub fn write(options: &CityOptions) -> City {
        let dir = tempfile::tempdir().unwrap();
        let report = write_city(options, dir.path()).unwrap();
        City { dir, report }
    }

    pub fn second_day(options: &CityOptions) -> City {
        let dir = tempfile::tempdir().unwrap();
        let report = write_second_day(options, dir.path()).unwrap();
        City { dir, report }
    }

    pub fn csv(residents: usize, seed: u64, dirt: Dirt) -> City {
        City::write(&CityOptions {
            residents,
            seed,
            dirt,
            packing: Packing::Csv,
            ..CityOptions::default()
        })
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.dir().join(path)).unwrap()
    }

    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).unwrap()
    }

    /// A feed of a city packed as CSV: its headings and its rows, `None` for those of the wrong width.
    pub fn feed(&self, feed: &str) -> (Vec<String>, Vec<Option<Vec<String>>>) {
        let path = format!("{}.csv", feed.replace('.', "/"));
        delimited(&self.text(&path), ',')
    }

    pub fn residents(&self) -> Table {
        table(&self.text("truth/residents.csv"))
    }

    pub fn mentions(&self) -> Vec<Mention> {
        let text = self.text("truth/mentions.csv");
        table(&text)
            .into_iter()
            .map(|row| Mention {
                row: row["source_row"].parse().unwrap(),
                feed: row["feed"].clone(),
                role: row["role"].clone(),
                person: row["person_id"].clone(),
                dirt: row["dirt"]
                    .split(';')
                    .filter(|d| !d.is_empty())
                    .map(String::from)
                    .collect(),
            })
            .collect()
    }
}

pub struct Mention {
    pub feed: String,
    /// 1 = first data row.
    pub row: usize,
    pub role: String,
    pub person: String,
    pub dirt: Vec<String>,
}

impl Mention {
    pub fn has(&self, fault: &str) -> bool {
        self.dirt.iter().any(|dirt| dirt == fault)
    }
}

/// The files below a folder and their bytes.
pub fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(
                    path.strip_prefix(dir).unwrap().to_path_buf(),
                    fs::read(path).unwrap(),
                );
            }
        }
    }
    found
}

/// Headings and rows of quoted text; blank lines are no rows.
pub fn delimited(text: &str, delimiter: char) -> (Vec<String>, Vec<Option<Vec<String>>>) {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.trim_start_matches('\u{FEFF}').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            '\r' if !quoted => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                let line = std::mem::take(&mut record);
                if line != [String::new()] {
                    records.push(line);
                }
            }
            c if c == delimiter && !quoted => record.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    assert!(
        !quoted && cell.is_empty() && record.is_empty(),
        "the last line is whole"
    );
    let headings = records.remove(0);
    let width = headings.len();
    let rows = records
        .into_iter()
        .map(|row| Some(row).filter(|row| row.len() == width));
    (headings, rows.collect())
}

fn table(text: &str) -> Table {
    let (headings, rows) = delimited(text, ',');
    rows.into_iter()
        .map(|row| headings.iter().cloned().zip(row.unwrap()).collect())
        .collect()
}
