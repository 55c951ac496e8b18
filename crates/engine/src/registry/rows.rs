//! Evidence as a column.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, ListArray, StringViewArray, StringViewBuilder,
    StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Float64Type};
use arrow::error::ArrowError;
use rongtong_identity::linkage::Step;

use super::tables::step_fields;

/// A column `evidence`.
pub(super) fn evidence<'a>(
    rows: impl Iterator<Item = &'a [Step]> + Clone,
) -> Result<ArrayRef, ArrowError> {
    let steps = || rows.clone().flatten();
    let text = |of: fn(&Step) -> &str| -> ArrayRef {
        let mut column = StringViewBuilder::new().with_deduplicate_strings();
        steps().for_each(|step| column.append_value(of(step)));
        Arc::new(column.finish())
    };
    let weights: Float64Array = steps().map(|step| Some(step.weight)).collect();
    let parts = vec![
        text(|step| &step.comparison),
        text(|step| &step.level),
        Arc::new(weights) as ArrayRef,
    ];
    let entries = StructArray::try_new(step_fields(), parts, None)?;
    let item = Field::new_list_field(DataType::Struct(step_fields()), true);
    let offsets = OffsetBuffer::from_lengths(rows.map(<[Step]>::len));
    let lists = ListArray::try_new(Arc::new(item), offsets, Arc::new(entries), None)?;
    Ok(Arc::new(lists))
}

/// The evidence in a row of such a column; empty if it isn't one.
pub(super) fn steps(column: &ArrayRef, row: usize) -> Vec<Step> {
    let Some(lists) = column
        .as_list_opt::<i32>()
        .filter(|lists| lists.is_valid(row))
    else {
        return Vec::new();
    };
    let entries = lists.value(row);
    let Some(entries) = entries.as_struct_opt() else {
        return Vec::new();
    };
    let text = |name: &str| -> Option<StringViewArray> {
        entries.column_by_name(name)?.as_string_view_opt().cloned()
    };
    let weights = entries.column_by_name("weight");
    let weights = weights.and_then(|w| w.as_primitive_opt::<Float64Type>().cloned());
    let (Some(comparisons), Some(levels), Some(weights)) =
        (text("comparison"), text("level"), weights)
    else {
        return Vec::new();
    };
    (0..entries.len())
        .map(|at| Step {
            comparison: comparisons.value(at).into(),
            level: levels.value(at).into(),
            weight: weights.value(at),
        })
        .collect()
}
