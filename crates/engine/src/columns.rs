//! Small columns that several tables share.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use rongtong_identity::ResidentKey;

/// Resident keys as the tables hold them: 32 hex characters.
pub(crate) fn keys_column(keys: impl Iterator<Item = Option<ResidentKey>>) -> ArrayRef {
    let mut column = StringViewBuilder::with_capacity(keys.size_hint().0);
    for key in keys {
        match key.map(ResidentKey::hex) {
            // Hex digits are ASCII.
            Some(hex) => column.append_value(std::str::from_utf8(&hex).unwrap_or_default()),
            None => column.append_null(),
        }
    }
    Arc::new(column.finish())
}

/// One text in every row.
pub(crate) fn constant(text: &str, rows: usize) -> ArrayRef {
    let mut column = StringViewBuilder::with_capacity(rows).with_deduplicate_strings();
    for _ in 0..rows {
        column.append_value(text);
    }
    Arc::new(column.finish())
}
