//! Small columns that several tables share.

use std::sync::Arc;

use arrow::array::builder::NullBufferBuilder;
use arrow::array::{ArrayRef, LargeStringArray, StringViewArray, StringViewBuilder};
use arrow::buffer::OffsetBuffer;
use rongtong_identity::ResidentKey;

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
