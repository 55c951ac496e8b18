//! Clusters of the truth's mentions: from the keys in a lake, or from a peer's file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ahash::AHashMap;
use arrow::array::{AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use futures::TryStreamExt as _;
use rongtong_lake::{Lake, LakeReader};

use crate::Result;
use crate::csv;
use crate::truth::Truth;

/// A cluster for each mention of the truth.
#[derive(Debug)]
pub struct Clustering {
    /// In the order of [`Truth::mentions`]. A mention that nobody placed stands alone.
    pub clusters: Vec<u32>,
    /// Mentions that were not found: rows in quarantine, or without a key.
    pub unplaced: usize,
}

/// The resident keys that the newest release of a lake gives.
///
/// # Errors
/// When the lake can't be read or a table has other columns than LAKE.md says.
pub async fn of_lake(root: &str, truth: &Truth) -> Result<Clustering> {
    let lake = Lake::open(root, &BTreeMap::new()).await?;
    let reader = lake.reader().await?;
    let mut places = Places::of(truth);
    for feed in 0..truth.feeds.len() {
        let table = format!("standard/{}", truth.feeds[feed].replace('.', "/"));
        let Some(schema) = reader.schema(&table).await? else {
            continue;
        };
        for role in places.roles_of(feed) {
            let own = format!("{}_resident_key", truth.roles[role]);
            let key = match schema.index_of(&own) {
                Ok(_) => own.as_str(),
                Err(_) => "resident_key",
            };
            read_keys(&reader, &table, key, places.rows(feed, role)).await?;
        }
    }
    Ok(places.clustering(truth))
}

/// The clusters in a file with the columns feed, source_row, role, cluster.
///
/// # Errors
/// When the file can't be read or lacks a column.
pub fn of_file(path: &Path, truth: &Truth) -> Result<Clustering> {
    let named = |error| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(named)?;
    let mut lines = csv::records(&text);
    if lines.next() != Some("feed,source_row,role,cluster") {
        return Err(format!(
            "{}: the heading must be feed,source_row,role,cluster",
            path.display()
        )
        .into());
    }
    let place = |words: &[String], word: &str| words.iter().position(|known| known == word);
    let mut places = Places::of(truth);
    for line in lines {
        let cells = csv::cells(line);
        let [feed, row, role, cluster] = cells.as_slice() else {
            return Err(format!("{}: a line has not four cells", path.display()).into());
        };
        let (Some(feed), Some(role)) = (place(&truth.feeds, feed), place(&truth.roles, role))
        else {
            continue;
        };
        let rows = places.rows(feed, role);
        if let Some(slot) = rows.get_mut(row.parse::<usize>()?) {
            *slot = cluster.parse::<u128>()? + 1;
        }
    }
    Ok(places.clustering(truth))
}

/// For each feed and role, a key for each row; 0 for none.
struct Places(AHashMap<(usize, usize), Vec<u128>>);

impl Places {
    fn of(truth: &Truth) -> Places {
        let mut last: AHashMap<(usize, usize), usize> = AHashMap::new();
        for mention in &truth.mentions {
            let at = last
                .entry((mention.feed.into(), mention.role.into()))
                .or_default();
            *at = (*at).max(mention.row as usize);
        }
        let sized = last.into_iter().map(|(of, last)| (of, vec![0; last + 1]));
        Places(sized.collect())
    }

    fn roles_of(&self, feed: usize) -> Vec<usize> {
        let of = self.0.keys().filter(|(of, _)| *of == feed);
        of.map(|(_, role)| *role).collect()
    }

    fn rows(&mut self, feed: usize, role: usize) -> &mut Vec<u128> {
        self.0.entry((feed, role)).or_default()
    }

    fn clustering(&self, truth: &Truth) -> Clustering {
        let mut known: AHashMap<u128, u32> = AHashMap::new();
        let mut next = 0;
        let mut unplaced = 0;
        let mut fresh = || {
            next += 1;
            next - 1
        };
        let clusters = truth.mentions.iter().map(|mention| {
            let rows = self.0.get(&(mention.feed.into(), mention.role.into()));
            match rows.and_then(|rows| rows.get(mention.row as usize)) {
                None | Some(0) => {
                    unplaced += 1;
                    fresh()
                }
                Some(key) => *known.entry(*key).or_insert_with(&mut fresh),
            }
        });
        let clusters = clusters.collect();
        Clustering { clusters, unplaced }
    }
}

async fn read_keys(
    reader: &LakeReader,
    table: &str,
    column: &str,
    rows: &mut [u128],
) -> Result<()> {
    let columns = ["_source_row", column];
    let Some((_, mut batches)) = reader.scan(table, Some(&columns)).await? else {
        return Ok(());
    };
    while let Some(batch) = batches.try_next().await? {
        take_keys(&batch, table, column, rows)?;
    }
    Ok(())
}

fn take_keys(batch: &RecordBatch, table: &str, column: &str, rows: &mut [u128]) -> Result<()> {
    let named = |name: &str| {
        let found = batch.column_by_name(name);
        found.ok_or_else(|| format!("{table} has no column {name}"))
    };
    let numbers = named("_source_row")?;
    let numbers = numbers
        .as_primitive_opt::<Int64Type>()
        .ok_or_else(|| format!("{table}: _source_row is not int64"))?;
    let keys = cast(named(column)?, &DataType::Utf8View)?;
    for (number, key) in numbers.values().iter().zip(keys.as_string_view()) {
        let slot = usize::try_from(*number)
            .ok()
            .and_then(|at| rows.get_mut(at));
        if let (Some(slot), Some(key)) = (slot, key) {
            *slot = u128::from_str_radix(key, 16)
                .map_err(|_| format!("{table}: {column} in row {number} is no key"))?;
        }
    }
    Ok(())
}
