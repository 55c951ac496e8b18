//! Why: where each value of a resident came from, back to the cell as it was received.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rongtong_connector_kit::packing;
use rongtong_contracts::{Contract, FeedName, Pipeline};
use rongtong_formats::{Limits, open};
use rongtong_identity::ResidentKey;
use rongtong_lake::Lake;
use serde::Serialize;
use std::sync::Arc;

use crate::error::RunError;
use crate::fuse::{Along, claimed, places};
use crate::ledger::Ledger;
use crate::load::{self, Numbers};
use crate::order::Order;
use crate::rows::{FeedRows, RowAt};
use crate::run;
use crate::tables::{self, SINGLE};

/// A resident, and what each value rests on. Personal data: shown only on purpose, never by `Debug`.
#[derive(Clone, Serialize)]
pub struct Why {
    /// The resident.
    pub resident_key: String,
    /// On what ground the key stands.
    pub key_basis: String,
    /// The values of `residents`.
    pub attributes: Vec<WhyAttribute>,
    /// What other feeds say of the same attributes.
    pub others: Vec<WhyAttribute>,
}

/// One value and its place.
#[derive(Clone, Serialize)]
pub struct WhyAttribute {
    /// The attribute.
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

/// Where each value of a resident came from. Without a pipeline only the feeds are known.
///
/// # Errors
/// [`RunError::NoRelease`], [`RunError::UnknownKey`], or what the lake says.
pub async fn why(location: &str, pipeline: Option<&Pipeline>, key: &str) -> Result<Why, RunError> {
    let restricted = pipeline.map(|p| p.restricted.clone()).unwrap_or_default();
    let key = ResidentKey::parse(key).ok_or(RunError::UnknownKey)?;
    let session = crate::session(location, &restricted).await?;
    let lake = Lake::open(location, &restricted).await?;
    let found = session.sql(&format!("SELECT * FROM residents WHERE resident_key = '{key}'")).await?.collect().await?;
    let resident = found.iter().find(|batch| batch.num_rows() > 0).ok_or(RunError::UnknownKey)?;
    let claims = match pipeline {
        Some(pipeline) => claims(pipeline, &session, &lake, key).await?,
        None => Vec::new(),
    };
    let mut attributes = Vec::new();
    for attribute in SINGLE {
        let value = shown(resident, attribute.name)?;
        let feed = shown(resident, &format!("{}_source", attribute.name))?;
        let (Some(value), Some(feed)) = (value, feed) else { continue };
        let claim = claims.iter().find(|c| c.attribute == attribute.name && c.feed == feed && c.value == value);
        attributes.push(match claim {
            Some(claim) => claim.clone(),
            None => WhyAttribute {
                attribute: attribute.name.to_owned(),
                value,
                feed,
                as_of: shown(resident, &format!("{}_as_of", attribute.name))?.unwrap_or_default(),
                delivery: String::new(),
                source_file: String::new(),
                source_row: 0,
                received: None,
            },
        });
    }
    let won = |claim: &WhyAttribute| attributes.iter().any(|a| a.attribute == claim.attribute && a.feed == claim.feed);
    let others = claims.iter().filter(|claim| !won(claim)).cloned().collect();
    Ok(Why {
        resident_key: key.to_string(),
        key_basis: shown(resident, "key_basis")?.unwrap_or_default(),
        attributes,
        others,
    })
}

/// What every feed says of every attribute it declares, chosen within the feed as a run does.
async fn claims(
    pipeline: &Pipeline,
    session: &datafusion::prelude::SessionContext,
    lake: &Lake,
    key: ResidentKey,
) -> Result<Vec<WhyAttribute>, RunError> {
    let reader = lake.reader().await?;
    let ledger = run::ledger(&reader).await?;
    let mut claims = Vec::new();
    for (feed, contract) in &pipeline.contracts {
        if contract.mentions.is_empty() || !reader.has(&tables::standard_name(feed)) {
            continue;
        }
        let columns: Vec<String> = contract
            .mentions
            .iter()
            .map(|m| tables::number_columns(m.id_number.as_deref().unwrap_or("id_number")).1)
            .map(|column| format!("{column} = '{key}'"))
            .collect();
        let query = format!("SELECT * FROM standard.{}.{} WHERE {}", feed.department, feed.feed, columns.join(" OR "));
        let rows = session.sql(&query).await?.collect().await?;
        let name = feed.to_string();
        let as_of = |delivery: &str| {
            let mut entries = ledger.entries.iter().rev();
            entries.find(|e| e.feed == name && e.delivery == delivery).map_or(0, |e| e.as_of)
        };
        let rows = load::load(Arc::new(contract.clone()), &rows, &Numbers::default(), as_of)?;
        let order = Order::of_mentions(&rows)?;
        let groups = Along::new(&rows, &order).groups(&[key]);
        for (attribute, _) in claimed(pipeline, contract) {
            let places = places(contract, attribute);
            let column = places.iter().flatten().next().and_then(|at| tables::standard_column(contract, *at));
            let Some(column) = column else { continue };
            let picks = groups.newest_of(&places, &column.unknown_codes);
            let Some(at) = picks.0.first().copied().flatten() else { continue };
            let Some(place) = places.get(at.mention as usize).copied().flatten() else { continue };
            claims.push(claim(pipeline, lake, &ledger, &rows, contract, attribute, at, place).await?);
        }
    }
    Ok(claims)
}

#[allow(clippy::too_many_arguments)]
async fn claim(
    pipeline: &Pipeline,
    lake: &Lake,
    ledger: &Ledger,
    rows: &FeedRows,
    contract: &Contract,
    attribute: &str,
    at: RowAt,
    place: usize,
) -> Result<WhyAttribute, RunError> {
    let batch = &rows.batches[at.batch as usize];
    let row = at.row as usize;
    let origin = &rows.origins[batch.origin[row] as usize];
    let format = FormatOptions::default();
    let as_of = arrow::array::Date32Array::from(vec![origin.as_of]);
    let mut claim = WhyAttribute {
        attribute: attribute.to_owned(),
        value: ArrayFormatter::try_new(&batch.columns[place], &format)?.value(row).to_string(),
        feed: contract.feed.to_string(),
        as_of: ArrayFormatter::try_new(&as_of, &format)?.value(0).to_string(),
        delivery: origin.delivery.to_string(),
        source_file: origin.file.to_string(),
        source_row: batch.row[row],
        received: None,
    };
    if let Some(column) = tables::standard_column(contract, place) {
        claim.received = received(pipeline, lake, ledger, &contract.feed, &column.headings, &claim).await?;
    }
    Ok(claim)
}

/// The cell as it was received, read again from the archive.
async fn received(
    pipeline: &Pipeline,
    lake: &Lake,
    ledger: &Ledger,
    feed: &FeedName,
    headings: &[String],
    claim: &WhyAttribute,
) -> Result<Option<String>, RunError> {
    let entry = ledger.entries.iter().rev().find(|e| e.feed == claim.feed && e.delivery == claim.delivery);
    let key = entry.filter(|e| e.archived.is_some()).and_then(crate::ledger::Entry::archive_key);
    let (Some(key), Some(binding)) = (key, pipeline.binding(feed)) else { return Ok(None) };
    let scratch = run::scratch()?;
    let Some(path) = lake.archive().fetch(&key, scratch.path()).await? else { return Ok(None) };
    let member = claim.source_file.split_once('!').map(|(_, member)| member);
    // The archive may have gone bad since; the value's place is known all the same.
    let Ok(parts) = open(&path, &packing(binding), &Limits::default()) else { return Ok(None) };
    for part in parts.flatten().filter(|part| part.member.as_deref() == member) {
        let mut reader = part.reader;
        while let Ok(Some(batch)) = reader.next_batch() {
            let Some(at) = batch.row_numbers.iter().position(|row| *row == claim.source_row) else { continue };
            let fields = batch.rows.schema();
            let column = fields.fields().iter().position(|f| headings.contains(f.name()));
            let cells = column.map(|c| batch.rows.column(c).as_string_view().clone());
            return Ok(cells.filter(|c| c.is_valid(at)).map(|c| c.value(at).to_owned()));
        }
    }
    Ok(None)
}

fn shown(resident: &RecordBatch, column: &str) -> Result<Option<String>, RunError> {
    let missing = || RunError::MissingColumn { table: "residents".into(), column: column.into() };
    let values = resident.column_by_name(column).ok_or_else(missing)?;
    let text = ArrayFormatter::try_new(values, &FormatOptions::default())?.value(0).to_string();
    Ok(values.is_valid(0).then_some(text))
}
