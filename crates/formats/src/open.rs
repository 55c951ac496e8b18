//! From a file and its packing to readers.

use std::collections::VecDeque;
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use encoding_rs::Encoding;

use crate::archive::{Archive, Member};
use crate::batch::TextBatch;
use crate::container::{Magic, expand, peek};
use crate::csv::CsvReader;
use crate::decode::TextSource;
use crate::error::FormatError;
use crate::json::JsonReader;
use crate::limits::Limits;
use crate::located::{Located, open_file};
use crate::xlsx::XlsxReader;
use crate::xml::XmlReader;

/// How a delivery is packed, as its binding says. Compression is seen from the bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Packing {
    /// The layout.
    pub format: Format,
    /// The encoding of text, unless a byte order mark says otherwise (or, where this says UTF-8,
    /// an XML declaration does). Workbooks have none.
    pub encoding: &'static Encoding,
}

/// The layout of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    Csv {
        /// Between cells: any ASCII character.
        delimiter: u8,
        /// Around cells that hold delimiters or line ends; none: no quoting.
        quote: Option<u8>,
        /// The line of the headings, from 1.
        header_row: u32,
    },
    /// Office Open XML workbook.
    Xlsx {
        /// The sheet; none: the first worksheet.
        sheet: Option<String>,
        /// The sheet row of the headings, from 1.
        header_row: u32,
    },
    /// One JSON object a line.
    Ndjson,
    /// `[{…}, …]`, or that array as a member of one object: `{"data": […]}`.
    JsonArray,
    /// Records as elements.
    Xml {
        /// The name of the element that is a row (without namespace prefix).
        record: String,
    },
    /// A feature collection (RFC 7946), or features one a line (RFC 8142).
    Geojson,
}

impl Format {
    /// Delimited text with headings in the first line.
    pub fn csv(delimiter: u8, quote: Option<u8>) -> Self {
        Self::Csv {
            delimiter,
            quote,
            header_row: 1,
        }
    }

    /// The first worksheet with headings in the first row.
    pub fn xlsx() -> Self {
        Self::Xlsx {
            sheet: None,
            header_row: 1,
        }
    }

    /// The word for it in a binding: `csv`, `xlsx`, `ndjson`, `json`, `xml`, `geojson`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Xlsx { .. } => "xlsx",
            Self::Ndjson => "ndjson",
            Self::JsonArray => "json",
            Self::Xml { .. } => "xml",
            Self::Geojson => "geojson",
        }
    }
}

/// Reads the rows of one part of a delivery.
pub trait TextReader: Send {
    /// The next rows; none at the end.
    ///
    /// Positional packings (csv, xlsx) give at least one batch, so that headings are known even
    /// of a delivery without rows; keyed ones give none when there is no row.
    ///
    /// # Errors
    /// What is wrong with the delivery, and where. Nothing is to be read after an error.
    fn next_batch(&mut self) -> Result<Option<TextBatch>, FormatError>;

    /// Whether numbers that are dates count the days from 1904, as workbooks may say of themselves; known from the first
    /// batch on. Cells that are formatted as dates are given as dates, whatever they count from.
    fn counts_from_1904(&self) -> bool {
        false
    }

    /// What was passed over; complete once `next_batch` has given none.
    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }
}

/// Something in a delivery that was not read, and is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A worksheet other than the one that is read.
    SheetUnread {
        /// Its name.
        sheet: String,
    },
    /// A member of a zip that systems add on their own (`__MACOSX/`, `.DS_Store`, `Thumbs.db`).
    MemberSkipped {
        /// Its name.
        member: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SheetUnread { sheet } => write!(f, "sheet {sheet} was not read"),
            Self::MemberSkipped { member } => write!(f, "member {member} was skipped"),
        }
    }
}

/// One part of a delivery: all of a file, or a member of a zip.
pub struct Part {
    /// The member's name (`_source_file` is `a.zip!` and this); none for a file of its own.
    pub member: Option<String>,
    /// Its rows.
    pub reader: Box<dyn TextReader>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("member", &self.member)
            .finish_non_exhaustive()
    }
}

/// The parts of one delivered file, each opened when its turn comes, sorted by member name.
pub struct Parts {
    queue: VecDeque<Pending>,
    packing: Packing,
    limits: Limits,
    notes: Vec<Note>,
}

impl Parts {
    /// What was passed over in the container.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

impl Iterator for Parts {
    type Item = Result<Part, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let part = match self.queue.pop_front()? {
            Pending::Ready(reader) => Ok(Part {
                member: None,
                reader,
            }),
            Pending::Member(archive, member) => archive
                .read(&member)
                .and_then(|bytes| inner_reader(bytes, Magic::Zip, &self.packing, &self.limits))
                .map(|reader| Part {
                    member: Some(member.name),
                    reader,
                }),
        };
        Some(part)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.queue.len(), Some(self.queue.len()))
    }
}

enum Pending {
    Ready(Box<dyn TextReader>),
    Member(Arc<Archive>, Member),
}

/// The parts of one delivered file: one, or one for each member of a zip.
///
/// # Errors
/// When the file can't be opened, isn't what `packing` says, or its container is damaged or unsafe.
pub fn open(path: &Path, packing: &Packing, limits: &Limits) -> Result<Parts, FormatError> {
    let (head, reader) = peek(Box::new(open_file(path)?), Magic::LENGTH)?;
    match Magic::of(&head) {
        Magic::Zip => open_zip(Located::at(path), packing, limits),
        magic => open_stream(reader, &head, magic, packing, limits),
    }
}

/// The parts of a delivery that comes as a stream. Workbooks and zip archives, which are read
/// from their end, are copied to a temporary file first.
///
/// # Errors
/// As [`open`].
pub fn open_reader(
    reader: Box<dyn Read + Send>,
    packing: &Packing,
    limits: &Limits,
) -> Result<Parts, FormatError> {
    let (head, mut reader) = peek(reader, Magic::LENGTH)?;
    match Magic::of(&head) {
        Magic::Zip => open_zip(Located::copy_of(&mut reader)?, packing, limits),
        magic => open_stream(reader, &head, magic, packing, limits),
    }
}

fn open_zip(file: Located, packing: &Packing, limits: &Limits) -> Result<Parts, FormatError> {
    let archive = Archive::open(file, limits)?;
    let mut parts = Parts {
        queue: VecDeque::new(),
        packing: packing.clone(),
        limits: limits.clone(),
        notes: Vec::new(),
    };
    if archive.is_workbook() {
        let Format::Xlsx { sheet, header_row } = &packing.format else {
            return Err(FormatError::WrongFormat {
                wanted: packing.format.name(),
                found: "a workbook (xlsx)",
            });
        };
        let reader = XlsxReader::new(archive, sheet.clone(), *header_row, limits);
        parts.queue.push_back(Pending::Ready(Box::new(reader)));
        return Ok(parts);
    }
    let archive = Arc::new(archive);
    for member in &archive.members {
        if is_clutter(&member.name) {
            parts.notes.push(Note::MemberSkipped {
                member: member.name.clone(),
            });
        } else {
            let pending = Pending::Member(archive.clone(), member.clone());
            parts.queue.push_back(pending);
        }
    }
    if parts.queue.is_empty() {
        return Err(FormatError::BadContainer {
            container: "zip archive",
            what: "it holds no file",
        });
    }
    Ok(parts)
}

fn open_stream(
    reader: Box<dyn Read + Send>,
    head: &[u8],
    magic: Magic,
    packing: &Packing,
    limits: &Limits,
) -> Result<Parts, FormatError> {
    let wrong = |found| FormatError::WrongFormat {
        wanted: packing.format.name(),
        found,
    };
    let reader = match magic {
        Magic::Gzip | Magic::Zstd => {
            inner_reader(expand(reader, magic, limits)?, magic, packing, limits)?
        }
        Magic::Plain if matches!(packing.format, Format::Xlsx { .. }) => {
            return Err(wrong(if head.is_empty() {
                "empty"
            } else {
                "no workbook"
            }));
        }
        Magic::Plain => text_reader(reader, packing, limits)?,
        Magic::Zip | Magic::Ole | Magic::Other(_) => return Err(wrong(magic.name())),
    };
    Ok(Parts {
        queue: VecDeque::from([Pending::Ready(reader)]),
        packing: packing.clone(),
        limits: limits.clone(),
        notes: Vec::new(),
    })
}

/// A reader of what was inside a container: text, or a workbook where that is bound.
fn inner_reader(
    bytes: Box<dyn Read + Send>,
    outer: Magic,
    packing: &Packing,
    limits: &Limits,
) -> Result<Box<dyn TextReader>, FormatError> {
    let (head, mut bytes) = peek(bytes, Magic::LENGTH)?;
    let inner = Magic::of(&head);
    let nested = || FormatError::Nested {
        outer: outer.name(),
        inner: inner.name(),
    };
    match (inner, &packing.format) {
        (Magic::Zip, Format::Xlsx { sheet, header_row }) => {
            let file = Located::copy_of(&mut bytes)?;
            let archive = Archive::open(file, limits)?;
            if !archive.is_workbook() {
                return Err(nested());
            }
            let reader = XlsxReader::new(archive, sheet.clone(), *header_row, limits);
            Ok(Box::new(reader))
        }
        (Magic::Plain, Format::Xlsx { .. }) => Err(FormatError::WrongFormat {
            wanted: packing.format.name(),
            found: "no workbook",
        }),
        (Magic::Plain, _) => text_reader(bytes, packing, limits),
        _ => Err(nested()),
    }
}

fn text_reader(
    bytes: Box<dyn Read + Send>,
    packing: &Packing,
    limits: &Limits,
) -> Result<Box<dyn TextReader>, FormatError> {
    let source = |bytes| TextSource::new(bytes, packing.encoding);
    Ok(match &packing.format {
        Format::Csv {
            delimiter,
            quote,
            header_row,
        } => Box::new(CsvReader::new(
            source(bytes),
            *delimiter,
            *quote,
            *header_row,
            limits,
        )?),
        Format::Ndjson => Box::new(JsonReader::lines(source(bytes), limits)),
        Format::JsonArray => Box::new(JsonReader::array(source(bytes), limits)),
        Format::Geojson => Box::new(JsonReader::features(source(bytes), limits)),
        Format::Xml { record } => {
            Box::new(XmlReader::new(bytes, packing.encoding, record, limits)?)
        }
        Format::Xlsx { .. } => {
            return Err(FormatError::BadPacking {
                what: "a workbook is not text",
            });
        }
    })
}

fn is_clutter(member: &str) -> bool {
    let file = member.rsplit('/').next().unwrap_or_default();
    member.starts_with("__MACOSX/") || matches!(file, ".DS_Store" | "Thumbs.db" | "desktop.ini")
}
