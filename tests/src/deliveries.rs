//! Deliveries changed as departments change them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A comma-separated delivery without quotes, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    path: PathBuf,
    /// The headings.
    pub headings: Vec<String>,
    /// The rows, each with its cells.
    pub rows: Vec<Vec<String>>,
}

impl Csv {
    /// Reads a delivery.
    ///
    /// # Panics
    /// If it can't be read, or has quotes.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a delivery in UTF-8");
        assert!(!text.contains('"'), "{} has quotes", path.display());
        let mut lines = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let headings = lines.next().expect("a heading line");
        Self {
            path: path.to_owned(),
            headings,
            rows: lines.collect(),
        }
    }

    /// The place of a heading.
    ///
    /// # Panics
    /// If there is no such heading.
    #[must_use]
    pub fn at(&self, heading: &str) -> usize {
        let found = self.headings.iter().position(|h| h == heading);
        found.unwrap_or_else(|| panic!("no heading {heading} in {}", self.path.display()))
    }

    /// Takes a column away.
    pub fn remove(&mut self, heading: &str) {
        let at = self.at(heading);
        self.headings.remove(at);
        for row in &mut self.rows {
            row.remove(at);
        }
    }

    /// Adds a column, its cells all the same.
    pub fn add(&mut self, heading: &str, cell: &str) {
        self.headings.push(heading.to_owned());
        for row in &mut self.rows {
            row.push(cell.to_owned());
        }
    }

    /// Turns the columns round.
    pub fn reverse_columns(&mut self) {
        self.headings.reverse();
        for row in &mut self.rows {
            row.reverse();
        }
    }

    /// The delivery as text.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = std::iter::once(&self.headings).chain(&self.rows);
        lines.map(|cells| cells.join(",") + "\n").collect()
    }

    /// Writes it where it was read.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn write(&self) {
        self.write_to(&self.path);
    }

    /// Writes it elsewhere.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn write_to(&self, path: &Path) {
        fs::write(path, self.text()).expect("a delivery to write");
    }
}

/// Packs a file with gzip.
///
/// # Panics
/// If a file can't be read or written.
pub fn pack_gzip(from: &Path, to: &Path) {
    let file = fs::File::create(to).expect("a file to write");
    let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packer
        .write_all(&fs::read(from).expect("a delivery"))
        .expect("gzip");
    packer.finish().expect("gzip");
}

/// Packs a file with zstd.
///
/// # Panics
/// If a file can't be read or written.
pub fn pack_zstd(from: &Path, to: &Path) {
    let bytes = fs::read(from).expect("a delivery");
    fs::write(to, zstd::encode_all(bytes.as_slice(), 1).expect("zstd")).expect("a file to write");
}

/// Packs files into a zip under these names.
///
/// # Panics
/// If a file can't be read or written.
pub fn pack_zip(members: &[(&str, &Path)], to: &Path) {
    let mut zip = zip::ZipWriter::new(fs::File::create(to).expect("a file to write"));
    for (name, path) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("a member");
        zip.write_all(&fs::read(path).expect("a delivery"))
            .expect("a member");
    }
    zip.finish().expect("a zip");
}
