//! The tables that rows become, sorted by resident key.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::{interleave, take};
use arrow::error::ArrowError;
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
const CHUNK: usize = 16_384;

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
    let some = CHUNK * rayon::current_num_threads();
    for chunks in all.chunks(some) {
        let rows = || {
            let chunks = chunks.par_chunks(CHUNK);
            chunks.map(|chunk| identity_rows(feeds, chunk, &spec))
        };
        let rows: Vec<_> = tokio::task::block_in_place(|| rows().collect());
        for rows in rows {
            writer.write(rows?).await?;
        }
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
    let mut origins = Origins::default();
    origins.add(feed);
    let origin = || rows.iter().map(|at| origin_of(feed, *at));
    columns.push(chosen(&origins.deliveries, origin())?);
    columns.push(chosen(&origins.files, origin())?);
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
    let feed_names: Vec<String> = feeds
        .iter()
        .map(|(feed, _)| feed.contract.feed.to_string())
        .collect();
    let mut origins = Origins::default();
    let firsts: Vec<Firsts> = feeds.iter().map(|(feed, _)| origins.add(feed)).collect();
    let at_feed = || chunk.iter().map(|(_, feed, _)| *feed as usize);
    let origin = || {
        let origins = at_feed().zip(chunk);
        origins.map(|(feed, (_, _, at))| firsts[feed].origin + origin_of(&feeds[feed].0, *at))
    };
    let role = || {
        let roles = at_feed().zip(chunk);
        roles.map(|(feed, (_, _, at))| firsts[feed].role + at.mention)
    };
    let documents: StringViewArray = mentions()
        .map(|(_, mention, at)| match mention.document[at.row as usize] {
            0 => None,
            code => DOCUMENT_CODES.get(usize::from(code)),
        })
        .collect();
    let numbers: StringViewArray = mentions()
        .map(|(_, mention, at)| Some(mention.number.value(at.row as usize)))
        .collect();
    let statuses: StringViewArray = mentions()
        .map(|(_, mention, at)| Some(mention.number_status[at.row as usize].as_str()))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        keys_column(chunk.iter().map(|(key, _, _)| Some(*key))),
        Arc::new(documents),
        Arc::new(numbers),
        chosen(&feed_names, chunk.iter().map(|(_, feed, _)| *feed))?,
        chosen(&origins.deliveries, origin())?,
        chosen(&origins.files, origin())?,
        Arc::new(
            mentions()
                .map(|(feed, _, at)| Some(source_row(feed, at)))
                .collect::<Int64Array>(),
        ),
        chosen(&origins.roles, role())?,
        Arc::new(statuses),
        keys_column(mentions().map(|(_, mention, at)| mention.mention_key[at.row as usize])),
    ];
    Ok(RecordBatch::try_new(Arc::clone(&spec.schema), columns)?)
}

/// Where rows of several feeds come from, and the roles in which they name people: a few texts for many rows.
#[derive(Default)]
struct Origins<'a> {
    deliveries: Vec<&'a str>,
    files: Vec<&'a str>,
    roles: Vec<&'a str>,
}

/// The places of a feed's first origin and first role.
struct Firsts {
    origin: u32,
    role: u32,
}

impl<'a> Origins<'a> {
    fn add(&mut self, feed: &'a FeedRows) -> Firsts {
        let firsts = Firsts {
            origin: index(self.deliveries.len()),
            role: index(self.roles.len()),
        };
        self.deliveries
            .extend(feed.origins.iter().map(|o| &*o.delivery));
        self.files.extend(feed.origins.iter().map(|o| &*o.file));
        self.roles
            .extend(feed.contract.mentions.iter().map(|m| m.role.as_str()));
        firsts
    }
}

/// The codes of GA/T 2000.156 as they are written, with their zeros.
static DOCUMENT_CODES: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..1000).map(|code| format!("{code:03}")).collect());

fn origin_of(feed: &FeedRows, at: RowAt) -> u32 {
    feed.batches[at.batch as usize].origin[at.row as usize]
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

/// A column of a few texts, each row's by its place among them.
fn chosen<T: AsRef<str>>(
    texts: &[T],
    places: impl Iterator<Item = u32>,
) -> Result<ArrayRef, ArrowError> {
    let texts = StringViewArray::from_iter_values(texts);
    take(&texts, &UInt32Array::from_iter_values(places), None)
}
