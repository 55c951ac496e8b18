use std::io::Cursor;

use arrow::array::{Array, AsArray};
use encoding_rs::{Encoding, GB18030, UTF_8};

use crate::open::{Format, Packing, open_reader};
use crate::{FormatError, Limits};

type Rows = Vec<Vec<(String, Option<String>)>>;

fn read_with(
    bytes: &[u8],
    encoding: &'static Encoding,
    limits: &Limits,
) -> Result<Rows, FormatError> {
    let packing = Packing {
        format: Format::Xml {
            record: "record".into(),
        },
        encoding,
    };
    let mut rows = Rows::new();
    for part in open_reader(Box::new(Cursor::new(bytes.to_vec())), &packing, limits)? {
        let mut reader = part?.reader;
        while let Some(batch) = reader.next_batch()? {
            let schema = batch.rows.schema();
            for n in 0..batch.rows.num_rows() {
                assert_eq!(batch.row_numbers[n], rows.len() as i64 + 1);
                let cells = batch.rows.columns().iter().zip(schema.fields());
                let cells = cells.map(|(column, field)| {
                    let column = column.as_string_view();
                    let value = column.is_valid(n).then(|| column.value(n).to_owned());
                    (field.name().clone(), value)
                });
                rows.push(cells.collect());
            }
            assert!(batch.broken.is_empty());
        }
    }
    Ok(rows)
}

fn read(text: &str) -> Result<Rows, FormatError> {
    read_with(text.as_bytes(), UTF_8, &Limits::default())
}

fn row(cells: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let cells = cells.iter();
    cells
        .map(|(k, v)| ((*k).into(), Some((*v).into())))
        .collect()
}

#[test]
fn children_attributes_and_entities() {
    let got = read(
        "<?xml version=\"1.0\"?>\n<records total=\"2\"><head>x</head>\n<record 序=\"1\">\n  <备案号>A&amp;B &#x5F20;&#19977;</备案号><坐落><![CDATA[a<b>&amp;]]>号</坐落><空/></record></records>",
    );
    assert_eq!(
        got.unwrap(),
        [row(&[
            ("序", "1"),
            ("备案号", "A&B 张三"),
            ("坐落", "a<b>&amp;号"),
            ("空", "")
        ])]
    );
}

#[test]
fn nested_values_nulls_prefixes_and_loose_text() {
    let got = read(
        "<r xmlns:n=\"u\" xmlns:xsi=\"w\"><n:record><n:a k=\"1\"><b>x</b><b>y</b><c z=\"2\">q</c></n:a><d xsi:nil=\"true\"/>loose</n:record></r>",
    );
    let mut expected = row(&[("a@k", "1"), ("a/b", "x;y"), ("a/c@z", "2"), ("a/c", "q")]);
    expected.push(("d".into(), None));
    expected.push(("#text".into(), Some("loose".into())));
    assert_eq!(got.unwrap(), [expected]);
}

#[test]
fn encodings_declared_and_bound() {
    let text = "<?xml version='1.0' encoding='GB18030'?><r><record><姓名>张三</姓名></record></r>";
    let (bytes, _, _) = GB18030.encode(text);
    let expected = [row(&[("姓名", "张三")])];
    for encoding in [UTF_8, GB18030] {
        assert_eq!(
            read_with(&bytes, encoding, &Limits::default()).unwrap(),
            expected
        );
    }
    // The declaration lies; the binding knows.
    let lying = text.replace("GB18030", "UTF-8");
    let (bytes, _, _) = GB18030.encode(&lying);
    assert_eq!(
        read_with(&bytes, GB18030, &Limits::default()).unwrap(),
        expected
    );
    let got = read_with(&bytes, UTF_8, &Limits::default());
    assert!(
        matches!(got, Err(FormatError::Undecodable { row: Some(1), .. })),
        "{got:?}"
    );
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(text.replace("GB18030", "UTF-16").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        read_with(&utf16, UTF_8, &Limits::default()).unwrap(),
        expected
    );
}

#[test]
fn a_child_twice_refuses_the_delivery() {
    let got = read("<r><record><a>1</a><a>2</a></record></r>");
    assert!(matches!(got, Err(FormatError::ColumnTwice { row: 1, .. })));
    let got = read("<r><record a='1'><a>2</a></record></r>");
    assert!(matches!(got, Err(FormatError::ColumnTwice { row: 1, .. })));
}

#[test]
fn documents_that_end_early() {
    let whole = "<?xml version=\"1.0\"?><r><record><a>1</a></record><record><a>2</a></record></r>";
    assert_eq!(read(whole).unwrap().len(), 2);
    for end in 0..whole.len() {
        let got = read(&whole[..end]);
        assert!(
            matches!(got, Err(FormatError::CutShort { .. })),
            "{end}: {got:?}"
        );
    }
}

#[test]
fn nothing_can_be_made_to_expand() {
    let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><r><record><a>&b;</a></record></r>";
    assert!(matches!(read(bomb), Err(FormatError::Malformed { .. })));
    let entity = "<r><record><a>&b;</a></record></r>";
    assert!(matches!(read(entity), Err(FormatError::Malformed { .. })));
    let entity = "<r><record a='&b;'/></r>";
    assert!(matches!(read(entity), Err(FormatError::Malformed { .. })));
    let plain = "<!DOCTYPE r SYSTEM \"r.dtd\"><r><record><a>1</a></record></r>";
    assert_eq!(read(plain).unwrap().len(), 1);
    let deep = format!("{}{}", "<r>".repeat(65), "</r>".repeat(65));
    assert!(matches!(read(&deep), Err(FormatError::TooDeep { .. })));
}

#[test]
fn grammar_and_records_that_are_not_there() {
    for text in [
        "<r><record></r></record>",
        "<r/><r/>",
        "<r/>x",
        "x<r/>",
        "<r><record><a>a & b</a></record></r>",
        "<r><record a=1/></r>",
        "</r>",
    ] {
        let got = read(text);
        assert!(
            matches!(got, Err(FormatError::Malformed { .. })),
            "{text}: {got:?}"
        );
    }
    assert!(matches!(
        read("<r><row/></r>"),
        Err(FormatError::NoRecords { .. })
    ));
    assert!(read("<records/>").unwrap().is_empty());
}

#[test]
fn rows_too_large() {
    let limits = Limits {
        max_row_bytes: 100,
        ..Limits::default()
    };
    let good = format!("<r>{}</r>", "<record><a>1</a></record>".repeat(50));
    assert_eq!(
        read_with(good.as_bytes(), UTF_8, &limits).unwrap().len(),
        50
    );
    for large in [
        format!(
            "<r><record><a>1</a></record><record><a>{}</a></record></r>",
            "x".repeat(200)
        ),
        format!(
            "<r><record><a>1</a></record><record>{}</record></r>",
            "<a/>".repeat(50)
        ),
    ] {
        let got = read_with(large.as_bytes(), UTF_8, &limits);
        assert!(
            matches!(got, Err(FormatError::RowTooLarge { row: 2, .. })),
            "{got:?}"
        );
    }
}
