//! Whatever is written in any packing, encoding and compression reads back the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use encoding_rs::{BIG5, Encoding, UTF_8};
use proptest::prelude::*;
use rongtong_formats::{Format, Limits, Packing};
use support::{Table, encodings, formats, gzip, read, write, zip_of, zstd};

/// Cells of all kinds: those of real deliveries, those that try the grammar, and any text.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[一-龥]{0,6}",
        2 => "[0-9]{0,18}[Xx]?",
        2 => "[a-z,\"'|;:{}\\[\\]<>&\\\\/ \n\r\t#@\u{3000}]{0,12}",
        1 => "[ -~\n\r一-龥·𠮷😀]{0,20}",
    ]
}

fn table() -> impl Strategy<Value = Table> {
    (1usize..5).prop_flat_map(|width| {
        prop::collection::vec(prop::collection::vec(cell(), width), 1..12).prop_map(move |rows| {
            let headings = ["文件", "姓名", "note", "更新日期"];
            Table {
                headings: headings.iter().take(width).map(|h| (*h).into()).collect(),
                rows,
            }
        })
    })
}

/// What `table` becomes where the packing can't hold all of it.
fn holdable(mut table: Table, format: &Format, encoding: &'static Encoding) -> Table {
    for row in &mut table.rows {
        for cell in row.iter_mut() {
            if encoding == BIG5 {
                cell.retain(|c| !BIG5.encode(c.encode_utf8(&mut [0; 4])).2);
            }
            match format {
                // A delimiter or a line end can't be quoted.
                Format::Csv { quote: None, .. } => cell.retain(|c| !"|\r\n".contains(c)),
                // The grammar's own line end normalisation (XML 1.0, 2.11).
                Format::Xlsx { .. } => cell.retain(|c| c != '\r'),
                _ => {}
            }
        }
    }
    let blank = |row: &Vec<String>| row.iter().all(|cell| cell.trim().is_empty());
    // Blank lines and rows are no rows.
    if matches!(format, Format::Xlsx { .. } | Format::Csv { .. }) {
        table.rows.retain(|row| !blank(row));
    }
    table
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_come_back(table in table(), rows in 1usize..5) {
        for format in formats() {
            for encoding in encodings() {
                // A workbook has no encoding.
                if matches!(format, Format::Xlsx { .. }) && encoding != UTF_8 {
                    continue;
                }
                let mut expected = holdable(table.clone(), &format, encoding);
                let bytes = write(&expected, &format, encoding);
                let packing = Packing { format: format.clone(), encoding };
                // Every encoding has the headings' characters.
                let keyed = !matches!(format, Format::Csv { .. } | Format::Xlsx { .. });
                if format == Format::Geojson {
                    expected.headings.push("geometry".into());
                    expected.rows.iter_mut().for_each(|row| row.push(String::new()));
                }
                if keyed && expected.rows.is_empty() {
                    expected.headings.clear();
                }
                let limits = Limits { batch_rows: rows, ..Limits::default() };
                let packed = [
                    bytes.clone(),
                    gzip(&bytes),
                    zstd(&bytes),
                    zip_of(&[("数据/a.dat", &bytes)], true),
                ];
                for bytes in packed {
                    let got = read(bytes, &packing, &limits).unwrap();
                    prop_assert_eq!(&got.table, &expected, "{:?} {}", &format, encoding.name());
                    prop_assert!(got.broken.is_empty());
                    let numbers: Vec<i64> = (1..=expected.rows.len() as i64).collect();
                    prop_assert_eq!(got.numbers, numbers);
                }
            }
        }
    }

    /// Whatever bytes come, reading ends, without a panic.
    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..600), text in "\\PC{0,300}") {
        for format in formats() {
            for encoding in encodings() {
                let packing = Packing { format: format.clone(), encoding };
                let _ = read(bytes.clone(), &packing, &Limits::default());
                let _ = read(text.clone().into_bytes(), &packing, &Limits::default());
            }
        }
    }
}
