//! The whole log of one table, entry by entry, to find what is damaged and what a version was.
//!
//! Delta readers start at a checkpoint, skip empty entries in silence and believe whatever can be parsed. This looks at
//! every file of the log and at the seal of each entry of ours.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _};
use object_store::{Error, ObjectStoreExt as _};
use serde_json::Value;

use crate::log::{LAST_CHECKPOINT, LOG, LogFile, TableLog};
use crate::sink::store_failed;
use crate::snapshot::{LoggedFile, Snapshot};
use crate::{LakeError, Result};

/// Entries read at a time.
const AT_ONCE: usize = 16;

/// A table's log as it lies there.
#[derive(Debug)]
pub(crate) struct History {
    log: TableLog,
    /// Every version up to the newest: its actions, or what is wrong with the entry.
    pub(crate) entries: BTreeMap<u64, Result<Vec<Value>, &'static str>>,
    /// Checkpoint files and their sizes, by version.
    checkpoints: BTreeMap<u64, Vec<(String, u64)>>,
    /// What `_last_checkpoint` holds, if it is there.
    hint: Option<Vec<u8>>,
}

/// A damaged file of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Torn {
    /// Its name in the log's folder.
    pub(crate) name: String,
    pub(crate) damage: &'static str,
}

/// What a table is at one version, by its log alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// By name.
    pub(crate) files: BTreeMap<String, LoggedFile>,
    /// The `metaData` action's content.
    pub(crate) metadata: Option<Value>,
}

impl History {
    /// Reads the log, which should have an entry for every version up to `at_least`.
    pub(crate) async fn read(log: &TableLog, at_least: Option<u64>) -> Result<Self> {
        let mut found = BTreeMap::new();
        let mut checkpoints: BTreeMap<u64, Vec<(String, u64)>> = BTreeMap::new();
        for (name, size) in log.files().await? {
            match LogFile::of(&name) {
                LogFile::Entry(version) => {
                    found.insert(version, size);
                }
                LogFile::Checkpoint(version) => {
                    checkpoints.entry(version).or_default().push((name, size));
                }
                LogFile::Other => {}
            }
        }
        let newest = found.keys().next_back().copied().max(at_least);
        let versions = 0..newest.map_or(0, |newest| newest + 1);
        let read = |version: u64| async move {
            let entry = match log.actions(version).await {
                Ok(Some(actions)) => Ok(actions),
                Ok(None) => Err("missing"),
                Err(LakeError::TornLog { damage, .. }) => Err(damage),
                Err(error) => return Err(error),
            };
            Ok((version, entry))
        };
        let entries = futures::stream::iter(versions)
            .map(read)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self {
            log: log.clone(),
            entries,
            checkpoints,
            hint: hint(log).await?,
        })
    }

    /// Entries that aren't what was written.
    pub(crate) fn torn_entries(&self) -> impl Iterator<Item = (u64, Torn)> {
        self.entries.iter().filter_map(|(version, entry)| {
            let damage = entry.as_ref().err()?;
            let name = LogFile::entry_name(*version);
            Some((*version, Torn { name, damage }))
        })
    }

    /// Checkpoint files, and the hint at them, that would lead readers astray.
    pub(crate) async fn torn_checkpoints(&self) -> Result<Vec<Torn>> {
        let mut torn = Vec::new();
        for (version, files) in &self.checkpoints {
            let damage = match files.iter().find(|(_, size)| *size == 0) {
                Some((name, _)) => Some((name, "empty")),
                None => match Snapshot::load(&self.log, *version).await {
                    Ok(snapshot) if self.agrees(&snapshot) => None,
                    Ok(_) => files
                        .first()
                        .map(|(name, _)| (name, "not what the log says")),
                    Err(LakeError::Store { .. }) => None,
                    Err(_) => files
                        .first()
                        .map(|(name, _)| (name, "cut short or damaged")),
                },
            };
            torn.extend(damage.map(|(name, damage)| Torn {
                name: name.clone(),
                damage,
            }));
        }
        if let Some(damage) = self.torn_hint() {
            let name = LAST_CHECKPOINT.to_owned();
            torn.push(Torn { name, damage });
        }
        Ok(torn)
    }

    /// What the table is at a version; `None` where an entry on the way is damaged.
    pub(crate) fn state(&self, version: u64) -> Option<State> {
        let mut state = State::default();
        for at in 0..=version {
            state.apply(self.entries.get(&at)?.as_ref().ok()?);
        }
        Some(state)
    }

    fn agrees(&self, snapshot: &Snapshot) -> bool {
        let Some(state) = self.state(snapshot.version) else {
            return true;
        };
        let same_files = state.files.values().eq(&snapshot.files);
        let schema = |metadata: &Value| metadata.get("schemaString").cloned();
        let told = state.metadata.as_ref().and_then(schema);
        same_files && told == schema(&snapshot.metadata)
    }

    fn torn_hint(&self) -> Option<&'static str> {
        let hint = self.hint.as_ref()?;
        if hint.is_empty() {
            return Some("empty");
        }
        let Ok(hint) = serde_json::from_slice::<Value>(hint) else {
            return Some("cut short or damaged");
        };
        let version = hint.get("version").and_then(Value::as_u64);
        match version.is_some_and(|version| self.checkpoints.contains_key(&version)) {
            true => None,
            false => Some("naming no checkpoint that is there"),
        }
    }
}

impl State {
    /// Goes on by one version.
    pub(crate) fn apply(&mut self, actions: &[Value]) {
        for action in actions {
            if let Some(metadata) = action.get("metaData") {
                self.metadata = Some(metadata.clone());
            }
            if let Some(file) = action.get("add").and_then(added) {
                self.files.insert(file.name.clone(), file);
            }
            if let Some(name) = action.pointer("/remove/path").and_then(Value::as_str) {
                self.files.remove(name);
            }
        }
    }
}

fn added(add: &Value) -> Option<LoggedFile> {
    let statistics = add.get("stats").and_then(Value::as_str).unwrap_or_default();
    let rows = serde_json::from_str::<Value>(statistics)
        .ok()
        .and_then(|statistics| statistics.get("numRecords")?.as_u64());
    Some(LoggedFile {
        name: add.get("path")?.as_str()?.to_owned(),
        size: add.get("size")?.as_u64()?,
        rows: rows.unwrap_or_default(),
        modified_ms: add.get("modificationTime")?.as_i64()?,
        statistics: statistics.to_owned(),
    })
}

async fn hint(log: &TableLog) -> Result<Option<Vec<u8>>> {
    let path = log.path(&format!("{LOG}/{LAST_CHECKPOINT}"));
    match log.site.store.get(&path).await {
        Ok(found) => {
            let bytes = found.bytes().await;
            let bytes = bytes.map_err(store_failed(&path, "read the log"))?;
            Ok(Some(bytes.to_vec()))
        }
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(store_failed(&path, "read the log")(error)),
    }
}
