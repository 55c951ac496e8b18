//! `records` from release to release: written as a whole, or left as it is, and beside it in `records_since` what became
//! of those who were looked at.

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, is_null, not, or, take_record_batch};
use rongtong_identity::ResidentKey;
use rongtong_identity::residents::Recorded;

use super::known::{nothing, rows};
use crate::changes::Changes;
use crate::columns::{conforming, keys_of, texts};
use crate::error::RunError;
use crate::splice::{KEY, Keys, Table};
use crate::tables::{self, RECORDS, RECORDS_SINCE};
use crate::work::Work;
use crate::write;

/// `records` is written anew once `records_since` would have more than one of so many of its rows: both are read
/// whenever a delivery is looked at alone.
const ONE_OF: u64 = 8;

impl Work<'_> {
    /// Writes what is known of the records of those who were looked at; `None`: of everybody.
    pub(crate) async fn write_records(
        &self,
        (recorded, rules): (Option<&Recorded>, &str),
        looked_at: Option<&Arc<Keys>>,
        changes: &mut Changes,
    ) -> Result<(), RunError> {
        let rows = recorded
            .into_iter()
            .flat_map(|recorded| rows(recorded, rules));
        let (all, mut since) = (tables::records(), None);
        match looked_at {
            None => {
                let mut table = self.lake.writer(&all)?;
                for rows in rows {
                    table.write(rows?).await?;
                }
                changes.end(table);
            }
            Some(looked_at) => {
                let rows = rows.collect::<Result<_, _>>()?;
                let before = self.old(RECORDS_SINCE).await?;
                let renewed = renewed(rows, &before, (looked_at, rules))?;
                if renewed.num_rows() as u64 * ONE_OF <= self.rows_of(RECORDS) {
                    since = Some(renewed);
                } else {
                    let gone = keys_of(&renewed, RECORDS_SINCE, KEY)?;
                    let gone = Arc::new(gone.into_iter().flatten().collect());
                    let mut table = Table::spliced(self.lake, &all, self.base, &gone).await?;
                    table.write(said(&renewed)?).await?;
                    changes.end(table.end().await?);
                }
            }
        }
        let since = write::whole(self.lake, &tables::records_since(), since).await?;
        changes.end(since);
        Ok(())
    }
}

/// New rows, with those before of residents who weren't looked at, by resident; those who were and have no record any
/// more have a row that says nothing.
fn renewed(
    new: Vec<RecordBatch>,
    before: &[RecordBatch],
    (looked_at, rules): (&Keys, &str),
) -> Result<RecordBatch, RunError> {
    let schema = tables::records_since().schema;
    let mut named = Keys::default();
    for batch in &new {
        named.extend(keys_of(batch, RECORDS, KEY)?.into_iter().flatten());
    }
    let mut parts = new;
    let gone = looked_at.iter().filter(|key| !named.contains(*key));
    let gone: Vec<ResidentKey> = gone.copied().collect();
    parts.push(nothing(&gone, rules)?);
    for batch in before {
        let keys = keys_of(batch, RECORDS_SINCE, KEY)?.into_iter();
        let stays = keys.map(|key| Some(key.is_some_and(|key| !looked_at.contains(&key))));
        let stays: BooleanArray = stays.collect();
        parts.push(filter_record_batch(&conforming(&schema, batch)?, &stays)?);
    }
    let all = concat_batches(&schema, &parts)?;
    let keys = keys_of(&all, RECORDS_SINCE, KEY)?.into_iter();
    let mut order: Vec<_> = keys.map(|key| (key.is_none(), key)).zip(0..).collect();
    order.sort_unstable();
    let order: UInt32Array = order.into_iter().map(|(_, row)| row).collect();
    Ok(take_record_batch(&all, &order)?)
}

/// The rows that say something.
fn said(rows: &RecordBatch) -> Result<RecordBatch, RunError> {
    let text = |name| texts(rows, RECORDS_SINCE, name);
    let of_nobody = is_null(text(KEY)?)?;
    let says = or(&of_nobody, &not(&is_null(text("standing")?)?)?)?;
    Ok(filter_record_batch(rows, &says)?)
}
