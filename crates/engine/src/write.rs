//! The tables that rows become: sorted by resident key, or patched.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_contracts::{FeedName, Mention, Standard};
use rongtong_identity::ResidentKey;
use rongtong_lake::{Lake, Patch, TableSpec, TableWriter};
use tokio::runtime::Handle;

use crate::arrange::arrange;
use crate::changes::Changes;
use crate::columns::{chosen, keys_column};
use crate::error::RunError;
use crate::order::{Order, Together};
use crate::own_keys::InTurn;
use crate::resolve::{Cells, ResolvedFeed};
use crate::rows::{CHUNK, FeedRows, MentionRows, NEW, RowAt, RowBatch, index};
use crate::spill::Column;
use crate::splice::KEY;
use crate::tables;
use crate::work::Work;

impl Work<'_> {
    /// Puts the rows of all feeds in order and writes the tables of those that changed, several feeds at a time, the
    /// largest first; `patched` says that the rows are not all there are. The feeds come back with the order of their
    /// mentions.
    pub(crate) fn write_standard(
        &self,
        feeds: Vec<FeedRows>,
        resolved: &mut [ResolvedFeed],
        (news, patched): (&HashSet<FeedName>, bool),
        changes: &mut Changes,
    ) -> Result<Vec<(FeedRows, Order)>, RunError> {
        let mut work = Vec::with_capacity(feeds.len());
        for (feed, resolved) in feeds.into_iter().zip(resolved) {
            let spec = tables::standard(&feed.contract);
            let known = self.base.has(&spec.name);
            let same = known && !resolved.changed && !news.contains(&feed.contract.feed);
            let written = match (same, known && patched) {
                (true, _) => Written::Same,
                (false, true) => Written::Patched(std::mem::take(&mut resolved.cells)),
                (false, false) => Written::Whole(self.lake.writer(&spec)?),
            };
            work.push((work.len(), feed, written));
        }
        work.sort_by_key(|(_, feed, _)| Reverse(feed.len()));
        let runtime = Handle::current();
        let mut written: Vec<(usize, Arranged)> = tokio::task::block_in_place(|| {
            let all = work.into_iter().par_bridge();
            let arranged =
                all.map(|(at, feed, written)| Ok((at, self.arranged(feed, written, &runtime)?)));
            arranged.collect::<Result<_, RunError>>()
        })?;
        written.sort_by_key(|(at, _)| *at);
        let mut ordered = Vec::with_capacity(written.len());
        for (_, Arranged { feed, order, table }) in written {
            changes.join(table);
            ordered.push((feed, order));
        }
        Ok(ordered)
    }

    fn arranged(
        &self,
        feed: FeedRows,
        written: Written,
        runtime: &Handle,
    ) -> Result<Arranged, RunError> {
        let (feed, order) = arrange(feed, &self.spill)?;
        let mut table = Changes::default();
        match written {
            Written::Same => {}
            Written::Whole(writer) => table.end(standard(writer, &feed)?),
            Written::Patched(cells) => {
                let rows = new_standard(&feed)?;
                let spec = tables::standard(&feed.contract);
                let patch = Patch { cells, rows };
                table.end(runtime.block_on(self.lake.patch(self.base, &spec, patch))?);
            }
        }
        Ok(Arranged { feed, order, table })
    }

    /// Writes `identities`, or patches it with these keys.
    pub(crate) async fn write_numbers(
        &self,
        feeds: &[(FeedRows, Order)],
        patched: Option<Cells>,
    ) -> Result<Changes, RunError> {
        let spec = tables::identities();
        let rows = identities(feeds);
        let mut table = Changes::default();
        if let Some(keys) = patched {
            let patch = Patch {
                cells: [(KEY.to_owned(), keys)].into(),
                rows: rows.collect::<Result<_, _>>()?,
            };
            table.end(self.lake.patch(self.base, &spec, patch).await?);
            return Ok(table);
        }
        let mut writer = self.lake.writer(&spec)?;
        for rows in rows {
            writer.write(rows?).await?;
        }
        table.end(writer);
        Ok(table)
    }
}

/// A feed whose rows are arranged, and its table where that changed.
struct Arranged {
    feed: FeedRows,
    /// Of its mentions.
    order: Order,
    table: Changes,
}

/// How a feed's table comes by its next version.
enum Written {
    /// It stays as it is.
    Same,
    /// All rows are written.
    Whole(TableWriter),
    /// Some cells change, and new rows are added.
    Patched(BTreeMap<String, Cells>),
}

/// Writes `standard/<department>/<feed>` of an arranged feed, from a thread that is no part of an async runtime.
fn standard(mut writer: TableWriter, feed: &FeedRows) -> Result<TableWriter, RunError> {
    let spec = tables::standard(&feed.contract);
    for batch in &feed.batches {
        writer.write_blocking(standard_rows(feed, batch, &spec)?)?;
    }
    Ok(writer)
}

/// The rows of an arranged feed that its table doesn't have yet.
fn new_standard(feed: &FeedRows) -> Result<Vec<RecordBatch>, RunError> {
    let spec = tables::standard(&feed.contract);
    let rows = feed.batches.iter().map(|batch| {
        let new: BooleanArray = batch.place.iter().map(|at| Some(*at == NEW)).collect();
        match new.has_true() {
            true => Ok(Some(filter_record_batch(
                &standard_rows(feed, batch, &spec)?,
                &new,
            )?)),
            false => Ok(None),
        }
    });
    rows.filter_map(Result::transpose).collect()
}

/// The rows of `identities`: every number that any mention states, broken ones included.
fn identities<'a>(
    feeds: &'a [(FeedRows, Order)],
) -> impl Iterator<Item = Result<RecordBatch, RunError>> + use<'a> {
    let spec = tables::identities();
    let mut stated = Together::of(feeds).filter(|(_, feed, at)| {
        let mention = feeds
            .get(*feed as usize)
            .and_then(|(feed, _)| feed.mention(*at));
        mention.is_some_and(|mention| {
            let place = mention.number_place.get(at.row as usize);
            mention.has_number(at.row as usize) && place.is_none_or(|place| *place == NEW)
        })
    });
    let mut own_keys = InTurn::default();
    std::iter::from_fn(move || {
        let chunk: Vec<_> = stated.by_ref().take(CHUNK).collect();
        (!chunk.is_empty()).then(|| identity_rows(feeds, &chunk, &mut own_keys, &spec))
    })
}

/// Writes batches that are already in order, all rows of a table.
pub(crate) async fn whole(
    lake: &Lake,
    spec: &TableSpec,
    batches: impl IntoIterator<Item = RecordBatch>,
) -> Result<TableWriter, RunError> {
    let mut writer = lake.writer(spec)?;
    for batch in batches {
        writer.write(batch).await?;
    }
    Ok(writer)
}

fn standard_rows(
    feed: &FeedRows,
    rows: &RowBatch,
    spec: &TableSpec,
) -> Result<RecordBatch, RunError> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(spec.schema.fields().len());
    let mut standard = rows.columns.iter();
    for column in &feed.contract.columns {
        if column.standard == Standard::IdNumber {
            let states = |m: &&Mention| m.id_number.as_ref() == Some(&column.name);
            let mentions = feed.contract.mentions.iter().zip(&rows.mentions);
            let mention = mentions
                .filter(|(m, _)| states(m))
                .map(|(_, rows)| rows)
                .next();
            let status = |row: usize| mention.map(|m: &MentionRows| m.status[row].as_str());
            let key = |row: usize| feed.keys.get(mention?.key[row] as usize).copied();
            let places = 0..rows.len();
            let statuses: StringViewArray = places.clone().map(status).collect();
            columns.push(Arc::new(statuses));
            columns.push(keys_column(places.map(key)));
        } else {
            columns.extend(standard.next().map(Column::get).transpose()?);
        }
    }
    let mut origins = Origins::default();
    origins.add(feed);
    let origin = || rows.origin.iter().copied();
    columns.push(chosen(&origins.deliveries, origin())?);
    columns.push(chosen(&origins.files, origin())?);
    columns.push(Arc::new(Int64Array::from(rows.row.get()?.into_owned())));
    Ok(RecordBatch::try_new(Arc::clone(&spec.schema), columns)?)
}

fn identity_rows<'a>(
    feeds: &'a [(FeedRows, Order)],
    chunk: &[(u32, u32, RowAt)],
    own_keys: &mut InTurn<'a>,
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
        .map(|(_, mention, at)| mention.number(at.row as usize))
        .collect();
    let statuses: StringViewArray = mentions()
        .map(|(_, mention, at)| Some(mention.number_status[at.row as usize].as_str()))
        .collect();
    let own_keys = chunk.iter().map(|(_, at, place)| {
        let feed = feeds.get(*at as usize);
        feed.map_or(Ok(None), |(feed, _)| own_keys.of((*at, feed), *place))
    });
    let own_keys: Vec<Option<ResidentKey>> = own_keys.collect::<Result<_, _>>()?;
    let source_rows = mentions().map(|(feed, _, at)| source_row(feed, at));
    let source_rows: Vec<i64> = source_rows.collect::<Result<_, _>>()?;
    let columns: Vec<ArrayRef> = vec![
        keys_column(mentions().map(|(feed, _, at)| feed.key(at))),
        Arc::new(documents),
        Arc::new(numbers),
        chosen(&feed_names, chunk.iter().map(|(_, feed, _)| *feed))?,
        chosen(&origins.deliveries, origin())?,
        chosen(&origins.files, origin())?,
        Arc::new(Int64Array::from(source_rows)),
        chosen(&origins.roles, role())?,
        Arc::new(statuses),
        keys_column(own_keys.into_iter()),
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

fn source_row(feed: &FeedRows, at: RowAt) -> Result<i64, ArrowError> {
    Ok(feed.batches[at.batch as usize].row.get()?[at.row as usize])
}
