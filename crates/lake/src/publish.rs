//! Publishing: every changed table gets its commit, then one commit to `releases` shows them all.
//!
//! A run that ends in between leaves versions that no release names. Readers of releases never see
//! them, and the next run puts those tables back before it begins.

use serde_json::{Map, Value, json};

use crate::actions::{self, Operation, entry};
use crate::lake::Lake;
use crate::lock::LakeLock;
use crate::log::TableLog;
use crate::release::{
    RELEASES, Release, ReleaseMeta, ReleasedTable, release_id, release_rows, releases_spec,
};
use crate::snapshot::{LoggedFile, Snapshot, checkpoint};
use crate::writer::{StagedFile, StagedFiles};
use crate::{LakeError, Result};

/// What happens to one table.
#[derive(Debug)]
pub enum Change {
    /// The rows are added; the columns must be those of the table.
    Append(StagedFiles),
    /// The rows replace all others; the columns may be new.
    Overwrite(StagedFiles),
}

impl Change {
    fn parts(self) -> (Operation, StagedFiles) {
        match self {
            Self::Append(staged) => (Operation::Append, staged),
            Self::Overwrite(staged) => (Operation::Overwrite, staged),
        }
    }

    fn table(&self) -> &str {
        match self {
            Self::Append(staged) | Self::Overwrite(staged) => staged.table(),
        }
    }
}

impl Lake {
    /// Makes the next release: commits each changed table, in the order of their names, then
    /// `releases`, whose rows name the version of every table of the lake. Nothing is visible to
    /// readers of releases before that last commit. `base` is the release that the run started
    /// from.
    ///
    /// When something fails the tables are put back at once where that is possible; where it is
    /// not (the process is killed), [`Lake::restore_unfinished`] of the next run does it.
    ///
    /// # Errors
    /// [`LakeError::Conflict`] if another run released meanwhile: run again from the start.
    /// [`LakeError::Unfinished`] without [`Lake::restore_unfinished`] before.
    /// [`LakeError::SchemaChanged`] for rows appended to other columns.
    pub async fn publish(
        &self,
        lock: &LakeLock,
        base: Option<&Release>,
        changes: Vec<Change>,
        meta: &ReleaseMeta,
    ) -> Result<Release> {
        let published = self.try_publish(base, changes, meta).await;
        if (published.is_err() || !lock.is_exclusive())
            && let Err(error) = self.put_tables_back().await
        {
            tracing::warn!(%error, "tables could not be put back now; the next run does it");
        }
        published
    }

    async fn try_publish(
        &self,
        base: Option<&Release>,
        mut changes: Vec<Change>,
        meta: &ReleaseMeta,
    ) -> Result<Release> {
        changes.sort_by(|a, b| a.table().cmp(b.table()));
        if let Some([twice, _]) = changes
            .array_windows()
            .find(|[one, next]| one.table() == next.table())
        {
            return Err(LakeError::ChangedTwice {
                table: twice.table().to_owned(),
            });
        }
        let (releases_version, current) = self.newest_release().await?;
        let number = |release: Option<&Release>| release.map_or(0, |release| release.number);
        if number(current.as_ref()) != number(base) {
            return Err(LakeError::Conflict {
                table: RELEASES.to_owned(),
                version: releases_version.unwrap_or_default(),
            });
        }
        let mut tables = current.map(|release| release.tables).unwrap_or_default();
        let unchanged: Vec<String> = tables
            .keys()
            .filter(|name| changes.iter().all(|change| change.table() != name.as_str()))
            .cloned()
            .collect();
        for name in unchanged {
            if let Some(known) = tables.get_mut(&name) {
                known.version = self.version_in_force(&name, known).await?;
            }
        }
        for change in changes {
            let name = change.table().to_owned();
            let released = self.commit_change(tables.get(&name), change).await?;
            tables.insert(name, released);
        }
        let number = number(base) + 1;
        let release = Release {
            id: release_id(number),
            number,
            at: meta.at,
            tables,
        };
        self.commit_release(&release, meta, releases_version)
            .await?;
        Ok(release)
    }

    /// The newest version of a table that this release leaves alone: the released one, or one that
    /// put its content back.
    async fn version_in_force(&self, name: &str, known: &ReleasedTable) -> Result<u64> {
        let log = self.log(name);
        let newest = log.newest(Some(known.version)).await?.unwrap_or_default();
        if newest != known.version
            && self.snapshot(&log, newest).await?.summary().digest != known.digest
        {
            return Err(LakeError::Unfinished {
                table: name.to_owned(),
                version: newest,
            });
        }
        Ok(newest)
    }

    async fn commit_change(
        &self,
        known: Option<&ReleasedTable>,
        change: Change,
    ) -> Result<ReleasedTable> {
        let (operation, staged) = change.parts();
        let log = self.log(&staged.spec.name);
        let before = match log.newest(known.map(|known| known.version)).await? {
            Some(version) => Some(self.snapshot(&log, version).await?),
            None => None,
        };
        check_before(&log, known, before.as_deref())?;
        commit_files(&log, before.as_deref(), operation, staged, Map::new()).await
    }

    async fn commit_release(
        &self,
        release: &Release,
        meta: &ReleaseMeta,
        newest: Option<u64>,
    ) -> Result<()> {
        let spec = releases_spec();
        let mut writer = self.writer(&spec)?;
        writer.write(release_rows(release, &spec)?).await?;
        let staged = writer.finish().await?;
        let log = self.log(RELEASES);
        let before = match newest {
            Some(version) => Some(self.snapshot(&log, version).await?),
            None => None,
        };
        let said = serde_json::to_value(release).map_err(|error| LakeError::Settings {
            location: self.location(RELEASES),
            reason: error.to_string(),
        })?;
        let facts = Map::from_iter([
            ("release".to_owned(), said),
            ("run".to_owned(), json!(meta.run_id)),
        ]);
        commit_files(&log, before.as_deref(), Operation::Append, staged, facts).await?;
        Ok(())
    }
}

/// The newest version must hold what was released, or nothing if the table was never released.
fn check_before(
    log: &TableLog,
    known: Option<&ReleasedTable>,
    before: Option<&Snapshot>,
) -> Result<()> {
    match (known, before) {
        (None, Some(before)) if !before.files.is_empty() => Err(LakeError::Unfinished {
            table: log.table.clone(),
            version: before.version,
        }),
        (Some(known), Some(before)) if before.version == known.version => {
            before.must_be(&log.table, known)
        }
        (Some(known), Some(before)) if before.summary().digest != known.digest => {
            Err(LakeError::Unfinished {
                table: log.table.clone(),
                version: before.version,
            })
        }
        _ => Ok(()),
    }
}

/// Commits staged files to a table, which comes into being if there is nothing before.
async fn commit_files(
    log: &TableLog,
    before: Option<&Snapshot>,
    operation: Operation,
    staged: StagedFiles,
    facts: Map<String, Value>,
) -> Result<ReleasedTable> {
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
        changes.push(actions::protocol(&schema));
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
    let new = place(log, files).await?;
    changes.extend(new.iter().map(actions::add));
    let mut after = Snapshot {
        version: before.map_or(0, |before| before.version),
        files: [kept, &new].concat(),
        schema,
        metadata,
    };
    if !changes.is_empty() {
        after.version = before.map_or(0, |before| before.version + 1);
        log.commit(after.version, &entry(operation, facts, changes))
            .await?;
        checkpoint(log, after.version).await;
    }
    Ok(after.summary())
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
