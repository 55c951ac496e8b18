//! Decoded text as the XML parser wants it: bytes, and no more of them than a row may have.

use std::io::{self, BufRead, Read};

use crate::decode::TextSource;
use crate::error::FormatError;

/// A stream of UTF-8 with a limit for each row.
pub(crate) struct Feed {
    source: TextSource,
    text: String,
    at: usize,
    /// Bytes used since the row began.
    used: usize,
    limit: usize,
    row: i64,
    failure: Option<FormatError>,
}

impl Feed {
    pub(crate) fn new(source: TextSource, limit: usize) -> Self {
        Self {
            source,
            text: String::new(),
            at: 0,
            used: 0,
            limit,
            row: 0,
            failure: None,
        }
    }

    /// A row begins here.
    pub(crate) fn start_row(&mut self, row: i64) {
        self.used = 0;
        self.row = row;
    }

    /// What stopped the stream, or the row from growing: the parser knows nothing of it.
    pub(crate) fn failure(&mut self) -> Option<FormatError> {
        if self.used > self.limit {
            return Some(FormatError::RowTooLarge {
                limit: self.limit,
                row: self.row,
            });
        }
        self.failure.take()
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.text.len() {
            if self.used > self.limit {
                return Err(io::Error::other("the row is too large"));
            }
            self.text.clear();
            self.at = 0;
            if let Err(error) = self.source.fill(&mut self.text) {
                self.failure = Some(error.in_row(self.row));
                return Err(io::Error::other("the text stopped"));
            }
        }
        Ok(self.text.as_bytes().get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
        self.used = self.used.saturating_add(bytes);
    }
}

impl Read for Feed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(buf)?;
        self.consume(n);
        Ok(n)
    }
}
