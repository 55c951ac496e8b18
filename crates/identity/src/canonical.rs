//! The canonical bytes of a row: what settles which of two rows of one time is the newer.
//!
//! Rows compare cell by cell as text, byte by byte, null below all. A list is its items and `;`.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// Rows that may lie elsewhere, read column by column.
pub trait Rows: Sync {
    /// The column at a place; `None` beyond the last.
    ///
    /// # Errors
    /// When it can't be read.
    fn column(&self, at: usize) -> Result<Option<ArrayRef>, ArrowError>;
}

/// Compares two rows of one feed by the "larger canonical row bytes" of the rules of choice.
///
/// # Errors
/// When a column can't be read.
pub fn canonical_order(
    one: (&dyn Rows, usize),
    other: (&dyn Rows, usize),
) -> Result<Ordering, ArrowError> {
    let mut at = 0;
    while let (Some(a), Some(b)) = (one.0.column(at)?, other.0.column(at)?) {
        let (a, b) = (cell(&a, one.1)?, cell(&b, other.1)?);
        let order = text(&a, 0).cmp(&text(&b, 0));
        if order.is_ne() {
            return Ok(order);
        }
        at += 1;
    }
    Ok(Ordering::Equal)
}

/// The canonical texts of a column's cells.
///
/// # Errors
/// When its type has no text form; all standard types have one.
pub fn canonical_texts(column: &ArrayRef) -> Result<StringViewArray, ArrowError> {
    let Some(lists) = column.as_list_opt::<i32>() else {
        return Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone());
    };
    let joined = |items: Option<ArrayRef>| -> Result<Option<String>, ArrowError> {
        let Some(items) = items else { return Ok(None) };
        let items = cast(&items, &DataType::Utf8View)?;
        let items: Vec<&str> = items.as_string_view().iter().flatten().collect();
        Ok(Some(items.join(";")))
    };
    lists.iter().map(joined).collect()
}

/// One cell of a column; nothing where the column has no such row.
fn cell(column: &ArrayRef, row: usize) -> Result<StringViewArray, ArrowError> {
    match row < column.len() {
        true => canonical_texts(&column.slice(row, 1)),
        false => Ok(StringViewArray::new_null(1)),
    }
}

fn text(cells: &StringViewArray, row: usize) -> Option<&str> {
    cells.is_valid(row).then(|| cells.value(row))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Decimal128Array, ListArray};
    use arrow::datatypes::Date32Type;

    use super::*;

    struct Columns([ArrayRef; 2]);

    impl Rows for Columns {
        fn column(&self, at: usize) -> Result<Option<ArrayRef>, ArrowError> {
            Ok(self.0.get(at).cloned())
        }
    }

    /// How the first row of a column compares to its second.
    fn order(column: impl Array + 'static) -> Ordering {
        let columns = Columns([
            Arc::new(StringViewArray::from(vec!["same"; 2])),
            Arc::new(column),
        ]);
        let order = canonical_order((&columns, 0), (&columns, 1)).unwrap();
        let back = canonical_order((&columns, 1), (&columns, 0)).unwrap();
        assert_eq!(back, order.reverse());
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

    #[test]
    fn a_list_is_its_items() {
        let lists = vec![Some(vec![Some(1), Some(0)]), Some(vec![]), None];
        let lists = ListArray::from_iter_primitive::<Date32Type, _, _>(lists);
        let texts = canonical_texts(&(Arc::new(lists) as ArrayRef)).unwrap();
        let texts: Vec<Option<&str>> = texts.iter().collect();
        assert_eq!(texts, [Some("1970-01-02;1970-01-01"), Some(""), None]);
    }
}
