//! Where the bytes of a data file go: a staged local file, or an upload in parts.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::runtime::Handle;

use crate::disk::{StagedPath, failed};
use crate::fingerprint::{PiecesPrint, Print as _};
use crate::site::Site;
use crate::{LakeError, Result};

/// Bytes of one part of an upload.
const PART: usize = 8 << 20;

/// Makes the files of one table.
#[derive(Debug, Clone)]
pub(crate) struct Placement {
    site: Site,
    /// The table's folder below the site.
    below: String,
    /// Drives uploads from the writer's thread.
    runtime: Option<Handle>,
}

/// A data file with all its bytes at rest, not yet named by any log.
#[derive(Debug)]
pub(crate) struct FinishedFile {
    /// Its name in the table's folder.
    pub(crate) name: String,
    pub(crate) size: u64,
    /// Of its pieces, in hex.
    pub(crate) print: String,
    /// Local: still in staging. Elsewhere it lies in its place already.
    pub(crate) staged: Option<StagedPath>,
}

/// A data file in the making.
pub(crate) struct FileSink {
    name: String,
    size: u64,
    print: PiecesPrint,
    /// `None` once the file is finished.
    target: Option<Target>,
}

enum Target {
    Local(StagedPath, BufWriter<File>),
    Remote(Upload),
}

/// A file that fits into one part is put at once, which can be repeated; only larger ones go in parts.
struct Upload {
    runtime: Handle,
    store: Arc<dyn ObjectStore>,
    location: Path,
    parts: Option<Box<dyn MultipartUpload>>,
    part: Vec<u8>,
    sent: u64,
}

impl Placement {
    pub(crate) fn new(site: &Site, below: &str) -> Self {
        Self {
            site: site.clone(),
            below: below.to_owned(),
            runtime: Handle::try_current().ok(),
        }
    }

    /// Begins a file whose name says nothing.
    pub(crate) fn create(&self) -> Result<FileSink> {
        // Files of one table are read in the order of their names: that in which they were begun.
        static BEGUN: AtomicU32 = AtomicU32::new(0);
        let begun = BEGUN.fetch_add(1, Ordering::Relaxed);
        let chance = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("part-{begun:08x}{}.parquet", &chance[8..]);
        let target = match self.site.staging() {
            Some(staging) => {
                let (path, file) = staging.create()?;
                Target::Local(path, BufWriter::with_capacity(1 << 18, file))
            }
            None => Target::Remote(self.begin_upload(&name)?),
        };
        Ok(FileSink {
            name,
            size: 0,
            print: PiecesPrint::default(),
            target: Some(target),
        })
    }

    fn begin_upload(&self, name: &str) -> Result<Upload> {
        let location = self.site.path(&format!("{}/{name}", self.below));
        let runtime = self.runtime.clone().ok_or_else(|| LakeError::BadLocation {
            location: location.to_string(),
            reason: "a writer to an object store must be made inside an async runtime".to_owned(),
        })?;
        Ok(Upload {
            runtime,
            store: Arc::clone(&self.site.store),
            location,
            parts: None,
            part: Vec::new(),
            sent: 0,
        })
    }
}

impl FileSink {
    /// Brings all bytes to rest; nothing can be written after.
    pub(crate) fn finish(&mut self) -> Result<FinishedFile> {
        let staged = match self.target.take() {
            Some(Target::Local(path, buffer)) => {
                let file = buffer
                    .into_inner()
                    .map_err(|error| failed(path.path(), "write")(error.into_error()))?;
                path.sync(&file)?;
                Some(path)
            }
            Some(Target::Remote(mut upload)) => {
                upload.end()?;
                None
            }
            None => None,
        };
        Ok(FinishedFile {
            name: self.name.clone(),
            size: self.size,
            print: std::mem::take(&mut self.print).hex(),
            staged,
        })
    }
}

impl Write for FileSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.target {
            Some(Target::Local(_, file)) => file.write(bytes)?,
            Some(Target::Remote(upload)) => upload.write(bytes)?,
            None => return Err(io::Error::other("the file is finished")),
        };
        self.size += written as u64;
        self.print.take(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Some(Target::Local(_, file)) => file.flush(),
            // Parts are sent whole.
            Some(Target::Remote(_)) | None => Ok(()),
        }
    }
}

impl Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PART - self.part.len();
        let taken = bytes.len().min(room);
        self.part.extend(bytes.iter().take(taken));
        if self.part.len() == PART {
            self.send().map_err(io::Error::other)?;
        }
        Ok(taken)
    }

    fn send(&mut self) -> object_store::Result<()> {
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART));
        self.sent += part.len() as u64;
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let begun = self.store.put_multipart(&self.location);
                none.insert(self.runtime.block_on(begun)?)
            }
        };
        self.runtime
            .block_on(parts.put_part(PutPayload::from(part)))
    }

    fn end(&mut self) -> Result<()> {
        let in_parts = self.parts.is_some();
        if in_parts && !self.part.is_empty() {
            self.send()
                .map_err(store_failed(&self.location, "upload"))?;
        }
        let ended = match &mut self.parts {
            Some(parts) => self.runtime.block_on(parts.complete()).map(drop),
            None => {
                let whole = PutPayload::from(std::mem::take(&mut self.part));
                self.sent = whole.content_length() as u64;
                let put = self.store.put(&self.location, whole);
                self.runtime.block_on(put).map(drop)
            }
        };
        match ended {
            Ok(()) => Ok(()),
            Err(error) => {
                let arrived = arrived(&self.store, &self.location, self.sent);
                match self.runtime.block_on(arrived) {
                    true => Ok(()),
                    false => Err(store_failed(&self.location, "end an upload")(error)),
                }
            }
        }
    }
}

/// Whether an object whose name nobody else gives is there after a write that was reported as failed: the store may
/// have taken it and only failed to say so.
pub(crate) async fn arrived(store: &Arc<dyn ObjectStore>, location: &Path, size: u64) -> bool {
    let found = store.head(location).await;
    found.is_ok_and(|found| found.size == size)
}

pub(crate) fn store_failed(
    location: &Path,
    doing: &'static str,
) -> impl FnOnce(object_store::Error) -> LakeError {
    let location = location.to_string();
    move |source| LakeError::Store {
        location,
        doing,
        source,
    }
}
