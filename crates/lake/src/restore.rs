//! Restoring: what an unfinished run left is taken back by new commits, never by deleting any.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, json};

use crate::Result;
use crate::actions::{self, Operation, entry};
use crate::lake::Lake;
use crate::lock::LakeLock;
use crate::release::{RELEASES, ReleasedTable, Restored};
use crate::snapshot::{LoggedFile, checkpoint};

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

    pub(crate) async fn put_tables_back(&self) -> Result<Vec<Restored>> {
        let tables = match self.latest_release().await? {
            Some(release) => release.tables,
            None => BTreeMap::new(),
        };
        let mut restored = Vec::new();
        for (name, known) in &tables {
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
        let mut changes = Vec::new();
        let wanted = match known {
            Some(known) => {
                let wanted = self.snapshot(&log, known.version).await?;
                wanted.must_be(name, known)?;
                if actions::metadata_differs(&wanted.metadata, &now.metadata) {
                    changes.push(json!({ "metaData": wanted.metadata }));
                }
                wanted.files.clone()
            }
            None => Vec::new(),
        };
        changes.extend(only_in(&now.files, &wanted).map(actions::remove));
        changes.extend(only_in(&wanted, &now.files).map(actions::add));
        if changes.is_empty() {
            return Ok(None);
        }
        let version = newest + 1;
        log.commit(version, &entry(Operation::Restore, Map::new(), changes))
            .await?;
        checkpoint(&log, version).await;
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

/// Files of `these` whose names are not among `those`.
fn only_in<'a>(
    these: &'a [LoggedFile],
    those: &[LoggedFile],
) -> impl Iterator<Item = &'a LoggedFile> {
    let names: HashSet<String> = those.iter().map(|file| file.name.clone()).collect();
    these.iter().filter(move |file| !names.contains(&file.name))
}
