//! Splice: rows of residents who were looked at anew take their place among those of all others.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use ahash::RandomState;
use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use futures::StreamExt as _;
use rongtong_identity::ResidentKey;
use rongtong_lake::{BatchStream, Lake, LakeReader, TableSpec, TableWriter};

use crate::columns::{conforming, keys_of};
use crate::error::RunError;

/// The column of resident keys in all tables but those of feeds.
pub(crate) const KEY: &str = "resident_key";

/// Resident keys.
pub(crate) type Keys = HashSet<ResidentKey, RandomState>;

/// A table in the making, sorted by resident; rows without one stand last.
pub(crate) struct Table {
    writer: TableWriter,
    staying: Option<Staying>,
}

/// The rows of the last release that stay.
struct Staying {
    table: String,
    rows: BatchStream,
    schema: SchemaRef,
    /// Whose rows go, and with them those of nobody.
    gone: Arc<Keys>,
    /// Rows that were read and not written yet.
    ahead: Option<(RecordBatch, Vec<Stays>)>,
}

/// A row that stays: whose it is, and its place in its batch.
type Stays = (ResidentKey, usize);

impl Table {
    /// A table of which all rows are written anew.
    pub(crate) fn anew(lake: &Lake, spec: &TableSpec) -> Result<Self, RunError> {
        Ok(Self {
            writer: lake.writer(spec)?,
            staying: None,
        })
    }

    /// A table of which the rows of `gone` residents, and those of nobody, are written anew.
    pub(crate) async fn spliced(
        lake: &Lake,
        spec: &TableSpec,
        base: &LakeReader,
        gone: &Arc<Keys>,
    ) -> Result<Self, RunError> {
        let staying = base.scan(&spec.name, None).await?;
        let staying = staying.map(|(_, rows)| Staying {
            table: spec.name.clone(),
            rows,
            schema: Arc::clone(&spec.schema),
            gone: Arc::clone(gone),
            ahead: None,
        });
        Ok(Self {
            writer: lake.writer(spec)?,
            staying,
        })
    }

    /// Adds rows in the order of the table, after those of staying residents that come before them.
    pub(crate) async fn write(&mut self, batch: RecordBatch) -> Result<(), RunError> {
        let Some(staying) = &mut self.staying else {
            return Ok(self.writer.write(batch).await?);
        };
        let batch = conforming(&staying.schema, &batch)?;
        let keys = keys_of(&batch, &staying.table, KEY)?;
        let mut done = 0;
        while done < keys.len() {
            let Some((rows, old)) = staying.next().await? else {
                let rest = batch.slice(done, keys.len() - done);
                return Ok(self.writer.write(rest).await?);
            };
            // Old rows up to the last new one, and the new ones up to the last of these.
            let last = keys.last().copied().flatten();
            let before = old.partition_point(|(key, _)| last.is_none_or(|last| *key < last));
            let end = match before == old.len() {
                true => {
                    let last = old.last().map(|(key, _)| *key);
                    let precedes = |key: &Option<ResidentKey>| key.is_some() && *key < last;
                    done + keys[done..].partition_point(precedes)
                }
                false => keys.len(),
            };
            let merged = merged((&rows, &old[..before]), (&batch, &keys, done..end))?;
            if before < old.len() {
                staying.ahead = Some((rows, old[before..].to_vec()));
            }
            done = end;
            self.writer.write(merged).await?;
        }
        Ok(())
    }

    /// Adds batches, one after the other.
    pub(crate) async fn write_all(&mut self, batches: Vec<RecordBatch>) -> Result<(), RunError> {
        for batch in batches {
            self.write(batch).await?;
        }
        Ok(())
    }

    /// Adds the staying rows that are left: all are there.
    pub(crate) async fn end(mut self) -> Result<TableWriter, RunError> {
        if let Some(staying) = &mut self.staying {
            while let Some((rows, old)) = staying.next().await? {
                let nothing = RecordBatch::new_empty(rows.schema());
                let rest = merged((&rows, &old), (&nothing, &[], 0..0))?;
                self.writer.write(rest).await?;
            }
        }
        Ok(self.writer)
    }
}

impl Staying {
    /// The next rows that stay, never none of them.
    async fn next(&mut self) -> Result<Option<(RecordBatch, Vec<Stays>)>, RunError> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        while let Some(batch) = self.rows.next().await {
            let batch = conforming(&self.schema, &batch?)?;
            let keys = keys_of(&batch, &self.table, KEY)?.into_iter();
            let keys = keys.zip(0..).filter_map(|(key, row)| Some((key?, row)));
            let stay: Vec<Stays> = keys.filter(|(key, _)| !self.gone.contains(key)).collect();
            if !stay.is_empty() {
                return Ok(Some((batch, stay)));
            }
        }
        Ok(None)
    }
}

/// Old rows that stay and some of the new ones in one order; no resident is among both.
fn merged(
    (rows, old): (&RecordBatch, &[Stays]),
    (batch, new, within): (&RecordBatch, &[Option<ResidentKey>], Range<usize>),
) -> Result<RecordBatch, ArrowError> {
    let mut places = Vec::with_capacity(old.len() + within.len());
    let mut old = old.iter().peekable();
    for row in within {
        while let Some((_, at)) = old.next_if(|(key, _)| new[row].is_none_or(|new| *key < new)) {
            places.push((0, *at));
        }
        places.push((1, row));
    }
    places.extend(old.map(|(_, at)| (0, *at)));
    interleave_record_batch(&[rows, batch], &places)
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use proptest::prelude::*;
    use rongtong_lake::{Change, ReleaseMeta};

    use super::*;
    use crate::columns::keys_column;
    use crate::tables;

    fn key(number: u128) -> ResidentKey {
        ResidentKey::parse(&format!("{number:032x}")).unwrap()
    }

    /// Rows of `conflicts`: whose they are, and in which run they were written.
    fn rows(keys: &[Option<u128>], run: &str) -> RecordBatch {
        let spec = tables::conflicts();
        let mut columns = vec![keys_column(keys.iter().map(|number| number.map(key)))];
        let words = crate::columns::constant(run, keys.len());
        columns.extend((1..spec.schema.fields().len()).map(|_| Arc::clone(&words)));
        RecordBatch::try_new(spec.schema, columns).unwrap()
    }

    /// What a table holds, as keys and runs.
    fn held(batches: &[RecordBatch]) -> Vec<(Option<ResidentKey>, String)> {
        let rows = batches.iter().flat_map(|batch| {
            let runs = batch.column(1).as_string_view();
            let runs: Vec<String> = runs.iter().map(|run| run.unwrap().to_owned()).collect();
            keys_of(batch, tables::CONFLICTS, KEY)
                .unwrap()
                .into_iter()
                .zip(runs)
        });
        rows.collect()
    }

    async fn spliced(
        old: &[Option<u128>],
        gone: &[u128],
        new: &[Option<u128>],
        width: usize,
    ) -> Vec<(Option<ResidentKey>, String)> {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        let lake = Lake::open(place, &Default::default()).await.unwrap();
        let lock = lake.lock(std::time::Duration::ZERO).await.unwrap();
        let meta = ReleaseMeta {
            run_id: "1".into(),
            at: 0,
        };
        let spec = tables::conflicts();
        let mut table = Table::anew(&lake, &spec).unwrap();
        table.write(rows(old, "old")).await.unwrap();
        let change = Change::Overwrite(table.end().await.unwrap().finish().await.unwrap());
        let _ = lake
            .publish(&lock, None, vec![change], &meta)
            .await
            .unwrap();
        let base = lake.reader().await.unwrap();
        let gone: Arc<Keys> = Arc::new(gone.iter().map(|number| key(*number)).collect());
        let mut table = Table::spliced(&lake, &spec, &base, &gone).await.unwrap();
        for part in new.chunks(width) {
            table.write(rows(part, "new")).await.unwrap();
        }
        let change = Change::Overwrite(table.end().await.unwrap().finish().await.unwrap());
        let _ = lake
            .publish(&lock, base.release(), vec![change], &meta)
            .await
            .unwrap();
        held(
            &lake
                .reader()
                .await
                .unwrap()
                .read(tables::CONFLICTS)
                .await
                .unwrap()
                .unwrap(),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn rows_of_those_looked_at_stand_between_the_others(
            mut old in prop::collection::vec(prop::option::weighted(0.95, 1_u128..40), 0..60),
            gone in prop::collection::hash_set(1_u128..40, 0..20),
            more in prop::collection::vec(prop::option::weighted(0.9, 40_u128..60), 0..10),
            width in 1_usize..20,
        ) {
            let by_key = |key: &Option<u128>| (key.is_none(), *key);
            let gone: Vec<u128> = gone.into_iter().collect();
            // Twice as many rows of each, and some of residents who are new.
            let mut new: Vec<Option<u128>> = gone.iter().flat_map(|key| [Some(*key); 2]).collect();
            new.extend(more);
            old.sort_by_key(by_key);
            new.sort_by_key(by_key);
            let stays = |key: &&Option<u128>| key.is_some_and(|key| !gone.contains(&key));
            let mut expected: Vec<(Option<u128>, &str)> =
                old.iter().filter(stays).map(|key| (*key, "old")).collect();
            expected.extend(new.iter().map(|key| (*key, "new")));
            expected.sort_by_key(|(key, _)| by_key(key));
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(number, run)| (number.map(key), run.to_owned()))
                .collect();
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let found = runtime.block_on(spliced(&old, &gone, &new, width));
            prop_assert_eq!(found, expected);
        }
    }
}
