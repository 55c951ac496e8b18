//! Feeds for tests: rows in the words of the product's own contracts, standardised and resolved as in a
//! run, but without files and without a lake.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::array_value_to_string;
use rongtong_connector_kit::{Context, Plain, Standardiser};
use rongtong_contracts::{Pipeline, load_pipeline};
use rongtong_formats::TextBatch;
use rongtong_identity::{KeyMaker, ResidentKey, Secret};
use rongtong_standards::identity::number_of;

use crate::arrange::arrange;
use crate::order::Order;
use crate::resolve::{Resolver, resolve};
use crate::rows::{FeedRows, Origin};
use crate::spill::Spill;

/// A row as a department sends it: canonical column name and cell.
pub(crate) type Row<'a> = &'a [(&'a str, &'a str)];

/// 2026-05-27.
pub(crate) const TODAY: i32 = 20_600;

pub(crate) fn pipeline() -> Pipeline {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pipelines/residents_csv");
    load_pipeline(Path::new(path)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub(crate) fn keys() -> KeyMaker {
    KeyMaker::new(&Secret::new("for tests only", "the tests").unwrap())
}

/// A good number: born 1990-01-01 in 330106; odd `sequence` is male.
pub(crate) fn number(sequence: u64) -> String {
    number_of(33_010_619_900_101_000 + sequence)
}

/// The key of [`number`].
pub(crate) fn key(sequence: u64) -> ResidentKey {
    keys().number(111, &number(sequence))
}

/// A feed without rows.
pub(crate) fn feed(pipeline: &Pipeline, name: &str) -> FeedRows {
    let contract = &pipeline.contracts[&name.parse().unwrap()];
    FeedRows::new(Arc::new(contract.clone()))
}

/// Adds one delivery; its rows are numbered from 1.
pub(crate) fn deliver(
    pipeline: &Pipeline,
    feed: &mut FeedRows,
    delivery: &str,
    as_of: i32,
    rows: &[Row<'_>],
) {
    let contract = Arc::clone(&feed.contract);
    let names: Vec<&str> = contract.columns.iter().map(|c| c.name.as_str()).collect();
    for (name, _) in rows.iter().copied().flatten() {
        assert!(names.contains(name), "{} has no {name}", contract.feed);
    }
    let cells = |name: &&str| -> ArrayRef {
        let sent = rows.iter().map(|row| row.iter().find(|(n, _)| n == name));
        Arc::new(
            sent.map(|c| c.map(|(_, cell)| *cell))
                .collect::<StringViewArray>(),
        )
    };
    let field = |name: &&str| Field::new(*name, DataType::Utf8View, true);
    let schema = Schema::new(names.iter().map(field).collect::<Vec<_>>());
    let columns = names.iter().map(cells).collect();
    let batch = TextBatch {
        rows: RecordBatch::try_new(Arc::new(schema), columns).unwrap(),
        row_numbers: (1..).take(rows.len()).collect(),
        broken: Vec::new(),
    };
    let context = Context {
        contract: &contract,
        binding: pipeline.binding(&contract.feed).unwrap(),
        as_of,
    };
    let mut standardiser = Standardiser::new(&Plain, context);
    let mapped = standardiser.map(batch).unwrap();
    let batch = standardiser.standardise(mapped).unwrap();
    assert_eq!(batch.row_numbers.len(), rows.len(), "a row was rejected");
    let origin = feed.origin(Origin {
        delivery: delivery.into(),
        file: format!("{delivery}.csv").into(),
        as_of,
    });
    feed.push(origin, batch, &keys());
}

/// A feed of one delivery of today.
pub(crate) fn today(pipeline: &Pipeline, name: &str, rows: &[Row<'_>]) -> FeedRows {
    let mut feed = feed(pipeline, name);
    deliver(pipeline, &mut feed, "d", TODAY, rows);
    feed
}

/// The feeds with their mentions resolved and put in order.
pub(crate) fn resolved(pipeline: &Pipeline, mut feeds: Vec<FeedRows>) -> Vec<(FeedRows, Order)> {
    let maker = keys();
    resolve(pipeline, &mut feeds, &[], &Resolver::ByNumber(&maker)).unwrap();
    let spill = Spill::new().unwrap();
    let ordered = feeds.into_iter().map(|feed| arrange(feed, &spill).unwrap());
    ordered.collect()
}

/// A cell as text; `None` where it is null.
pub(crate) fn cell(batch: &RecordBatch, row: usize, column: &str) -> Option<String> {
    let values = batch
        .column_by_name(column)
        .unwrap_or_else(|| panic!("no column {column}"));
    values
        .is_valid(row)
        .then(|| array_value_to_string(values, row).unwrap())
}
