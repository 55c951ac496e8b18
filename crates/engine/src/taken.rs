//! Was this file ever taken, when, with what result?

use std::collections::BTreeMap;
use std::path::Path;

use rongtong_lake::Fingerprint;
use serde::Serialize;

use crate::error::RunError;
use crate::ledger::Entry;
use crate::run::ledger;
use crate::session::open_release;

/// One delivery as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The feed it was taken for.
    pub feed: String,
    /// `_delivery` of its rows.
    pub delivery: String,
    /// The file's name, relative to the folder of deliveries.
    pub file: String,
    /// SM3 of its bytes, in hex.
    pub sm3: String,
    /// Its size.
    pub bytes: i64,
    /// When it was taken or refused: Beijing wall time in microseconds since 1970.
    pub taken_at: i64,
    /// The day it is of, in days since 1970-01-01.
    pub as_of: i32,
    /// The release that it came with.
    pub release: String,
    /// `in_force`, `superseded` by a later snapshot, or `refused`.
    pub status: &'static str,
    /// Rows received.
    pub received: i64,
    /// Rows in `standard`.
    pub standard: i64,
    /// Rows in `quarantine`.
    pub quarantined: i64,
    /// Where it is kept below the lake, if it is.
    pub archived: Option<String>,
}

/// All deliveries of a lake, oldest first; with `file`, only those of the same bytes, whatever their name.
///
/// # Errors
/// [`RunError::Io`] if the file can't be read, [`RunError::NoRelease`], else what the lake says.
pub async fn deliveries(
    location: &str,
    restricted: &BTreeMap<String, String>,
    file: Option<&Path>,
) -> Result<Vec<Delivery>, RunError> {
    let wanted = match file {
        Some(path) => Some(Fingerprint::of_path(path).map_err(|source| RunError::Io {
            path: path.to_owned(),
            source,
        })?),
        None => None,
    };
    let (_, reader) = open_release(location, restricted, None).await?;
    let entries = ledger(&reader).await?.entries.into_iter();
    let same = |entry: &Entry| wanted.as_ref().is_none_or(|sm3| *sm3 == entry.sm3);
    Ok(entries.filter(same).map(Delivery::from).collect())
}

impl From<Entry> for Delivery {
    fn from(entry: Entry) -> Self {
        Self {
            feed: entry.feed,
            delivery: entry.delivery,
            file: entry.source_file,
            sm3: entry.sm3,
            bytes: entry.bytes,
            taken_at: entry.taken_at,
            as_of: entry.as_of,
            release: entry.release,
            status: entry.status.as_str(),
            received: entry.received,
            standard: entry.standard,
            quarantined: entry.quarantined,
            archived: entry.archived,
        }
    }
}
