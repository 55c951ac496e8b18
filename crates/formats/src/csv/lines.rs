//! The lines of a stream of text, each split into cells.

use super::split::{Cell, Found, Splitter};
use super::stray::is_stray;
use crate::decode::TextSource;
use crate::error::FormatError;

/// Lines, one at a time.
pub(super) struct Lines {
    source: TextSource,
    splitter: Splitter,
    /// To it quotes are characters.
    plain: Splitter,
    /// Cells of a record; 0 until the headings are known.
    columns: usize,
    max_row_bytes: usize,
    /// Decoded text; what stands before `next` is used.
    text: String,
    /// The line last split.
    start: usize,
    end: usize,
    next: usize,
    cells: Vec<Cell>,
    /// No text will follow.
    ended: bool,
    /// Whether `text` holds a NUL anywhere: lines are looked at only then.
    nul: bool,
}

impl Lines {
    pub(super) fn new(
        source: TextSource,
        delimiter: u8,
        quote: Option<u8>,
        max_row_bytes: usize,
    ) -> Self {
        Self {
            source,
            splitter: Splitter::new(delimiter, quote),
            plain: Splitter::new(delimiter, None),
            columns: 0,
            max_row_bytes,
            text: String::new(),
            start: 0,
            end: 0,
            next: 0,
            cells: Vec::new(),
            ended: false,
            nul: false,
        }
    }

    /// From here on a record has as many cells.
    pub(super) fn expect(&mut self, columns: usize) {
        self.columns = columns;
    }

    /// Goes to the next line; false at the end. `row` is what errors call it.
    pub(super) fn next(&mut self, row: i64) -> Result<bool, FormatError> {
        let limit = self.max_row_bytes;
        loop {
            let text = self.text.as_bytes();
            let mut found = self
                .splitter
                .next(text, self.next, self.ended, &mut self.cells);
            if self.has_stray_quote(&found) {
                found = self
                    .plain
                    .next(text, self.next, self.ended, &mut self.cells);
                self.splitter.spoil(text, &mut self.cells);
            }
            let size = match found {
                Found::Row { end, .. } => end - self.next,
                Found::More => text.len() - self.next,
                Found::End => return Ok(false),
                Found::OpenQuote => {
                    return Err(FormatError::CutShort {
                        inside: "a quoted cell",
                        row: Some(row),
                    });
                }
            };
            if size > limit {
                return Err(FormatError::RowTooLarge { limit, row });
            }
            if let Found::Row { end, next } = found {
                (self.start, self.end, self.next) = (self.next, end, next);
                return Ok(true);
            }
            self.refill().map_err(|error| error.in_row(row))?;
        }
    }

    /// Cells in the line.
    pub(super) fn width(&self) -> usize {
        self.cells.len()
    }

    /// Cells of blanks only; Ctrl-Z is how DOS programs end a text file.
    pub(super) fn is_blank(&self) -> bool {
        let blank = |c: char| c.is_whitespace() || c == '\u{1A}';
        let mut pieces = self.cells.iter().map(|cell| self.piece(cell));
        pieces.all(|piece| piece.chars().all(blank))
    }

    /// Its cells can't be told: text after a closing quote, or a NUL.
    pub(super) fn is_spoilt(&self) -> bool {
        self.cells.iter().any(|cell| cell.spoilt)
            || self.nul && memchr::memchr(0, self.line().as_bytes()).is_some()
    }

    /// The cells as pieces of the line; None where a doubled quote must be undone first.
    pub(super) fn pieces(&self) -> Option<impl Iterator<Item = &str>> {
        if self.cells.iter().any(|cell| cell.doubled) {
            return None;
        }
        Some(self.cells.iter().map(|cell| self.piece(cell)))
    }

    /// The cells' values.
    pub(super) fn values(&self) -> Vec<String> {
        let value = |cell: &Cell| match self.splitter.doubled_quote() {
            Some((two, one)) if cell.doubled => self.piece(cell).replace(&two, &one),
            _ => self.piece(cell).to_owned(),
        };
        self.cells.iter().map(value).collect()
    }

    /// The cells as a JSON array.
    pub(super) fn raw(&self) -> String {
        serde_json::Value::from(self.values()).to_string()
    }

    /// Whether the lines that a quoted cell runs over are records of their own.
    fn has_stray_quote(&self, found: &Found) -> bool {
        let (end, whole) = match found {
            Found::Row { end, .. } if self.cells.iter().any(|cell| cell.quoted) => (*end, true),
            Found::Row { .. } | Found::End => return false,
            Found::More => (self.text.len(), false),
            Found::OpenQuote => (self.text.len(), true),
        };
        let text = self.text.as_bytes().get(self.next..end);
        let text = text.unwrap_or_default();
        is_stray(text, whole, self.splitter.delimiter(), self.columns)
    }

    fn line(&self) -> &str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    fn piece(&self, cell: &Cell) -> &str {
        self.text.get(cell.start..cell.end).unwrap_or_default()
    }

    fn refill(&mut self) -> Result<(), FormatError> {
        self.text.drain(..self.next);
        self.next = 0;
        let kept = self.text.len();
        self.ended = !self.source.fill(&mut self.text)?;
        let fresh = self.text.as_bytes().get(kept..).unwrap_or_default();
        self.nul = (self.nul && kept > 0) || memchr::memchr(0, fresh).is_some();
        Ok(())
    }
}
