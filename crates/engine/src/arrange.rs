//! Arrange: a feed's rows in the order of its table, so that all that follows reads them from first to last.

use std::sync::Arc;
use std::vec::IntoIter;

use arrow::array::{Array, ArrayRef, AsArray, NullArray};
use arrow::compute::interleave;
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_identity::residents::Written;

use crate::order::{Order, of_rows};
use crate::own_keys::OwnKeys;
use crate::rows::{CHUNK, FeedRows, MentionRows, RowBatch};
use crate::source_rows::SourceRows;
use crate::spill::{Column, Spill};

/// A resolved feed with its rows in the order of its table, and the order of its mentions. What only resolving needs
/// is left behind.
///
/// Column by column, so that memory holds one of them.
pub(crate) fn arrange(
    mut feed: FeedRows,
    spill: &Arc<Spill>,
) -> Result<(FeedRows, Order), ArrowError> {
    feed.wake()?;
    let order = of_rows(&feed)?;
    let chunks = order.par_chunks(CHUNK).map(|places| {
        let places = places.iter();
        let places = places.map(|at| (at.batch as usize, at.row as usize));
        places.collect()
    });
    let chunks = chunks.collect();
    drop(order);
    // Rows that name several people are read out of turn, and those about nobody are few: they stay in memory.
    let single = feed.contract.mentions.len() == 1;
    let places = Places {
        batches: chunks,
        spill: single.then_some(spill),
    };
    feed.batches = places.rows(std::mem::take(&mut feed.batches))?;
    let order = match single {
        true => Order::Rows(feed.len()),
        false => Order::of_mentions(&feed)?,
    };
    Ok((feed, order))
}

struct Places<'a> {
    /// For each batch to come the places, batch and row, that its rows have now.
    batches: Vec<Vec<(usize, usize)>>,
    /// Where columns come to rest.
    spill: Option<&'a Arc<Spill>>,
}

impl Places<'_> {
    fn rows(&self, mut old: Vec<RowBatch>) -> Result<Vec<RowBatch>, ArrowError> {
        let first = old.first();
        let known = old.iter().all(|batch| batch.known);
        let columns = 0..first.map_or(0, |batch| batch.columns.len());
        let mentions = 0..first.map_or(0, |batch| batch.mentions.len());
        for mention in old.iter_mut().flat_map(|batch| &mut batch.mentions) {
            mention.link = Vec::new();
        }
        let old = &mut old;
        let mut columns = columns
            .map(|at| self.column(old, at))
            .collect::<Result<Vec<_>, _>>()?;
        let mut mentions = mentions
            .map(|at| self.mentions(old, |batch| &mut batch.mentions[at]))
            .collect::<Result<Vec<_>, _>>()?;
        let mut origin = self.values(old, |batch| &mut batch.origin);
        let row = old.iter_mut().map(|batch| batch.row.take());
        let mut row = self.moved(row.collect::<Result<_, _>>()?);
        let mut time = self.values(old, |batch| &mut batch.time);
        let mut place = self.places(old, |batch| &mut batch.place);
        let batches = std::iter::from_fn(|| {
            Some(RowBatch {
                columns: columns.iter_mut().filter_map(Iterator::next).collect(),
                origin: origin.next()?,
                row: SourceRows::Held(row.next()?),
                time: time.next()?,
                place: place.next()?,
                known,
                mentions: mentions.iter_mut().filter_map(Iterator::next).collect(),
                evidence: Vec::new(),
            })
        });
        Ok(batches.collect())
    }

    fn mentions(
        &self,
        old: &mut [RowBatch],
        of: impl Fn(&mut RowBatch) -> &mut MentionRows,
    ) -> Result<IntoIter<MentionRows>, ArrowError> {
        let written = old.iter_mut().map(|batch| of(batch).written.clone());
        let written: Vec<Written> = written.collect();
        let places = self.batches.iter();
        let mut written = places.map(|places| Written::gather(&written, places));
        let mut body = self.values(old, |batch| &mut of(batch).body);
        let mut number_status = self.values(old, |batch| &mut of(batch).number_status);
        let mut document = self.values(old, |batch| &mut of(batch).document);
        let mut number_place = self.places(old, |batch| &mut of(batch).number_place);
        let own_keys = old.iter_mut().map(|batch| of(batch).own_keys.bits());
        let own_keys = own_keys.collect::<Result<_, _>>()?;
        let mut own_keys = self.gathered(own_keys, |bits| OwnKeys::from_bits(&bits, self.spill))?;
        let mut key = self.values(old, |batch| &mut of(batch).key);
        let mut status = self.values(old, |batch| &mut of(batch).status);
        let mut basis = self.values(old, |batch| &mut of(batch).basis);
        let mentions = std::iter::from_fn(|| {
            Some(MentionRows {
                number_status: number_status.next()?,
                document: document.next()?,
                body: body.next()?,
                written: written.next()?,
                number_place: number_place.next()?,
                own_keys: own_keys.next()?,
                before: Vec::new(),
                key: key.next()?,
                status: status.next()?,
                basis: basis.next()?,
                link: Vec::new(),
            })
        });
        Ok(mentions.collect::<Vec<_>>().into_iter())
    }

    /// The same of places in tables, which rows may have none of.
    fn places(
        &self,
        old: &mut [RowBatch],
        of: impl Fn(&mut RowBatch) -> &mut Vec<u64>,
    ) -> IntoIter<Vec<u64>> {
        match old.iter_mut().all(|batch| of(batch).is_empty()) {
            true => vec![Vec::new(); self.batches.len()].into_iter(),
            false => self.values(old, of),
        }
    }

    /// The values of a column in their new places; the old ones go.
    fn values<T: Copy + Send + Sync>(
        &self,
        old: &mut [RowBatch],
        of: impl Fn(&mut RowBatch) -> &mut Vec<T>,
    ) -> IntoIter<Vec<T>> {
        let old: Vec<Vec<T>> = old
            .iter_mut()
            .map(|batch| std::mem::take(of(batch)))
            .collect();
        self.moved(old)
    }

    /// Values in their new places.
    fn moved<T: Copy + Send + Sync>(&self, old: Vec<Vec<T>>) -> IntoIter<Vec<T>> {
        let new = self.batches.par_iter().map(|places| {
            let values = places.iter().map(|(batch, row)| old[*batch][*row]);
            values.collect()
        });
        new.collect::<Vec<_>>().into_iter()
    }

    /// The same of a standard column.
    fn column(&self, old: &mut [RowBatch], at: usize) -> Result<IntoIter<Column>, ArrowError> {
        let none: ArrayRef = Arc::new(NullArray::new(0));
        let old = old.par_iter_mut().map(|batch| {
            let none = Column::Held(Arc::clone(&none));
            std::mem::replace(&mut batch.columns[at], none).get()
        });
        self.gathered(old.collect::<Result<_, _>>()?, |values| match self.spill {
            Some(spill) => spill.put(&values),
            None => Ok(Column::Held(alone(values))),
        })
    }

    fn gathered<T: Send>(
        &self,
        old: Vec<ArrayRef>,
        keep: impl Fn(ArrayRef) -> Result<T, ArrowError> + Sync,
    ) -> Result<IntoIter<T>, ArrowError> {
        let arrays: Vec<&dyn Array> = old.iter().map(AsRef::as_ref).collect();
        let gather = |places: &Vec<(usize, usize)>| keep(interleave(&arrays, places)?);
        let new: Result<Vec<T>, ArrowError> = self.batches.par_iter().map(gather).collect();
        Ok(new?.into_iter())
    }
}

/// Texts are brought together, and those of other rows go.
fn alone(values: ArrayRef) -> ArrayRef {
    match values.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => values,
    }
}
