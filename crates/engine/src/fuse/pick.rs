//! The newest non-null value of an attribute for each of a run of residents.

use std::ops::Range;
use std::sync::OnceLock;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use crate::order::Order;
use crate::rows::{FeedRows, RowAt, RowBatch};

/// The mentions of one feed, read along the residents in key order.
pub(crate) struct Along<'a> {
    pub(crate) feed: &'a FeedRows,
    order: &'a Order,
    next: usize,
}

/// For each resident of a chunk the rows that name it, newest first.
pub(crate) struct Groups<'a> {
    pub(crate) feed: &'a FeedRows,
    order: &'a Order,
    ranges: Vec<Range<usize>>,
    /// The batches that the rows lie in, and the number of the first.
    batches: &'a [RowBatch],
    first: u32,
    /// Their standard columns, batch by batch, as far as somebody asked for them.
    loaded: Vec<OnceLock<ArrayRef>>,
    failed: OnceLock<ArrowError>,
}

impl<'a> Along<'a> {
    pub(crate) const fn new(feed: &'a FeedRows, order: &'a Order) -> Self {
        Self {
            feed,
            order,
            next: 0,
        }
    }

    /// The rows of the next residents, by the places of their keys, which go on ascending from chunk to chunk.
    pub(crate) fn groups(&mut self, ranks: &[u32]) -> Groups<'a> {
        let rank_at = |at: usize| self.order.get(at).map(|at| self.feed.rank(at));
        let ranges: Vec<Range<usize>> = ranks
            .iter()
            .map(|rank| {
                while rank_at(self.next).is_some_and(|at| at < *rank) {
                    self.next += 1;
                }
                let start = self.next;
                while rank_at(self.next) == Some(*rank) {
                    self.next += 1;
                }
                start..self.next
            })
            .collect();
        Groups::new(self.feed, self.order, ranges)
    }
}

impl<'a> Groups<'a> {
    fn new(feed: &'a FeedRows, order: &'a Order, ranges: Vec<Range<usize>>) -> Self {
        let rows = ranges.iter().cloned().flatten();
        let rows = rows.filter_map(|at| order.get(at));
        let within = rows.fold(None, |within: Option<(u32, u32)>, at| {
            let (first, last) = within.unwrap_or((at.batch, at.batch));
            Some((first.min(at.batch), last.max(at.batch)))
        });
        let (first, after) = within.map_or((0, 0), |(first, last)| (first, last + 1));
        let batches = &feed.batches[first as usize..after as usize];
        let columns = batches.iter().flat_map(|batch| &batch.columns);
        Self {
            feed,
            order,
            ranges,
            batches,
            first,
            loaded: columns.map(|_| OnceLock::new()).collect(),
            failed: OnceLock::new(),
        }
    }

    /// Tells whether every column that was asked for could be read; those that couldn't seemed empty.
    pub(crate) fn sound(self) -> Result<(), ArrowError> {
        self.failed.into_inner().map_or(Ok(()), Err)
    }

    /// How many residents there are.
    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The rows of resident number `at`, newest first.
    pub(crate) fn rows(&self, at: usize) -> impl Iterator<Item = RowAt> + use<'a> {
        let order = self.order;
        let range = self.ranges.get(at).cloned().unwrap_or_default();
        range.filter_map(move |at| order.get(at))
    }

    /// For each resident the newest row that `has` a value.
    pub(crate) fn newest(&self, has: impl Fn(RowAt) -> bool) -> Picks {
        Picks(
            (0..self.len())
                .map(|at| self.rows(at).find(|row| has(*row)))
                .collect(),
        )
    }

    /// For each resident the newest value of an attribute: `columns` holds for each mention of the
    /// contract the standard column that has it. Codes that say "not known" are no values.
    pub(crate) fn newest_of(&self, columns: &[Option<usize>], unknown: &[String]) -> Picks {
        self.newest(|at| {
            let Some(column) = columns.get(at.mention as usize).copied().flatten() else {
                return false;
            };
            self.has(at, column) && (unknown.is_empty() || !self.says_unknown(at, column, unknown))
        })
    }

    /// The values in the picked rows, null where there is none.
    pub(crate) fn values(
        &self,
        columns: &[Option<usize>],
        data_type: &DataType,
        picks: &Picks,
    ) -> Result<ArrayRef, ArrowError> {
        let nothing = new_null_array(data_type, 1);
        let batches = self.batches.len();
        let mut arrays: Vec<&dyn Array> = Vec::with_capacity(columns.len() * batches + 1);
        for column in columns {
            for batch in 0..batches {
                let cells = match column {
                    Some(column) => self.load(batch, *column)?,
                    None => None,
                };
                arrays.push(cells.map_or(nothing.as_ref(), AsRef::as_ref));
            }
        }
        let none = (arrays.len(), 0);
        arrays.push(&nothing);
        let place = |at: RowAt| {
            let batch = (at.batch - self.first) as usize;
            (at.mention as usize * batches + batch, at.row as usize)
        };
        let places: Vec<(usize, usize)> = picks.0.iter().map(|at| at.map_or(none, place)).collect();
        interleave(&arrays, &places)
    }

    /// A column of the batch at a place among those of the rows.
    fn load(&self, batch: usize, column: usize) -> Result<Option<&ArrayRef>, ArrowError> {
        let Some(cells) = self.batches.get(batch).and_then(|b| b.columns.get(column)) else {
            return Ok(None);
        };
        // All batches of a feed are equally wide.
        let Some(loaded) = self.loaded.get(batch * self.width() + column) else {
            return Ok(None);
        };
        match loaded.get() {
            Some(cells) => Ok(Some(cells)),
            None => {
                let cells = cells.get()?;
                Ok(Some(loaded.get_or_init(|| cells)))
            }
        }
    }

    fn width(&self) -> usize {
        self.batches.first().map_or(0, |batch| batch.columns.len())
    }

    /// The batch's column that a row's cell stands in.
    pub(crate) fn cells(&self, at: RowAt, column: usize) -> Option<&ArrayRef> {
        let batch = at.batch.checked_sub(self.first)?;
        self.load(batch as usize, column).unwrap_or_else(|error| {
            let _ = self.failed.set(error);
            None
        })
    }

    /// A cell's text, where it has one.
    pub(crate) fn text(&self, at: RowAt, column: usize) -> Option<&str> {
        let cells = self.cells(at, column)?.as_string_view_opt()?;
        let row = at.row as usize;
        cells.is_valid(row).then(|| cells.value(row))
    }

    /// Whether a cell has a value.
    pub(crate) fn has(&self, at: RowAt, column: usize) -> bool {
        let cells = self.cells(at, column);
        cells.is_some_and(|cells| cells.is_valid(at.row as usize))
    }

    fn says_unknown(&self, at: RowAt, column: usize, unknown: &[String]) -> bool {
        let said = self.text(at, column);
        said.is_some_and(|said| unknown.iter().any(|code| code == said))
    }

    /// As-of days of the picked rows.
    pub(crate) fn as_of(&self, picks: &Picks) -> Date32Array {
        let batches = &self.feed.batches;
        let day = |at: &RowAt| {
            let batch = &batches[at.batch as usize];
            self.feed.as_of(batch, at.row as usize)
        };
        picks.0.iter().map(|at| at.as_ref().map(day)).collect()
    }

    /// What "newest" compares between feeds: a row's time, then its delivery's as-of.
    pub(crate) fn newness(&self, at: RowAt) -> i128 {
        let batch = &self.feed.batches[at.batch as usize];
        let row = at.row as usize;
        (i128::from(batch.time[row]) << 32) + i128::from(self.feed.as_of(batch, row))
    }
}

/// For each resident the row a value comes from, if any.
#[derive(Debug)]
pub(crate) struct Picks(pub(crate) Vec<Option<RowAt>>);
