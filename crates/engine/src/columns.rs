//! Columns as tables hold them, to read and to write.

use std::sync::Arc;

use arrow::array::builder::NullBufferBuilder;
use arrow::array::{
    Array, ArrayRef, AsArray, LargeStringArray, RecordBatch, StringViewArray, StringViewBuilder,
};
use arrow::buffer::OffsetBuffer;
use rongtong_identity::ResidentKey;

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

/// The resident keys in a column of some rows of a table.
pub(crate) fn keys_of(
    batch: &RecordBatch,
    table: &str,
    name: &str,
) -> Result<Vec<Option<ResidentKey>>, RunError> {
    Ok(parsed(column(batch, table, name)?.as_string_view()))
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
        hex.extend(key.map_or(NONE, ResidentKey::hex));
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
