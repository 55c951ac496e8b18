//! Each packing gives the same columns.

use std::io::Write;

use super::fixture::{HEADINGS, delimited, rows};
use super::{Folder, feed, options};
use crate::{Kind, Options, Profile, draft_contract, profile};

const ROWS: usize = 120;

fn sees_the_register(profile: &Profile) {
    let kinds: Vec<Kind> = profile.columns.iter().map(|column| column.kind).collect();
    let wanted = [
        Kind::RecordNumber,
        Kind::Name,
        Kind::IdNumber,
        Kind::Sex,
        Kind::Phone,
        Kind::Address,
        Kind::Date,
        Kind::Code,
        Kind::Decimal,
        Kind::Longitude,
        Kind::Name,
        Kind::Timestamp,
    ];
    assert_eq!(kinds, wanted);
    let headings: Vec<&str> = profile
        .columns
        .iter()
        .filter_map(|c| c.heading.as_deref())
        .collect();
    assert_eq!(headings, HEADINGS);
    assert_eq!((profile.rows, profile.complete), (ROWS as u64, true));
    let clerk = &profile.columns[10];
    assert_eq!(
        (clerk.filled, clerk.null_words["NULL"], clerk.distinct),
        (80, 40, 2)
    );
    assert!(profile.columns[0].unique);
    assert_eq!(profile.columns[2].fit, Some(1.0));
    let forms: Vec<(&str, u64)> = profile.columns[6]
        .forms
        .iter()
        .map(|f| (f.form.as_str(), f.cells))
        .collect();
    assert_eq!(
        forms,
        [("YYYY-MM-DD", 96), ("YYYYMMDD", 12), ("YYYY年M月D日", 12)]
    );
    let codes: Vec<(&str, Option<&str>, u64)> = profile.columns[7]
        .codes
        .iter()
        .map(|c| (c.code.as_str(), c.label.as_deref(), c.cells))
        .collect();
    assert_eq!(
        codes,
        [
            ("01", Some("住房"), 40),
            ("02", Some("教育"), 40),
            ("03", Some("医疗"), 40)
        ]
    );
    let folder = Folder::new();
    let contract = folder.contract(profile);
    assert_eq!(contract.columns.len(), HEADINGS.len());
    assert_eq!(contract.mentions.len(), 1);
}

#[test]
fn gb18030_csv() {
    let text = delimited(&rows(ROWS), ",");
    let bytes = encoding_rs::GB18030.encode(&text).0.into_owned();
    let profile = Folder::new().profile("a.csv", bytes);
    sees_the_register(&profile);
    // GBK is the same bytes as far as these go.
    let encoding = profile.packing.encoding.as_deref().unwrap();
    assert!(["gb18030", "GBK"].contains(&encoding), "{encoding}");
    assert_eq!(profile.packing.delimiter, Some(','));
}

#[test]
fn pipe_separated_text_with_a_byte_order_mark() {
    let text = format!(
        "\u{FEFF}{}",
        delimited(&rows(ROWS), "|").replace('\n', "\r\n")
    );
    let profile = Folder::new().profile("a.txt", text);
    sees_the_register(&profile);
    assert_eq!(profile.packing.delimiter, Some('|'));
    assert!(draft_contract(&profile, &feed()).contains("#     delimiter: pipe\n"));
}

#[test]
fn gzip() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(delimited(&rows(ROWS), "\t").as_bytes())
        .unwrap();
    let profile = Folder::new().profile("a.csv.gz", gz.finish().unwrap());
    sees_the_register(&profile);
    assert_eq!(profile.packing.compression.as_deref(), Some("gzip"));
}

#[test]
fn ndjson() {
    let lines = rows(ROWS).into_iter().map(|row| {
        let cells: Vec<String> = HEADINGS
            .iter()
            .zip(row)
            .map(|(heading, cell)| {
                format!(
                    "{}:{}",
                    serde_json::to_string(heading).unwrap(),
                    serde_json::to_string(&cell).unwrap()
                )
            })
            .collect();
        format!("{{{}}}\n", cells.join(","))
    });
    sees_the_register(&Folder::new().profile("a.ndjson", lines.collect::<String>()));
}

#[test]
fn xml() {
    let records = rows(ROWS).into_iter().map(|row| {
        let cells = HEADINGS
            .iter()
            .zip(row)
            .map(|(heading, cell)| format!("<{heading}>{cell}</{heading}>"));
        format!("<行>{}</行>", cells.collect::<String>())
    });
    let text = format!(
        "<?xml version=\"1.0\"?><数据>{}</数据>",
        records.collect::<String>()
    );
    let profile = Folder::new().profile("a.xml", text);
    sees_the_register(&profile);
    assert_eq!(profile.packing.record.as_deref(), Some("行"));
}

#[test]
fn xlsx() {
    let profile = Folder::new().profile("a.xlsx", workbook(&rows(ROWS)));
    sees_the_register(&profile);
    assert_eq!(profile.packing.encoding, None);
}

#[test]
fn members_of_a_zip_are_one_table() {
    let all = rows(ROWS);
    let (one, two) = all.split_at(50);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, rows) in [("a.csv", one), ("b.csv", two)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(delimited(rows, ",").as_bytes()).unwrap();
    }
    let profile = Folder::new().profile("a.zip", zip.finish().unwrap().into_inner());
    sees_the_register(&profile);
    assert_eq!(profile.parts, ["a.csv", "b.csv"]);
}

#[test]
fn only_as_many_rows_as_allowed_are_looked_at() {
    let folder = Folder::new();
    let path = folder.file("a.csv", delimited(&rows(20_000), ","));
    let budgets = [
        Options {
            max_rows: 1000,
            ..options()
        },
        Options {
            max_bytes: 1 << 20,
            ..options()
        },
    ];
    for options in budgets {
        let profile = profile(&path, &options).unwrap();
        assert!(!profile.complete);
        assert!(profile.rows < 20_000, "{}", profile.rows);
        assert!(profile.to_string().contains("more follow"));
    }
}

#[test]
fn keys_that_come_late_are_columns_too() {
    let profile = Folder::new().profile(
        "a.ndjson",
        "{\"a\":\"1\"}\n{\"a\":\"2\",\"b\":\"x\"}\n{\"b\":\"y\"}\n",
    );
    let filled: Vec<(u64, u64)> = profile
        .columns
        .iter()
        .map(|column| (column.filled, column.empty))
        .collect();
    assert_eq!(filled, [(2, 1), (2, 1)]);
}

/// The smallest workbook: inline strings, one sheet.
fn workbook(rows: &[Vec<String>]) -> Vec<u8> {
    let line = |cells: Vec<String>| {
        let cells = cells
            .iter()
            .map(|cell| format!("<c t=\"inlineStr\"><is><t>{cell}</t></is></c>"));
        format!("<row>{}</row>", cells.collect::<String>())
    };
    let headings = HEADINGS.map(str::to_owned).to_vec();
    let lines: String = std::iter::once(headings)
        .chain(rows.iter().cloned())
        .map(line)
        .collect();
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let files = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"表\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{lines}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
