//! One JSON object a line.

use std::io::{self, Write};

use super::{Breakage, Packer};
use crate::row::{Row, Typed};

pub(super) struct Ndjson<W: Write> {
    out: W,
    keys: &'static [&'static str],
    line: String,
    rows: usize,
}

impl<W: Write> Ndjson<W> {
    pub(super) fn new(out: W, keys: &'static [&'static str]) -> Self {
        Ndjson {
            out,
            keys,
            line: String::new(),
            rows: 0,
        }
    }

    fn object(&mut self, row: &Row) {
        self.rows += 1;
        self.line.push('{');
        let mut first = true;
        for (at, (key, cell)) in self.keys.iter().zip(&row.cells).enumerate() {
            // Nothing is a null, an empty text, or no key at all.
            let nothing = (self.rows + at) % 3;
            if cell.text.is_empty() && nothing == 0 {
                continue;
            }
            if !first {
                self.line.push(',');
            }
            first = false;
            string(&mut self.line, key);
            self.line.push(':');
            match cell.typed {
                Some(Typed::Number(_)) => self.line.push_str(&cell.text),
                _ if cell.text.is_empty() && nothing == 1 => self.line.push_str("null"),
                _ => string(&mut self.line, &cell.text),
            }
        }
        self.line.push('}');
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Packer for Ndjson<W> {
    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.object(row);
        self.end_line()
    }

    fn breakage(&self) -> Breakage {
        Breakage::CutLine
    }

    fn broken_row(&mut self, row: &Row, how: u64) -> io::Result<()> {
        self.object(row);
        let mut end = self.line.len() / 2 + (how % 5) as usize;
        while !self.line.is_char_boundary(end) {
            end -= 1;
        }
        self.line.truncate(end);
        self.end_line()
    }

    fn blank_line(&mut self) -> io::Result<()> {
        self.end_line()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

fn string(line: &mut String, text: &str) {
    line.push('"');
    for c in text.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            c if c < ' ' => line.push_str(&format!("\\u{:04x}", c as u32)),
            c => line.push(c),
        }
    }
    line.push('"');
}
