//! The tables that rows become, sorted by resident key.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringViewArray, StringViewBuilder};
use arrow::compute::interleave;
use rayon::prelude::*;
use rongtong_contracts::Standard;
use rongtong_identity::ResidentKey;
use rongtong_lake::{Lake, StagedFiles, TableSpec, TableWriter};

use crate::columns::keys_column;
use crate::error::RunError;
use crate::order::{Order, index};
use crate::rows::{FeedRows, RowAt};
use crate::tables;

/// Rows gathered at a time.
const CHUNK: usize = 32_768;

/// Writes `standard/<department>/<feed>`, from a thread that is no part of an async runtime.
pub(crate) fn standard(
    mut writer: TableWriter,
    feed: &FeedRows,
    order: &Order,
) -> Result<StagedFiles, RunError> {
    let spec = tables::standard(&feed.contract);
    for chunk in order.entries.chunks(CHUNK) {
        let rows: Vec<RowAt> = chunk.iter().map(|(_, at)| *at).collect();
        writer.write_blocking(standard_rows(feed, &rows, &spec)?)?;
    }
    Ok(writer.finish_blocking()?)
}

/// Writes `identities`: every number that any mention states, broken ones included.
pub(crate) async fn identities(
    lake: &Lake,
    feeds: &[(FeedRows, Order)],
) -> Result<StagedFiles, RunError> {
    let mut all: Vec<(ResidentKey, u32, RowAt)> = Vec::new();
    for (at, (feed, order)) in feeds.iter().enumerate() {
        let stated = order.entries.iter().filter_map(|(key, place)| {
            let mention = feed.mention(*place)?;
            mention
                .number
                .is_valid(place.row as usize)
                .then_some(((*key)?, index(at), *place))
        });
        all.extend(stated);
    }
    // Each feed is in order already, and a stable sort by key keeps it so.
    all.par_sort_by_key(|(key, feed, _)| (*key, *feed));
    let spec = tables::identities();
    let mut writer = lake.writer(&spec)?;
    for chunk in all.chunks(CHUNK) {
        writer.write(identity_rows(feeds, chunk, &spec)?).await?;
    }
    Ok(writer.finish().await?)
}

/// Writes batches that are already in order.
pub(crate) async fn whole(
    lake: &Lake,
    spec: &TableSpec,
    batches: impl IntoIterator<Item = RecordBatch>,
) -> Result<StagedFiles, RunError> {
    let mut writer = lake.writer(spec)?;
    for batch in batches {
        writer.write(batch).await?;
    }
    Ok(writer.finish().await?)
}

fn standard_rows(
    feed: &FeedRows,
    rows: &[RowAt],
    spec: &TableSpec,
) -> Result<RecordBatch, RunError> {
    let places: Vec<(usize, usize)> = rows
        .iter()
        .map(|at| (at.batch as usize, at.row as usize))
        .collect();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(spec.schema.fields().len());
    let mut standard = 0;
    for column in &feed.contract.columns {
        if column.standard == Standard::IdNumber {
            let mention = feed
                .contract
                .mentions
                .iter()
                .position(|m| m.id_number.as_ref() == Some(&column.name));
            let at = |at: &RowAt| {
                mention.map(|mention| RowAt {
                    mention: index(mention),
                    ..*at
                })
            };
            columns.push(Arc::new(statuses(feed, rows.iter().map(at))));
            columns.push(keys_column(rows.iter().map(at).map(|at| feed.key(at?))));
        } else {
            let values: Vec<&dyn Array> = feed
                .batches
                .iter()
                .map(|b| b.columns[standard].as_ref())
                .collect();
            columns.push(interleave(&values, &places)?);
            standard += 1;
        }
    }
    let origin = |at: &RowAt| {
        &feed.origins[feed.batches[at.batch as usize].origin[at.row as usize] as usize]
    };
    columns.push(repeated(rows.iter().map(|at| &*origin(at).delivery)));
    columns.push(repeated(rows.iter().map(|at| &*origin(at).file)));
    columns.push(Arc::new(
        rows.iter()
            .map(|at| Some(source_row(feed, *at)))
            .collect::<Int64Array>(),
    ));
    Ok(RecordBatch::try_new(Arc::clone(&spec.schema), columns)?)
}

fn identity_rows(
    feeds: &[(FeedRows, Order)],
    chunk: &[(ResidentKey, u32, RowAt)],
    spec: &TableSpec,
) -> Result<RecordBatch, RunError> {
    let mentions = || {
        chunk.iter().filter_map(|(_, feed, at)| {
            let feed = &feeds.get(*feed as usize)?.0;
            Some((feed, feed.mention(*at)?, *at))
        })
    };
    let documents = mentions().map(|(_, mention, at)| match mention.document[at.row as usize] {
        0 => None,
        code => Some(format!("{code:03}")),
    });
    let origin = |feed: &'_ FeedRows, at: RowAt| {
        feed.batches[at.batch as usize].origin[at.row as usize] as usize
    };
    let names: Vec<String> = feeds
        .iter()
        .map(|(feed, _)| feed.contract.feed.to_string())
        .collect();
    let columns: Vec<ArrayRef> = vec![
        keys_column(chunk.iter().map(|(key, _, _)| Some(*key))),
        Arc::new(documents.collect::<StringViewArray>()),
        repeated(mentions().map(|(_, mention, at)| mention.number.value(at.row as usize))),
        repeated(
            chunk
                .iter()
                .map(|(_, feed, _)| names[*feed as usize].as_str()),
        ),
        repeated(mentions().map(|(feed, _, at)| &*feed.origins[origin(feed, at)].delivery)),
        repeated(mentions().map(|(feed, _, at)| &*feed.origins[origin(feed, at)].file)),
        Arc::new(
            mentions()
                .map(|(feed, _, at)| Some(source_row(feed, at)))
                .collect::<Int64Array>(),
        ),
        repeated(
            mentions()
                .map(|(feed, _, at)| feed.contract.mentions[at.mention as usize].role.as_str()),
        ),
        repeated(
            mentions().map(|(_, mention, at)| mention.number_status[at.row as usize].as_str()),
        ),
        keys_column(mentions().map(|(_, mention, at)| mention.mention_key[at.row as usize])),
    ];
    Ok(RecordBatch::try_new(Arc::clone(&spec.schema), columns)?)
}

fn statuses(feed: &FeedRows, rows: impl Iterator<Item = Option<RowAt>>) -> StringViewArray {
    rows.map(|at| {
        let at = at?;
        Some(feed.mention(at)?.status[at.row as usize].as_str())
    })
    .collect()
}

fn source_row(feed: &FeedRows, at: RowAt) -> i64 {
    feed.batches[at.batch as usize].row[at.row as usize]
}

/// Texts that repeat from row to row, each held once.
fn repeated<'a>(texts: impl Iterator<Item = &'a str>) -> ArrayRef {
    let mut column = StringViewBuilder::new().with_deduplicate_strings();
    texts.for_each(|text| column.append_value(text));
    Arc::new(column.finish())
}
