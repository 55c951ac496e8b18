//! Evidence as a column.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, ListArray, RecordBatch, StringViewArray,
    StringViewBuilder, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use rongtong_identity::linkage::Step;

use super::tables::step_fields;
use crate::columns::lists;
use crate::error::RunError;

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

/// A column `evidence` of some rows of a table.
pub(super) struct Bars<'a> {
    lists: &'a ListArray,
    comparisons: &'a StringViewArray,
    levels: &'a StringViewArray,
    weights: &'a Float64Array,
}

impl<'a> Bars<'a> {
    pub(super) fn of(batch: &'a RecordBatch, table: &str) -> Result<Self, RunError> {
        let lists = lists(batch, table, "evidence")?;
        let wrong = || RunError::column_type(table, "evidence", lists.data_type());
        let entries = lists.values().as_struct_opt().ok_or_else(wrong)?;
        let part = |name| entries.column_by_name(name).ok_or_else(wrong);
        let text = |name| part(name)?.as_string_view_opt().ok_or_else(wrong);
        Ok(Self {
            lists,
            comparisons: text("comparison")?,
            levels: text("level")?,
            weights: part("weight")?.as_primitive_opt().ok_or_else(wrong)?,
        })
    }

    /// The evidence in a row.
    pub(super) fn steps(&self, row: usize) -> impl Iterator<Item = Step> {
        let ends = self.lists.value_offsets();
        let [start, end] = [ends[row], ends[row + 1]].map(|end| usize::try_from(end).unwrap_or(0));
        let bars = match self.lists.is_valid(row) {
            true => start..end,
            false => 0..0,
        };
        bars.map(|at| Step {
            comparison: self.comparisons.value(at).into(),
            level: self.levels.value(at).into(),
            weight: self.weights.value(at),
        })
    }
}
