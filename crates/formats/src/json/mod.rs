//! JSON: NDJSON, an array of objects, GeoJSON.
//!
//! Each object is a row, each key a column. Strings are unescaped; numbers keep the digits they
//! were written with, so that an identity number written as a number loses none; nested values
//! stay JSON text. A key that comes twice in one object refuses the delivery. An object that
//! isn't one, breaks the grammar, nests too deep or holds a NUL is a broken row.

mod array;
mod object;
#[cfg(test)]
mod tests;
mod unescape;

use crate::batch::{Table, TextBatch};
use crate::decode::TextSource;
use crate::error::FormatError;
use crate::limits::Limits;
use crate::open::TextReader;
use array::{ArrayCursor, Fault, Step};
pub(crate) use object::is_feature;
use object::{Row, Shape};

/// Members that commonly hold the rows of a document that is one object.
pub(crate) const WRAPPERS: &[&str] = &["data", "records", "rows", "list", "items", "results"];
/// Where a feature collection holds its features (RFC 7946, 3.3).
const FEATURES: &[&str] = &["features"];

/// Reads JSON.
pub(crate) struct JsonReader {
    source: TextSource,
    layout: Layout,
    row: Row,
    limits: Limits,
    /// Decoded text; what stands before `at` is used.
    text: String,
    at: usize,
    /// Bytes of text dropped so far.
    dropped: u64,
    ended: bool,
    table: Table,
}

enum Layout {
    /// GeoJSON before its first bytes are seen: a collection, or features one a line.
    Unknown,
    Lines,
    Array(ArrayCursor),
}

impl JsonReader {
    /// One object a line.
    pub(crate) fn lines(source: TextSource, limits: &Limits) -> Self {
        Self::new(source, Layout::Lines, Shape::Object, limits)
    }

    /// An array of objects, perhaps inside one object.
    pub(crate) fn array(source: TextSource, limits: &Limits) -> Self {
        let cursor = ArrayCursor::new("JSON", WRAPPERS);
        Self::new(source, Layout::Array(cursor), Shape::Object, limits)
    }

    /// Features.
    pub(crate) fn features(source: TextSource, limits: &Limits) -> Self {
        Self::new(source, Layout::Unknown, Shape::Feature, limits)
    }

    fn new(source: TextSource, layout: Layout, shape: Shape, limits: &Limits) -> Self {
        Self {
            source,
            layout,
            row: Row::new(shape, limits),
            limits: limits.clone(),
            text: String::new(),
            at: 0,
            dropped: 0,
            ended: false,
            table: Table::keyed(limits),
        }
    }

    /// Reads one more row, or more text; false at the end.
    fn advance(&mut self) -> Result<bool, FormatError> {
        match &mut self.layout {
            Layout::Unknown => self.look()?,
            Layout::Lines => return self.advance_line(),
            Layout::Array(cursor) => match cursor.step(&self.text, &mut self.at, self.ended) {
                Ok(Step::Element { start, end }) => {
                    self.check_size(end - start)?;
                    let text = self.text.get(start..end).unwrap_or_default();
                    self.row.read(text, &mut self.table)?;
                }
                Ok(Step::More) => self.refill()?,
                Ok(Step::End) => return Ok(false),
                Err(fault) => return Err(self.fault(fault)),
            },
        }
        Ok(true)
    }

    /// Takes a line, if a whole one is there.
    fn advance_line(&mut self) -> Result<bool, FormatError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (length, end) = match memchr::memchr2(b'\n', b'\r', rest) {
            Some(length) => (length, 1),
            None if !self.ended => {
                self.refill()?;
                return Ok(true);
            }
            None if rest.is_empty() => return Ok(false),
            None => (rest.len(), 0),
        };
        self.check_size(length)?;
        let line = self.text.get(self.at..self.at + length).unwrap_or_default();
        // RS begins a text in a JSON text sequence (RFC 7464).
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{1E}');
        if !line.is_empty() {
            self.row.read(line, &mut self.table)?;
        }
        self.at += length + end;
        Ok(true)
    }

    /// Tells a feature collection from features one a line: the latter's first line is a whole
    /// feature.
    fn look(&mut self) -> Result<(), FormatError> {
        if !self.ended && self.text.is_empty() {
            return self.refill();
        }
        let mut lines = self.text.lines().map(str::trim);
        let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
        let sequence = first.starts_with('\u{1E}') || is_feature(first);
        self.layout = if sequence {
            Layout::Lines
        } else {
            Layout::Array(ArrayCursor::new("GeoJSON", FEATURES))
        };
        Ok(())
    }

    fn refill(&mut self) -> Result<(), FormatError> {
        self.check_size(self.text.len() - self.at)?;
        self.text.drain(..self.at);
        self.dropped += self.at as u64;
        self.at = 0;
        let row = self.table.row();
        self.ended = !self
            .source
            .fill(&mut self.text)
            .map_err(|error| error.in_row(row))?;
        Ok(())
    }

    fn check_size(&self, size: usize) -> Result<(), FormatError> {
        let limit = self.limits.max_row_bytes;
        if size > limit {
            return Err(FormatError::RowTooLarge {
                limit,
                row: self.table.row(),
            });
        }
        Ok(())
    }

    fn fault(&self, fault: Fault) -> FormatError {
        let row = Some(self.table.row());
        match fault {
            Fault::Malformed { packing, at, what } => FormatError::Malformed {
                packing,
                offset: self.dropped + at as u64,
                row,
                what,
            },
            Fault::CutShort => FormatError::CutShort {
                inside: "the document",
                row,
            },
            Fault::NoRecords { names } => FormatError::NoRecords {
                wanted: format!("array, nor one in a member named {}", names.join(", ")),
                found: None,
            },
        }
    }
}

impl TextReader for JsonReader {
    fn next_batch(&mut self) -> Result<Option<TextBatch>, FormatError> {
        while !self.table.is_full() && self.advance()? {}
        if self.table.is_empty() {
            return Ok(None);
        }
        self.table.take().map(Some)
    }
}
