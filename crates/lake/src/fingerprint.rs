//! SM3 (GB/T 32905): what says that bytes are still the ones that were written.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};

use futures::StreamExt as _;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _};
use rongtong_standards::sm3::{DIGEST, LANES, Start};
use sm3::{Digest as _, Sm3};

use crate::disk::failed;
use crate::sink::store_failed;
use crate::site::Site;
use crate::{LakeError, Result};

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// Bytes of a piece of a data file.
const PIECE: usize = 16 << 10;

/// Bytes of the pieces that are digested side by side.
const STRIDE: usize = PIECE * LANES;

/// The SM3 of bytes, taken as they pass: of deliveries, logs and manifests.
#[derive(Clone, Default)]
pub struct Fingerprint(Sm3);

/// The SM3 of the SM3s of a data file's pieces of 16 KiB, of which the last may be shorter. Pieces are digested side by
/// side, three times as fast as a file could be from end to end.
#[derive(Default)]
pub(crate) struct PiecesPrint {
    pieces: Sm3,
    /// Bytes that fill no stride yet.
    rest: Vec<u8>,
}

/// What is taken of bytes as they pass.
pub(crate) trait Print: Default + Send + 'static {
    fn take(&mut self, bytes: &[u8]);

    /// 64 hex characters.
    fn hex(self) -> String;
}

/// A file's size and its print, in hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Printed {
    pub(crate) size: u64,
    pub(crate) print: String,
}

impl Print for Fingerprint {
    fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn hex(self) -> String {
        self.0.finalize().iter().fold(String::new(), |mut hex, b| {
            // Writing to a string can't fail.
            let _ = write!(hex, "{b:02x}");
            hex
        })
    }
}

impl Print for PiecesPrint {
    fn take(&mut self, mut bytes: &[u8]) {
        if !self.rest.is_empty() {
            let (filling, beyond) = bytes.split_at(bytes.len().min(STRIDE - self.rest.len()));
            self.rest.extend_from_slice(filling);
            if self.rest.len() < STRIDE {
                return;
            }
            bytes = beyond;
            digest(&mut self.pieces, &self.rest);
            self.rest.clear();
        }
        let strides = bytes.chunks_exact(STRIDE);
        self.rest.extend_from_slice(strides.remainder());
        strides.for_each(|stride| digest(&mut self.pieces, stride));
    }

    fn hex(mut self) -> String {
        digest(&mut self.pieces, &self.rest);
        Fingerprint(self.pieces).hex()
    }
}

/// Adds the digests of the pieces of a stride.
fn digest(pieces: &mut Sm3, stride: &[u8]) {
    let mut each = [&stride[..0]; LANES];
    each.iter_mut()
        .zip(stride.chunks(PIECE))
        .for_each(|(lane, piece)| *lane = piece);
    let digests: [[u8; DIGEST]; LANES] = Start::FIRST.digests(each);
    let some = digests.iter().take(stride.len().div_ceil(PIECE));
    some.for_each(|digest| pieces.update(digest));
}

impl Fingerprint {
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
        Ok(printed::<Self>(File::open(path)?)?.print)
    }
}

/// Reads a whole object or file; `None` if it isn't there.
pub(crate) async fn of_file<P: Print>(site: &Site, below: &str) -> Result<Option<Printed>> {
    match site.local_path(below) {
        Some(path) => tokio::task::spawn_blocking(move || of_local::<P>(&path)).await?,
        None => of_object::<P>(site, &site.path(below)).await,
    }
}

fn of_local<P: Print>(path: &std::path::Path) -> Result<Option<Printed>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "open the file")(error)),
    };
    Ok(Some(printed::<P>(file).map_err(failed(path, "read"))?))
}

fn printed<P: Print>(mut file: File) -> io::Result<Printed> {
    let mut print = P::default();
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
    let print = print.hex();
    Ok(Printed { size, print })
}

async fn of_object<P: Print>(site: &Site, path: &Path) -> Result<Option<Printed>> {
    let read = |error| -> LakeError { store_failed(path, "read")(error) };
    let mut chunks = match site.store.get(path).await {
        Ok(found) => found.into_stream(),
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(read(error)),
    };
    let mut print = P::default();
    let mut size = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(read)?;
        size += chunk.len() as u64;
        print.take(&chunk);
    }
    let print = print.hex();
    Ok(Some(Printed { size, print }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    proptest! {
        #[test]
        fn a_data_file_has_the_print_of_its_pieces_however_they_come(
            size in prop_oneof![0..3_usize, PIECE - 2..PIECE + 2, 0..2 * STRIDE + 2],
            cuts in prop::collection::vec(0..2 * STRIDE, 0..4),
        ) {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(size)).collect();
            cuts.push(size);
            cuts.sort_unstable();
            let mut print = PiecesPrint::default();
            let mut before = 0;
            for cut in cuts {
                print.take(&bytes[before..cut]);
                before = cut;
            }
            let mut expected = Fingerprint::default();
            bytes.chunks(PIECE).for_each(|piece| expected.take(&Sm3::digest(piece)));
            prop_assert_eq!(print.hex(), expected.hex());
        }
    }
}
