//! Conflicts: where feeds say something else than the winner.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::kernels::cmp::neq;
use arrow::compute::{cast, concat_batches, take, take_record_batch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;

use crate::columns::constant;

/// One feed's word about one attribute, and where in a fused chunk both stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dispute {
    pub(crate) attribute: String,
    pub(crate) feed: String,
    /// The column of the feed's claim.
    pub(crate) claim: String,
}

/// One row for each claim that differs from the winner's, by resident, attribute and feed. The chunk is in the
/// order of its keys.
pub(crate) fn conflicts(
    fused: &RecordBatch,
    disputes: &[Dispute],
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let mut sorted: Vec<&Dispute> = disputes.iter().collect();
    sorted.sort_by(|a, b| by_words(a, b));
    let mut parts = Vec::new();
    let mut rows: Vec<u32> = Vec::new();
    for dispute in sorted {
        let differ = differing(fused, dispute)?;
        if !differ.is_empty() {
            parts.push(rows_of(fused, dispute, &differ, schema)?);
            rows.extend(differ.values());
        }
    }
    let all = concat_batches(schema, &parts)?;
    // Parts are sorted by attribute and feed: a stable sort by resident keeps that.
    let mut order: Vec<u32> = (0_u32..).take(rows.len()).collect();
    order.sort_by_key(|at| rows.get(*at as usize));
    take_record_batch(&all, &UInt32Array::from(order))
}

fn by_words(a: &Dispute, b: &Dispute) -> Ordering {
    (&a.attribute, &a.feed).cmp(&(&b.attribute, &b.feed))
}

/// The rows in which the feed claims something, and something else.
fn differing(fused: &RecordBatch, dispute: &Dispute) -> Result<UInt32Array, ArrowError> {
    let claim = column(fused, &dispute.claim)?;
    let value = column(fused, &dispute.attribute)?;
    let claim = cast(claim, value.data_type())?;
    let differ = neq(&claim, value)?;
    let rows = (0_u32..).zip(&differ);
    Ok(rows
        .filter(|(_, differs)| *differs == Some(true))
        .map(|(row, _)| row)
        .collect::<Vec<u32>>()
        .into())
}

fn rows_of(
    fused: &RecordBatch,
    dispute: &Dispute,
    rows: &UInt32Array,
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let of = |name: &str| take(column(fused, name)?, rows, None);
    let text = |name: &str| cast(&of(name)?, &DataType::Utf8View);
    let columns: Vec<ArrayRef> = vec![
        text("resident_key")?,
        constant(&dispute.attribute, rows.len()),
        constant(&dispute.feed, rows.len()),
        text(&dispute.claim)?,
        text(&format!("{}_source", dispute.attribute))?,
        text(&dispute.attribute)?,
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, ArrowError> {
    batch
        .column_by_name(name)
        .ok_or_else(|| ArrowError::SchemaError(format!("fused rows have no column {name}")))
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, StringViewArray};

    use super::*;
    use crate::tables;

    fn dispute(feed: &str) -> Dispute {
        Dispute {
            attribute: "name".into(),
            feed: feed.into(),
            claim: format!("{feed}/name"),
        }
    }

    #[test]
    fn claims_that_differ_stand_by_resident_and_feed() {
        let text = |cells: &[Option<&str>]| -> ArrayRef {
            Arc::new(StringViewArray::from_iter(cells.iter().copied()))
        };
        let fused = RecordBatch::try_from_iter_with_nullable([
            (
                "resident_key",
                text(&[Some("k1"), Some("k2"), Some("k3")]),
                true,
            ),
            ("name", text(&[Some("甲"), Some("乙"), None]), true),
            ("name_source", text(&[Some("a.a"), Some("b.b"), None]), true),
            ("a.a/name", text(&[Some("甲"), None, None]), true),
            ("b.b/name", text(&[Some("丙"), Some("乙"), None]), true),
            ("c.c/name", text(&[Some("丁"), Some("戊"), None]), true),
        ])
        .unwrap();
        let disputes = ["c.c", "b.b", "a.a"].map(dispute);
        let found = conflicts(&fused, &disputes, &tables::conflicts().schema).unwrap();
        let rows: Vec<Vec<String>> = (0..found.num_rows())
            .map(|row| {
                let cell = |column: &ArrayRef| column.as_string_view().value(row).to_owned();
                found.columns().iter().map(cell).collect()
            })
            .collect();
        assert_eq!(
            rows,
            [
                ["k1", "name", "b.b", "丙", "a.a", "甲"],
                ["k1", "name", "c.c", "丁", "a.a", "甲"],
                ["k2", "name", "c.c", "戊", "b.b", "乙"],
            ]
        );
        let none = conflicts(&fused, &[], &tables::conflicts().schema).unwrap();
        assert_eq!(none.num_rows(), 0);
    }
}
