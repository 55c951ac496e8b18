//! A rejected row as received, as JSON.

use arrow::array::{Array, AsArray, RecordBatch};

/// The cells of row `row` under their headings: `{"姓名":"…","性别":null}`.
pub(crate) fn raw_row(rows: &RecordBatch, row: usize) -> String {
    let mut json = String::from("{");
    for (at, (field, column)) in rows
        .schema_ref()
        .fields()
        .iter()
        .zip(rows.columns())
        .enumerate()
    {
        if at > 0 {
            json.push(',');
        }
        push_text(&mut json, field.name());
        json.push(':');
        match column.as_string_view_opt() {
            Some(cells) if cells.is_valid(row) => push_text(&mut json, cells.value(row)),
            _ => json.push_str("null"),
        }
    }
    json.push('}');
    json
}

fn push_text(json: &mut String, text: &str) {
    // Text always has a JSON form, so nothing is lost here.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringViewArray};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    #[test]
    fn a_row_reads_back_as_it_was_received() {
        let headings = ["姓名", "a\"b", "姓名", "空"];
        let fields = headings.map(|h| Field::new(h, DataType::Utf8View, true));
        let cell =
            |text: Option<&str>| -> ArrayRef { Arc::new(StringViewArray::from(vec![None, text])) };
        let columns = vec![
            cell(Some(" 张\u{3000}伟 ")),
            cell(Some("\"\\\n\u{1}")),
            cell(Some("")),
            cell(None),
        ];
        let rows = RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns).unwrap();
        assert_eq!(
            raw_row(&rows, 1),
            "{\"姓名\":\" 张\u{3000}伟 \",\"a\\\"b\":\"\\\"\\\\\\n\\u0001\",\"姓名\":\"\",\"空\":null}"
        );
        let read: serde_json::Value = serde_json::from_str(&raw_row(&rows, 0)).unwrap();
        assert!(
            read.as_object()
                .unwrap()
                .values()
                .all(serde_json::Value::is_null)
        );
    }
}
