//! What a file is packed in, seen from its first bytes, and how much it may expand to.

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::FormatError;
use crate::limits::Limits;

/// How a delivery is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip (RFC 1952), one member or several.
    Gzip,
    /// zstd (RFC 8878), one frame or several.
    Zstd,
    /// A zip archive, not a workbook.
    Zip,
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Magic {
    Gzip,
    Zstd,
    /// A zip archive, or a workbook.
    Zip,
    /// OLE: an old workbook, or one with a password.
    Ole,
    /// Other containers that are never opened.
    Other(&'static str),
    /// No container that is known.
    Plain,
}

impl Magic {
    /// Bytes enough to tell.
    pub(crate) const LENGTH: usize = 262;

    /// What `head`, the first bytes of a file, is.
    pub(crate) fn of(head: &[u8]) -> Self {
        let skippable = head.first().is_some_and(|b| b & 0xF0 == 0x50)
            && head.get(1..4) == Some(b"\x2A\x4D\x18");
        match head {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Self::Zstd,
            _ if skippable => Self::Zstd,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0xD0, 0xCF, 0x11, 0xE0, ..] => Self::Ole,
            [b'R', b'a', b'r', b'!', 0x1A, ..] => Self::Other("rar archive"),
            [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => Self::Other("7z archive"),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Self::Other("bzip2 file"),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("xz file"),
            _ if head.get(256..262) == Some(b"\0ustar") => Self::Other("tar archive"),
            _ => Self::Plain,
        }
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip file",
            Self::Zstd => "zstd file",
            Self::Zip => "zip archive",
            Self::Ole => "old (.xls) or password-protected workbook",
            Self::Other(name) => name,
            Self::Plain => "plain file",
        }
    }
}

/// Reads the first `length` bytes without using them up.
pub(crate) fn peek(
    mut reader: Box<dyn Read + Send>,
    length: usize,
) -> Result<(Vec<u8>, Box<dyn Read + Send>), FormatError> {
    let mut head = Vec::with_capacity(length);
    (&mut reader)
        .take(length as u64)
        .read_to_end(&mut head)
        .map_err(FormatError::from_io)?;
    let whole = Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(whole)))
}

/// The expanded bytes of a gzip or zstd stream; anything else as it is.
pub(crate) fn expand(
    reader: Box<dyn Read + Send>,
    magic: Magic,
    limits: &Limits,
) -> Result<Box<dyn Read + Send>, FormatError> {
    let budget = Budget::new(limits);
    let taken = BufReader::with_capacity(
        1 << 16,
        Taken {
            reader,
            budget: budget.clone(),
        },
    );
    let reader: Box<dyn Read + Send> = match magic {
        Magic::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(taken)),
        Magic::Zstd => {
            Box::new(zstd::stream::read::Decoder::with_buffer(taken).map_err(FormatError::from_io)?)
        }
        _ => return Ok(Box::new(taken)),
    };
    let container = if magic == Magic::Gzip {
        "gzip file"
    } else {
        "zstd file"
    };
    Ok(Box::new(Made {
        reader,
        budget,
        container,
    }))
}

/// Compressed bytes read and expanded bytes made, shared by the readers of one delivery.
pub(crate) struct Budget {
    taken: AtomicU64,
    made: AtomicU64,
    ratio: u64,
    free: u64,
    limit: u64,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            taken: AtomicU64::new(0),
            made: AtomicU64::new(0),
            ratio: limits.max_expansion_ratio,
            free: limits.free_expansion_bytes,
            limit: limits.max_uncompressed_bytes,
        })
    }

    /// The same, nothing made yet.
    pub(crate) fn fresh(&self) -> Arc<Self> {
        Arc::new(Self {
            taken: AtomicU64::new(self.taken.load(Ordering::Relaxed)),
            made: AtomicU64::new(0),
            ..*self
        })
    }

    /// Counts compressed bytes.
    pub(crate) fn take(&self, bytes: u64) {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts expanded bytes; an error once they are too many.
    pub(crate) fn make(&self, bytes: u64) -> Result<(), FormatError> {
        let made = self
            .made
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes);
        let taken = self.taken.load(Ordering::Relaxed);
        let over = |limit, unit| Err(FormatError::Expansion { limit, unit });
        if made > self.limit {
            return over(self.limit, "bytes");
        }
        if made > self.free && made > taken.saturating_mul(self.ratio) {
            return over(self.ratio, "times its size");
        }
        Ok(())
    }
}

/// Counts what is read.
pub(crate) struct Taken<R> {
    pub(crate) reader: R,
    pub(crate) budget: Arc<Budget>,
}

impl<R: Read> Read for Taken<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buf)?;
        self.budget.take(n as u64);
        Ok(n)
    }
}

/// Counts what is expanded, and tells damage from trouble with the disk.
pub(crate) struct Made<R> {
    pub(crate) reader: R,
    pub(crate) budget: Arc<Budget>,
    pub(crate) container: &'static str,
}

impl<R: Read> Read for Made<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        let damaged = |what| FormatError::BadContainer {
            container: self.container,
            what,
        };
        match self.reader.read(buf) {
            Ok(n) => {
                self.budget.make(n as u64)?;
                Ok(n)
            }
            Err(error) if error.kind() == UnexpectedEof => Err(FormatError::CutShort {
                inside: "compressed data",
                row: None,
            }
            .into()),
            Err(error) if error.get_ref().is_some_and(|e| e.is::<FormatError>()) => Err(error),
            Err(error) if matches!(error.kind(), InvalidData | InvalidInput | Other) => {
                Err(damaged("its data or its checksum is wrong").into())
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn expanded(bytes: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, FormatError> {
        let magic = Magic::of(&bytes);
        let mut reader = expand(Box::new(Cursor::new(bytes)), magic, limits)?;
        let mut all = Vec::new();
        reader.read_to_end(&mut all).map_err(FormatError::from_io)?;
        Ok(all)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn several_members_are_one_stream() {
        let limits = Limits::default();
        let two = [gzip(b"ab"), gzip(b"cd")].concat();
        assert_eq!(expanded(two, &limits).unwrap(), b"abcd");
        let frame = |b: &[u8]| zstd::stream::encode_all(b, 1).unwrap();
        let two = [frame(b"ab"), frame(b"cd")].concat();
        assert_eq!(expanded(two, &limits).unwrap(), b"abcd");
    }

    #[test]
    fn cut_and_damaged_streams_are_told_apart() {
        let limits = Limits::default();
        for whole in [
            gzip(&[7; 999]),
            zstd::stream::encode_all(&[7u8; 999][..], 1).unwrap(),
        ] {
            let cut = whole[..whole.len() - 3].to_vec();
            assert!(matches!(
                expanded(cut, &limits),
                Err(FormatError::CutShort { .. })
            ));
        }
        let mut bad = gzip(&[7; 999]);
        let crc = bad.len() - 8;
        bad[crc] ^= 1;
        assert!(matches!(
            expanded(bad, &limits),
            Err(FormatError::BadContainer { .. })
        ));
    }

    #[test]
    fn bombs_stop_early() {
        let limits = Limits {
            free_expansion_bytes: 1 << 20,
            ..Limits::default()
        };
        for bomb in [
            gzip(&vec![0; 32 << 20]),
            zstd::stream::encode_all(&vec![0u8; 32 << 20][..], 1).unwrap(),
        ] {
            let got = expanded(bomb.clone(), &limits);
            assert!(matches!(
                got,
                Err(FormatError::Expansion { limit: 200, .. })
            ));
            let roomy = Limits {
                max_uncompressed_bytes: 1 << 20,
                ..Limits::default()
            };
            let got = expanded(bomb, &roomy);
            assert!(matches!(
                got,
                Err(FormatError::Expansion { unit: "bytes", .. })
            ));
        }
    }
}
