//! What is true, so that a linkage can be measured: the entity of each record, or pairs that are one entity.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ahash::RandomState;
use arrow::array::Array;
use rongtong_contracts::LinkJob;

use super::read::File;
use super::records::Rows;
use crate::error::RunError;

/// What is true.
pub(super) enum Truth {
    /// The entity of each record that has one.
    Entities(Vec<Option<u64>>),
    /// Pairs of records that are one entity, the smaller first; all others are two.
    Pairs(BTreeSet<(u32, u32)>),
}

/// Reads a truth: the column of the unique id and one more, the entity; or two columns of ids.
pub(super) async fn read(path: &Path, job: &LinkJob, rows: &Rows) -> Result<Truth, RunError> {
    let wrong = |what| RunError::LinkTruth {
        path: path.to_owned(),
        what,
    };
    let file = File::open(path).await?;
    let names = file.names();
    let id = names.iter().find(|name| **name == job.unique_id);
    let several = names
        .iter()
        .filter(|name| *name != "source_dataset")
        .count();
    if several != 2 {
        return Err(wrong(
            "it needs two columns: the unique id and the entity, or two unique ids of one entity",
        ));
    }
    let known = Known::of(rows);
    let Some(id) = id else {
        let batches = file.read(&names).await?;
        let mut pairs = BTreeSet::new();
        for batch in &batches {
            let [left, right, ..] = batch.as_slice() else {
                continue;
            };
            for row in 0..left.len() {
                if left.is_null(row) || right.is_null(row) {
                    return Err(wrong("a pair lacks an id"));
                }
                let pair = known.pair(left.value(row), right.value(row));
                let (a, b) = pair.ok_or_else(|| wrong("a pair has an id that no table has"))?;
                pairs.insert((a.min(b), a.max(b)));
            }
        }
        return Ok(Truth::Pairs(pairs));
    };
    let entity = names
        .iter()
        .find(|name| *name != id && *name != "source_dataset");
    let dataset = names.iter().find(|name| *name == "source_dataset");
    let mut wanted = vec![id.clone()];
    wanted.extend(entity.cloned());
    wanted.extend(dataset.cloned());
    let batches = file.read(&wanted).await?;
    let mut entities = vec![None; rows.ids.len()];
    let mut numbers: HashMap<String, u64, RandomState> = HashMap::default();
    for batch in &batches {
        let [ids, entity, ..] = batch.as_slice() else {
            continue;
        };
        let datasets = batch.get(2);
        for row in 0..ids.len() {
            if ids.is_null(row) || entity.is_null(row) {
                continue;
            }
            let next = numbers.len() as u64;
            let number = *numbers.entry(entity.value(row).to_owned()).or_insert(next);
            let table = datasets
                .filter(|names| names.is_valid(row))
                .map(|names| names.value(row));
            let table =
                table.and_then(|name| job.tables.iter().position(|table| table.name == name));
            for record in known.records(ids.value(row), table) {
                if let Some(place) = entities.get_mut(record as usize) {
                    *place = Some(number);
                }
            }
        }
    }
    match entities.iter().any(Option::is_some) {
        true => Ok(Truth::Entities(entities)),
        false => Err(wrong("none of its ids is in the tables")),
    }
}

/// Records by their ids.
struct Known<'a> {
    rows: &'a Rows,
    by_id: HashMap<&'a str, Vec<u32>, RandomState>,
}

impl<'a> Known<'a> {
    fn of(rows: &'a Rows) -> Self {
        let mut by_id: HashMap<&str, Vec<u32>, RandomState> = HashMap::default();
        for (record, id) in (0_u32..).zip(&rows.ids) {
            by_id.entry(id).or_default().push(record);
        }
        Self { rows, by_id }
    }

    fn records(&self, id: &str, table: Option<usize>) -> impl Iterator<Item = u32> {
        let all = self.by_id.get(id).into_iter().flatten().copied();
        all.filter(move |record| table.is_none_or(|table| self.table(*record) == table))
    }

    fn table(&self, record: u32) -> usize {
        self.rows
            .table
            .get(record as usize)
            .copied()
            .map_or(0, usize::from)
    }

    /// The left id is of the first table where both tables have it.
    fn pair(&self, left: &str, right: &str) -> Option<(u32, u32)> {
        let (a, b) = (self.by_id.get(left)?, self.by_id.get(right)?);
        Some((*a.first()?, *b.last()?))
    }
}
