//! The XML of one part of a workbook, event by event, within limits.

use std::io::Read;

use encoding_rs::UTF_8;
use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesStart, Event};

use super::damaged;
use crate::decode::TextSource;
use crate::error::FormatError;
use crate::limits::Limits;
use crate::xml::{Feed, resolve};

/// Something in a part.
pub(super) enum Piece<'a> {
    /// An element opens.
    Open(BytesStart<'a>),
    /// An element of this name closes.
    Close(&'a str),
    /// Text.
    Text(&'a str),
    /// The end of the part.
    End,
}

/// Reads the XML of a part.
pub(super) struct PartReader {
    xml: Reader<Feed>,
    buffer: Vec<u8>,
    text: String,
    depth: usize,
    max_depth: usize,
    row: i64,
}

impl PartReader {
    /// A reader of `bytes`, in which no row, nor anything else between two calls of
    /// [`Self::start_row`], is larger than `limit` bytes.
    pub(super) fn new(bytes: Box<dyn Read + Send>, limit: usize, limits: &Limits) -> Self {
        let feed = Feed::new(TextSource::new(bytes, UTF_8), limit);
        let mut xml = Reader::from_reader(feed);
        xml.config_mut().expand_empty_elements = true;
        Self {
            xml,
            buffer: Vec::new(),
            text: String::new(),
            depth: 0,
            max_depth: limits.max_depth,
            row: 0,
        }
    }

    /// A row begins here; errors call it `row`.
    pub(super) fn start_row(&mut self, row: i64) {
        self.row = row;
        self.xml.get_mut().start_row(row);
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Result<Piece<'_>, FormatError> {
        loop {
            self.buffer.clear();
            // Polonius would let this borrow end where nothing is returned.
            let event = self.xml.read_event_into(&mut self.buffer);
            if let Some(failure) = self.xml.get_mut().failure() {
                return Err(failure);
            }
            let row = Some(self.row).filter(|row| *row > 0);
            let cut = FormatError::CutShort {
                inside: "a part of the workbook",
                row,
            };
            match event {
                Ok(Event::Start(element)) => {
                    self.depth += 1;
                    if self.depth > self.max_depth {
                        return Err(FormatError::TooDeep {
                            limit: self.max_depth,
                            row,
                        });
                    }
                    return Ok(Piece::Open(element.into_owned()));
                }
                Ok(Event::End(element)) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.text.clear();
                    self.text.push_str(element.local_name().as_ref());
                    return Ok(Piece::Close(&self.text));
                }
                Ok(Event::Text(text)) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Piece::Text(&self.text));
                }
                Ok(Event::CData(text)) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Piece::Text(&self.text));
                }
                Ok(Event::GeneralRef(entity)) => {
                    let c = resolve(&entity).ok_or(damaged("it has an unknown entity"))?;
                    self.text.clear();
                    self.text.push(c);
                    return Ok(Piece::Text(&self.text));
                }
                Ok(Event::DocType(_)) => return Err(damaged("it has a document type")),
                Ok(Event::Eof) if self.depth > 0 => return Err(cut),
                Ok(Event::Eof) => return Ok(Piece::End),
                Ok(_) => {}
                Err(quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup)) => {
                    return Err(damaged("a part of it has unknown markup"));
                }
                Err(quick_xml::Error::Syntax(_)) => return Err(cut),
                Err(_) => return Err(damaged("a part of it is not well-formed XML")),
            }
        }
    }
}

/// The value of the attribute whose local name is `name`.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut found = None;
    for attribute in element.attributes().with_checks(false).flatten() {
        if attribute.key.local_name().as_ref() == name {
            found = quick_xml::escape::unescape(&attribute.value)
                .ok()
                .map(|value| value.into_owned());
        }
    }
    found
}
