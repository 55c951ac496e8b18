//! The canonical bytes of a row: what settles which of two rows of one time is the newer.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

/// Compares two rows of one feed, each as its columns and a place in them, by the "larger canonical row bytes" of the
/// rules of choice: cell by cell as text, byte by byte, null below all. A list is its items and `;`.
#[must_use]
pub fn canonical_order(one: (&[ArrayRef], usize), other: (&[ArrayRef], usize)) -> Ordering {
    let mut cells = one.0.iter().zip(other.0);
    cells
        .find_map(|(a, b)| {
            let order = match (a.as_string_view_opt(), b.as_string_view_opt()) {
                (Some(a), Some(b)) => cell(a, one.1).cmp(&cell(b, other.1)),
                _ => text(a, one.1).cmp(&text(b, other.1)),
            };
            order.is_ne().then_some(order)
        })
        .unwrap_or(Ordering::Equal)
}

fn cell(cells: &StringViewArray, row: usize) -> Option<&str> {
    (row < cells.len() && cells.is_valid(row)).then(|| cells.value(row))
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

    use arrow::array::{Date32Array, Decimal128Array};

    use super::*;

    /// How the first row of a column compares to its second.
    fn order(column: impl Array + 'static) -> Ordering {
        let columns: [ArrayRef; 2] = [
            Arc::new(StringViewArray::from(vec!["same"; 2])),
            Arc::new(column),
        ];
        let order = canonical_order((&columns, 0), (&columns, 1));
        assert_eq!(
            canonical_order((&columns, 1), (&columns, 0)),
            order.reverse()
        );
        order
    }

    #[test]
    fn cells_count_as_text_and_null_is_least() {
        assert_eq!(
            order(StringViewArray::from(vec!["张", "王"])),
            "张".cmp("王")
        );
        let null = vec![Some(""), None];
        assert_eq!(order(StringViewArray::from(null)), Ordering::Greater);
        assert_eq!(
            order(Date32Array::from(vec![19_000, 19_001])),
            Ordering::Less
        );
        // 10.00 is more than 9.00, but not as text.
        let amounts = Decimal128Array::from(vec![1000, 900]);
        let amounts = amounts.with_precision_and_scale(18, 2).unwrap();
        assert_eq!(order(amounts), Ordering::Less);
        assert_eq!(order(StringViewArray::from(vec!["1"; 2])), Ordering::Equal);
    }
}
