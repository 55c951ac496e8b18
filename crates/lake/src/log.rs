//! The Delta log of one table, entry by entry (Delta protocol, "Delta Log Entries").
//!
//! Entries are written here, put-if-absent, so that a lost acknowledgement can be told from a lost
//! race; whole versions are read by the Delta library (see `snapshot`).

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use serde_json::Value;

use crate::sink::store_failed;
use crate::site::Site;
use crate::{LakeError, Result};

/// Names the entry's facts that only we write, in its commit info.
pub(crate) const OURS: &str = "rongtong";

const LOG: &str = "_delta_log";

/// A table's log.
#[derive(Debug, Clone)]
pub(crate) struct TableLog {
    pub(crate) table: String,
    pub(crate) site: Site,
    /// The table's folder below the site.
    pub(crate) below: String,
}

impl TableLog {
    /// The newest version, from the names of the entries after `known`; `None` if there is none.
    ///
    /// An empty entry is an error: Delta readers skip it in silence.
    pub(crate) async fn newest(&self, known: Option<u64>) -> Result<Option<u64>> {
        let folder = self.path(LOG);
        let entries = match known {
            Some(version) => self
                .site
                .store
                .list_with_offset(Some(&folder), &self.entry(version)),
            None => self.site.store.list(Some(&folder)),
        };
        entries
            .map_err(|error| store_failed(&folder, "list the log")(error))
            .try_fold(known, async |newest, entry| {
                let Some(version) = entry.location.filename().and_then(entry_version) else {
                    return Ok(newest);
                };
                if entry.size == 0 {
                    return Err(self.torn(version, "empty"));
                }
                Ok(newest.max(Some(version)))
            })
            .await
    }

    /// Makes `version` of these actions. Success means that the entry is there and is ours.
    ///
    /// # Errors
    /// [`LakeError::Conflict`] if the version is someone else's.
    pub(crate) async fn commit(&self, version: u64, actions: &[Value]) -> Result<()> {
        let mut text = String::new();
        for action in actions {
            text.push_str(&action.to_string());
            text.push('\n');
        }
        let path = self.entry(version);
        let payload = PutPayload::from(text.clone());
        let options = PutOptions::from(PutMode::Create);
        let Err(error) = self.site.store.put_opts(&path, payload, options).await else {
            return Ok(());
        };
        // The store may have taken the entry and only failed to say so.
        match (self.bytes(version).await, error) {
            (Ok(Some(found)), _) if found == text.as_bytes() => Ok(()),
            (Ok(Some(_)), _) | (_, Error::AlreadyExists { .. }) => Err(LakeError::Conflict {
                table: self.table.clone(),
                version,
            }),
            (_, error) => Err(store_failed(&path, "commit")(error)),
        }
    }

    /// The actions of one version; `None` if there is no such entry.
    pub(crate) async fn actions(&self, version: u64) -> Result<Option<Vec<Value>>> {
        let Some(bytes) = self.bytes(version).await? else {
            return Ok(None);
        };
        let actions = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(serde_json::from_slice)
            .collect::<Result<Vec<Value>, _>>()
            .map_err(|_| self.torn(version, "cut short or damaged"))?;
        if actions.is_empty() {
            return Err(self.torn(version, "empty"));
        }
        match ours(&actions).and_then(|ours| ours.get("actions")?.as_u64()) {
            Some(count) if count != actions.len() as u64 => Err(self.torn(version, "cut short")),
            _ => Ok(Some(actions)),
        }
    }

    /// An object below the table's folder.
    pub(crate) fn path(&self, below: &str) -> Path {
        self.site.path(&format!("{}/{below}", self.below))
    }

    fn entry(&self, version: u64) -> Path {
        self.path(&format!("{LOG}/{version:020}.json"))
    }

    async fn bytes(&self, version: u64) -> Result<Option<bytes::Bytes>> {
        let path = self.entry(version);
        match self.site.store.get(&path).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
        .map_err(store_failed(&path, "read the log"))
    }

    fn torn(&self, version: u64, damage: &'static str) -> LakeError {
        LakeError::TornLog {
            table: self.table.clone(),
            file: self
                .site
                .display(&format!("{}/{LOG}/{version:020}.json", self.below)),
            damage,
        }
    }
}

/// What we said in an entry's commit info.
pub(crate) fn ours(actions: &[Value]) -> Option<&Value> {
    actions
        .iter()
        .find_map(|action| action.get("commitInfo")?.get(OURS))
}

fn entry_version(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    (digits.len() == 20).then(|| digits.parse().ok()).flatten()
}
