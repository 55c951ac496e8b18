//! Files that can be opened again and again, each time to be read from any place.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::FormatError;

/// Where a file is.
#[derive(Clone)]
pub(crate) enum Located {
    /// A file that stays.
    At(PathBuf),
    /// A copy of ours without a name: whatever stops this process, nothing of it is left.
    Copy(Arc<Mutex<File>>),
}

/// A file that was opened, with a place of its own in it.
pub(crate) enum Opened {
    Own(File),
    Shared { file: Arc<Mutex<File>>, at: u64 },
}

impl Located {
    /// A file that stays.
    pub(crate) fn at(path: &Path) -> Self {
        Self::At(path.into())
    }

    /// A copy of a stream, for packings that must be read from the end.
    pub(crate) fn copy_of(reader: &mut dyn Read) -> Result<Self, FormatError> {
        let mut file = tempfile::tempfile().map_err(FormatError::from_io)?;
        io::copy(reader, &mut file).map_err(FormatError::from_io)?;
        Ok(Self::Copy(Arc::new(Mutex::new(file))))
    }

    pub(crate) fn open(&self) -> Result<Opened, FormatError> {
        Ok(match self {
            Self::At(path) => Opened::Own(open_file(path)?),
            Self::Copy(file) => Opened::Shared {
                file: Arc::clone(file),
                at: 0,
            },
        })
    }
}

impl Opened {
    /// Length of the file, bytes.
    pub(crate) fn length(&self) -> io::Result<u64> {
        let length = |file: &File| Ok(file.metadata()?.len());
        match self {
            Self::Own(file) => length(file),
            Self::Shared { file, .. } => {
                length(&file.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }
}

impl Read for Opened {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Own(file) => file.read(buf),
            Self::Shared { file, at } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(*at))?;
                let read = file.read(buf)?;
                *at += read as u64;
                Ok(read)
            }
        }
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.length()?;
        match self {
            Self::Own(file) => file.seek(to),
            Self::Shared { at, .. } => {
                let place = match to {
                    SeekFrom::Start(place) => Some(place),
                    SeekFrom::End(by) => length.checked_add_signed(by),
                    SeekFrom::Current(by) => at.checked_add_signed(by),
                };
                *at = place.ok_or(io::ErrorKind::InvalidInput)?;
                Ok(*at)
            }
        }
    }
}

pub(crate) fn open_file(path: &Path) -> Result<File, FormatError> {
    File::open(path).map_err(|source| FormatError::Open {
        path: path.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_read_by_several_each_from_its_own_place() {
        let copy = Located::copy_of(&mut &b"delivery"[..]).unwrap();
        let (mut one, mut other) = (copy.open().unwrap(), copy.open().unwrap());
        one.seek(SeekFrom::End(-3)).unwrap();
        let (mut end, mut all) = (String::new(), String::new());
        other.read_to_string(&mut all).unwrap();
        one.read_to_string(&mut end).unwrap();
        assert_eq!((all.as_str(), end.as_str()), ("delivery", "ery"));
        assert!(one.seek(SeekFrom::Current(-9)).is_err());
    }
}
