//! A guess at the packing of a file that nobody has described.

mod encoding;
mod layout;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;

use encoding_rs::Encoding;

use crate::archive::Archive;
use crate::container::{Compression, Magic, expand, peek};
use crate::error::FormatError;
use crate::limits::Limits;
use crate::located::{Located, open_file};
use crate::open::{Format, Packing};

/// Bytes that are looked at.
const SAMPLE: u64 = 256 << 10;

/// What a file seems to be: guesses all, from its first 256 KiB.
#[derive(Clone, Debug, PartialEq)]
pub struct Sniff {
    /// The layout, with delimiter, quote, heading row or record element where it has them.
    pub format: Format,
    /// The encoding; UTF-8 where there is no text, or only ASCII.
    pub encoding: &'static Encoding,
    /// A byte order mark says so.
    pub bom: bool,
    /// How it is compressed.
    pub compression: Option<Compression>,
    /// How its lines end; none where there is no line end.
    pub newline: Option<Newline>,
    /// The line or sheet row (from 1) that looks like headings, in delimited text and workbooks;
    /// none where the first full row looks like data.
    pub header_row: Option<u32>,
    /// The member of a zip that was looked at: the first.
    pub member: Option<String>,
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newline {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
    /// `\r`
    Cr,
    /// More than one of them.
    Mixed,
}

impl Sniff {
    /// The packing to open the file with.
    pub fn packing(&self) -> Packing {
        Packing {
            format: self.format.clone(),
            encoding: self.encoding,
        }
    }
}

/// Guesses how the file at `path` is packed.
///
/// # Errors
/// When it can't be read, or is a container that is never opened.
pub fn sniff(path: &Path) -> Result<Sniff, FormatError> {
    let limits = Limits::default();
    let (head, reader) = peek(Box::new(open_file(path)?), Magic::LENGTH)?;
    let magic = Magic::of(&head);
    match magic {
        Magic::Plain => text(reader, None, None),
        Magic::Gzip => text(
            expand(reader, magic, &limits)?,
            Some(Compression::Gzip),
            None,
        ),
        Magic::Zstd => text(
            expand(reader, magic, &limits)?,
            Some(Compression::Zstd),
            None,
        ),
        Magic::Zip => {
            let archive = Archive::open(Located::at(path), &limits)?;
            if archive.is_workbook() {
                return Ok(workbook(path));
            }
            let Some(member) = archive.members.first() else {
                return Err(unknown("an empty zip archive"));
            };
            let reader = archive.read(member)?;
            text(reader, Some(Compression::Zip), Some(member.name.clone()))
        }
        Magic::Ole | Magic::Other(_) => Err(unknown(magic.name())),
    }
}

fn unknown(found: &'static str) -> FormatError {
    FormatError::WrongFormat {
        wanted: "a known format",
        found,
    }
}

fn workbook(path: &Path) -> Sniff {
    let header_row = layout::workbook_headings(path);
    Sniff {
        format: Format::Xlsx {
            sheet: None,
            header_row: header_row.unwrap_or(1),
        },
        encoding: encoding_rs::UTF_8,
        bom: false,
        compression: None,
        newline: None,
        header_row,
        member: None,
    }
}

fn text(
    reader: Box<dyn Read + Send>,
    compression: Option<Compression>,
    member: Option<String>,
) -> Result<Sniff, FormatError> {
    let mut head = Vec::new();
    let mut reader = reader.take(SAMPLE);
    reader
        .read_to_end(&mut head)
        .map_err(FormatError::from_io)?;
    if Magic::of(&head) != Magic::Plain {
        return Err(unknown("a container in a container"));
    }
    let whole = (head.len() as u64) < SAMPLE;
    let (encoding, bom) = encoding::guess(&head, whole);
    let mut text = encoding.decode(&head).0.into_owned();
    if whole && !text.ends_with(['\n', '\r']) {
        text.push('\n');
    }
    let (format, header_row) = layout::guess(&text);
    Ok(Sniff {
        format,
        encoding,
        bom,
        compression,
        newline: newline(&text, whole && !head.ends_with(b"\n")),
        header_row,
        member,
    })
}

/// How the lines of `text` end; `added`: the last line end is ours.
fn newline(text: &str, added: bool) -> Option<Newline> {
    let text = if added {
        text.strip_suffix('\n').unwrap_or(text)
    } else {
        text
    };
    let crlf = text.matches("\r\n").count();
    let lf = text.matches('\n').count() - crlf;
    let cr = text.matches('\r').count() - crlf;
    match (lf > 0, crlf > 0, cr > 0) {
        (false, false, false) => None,
        (true, false, false) => Some(Newline::Lf),
        (false, true, false) => Some(Newline::CrLf),
        (false, false, true) => Some(Newline::Cr),
        _ => Some(Newline::Mixed),
    }
}
