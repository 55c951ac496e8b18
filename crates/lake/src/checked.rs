//! Reading with a second look: the bytes of a file are compared with its manifest before its rows are.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::fingerprint::of_file;
use crate::lake::Lake;
use crate::log::TableLog;
use crate::manifest::{Manifest, PrintedFile};
use crate::release::Release;
use crate::verify::Compared;
use crate::{LakeError, Result};

/// What the manifest of the release that is read says of files, and which of them were compared with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prints {
    manifest: Arc<OnceCell<Option<Arc<Manifest>>>>,
    compared: Arc<Mutex<HashSet<(String, String)>>>,
}

impl Prints {
    /// Compares a table's file with what the manifest says of it, the first time it is read. Damaged bytes are never
    /// decoded: decoders may panic on them.
    pub(crate) async fn compare(
        &self,
        lake: &Lake,
        release: &Release,
        table: &str,
        file: &str,
    ) -> Result<()> {
        let place = (table.to_owned(), file.to_owned());
        if self.compared().contains(&place) {
            return Ok(());
        }
        let manifest = self.manifest.get_or_try_init(|| lake.manifest(release));
        let manifest = manifest.await?;
        let files = manifest.as_ref().and_then(|m| m.tables.get(table));
        let mut files = files.into_iter().flat_map(|table| &table.files);
        if let Some(printed) = files.find(|printed| printed.file.name == file) {
            compare(&lake.log(table), printed.clone()).await?;
        }
        self.compared().insert(place);
        Ok(())
    }

    fn compared(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.compared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn compare(log: &TableLog, file: PrintedFile) -> Result<()> {
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
