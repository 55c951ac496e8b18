//! A feed's standard rows in memory, with whom they name.

use std::borrow::Cow;
use std::sync::Arc;

use ahash::RandomState;
use arrow::array::{Array, ArrayRef, AsArray, Date32Array, StringViewArray};
use arrow::buffer::ScalarBuffer;
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use indexmap::IndexSet;
use rayon::prelude::*;
use rongtong_connector_kit::{MentionColumns, StandardBatch, standard_columns};
use rongtong_contracts::Contract;
use rongtong_identity::residents::{Basis, KEYLESS, Written};
use rongtong_identity::{KeyMaker, ResidentKey, Rows};
use rongtong_standards::identity::{IdStatus, number_of};

use crate::own_keys::OwnKeys;
use crate::source_rows::SourceRows;
use crate::spill::{Column, Spill};

/// Rows, or residents, that are worked on at a time. A batch of an arranged feed has so many, only its last one fewer.
pub(crate) const CHUNK: usize = 8_192;

/// The place of a row that no table has yet.
pub(crate) const NEW: u64 = u64::MAX;

/// All rows of a feed that are in force. Personal data: these types have no `Debug`.
pub(crate) struct FeedRows {
    pub(crate) contract: Arc<Contract>,
    /// Where rows came from; rows point here by number.
    pub(crate) origins: IndexSet<Origin, RandomState>,
    /// The distinct keys of all mentions, those of other feeds too, ascending; mentions point here by number.
    pub(crate) keys: Arc<[ResidentKey]>,
    pub(crate) batches: Vec<RowBatch>,
}

/// One file of one delivery.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// `_delivery`.
    pub(crate) delivery: Arc<str>,
    /// `_source_file`.
    pub(crate) file: Arc<str>,
    /// As-of day of the delivery.
    pub(crate) as_of: i32,
}

/// Some rows of a feed; all vectors are of equal length.
pub(crate) struct RowBatch {
    /// In the order of [`standard_columns`].
    pub(crate) columns: Vec<Column>,
    /// Index into [`FeedRows::origins`].
    pub(crate) origin: Vec<u32>,
    /// `_source_row`.
    pub(crate) row: SourceRows,
    /// The row's own time in microseconds, `i64::MIN` where it has none. Empty at rest: a column says it.
    pub(crate) time: Vec<i64>,
    /// Whether the rows are in the lake already.
    pub(crate) known: bool,
    /// The rows' places in their table, [`NEW`] for new ones; empty where the table is written as a whole.
    pub(crate) place: Vec<u64>,
    /// One for each mention of the contract.
    pub(crate) mentions: Vec<MentionRows>,
    /// One for each mention as well; none once the mentions are resolved.
    pub(crate) evidence: Vec<Evidence>,
}

/// The people that a batch names in one role.
pub(crate) struct MentionRows {
    /// What the number alone says.
    pub(crate) number_status: Vec<IdStatus>,
    pub(crate) document: Vec<u16>,
    /// First 17 digits of an 18-character number; 0 for all other documents.
    pub(crate) body: Vec<u64>,
    /// The numbers that no usable body says.
    pub(crate) written: Written,
    /// The places in `identities`, as [`RowBatch::place`].
    pub(crate) number_place: Vec<u64>,
    /// The keys that the mentions have when their numbers aren't followed.
    pub(crate) own_keys: OwnKeys,
    /// The keys that the mentions have in the last release; empty where they are new.
    pub(crate) before: Vec<Option<ResidentKey>>,
    /// Set by resolve: who it is, as an index into [`FeedRows::keys`].
    pub(crate) key: Vec<u32>,
    /// Set by resolve: what became of the number.
    pub(crate) status: Vec<IdStatus>,
    /// Set by resolve: on what ground the key stands.
    pub(crate) basis: Vec<Basis>,
    /// Set by resolve: the rows to which a link gave the key, each with the link's place among all links.
    pub(crate) link: Vec<(u32, u32)>,
}

/// What a mention says of who it is, beside its number, and when: only resolving asks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Evidence {
    pub(crate) time: ScalarBuffer<i64>,
    pub(crate) name: StringViewArray,
    pub(crate) birth_date: Option<Date32Array>,
    pub(crate) sex: ScalarBuffer<u8>,
}

/// One mention in one row of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowAt {
    pub(crate) batch: u32,
    pub(crate) row: u32,
    pub(crate) mention: u32,
}

impl FeedRows {
    pub(crate) fn new(contract: Arc<Contract>) -> Self {
        Self {
            contract,
            origins: IndexSet::default(),
            keys: Arc::default(),
            batches: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.batches.iter().map(RowBatch::len).sum()
    }

    /// The mention at a place; `None` in feeds about no person.
    pub(crate) fn mention(&self, at: RowAt) -> Option<&MentionRows> {
        self.batches
            .get(at.batch as usize)?
            .mentions
            .get(at.mention as usize)
    }

    /// The place of a mention's key among [`FeedRows::keys`]; [`KEYLESS`] where it has none.
    pub(crate) fn rank(&self, at: RowAt) -> u32 {
        let mention = self.mention(at);
        let rank = mention.and_then(|mention| mention.key.get(at.row as usize));
        rank.copied().unwrap_or(KEYLESS)
    }

    /// The key of a mention.
    pub(crate) fn key(&self, at: RowAt) -> Option<ResidentKey> {
        self.keys.get(self.rank(at) as usize).copied()
    }

    /// The mentions keep the keys they have in the last release.
    pub(crate) fn keep_keys(&mut self) {
        let mentions = self
            .batches
            .iter_mut()
            .flat_map(|batch| &mut batch.mentions);
        let mut mentions: Vec<&mut MentionRows> = mentions.collect();
        let before = mentions.iter().flat_map(|mention| &mention.before);
        let mut keys: Vec<ResidentKey> = before.copied().flatten().collect();
        keys.sort_unstable();
        keys.dedup();
        for mention in &mut mentions {
            let rank = |key: &Option<ResidentKey>| keys.binary_search(key.as_ref()?).ok();
            let ranks = mention.before.iter().map(rank);
            mention.key = ranks.map(|rank| rank.map_or(KEYLESS, index)).collect();
        }
        self.keys = keys.into();
    }

    /// The values of a standard column in some rows: batch and row.
    pub(crate) fn gather(
        &self,
        column: usize,
        rows: &[(usize, usize)],
    ) -> Result<ArrayRef, ArrowError> {
        let wanted = self.batches.iter().map(|batch| batch.columns[column].get());
        let arrays: Vec<ArrayRef> = wanted.collect::<Result<_, _>>()?;
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        interleave(&arrays, rows)
    }

    /// Brings back what came to rest beside the columns.
    pub(crate) fn wake(&mut self) -> Result<(), ArrowError> {
        let contract = &self.contract;
        self.batches.par_iter_mut().try_for_each(|batch| {
            batch.row = SourceRows::Held(batch.row.take()?);
            if batch.time.len() == batch.len() {
                return Ok(());
            }
            let says = time_column(contract).and_then(|at| batch.columns.get(at));
            let says = says.map(Column::get).transpose()?;
            batch.time = times_of(says.as_ref(), batch.len());
            Ok(())
        })
    }

    /// Place of a column among the standard columns.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        standard_columns(&self.contract).position(|column| column.name == name)
    }

    /// As-of day of a row's delivery.
    pub(crate) fn as_of(&self, batch: &RowBatch, row: usize) -> i32 {
        let origin = batch.origin.get(row).map(|origin| *origin as usize);
        let origin = origin.and_then(|origin| self.origins.get_index(origin));
        origin.map_or(0, |origin| origin.as_of)
    }

    /// Adds more rows.
    pub(crate) fn add(&mut self, more: Self) {
        let here: Vec<u32> = more
            .origins
            .into_iter()
            .map(|origin| self.origin(origin))
            .collect();
        for mut batch in more.batches {
            for at in &mut batch.origin {
                *at = here.get(*at as usize).copied().unwrap_or(*at);
            }
            self.batches.push(batch);
        }
    }

    /// Index of `origin`, added if new.
    pub(crate) fn origin(&mut self, origin: Origin) -> u32 {
        let (at, _) = self.origins.insert_full(origin);
        index(at)
    }

    /// Adds the rows of a standardised batch that came from `origin`.
    pub(crate) fn push(&mut self, origin: u32, batch: StandardBatch, keys: &KeyMaker) {
        let rows = RowBatch::of(&self.contract, batch, origin, keys);
        self.batches.push(rows);
    }
}

impl RowBatch {
    /// The rows of a standardised batch that came from the origin of this number.
    pub(crate) fn of(
        contract: &Contract,
        batch: StandardBatch,
        origin: u32,
        keys: &KeyMaker,
    ) -> Self {
        let rows = batch.row_numbers.len();
        let time = ScalarBuffer::from(times(contract, &batch.columns, rows));
        let feed = contract.feed.to_string();
        let several = contract.mentions.len() > 1;
        let mentions = batch.mentions.into_iter().zip(&contract.mentions);
        let (mentions, evidence) = mentions
            .map(|(mention, spec)| {
                let role = if several { spec.role.as_str() } else { "" };
                let own_keys = OwnKeys::Held(own_keys(&mention, &feed, role, keys));
                let identity = mention.identity;
                let written = Written::of(&identity.number, &identity.document, &identity.body);
                let evidence = Evidence {
                    time: time.clone(),
                    name: mention.name,
                    birth_date: mention.birth_date,
                    sex: mention.sex.into(),
                };
                let mention = MentionRows {
                    status: identity.status.clone(),
                    number_status: identity.status,
                    document: identity.document,
                    body: identity.body,
                    written,
                    number_place: Vec::new(),
                    own_keys,
                    before: Vec::new(),
                    key: Vec::new(),
                    basis: Vec::new(),
                    link: Vec::new(),
                };
                (mention, evidence)
            })
            .unzip();
        Self {
            columns: batch.columns.into_iter().map(Column::Held).collect(),
            origin: vec![origin; rows],
            row: SourceRows::Held(batch.row_numbers),
            time: time.to_vec(),
            known: false,
            place: Vec::new(),
            mentions,
            evidence,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.origin.len()
    }

    /// The rows get a place behind all others.
    pub(crate) fn place_behind(&mut self) {
        let rows = self.len();
        self.place = vec![NEW; rows];
        for mention in &mut self.mentions {
            mention.number_place = vec![NEW; rows];
        }
    }

    /// Brings all columns to rest, and the keys that mentions have of their own.
    pub(crate) fn rest(&mut self, spill: &Arc<Spill>) -> Result<(), ArrowError> {
        for mention in &mut self.mentions {
            mention.own_keys.rest(spill)?;
        }
        for column in &mut self.columns {
            if let Column::Held(held) = column {
                *column = spill.put(held)?;
            }
        }
        self.time = Vec::new();
        self.row.rest(spill)
    }
}

impl MentionRows {
    /// The number that a row states.
    pub(crate) fn number(&self, row: usize) -> Option<Cow<'_, str>> {
        let (document, body) = (*self.document.get(row)?, *self.body.get(row)?);
        match Written::is_body(document, body) {
            true => Some(Cow::Owned(number_of(body))),
            false => self.written.get(row).map(Cow::Borrowed),
        }
    }

    /// Whether a row states a number.
    pub(crate) fn has_number(&self, row: usize) -> bool {
        Written::is_body(self.document[row], self.body[row]) || self.written.get(row).is_some()
    }
}

impl Rows for RowBatch {
    fn column(&self, at: usize) -> Result<Option<ArrayRef>, ArrowError> {
        self.columns.get(at).map(Column::get).transpose()
    }
}

/// The keys that mentions have when their numbers aren't followed. Rows of one person often stand together, as
/// those of several insurances: what says the same as the row before has its key.
fn own_keys(
    mention: &MentionColumns,
    feed: &str,
    role: &str,
    keys: &KeyMaker,
) -> Vec<Option<ResidentKey>> {
    let mut keys = keys.several();
    let mut last = None;
    let mut new = Vec::with_capacity(mention.somebody.len());
    for (row, somebody) in mention.somebody.iter().enumerate() {
        let says = (text_at(&mention.own, row), text_at(&mention.name, row));
        let is_new = *somebody && last.replace(says) != Some(says);
        if is_new {
            keys.mention(feed, says.0, role, says.1);
        }
        new.push(is_new);
    }
    let mut made = keys.made();
    let mut key = None;
    let rows = mention.somebody.iter().zip(new);
    rows.map(|(somebody, is_new)| {
        if is_new {
            key = made.next();
        }
        key.filter(|_| *somebody)
    })
    .collect()
}

/// Batches and their rows are counted in u32: a batch is never longer than the readers make it.
pub(crate) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The rows' own times by the contract's time column.
pub(crate) fn times(contract: &Contract, columns: &[ArrayRef], rows: usize) -> Vec<i64> {
    times_of(time_column(contract).and_then(|at| columns.get(at)), rows)
}

/// The place of the time column among the standard columns.
fn time_column(contract: &Contract) -> Option<usize> {
    let name = contract.time_column.as_ref()?;
    standard_columns(contract).position(|column| column.name == *name)
}

fn times_of(column: Option<&ArrayRef>, rows: usize) -> Vec<i64> {
    const DAY_MICROS: i64 = 86_400_000_000;
    let Some(column) = column else {
        return vec![i64::MIN; rows];
    };
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => column
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|time| time.unwrap_or(i64::MIN))
            .collect(),
        DataType::Date32 => column
            .as_primitive::<Date32Type>()
            .iter()
            .map(|day| day.map_or(i64::MIN, |day| i64::from(day) * DAY_MICROS))
            .collect(),
        _ => vec![i64::MIN; rows],
    }
}

/// A cell's text, empty where it has none.
fn text_at(cells: &StringViewArray, row: usize) -> &str {
    match cells.is_valid(row) {
        true => cells.value(row),
        false => "",
    }
}
