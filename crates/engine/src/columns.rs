//! Columns as tables hold them, to read and to write.

use std::sync::Arc;

use arrow::array::builder::NullBufferBuilder;
use arrow::array::{
    Array, ArrayRef, LargeStringArray, ListArray, NativeAdapter, PrimitiveArray, RecordBatch,
    StringViewArray, StringViewBuilder, UInt32Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortColumn, cast, lexsort_to_indices, take, take_record_batch};
use arrow::datatypes::{ArrowPrimitiveType, SchemaRef, UInt32Type};
use arrow::error::ArrowError;
use rongtong_identity::ResidentKey;
use rongtong_standards::identity::IdStatus;

use crate::error::RunError;

/// A column of some rows of a table.
pub(crate) fn column<'a>(
    batch: &'a RecordBatch,
    table: &str,
    name: &str,
) -> Result<&'a ArrayRef, RunError> {
    let missing = || RunError::MissingColumn {
        table: table.to_owned(),
        column: name.to_owned(),
    };
    batch.column_by_name(name).ok_or_else(missing)
}

/// A column of texts.
pub(crate) fn texts<'a>(
    batch: &'a RecordBatch,
    table: &str,
    name: &str,
) -> Result<&'a StringViewArray, RunError> {
    typed(batch, table, name)
}

/// A column of numbers, days or times.
pub(crate) fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    table: &str,
    name: &str,
) -> Result<&'a PrimitiveArray<T>, RunError> {
    typed(batch, table, name)
}

/// A column of lists.
pub(crate) fn lists<'a>(
    batch: &'a RecordBatch,
    table: &str,
    name: &str,
) -> Result<&'a ListArray, RunError> {
    typed(batch, table, name)
}

/// The state of a number that a row of a column `name` says; where it says none, there is no number.
pub(crate) fn status_of(
    words: &StringViewArray,
    row: usize,
    (table, name): (&str, &str),
) -> Result<IdStatus, RunError> {
    use IdStatus::{Contested, Malformed, Masked, Missing, Repaired, Valid};
    if words.is_null(row) {
        return Ok(Missing);
    }
    let known = [Valid, Repaired, Missing, Malformed, Masked, Contested];
    let mut known = known.into_iter();
    let said = known.find(|status| status.as_str() == words.value(row));
    said.ok_or_else(|| RunError::unknown_word(table, name))
}

/// The resident keys in a column of some rows of a table.
pub(crate) fn keys_of(
    batch: &RecordBatch,
    table: &str,
    name: &str,
) -> Result<Vec<Option<ResidentKey>>, RunError> {
    Ok(parsed(texts(batch, table, name)?))
}

/// Resident keys as they stand in a table.
pub(crate) fn parsed(keys: &StringViewArray) -> Vec<Option<ResidentKey>> {
    let key = |row: usize| {
        keys.is_valid(row)
            .then(|| ResidentKey::parse(keys.value(row)))
    };
    (0..keys.len()).map(|row| key(row).flatten()).collect()
}

/// Resident keys as the tables hold them: 32 hex characters.
pub(crate) fn keys_column(keys: impl Iterator<Item = Option<ResidentKey>>) -> ArrayRef {
    const NONE: [u8; 32] = [b'0'; 32];
    let mut valid = NullBufferBuilder::new(keys.size_hint().0);
    let mut hex = Vec::with_capacity(32 * keys.size_hint().0);
    for key in keys {
        valid.append(key.is_some());
        hex.extend_from_slice(&key.map_or(NONE, ResidentKey::hex));
    }
    let offsets = OffsetBuffer::from_repeated_length(32, hex.len() / 32);
    // Hex digits are ASCII, and as many as the offsets say.
    let texts = LargeStringArray::new(offsets, hex.into(), valid.finish());
    Arc::new(StringViewArray::from(&texts))
}

/// One text in every row.
pub(crate) fn constant(text: &str, rows: usize) -> ArrayRef {
    let mut column = StringViewBuilder::with_capacity(rows).with_deduplicate_strings();
    for _ in 0..rows {
        column.append_value(text);
    }
    Arc::new(column.finish())
}

/// A column of a few texts, each row's by its place among them; null where it has none.
pub(crate) fn chosen<T: AsRef<str>, P: Into<NativeAdapter<UInt32Type>>>(
    texts: &[T],
    places: impl Iterator<Item = P>,
) -> Result<ArrayRef, ArrowError> {
    let texts = StringViewArray::from_iter_values(texts);
    take(&texts, &places.collect::<UInt32Array>(), None)
}

/// A batch's first columns as those of a table: Parquet names the items of lists otherwise.
pub(crate) fn conforming(
    schema: &SchemaRef,
    batch: &RecordBatch,
) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(values, field)| cast(values, field.data_type()));
    RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, _>>()?)
}

/// The rows in the order of these columns, nulls first.
pub(crate) fn sorted_by(
    batch: &RecordBatch,
    columns: impl IntoIterator<Item = usize>,
) -> Result<RecordBatch, ArrowError> {
    let columns = columns.into_iter().map(|at| SortColumn {
        values: Arc::clone(batch.column(at)),
        options: None,
    });
    let order = lexsort_to_indices(&columns.collect::<Vec<_>>(), None)?;
    take_record_batch(batch, &order)
}

fn typed<'a, T: Array + 'static>(
    batch: &'a RecordBatch,
    table: &str,
    name: &str,
) -> Result<&'a T, RunError> {
    let held = column(batch, table, name)?;
    let typed = held.as_any().downcast_ref();
    typed.ok_or_else(|| RunError::column_type(table, name, held.data_type()))
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::{Date32Type, Int64Type};

    use super::*;

    fn held() -> RecordBatch {
        let words: ArrayRef = Arc::new(StringViewArray::from(vec![
            Some("masked"),
            None,
            Some("3301"),
        ]));
        let rows: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        RecordBatch::try_from_iter([("status", words), ("row", rows)]).unwrap()
    }

    #[test]
    fn a_column_that_is_not_there_or_of_another_type_is_told_by_name() {
        let batch = held();
        assert_eq!(
            numbers::<Int64Type>(&batch, "t", "row").unwrap().value(2),
            3
        );
        let told = [
            (
                texts(&batch, "t", "gone").unwrap_err(),
                "lacks the column gone",
            ),
            (
                texts(&batch, "t", "row").unwrap_err(),
                "has the column row as Int64",
            ),
            (
                lists(&batch, "t", "row").unwrap_err(),
                "has the column row as Int64",
            ),
            (
                numbers::<Date32Type>(&batch, "t", "status").unwrap_err(),
                "has the column status as Utf8View",
            ),
        ];
        for (error, what) in told {
            let error = error.to_string();
            let said = format!("table t of the lake {what}; run again with --reprocess");
            assert_eq!(error, said);
        }
    }

    #[test]
    fn a_word_that_is_not_known_stops_and_is_not_shown() {
        let batch = held();
        let words = texts(&batch, "t", "status").unwrap();
        let status = |row| status_of(words, row, ("t", "status"));
        assert_eq!(status(0).unwrap(), IdStatus::Masked);
        assert_eq!(status(1).unwrap(), IdStatus::Missing);
        let error = status(2).unwrap_err().to_string();
        assert!(
            error.contains("t.status") && !error.contains("3301"),
            "{error}"
        );
    }
}
