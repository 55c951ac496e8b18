//! Reading with a second look: the bytes of a file are compared with its manifest while its rows are read.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use tokio::sync::OnceCell;

use crate::fingerprint::of_file;
use crate::lake::Lake;
use crate::log::TableLog;
use crate::manifest::{Manifest, PrintedFile};
use crate::read::BatchStream;
use crate::release::Release;
use crate::verify::Compared;
use crate::{LakeError, Result};

/// The manifest of the release that is read, once it was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prints(Arc<OnceCell<Option<Arc<Manifest>>>>);

impl Prints {
    /// What the manifest says of a table's file; `None` where it says nothing.
    pub(crate) async fn of(
        &self,
        lake: &Lake,
        release: &Release,
        table: &str,
        file: &str,
    ) -> Result<Option<PrintedFile>> {
        let manifest = self.0.get_or_try_init(|| lake.manifest(release)).await?;
        let table = manifest.as_ref().and_then(|m| m.tables.get(table));
        let mut files = table.into_iter().flat_map(|table| &table.files);
        Ok(files.find(|printed| printed.file.name == file).cloned())
    }
}

/// The same rows, and an error at their end if the file isn't the one that was written. The file is read a second time
/// beside the decoding, so that little time is lost.
pub(crate) fn checked(rows: BatchStream, log: TableLog, file: PrintedFile) -> BatchStream {
    let below = format!("{}/{}", log.below, file.file.name);
    let site = log.site.clone();
    let reading = tokio::spawn(async move { of_file(&site, &below).await });
    let end = async move {
        let found = reading.await??;
        let compared = Compared { file, found };
        match compared.damage() {
            None => Ok(None),
            Some(damage) => {
                let below = format!("{}/{}", log.below, compared.file.file.name);
                Err(LakeError::DamagedFile {
                    table: log.table.clone(),
                    file: log.site.display_file(&below),
                    damage,
                })
            }
        }
    };
    // What can't even be decoded is told as what it is, too.
    let end = futures::stream::once(end).try_filter_map(async |none| Ok(none));
    rows.chain(end).boxed()
}
