use std::io::Cursor;

use arrow::array::{Array, AsArray};
use encoding_rs::{GB18030, UTF_8};

use crate::batch::ROW_UNPARSABLE;
use crate::open::{Format, Packing, open_reader};
use crate::{FormatError, Limits};

/// Rows as `key=value` of the cells that aren't null.
#[derive(Debug, Default)]
struct Read {
    headings: Vec<String>,
    rows: Vec<(i64, Vec<String>)>,
    broken: Vec<(i64, String)>,
}

fn read_with(bytes: &[u8], format: Format, limits: &Limits) -> Result<Read, FormatError> {
    let packing = Packing {
        format,
        encoding: UTF_8,
    };
    read_packed(bytes, &packing, limits)
}

fn read_packed(bytes: &[u8], packing: &Packing, limits: &Limits) -> Result<Read, FormatError> {
    let mut all = Read::default();
    for part in open_reader(Box::new(Cursor::new(bytes.to_vec())), packing, limits)? {
        let mut reader = part?.reader;
        while let Some(batch) = reader.next_batch()? {
            let schema = batch.rows.schema();
            all.headings = schema.fields().iter().map(|f| f.name().clone()).collect();
            for (n, number) in batch.row_numbers.iter().enumerate() {
                let cells = batch.rows.columns().iter().zip(&all.headings);
                let cells = cells.filter_map(|(column, name)| {
                    let column = column.as_string_view();
                    column
                        .is_valid(n)
                        .then(|| format!("{name}={}", column.value(n)))
                });
                all.rows.push((*number, cells.collect()));
            }
            for broken in batch.broken {
                assert_eq!(broken.rule, ROW_UNPARSABLE);
                all.broken.push((broken.row, broken.raw));
            }
        }
    }
    Ok(all)
}

fn lines(text: &str) -> Read {
    read_with(text.as_bytes(), Format::Ndjson, &Limits::default()).unwrap()
}

fn array(text: &str) -> Result<Read, FormatError> {
    read_with(text.as_bytes(), Format::JsonArray, &Limits::default())
}

fn row(number: i64, cells: &[&str]) -> (i64, Vec<String>) {
    (number, cells.iter().map(|c| (*c).to_owned()).collect())
}

#[test]
fn values_keep_their_text() {
    let got = lines(
        r#"{"id": 330106199001011234, "n": 1.50, "e": 1E5, "t": true, "z": null, "s": "\u5f20\"三", "o": {"a": [1, 2]}, "l": [ ]}"#,
    );
    assert_eq!(
        got.rows,
        [row(
            1,
            &[
                "id=330106199001011234",
                "n=1.50",
                "e=1E5",
                "t=true",
                "s=张\"三",
                "o={\"a\": [1, 2]}",
                "l=[ ]"
            ]
        )]
    );
    assert_eq!(got.headings, ["id", "n", "e", "t", "z", "s", "o", "l"]);
}

#[test]
fn keys_come_in_any_order_and_number() {
    let got = lines("{\"a\":1,\"b\":2}\r\n\n  \n{\"b\":3, \" a \":\"\"}\n{}\n{\"\\u0063\":4}");
    assert_eq!(got.headings, ["a", "b", "c"]);
    assert_eq!(
        got.rows,
        [
            row(1, &["a=1", "b=2"]),
            row(2, &["a=", "b=3"]),
            row(3, &[]),
            row(4, &["c=4"])
        ]
    );
}

#[test]
fn later_batches_have_more_columns() {
    let limits = Limits {
        batch_rows: 1,
        ..Limits::default()
    };
    let got = read_with(b"{\"a\":1}\n{\"b\":2}\n{\"a\":3}", Format::Ndjson, &limits).unwrap();
    assert_eq!(got.headings, ["a", "b"]);
    assert_eq!(got.rows[2], row(3, &["a=3"]));
}

#[test]
fn what_is_no_object_is_broken() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(65), "]".repeat(65));
    let bad = [
        "[1]",
        "12",
        "\"x\"",
        "null",
        "{\"a\":1",
        "{\"a\":1}x",
        "{a:1}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":01}",
        &deep,
        "{\"a\":\"\t\"}",
    ];
    for text in bad {
        let got = lines(&format!("{{\"a\":1}}\n{text}\n{{\"a\":2}}"));
        assert_eq!(got.rows, [row(1, &["a=1"]), row(3, &["a=2"])], "{text}");
        let raw: serde_json::Value = serde_json::from_str(&got.broken[0].1).unwrap();
        assert_eq!(raw, serde_json::json!({ "text": text }));
    }
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(64), "]".repeat(64));
    assert_eq!(lines(&deep).rows.len(), 1);
}

#[test]
fn a_key_twice_refuses_the_delivery() {
    let twice = read_with(
        b"{\"a\":1}\n{\"a\":1,\"\\u0061\":2}",
        Format::Ndjson,
        &Limits::default(),
    );
    assert!(
        matches!(twice, Err(FormatError::ColumnTwice { ref heading, row: 2 }) if heading == "a")
    );
}

#[test]
fn arrays_bare_and_wrapped() {
    for text in [
        r#" [ {"a":"]}"} , {"a":2} ] "#,
        r#"{"code":0,"msg":"[{\"a\":9}]","x":[{"a":8}],"data":[{"a":"]}"},{"a":2}],"total":2}"#,
        "{\"records\" :\n[{\"a\":\"]}\"},{\"a\":2}]}\n",
    ] {
        let got = array(text).unwrap();
        assert_eq!(got.rows, [row(1, &["a=]}"]), row(2, &["a=2"])], "{text}");
    }
    assert!(array("[]").unwrap().rows.is_empty());
    assert_eq!(array("[1,{\"a\":2}]").unwrap().broken.len(), 1);
}

#[test]
fn arrays_that_end_early_or_break_the_grammar() {
    for text in [
        "",
        "[",
        "[{\"a\":1}",
        "[{\"a\":1},",
        "[{\"a\":",
        "{\"data\":[{\"a\":1}]",
        "{",
    ] {
        let got = array(text);
        assert!(
            matches!(got, Err(FormatError::CutShort { .. })),
            "{text}: {got:?}"
        );
    }
    for text in [
        "[{}{}]",
        "[,]",
        "[{},]",
        "[{}]]",
        "x",
        "[{}] []",
        "{\"data\" [{}]}",
        "{1:2}",
    ] {
        let got = array(text);
        assert!(
            matches!(got, Err(FormatError::Malformed { .. })),
            "{text}: {got:?}"
        );
    }
    for text in ["{}", "{\"data\":{\"a\":1}}", "{\"a\":1}"] {
        let got = array(text);
        assert!(
            matches!(got, Err(FormatError::NoRecords { .. })),
            "{text}: {got:?}"
        );
    }
}

#[test]
fn rows_across_blocks_of_text_and_too_large_ones() {
    let mut text = String::from("[");
    for n in 0..60_000 {
        let comma = if n > 0 { ",\n" } else { "" };
        text += &format!("{comma}{{\"编号\":{n},\"内容\":\"第\\n{n}行\"}}");
    }
    text += "]";
    assert!(text.len() > 2 * crate::decode::BLOCK);
    let got = array(&text).unwrap();
    assert_eq!(got.rows.len(), 60_000);
    assert_eq!(
        got.rows[59_999],
        row(60_000, &["编号=59999", "内容=第\n59999行"])
    );
    let limits = Limits {
        max_row_bytes: 10,
        ..Limits::default()
    };
    for format in [Format::Ndjson, Format::JsonArray] {
        let got = read_with(b"[{\"a\":12345678}]", format, &limits);
        assert!(matches!(got, Err(FormatError::RowTooLarge { row: 1, .. })));
    }
}

#[test]
fn json_in_gb18030() {
    let (bytes, _, _) = GB18030.encode("{\"姓名\":\"张三\"}\n");
    let packing = Packing {
        format: Format::Ndjson,
        encoding: GB18030,
    };
    let got = read_packed(&bytes, &packing, &Limits::default()).unwrap();
    assert_eq!(got.rows, [row(1, &["姓名=张三"])]);
}

#[test]
fn features_in_a_collection_or_one_a_line() {
    let one = r#"{"type":"Feature","id":7,"properties":{"grid_code":"G1","n":1},"geometry":{"type":"Point","coordinates":[120.1,30.2]}}"#;
    let two = r#"{"type":"Feature","properties":null,"geometry":null}"#;
    let expected = [
        row(
            1,
            &[
                "grid_code=G1",
                "n=1",
                "id=7",
                "geometry={\"type\":\"Point\",\"coordinates\":[120.1,30.2]}",
            ],
        ),
        row(2, &[]),
    ];
    for text in [
        format!(r#"{{"type":"FeatureCollection","name":"x","features":[{one},{two}]}}"#),
        format!("{one}\n{two}\n"),
        format!("\u{1E}{one}\n\u{1E}{two}\n"),
    ] {
        let got = read_with(text.as_bytes(), Format::Geojson, &Limits::default()).unwrap();
        let rows: Vec<_> = got
            .rows
            .iter()
            .map(|(n, cells)| {
                let mut cells = cells.clone();
                // `id` stands before `geometry` in the feature.
                cells.sort_by_key(|c| (c.starts_with("geometry"), c.starts_with("id=")));
                (*n, cells)
            })
            .collect();
        assert_eq!(rows, expected, "{text}");
        assert!(got.headings.contains(&"geometry".to_owned()));
    }
    let no = r#"{"type":"FeatureCollection","features":[{"type":"Point"},{"a":1}]}"#;
    let got = read_with(no.as_bytes(), Format::Geojson, &Limits::default()).unwrap();
    assert_eq!(got.broken.len(), 2);
}
