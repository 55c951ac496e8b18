//! Publishing: every changed table gets its commit, then one commit to `releases` shows them all.
//!
//! A run that ends in between leaves versions that no release names. Readers of releases never see
//! them, and the next run puts those tables back before it begins.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::actions::Operation;
use crate::commit::Prepared;
use crate::lake::Lake;
use crate::lock::LakeLock;
use crate::log::TableLog;
use crate::manifest::{Manifest, TableManifest};
use crate::release::{RELEASES, Release, ReleaseMeta, ReleasedTable, release_rows, releases_spec};
use crate::snapshot::Snapshot;
use crate::writer::StagedFiles;
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
    pub(crate) fn table(&self) -> &str {
        match self {
            Self::Append(staged) | Self::Overwrite(staged) => staged.table(),
        }
    }
}

/// What a table becomes in the release that is being made.
pub(crate) enum Next {
    /// Rows that were written for it.
    Written(Change),
    /// What it was in an earlier release.
    Back(TableManifest),
    /// No rows, and no place in the release: an earlier release didn't know it.
    Gone,
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
        let mut next = BTreeMap::new();
        for change in changes {
            let table = change.table().to_owned();
            if next.insert(table.clone(), Next::Written(change)).is_some() {
                return Err(LakeError::ChangedTwice { table });
            }
        }
        self.publish_next(lock, base, next, meta).await
    }

    /// As [`Lake::publish`], for whatever tables can become.
    pub(crate) async fn publish_next(
        &self,
        lock: &LakeLock,
        base: Option<&Release>,
        next: BTreeMap<String, Next>,
        meta: &ReleaseMeta,
    ) -> Result<Release> {
        let published = self.try_publish(base, next, meta).await;
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
        next: BTreeMap<String, Next>,
        meta: &ReleaseMeta,
    ) -> Result<Release> {
        let (releases_version, current) = self.newest_release().await?;
        let number = |release: Option<&Release>| release.map_or(0, |release| release.number);
        if number(current.as_ref()) != number(base) {
            return Err(LakeError::Conflict {
                table: RELEASES.to_owned(),
                version: releases_version.unwrap_or_default(),
            });
        }
        let mut known = match &current {
            Some(current) => self
                .manifest(current)
                .await?
                .map(|known| known.tables.clone()),
            None => None,
        }
        .unwrap_or_default();
        let mut tables = current.map(|release| release.tables).unwrap_or_default();
        let mut manifests = BTreeMap::new();
        for (name, released) in &mut tables {
            if !next.contains_key(name) {
                let manifest = self.in_force(name, released, known.get(name)).await?;
                released.version = manifest.version;
                manifests.insert(name.clone(), manifest);
            }
        }
        for (name, next) in next {
            let log = self.log(&name);
            let released = tables.get(&name);
            let before = self.before(&log, released).await?;
            let gone = matches!(next, Next::Gone);
            let change = match next {
                Next::Written(change) => Some(prepare(&log, before.as_ref(), change).await?),
                Next::Back(wanted) => before
                    .as_ref()
                    .map(|before| Prepared::restored(before, Some(&wanted))),
                Next::Gone => before
                    .as_ref()
                    .map(|before| Prepared::restored(before, None)),
            };
            if let Some(change) = change {
                let manifest = change.manifest(&name, known.get(&name));
                let released = change.after.summary();
                change.commit(&log, Map::new()).await?;
                if !gone {
                    manifests.insert(name.clone(), manifest);
                    tables.insert(name, released);
                    continue;
                }
            }
            tables.remove(&name);
        }
        let number = number(base) + 1;
        let release = Release {
            id: Release::id_of(number),
            number,
            at: meta.at,
            tables,
            manifest: None,
            elsewhere: self.elsewhere(),
        };
        let known = known.remove(RELEASES);
        self.commit_release(release, manifests, meta, releases_version, known)
            .await
    }

    /// A table that this release leaves alone, at its newest version: the released one, or one that
    /// put its content back.
    async fn in_force(
        &self,
        name: &str,
        released: &ReleasedTable,
        known: Option<&TableManifest>,
    ) -> Result<TableManifest> {
        let log = self.log(name);
        let newest = log.newest(Some(released.version)).await?;
        let newest = newest.unwrap_or(released.version);
        let snapshot = self.snapshot(&log, newest).await?;
        if newest == released.version {
            self.must_be(&log, &snapshot, released).await?;
        } else if snapshot.summary().digest != released.digest {
            return Err(LakeError::Unfinished {
                table: name.to_owned(),
                version: newest,
            });
        }
        Ok(TableManifest::of(name, &snapshot, |file| {
            known?.print(file)
        }))
    }

    /// What a table is before it changes: what was released, or nothing if it never was.
    async fn before(
        &self,
        log: &TableLog,
        released: Option<&ReleasedTable>,
    ) -> Result<Option<Snapshot>> {
        let newest = log.newest(released.map(|known| known.version)).await?;
        let Some(version) = newest else {
            return Ok(None);
        };
        let before = self.snapshot(log, version).await?;
        let unfinished = match released {
            None => !before.files.is_empty(),
            Some(released) if before.version == released.version => {
                self.must_be(log, &before, released).await?;
                false
            }
            Some(released) => before.summary().digest != released.digest,
        };
        match unfinished {
            true => Err(LakeError::Unfinished {
                table: log.table.clone(),
                version,
            }),
            false => Ok(Some(Snapshot::clone(&before))),
        }
    }

    /// The manifest comes to rest, and then the commit that names it shows the release.
    async fn commit_release(
        &self,
        mut release: Release,
        mut tables: BTreeMap<String, TableManifest>,
        meta: &ReleaseMeta,
        newest: Option<u64>,
        known: Option<TableManifest>,
    ) -> Result<Release> {
        let spec = releases_spec();
        let mut writer = self.writer(&spec)?;
        writer.write(release_rows(&release, &spec)?).await?;
        let staged = writer.finish().await?;
        let log = self.log(RELEASES);
        let before = match newest {
            Some(version) => Some(self.snapshot(&log, version).await?),
            None => None,
        };
        let next = Prepared::files(&log, before.as_deref(), Operation::Append, staged).await?;
        tables.insert(RELEASES.to_owned(), next.manifest(RELEASES, known.as_ref()));
        let manifest = Manifest {
            release: release.clone(),
            tables,
        };
        release.manifest = Some(manifest.write(self.root()).await?);
        next.commit(&log, self.release_facts(&release, &meta.run_id)?)
            .await?;
        Ok(release)
    }

    /// What the commit of `releases` says of a release.
    pub(crate) fn release_facts(
        &self,
        release: &Release,
        run_id: &str,
    ) -> Result<Map<String, Value>> {
        let said = serde_json::to_value(release).map_err(|error| LakeError::Settings {
            location: self.location(RELEASES),
            reason: error.to_string(),
        })?;
        Ok(Map::from_iter([
            ("release".to_owned(), said),
            ("run".to_owned(), json!(run_id)),
        ]))
    }
}

async fn prepare(log: &TableLog, before: Option<&Snapshot>, change: Change) -> Result<Prepared> {
    let (operation, staged) = match change {
        Change::Append(staged) => (Operation::Append, staged),
        Change::Overwrite(staged) => (Operation::Overwrite, staged),
    };
    Prepared::files(log, before, operation, staged).await
}
