//! Findings and quarantined rows of a run, and the tables they become.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::{
    SortColumn, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch,
};
use arrow::datatypes::{Int64Type, SchemaRef};
use rongtong_connector_kit::{Finding, Quarantined, rules};

use crate::error::RunError;
use crate::rows::Origin;
use crate::tables;

/// What was found in some rows of one feed.
#[derive(Debug, Default)]
pub(crate) struct FoundIn {
    pub(crate) findings: Vec<(Origin, Finding)>,
    pub(crate) quarantined: Vec<(Origin, Quarantined)>,
}

impl FoundIn {
    /// How often each rule was broken.
    pub(crate) fn by_rule(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for (_, finding) in &self.findings {
            *counts.entry(finding.rule.name.to_owned()).or_default() += 1;
        }
        counts
    }

    pub(crate) fn findings_of(&self, feed: &str) -> Result<RecordBatch, RunError> {
        let all = &self.findings;
        let columns = vec![
            text(all, |_| Some(feed)),
            text(all, |(origin, _)| Some(&origin.delivery)),
            text(all, |(origin, _)| Some(&origin.file)),
            Arc::new(
                all.iter()
                    .map(|(_, finding)| finding.row)
                    .collect::<Int64Array>(),
            ) as ArrayRef,
            text(all, |(_, finding)| finding.column.as_deref()),
            text(all, |(_, finding)| Some(finding.rule.name)),
            text(all, |(_, finding)| Some(finding.rule.severity.as_str())),
        ];
        Ok(RecordBatch::try_new(tables::findings().schema, columns)?)
    }

    pub(crate) fn quarantine_of(&self, feed: &str) -> Result<RecordBatch, RunError> {
        let all = &self.quarantined;
        let columns = vec![
            text(all, |_| Some(feed)),
            text(all, |(origin, _)| Some(&origin.delivery)),
            text(all, |(origin, _)| Some(&origin.file)),
            Arc::new(
                all.iter()
                    .map(|(_, row)| Some(row.row))
                    .collect::<Int64Array>(),
            ) as ArrayRef,
            text(all, |_| None),
            text(all, |(_, row)| Some(row.rule.name)),
            text(all, |(_, row)| Some(row.raw.as_str())),
        ];
        Ok(RecordBatch::try_new(tables::quarantine().schema, columns)?)
    }
}

/// A row for ever: feed, delivery, file, row number.
pub(crate) type Place = (String, String, String, i64);

/// The rows of a findings or quarantine table that stay: those of feeds in `keep` that are not `replayed`,
/// without what resolve found, which it finds anew in every run.
pub(crate) fn staying(
    batches: &[RecordBatch],
    keep: impl Fn(&str) -> bool,
    replayed: &HashSet<Place>,
) -> Result<Vec<RecordBatch>, RunError> {
    let mut stay = Vec::new();
    for batch in batches {
        let column = |name: &str| batch.column_by_name(name).map(|c| c.as_string_view());
        let columns = (
            column("feed"),
            column("_delivery"),
            column("_source_file"),
            column("rule"),
        );
        let rows = batch
            .column_by_name("_source_row")
            .map(|c| c.as_primitive::<Int64Type>());
        let ((Some(feeds), Some(deliveries), Some(files), Some(found)), Some(rows)) =
            (columns, rows)
        else {
            continue;
        };
        let again = |row: usize| {
            let text = |column: &StringViewArray| column.value(row).to_owned();
            !replayed.is_empty()
                && replayed.contains(&(text(feeds), text(deliveries), text(files), rows.value(row)))
        };
        let stays = |row: usize| {
            keep(feeds.value(row)) && found.value(row) != rules::ID_CONTESTED.name && !again(row)
        };
        let mask: BooleanArray = (0..batch.num_rows()).map(|row| Some(stays(row))).collect();
        stay.push(filter_record_batch(batch, &mask)?);
    }
    Ok(stay)
}

/// The batches as one, sorted by all columns from the first on: the same rows, the same table.
pub(crate) fn sorted(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch, RunError> {
    let same: Result<Vec<RecordBatch>, _> = batches
        .iter()
        .map(|batch| RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec()))
        .collect();
    let all = concat_batches(schema, &same?)?;
    let columns: Vec<SortColumn> = all
        .columns()
        .iter()
        .map(|c| SortColumn {
            values: Arc::clone(c),
            options: None,
        })
        .collect();
    Ok(take_record_batch(
        &all,
        &lexsort_to_indices(&columns, None)?,
    )?)
}

fn text<'a, T>(all: &'a [T], of: impl Fn(&'a T) -> Option<&'a str>) -> ArrayRef {
    Arc::new(all.iter().map(of).collect::<StringViewArray>())
}
