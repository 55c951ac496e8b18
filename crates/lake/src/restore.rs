//! Restoring: what an unfinished run left is taken back by new commits, never by deleting any.

use std::collections::BTreeMap;

use serde_json::Map;

use crate::Result;
use crate::commit::Prepared;
use crate::lake::Lake;
use crate::lock::LakeLock;
use crate::manifest::TableManifest;
use crate::release::{RELEASES, Release, ReleasedTable, Restored};

/// How often putting back begins anew when others commit meanwhile.
const ATTEMPTS: u32 = 16;

impl Lake {
    /// Puts back every table whose newest version is not the released content, by a new commit;
    /// a table that no release knows becomes empty. Also clears what a killed run left in the
    /// making. The first thing a run does.
    ///
    /// # Errors
    /// [`LakeError::TornLog`] where the newest entry of a log is damaged.
    pub async fn restore_unfinished(&self, lock: &LakeLock) -> Result<Vec<Restored>> {
        if lock.is_exclusive() {
            for staging in self.sites().filter_map(|site| site.staging()) {
                tokio::task::spawn_blocking(move || staging.sweep()).await??;
            }
        }
        self.put_tables_back().await
    }

    /// In an object store others may release or restore meanwhile: then it begins anew.
    pub(crate) async fn put_tables_back(&self) -> Result<Vec<Restored>> {
        let mut restored = Vec::new();
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let release = self.latest_release().await?;
            match self.put_back_to(release.as_ref()).await {
                Ok(back) => restored.extend(back),
                Err(error) if error.is_conflict() => {
                    last = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            }
            if self.latest_release().await? == release {
                return Ok(restored);
            }
        }
        last.map_or(Ok(restored), Err)
    }

    async fn put_back_to(&self, release: Option<&Release>) -> Result<Vec<Restored>> {
        if let Some(release) = release {
            self.must_find_all(release).await?;
        }
        let none = BTreeMap::new();
        let tables = release.map_or(&none, |release| &release.tables);
        let mut restored = Vec::new();
        for (name, known) in tables {
            restored.extend(self.put_back(name, Some(known)).await?);
        }
        for name in self.tables_with_log().await? {
            if name != RELEASES && !tables.contains_key(&name) {
                restored.extend(self.put_back(&name, None).await?);
            }
        }
        Ok(restored)
    }

    /// One commit that removes what was added since and adds back what was removed.
    async fn put_back(
        &self,
        name: &str,
        known: Option<&ReleasedTable>,
    ) -> Result<Option<Restored>> {
        let log = self.log(name);
        let released = known.map(|known| known.version);
        let Some(newest) = log.newest(released).await? else {
            return Ok(None);
        };
        if Some(newest) == released {
            return Ok(None);
        }
        let now = self.snapshot(&log, newest).await?;
        let wanted = match known {
            Some(known) => {
                let wanted = self.snapshot(&log, known.version).await?;
                self.must_be(&log, &wanted, known).await?;
                Some(TableManifest::of(name, &wanted, |_| None))
            }
            None => None,
        };
        let back = Prepared::restored(&now, wanted.as_ref());
        if back.is_nothing() {
            return Ok(None);
        }
        let version = back.after.version;
        back.commit(&log, Map::new()).await?;
        tracing::info!(
            table = name,
            from = newest,
            to = released,
            now = version,
            "table put back"
        );
        Ok(Some(Restored {
            table: name.to_owned(),
            from: newest,
            to: released,
            now: version,
        }))
    }
}
