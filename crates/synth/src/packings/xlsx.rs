//! A spreadsheet, written row by row: the few parts that Excel itself asks for.
//! A whole library would cost more to build than this costs to read.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Packer;
use super::xml::escape;
use crate::row::{Cell, Row, Typed};

pub(super) struct Xlsx<W: Write + Seek> {
    zip: ZipWriter<W>,
    /// Days are counted from 1904-01-01.
    from_1904: bool,
    rows: usize,
    merged: Vec<String>,
    text: String,
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
/// 1904-01-01 as the other system counts.
const DAYS_TO_1904: f64 = 1462.0;
/// Cell formats of `styles`: 1 shows a date, 2 a date and time.
const DATE_STYLE: u8 = 1;
const TIME_STYLE: u8 = 2;

impl<W: Write + Seek> Xlsx<W> {
    pub(super) fn new(out: W, from_1904: bool, headings: &[&str]) -> io::Result<Self> {
        let mut zip = ZipWriter::new(out);
        for (name, content) in parts(from_1904) {
            start(&mut zip, name)?;
            zip.write_all(content.as_bytes())?;
        }
        start(&mut zip, "xl/worksheets/sheet1.xml")?;
        write!(zip, "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetData>")?;
        let mut packer = Xlsx {
            zip,
            from_1904,
            rows: 0,
            merged: Vec::new(),
            text: String::new(),
        };
        let mut row = Row::default();
        for heading in headings {
            row.text(*heading);
        }
        packer.row(&row)?;
        Ok(packer)
    }

    fn cell(&mut self, column: usize, cell: &Cell) {
        let place = format!("{}{}", column_name(column), self.rows);
        let day = |serial: f64| {
            if self.from_1904 {
                serial - DAYS_TO_1904
            } else {
                serial
            }
        };
        let written = match cell.typed {
            None if cell.text.is_empty() => return,
            None => {
                self.text.push_str(&format!(
                    "<c r=\"{place}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"
                ));
                escape(&mut self.text, &cell.text);
                self.text.push_str("</t></is></c>");
                return;
            }
            Some(Typed::Number(value)) => format!("<c r=\"{place}\"><v>{value}</v></c>"),
            Some(Typed::Date(serial)) => {
                format!(
                    "<c r=\"{place}\" s=\"{DATE_STYLE}\"><v>{}</v></c>",
                    day(serial)
                )
            }
            Some(Typed::Time(serial)) => {
                format!(
                    "<c r=\"{place}\" s=\"{TIME_STYLE}\"><v>{}</v></c>",
                    day(serial)
                )
            }
        };
        self.text.push_str(&written);
    }
}

impl<W: Write + Seek> Packer for Xlsx<W> {
    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.rows += 1;
        if row.merged > 1 {
            self.merged.push(format!(
                "A{0}:{1}{0}",
                self.rows,
                column_name(row.merged - 1)
            ));
        }
        self.text.push_str(&format!("<row r=\"{}\">", self.rows));
        for (column, cell) in row.cells.iter().enumerate() {
            self.cell(column, cell);
        }
        self.text.push_str("</row>");
        self.zip.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.zip.write_all(b"</sheetData>")?;
        if !self.merged.is_empty() {
            write!(self.zip, "<mergeCells count=\"{}\">", self.merged.len())?;
            for place in &self.merged {
                write!(self.zip, "<mergeCell ref=\"{place}\"/>")?;
            }
            self.zip.write_all(b"</mergeCells>")?;
        }
        self.zip.write_all(b"</worksheet>")?;
        self.zip.finish()?.flush()
    }
}

/// The parts around the first sheet; the second sheet says how to fill in the first, as they do.
fn parts(from_1904: bool) -> [(&'static str, String); 6] {
    let override_of = |part: &str, kind: &str| {
        format!(
            "<Override PartName=\"/xl/{part}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml\"/>"
        )
    };
    let relation = |id: u8, kind: &str, target: &str| {
        format!("<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let date_system = if from_1904 {
        "<workbookPr date1904=\"1\"/>"
    } else {
        "<workbookPr/>"
    };
    [
        (
            "[Content_Types].xml",
            format!(
                "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\">\
                 <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
                 <Default Extension=\"xml\" ContentType=\"application/xml\"/>{}{}{}{}</Types>",
                override_of("workbook", "sheet.main"),
                override_of("worksheets/sheet1", "worksheet"),
                override_of("worksheets/sheet2", "worksheet"),
                override_of("styles", "styles"),
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{}</Relationships>",
                relation(1, "officeDocument", "xl/workbook.xml")
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\">{date_system}<sheets>\
                 <sheet name=\"数据\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"填表说明\" sheetId=\"2\" r:id=\"rId2\"/>\
                 </sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{}{}{}</Relationships>",
                relation(1, "worksheet", "worksheets/sheet1.xml"),
                relation(2, "worksheet", "worksheets/sheet2.xml"),
                relation(3, "styles", "styles.xml"),
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "{HEAD}<styleSheet xmlns=\"{MAIN}\"><fonts count=\"1\"><font><sz val=\"11\"/><name val=\"宋体\"/></font></fonts>\
                 <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
                 <fill><patternFill patternType=\"gray125\"/></fill></fills>\
                 <borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs>\
                 <cellXfs count=\"3\"><xf/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/>\
                 <xf numFmtId=\"22\" applyNumberFormat=\"1\"/></cellXfs>\
                 <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet2.xml",
            format!(
                "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\">\
                 <is><t>证件号码请按文本格式填写</t></is></c></row></sheetData></worksheet>"
            ),
        ),
    ]
}

fn start<W: Write + Seek>(zip: &mut ZipWriter<W>, name: &str) -> io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(name.ends_with("sheet1.xml"));
    Ok(zip.start_file(name, options)?)
}

/// A, B … Z: no feed has more columns.
fn column_name(column: usize) -> char {
    char::from(b'A' + (column % 26) as u8)
}
