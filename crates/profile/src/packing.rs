//! How a delivery is packed, guessed from its bytes or as the caller says.

use std::path::Path;

use rongtong_formats::{Compression, Format, FormatError, Newline, Packing, Sniff, sniff};

use crate::error::ProfileError;
use crate::headings::Row;
use crate::options::Options;
use crate::report::PackingSeen;

/// What to open the delivery with, and what to say of it.
pub(crate) struct Guess {
    pub(crate) packing: Packing,
    pub(crate) seen: PackingSeen,
    /// Whether the bytes show a heading row, where the format has one.
    headings_seen: bool,
}

impl Guess {
    /// What is known of the heading row.
    pub(crate) fn row(&self) -> Row {
        match self.packing.format {
            Format::Csv { .. } | Format::Xlsx { .. } if self.headings_seen => Row::Seen,
            Format::Csv { .. } | Format::Xlsx { .. } => Row::Doubtful,
            _ => Row::Keys,
        }
    }
}

pub(crate) fn guess(path: &Path, options: &Options) -> Result<Guess, ProfileError> {
    let sniffed = sniff(path);
    let (packing, headings_seen) = match (&options.packing, &sniffed) {
        (Some(packing), _) => (packing.clone(), true),
        (None, Ok(sniffed)) => (sniffed.packing(), sniffed.header_row.is_some()),
        (None, Err(_)) => return Err(unreadable(path, sniffed)),
    };
    Ok(Guess {
        seen: seen(&packing, sniffed.ok().as_ref(), options.packing.is_some()),
        packing,
        headings_seen,
    })
}

fn unreadable(path: &Path, sniffed: Result<Sniff, FormatError>) -> ProfileError {
    let path = path.to_owned();
    match sniffed {
        Err(source) => ProfileError::Unreadable { path, source },
        Ok(_) => ProfileError::Unknown {
            path,
            why: "a known layout",
        },
    }
}

fn seen(packing: &Packing, sniffed: Option<&Sniff>, stated: bool) -> PackingSeen {
    let mut seen = PackingSeen {
        format: packing.format.name().to_owned(),
        compression: sniffed
            .and_then(|sniffed| sniffed.compression)
            .map(|compression| {
                match compression {
                    Compression::Gzip => "gzip",
                    Compression::Zstd => "zstd",
                    Compression::Zip => "zip",
                }
                .to_owned()
            }),
        encoding: Some(packing.encoding.name().to_owned()),
        delimiter: None,
        quote: None,
        header_row: None,
        sheet: None,
        record: None,
        remarks: Vec::new(),
    };
    match &packing.format {
        Format::Csv {
            delimiter,
            quote,
            header_row,
        } => {
            seen.delimiter = Some(char::from(*delimiter));
            seen.quote = quote.map(char::from);
            seen.header_row = Some(*header_row);
        }
        Format::Xlsx { sheet, header_row } => {
            seen.encoding = None;
            seen.sheet.clone_from(sheet);
            seen.header_row = Some(*header_row);
        }
        Format::Xml { record } => seen.record = Some(record.clone()),
        Format::Ndjson | Format::JsonArray | Format::Geojson => {}
    }
    if stated {
        seen.remarks.push("packing as stated, not guessed".into());
    }
    if let Some(sniffed) = sniffed {
        if sniffed.bom {
            seen.remarks.push("byte order mark".into());
        }
        match sniffed.newline {
            Some(Newline::CrLf) => seen.remarks.push("CRLF line ends".into()),
            Some(Newline::Cr) => seen.remarks.push("CR line ends".into()),
            Some(Newline::Mixed) => seen.remarks.push("mixed line ends".into()),
            Some(Newline::Lf) | None => {}
        }
    }
    seen
}
