//! Lines and cells in a block of delimited text.

use memchr::{memchr, memchr3};

/// One cell: a range of the text, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It began with a quote.
    pub(crate) quoted: bool,
    /// Quotes inside are doubled.
    pub(crate) doubled: bool,
    /// Text follows its closing quote, or none closes it: the range then begins with the opening
    /// quote.
    pub(crate) spoilt: bool,
}

/// What stands at a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A line that ends before `end`; the one after begins at `next`.
    Row { end: usize, next: usize },
    /// A line whose end is not in the text yet.
    More,
    /// Nothing, and nothing will come.
    End,
    /// The text ends inside quotes, and nothing will come.
    OpenQuote,
}

/// Finds lines and cells.
pub(crate) struct Splitter {
    delimiter: u8,
    quote: Option<u8>,
    /// Bytes that end a cell: the delimiter, CR, LF.
    ends: [bool; 256],
}

impl Splitter {
    pub(crate) fn new(delimiter: u8, quote: Option<u8>) -> Self {
        let mut ends = [false; 256];
        for end in [delimiter, b'\r', b'\n'] {
            ends[usize::from(end)] = true;
        }
        Self {
            delimiter,
            quote,
            ends,
        }
    }

    /// Splits the line that begins at `from` into `cells`; `ended`: no text will follow.
    pub(crate) fn next(
        &self,
        text: &[u8],
        from: usize,
        ended: bool,
        cells: &mut Vec<Cell>,
    ) -> Found {
        cells.clear();
        if from >= text.len() {
            return if ended { Found::End } else { Found::More };
        }
        let mut at = from;
        loop {
            let (cell, stop) = match self.cell(text, at, ended) {
                Ok(cell) => cell,
                Err(found) => return found,
            };
            cells.push(cell);
            match text.get(stop) {
                Some(&byte) if byte == self.delimiter => at = stop + 1,
                Some(b'\r') => match text.get(stop + 1) {
                    Some(b'\n') => return row(stop, stop + 2),
                    None if !ended => return Found::More,
                    _ => return row(stop, stop + 1),
                },
                Some(_) => return row(stop, stop + 1),
                None => return row(stop, stop),
            }
        }
    }

    /// Between cells.
    pub(crate) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Marks the cells, split without regard to quotes, that begin with one.
    pub(crate) fn spoil(&self, text: &[u8], cells: &mut [Cell]) {
        for cell in cells {
            cell.spoilt = self.quote.is_some() && text.get(cell.start) == self.quote.as_ref();
        }
    }

    /// Two quotes and the one they stand for.
    pub(crate) fn doubled_quote(&self) -> Option<(String, String)> {
        let quote = char::from(self.quote?);
        Some((format!("{quote}{quote}"), quote.to_string()))
    }

    /// The cell at `at` and where it stops: at a delimiter, a line end or the end of the text.
    fn cell(&self, text: &[u8], at: usize, ended: bool) -> Result<(Cell, usize), Found> {
        let plain = |start, end| Cell {
            start,
            end,
            quoted: false,
            doubled: false,
            spoilt: false,
        };
        match self.quote {
            Some(quote) if text.get(at) == Some(&quote) => {
                let (close, doubled) = closing_quote(text, at + 1, quote, ended)?;
                let stop = self.stop(text, close + 1, ended)?;
                let spoilt = stop != close + 1;
                let (start, end) = if spoilt { (at, stop) } else { (at + 1, close) };
                let cell = Cell {
                    start,
                    end,
                    quoted: true,
                    doubled: doubled && !spoilt,
                    spoilt,
                };
                Ok((cell, stop))
            }
            _ => {
                let stop = self.stop(text, at, ended)?;
                Ok((plain(at, stop), stop))
            }
        }
    }

    /// Where a cell without quotes that begins at `from` stops.
    fn stop(&self, text: &[u8], from: usize, ended: bool) -> Result<usize, Found> {
        /// Most cells are shorter than what calling `memchr` costs.
        const SHORT: usize = 24;
        let rest = text.get(from..).unwrap_or_default();
        let short = rest.get(..SHORT).unwrap_or(rest);
        let found = match short.iter().position(|byte| self.ends[usize::from(*byte)]) {
            None if short.len() < rest.len() => {
                memchr3(self.delimiter, b'\r', b'\n', &rest[SHORT..]).map(|n| n + SHORT)
            }
            found => found,
        };
        match found {
            Some(length) => Ok(from + length),
            None if ended => Ok(text.len()),
            None => Err(Found::More),
        }
    }
}

/// Where the quote that closes a cell stands, and whether there are doubled ones before.
fn closing_quote(text: &[u8], from: usize, quote: u8, ended: bool) -> Result<(usize, bool), Found> {
    let mut at = from;
    let mut doubled = false;
    loop {
        match text.get(at..).and_then(|rest| memchr(quote, rest)) {
            None if ended => return Err(Found::OpenQuote),
            None => return Err(Found::More),
            Some(length) => at += length,
        }
        match text.get(at + 1) {
            Some(next) if *next == quote => {
                doubled = true;
                at += 2;
            }
            None if !ended => return Err(Found::More),
            _ => return Ok((at, doubled)),
        }
    }
}

fn row(end: usize, next: usize) -> Found {
    Found::Row { end, next }
}
