//! Delimited text: headings in a line, a row a line, cells by position.
//!
//! As RFC 4180 has it, with what deliveries need: any ASCII delimiter; a quote or none; CR, LF
//! and CRLF mixed; lines whose cells are all blank are no rows. Title lines may stand above the
//! headings. A row is broken when its width is not the headings' ([`ROW_WIDTH`]), when text
//! follows a closing quote or when it holds a NUL ([`ROW_UNPARSABLE`]): what such a row means would
//! be a guess. So would a quoted cell whose lines are records of their own ([`stray`]): the line in
//! which it opens is broken, those after it are rows. A quote inside a cell that doesn't begin
//! with one is an ordinary character.

mod lines;
mod sample;
mod split;
mod stray;
#[cfg(test)]
mod tests;

use crate::batch::{ROW_UNPARSABLE, ROW_WIDTH, Table, TextBatch, heading};
use crate::decode::TextSource;
use crate::error::FormatError;
use crate::limits::Limits;
use crate::open::TextReader;
use lines::Lines;
pub(crate) use sample::{SampleLine, sample};

/// Reads delimited text.
pub(crate) struct CsvReader {
    lines: Lines,
    header_row: u32,
    limits: Limits,
    /// None until the headings are read.
    table: Option<Table>,
}

impl CsvReader {
    /// A reader of `source`; the heading line is the first at or below line `header_row` (from
    /// 1, blank lines counted) that isn't blank.
    pub(crate) fn new(
        source: TextSource,
        delimiter: u8,
        quote: Option<u8>,
        header_row: u32,
        limits: &Limits,
    ) -> Result<Self, FormatError> {
        let bad = |what| Err(FormatError::BadPacking { what });
        let unfit = |byte: u8| !byte.is_ascii() || matches!(byte, b'\r' | b'\n' | 0);
        if unfit(delimiter) {
            return bad("the delimiter must be one ASCII character, no line end");
        }
        if quote.is_some_and(|quote| unfit(quote) || quote == delimiter) {
            return bad("the quote must be one ASCII character, no line end and not the delimiter");
        }
        Ok(Self {
            lines: Lines::new(source, delimiter, quote, limits.max_row_bytes),
            header_row: header_row.max(1),
            limits: limits.clone(),
            table: None,
        })
    }

    fn read_headings(&mut self) -> Result<Table, FormatError> {
        let mut line = 0;
        while self.lines.next(0)? {
            line += 1;
            if line < self.header_row || self.lines.is_blank() {
                continue;
            }
            if self.lines.width() > self.limits.max_columns {
                return Err(FormatError::TooManyColumns {
                    limit: self.limits.max_columns,
                    row: None,
                });
            }
            self.lines.expect(self.lines.width());
            let headings = self.lines.values();
            let headings = headings.iter().map(|cell| heading(cell)).collect();
            return Ok(Table::positional(headings, &self.limits));
        }
        Err(FormatError::NoHeadings {
            header_row: self.header_row,
        })
    }
}

impl TextReader for CsvReader {
    fn next_batch(&mut self) -> Result<Option<TextBatch>, FormatError> {
        let first = self.table.is_none();
        if first {
            self.table = Some(self.read_headings()?);
        }
        let Some(table) = &mut self.table else {
            return Ok(None);
        };
        while !table.is_full() && self.lines.next(table.row())? {
            take_line(&mut self.lines, table);
        }
        if first || !table.is_empty() {
            return table.take().map(Some);
        }
        Ok(None)
    }
}

fn take_line(lines: &mut Lines, table: &mut Table) {
    if lines.is_blank() {
        return;
    }
    if lines.is_spoilt() {
        table.push_broken(ROW_UNPARSABLE, lines.raw());
    } else if lines.width() != table.width() {
        table.push_broken(ROW_WIDTH, lines.raw());
    } else if let Some(cells) = lines.pieces() {
        table.push_row(cells.map(Some));
    } else {
        let values = lines.values();
        table.push_row(values.iter().map(|value| Some(value.as_str())));
    }
}
