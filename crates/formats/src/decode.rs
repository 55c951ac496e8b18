//! Bytes to text, block by block, strictly: what can't be decoded is an error, never `U+FFFD`.

use std::io::Read;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use crate::error::FormatError;

/// Bytes read at a time.
pub(crate) const BLOCK: usize = 1 << 20;

/// A stream of text out of a stream of bytes.
pub(crate) struct TextSource {
    reader: Box<dyn Read + Send>,
    encoding: &'static Encoding,
    /// None for UTF-8, which is only checked.
    decoder: Option<Decoder>,
    /// Bytes read but not decoded: the start of a character whose rest is yet to come.
    pending: Vec<u8>,
    /// Offset of the first byte not decoded yet.
    offset: u64,
    started: bool,
    ended: bool,
    /// Met while decoding, told once the text before it has been taken.
    failure: Option<FormatError>,
}

impl TextSource {
    /// A source that decodes `reader`; a byte order mark outweighs `encoding`.
    pub(crate) fn new(reader: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        Self {
            reader,
            encoding,
            decoder: None,
            pending: Vec::new(),
            offset: 0,
            started: false,
            ended: false,
            failure: None,
        }
    }

    /// Appends the next block of text; false at the end.
    pub(crate) fn fill(&mut self, text: &mut String) -> Result<bool, FormatError> {
        let before = text.len();
        loop {
            if let Some(failure) = self.failure.take() {
                self.ended = true;
                return Err(failure);
            }
            if self.ended {
                return Ok(false);
            }
            if !self.started {
                self.start()?;
            }
            if self.decoder.is_some() {
                self.fill_decoded(text);
            } else {
                self.fill_utf8(text);
            }
            if text.len() > before {
                return Ok(true);
            }
        }
    }

    /// Reads the byte order mark, if there is one, and chooses the decoder.
    fn start(&mut self) -> Result<(), FormatError> {
        self.started = true;
        let mut head = Vec::with_capacity(4);
        (&mut self.reader)
            .take(4)
            .read_to_end(&mut head)
            .map_err(FormatError::from_io)?;
        // GB18030's own mark is not in the Encoding Standard's list.
        let mark = match Encoding::for_bom(&head) {
            Some((encoding, length)) => {
                self.encoding = encoding;
                length
            }
            None if head == [0x84, 0x31, 0x95, 0x33] => {
                self.encoding = encoding_rs::GB18030;
                4
            }
            None => 0,
        };
        head.drain(..mark);
        self.offset = mark as u64;
        self.pending = head;
        if self.encoding != UTF_8 {
            self.decoder = Some(self.encoding.new_decoder_without_bom_handling());
        }
        Ok(())
    }

    /// Appends up to a block of bytes; errors wait until what came before them is used.
    fn read_block(&mut self, into: &mut Vec<u8>) {
        let room = (BLOCK - self.pending.len()) as u64;
        into.append(&mut self.pending);
        match (&mut self.reader).take(room).read_to_end(into) {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error) => self.failure = Some(FormatError::from_io(error)),
        }
    }

    fn fill_utf8(&mut self, text: &mut String) {
        // The text's own allocation takes the bytes: valid UTF-8 is never copied.
        let mut bytes = std::mem::take(text).into_bytes();
        let kept = bytes.len();
        self.read_block(&mut bytes);
        if !self.ended {
            self.pending = bytes.split_off(bytes.len() - unfinished(&bytes[kept..]));
        }
        match String::from_utf8(bytes) {
            Ok(valid) => {
                self.offset += (valid.len() - kept) as u64;
                *text = valid;
            }
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let offset = self.offset + (valid - kept) as u64;
                // It comes before whatever stopped the reading.
                let unfinished = error.utf8_error().error_len().is_none();
                self.failure = Some(match self.ended && unfinished {
                    true => CUT_SHORT,
                    false => self.undecodable(offset),
                });
                let mut bytes = error.into_bytes();
                bytes.truncate(valid);
                *text = String::from_utf8(bytes).unwrap_or_default();
            }
        }
    }

    fn fill_decoded(&mut self, text: &mut String) {
        let mut bytes = Vec::with_capacity(BLOCK);
        self.read_block(&mut bytes);
        let Some(mut decoder) = self.decoder.take() else {
            return;
        };
        let mut from = 0;
        loop {
            let rest = &bytes[from..];
            let room = decoder.max_utf8_buffer_length_without_replacement(rest.len());
            text.reserve(room.unwrap_or(rest.len()));
            let (result, read) =
                decoder.decode_to_string_without_replacement(rest, text, self.ended);
            from += read;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(bad, extra) => {
                    let back = u64::from(bad) + u64::from(extra);
                    let offset = (self.offset + from as u64).saturating_sub(back);
                    self.failure = Some(match self.ended && from == bytes.len() {
                        true => CUT_SHORT,
                        false => self.undecodable(offset),
                    });
                    break;
                }
            }
        }
        self.offset += from as u64;
        self.decoder = Some(decoder);
    }

    fn undecodable(&self, offset: u64) -> FormatError {
        FormatError::Undecodable {
            encoding: self.encoding.name(),
            offset,
            row: None,
        }
    }
}

/// The last character lacks its last bytes.
const CUT_SHORT: FormatError = FormatError::CutShort {
    inside: "a character",
    row: None,
};

/// Bytes at the end of `bytes` that begin a character whose rest is missing (0 to 3).
fn unfinished(bytes: &[u8]) -> usize {
    for (back, byte) in bytes.iter().rev().take(3).enumerate() {
        let length = match byte {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        return if length > back + 1 { back + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, GB18030, UTF_16LE};

    /// Gives a few bytes at a time, so that characters are split everywhere.
    struct Drip(Vec<u8>, usize);
    impl Read for Drip {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let n = buf.len().min(3).min(self.0.len() - self.1);
            buf[..n].copy_from_slice(&self.0[self.1..self.1 + n]);
            self.1 += n;
            Ok(n)
        }
    }

    fn decode(bytes: &[u8], encoding: &'static Encoding) -> Result<String, FormatError> {
        let mut source = TextSource::new(Box::new(Drip(bytes.to_vec(), 0)), encoding);
        let mut text = String::new();
        while source.fill(&mut text)? {}
        Ok(text)
    }

    #[test]
    fn marks_are_stripped_and_outweigh_the_binding() {
        assert_eq!(decode(b"\xEF\xBB\xBFa", GB18030).unwrap(), "a");
        assert_eq!(decode(b"\xFF\xFEa\0", UTF_8).unwrap(), "a");
        assert_eq!(decode(b"\xFE\xFF\0a", UTF_16LE).unwrap(), "a");
        assert_eq!(decode(b"\x84\x31\x95\x33a", GB18030).unwrap(), "a");
        assert_eq!(decode(b"", UTF_8).unwrap(), "");
        assert_eq!(decode(b"\xEF\xBB\xBF", UTF_8).unwrap(), "");
    }

    #[test]
    fn characters_across_blocks() {
        // 3 bytes a character, and a block is no multiple of 3.
        let text: String = "融通𠮷".repeat(BLOCK / 7);
        assert_eq!(decode(text.as_bytes(), UTF_8).unwrap(), text);
        let (bytes, _, bad) = GB18030.encode(&text);
        assert!(!bad);
        assert_eq!(decode(&bytes, GB18030).unwrap(), text);
    }

    #[test]
    fn a_bad_byte_is_named_by_its_offset() {
        let offset = |bytes: &[u8], encoding| match decode(bytes, encoding) {
            Err(FormatError::Undecodable { offset, .. }) => offset,
            other => panic!("{other:?}"),
        };
        assert_eq!(offset(b"abc\xFFdef", UTF_8), 3);
        assert_eq!(offset(b"\xEF\xBB\xBFabc\xE5\x8Fz", UTF_8), 6);
        assert_eq!(offset(b"abc\xFF\xFF", GB18030), 3);
        assert_eq!(offset(b"ab\xA4\x40\xFFz", BIG5), 4);
        let mut long = vec![b'a'; BLOCK * 2 + 5];
        long.push(0x80);
        assert_eq!(offset(&long, UTF_8), BLOCK as u64 * 2 + 5);
    }

    #[test]
    fn a_text_that_ends_inside_a_character_is_cut_short() {
        let cut = |bytes: &[u8], encoding| match decode(bytes, encoding) {
            Err(FormatError::CutShort { inside, .. }) => inside,
            other => panic!("{other:?}"),
        };
        assert_eq!(cut(b"abc\xE5\x8F", UTF_8), "a character");
        assert_eq!(cut(b"\xC4\xE3\xC4", GB18030), "a character");
        assert_eq!(cut(b"\x84\x31\x95", GB18030), "a character");
    }
}
