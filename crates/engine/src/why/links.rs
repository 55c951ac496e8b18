//! What was tied to a resident, and why.

use arrow::array::{Array, Int64Array, RecordBatch, StringViewArray};
use rongtong_identity::ResidentKey;
use serde::Serialize;

use crate::columns::{numbers, texts};
use crate::error::RunError;
use crate::registry::{Evidence, evidence};
use crate::session::View;
use crate::tables::LINKS;

/// A number or record that was tied to a resident. The number itself isn't shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhyLink {
    /// The key that the number or record has of its own.
    pub own_key: String,
    /// The own key of what it was tied to.
    pub other_key: String,
    /// `model` or `reviewer`.
    pub decided_by: String,
    /// Why.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// Where the number or record stands; empty where no row in force has it.
    pub places: Vec<LinkPlace>,
}

/// A mention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkPlace {
    /// The feed.
    pub feed: String,
    /// The delivery.
    pub delivery: String,
    /// The file.
    pub source_file: String,
    /// The row in the file, 1 = first data row.
    pub source_row: i64,
    /// The mention of the row, such as `holder`.
    pub role: String,
}

/// The links of a resident, each once, in the order of own keys.
pub(super) async fn of(view: &View, key: ResidentKey) -> Result<Vec<WhyLink>, RunError> {
    if !view.reader.has(LINKS) {
        return Ok(Vec::new());
    }
    let query = format!(
        "SELECT * FROM links WHERE resident_key = '{key}' \
         ORDER BY own_key, other_key, feed, _source_file, _source_row, role, _delivery"
    );
    read(&view.ask(&query).await?)
}

/// Rows of `links` in order; those of one number or record together.
pub(crate) fn read(batches: &[RecordBatch]) -> Result<Vec<WhyLink>, RunError> {
    let mut links: Vec<WhyLink> = Vec::new();
    for batch in batches {
        let text = |name| texts(batch, LINKS, name);
        let (owns, others, deciders) = (text("own_key")?, text("other_key")?, text("decided_by")?);
        let (feeds, deliveries) = (text("feed")?, text("_delivery")?);
        let (files, roles) = (text("_source_file")?, text("role")?);
        let rows: &Int64Array = numbers(batch, LINKS, "_source_row")?;
        let place = |row: usize| {
            let cell = |column: &StringViewArray| {
                column.is_valid(row).then(|| column.value(row).to_owned())
            };
            Some(LinkPlace {
                feed: cell(feeds)?,
                delivery: cell(deliveries)?,
                source_file: cell(files)?,
                source_row: rows.is_valid(row).then(|| rows.value(row))?,
                role: cell(roles)?,
            })
        };
        for (row, evidence) in evidence(batch, LINKS)?.into_iter().enumerate() {
            let link = WhyLink {
                own_key: owns.value(row).to_owned(),
                other_key: others.value(row).to_owned(),
                decided_by: deciders.value(row).to_owned(),
                evidence,
                places: place(row).into_iter().collect(),
            };
            match links.last_mut() {
                Some(last) if last.own_key == link.own_key && last.other_key == link.other_key => {
                    last.places.extend(link.places);
                }
                _ => links.push(link),
            }
        }
    }
    Ok(links)
}
