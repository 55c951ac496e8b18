use super::*;
use crate::open::{Format, Packing, open_reader};
use arrow::array::AsArray;
use arrow::datatypes::DataType;
use encoding_rs::UTF_8;
use proptest::prelude::*;
use proptest::sample::Index;
use std::io::Cursor;

type Rows = Vec<(i64, Vec<String>)>;

struct Read {
    headings: Vec<String>,
    rows: Rows,
    broken: Vec<(i64, &'static str, String)>,
}

fn read_with(text: &str, format: Format, limits: &Limits) -> Result<Read, FormatError> {
    let packing = Packing {
        format,
        encoding: UTF_8,
    };
    let bytes = Box::new(Cursor::new(text.as_bytes().to_vec()));
    let mut all = Read {
        headings: vec![],
        rows: vec![],
        broken: vec![],
    };
    for part in open_reader(bytes, &packing, limits)? {
        let mut reader = part?.reader;
        while let Some(batch) = reader.next_batch()? {
            let schema = batch.rows.schema();
            all.headings = schema.fields().iter().map(|f| f.name().clone()).collect();
            assert!(
                schema
                    .fields()
                    .iter()
                    .all(|f| f.data_type() == &DataType::Utf8View)
            );
            for (n, number) in batch.row_numbers.iter().enumerate() {
                let cells = batch.rows.columns().iter();
                let cells = cells.map(|c| c.as_string_view().value(n).to_owned());
                all.rows.push((*number, cells.collect()));
            }
            all.broken
                .extend(batch.broken.into_iter().map(|b| (b.row, b.rule, b.raw)));
        }
    }
    Ok(all)
}

fn comma() -> Format {
    Format::csv(b',', Some(b'"'))
}

fn read(text: &str) -> Read {
    read_with(text, comma(), &Limits::default()).unwrap()
}

fn row(number: i64, cells: &[&str]) -> (i64, Vec<String>) {
    (number, cells.iter().map(|c| (*c).to_owned()).collect())
}

#[test]
fn line_ends_blank_lines_and_quotes() {
    let got = read(
        "\u{FEFF} 姓名 ,\"b\"\"c\"\r\n\n张三,1\r  \r\n\u{3000}\n\"李\n四\",\"say \"\"hi\"\"\"\n王五,",
    );
    assert_eq!(got.headings, ["姓名", "b\"c"]);
    assert_eq!(
        got.rows,
        [
            row(1, &["张三", "1"]),
            row(2, &["李\n四", "say \"hi\""]),
            row(3, &["王五", ""]),
        ]
    );
    assert!(got.broken.is_empty());
}

#[test]
fn lines_of_delimiters_alone_are_no_rows() {
    let got = read(",,\na,b,c\n,,\n1,2,3\n \t,\"\",\" \"\n,\n,,\u{3000}\n4,,\n,,\u{1A}");
    assert_eq!(got.headings, ["a", "b", "c"]);
    assert_eq!(got.rows, [row(1, &["1", "2", "3"]), row(2, &["4", "", ""])]);
    assert!(got.broken.is_empty());
}

#[test]
fn wrong_width_and_spoilt_rows_keep_their_numbers() {
    let got = read("a,b\n1\n2,2\n3,3,3\n\"4\"x,4\n5,5\0\n6,6\n\u{1A}");
    assert_eq!(got.rows, [row(2, &["2", "2"]), row(6, &["6", "6"])]);
    assert_eq!(
        got.broken,
        [
            (1, ROW_WIDTH, "[\"1\"]".to_owned()),
            (3, ROW_WIDTH, "[\"3\",\"3\",\"3\"]".to_owned()),
            (4, ROW_UNPARSABLE, "[\"\\\"4\\\"x\",\"4\"]".to_owned()),
            (5, ROW_UNPARSABLE, "[\"5\",\"5\\u0000\"]".to_owned()),
        ]
    );
}

#[test]
fn a_quote_inside_a_bare_cell_is_a_character() {
    let got = read("a,b\n3\"楼,x\n1,\"\"\n\"\"\"\",\"\"\"\"\"\"\n");
    assert_eq!(
        got.rows,
        [
            row(1, &["3\"楼", "x"]),
            row(2, &["1", ""]),
            row(3, &["\"", "\"\""])
        ]
    );
}

#[test]
fn without_quoting_a_quote_is_a_character() {
    let got = read_with(
        "a|b\n\"1|2\"\n",
        Format::csv(b'|', None),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(got.rows, [row(1, &["\"1", "2\""])]);
}

#[test]
fn headings_below_titles() {
    let format = Format::Csv {
        delimiter: b',',
        quote: Some(b'"'),
        header_row: 3,
    };
    let got = read_with(
        "某区,登记表\n\n\na,b\n1,2\n",
        format.clone(),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(got.headings, ["a", "b"]);
    assert_eq!(got.rows, [row(1, &["1", "2"])]);
    let none = read_with("a,b\n1,2\n", format, &Limits::default());
    assert!(matches!(
        none,
        Err(FormatError::NoHeadings { header_row: 3 })
    ));
}

#[test]
fn headings_alone_are_a_batch_and_nothing_is_an_error() {
    assert_eq!(read("a,a,").headings, ["a", "a", ""]);
    for text in ["", "\n \r\n", "\u{FEFF}"] {
        let none = read_with(text, comma(), &Limits::default());
        assert!(matches!(none, Err(FormatError::NoHeadings { .. })));
    }
}

#[test]
fn an_open_quote_names_the_row_it_opened_in() {
    let cut = read_with("a,b\n1,2\n3,\"4\n5,6\n", comma(), &Limits::default());
    assert!(matches!(
        cut,
        Err(FormatError::CutShort { row: Some(2), .. })
    ));
    let limits = Limits {
        max_row_bytes: 8,
        ..Limits::default()
    };
    for text in ["a,b\n1,2\n3,\"4\n5,6\n", "a,b\n1,2\n3,45678901\n"] {
        let large = read_with(text, comma(), &limits);
        assert!(matches!(
            large,
            Err(FormatError::RowTooLarge { row: 2, .. })
        ));
    }
}

#[test]
fn batches_end_by_rows_and_by_bytes() {
    let limits = Limits {
        batch_rows: 2,
        ..Limits::default()
    };
    let got = read_with("a\n1\n2\n3\n4\n5\n", comma(), &limits).unwrap();
    assert_eq!(got.rows.len(), 5);
    assert_eq!(got.rows[4].0, 5);
}

#[test]
fn rows_across_blocks_of_text() {
    let mut text = String::from("编号,内容\r\n");
    for n in 0..120_000 {
        text += &format!("{n},\"第\r\n{n}行,\"\"引\"\"\"\r\n");
    }
    assert!(text.len() > 3 * crate::decode::BLOCK);
    let got = read(&text);
    assert_eq!(got.rows.len(), 120_000);
    for (n, (number, cells)) in got.rows.iter().enumerate() {
        assert_eq!(*number, n as i64 + 1);
        assert_eq!(cells[0], n.to_string());
        assert_eq!(cells[1], format!("第\r\n{n}行,\"引\""));
    }
}

#[test]
fn a_bad_byte_names_its_row() {
    let packing = Packing {
        format: comma(),
        encoding: UTF_8,
    };
    let bytes = Box::new(Cursor::new(b"a,b\n1,2\n3,\xFF\n5,6\n".to_vec()));
    let mut parts = open_reader(bytes, &packing, &Limits::default()).unwrap();
    let mut reader = parts.next().unwrap().unwrap().reader;
    let error = loop {
        match reader.next_batch() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("no error"),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(
            error,
            FormatError::Undecodable {
                offset: 10,
                row: Some(2),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn delimiters_that_cannot_work_are_refused() {
    for (delimiter, quote) in [(b'\n', None), (0xE5, None), (b',', Some(b','))] {
        let got = read_with("a", Format::csv(delimiter, quote), &Limits::default());
        assert!(matches!(got, Err(FormatError::BadPacking { .. })));
    }
}

/// `count` lines of six cells; `dirt` may change a line.
fn lines(count: usize, dirt: impl Fn(usize, String) -> String) -> String {
    let line = |n: usize| {
        let id = 330_106_000_000 + n;
        dirt(n, format!("111,{id},人{n},,文三路{n}号,2024-01-01")) + "\n"
    };
    let lines: String = (1..=count).map(line).collect();
    format!("类型,号码,姓名,性别,地址,日期\n{lines}")
}

#[test]
fn stray_quotes_far_apart_break_their_own_lines_only() {
    let many = 60_000;
    let opens = |line: String| line.replace("文", "\"文");
    let closes = |line: String| line.replace("号,", "号\",");
    // Closed by a quote at a cell's end, spoilt by one at a cell's beginning, never closed.
    for other in [closes, opens, |line| line] {
        let text = lines(many, |n, line| match n {
            7 => opens(line),
            59_000 => other(line),
            // A damaged line among the first that follow.
            8 => "见附件".into(),
            _ => line,
        });
        assert!(text.len() > 2 * crate::decode::BLOCK);
        let got = read(&text);
        assert_eq!(got.rows.len() + got.broken.len(), many);
        let broken = "[\"111\",\"330106000007\",\"人7\",\"\",\"\\\"文三路7号\",\"2024-01-01\"]";
        assert_eq!(got.broken[0], (7, ROW_UNPARSABLE, broken.to_owned()));
        assert_eq!(got.broken[1].1, ROW_WIDTH);
        assert!(got.broken.iter().all(|b| [7, 8, 59_000].contains(&b.0)));
        let long = "文三路59000号\"".len();
        assert!(got.rows.iter().all(|(_, cells)| cells[4].len() <= long));
    }
}

#[test]
fn line_breaks_in_quoted_cells_stay_whatever_their_lines_hold() {
    let remarks = [
        "一\n二",
        "a,b\nc,d",
        "一\n\n二\r\n三",
        "1,2,3,4,5,6\n7,8",
        "经度,纬度\n120.1,30.2\n120.3,30.4\n120.5,30.6\n120.7,30.8\n",
        "见下\n1,2,3,4,5,6\n以上\n完",
    ];
    for remark in remarks {
        for place in [0, 2, 5] {
            let mut cells = ["1", "2", "3", "4", "5", "6"];
            cells[place] = remark;
            let quoted = cells.map(|cell| format!("\"{cell}\"")).join(",");
            let got = read(&format!("a,b,c,d,e,f\n{quoted}\n{quoted}\n1,2,3,4,5,6\n"));
            assert_eq!(got.rows[0], row(1, &cells), "{remark:?}");
            assert_eq!(got.rows[1], row(2, &cells), "{remark:?}");
            assert_eq!(got.rows.len(), 3, "{remark:?}");
        }
    }
}

#[test]
fn a_delivery_cut_inside_a_quoted_cell_is_still_cut_short() {
    for end in ["1,2,3,4,\"5", "1,2,3,4,\"5\n", "1,2,3,4,\"5\n6"] {
        let cut = read_with(
            &format!("a,b,c,d,e\n1,2,3,4,5\n{end}"),
            comma(),
            &Limits::default(),
        );
        assert!(matches!(
            cut,
            Err(FormatError::CutShort { row: Some(2), .. })
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever quotes a program that never quotes leaves in its texts: each line counts, and a
    /// line without a quote comes back as it is.
    #[test]
    fn stray_quotes_lose_no_line(
        width in 5usize..10,
        count in 2usize..40,
        quotes in prop::collection::vec((any::<Index>(), any::<Index>(), 0usize..4, 1usize..4), 0..12),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let cells = |n: usize| (0..width).map(|c| format!("{n}号{c}")).collect::<Vec<_>>();
        let mut table: Vec<Vec<String>> = (1..=count).map(cells).collect();
        for (line, cell, at, many) in &quotes {
            // A quote left open in the last line can't be told from a file cut short.
            let cell = &mut table[line.index(count - 1)][cell.index(width)];
            let at = cell.char_indices().nth(*at).map_or(cell.len(), |(at, _)| at);
            cell.insert_str(at, &"\"".repeat(*many));
        }
        let lines = table.iter().map(|cells| cells.join(",") + end);
        let text = cells(0).join(",") + end + &lines.collect::<String>();
        let got = read(&text);
        prop_assert_eq!(got.rows.len() + got.broken.len(), count);
        for (n, cells) in table.iter().enumerate() {
            if !cells.iter().any(|cell| cell.contains('"')) {
                prop_assert!(got.rows.contains(&(n as i64 + 1, cells.clone())), "line {}", n + 1);
            }
        }
    }
}
