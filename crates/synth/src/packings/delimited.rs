//! Text with a character between the cells: CSV and its kin.

use std::io::{self, Write};

use super::gb18030::Gb18030;
use super::{Breakage, Packer};
use crate::row::Row;

/// One way to write delimited text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    delimiter: char,
    /// Cells that need it stand in double quotes; without, nothing is quoted.
    quotes: bool,
    end_of_line: &'static str,
    bom: bool,
    gb18030: bool,
}

impl Style {
    pub(super) const CSV: Style = Style {
        delimiter: ',',
        quotes: true,
        end_of_line: "\n",
        bom: false,
        gb18030: false,
    };
    pub(super) const CSV_GB18030: Style = Style {
        gb18030: true,
        ..Style::CSV
    };
    pub(super) const CSV_BOM_CRLF: Style = Style {
        end_of_line: "\r\n",
        bom: true,
        ..Style::CSV
    };
    pub(super) const PIPE: Style = Style {
        delimiter: '|',
        quotes: false,
        ..Style::CSV
    };
}

pub(super) struct Delimited<W: Write> {
    out: W,
    style: Style,
    encoder: Option<Gb18030>,
    line: String,
    bytes: Vec<u8>,
}

impl<W: Write> Delimited<W> {
    pub(super) fn new(mut out: W, style: Style, headings: &[&str]) -> io::Result<Self> {
        if style.bom {
            out.write_all("\u{FEFF}".as_bytes())?;
        }
        let mut packer = Delimited {
            out,
            style,
            encoder: style.gb18030.then(Gb18030::new),
            line: String::new(),
            bytes: Vec::new(),
        };
        packer.cells(headings.iter().copied());
        packer.end_line()?;
        Ok(packer)
    }

    fn cells<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.line.push(self.style.delimiter);
            }
            self.cell(cell);
        }
    }

    fn cell(&mut self, text: &str) {
        let special = |c: char| c == self.style.delimiter || matches!(c, '"' | '\n' | '\r');
        if !text.contains(special) {
            self.line.push_str(text);
        } else if self.style.quotes {
            self.line.push('"');
            self.line.push_str(&text.replace('"', "\"\""));
            self.line.push('"');
        } else {
            // Nothing can protect it: senders put a blank.
            self.line
                .push_str(&text.replace([self.style.delimiter, '\n', '\r'], " "));
        }
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push_str(self.style.end_of_line);
        match &self.encoder {
            None => self.out.write_all(self.line.as_bytes())?,
            Some(encoder) => {
                self.bytes.clear();
                encoder.encode(&self.line, &mut self.bytes);
                self.out.write_all(&self.bytes)?;
            }
        }
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Packer for Delimited<W> {
    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.cells(row.cells.iter().map(|cell| cell.text.as_str()));
        self.end_line()
    }

    fn breakage(&self) -> Breakage {
        Breakage::Width
    }

    fn broken_row(&mut self, row: &Row, how: u64) -> io::Result<()> {
        let count = row.cells.len();
        match how % 3 {
            // The last cells are gone.
            0 => {
                let kept = count - 1 - (how / 3 % 2) as usize;
                self.cells(row.cells[..kept].iter().map(|cell| cell.text.as_str()));
            }
            // The delimiter in the middle of a text, and nothing to protect it.
            1 => {
                let torn = count / 2;
                self.cells(row.cells[..torn].iter().map(|cell| cell.text.as_str()));
                self.line.push(self.style.delimiter);
                self.line.push_str("见附件");
                self.line.push(self.style.delimiter);
                self.cells(row.cells[torn..].iter().map(|cell| cell.text.as_str()));
            }
            // A remark beyond the last column.
            _ => {
                self.cells(row.cells.iter().map(|cell| cell.text.as_str()));
                self.line.push(self.style.delimiter);
                self.line.push_str("待核实");
            }
        }
        self.end_line()
    }

    fn blank_line(&mut self) -> io::Result<()> {
        self.end_line()
    }

    fn quotes(&self) -> bool {
        self.style.quotes
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}
