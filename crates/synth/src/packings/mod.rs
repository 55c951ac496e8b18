//! How deliveries are packed: each department's usual way, or all as plain CSV.

mod delimited;
mod gb18030;
mod ndjson;
mod xlsx;
mod xml;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use crate::row::Row;

/// How the deliveries of a city are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Each feed in its usual packing, as `pipelines/residents` takes them.
    Native,
    /// Every feed as `<department>/<feed>.csv`: UTF-8, comma, the same headings, as
    /// `pipelines/residents_csv` takes them. The grid's polygons are WKT in a column `geometry`.
    Csv,
}

/// The usual packings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Native {
    CsvGb18030,
    CsvBomCrlf,
    Xlsx,
    /// A spreadsheet that counts its days from 1904, as those made on old Macs do.
    Xlsx1904,
    Pipe,
    Ndjson,
    Xml,
}

impl Native {
    fn extension(self) -> &'static str {
        match self {
            Native::CsvGb18030 | Native::CsvBomCrlf => "csv",
            Native::Xlsx | Native::Xlsx1904 => "xlsx",
            Native::Pipe => "txt",
            Native::Ndjson => "ndjson",
            Native::Xml => "xml",
        }
    }
}

/// Writes rows in one packing.
pub(crate) trait Packer {
    fn row(&mut self, row: &Row) -> io::Result<()>;

    /// What this packing can get wrong about a row as a whole.
    fn breakage(&self) -> Breakage {
        Breakage::None
    }

    /// A row written so that it cannot be read as one; only where `breakage` says so.
    /// `how` is any number: it chooses among the ways.
    fn broken_row(&mut self, row: &Row, how: u64) -> io::Result<()> {
        let _ = how;
        self.row(row)
    }

    /// A line with nothing on it; only where `breakage` is not `None`.
    fn blank_line(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Whether a cell can hold a newline.
    fn quotes(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>) -> io::Result<()>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breakage {
    None,
    /// Too few or too many columns.
    Width,
    /// A line that ends early.
    CutLine,
}

/// The file's extension in this packing.
pub(crate) fn extension(packing: Packing, native: Native) -> &'static str {
    match packing {
        Packing::Native => native.extension(),
        Packing::Csv => "csv",
    }
}

/// Opens a delivery and writes its headings.
pub(crate) fn create(
    path: &Path,
    packing: Packing,
    native: Native,
    headings: &'static [&'static str],
) -> io::Result<Box<dyn Packer>> {
    use delimited::{Delimited, Style};
    let out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    let native = match packing {
        Packing::Native => native,
        Packing::Csv => return Ok(Box::new(Delimited::new(out, Style::CSV, headings)?)),
    };
    Ok(match native {
        Native::CsvGb18030 => Box::new(Delimited::new(out, Style::CSV_GB18030, headings)?),
        Native::CsvBomCrlf => Box::new(Delimited::new(out, Style::CSV_BOM_CRLF, headings)?),
        Native::Pipe => Box::new(Delimited::new(out, Style::PIPE, headings)?),
        Native::Xlsx => Box::new(xlsx::Xlsx::new(out, false, headings)?),
        Native::Xlsx1904 => Box::new(xlsx::Xlsx::new(out, true, headings)?),
        Native::Ndjson => Box::new(ndjson::Ndjson::new(out, headings)),
        Native::Xml => Box::new(xml::Xml::new(out, headings)?),
    })
}
