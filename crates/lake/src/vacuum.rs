//! Vacuuming: data files that no release within the retention needs.
//!
//! The retention counts releases, not days: a clock that is wrong deletes nothing. On a local lake the lock keeps runs
//! out meanwhile. In an object store a run may be under way, so files younger than a week by the store's own clock stay.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt as _, PutPayload};

use crate::lake::Lake;
use crate::lock::LakeLock;
use crate::log::ours;
use crate::manifest::MANIFESTS;
use crate::release::{RELEASES, Release};
use crate::sink::store_failed;
use crate::{LakeError, Result};

/// In an object store, a file in the making may be this old.
const LONGEST_RUN: Duration = Duration::from_hours(7 * 24);

/// What was, or would be, removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// The releases that stay whole, newest first.
    pub kept: Vec<String>,
    /// Data files removed.
    pub files: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Manifests of runs that never released.
    pub manifests: u64,
}

impl Lake {
    /// Removes data files that none of the newest `keep` releases needs (at least the newest always stays). With `dry`
    /// it only counts. Logs, manifests of releases and the archive stay.
    ///
    /// # Errors
    /// [`LakeError::TornLog`], [`LakeError::Manifest`] if it can't be told what is needed; then nothing was removed.
    pub async fn vacuum(&self, lock: &LakeLock, keep: u64, dry: bool) -> Result<Vacuumed> {
        self.restore_unfinished(lock).await?;
        let releases = self.all_releases().await?;
        let kept: Vec<&Release> = releases
            .iter()
            .rev()
            .take(usize::try_from(keep.max(1)).unwrap_or(usize::MAX))
            .collect();
        let live = self.live(&kept).await?;
        let mut vacuumed = Vacuumed {
            kept: kept.iter().map(|release| release.id.clone()).collect(),
            ..Vacuumed::default()
        };
        let youngest = match lock.is_exclusive() {
            true => None,
            false => Some(self.store_clock().await? - LONGEST_RUN.as_secs().cast_signed()),
        };
        let old = |found: &ObjectMeta| {
            youngest.is_none_or(|youngest| found.last_modified.timestamp() < youngest)
        };
        let none = HashSet::new();
        for table in self.tables_with_log().await? {
            let log = self.log(&table);
            let live = live.get(&table).unwrap_or(&none);
            let folder = log.path("");
            let listed = log.site.store.list_with_delimiter(Some(&folder)).await;
            let listed = listed.map_err(store_failed(&folder, "list the table"))?;
            for found in listed.objects {
                let name = found.location.filename().unwrap_or_default();
                if is_data_file(name) && !live.contains(name) && old(&found) {
                    vacuumed.files += 1;
                    vacuumed.bytes += found.size;
                    self.remove(&log.site.store, &found.location, dry).await?;
                }
            }
        }
        let named: BTreeSet<&str> = releases
            .iter()
            .filter_map(|release| release.manifest.as_deref())
            .collect();
        for manifest in self.manifests().await? {
            let path = self.root().path(&format!("{MANIFESTS}/{}", manifest.name));
            let found = self.root().store.head(&path).await;
            let found = found.map_err(store_failed(&path, "look at the manifest"))?;
            if !named.contains(manifest.name.as_str()) && old(&found) {
                vacuumed.manifests += 1;
                self.remove(&self.root().store, &path, dry).await?;
            }
        }
        Ok(vacuumed)
    }

    /// Every release that the log of `releases` names, oldest first.
    pub(crate) async fn all_releases(&self) -> Result<Vec<Release>> {
        let log = self.log(RELEASES);
        let mut releases = Vec::new();
        let Some(newest) = log.newest(None).await? else {
            return Ok(releases);
        };
        for version in 0..=newest {
            let Some(actions) = log.actions(version).await? else {
                return Err(LakeError::TornLog {
                    table: RELEASES.to_owned(),
                    file: log.display(&crate::log::LogFile::entry_name(version)),
                    damage: "missing",
                });
            };
            let said = ours(&actions).and_then(|ours| ours.get("release"));
            releases.extend(said.and_then(|said| serde_json::from_value(said.clone()).ok()));
        }
        Ok(releases)
    }

    /// Names of the files that these releases and the newest versions need, by table.
    async fn live(&self, kept: &[&Release]) -> Result<HashMap<String, HashSet<String>>> {
        let mut live: HashMap<String, HashSet<String>> = HashMap::new();
        for release in kept {
            for (table, content) in self.content_of(release).await? {
                let names = content.files.into_iter().map(|printed| printed.file.name);
                live.entry(table).or_default().extend(names);
            }
        }
        for table in self.tables_with_log().await? {
            let log = self.log(&table);
            if let Some(newest) = log.newest(None).await? {
                let snapshot = self.snapshot(&log, newest).await?;
                let names = snapshot.files.iter().map(|file| file.name.clone());
                live.entry(table).or_default().extend(names);
            }
        }
        Ok(live)
    }

    async fn remove(
        &self,
        store: &std::sync::Arc<dyn object_store::ObjectStore>,
        path: &Path,
        dry: bool,
    ) -> Result<()> {
        match dry {
            true => Ok(()),
            false => match store.delete(path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(store_failed(path, "remove the file")(error)),
            },
        }
    }

    /// What time it is by the store's own clock, in seconds since 1970.
    async fn store_clock(&self) -> Result<i64> {
        let path = self.root().path(&format!("{MANIFESTS}/clock"));
        let store = &self.root().store;
        let asked = async {
            store.put(&path, PutPayload::from_static(b"x")).await?;
            let found = store.list(Some(&self.root().path(MANIFESTS)));
            let newest = found
                .try_fold(0, async |newest: i64, found| {
                    Ok(newest.max(found.last_modified.timestamp()))
                })
                .await?;
            store.delete(&path).await?;
            Ok(newest)
        };
        asked
            .await
            .map_err(store_failed(&path, "ask the store for the time"))
    }
}

/// Only names that we give.
fn is_data_file(name: &str) -> bool {
    let id = name
        .strip_prefix("part-")
        .and_then(|rest| rest.strip_suffix(".parquet"));
    id.is_some_and(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::is_data_file;

    #[test]
    fn files_of_others_are_none_of_ours() {
        assert!(is_data_file(
            "part-0123456789abcdef0123456789abcdef.parquet"
        ));
        for other in [
            "part-00000.parquet",
            "x.parquet",
            "part-.parquet",
            "notes.txt",
        ] {
            assert!(!is_data_file(other), "{other}");
        }
    }
}
