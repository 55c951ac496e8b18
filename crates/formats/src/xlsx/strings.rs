//! The strings that cells share.

use super::damaged;
use super::part::{PartReader, Piece};
use crate::error::FormatError;
use crate::limits::Limits;

/// All shared strings, in one piece of memory.
#[derive(Default)]
pub(super) struct SharedStrings {
    text: String,
    ends: Vec<usize>,
}

impl SharedStrings {
    pub(super) fn read(mut part: PartReader, limits: &Limits) -> Result<Self, FormatError> {
        let mut strings = Self::default();
        let mut string = StringItem::default();
        loop {
            match part.next()? {
                Piece::Open(element) => string.open(element.local_name().as_ref()),
                Piece::Text(text) => string.text(text, &mut strings.text),
                Piece::Close("si") => {
                    string = StringItem::default();
                    let start = strings.ends.last().copied().unwrap_or(0);
                    unescape(&mut strings.text, start);
                    strings.ends.push(strings.text.len());
                    let size = strings.text.len() + 8 * strings.ends.len();
                    if size as u64 > limits.max_workbook_memory {
                        return Err(FormatError::Expansion {
                            limit: limits.max_workbook_memory,
                            unit: "bytes of shared strings",
                        });
                    }
                    part.start_row(0);
                }
                Piece::Close(name) => string.close(name),
                Piece::End => return Ok(strings),
            }
        }
    }

    pub(super) fn get(&self, at: usize) -> Result<&str, FormatError> {
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        start
            .zip(self.ends.get(at))
            .and_then(|(start, end)| self.text.get(start..*end))
            .ok_or(damaged("a shared string is missing"))
    }
}

/// The text of a string item (ECMA-376 part 1, 18.4.8): its `t`, or those of its runs, without
/// the phonetic ones.
#[derive(Default)]
pub(super) struct StringItem {
    in_text: bool,
    phonetic: bool,
}

impl StringItem {
    pub(super) fn open(&mut self, name: &str) {
        match name {
            "t" => self.in_text = true,
            "rPh" => self.phonetic = true,
            _ => {}
        }
    }

    pub(super) fn text(&self, text: &str, out: &mut String) {
        if self.in_text && !self.phonetic {
            out.push_str(text);
        }
    }

    pub(super) fn close(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "rPh" => self.phonetic = false,
            _ => {}
        }
    }
}

/// Undoes `_xHHHH_`, how strings hold characters that XML can't (22.9.2.19), from `start` on.
pub(super) fn unescape(text: &mut String, start: usize) {
    let escaped = text.get(start..).unwrap_or_default();
    if !escaped.contains("_x") {
        return;
    }
    let mut rest = escaped;
    let mut out = String::with_capacity(rest.len());
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let digits = escape.get(2..6).filter(|_| escape.get(6..7) == Some("_"));
        let digits = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let (c, length) = match code.and_then(char::from_u32) {
            Some(c) => (c, 7),
            None => ('_', 1),
        };
        out.push(c);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    text.truncate(start);
    text.push_str(&out);
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_for_what_xml_cannot_hold() {
        for (escaped, text) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00_ _xyzzy_ _x", "_x00_ _xyzzy_ _x"),
            ("_x张三_", "_x张三_"),
            ("_xD800_", "_xD800_"),
        ] {
            let mut got = format!("kept{escaped}");
            unescape(&mut got, 4);
            assert_eq!(got, format!("kept{text}"));
        }
    }
}
