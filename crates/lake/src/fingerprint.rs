//! SM3 (GB/T 32905): what says that bytes are still the ones that were written.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};

use futures::StreamExt as _;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _};
use sm3::{Digest as _, Sm3};

use crate::disk::failed;
use crate::sink::store_failed;
use crate::site::Site;
use crate::{LakeError, Result};

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// The SM3 of bytes, taken as they pass.
#[derive(Clone, Default)]
pub struct Fingerprint(Sm3);

/// A file's size and the SM3 of its bytes, in hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(crate) size: u64,
    pub(crate) sm3: String,
}

impl Fingerprint {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// 64 hex characters.
    pub(crate) fn hex(self) -> String {
        self.0.finalize().iter().fold(String::new(), |mut hex, b| {
            // Writing to a string can't fail.
            let _ = write!(hex, "{b:02x}");
            hex
        })
    }

    /// Of bytes: 64 hex characters.
    #[must_use]
    pub fn of(bytes: &[u8]) -> String {
        let mut print = Self::default();
        print.take(bytes);
        print.hex()
    }

    /// Of a local file's bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn of_path(path: &std::path::Path) -> io::Result<String> {
        Ok(printed(File::open(path)?)?.sm3)
    }
}

/// Reads a whole object or file; `None` if it isn't there.
pub(crate) async fn of_file(site: &Site, below: &str) -> Result<Option<Printed>> {
    match site.local_path(below) {
        Some(path) => tokio::task::spawn_blocking(move || of_local(&path)).await?,
        None => of_object(site, &site.path(below)).await,
    }
}

fn of_local(path: &std::path::Path) -> Result<Option<Printed>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "open the file")(error)),
    };
    Ok(Some(printed(file).map_err(failed(path, "read"))?))
}

fn printed(mut file: File) -> io::Result<Printed> {
    let mut print = Fingerprint::default();
    let mut block = vec![0_u8; BLOCK];
    let mut size = 0;
    loop {
        let read = file.read(&mut block)?;
        let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        size += read as u64;
        print.take(bytes);
    }
    let sm3 = print.hex();
    Ok(Printed { size, sm3 })
}

async fn of_object(site: &Site, path: &Path) -> Result<Option<Printed>> {
    let read = |error| -> LakeError { store_failed(path, "read")(error) };
    let mut chunks = match site.store.get(path).await {
        Ok(found) => found.into_stream(),
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(read(error)),
    };
    let mut print = Fingerprint::default();
    let mut size = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(read)?;
        size += chunk.len() as u64;
        print.take(&chunk);
    }
    let sm3 = print.hex();
    Ok(Some(Printed { size, sm3 }))
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Fingerprint};

    #[test]
    fn it_is_the_sm3_of_the_standard() {
        // Example 1 of GB/T 32905.
        let abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(Fingerprint::of(b"abc"), abc);
        let mut parts = Fingerprint::default();
        parts.take(b"a");
        parts.take(b"bc");
        assert_eq!(parts.hex(), abc);
    }

    #[test]
    fn a_file_of_several_blocks_has_that_of_its_bytes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes = vec![b'x'; BLOCK + 1];
        std::fs::write(file.path(), &bytes).unwrap();
        let print = Fingerprint::of_path(file.path()).unwrap();
        assert_eq!(print, Fingerprint::of(&bytes));
    }
}
