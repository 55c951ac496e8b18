//! The Delta log of one table, entry by entry (Delta protocol, "Delta Log Entries").
//!
//! Entries are written here, put-if-absent, so that a lost acknowledgement can be told from a lost
//! race; whole versions are read by the Delta library (see `snapshot`).

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use serde_json::Value;

use crate::fingerprint::Fingerprint;
use crate::sink::store_failed;
use crate::site::Site;
use crate::{LakeError, Result};

/// Names the entry's facts that only we write, in its commit info.
pub(crate) const OURS: &str = "rongtong";

/// The folder of a table's log.
pub(crate) const LOG: &str = "_delta_log";

/// Tells readers of the newest checkpoint.
pub(crate) const LAST_CHECKPOINT: &str = "_last_checkpoint";

/// Stands in an entry where its seal will be.
const UNSEALED: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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
                let name = entry.location.filename().unwrap_or_default();
                let LogFile::Entry(version) = LogFile::of(name) else {
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
        let text = sealed(actions);
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
        if bytes.is_empty() {
            return Err(self.torn(version, "empty"));
        }
        let actions = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(serde_json::from_slice)
            .collect::<Result<Vec<Value>, _>>()
            .map_err(|_| self.torn(version, "cut short or damaged"))?;
        let ours = ours(&actions);
        let count = ours.and_then(|ours| ours.get("actions")?.as_u64());
        if actions.is_empty() || count.is_some_and(|count| count != actions.len() as u64) {
            return Err(self.torn(version, "cut short"));
        }
        match is_sealed(&bytes, &actions) {
            true => Ok(Some(actions)),
            false => Err(self.torn(version, "not what was written")),
        }
    }

    /// An object below the table's folder.
    pub(crate) fn path(&self, below: &str) -> Path {
        self.site.path(&format!("{}/{below}", self.below))
    }

    /// Names and sizes of all that lies in the log's folder.
    pub(crate) async fn files(&self) -> Result<Vec<(String, u64)>> {
        let folder = self.path(LOG);
        let listed = self.site.store.list(Some(&folder));
        listed
            .try_filter_map(async |found| {
                let name = found.location.filename().map(str::to_owned);
                Ok(name.map(|name| (name, found.size)))
            })
            .try_collect()
            .await
            .map_err(store_failed(&folder, "list the log"))
    }

    /// Puts an entry in the place of a damaged one.
    pub(crate) async fn replace(&self, version: u64, actions: &[Value]) -> Result<()> {
        let path = self.entry(version);
        let payload = PutPayload::from(sealed(actions));
        let put = self.site.store.put(&path, payload).await;
        put.map_err(store_failed(&path, "write the log anew"))?;
        Ok(())
    }

    /// A file of the log, for people.
    pub(crate) fn display(&self, name: &str) -> String {
        self.site.display(&format!("{}/{LOG}/{name}", self.below))
    }

    fn entry(&self, version: u64) -> Path {
        self.path(&format!("{LOG}/{}", LogFile::entry_name(version)))
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
            file: self.display(&LogFile::entry_name(version)),
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

/// Whether an entry is as it was written, as far as it can tell. Ours have a seal, and say in two places that they are
/// ours; every other writer says at least something of its commit.
fn is_sealed(bytes: &[u8], actions: &[Value]) -> bool {
    let Some(info) = actions.iter().find_map(|action| action.get("commitInfo")) else {
        return false;
    };
    let engine = info.get("engineInfo").and_then(Value::as_str);
    match (info.get(OURS), engine) {
        (None, Some(engine)) => !engine.starts_with("rongtong/"),
        (None, None) => true,
        (Some(ours), _) => {
            let seal = ours.get("sm3").and_then(Value::as_str);
            seal.is_some_and(|seal| holds(bytes, seal))
        }
    }
}

/// What a file in the log's folder is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFile {
    /// The entry of a version.
    Entry(u64),
    /// A checkpoint of a version, or a part of one.
    Checkpoint(u64),
    /// Anything else.
    Other,
}

impl LogFile {
    pub(crate) fn of(name: &str) -> Self {
        let (digits, rest) = name.split_at_checked(20).unwrap_or_default();
        let number = digits.parse().ok();
        match (number, rest) {
            (Some(version), ".json") => Self::Entry(version),
            (Some(version), rest) if rest.starts_with(".checkpoint.") => Self::Checkpoint(version),
            _ => Self::Other,
        }
    }

    pub(crate) fn entry_name(version: u64) -> String {
        format!("{version:020}.json")
    }
}

/// The text of an entry, one action a line. Where the commit info has room for it, the SM3 of the whole text (with
/// zeros in its own place) is set in: a flipped bit shows.
fn sealed(actions: &[Value]) -> String {
    let text: String = actions.iter().map(|action| format!("{action}\n")).collect();
    let room = seal(UNSEALED);
    match text.contains(&room) {
        true => {
            let print = Fingerprint::of(text.as_bytes());
            text.replacen(&room, &seal(&print), 1)
        }
        false => text,
    }
}

fn holds(bytes: &[u8], told: &str) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let unsealed = text.replacen(&seal(told), &seal(UNSEALED), 1);
    Fingerprint::of(unsealed.as_bytes()) == told
}

fn seal(print: &str) -> String {
    format!(r#""sm3":"{print}""#)
}

/// Room for the seal, among our facts in the commit info.
pub(crate) fn room_for_seal() -> (String, Value) {
    ("sm3".to_owned(), Value::from(UNSEALED))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_seal_holds_for_the_bytes_that_were_written_and_no_others() {
        let actions = [
            json!({ "commitInfo": {
                "engineInfo": "rongtong/0.1.0",
                OURS: { "actions": 2, "sm3": UNSEALED },
            } }),
            json!({ "add": { "path": "人", "size": 12 } }),
        ];
        let text = sealed(&actions);
        let (_, after) = text.split_once(r#""sm3":""#).unwrap();
        let told = after.get(..64).unwrap();
        assert!(holds(text.as_bytes(), told));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(!holds(&bytes, told), "byte {at}");
            let lines = bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty());
            let read: Result<Vec<Value>, _> = lines.map(serde_json::from_slice).collect();
            assert!(
                read.is_err() || !is_sealed(&bytes, &read.unwrap()),
                "byte {at}"
            );
        }
        let others = [json!({ "commitInfo": { "engineInfo": "delta-rs:1" } })];
        assert!(is_sealed(b"whatever they wrote", &others));
        assert!(!holds(text.trim_end().as_bytes(), told));
    }

    #[test]
    fn files_of_a_log_are_known_by_their_names() {
        for (name, file) in [
            ("00000000000000000007.json", LogFile::Entry(7)),
            (
                "00000000000000000010.checkpoint.parquet",
                LogFile::Checkpoint(10),
            ),
            ("_last_checkpoint", LogFile::Other),
            ("00000000000000000007.json.tmp", LogFile::Other),
            ("七.json", LogFile::Other),
        ] {
            assert_eq!(LogFile::of(name), file, "{name}");
        }
    }
}
