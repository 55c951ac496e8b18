//! Workbooks: typed cells, merged cells, sheets, damage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::Cursor;

use encoding_rs::UTF_8;
use rongtong_formats::{Format, FormatError, Limits, Note, Packing, open_reader};
use support::{Read, gzip, read, sheet_workbook, zip_of};

fn sheet(rows: &str, more: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData>{more}</worksheet>")
}

fn packing(format: Format) -> Packing {
    Packing {
        format,
        encoding: UTF_8,
    }
}

fn read_sheet(rows: &str, more: &str, is_1904: bool) -> Read {
    let bytes = sheet_workbook(&sheet(rows, more), "", is_1904);
    read(bytes, &packing(Format::xlsx()), &Limits::default()).unwrap()
}

fn text(at: &str, text: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn headings(names: &[&str]) -> String {
    let cells = names
        .iter()
        .zip('A'..)
        .map(|(name, c)| text(&format!("{c}1"), name));
    format!("<row r=\"1\">{}</row>", cells.collect::<String>())
}

#[test]
fn typed_cells_are_text() {
    let row = "<row r=\"2\"><c r=\"A2\" s=\"1\"><v>45356</v></c><c r=\"B2\" s=\"2\"><v>45356</v></c><c r=\"C2\" s=\"3\"><v>45356.77861111111</v></c><c r=\"D2\"><v>1200</v></c><c r=\"E2\"><v>0.1</v></c><c r=\"F2\"><v>3.3010619900101101E+17</v></c><c r=\"G2\" t=\"b\"><v>1</v></c><c r=\"H2\" t=\"e\"><v>#N/A</v></c><c r=\"I2\" t=\"str\"><f>A1</f><v>x&amp;y</v></c><c r=\"J2\"><f>1&lt;2</f><v></v></c><c r=\"K2\" t=\"str\"><f>A1</f><v></v></c></row>";
    let names: Vec<String> = ('a'..='k').map(String::from).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = headings(&names) + row;
    let expected = [
        "2024-03-05",
        "2024-03-05",
        "2024-03-05 18:41:12",
        "1200",
        "0.1",
        "3.30106199001011E+17",
        "TRUE",
        "#N/A",
        "x&y",
        "=1<2",
        "",
    ];
    assert_eq!(read_sheet(&rows, "", false).table.rows, [expected]);
    // The same day in the 1904 system.
    let rows = rows.replace("45356", "43894");
    assert_eq!(read_sheet(&rows, "", true).table.rows, [expected]);
}

#[test]
fn blank_rows_are_no_rows() {
    let rows = headings(&["a", "b"])
        + &format!("<row r=\"3\">{}</row>", text("B3", "1"))
        + &format!("<row r=\"5\">{}</row>", text("A5", " "))
        + &format!("<row r=\"7\">{}<c r=\"D7\"/></row>", text("A7", "4"))
        + "<row r=\"8\"><c r=\"A8\" t=\"e\"><v>#N/A</v></c></row>";
    let got = read_sheet(&rows, "", false);
    // A row with an error is not blank.
    assert_eq!(got.table.rows, [["", "1"], ["4", ""], ["#N/A", ""]]);
    assert_eq!(got.numbers, [1, 2, 3]);
    assert_eq!(got.table.headings, ["a", "b"]);
}

#[test]
fn cells_beyond_the_headings_stand_in_columns_of_their_own() {
    let rows = headings(&["a", "b"])
        + &format!("<row r=\"2\">{}</row>", text("A2", "1"))
        + &format!(
            "<row r=\"3\">{}{}{}</row>",
            text("A3", "2"),
            text("C3", " "),
            text("D3", "附注")
        )
        + &format!(
            "<row r=\"4\">{}{}</row>",
            text("A4", "3"),
            text("XFD4", "4")
        )
        + &format!("<row r=\"5\">{}{}</row>", text("B5", "5"), text("D5", "6"))
        + &format!("<row r=\"6\">{}</row>", text("A6", "7"));
    let bytes = sheet_workbook(&sheet(&rows, ""), "", false);
    for batch_rows in [1, 100] {
        let limits = Limits {
            batch_rows,
            ..Limits::default()
        };
        let got = read(bytes.clone(), &packing(Format::xlsx()), &limits).unwrap();
        assert_eq!(got.table.headings, ["a", "b", "column 4", "column 16384"]);
        let rows: Vec<_> = got.table.rows.iter().map(|row| row.join("|")).collect();
        let expected = match batch_rows {
            1 => ["1|", "2||附注", "3|||4", "|5|6|", "7|||"],
            _ => ["1|||", "2||附注|", "3|||4", "|5|6|", "7|||"],
        };
        assert_eq!(rows, expected);
        assert!(got.broken.is_empty());
    }
}

#[test]
fn headings_merged_over_two_rows_stand_in_the_lower_one() {
    let rows = format!(
        "<row r=\"1\">{}{}{}</row>",
        text("A1", "救助编号"),
        text("B1", "人员"),
        text("D1", "更新时间")
    ) + &format!(
        "<row r=\"2\">{}{}</row>",
        text("B2", "证件号码"),
        text("C2", "姓名")
    ) + &format!(
        "<row r=\"3\">{}{}</row>",
        text("A3", "S1"),
        text("D3", "2026")
    ) + &format!("<row r=\"4\">{}</row>", text("B4", "N2"));
    let merges = "<mergeCells><mergeCell ref=\"A1:A2\"/><mergeCell ref=\"B1:C1\"/><mergeCell ref=\"D1:D2\"/></mergeCells>";
    let bytes = sheet_workbook(&sheet(&rows, merges), "", false);
    let open = |header_row| {
        let format = Format::Xlsx {
            sheet: None,
            header_row,
        };
        read(bytes.clone(), &packing(format), &Limits::default()).unwrap()
    };
    let got = open(2);
    assert_eq!(
        got.table.headings,
        ["救助编号", "证件号码", "姓名", "更新时间"]
    );
    assert_eq!(got.table.rows, [["S1", "", "", "2026"], ["", "N2", "", ""]]);
    // A heading is never handed down to a row.
    assert_eq!(open(1).table.rows[0], ["", "证件号码", "姓名", ""]);
}

#[test]
fn a_merged_cell_stands_for_each_of_its_rows() {
    let rows = headings(&["户号", "姓名"])
        + &format!(
            "<row r=\"2\">{}{}</row>",
            text("A2", "H1"),
            text("B2", "甲")
        )
        + &format!("<row r=\"3\"><c r=\"A3\"/>{}</row>", text("B3", "乙"))
        + &format!("<row r=\"4\">{}</row>", text("B4", "丙"))
        + &format!("<row r=\"5\">{}</row>", text("B5", "丁"));
    let merges =
        "<mergeCells count=\"2\"><mergeCell ref=\"A2:A4\"/><mergeCell ref=\"A1:B1\"/></mergeCells>";
    let got = read_sheet(&rows, merges, false);
    assert_eq!(
        got.table.rows,
        [["H1", "甲"], ["H1", "乙"], ["H1", "丙"], ["", "丁"]]
    );
}

#[test]
fn sheets_and_title_rows() {
    let titled = format!("<row r=\"1\">{}</row>", text("A1", "某区登记表"))
        + &format!("<row r=\"3\">{}{}</row>", text("A3", "a"), text("B3", "b"))
        + &format!("<row r=\"4\">{}{}</row>", text("A4", "1"), text("B4", "2"));
    let bytes = sheet_workbook(&sheet(&titled, ""), &sheet(&headings(&["x"]), ""), false);
    let open = |sheet: Option<&str>, header_row| {
        let format = Format::Xlsx {
            sheet: sheet.map(str::to_owned),
            header_row,
        };
        read(bytes.clone(), &packing(format), &Limits::default())
    };
    let got = open(None, 2).unwrap();
    assert_eq!(got.table.headings, ["a", "b"]);
    assert_eq!(got.table.rows, [["1", "2"]]);
    assert_eq!(open(Some("说明"), 1).unwrap().table.headings, ["x"]);
    assert!(
        matches!(open(Some("无"), 1), Err(FormatError::NoSheet { available, .. }) if available == ["登记", "说明"])
    );
    assert!(matches!(
        open(None, 9),
        Err(FormatError::NoHeadings { header_row: 9 })
    ));

    let mut parts = open_reader(
        Box::new(Cursor::new(bytes.clone())),
        &packing(Format::xlsx()),
        &Limits::default(),
    )
    .unwrap();
    let mut reader = parts.next().unwrap().unwrap().reader;
    while reader.next_batch().unwrap().is_some() {}
    assert_eq!(
        reader.notes(),
        [Note::SheetUnread {
            sheet: "说明".into()
        }]
    );
}

#[test]
fn a_reader_dropped_early_leaves_nothing_waiting() {
    let rows: String = (2..5000)
        .map(|n| format!("<row r=\"{n}\">{}</row>", text(&format!("A{n}"), "x")))
        .collect();
    let bytes = sheet_workbook(&sheet(&(headings(&["a"]) + &rows), ""), "", false);
    let limits = Limits {
        batch_rows: 2,
        ..Limits::default()
    };
    let mut parts = open_reader(
        Box::new(Cursor::new(bytes)),
        &packing(Format::xlsx()),
        &limits,
    )
    .unwrap();
    let mut reader = parts.next().unwrap().unwrap().reader;
    assert!(reader.next_batch().unwrap().is_some());
}

#[test]
fn workbooks_that_are_none() {
    let as_xlsx = |bytes: Vec<u8>| read(bytes, &packing(Format::xlsx()), &Limits::default()).err();
    assert!(matches!(
        as_xlsx(vec![]),
        Some(FormatError::WrongFormat { found: "empty", .. })
    ));
    assert!(matches!(
        as_xlsx(b"a,b".to_vec()),
        Some(FormatError::WrongFormat { .. })
    ));
    let ole = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....".to_vec();
    assert!(matches!(
        as_xlsx(ole),
        Some(FormatError::WrongFormat { .. })
    ));
    let book = sheet_workbook(&sheet(&headings(&["a"]), ""), "", false);
    let as_csv = read(
        book.clone(),
        &packing(Format::csv(b',', None)),
        &Limits::default(),
    );
    assert!(matches!(as_csv, Err(FormatError::WrongFormat { .. })));
    // Cut short: the directory at the end is gone.
    let cut = book[..book.len() - 30].to_vec();
    assert!(matches!(
        as_xlsx(cut),
        Some(FormatError::BadContainer { .. })
    ));
    // Inside a gzip, or a zip, it is read.
    assert!(as_xlsx(gzip(&book)).is_none());
    assert!(as_xlsx(zip_of(&[("a.xlsx", &book), ("b.xlsx", &book)], true)).is_none());
}

#[test]
fn bombs_are_seen_before_they_expand() {
    let limits = Limits {
        max_row_bytes: 1 << 20,
        free_expansion_bytes: 1 << 20,
        ..Limits::default()
    };
    let long = sheet(
        &(headings(&["a"]) + &format!("<row r=\"2\">{}</row>", text("A2", &"x".repeat(2 << 20)))),
        "",
    );
    let stored = sheet_workbook(&long, "", false);
    let got = read(stored.clone(), &packing(Format::xlsx()), &limits);
    assert!(matches!(got, Err(FormatError::RowTooLarge { .. })));
    // The same, compressed a thousandfold.
    let mut zip = zip::ZipArchive::new(Cursor::new(stored)).unwrap();
    let mut parts = Vec::new();
    for n in 0..zip.len() {
        let mut file = zip.by_index(n).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        parts.push((file.name().unwrap().into_owned(), bytes));
    }
    let parts: Vec<_> = parts
        .iter()
        .map(|(n, b)| (n.as_str(), b.as_slice()))
        .collect();
    let got = read(zip_of(&parts, true), &packing(Format::xlsx()), &limits);
    assert!(matches!(got, Err(FormatError::Expansion { .. })));
}
