//! The canonical bytes of a row: what settles which of two rows of one time is the newer.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

/// The cells of a row as text, in the order of the columns. Compared cell by cell as bytes, null below
/// all, they are the "larger canonical row bytes" of the rules of choice. A list is its items and `;`.
#[must_use]
pub fn canonical_row(columns: &[ArrayRef], row: usize) -> Vec<Option<String>> {
    columns.iter().map(|column| text(column, row)).collect()
}

fn text(column: &ArrayRef, row: usize) -> Option<String> {
    if row >= column.len() || column.is_null(row) {
        return None;
    }
    let cells = match column.as_list_opt::<i32>() {
        Some(lists) => lists.value(row),
        None => column.slice(row, 1),
    };
    // All standard types have a text form.
    let cells = cast(&cells, &DataType::Utf8View).ok()?;
    let cells: Vec<&str> = cells.as_string_view().iter().flatten().collect();
    Some(cells.join(";"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Decimal128Array, StringViewArray};

    use super::*;

    #[test]
    fn cells_are_text_and_null_is_least() {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringViewArray::from(vec![Some("张"), None])),
            Arc::new(Date32Array::from(vec![19_000, 19_001])),
            Arc::new(
                Decimal128Array::from(vec![150, 25])
                    .with_precision_and_scale(18, 2)
                    .unwrap(),
            ),
        ];
        let text = |t: &str| Some(t.to_owned());
        assert_eq!(
            canonical_row(&columns, 0),
            [text("张"), text("2022-01-08"), text("1.50")]
        );
        assert_eq!(
            canonical_row(&columns, 1),
            [None, text("2022-01-09"), text("0.25")]
        );
        assert!(canonical_row(&columns, 0) > canonical_row(&columns, 1));
    }
}
