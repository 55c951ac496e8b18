//! A patched table: the rows that were there, with the cells that changed, and the new ones behind them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use common::{local, lock, meta, stage};
use proptest::prelude::*;
use rongtong_lake::{Change, Lake, Patch, TableSpec};
use serde_json::Value;

type Row = (Option<String>, i64, Vec<i64>);

/// Keys, numbers and lists; in row groups of five and files of a few.
fn spec() -> TableSpec {
    let item = Field::new("element", DataType::Int64, true);
    let schema = Schema::new(vec![
        Field::new("resident_key", DataType::Utf8View, true),
        Field::new("number", DataType::Int64, true),
        Field::new("list", DataType::List(Arc::new(item)), true),
    ]);
    TableSpec {
        row_group_rows: 5,
        file_bytes: 2_000,
        ..TableSpec::new("rows", Arc::new(schema), "测试 / a test")
    }
}

fn batch(rows: &[Row]) -> RecordBatch {
    let lists = rows
        .iter()
        .map(|(.., list)| Some(list.iter().copied().map(Some)));
    let item = Arc::new(Field::new("element", DataType::Int64, true));
    let (_, offsets, values, nulls) =
        ListArray::from_iter_primitive::<Int64Type, _, _>(lists).into_parts();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(
            rows.iter()
                .map(|(key, ..)| key.clone())
                .collect::<StringViewArray>(),
        ),
        Arc::new(
            rows.iter()
                .map(|(_, number, _)| *number)
                .collect::<Int64Array>(),
        ),
        Arc::new(ListArray::new(item, offsets, values, nulls)),
    ];
    RecordBatch::try_new(spec().schema, columns).unwrap()
}

async fn read(lake: &Lake) -> Vec<Row> {
    let mut rows = Vec::new();
    let reader = lake.reader().await.unwrap();
    for batch in reader.read("rows").await.unwrap().unwrap() {
        let (keys, numbers, lists) = (
            batch.column(0).as_string_view(),
            batch.column(1).as_primitive::<Int64Type>(),
            batch.column(2).as_list::<i32>(),
        );
        rows.extend((0..batch.num_rows()).map(|row| {
            let key = keys.iter().nth(row).unwrap().map(str::to_owned);
            let list = lists
                .value(row)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec();
            (key, numbers.value(row), list)
        }));
    }
    rows
}

/// What the log's newest entry says of the keys of all files.
fn ranges(log: &std::path::Path) -> Vec<(String, String)> {
    let mut entries: Vec<_> = fs::read_dir(log)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.retain(|entry| entry.extension().is_some_and(|ending| ending == "json"));
    entries.sort();
    let newest = fs::read_to_string(entries.last().unwrap()).unwrap();
    let actions = newest
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let stats = actions.filter_map(|action| {
        let stats = action.get("add")?.get("stats")?.as_str()?.to_owned();
        serde_json::from_str::<Value>(&stats).ok()
    });
    let text = |stats: &Value, of: &str| stats[of]["resident_key"].as_str().map(str::to_owned);
    stats
        .filter_map(|stats| Some((text(&stats, "minValues")?, text(&stats, "maxValues")?)))
        .collect()
}

async fn patched(
    old: &[Row],
    cells: BTreeMap<u64, Option<String>>,
    new: &[Row],
) -> (Vec<Row>, Vec<Row>, Vec<(String, String)>) {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    let lock = lock(&lake).await;
    let parts: Vec<RecordBatch> = old.chunks(7).map(batch).collect();
    let staged = stage(&lake, &spec(), &parts).await;
    let change = vec![Change::Overwrite(staged)];
    let _ = lake.publish(&lock, None, change, &meta()).await.unwrap();
    // Files stand in the order of their names, whatever was written first.
    let mut expected = read(&lake).await;
    for (row, key) in &cells {
        expected[usize::try_from(*row).unwrap()].0.clone_from(key);
    }
    expected.extend(new.iter().cloned());
    let base = lake.reader().await.unwrap().checked();
    let patch = Patch {
        cells: [("resident_key".to_owned(), cells)].into(),
        rows: new.chunks(3).map(batch).collect(),
    };
    let patched = lake.patch(&base, &spec(), patch).await.unwrap();
    let staged = patched.finish().await.unwrap();
    assert_eq!(staged.rows(), expected.len() as u64);
    let change = vec![Change::Overwrite(staged)];
    let _ = lake
        .publish(&lock, base.release(), change, &meta())
        .await
        .unwrap();
    let mut found = read(&lake).await;
    found.sort();
    expected.sort();
    (
        found,
        expected,
        ranges(&root.path().join("rows/_delta_log")),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn cells_change_where_they_stand_and_rows_are_added(
        old in prop::collection::vec((prop::option::weighted(0.9, "[a-f]{4}"), any::<i64>(), prop::collection::vec(any::<i64>(), 0..3)), 0..60),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::option::weighted(0.9, "[a-z]{4}")), 0..9),
        new in prop::collection::vec((prop::option::weighted(0.9, "[a-z]{4}"), any::<i64>(), prop::collection::vec(any::<i64>(), 0..3)), 0..20),
    ) {
        let cells: BTreeMap<u64, Option<String>> = match old.is_empty() {
            true => BTreeMap::new(),
            false => changes.into_iter().map(|(at, key)| (at.index(old.len()) as u64, key)).collect(),
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (found, expected, ranges) = runtime.block_on(patched(&old, cells, &new));
        prop_assert_eq!(&found, &expected);
        // Readers leave out files by what the log says of them.
        for key in expected.iter().filter_map(|(key, ..)| key.as_ref()) {
            let within = |(least, most): &(String, String)| least <= key && key <= most;
            prop_assert!(ranges.iter().any(within), "{key} is in no file");
        }
    }
}
