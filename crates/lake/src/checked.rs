//! Reading with a second look: the bytes of a file are compared with its manifest before its rows are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::fingerprint::{PiecesPrint, of_file};
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
    compared: Arc<Mutex<Comparisons>>,
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
        let compared = Arc::clone(self.compared().entry(place).or_default());
        let done = compared.get_or_try_init(|| async {
            let manifest = self.manifest.get_or_try_init(|| lake.manifest(release));
            let manifest = manifest.await?;
            let files = manifest.as_ref().and_then(|m| m.tables.get(table));
            let mut files = files.into_iter().flat_map(|table| &table.files);
            match files.find(|printed| printed.file.name == file) {
                Some(printed) => compare(&lake.log(table), printed.clone()).await,
                None => Ok(()),
            }
        });
        done.await.copied()
    }

    fn compared(&self) -> MutexGuard<'_, Comparisons> {
        self.compared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By table and file whether it was compared; who comes while it is waits.
type Comparisons = HashMap<(String, String), Arc<OnceCell<()>>>;

async fn compare(log: &TableLog, file: PrintedFile) -> Result<()> {
    let below = format!("{}/{}", log.below, file.file.name);
    let found = of_file::<PiecesPrint>(&log.site, &below).await?;
    match (Compared { file, found }).damage() {
        None => Ok(()),
        Some(damage) => Err(LakeError::DamagedFile {
            table: log.table.clone(),
            file: log.site.display_file(&below),
            damage,
        }),
    }
}
