//! One version of a table: its files, columns and metadata, read by the Delta library.

use std::sync::Arc;

use deltalake_core::kernel::EagerSnapshot;
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake_core::{DeltaTable, DeltaTableError};
use object_store::prefix::PrefixStore;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fingerprint::{Fingerprint, Print as _};
use crate::log::TableLog;
use crate::schema::TableSchema;
use crate::{LakeError, ReleasedTable, Result};

/// Every so many versions a checkpoint shortens the way for readers.
const CHECKPOINT_EVERY: u64 = 10;

/// A file as the log names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoggedFile {
    /// Path below the table's folder.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) rows: u64,
    pub(crate) modified_ms: i64,
    /// JSON text, as it was written.
    pub(crate) statistics: String,
}

/// One version of a table.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) version: u64,
    /// In the order of their names.
    pub(crate) files: Vec<LoggedFile>,
    pub(crate) schema: TableSchema,
    /// The `metaData` action's content.
    pub(crate) metadata: Value,
}

impl Snapshot {
    /// Reads a version from the log and its checkpoints.
    pub(crate) async fn load(log: &TableLog, version: u64) -> Result<Self> {
        let failed = delta_failed(log, "read the log");
        let state = EagerSnapshot::try_new(&log_store(log), Some(version))
            .await
            .map_err(&failed)?;
        let metadata = serde_json::to_value(state.metadata())
            .map_err(|error| failed(DeltaTableError::generic(error.to_string())))?;
        let mut files: Vec<LoggedFile> = state
            .log_data()
            .iter()
            .map(|file| LoggedFile {
                name: file.path().into_owned(),
                size: u64::try_from(file.size()).unwrap_or_default(),
                rows: file.num_records().unwrap_or_default() as u64,
                modified_ms: file.modification_time(),
                statistics: file.stats().unwrap_or_default(),
            })
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let schema = TableSchema::from_arrow(&log.table, &state.arrow_schema())?;
        Ok(Self {
            version,
            files,
            schema,
            metadata,
        })
    }

    /// What a release says of it.
    pub(crate) fn summary(&self) -> ReleasedTable {
        let text = |key: &str| self.metadata.get(key).and_then(Value::as_str);
        ReleasedTable {
            version: self.version,
            rows: self.files.iter().map(|file| file.rows).sum(),
            files: self.files.len() as u64,
            bytes: self.files.iter().map(|file| file.size).sum(),
            digest: digest(&self.files),
            comment: text("description").unwrap_or_default().to_owned(),
            restricted: self
                .metadata
                .pointer("/configuration/rongtong.restricted")
                .is_some_and(|value| value == "true"),
        }
    }

    /// Refuses a log that names other files than the release did.
    pub(crate) fn must_be(&self, table: &str, released: &ReleasedTable) -> Result<()> {
        let found = self.summary();
        if found.digest == released.digest {
            return Ok(());
        }
        Err(LakeError::NotTheReleasedFiles {
            table: table.to_owned(),
            version: self.version,
            expected_files: released.files,
            expected_rows: released.rows,
            found_files: found.files,
            found_rows: found.rows,
        })
    }
}

/// Writes a checkpoint now and then. It only spares readers work, so a failure is no error.
pub(crate) async fn checkpoint(log: &TableLog, version: u64) {
    if version == 0 || !version.is_multiple_of(CHECKPOINT_EVERY) {
        return;
    }
    let mut table = DeltaTable::new(log_store(log));
    let made = match table.load_version(version).await {
        Ok(()) => deltalake_core::checkpoints::create_checkpoint(&table, None).await,
        Err(error) => Err(error),
    };
    if let Err(error) = made {
        tracing::warn!(table = log.table, version, %error, "no checkpoint was written");
    }
}

/// SM3 of the file list: the same for the same files, whatever the log's way to them.
pub(crate) fn digest(files: &[LoggedFile]) -> String {
    let mut lines: Vec<String> = files
        .iter()
        .map(|file| format!("{}\t{}\t{}\n", file.name, file.size, file.rows))
        .collect();
    lines.sort();
    let mut print = Fingerprint::default();
    for line in &lines {
        print.take(line.as_bytes());
    }
    print.hex()
}

fn log_store(log: &TableLog) -> LogStoreRef {
    let root = Arc::clone(&log.site.store);
    let table = Arc::new(PrefixStore::new(Arc::clone(&root), log.path("")));
    default_logstore(
        table,
        root,
        &log.site.folder_url(&log.below),
        &StorageConfig::default(),
    )
}

fn delta_failed(log: &TableLog, doing: &'static str) -> impl Fn(DeltaTableError) -> LakeError {
    let table = log.table.clone();
    move |source| LakeError::Delta {
        table: table.clone(),
        doing,
        source: Box::new(source),
    }
}
