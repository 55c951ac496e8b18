//! Load: the rows of a feed that the lake holds, with whom they name.

use std::collections::HashMap;

use ahash::RandomState;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Int64Array, RecordBatch, StringViewArray,
    new_null_array,
};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{can_cast_types, cast, is_null, nullif};
use arrow::datatypes::Date32Type;
use indexmap::IndexSet;
use rayon::prelude::*;
use rongtong_connector_kit::{data_type, standard_columns};
use rongtong_contracts::{Contract, Mention};
use rongtong_identity::ResidentKey;
use rongtong_identity::residents::{Basis, Written};
use rongtong_lake::LakeReader;
use rongtong_standards::identity::{IdStatus, identity_numbers};

use crate::columns::{self, keys_of, parsed, status_of, texts};
use crate::error::RunError;
use crate::own_keys::OwnKeys;
use crate::rows::{Evidence, FeedRows, MentionRows, NEW, Origin, RowBatch, index, times};
use crate::source_rows::SourceRows;
use crate::spill::Column;
use crate::splice::KEY;
use crate::tables::{self, IDENTITIES, LINKS};
use crate::wanted::{Wanted, in_parts};

/// The numbers of all feeds, by the mention that states them, and the own keys of mentions without one
/// that are linked. Personal data: no `Debug`.
#[derive(Default)]
pub(crate) struct Numbers {
    /// The rows of `identities`.
    all: Vec<Number>,
    /// By place the numbers that no body says.
    written: HashMap<u32, Box<str>, RandomState>,
    /// Their places in the table, where only some are wanted.
    places: Option<Vec<u64>>,
    stated: ByMention,
    /// The own keys in `links`.
    own_key: Vec<Option<ResidentKey>>,
    linked: ByMention,
}

/// A number, as far as it can be read, of the mention that states it.
#[derive(Clone, Copy)]
struct Number {
    body: u64,
    mention_key: Option<ResidentKey>,
    document: u16,
    status: IdStatus,
}

impl Numbers {
    /// Reads the tables `identities`, a few batches at a time, and `links`.
    pub(crate) async fn read(
        base: &LakeReader,
        links: &[RecordBatch],
        wanted: &Wanted,
    ) -> Result<Self, RunError> {
        let own_keys = links
            .iter()
            .map(|batch| keys_of(batch, LINKS, "mention_key"));
        let mut numbers = Self {
            own_key: own_keys.collect::<Result<Vec<_>, _>>()?.concat(),
            linked: ByMention::of(links, LINKS)?,
            places: matches!(wanted, Wanted::Those(_)).then(Vec::new),
            ..Self::default()
        };
        let columns = [
            "resident_key",
            "id_type",
            "id_number",
            "feed",
            "_delivery",
            "_source_file",
            "_source_row",
            "role",
            "number_status",
            "mention_key",
        ];
        let of = {
            let wanted = wanted.clone();
            move |first, batch| {
                let named = (IDENTITIES, &[KEY.to_owned()][..]);
                let (batch, places) = wanted.rows((first, batch), named)?;
                let numbers = numbers_of(&batch)?;
                Ok((batch, places, numbers))
            }
        };
        in_parts(base, IDENTITIES, Some(&columns), of, |read| {
            read.into_iter().try_for_each(|read| numbers.add(read))
        })
        .await?;
        Ok(numbers)
    }

    fn add(
        &mut self,
        (identities, places, (numbers, written)): (
            RecordBatch,
            Vec<u64>,
            (Vec<Number>, WrittenRows),
        ),
    ) -> Result<(), RunError> {
        let first = self.all.len();
        self.stated.add(&identities, IDENTITIES, first)?;
        if let Some(all) = &mut self.places {
            all.extend(places);
        }
        self.all.extend(numbers);
        let written = written.into_iter();
        let written = written.map(|(row, text)| (index(first + row), text));
        self.written.extend(written);
        Ok(())
    }
}

/// The numbers that no body says, by row.
type WrittenRows = Vec<(usize, Box<str>)>;

/// The numbers of a batch of `identities`.
fn numbers_of(batch: &RecordBatch) -> Result<(Vec<Number>, WrittenRows), RunError> {
    let text = |name| texts(batch, IDENTITIES, name);
    let (number, document) = (text("id_number")?, text("id_type")?);
    let (status, mention_key) = (text("number_status")?, parsed(text("mention_key")?));
    // What was normalised once stays so: a good number reads as itself.
    let unread: BooleanArray = is_null(document)?;
    let good = nullif(number, &unread)?;
    let read = identity_numbers(good.as_string_view(), Some(document), i32::MAX);
    let mut written = Vec::new();
    let rows = mention_key.into_iter().enumerate();
    let numbers = rows.map(|(row, mention_key)| {
        let (document, body) = (read.document[row], read.body[row]);
        if number.is_valid(row) && !Written::is_body(document, body) {
            written.push((row, number.value(row).into()));
        }
        Ok(Number {
            body,
            mention_key,
            document,
            status: status_of(status, row, (IDENTITIES, "number_status"))?,
        })
    });
    let numbers = numbers.collect::<Result<_, RunError>>()?;
    Ok((numbers, written))
}

/// The rows of a table about mentions, by the mentions.
#[derive(Default)]
struct ByMention {
    sources: HashMap<Source, usize, RandomState>,
    /// For each source its rows: at the number of a row in the source its place in the table, or [`NOWHERE`].
    rows: Vec<Vec<u32>>,
}

/// Feed, delivery, file, role: the same for many mentions.
type Source = [String; 4];

/// No place.
const NOWHERE: u32 = u32::MAX;

impl ByMention {
    fn of(batches: &[RecordBatch], table: &str) -> Result<Self, RunError> {
        let mut all = Self::default();
        let mut first = 0;
        for batch in batches {
            all.add(batch, table, first)?;
            first += batch.num_rows();
        }
        Ok(all)
    }

    /// Enters a batch of which the first row has the place `first`.
    fn add(&mut self, batch: &RecordBatch, table: &str, first: usize) -> Result<(), RunError> {
        let text = |name| texts(batch, table, name);
        let columns = [
            text("feed")?,
            text("_delivery")?,
            text("_source_file")?,
            text("role")?,
        ];
        let rows: &Int64Array = columns::numbers(batch, table, "_source_row")?;
        // Within a batch the same view is the same text.
        let mut seen: HashMap<[u128; 4], usize, RandomState> = HashMap::default();
        for (at, row) in rows.iter().enumerate() {
            let Some(row) = row.and_then(|row| usize::try_from(row).ok()) else {
                continue;
            };
            let views = columns.map(|column| column.views()[at]);
            let source = match seen.get(&views) {
                Some(source) => *source,
                None => {
                    let source = self.source(columns.map(|column| column.value(at).to_owned()));
                    *seen.entry(views).or_insert(source)
                }
            };
            let places = &mut self.rows[source];
            if places.len() <= row {
                places.resize(row + 1, NOWHERE);
            }
            places[row] = index(first + at);
        }
        Ok(())
    }

    fn source(&mut self, source: Source) -> usize {
        let next = self.rows.len();
        let at = *self.sources.entry(source).or_insert(next);
        if at == next {
            self.rows.push(Vec::new());
        }
        at
    }

    /// The rows of those that come from `origins` of a feed in one role, in the order of the origins.
    fn from<'a>(
        &'a self,
        feed: &str,
        origins: &IndexSet<Origin, RandomState>,
        role: &str,
    ) -> Vec<&'a [u32]> {
        let rows = |origin: &Origin| {
            let source = [feed, &origin.delivery, &origin.file, role].map(str::to_owned);
            self.rows.get(*self.sources.get(&source)?)
        };
        let rows = |origin| rows(origin).map(Vec::as_slice).unwrap_or_default();
        origins.iter().map(rows).collect()
    }
}

/// The place in the table of a row of a source.
fn place(source: &[u32], row: i64) -> Option<u32> {
    let place = source.get(usize::try_from(row).ok()?)?;
    Some(*place).filter(|place| *place != NOWHERE)
}

/// Adds rows of the feed in the lake, as they were released, with their places where not all are read. `as_of` gives the as-of day of a delivery.
pub(crate) fn load(
    feed: &mut FeedRows,
    batches: &[(RecordBatch, Vec<u64>)],
    numbers: &Numbers,
    as_of: impl Fn(&str) -> i32,
) -> Result<(), RunError> {
    let table = tables::standard_name(&feed.contract.feed);
    let origins = batches
        .iter()
        .map(|(batch, _)| origins(feed, batch, &table, &as_of))
        .collect::<Result<Vec<_>, _>>()?;
    let (contract, name) = (&feed.contract, feed.contract.feed.to_string());
    let mentions: Vec<LoadedMention<'_>> = contract
        .mentions
        .iter()
        .map(|mention| LoadedMention {
            mention,
            numbers,
            stated: numbers.stated.from(&name, &feed.origins, &mention.role),
            linked: numbers.linked.from(&name, &feed.origins, &mention.role),
        })
        .collect();
    let loaded = batches
        .par_iter()
        .zip(origins)
        .map(|((batch, place), origin)| {
            let rows = batch.num_rows();
            let row: &Int64Array = columns::numbers(batch, &table, "_source_row")?;
            let row = row.values().to_vec();
            let columns: Vec<ArrayRef> = standard_columns(contract)
                .map(|spec| {
                    let stated = data_type(spec.standard);
                    match batch.column_by_name(&spec.name) {
                        Some(held) if can_cast_types(held.data_type(), &stated) => {
                            cast(held, &stated)
                        }
                        // The contract has grown since: null until the feed is reprocessed. Of another type are
                        // only rows that go, or that another release is asked about.
                        _ => Ok(new_null_array(&stated, rows)),
                    }
                })
                .collect::<Result<_, _>>()?;
            let time = times(contract, &columns, rows);
            let said_at = ScalarBuffer::from(time.clone());
            let mentions = mentions
                .iter()
                .map(|mention| {
                    mention.rows((contract, batch), (&columns, &said_at), (&origin, &row))
                })
                .collect::<Result<Vec<_>, _>>()?;
            let (mentions, evidence) = mentions.into_iter().unzip();
            Ok(RowBatch {
                time,
                columns: columns.into_iter().map(Column::Held).collect(),
                origin,
                row: SourceRows::Held(row),
                known: true,
                place: place.clone(),
                mentions,
                evidence,
            })
        });
    let loaded: Result<Vec<RowBatch>, RunError> = loaded.collect();
    feed.batches.extend(loaded?);
    Ok(())
}

/// Where the rows of a batch come from, added to the feed's origins.
fn origins(
    feed: &mut FeedRows,
    batch: &RecordBatch,
    table: &str,
    as_of: impl Fn(&str) -> i32,
) -> Result<Vec<u32>, RunError> {
    let text = |name| texts(batch, table, name);
    let columns = [text("_delivery")?, text("_source_file")?];
    let mut seen: HashMap<[u128; 2], u32, RandomState> = HashMap::default();
    let rows = (0..batch.num_rows()).map(|row| {
        let views = columns.map(|column| column.views()[row]);
        *seen.entry(views).or_insert_with(|| {
            let [delivery, file] = columns.map(|column| column.value(row));
            feed.origin(Origin {
                delivery: delivery.into(),
                file: file.into(),
                as_of: as_of(delivery),
            })
        })
    });
    Ok(rows.collect())
}

/// A mention of a contract, and what is known of its rows by their origins.
struct LoadedMention<'a> {
    mention: &'a Mention,
    numbers: &'a Numbers,
    stated: Vec<&'a [u32]>,
    linked: Vec<&'a [u32]>,
}

impl LoadedMention<'_> {
    /// The people of a batch, whose rows come from these origins and have these numbers there.
    fn rows(
        &self,
        (contract, batch): (&Contract, &RecordBatch),
        (columns, time): (&[ArrayRef], &ScalarBuffer<i64>),
        (origin, row): (&[u32], &[i64]),
    ) -> Result<(MentionRows, Evidence), RunError> {
        let Self {
            mention, numbers, ..
        } = self;
        let rows = batch.num_rows();
        let values = |name: &Option<String>| {
            let name = name.as_ref()?;
            let at = standard_columns(contract).position(|c| c.name == *name)?;
            columns.get(at)
        };
        let (status_name, key_name) = tables::columns_of(mention);
        let table = tables::standard_name(&contract.feed);
        let before = keys_of(batch, &table, &key_name)?;
        let words = texts(batch, &table, &status_name)?;
        let status = (0..rows).map(|row| status_of(words, row, (&table, &status_name)));
        let status = status.collect::<Result<_, _>>()?;
        let places = || origin.iter().zip(row);
        let stated = places().map(|(origin, row)| {
            let at = place(self.stated[*origin as usize], *row)?;
            Some((at, &numbers.all[at as usize]))
        });
        let stated: Vec<Option<(u32, &Number)>> = stated.collect();
        let read = || stated.iter().map(|stated| stated.map(|(_, number)| number));
        let own = places().map(|(origin, row)| {
            let link = place(self.linked[*origin as usize], *row)?;
            numbers.own_key[link as usize]
        });
        let own_keys = read()
            .zip(own)
            .zip(&before)
            .map(|((number, own), before)| match number {
                Some(number) => number.mention_key,
                None => own.or(*before),
            });
        let written = stated.iter().map(|stated| {
            let written = numbers.written.get(&stated.as_ref()?.0);
            written.map(AsRef::as_ref)
        });
        let sex = match (values(&mention.sex), mention.fixed_sex.as_deref()) {
            (Some(stated), _) => stated.as_string_view().iter().map(sex_by_code).collect(),
            (None, fixed) => vec![sex_by_code(fixed); rows],
        };
        let evidence = Evidence {
            time: time.clone(),
            name: values(&mention.name).map_or_else(
                || StringViewArray::new_null(rows),
                |names| names.as_string_view().clone(),
            ),
            birth_date: values(&mention.birth_date)
                .map(|dates| -> Date32Array { dates.as_primitive::<Date32Type>().clone() }),
            sex: ScalarBuffer::from(sex),
        };
        let mention = MentionRows {
            number_status: read()
                .map(|number| number.map_or(IdStatus::Missing, |n| n.status))
                .collect(),
            document: read()
                .map(|number| number.map_or(0, |n| n.document))
                .collect(),
            body: read().map(|number| number.map_or(0, |n| n.body)).collect(),
            written: written.collect(),
            number_place: match &numbers.places {
                Some(places) => stated
                    .iter()
                    .map(|stated| stated.map_or(NEW, |(at, _)| places[at as usize]))
                    .collect(),
                None => Vec::new(),
            },
            own_keys: OwnKeys::Held(own_keys.collect()),
            basis: vec![Basis::Unidentified; rows],
            link: Vec::new(),
            before,
            key: Vec::new(),
            status,
        };
        Ok((mention, evidence))
    }
}

fn sex_by_code(code: Option<&str>) -> u8 {
    match code {
        Some("1") => 1,
        Some("2") => 2,
        _ => 0,
    }
}
