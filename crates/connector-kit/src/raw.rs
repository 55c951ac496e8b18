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
