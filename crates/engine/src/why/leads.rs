//! From a key that no longer names anybody to the one that leads on.

use std::collections::HashSet;

use rongtong_identity::ResidentKey;
use serde::Serialize;

use crate::error::RunError;
use crate::session::View;
use crate::tables::{KEY_EVENTS, LINKS};

/// One step from a key to the one that leads on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lead {
    /// The key.
    pub key: String,
    /// The one that leads on.
    pub successor_key: String,
    /// `merged`: both keys proved to be one person. `linked`: it is the own key of a number or record
    /// that is tied to the resident.
    pub how: &'static str,
    /// Day of the data, of a merger.
    pub as_of: Option<String>,
    /// Why, of a merger.
    pub reason: Option<String>,
}

/// Something that happened to a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyEvent {
    /// `merged`, `split` or `number_changed`.
    pub event: String,
    /// The key.
    pub resident_key: String,
    /// The one that leads on.
    pub successor_key: String,
    /// Day of the data.
    pub as_of: String,
    /// Why.
    pub reason: String,
}

/// The key of the resident that a key leads to, and the way there.
pub(super) async fn follow(
    view: &View,
    asked: ResidentKey,
) -> Result<(ResidentKey, Vec<Lead>), RunError> {
    let (mut key, mut leads, mut seen) = (asked, Vec::new(), HashSet::new());
    // Two keys may have led to each other at different times: no key is passed twice.
    while seen.insert(key) {
        let query = format!("SELECT resident_key FROM residents WHERE resident_key = '{key}'");
        if !view.rows::<1>(&query).await?.is_empty() {
            return Ok((key, leads));
        }
        let Some(lead) = lead(view, key).await? else {
            break;
        };
        key = ResidentKey::parse(&lead.successor_key).ok_or(RunError::UnknownKey)?;
        leads.push(lead);
    }
    Err(RunError::UnknownKey)
}

/// What happened to a key, and how others became it.
pub(super) async fn events(view: &View, key: ResidentKey) -> Result<Vec<WhyEvent>, RunError> {
    if !view.reader.has(KEY_EVENTS) {
        return Ok(Vec::new());
    }
    let query = format!(
        "SELECT event, resident_key, successor_key, as_of, reason FROM key_events \
         WHERE resident_key = '{key}' OR successor_key = '{key}' \
         ORDER BY as_of, event, resident_key, successor_key"
    );
    let rows = view.rows(&query).await?;
    let event =
        |[event, resident_key, successor_key, as_of, reason]: [Option<String>; 5]| WhyEvent {
            event: event.unwrap_or_default(),
            resident_key: resident_key.unwrap_or_default(),
            successor_key: successor_key.unwrap_or_default(),
            as_of: as_of.unwrap_or_default(),
            reason: reason.unwrap_or_default(),
        };
    Ok(rows.into_iter().map(event).collect())
}

async fn lead(view: &View, key: ResidentKey) -> Result<Option<Lead>, RunError> {
    if view.reader.has(KEY_EVENTS) {
        let query = format!(
            "SELECT successor_key, as_of, reason FROM key_events \
             WHERE resident_key = '{key}' AND event = 'merged' AND successor_key <> '{key}' \
             ORDER BY as_of DESC, successor_key LIMIT 1"
        );
        let merged = view.rows(&query).await?;
        if let Some([Some(successor_key), as_of, reason]) = merged.into_iter().next() {
            return Ok(Some(Lead {
                key: key.to_string(),
                successor_key,
                how: "merged",
                as_of,
                reason,
            }));
        }
    }
    if !view.reader.has(LINKS) {
        return Ok(None);
    }
    let query = format!(
        "SELECT resident_key FROM links WHERE own_key = '{key}' OR mention_key = '{key}' \
         ORDER BY resident_key LIMIT 1"
    );
    let linked = view.rows(&query).await?.into_iter().next();
    Ok(linked
        .and_then(|[resident]| resident)
        .map(|successor_key| Lead {
            key: key.to_string(),
            successor_key,
            how: "linked",
            as_of: None,
            reason: None,
        }))
}
