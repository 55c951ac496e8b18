//! Why: where each value of a resident came from, back to the cell as it was received.

mod leads;
pub(crate) mod links;
mod trace;

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rongtong_contracts::Pipeline;
use rongtong_identity::ResidentKey;
use serde::Serialize;

use crate::columns;
use crate::error::RunError;
use crate::session::View;
use crate::tables::{self, SINGLE};
pub use leads::{Lead, WhyEvent};
pub use links::{LinkPlace, WhyLink};
use trace::Tracer;

/// A resident, and what each value rests on. Personal data: shown only on purpose, never by `Debug`.
#[derive(Clone, Serialize)]
pub struct Why {
    /// The release that answers.
    pub release: String,
    /// The resident.
    pub resident_key: String,
    /// How the key that was asked for leads to the resident's; empty where it is the same.
    pub leads: Vec<Lead>,
    /// On what ground the key stands.
    pub key_basis: String,
    /// The values of `residents`.
    pub attributes: Vec<WhyAttribute>,
    /// What other feeds say of the same attributes.
    pub others: Vec<WhyAttribute>,
    /// What was tied to the resident, and on what evidence.
    pub links: Vec<WhyLink>,
    /// What happened to the resident's key.
    pub events: Vec<WhyEvent>,
}

/// One value and its place.
#[derive(Clone, Serialize)]
pub struct WhyAttribute {
    /// The attribute; a part of an entry of `insurances` such as `insurances.kind`.
    pub attribute: String,
    /// The value in standard form.
    pub value: String,
    /// The feed that says so.
    pub feed: String,
    /// As-of date of the delivery.
    pub as_of: String,
    /// The delivery; empty for values that come from several rows.
    pub delivery: String,
    /// The file.
    pub source_file: String,
    /// The row in the file, 1 = first data row; 0 for values that come from several rows.
    pub source_row: i64,
    /// The cell as it was received, where the archive has the delivery.
    pub received: Option<String>,
}

/// Where each value of a resident came from, and what ties the resident together; in the newest release, or
/// in the one of the number `release`. Without a pipeline only the feeds of values are known.
///
/// # Errors
/// [`RunError::NoRelease`], [`RunError::UnknownRelease`], [`RunError::UnknownKey`], or what the lake says.
pub async fn why(
    location: &str,
    pipeline: Option<&Pipeline>,
    key: &str,
    release: Option<&str>,
) -> Result<Why, RunError> {
    let restricted = pipeline.map(|p| p.restricted.clone()).unwrap_or_default();
    let asked = ResidentKey::parse(key).ok_or(RunError::UnknownKey)?;
    let view = View::open(location, &restricted, release).await?;
    let (key, leads) = leads::follow(&view, asked).await?;
    let query = format!("SELECT * FROM residents WHERE resident_key = '{key}'");
    let found = view.ask(&query).await?;
    let resident = found
        .iter()
        .find(|batch| batch.num_rows() > 0)
        .ok_or(RunError::UnknownKey)?;
    let mut sources = BTreeMap::new();
    for attribute in SINGLE {
        let feed = shown(resident, &format!("{}_source", attribute.name))?;
        sources.extend(feed.map(|feed| (attribute.name, feed)));
    }
    let grid_code = shown(resident, "grid_code")?;
    let claims = match pipeline {
        Some(pipeline) => {
            Tracer::open(pipeline, &view)
                .await?
                .claims(key, grid_code.as_deref(), &sources)
                .await?
        }
        None => Vec::new(),
    };
    let mut attributes = Vec::new();
    for attribute in SINGLE {
        let value = shown(resident, attribute.name)?;
        let (Some(value), Some(feed)) = (value, sources.get(attribute.name).cloned()) else {
            continue;
        };
        let speaks =
            |claim: &&WhyAttribute| claim.attribute == attribute.name && claim.feed == feed;
        let before = attributes.len();
        // A value counted from several rows rests on each of them.
        attributes.extend(claims.iter().filter(speaks).map(|claim| WhyAttribute {
            value: value.clone(),
            ..claim.clone()
        }));
        if attributes.len() == before {
            attributes.push(WhyAttribute {
                as_of: shown(resident, &format!("{}_as_of", attribute.name))?.unwrap_or_default(),
                ..WhyAttribute::of(attribute.name, value, feed)
            });
        }
    }
    // One entry after another, part by part; one feed has them.
    let insured = |claim: &&WhyAttribute| claim.attribute.starts_with("insurances.");
    attributes.extend(claims.iter().filter(insured).cloned());
    let won = |claim: &WhyAttribute| {
        attributes
            .iter()
            .any(|a| a.attribute == claim.attribute && a.feed == claim.feed)
    };
    let others = claims.iter().filter(|claim| !won(claim)).cloned().collect();
    Ok(Why {
        release: view.id(),
        resident_key: key.to_string(),
        leads,
        key_basis: shown(resident, "key_basis")?.unwrap_or_default(),
        attributes,
        others,
        links: links::of(&view, key).await?,
        events: leads::events(&view, key).await?,
    })
}

impl WhyAttribute {
    fn of(attribute: &str, value: String, feed: String) -> Self {
        Self {
            attribute: attribute.to_owned(),
            value,
            feed,
            as_of: String::new(),
            delivery: String::new(),
            source_file: String::new(),
            source_row: 0,
            received: None,
        }
    }
}

fn shown(resident: &RecordBatch, column: &str) -> Result<Option<String>, RunError> {
    let values = columns::column(resident, tables::RESIDENTS, column)?;
    let text = ArrayFormatter::try_new(values, &FormatOptions::default())?
        .value(0)
        .to_string();
    Ok(values.is_valid(0).then_some(text))
}
