//! The members of a zip archive (APPNOTE.TXT 6.3.10), each read by a file handle of its own.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use crate::container::{Budget, Made};
use crate::error::FormatError;
use crate::limits::Limits;
use crate::located::Located;

/// A zip archive whose directory has been read and found safe.
pub(crate) struct Archive {
    file: Located,
    /// Files only, sorted by name.
    pub(crate) members: Vec<Member>,
    budget: Arc<Budget>,
}

/// Where a member lies.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Its name, with `/` between folders.
    pub(crate) name: String,
    start: u64,
    compressed: u64,
    expanded: u64,
    crc: u32,
    deflated: bool,
}

impl Archive {
    /// Reads the directory. Any member that is encrypted, climbs out of its folder, links
    /// elsewhere, comes twice or is compressed in a way other than deflate fails the archive.
    pub(crate) fn open(located: Located, limits: &Limits) -> Result<Self, FormatError> {
        let file = located.open()?;
        let size = file.length().unwrap_or_default();
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
        if zip.len() > limits.max_members {
            return Err(FormatError::TooManyMembers {
                found: zip.len(),
                limit: limits.max_members,
            });
        }
        let mut members = Vec::new();
        for n in 0..zip.len() {
            let entry = zip.by_index_raw(n).map_err(damaged)?;
            let name = member_name(entry.name_raw());
            let refused = |what| FormatError::Member {
                member: name.clone(),
                what,
            };
            if entry.encrypted() {
                return Err(refused("it is encrypted; ask for it without a password"));
            }
            if climbs(&name) {
                return Err(refused("its name leads out of its folder"));
            }
            if entry.is_dir() {
                continue;
            }
            if entry.is_symlink() {
                return Err(refused("it is a link"));
            }
            let deflated = match entry.compression() {
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                _ => return Err(refused("its compression is neither deflate nor none")),
            };
            let start = entry.data_start().ok_or(refused("it has no data"))?;
            members.push(Member {
                start,
                compressed: entry.compressed_size(),
                expanded: entry.size(),
                crc: entry.crc32(),
                deflated,
                name,
            });
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(twice) = members.windows(2).find(|w| w[0].name == w[1].name) {
            return Err(FormatError::Member {
                member: twice[0].name.clone(),
                what: "it is there twice",
            });
        }
        let budget = Budget::new(limits);
        budget.take(size);
        Ok(Self {
            file: located,
            members,
            budget,
        })
    }

    /// Whether this is an Office Open XML workbook rather than an archive of deliveries.
    pub(crate) fn is_workbook(&self) -> bool {
        let has = |name| self.members.iter().any(|m| m.name == name);
        has("[Content_Types].xml") && self.members.iter().any(|m| m.name.starts_with("xl/"))
    }

    /// The member at `path`; parts of a workbook are the same in any case (OPC, 6.2.2.3).
    pub(crate) fn find(&self, path: &str) -> Option<&Member> {
        let exact = self.members.iter().find(|m| m.name == path);
        exact.or_else(|| {
            let mut members = self.members.iter();
            members.find(|m| m.name.eq_ignore_ascii_case(path))
        })
    }

    /// Reads a member that will be read again: what it expands to is not counted with the rest.
    pub(crate) fn scan(&self, member: &Member) -> Result<Box<dyn Read + Send>, FormatError> {
        self.read_within(member, self.budget.fresh())
    }

    /// Reads a member; its size and checksum are held against the directory's.
    pub(crate) fn read(&self, member: &Member) -> Result<Box<dyn Read + Send>, FormatError> {
        self.read_within(member, self.budget.clone())
    }

    fn read_within(
        &self,
        member: &Member,
        budget: Arc<Budget>,
    ) -> Result<Box<dyn Read + Send>, FormatError> {
        let mut file = self.file.open()?;
        file.seek(SeekFrom::Start(member.start))
            .map_err(FormatError::from_io)?;
        let data = BufReader::with_capacity(1 << 16, file.take(member.compressed));
        let reader: Box<dyn Read + Send> = if member.deflated {
            Box::new(flate2::bufread::DeflateDecoder::new(data))
        } else {
            Box::new(data)
        };
        let made = Made {
            reader,
            budget,
            container: "zip archive",
        };
        Ok(Box::new(Checked {
            reader: made,
            crc: flate2::Crc::new(),
            expected: member.crc,
            left: member.expanded,
        }))
    }
}

/// Holds what is read against the directory's word.
struct Checked<R> {
    reader: R,
    crc: flate2::Crc,
    expected: u32,
    left: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(buf)?;
        let damaged = |what| FormatError::BadContainer {
            container: "zip archive",
            what,
        };
        self.left = self
            .left
            .checked_sub(n as u64)
            .ok_or(damaged("a member is larger than the directory says"))?;
        self.crc.update(buf.get(..n).unwrap_or_default());
        if n == 0 && !buf.is_empty() {
            if self.left > 0 {
                return Err(FormatError::CutShort {
                    inside: "a member of the zip",
                    row: None,
                }
                .into());
            }
            if self.crc.sum() != self.expected {
                return Err(damaged("a member's checksum is wrong").into());
            }
        }
        Ok(n)
    }
}

/// A member's name: UTF-8, else GB18030, which Chinese Windows writes without saying so.
fn member_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.into(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(raw).0,
    };
    // Some Windows tools write their own separator.
    name.replace('\\', "/")
}

fn climbs(name: &str) -> bool {
    let drive = name.as_bytes().get(1) == Some(&b':');
    name.is_empty()
        || drive
        || name.starts_with('/')
        || name.contains('\0')
        || name.split('/').any(|part| part == "..")
}

fn damaged(error: zip::result::ZipError) -> FormatError {
    use zip::result::ZipError;
    match error {
        ZipError::Io(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            FormatError::Io { source }
        }
        ZipError::UnsupportedArchive(_) => FormatError::BadContainer {
            container: "zip archive",
            what: "it uses a feature that is not supported",
        },
        _ => FormatError::BadContainer {
            container: "zip archive",
            what: "its directory is missing or wrong",
        },
    }
}
