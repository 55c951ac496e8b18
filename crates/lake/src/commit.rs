//! One table's next version: what it will be, and then the commit.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use crate::actions::{self, Operation, entry};
use crate::log::TableLog;
use crate::manifest::TableManifest;
use crate::snapshot::{LoggedFile, Snapshot, checkpoint};
use crate::writer::{StagedFile, StagedFiles};
use crate::{LakeError, Result};

/// A table's next version, its files at rest in their places. Nothing names them yet.
#[derive(Debug)]
pub(crate) struct Prepared {
    operation: Operation,
    actions: Vec<Value>,
    /// What the table is after the commit.
    pub(crate) after: Snapshot,
    /// SM3 of the files that are new, by name.
    prints: BTreeMap<String, String>,
}

impl Prepared {
    /// Staged files as the next version of a table, which comes into being if there is nothing
    /// before.
    pub(crate) async fn files(
        log: &TableLog,
        before: Option<&Snapshot>,
        operation: Operation,
        staged: StagedFiles,
    ) -> Result<Self> {
        let StagedFiles {
            spec,
            schema,
            files,
        } = staged;
        let old = before.map_or(&[][..], |before| &before.files);
        if let (Operation::Append, Some(before)) = (operation, before)
            && !old.is_empty()
            && let Some((column, found, wanted)) = before.schema.difference(&schema)
        {
            return Err(LakeError::SchemaChanged {
                table: spec.name,
                column,
                found,
                wanted,
            });
        }
        let mut changes = Vec::new();
        if before.is_none_or(|before| schema.has_times && !before.schema.has_times) {
            changes.push(actions::protocol(schema.has_times));
        }
        let metadata = actions::metadata(&spec, &schema, before.map(|before| &before.metadata));
        if before.is_none_or(|before| actions::metadata_differs(&before.metadata, &metadata)) {
            changes.push(json!({ "metaData": metadata }));
        }
        let kept = match operation {
            Operation::Append => old,
            Operation::Overwrite | Operation::Restore => {
                changes.extend(old.iter().map(actions::remove));
                &[]
            }
        };
        let prints = files
            .iter()
            .map(|staged| (staged.file.name.clone(), staged.file.print.clone()))
            .collect();
        let new = place(log, files).await?;
        changes.extend(new.iter().map(actions::add));
        let mut files = [kept, &new].concat();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let after = Snapshot {
            version: next(before, &changes),
            files,
            schema,
            metadata,
        };
        Ok(Self {
            operation,
            actions: changes,
            after,
            prints,
        })
    }

    /// The files and metadata that the table once had; `None`: no rows.
    pub(crate) fn restored(before: &Snapshot, wanted: Option<&TableManifest>) -> Self {
        let mut changes = Vec::new();
        let mut after = before.clone();
        after.files = wanted.map(TableManifest::logged).unwrap_or_default();
        if let Some(wanted) = wanted
            && actions::metadata_differs(&wanted.metadata, &before.metadata)
        {
            changes.push(json!({ "metaData": wanted.metadata }));
            after.metadata = wanted.metadata.clone();
        }
        changes.extend(only_in(&before.files, &after.files).map(actions::remove));
        changes.extend(only_in(&after.files, &before.files).map(actions::add));
        after.version = next(Some(before), &changes);
        let prints = wanted.into_iter().flat_map(|wanted| &wanted.files);
        Self {
            operation: Operation::Restore,
            actions: changes,
            after,
            prints: prints
                .filter_map(|printed| Some((printed.file.name.clone(), printed.print.clone()?)))
                .collect(),
        }
    }

    /// Whether there is nothing to commit.
    pub(crate) fn is_nothing(&self) -> bool {
        self.actions.is_empty()
    }

    /// What a manifest says of it; `known` is the table in the manifest before.
    pub(crate) fn manifest(&self, table: &str, known: Option<&TableManifest>) -> TableManifest {
        TableManifest::of(table, &self.after, |name| {
            let new = self.prints.get(name).cloned();
            new.or_else(|| known?.print(name))
        })
    }

    /// Commits it, unless there is nothing to commit. `facts` are ours to keep.
    pub(crate) async fn commit(self, log: &TableLog, facts: Map<String, Value>) -> Result<()> {
        if self.actions.is_empty() {
            return Ok(());
        }
        let version = self.after.version;
        log.commit(version, &entry(self.operation, facts, self.actions))
            .await?;
        tracing::debug!(table = log.table, version, "committed");
        checkpoint(log, version).await;
        Ok(())
    }
}

fn next(before: Option<&Snapshot>, changes: &[Value]) -> u64 {
    match before {
        Some(before) if changes.is_empty() => before.version,
        Some(before) => before.version + 1,
        None => 0,
    }
}

/// Files of `these` whose names are not among `those`.
fn only_in<'a>(
    these: &'a [LoggedFile],
    those: &[LoggedFile],
) -> impl Iterator<Item = &'a LoggedFile> {
    let names: HashSet<String> = those.iter().map(|file| file.name.clone()).collect();
    these.iter().filter(move |file| !names.contains(&file.name))
}

/// Gives local files their names in the table's folder, durably, before a log names them.
async fn place(log: &TableLog, files: Vec<StagedFile>) -> Result<Vec<LoggedFile>> {
    let log = log.clone();
    let place = move || {
        files
            .into_iter()
            .map(|staged| {
                let below = format!("{}/{}", log.below, staged.file.name);
                if let (Some(path), Some(target)) =
                    (staged.file.staged, log.site.local_path(&below))
                {
                    path.place_over(&target)?;
                }
                Ok(LoggedFile {
                    name: staged.file.name,
                    size: staged.file.size,
                    rows: staged.rows,
                    modified_ms: actions::now_ms(),
                    statistics: staged.statistics,
                })
            })
            .collect()
    };
    tokio::task::spawn_blocking(place).await?
}
