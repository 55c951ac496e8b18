//! Returning to an earlier release: a new release with the old content.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::History;
use crate::lake::Lake;
use crate::lock::LakeLock;
use crate::manifest::TableManifest;
use crate::publish::{Change, Next};
use crate::release::{RELEASES, Release, ReleaseMeta};
use crate::verify::unprinted;
use crate::{LakeError, Result};

impl Lake {
    /// Makes a new release whose tables are what they were in `to`; tables that `to` didn't know become empty and leave
    /// the release. Tables of `changes` become what those say instead. Nothing is deleted: the releases in between
    /// can be returned to as well, until they are vacuumed.
    ///
    /// # Errors
    /// [`LakeError::NotWhole`] if files of `to` are damaged or vacuumed; else as [`Lake::publish`].
    pub async fn rollback(
        &self,
        lock: &LakeLock,
        to: &Release,
        changes: Vec<Change>,
        meta: &ReleaseMeta,
    ) -> Result<Release> {
        let base = self.latest_release().await?;
        let wanted = self.content_of(to).await?;
        for table in wanted.values() {
            for compared in self.compare(table).await? {
                if let Some(damage) = compared.damage() {
                    let log = self.log(&table.table);
                    let below = format!("{}/{}", log.below, compared.file.file.name);
                    return Err(LakeError::NotWhole {
                        release: to.id.clone(),
                        file: log.site.display_file(&below),
                        damage,
                    });
                }
            }
        }
        let mut next = back(base.as_ref(), wanted);
        for change in changes {
            next.insert(change.table().to_owned(), Next::Written(change));
        }
        self.publish_next(lock, base.as_ref(), next, meta).await
    }

    /// The tables of a release but `releases`, from its manifest or else from the logs.
    pub(crate) async fn content_of(
        &self,
        release: &Release,
    ) -> Result<BTreeMap<String, TableManifest>> {
        if let Some(manifest) = self.manifest(release).await? {
            let mut tables = manifest.tables.clone();
            tables.remove(RELEASES);
            return Ok(tables);
        }
        let mut tables = BTreeMap::new();
        for info in self.reader_at(release.clone()).tables() {
            let log = self.log(&info.name);
            let history = History::read(&log, Some(info.version)).await?;
            let table = unprinted(&info, &history).ok_or_else(|| LakeError::TornLog {
                table: info.name.clone(),
                file: log.display(""),
                damage: "damaged",
            })?;
            tables.insert(info.name, table);
        }
        Ok(tables)
    }
}

/// What every table becomes when these are wanted.
pub(crate) fn back(
    base: Option<&Release>,
    wanted: BTreeMap<String, TableManifest>,
) -> BTreeMap<String, Next> {
    let now: BTreeSet<String> = base
        .map(|base| base.tables.keys().cloned().collect())
        .unwrap_or_default();
    let gone = now
        .into_iter()
        .filter(|name| !wanted.contains_key(name))
        .map(|name| (name, Next::Gone))
        .collect::<Vec<_>>();
    let back = wanted.into_iter().map(|(name, t)| (name, Next::Back(t)));
    gone.into_iter().chain(back).collect()
}
