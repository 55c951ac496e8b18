//! Reading with a second look: the bytes of a file are compared with its manifest before its rows are.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::fingerprint::of_file;
use crate::lake::Lake;
use crate::log::TableLog;
use crate::manifest::{Manifest, PrintedFile};
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

/// Compares a file with what it should be. Damaged bytes are never decoded: decoders may panic on them.
pub(crate) async fn compare(log: &TableLog, file: PrintedFile) -> Result<()> {
    let below = format!("{}/{}", log.below, file.file.name);
    let found = of_file(&log.site, &below).await?;
    match (Compared { file, found }).damage() {
        None => Ok(()),
        Some(damage) => Err(LakeError::DamagedFile {
            table: log.table.clone(),
            file: log.site.display_file(&below),
            damage,
        }),
    }
}
