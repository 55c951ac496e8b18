//! Records as XML elements.
//!
//! Each element named as the binding's record is a row, wherever it stands. Its children are
//! columns, and so are its attributes and those of its children:
//!
//! - `<a>x</a>`, or `a="x"` on the record: column `a`
//! - `<a><b>x</b></a>`: column `a/b`; where `b` comes more than once, the values joined by `;`
//! - `<a k="x">`: column `a@k` (namespace declarations and `xsi:` attributes aside)
//! - text beside children: column `#text`, or `a/#text`
//! - `<a xsi:nil="true"/>`: null; `<a/>`: empty
//!
//! Prefixes are dropped. A child or attribute that comes twice in a record refuses the delivery.
//! Only the predefined entities and character references are known; a document type that
//! declares anything is refused, so nothing can be made to expand. What stands outside records
//! is passed over.

mod feed;
mod record;
#[cfg(test)]
mod tests;

use std::io::Read;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::batch::{Table, TextBatch};
use crate::container::peek;
use crate::decode::TextSource;
use crate::error::{FormatError, printable_heading};
use crate::limits::Limits;
use crate::open::TextReader;
pub(crate) use feed::Feed;
use record::Record;

/// Reads XML.
pub(crate) struct XmlReader {
    xml: Reader<Feed>,
    record_name: String,
    max_depth: usize,
    /// Open elements.
    depth: usize,
    /// The record being read, and the depth it stands at.
    record: Record,
    record_depth: Option<usize>,
    records: u64,
    /// The root has been opened.
    rooted: bool,
    /// The name of the first element under the root.
    first_child: Option<String>,
    table: Table,
    buffer: Vec<u8>,
}

impl XmlReader {
    /// A reader of `bytes`. Where `bound`, the binding's encoding, is UTF-8, the XML declaration
    /// may name another.
    pub(crate) fn new(
        bytes: Box<dyn Read + Send>,
        bound: &'static Encoding,
        record: &str,
        limits: &Limits,
    ) -> Result<Self, FormatError> {
        let (head, bytes) = peek(bytes, 256)?;
        let declared = declared_encoding(&head).filter(|_| bound == UTF_8);
        let source = TextSource::new(bytes, declared.unwrap_or(bound));
        let mut xml = Reader::from_reader(Feed::new(source, limits.max_row_bytes));
        xml.config_mut().expand_empty_elements = true;
        Ok(Self {
            xml,
            record_name: record.into(),
            max_depth: limits.max_depth,
            depth: 0,
            record: Record::default(),
            record_depth: None,
            records: 0,
            rooted: false,
            first_child: None,
            table: Table::keyed(limits),
            buffer: Vec::new(),
        })
    }

    /// Reads one event; false at the end of the document.
    fn advance(&mut self) -> Result<bool, FormatError> {
        if self.record_depth.is_none() {
            self.xml.get_mut().start_row(self.table.row());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let event = self.xml.read_event_into(&mut buffer);
        // A declared column twice and the like outweighs nothing: what the feed met comes first.
        if let Some(failure) = self.xml.get_mut().failure() {
            return Err(failure);
        }
        let going = match event {
            Ok(event) => self.take_event(event)?,
            Err(error) => return Err(self.fault(&error)),
        };
        self.buffer = buffer;
        Ok(going)
    }

    fn take_event(&mut self, event: Event<'_>) -> Result<bool, FormatError> {
        match event {
            Event::Start(element) => self.open(&element)?,
            Event::End(_) => self.close()?,
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(entity) => {
                let c = resolve(&entity)
                    .ok_or_else(|| self.malformed("an entity that XML does not define"))?;
                self.text(c.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(text) if text.contains(['[', '%']) => {
                return Err(self.malformed("a document type with declarations is refused"));
            }
            Event::Eof if self.depth > 0 || !self.rooted => {
                return Err(FormatError::CutShort {
                    inside: "the document",
                    row: Some(self.table.row()),
                });
            }
            Event::Eof => return self.end(),
            Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            // Never made: empty elements are expanded.
            Event::Empty(_) => {}
        }
        Ok(true)
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), FormatError> {
        if self.depth == 0 && self.rooted {
            return Err(self.malformed("a second root element"));
        }
        self.rooted = true;
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(FormatError::TooDeep {
                limit: self.max_depth,
                row: Some(self.table.row()),
            });
        }
        let name = element.local_name();
        let name = name.as_ref();
        if self.record_depth.is_some() {
            self.record.open(name);
        } else if name == self.record_name {
            self.record_depth = Some(self.depth);
            self.record.clear();
        } else {
            if self.depth == 2 && self.first_child.is_none() {
                self.first_child = Some(name.into());
            }
            return Ok(());
        }
        for attribute in element.attributes().with_checks(false) {
            let attribute =
                attribute.map_err(|_| self.malformed("an attribute that can't be read"))?;
            let key = attribute.key;
            let prefix = key.prefix();
            let prefix = prefix.as_ref().map_or("", |prefix| prefix.as_ref());
            let local = key.local_name();
            let local = local.as_ref();
            let value = quick_xml::escape::unescape(&attribute.value)
                .map_err(|_| self.malformed("an entity that XML does not define"))?;
            if prefix == "xsi" {
                if local == "nil" && matches!(value.trim(), "true" | "1") {
                    self.record.nil();
                }
            } else if prefix != "xmlns" && key.as_ref() != "xmlns" {
                self.record.attribute(local, &value);
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), FormatError> {
        if self.record_depth == Some(self.depth) {
            self.record_depth = None;
            self.records += 1;
            self.record.commit(&mut self.table)?;
        } else if self.record_depth.is_some() {
            self.record.close();
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), FormatError> {
        if self.record_depth.is_some() {
            self.record.text(text);
        } else if self.depth == 0 && !text.trim().is_empty() {
            return Err(self.malformed("text outside the root element"));
        }
        Ok(())
    }

    /// The end: a document full of something other than records was bound wrongly.
    fn end(&mut self) -> Result<bool, FormatError> {
        match &self.first_child {
            Some(name) if self.records == 0 => Err(FormatError::NoRecords {
                wanted: format!("element {}", self.record_name),
                found: Some(format!("there are elements {}", printable_heading(name))),
            }),
            _ => Ok(false),
        }
    }

    fn fault(&mut self, error: &quick_xml::Error) -> FormatError {
        use quick_xml::Error;
        match error {
            Error::Syntax(SyntaxError::InvalidBangMarkup) => self.malformed("unknown markup"),
            // All others: the document ends inside a tag, a comment or the like.
            Error::Syntax(_) => FormatError::CutShort {
                inside: "markup",
                row: Some(self.table.row()),
            },
            Error::IllFormed(_) => self.malformed("tags that don't match, or a bare &"),
            _ => self.malformed("it can't be read"),
        }
    }

    fn malformed(&self, what: &'static str) -> FormatError {
        FormatError::Malformed {
            packing: "XML",
            offset: self.xml.buffer_position(),
            row: Some(self.table.row()),
            what,
        }
    }
}

impl TextReader for XmlReader {
    fn next_batch(&mut self) -> Result<Option<TextBatch>, FormatError> {
        while !self.table.is_full() && self.advance()? {}
        if self.table.is_empty() {
            return Ok(None);
        }
        self.table.take().map(Some)
    }
}

/// The encoding that an XML declaration in ASCII names.
pub(crate) fn declared_encoding(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let end = memchr::memchr(b'>', head)?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?;
    let (_, rest) = declaration.strip_prefix("<?xml")?.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = rest.get(1..)?.split(quote).next()?;
    // A declaration that can be read as ASCII is not in UTF-16, whatever it says.
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

/// The character that a reference stands for.
pub(crate) fn resolve(entity: &BytesRef<'_>) -> Option<char> {
    if let Some(c) = entity.resolve_char_ref().ok()? {
        return Some(c);
    }
    match &**entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}
