//! Tables, and plain writers of them in each packing: the other side of the readers.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use arrow::array::{Array, AsArray};
use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use rongtong_formats::{BrokenRow, Format, FormatError, Limits, Packing, open_reader};
use zip::write::SimpleFileOptions;

/// Headings and rows of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// What a reader made of some bytes.
pub struct Read {
    pub table: Table,
    pub numbers: Vec<i64>,
    pub broken: Vec<BrokenRow>,
}

/// Reads all parts to their ends; null cells are empty. Whatever comes, rows and broken rows
/// together must count up without a gap.
pub fn read(bytes: Vec<u8>, packing: &Packing, limits: &Limits) -> Result<Read, FormatError> {
    let mut all = Read {
        table: Table {
            headings: Vec::new(),
            rows: Vec::new(),
        },
        numbers: Vec::new(),
        broken: Vec::new(),
    };
    for part in open_reader(Box::new(Cursor::new(bytes)), packing, limits)? {
        let mut reader = part?.reader;
        let mut next = 1;
        all.table.headings.clear();
        while let Some(batch) = reader.next_batch()? {
            let schema = batch.rows.schema();
            let names: Vec<_> = schema.fields().iter().map(|f| f.name().clone()).collect();
            if matches!(packing.format, Format::Csv { .. }) {
                assert!(next == 1 || all.table.headings == names);
            } else {
                assert!(names.starts_with(&all.table.headings));
            }
            all.table.headings = names;
            assert_eq!(batch.row_numbers.len(), batch.rows.num_rows());
            let mut numbers = batch.row_numbers.clone();
            numbers.extend(batch.broken.iter().map(|b| b.row));
            numbers.sort_unstable();
            for number in numbers {
                assert_eq!(number, next);
                next += 1;
            }
            for n in 0..batch.rows.num_rows() {
                let cells = batch.rows.columns().iter().map(|column| {
                    let column = column.as_string_view();
                    if column.is_valid(n) {
                        column.value(n).to_owned()
                    } else {
                        String::new()
                    }
                });
                all.table.rows.push(cells.collect());
            }
            for broken in &batch.broken {
                serde_json::from_str::<serde_json::Value>(&broken.raw).expect("raw is JSON");
            }
            all.numbers.extend(batch.row_numbers);
            all.broken.extend(batch.broken);
        }
    }
    Ok(all)
}

/// Every format, as a binding would have it.
pub fn formats() -> Vec<Format> {
    vec![
        Format::csv(b',', Some(b'"')),
        Format::csv(b'|', None),
        Format::Ndjson,
        Format::JsonArray,
        Format::Xml {
            record: "record".into(),
        },
        Format::Geojson,
        Format::xlsx(),
    ]
}

/// The bytes of `table` in `format` and `encoding`.
pub fn write(table: &Table, format: &Format, encoding: &'static Encoding) -> Vec<u8> {
    let text = match format {
        Format::Csv {
            delimiter,
            quote: Some(quote),
            ..
        } => quoted(table, *delimiter as char, *quote as char),
        Format::Csv { delimiter, .. } => bare(table, *delimiter as char),
        Format::Ndjson => objects(table).join("\n"),
        Format::JsonArray => format!("{{\"data\":[{}]}}", objects(table).join(",")),
        Format::Xml { record } => xml(table, record),
        Format::Geojson => features(table),
        Format::Xlsx { .. } => return workbook(table),
    };
    encode(&text, encoding)
}

/// `text` in `encoding`, with a byte order mark where it has one.
pub fn encode(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let units = || std::iter::once(0xFEFF).chain(text.encode_utf16());
    match encoding {
        e if e == UTF_16LE => units().flat_map(u16::to_le_bytes).collect(),
        e if e == UTF_16BE => units().flat_map(u16::to_be_bytes).collect(),
        e => e.encode(text).0.into_owned(),
    }
}

/// The encodings that text comes in.
pub fn encodings() -> Vec<&'static Encoding> {
    vec![UTF_8, GB18030, BIG5, UTF_16LE, UTF_16BE]
}

fn quoted(table: &Table, delimiter: char, quote: char) -> String {
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().map(|cell| {
            let doubled = cell.replace(quote, &format!("{quote}{quote}"));
            // A line of one empty cell would be blank.
            let plain = !cell.contains([delimiter, quote, '\r', '\n']) && cells.len() > 1;
            if plain {
                cell.clone()
            } else {
                format!("{quote}{doubled}{quote}")
            }
        });
        cells.collect::<Vec<_>>().join(&delimiter.to_string())
    };
    let lines = std::iter::once(&table.headings)
        .chain(&table.rows)
        .map(line);
    lines.map(|line| line + "\r\n").collect()
}

fn bare(table: &Table, delimiter: char) -> String {
    let lines = std::iter::once(&table.headings).chain(&table.rows);
    let lines = lines.map(|cells| cells.join(&delimiter.to_string()));
    lines.collect::<Vec<_>>().join("\n")
}

fn objects(table: &Table) -> Vec<String> {
    let object = |row: &Vec<String>| {
        let members = table
            .headings
            .iter()
            .zip(row)
            .enumerate()
            .map(|(n, (k, v))| {
                let value = serde_json::json!(v).to_string();
                // Every other string all in escapes, as many programs write them.
                let value = if n % 2 == 0 { value } else { escaped(v) };
                format!("{}:{value}", serde_json::json!(k))
            });
        format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
    };
    table.rows.iter().map(object).collect()
}

fn escaped(text: &str) -> String {
    let units = text.encode_utf16().fold(String::new(), |mut out, unit| {
        let _ = write!(out, "\\u{unit:04x}");
        out
    });
    format!("\"{units}\"")
}

fn features(table: &Table) -> String {
    let features = objects(table).into_iter().map(|object| {
        format!("{{\"type\":\"Feature\",\"properties\":{object},\"geometry\":null}}")
    });
    let features = features.collect::<Vec<_>>().join(",\n");
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{features}]}}")
}

fn xml(table: &Table, record: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\"?>\n<records>");
    for row in &table.rows {
        let _ = write!(out, "<{record}>");
        for (name, cell) in table.headings.iter().zip(row) {
            let cell = escape(cell);
            let _ = write!(out, "<{name}>{cell}</{name}>");
        }
        let _ = write!(out, "</{record}>");
    }
    out + "</records>"
}

/// Line ends as references: bare ones are normalised by every XML parser.
fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('\r', "&#13;").replace(']', "&#x5D;")
}

/// The smallest workbook that Excel would open: inline strings, one sheet.
pub fn workbook(table: &Table) -> Vec<u8> {
    sheet_workbook(&sheet_xml(table), "", false)
}

/// A sheet of inline strings.
pub fn sheet_xml(table: &Table) -> String {
    let mut rows = String::new();
    for (r, cells) in std::iter::once(&table.headings)
        .chain(&table.rows)
        .enumerate()
    {
        let _ = write!(rows, "<row r=\"{}\">", r + 1);
        for (c, cell) in cells.iter().enumerate() {
            let _ = write!(
                rows,
                "<c r=\"{}{}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                (b'A' + c as u8) as char,
                r + 1,
                escape(cell)
            );
        }
        rows += "</row>";
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    )
}

/// A workbook around sheets; `more` are further parts of `sheets`.
pub fn sheet_workbook(sheet: &str, second: &str, is_1904: bool) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let date1904 = if is_1904 {
        "<workbookPr date1904=\"1\"/>"
    } else {
        ""
    };
    let (other_sheet, other_part) = if second.is_empty() {
        (String::new(), String::new())
    } else {
        (
            "<sheet name=\"说明\" sheetId=\"2\" r:id=\"rId3\"/>".to_owned(),
            format!(
                "<Relationship Id=\"rId3\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet2.xml\"/>"
            ),
        )
    };
    let mut parts = vec![
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{kind}.worksheet+xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\">{date1904}<sheets><sheet name=\"登记\" sheetId=\"1\" r:id=\"rId1\"/>{other_sheet}</sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{office}/styles\" Target=\"styles.xml\"/>{other_part}</Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/></numFmts><cellXfs count=\"4\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", sheet.to_owned()),
    ];
    if !second.is_empty() {
        parts.push(("xl/worksheets/sheet2.xml", second.to_owned()));
    }
    let parts = parts.iter().map(|(name, text)| (*name, text.as_bytes()));
    zip_of(&parts.collect::<Vec<_>>(), false)
}

/// A zip archive of members.
pub fn zip_of(members: &[(&str, &[u8])], deflate: bool) -> Vec<u8> {
    let method = if deflate {
        zip::CompressionMethod::Deflated
    } else {
        zip::CompressionMethod::Stored
    };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}

/// `xorshift64*`: the same mutations on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 {
            0
        } else {
            (self.next() >> 33) as usize % n
        }
    }
}
