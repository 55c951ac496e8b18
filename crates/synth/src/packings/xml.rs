//! `<records><record><备案号>…`: an element for each cell, named by its heading.

use std::io::{self, Write};

use super::Packer;
use crate::row::Row;

pub(super) struct Xml<W: Write> {
    out: W,
    names: &'static [&'static str],
    text: String,
    rows: usize,
}

impl<W: Write> Xml<W> {
    pub(super) fn new(mut out: W, names: &'static [&'static str]) -> io::Result<Self> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<records>\n")?;
        Ok(Xml {
            out,
            names,
            text: String::new(),
            rows: 0,
        })
    }
}

impl<W: Write> Packer for Xml<W> {
    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.rows += 1;
        self.text.push_str("  <record>");
        for (at, (name, cell)) in self.names.iter().zip(&row.cells).enumerate() {
            // Nothing is an empty element, in either spelling, or none.
            match (cell.text.is_empty(), (self.rows + at) % 3) {
                (true, 0) => {}
                (true, 1) => self.text.push_str(&format!("<{name}/>")),
                _ => {
                    self.text.push_str(&format!("<{name}>"));
                    escape(&mut self.text, &cell.text);
                    self.text.push_str(&format!("</{name}>"));
                }
            }
        }
        self.text.push_str("</record>\n");
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.write_all(b"</records>\n")?;
        self.out.flush()
    }
}

/// Text of an element; of the characters XML cannot hold none is ever written here.
pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}
