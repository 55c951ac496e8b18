//! Rows of a query on standard output, batch by batch.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{JsonArray, LineDelimited, Writer, WriterBuilder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use clap::ValueEnum;

use crate::table::{Side, Table, count};

/// How rows are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// Comma-separated, UTF-8, with headings; nothing between commas is null.
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line.
    Ndjson,
}

/// Prints rows as they come; memory stays bounded.
pub enum Rows<W: Write> {
    Table(Box<Columns<W>>),
    Csv(W),
    Json(Writer<W, JsonArray>),
    Ndjson(Writer<W, LineDelimited>),
}

impl<W: Write> Rows<W> {
    pub fn new(format: Format, schema: &SchemaRef, mut to: W) -> io::Result<Self> {
        let json = WriterBuilder::new().with_explicit_nulls(true);
        Ok(match format {
            Format::Table => Self::Table(Box::new(Columns::new(schema, to))),
            Format::Csv => {
                let names: Vec<String> = schema
                    .fields()
                    .iter()
                    .map(|field| quoted(field.name()))
                    .collect();
                writeln!(to, "{}", names.join(","))?;
                Self::Csv(to)
            }
            Format::Json => Self::Json(json.build(to)),
            Format::Ndjson => Self::Ndjson(json.build(to)),
        })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self {
            Self::Table(columns) => columns.write(batch),
            Self::Csv(to) => csv(batch, to),
            Self::Json(json) => json.write(batch),
            Self::Ndjson(json) => json.write(batch),
        }
    }

    pub fn finish(self) -> Result<(), ArrowError> {
        match self {
            Self::Table(columns) => columns.finish(),
            Self::Csv(mut to) => Ok(to.flush()?),
            Self::Json(mut json) => {
                json.finish()?;
                let mut to = json.into_inner();
                to.write_all(b"\n")?;
                Ok(to.flush()?)
            }
            Self::Ndjson(mut json) => {
                json.finish()?;
                Ok(json.into_inner().flush()?)
            }
        }
    }
}

/// So many rows decide how wide the columns are; what comes after is fitted in.
const DECISIVE_ROWS: usize = 1_000;

/// Rows in columns for people.
pub struct Columns<W: Write> {
    to: W,
    names: Vec<(String, Side)>,
    waiting: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
    rows: u64,
}

impl<W: Write> Columns<W> {
    fn new(schema: &SchemaRef, to: W) -> Self {
        let side = |data_type: &DataType| {
            if data_type.is_numeric() {
                Side::Right
            } else {
                Side::Left
            }
        };
        let names = schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), side(field.data_type())))
            .collect();
        Self {
            to,
            names,
            waiting: Vec::new(),
            widths: None,
            rows: 0,
        }
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let options = FormatOptions::new()
            .with_null("NULL")
            .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"));
        let columns = formatters(batch, &options)?;
        for row in 0..batch.num_rows() {
            let cell =
                |column: &ArrayFormatter<'_>| column.value(row).try_to_string().map(one_line);
            let cells = columns.iter().map(cell).collect::<Result<Vec<_>, _>>()?;
            self.rows += 1;
            match &self.widths {
                None => self.waiting.push(cells),
                Some(widths) => writeln!(
                    self.to,
                    "{}",
                    Table::new(self.names.clone()).line(&cells, widths)
                )?,
            }
        }
        if self.waiting.len() >= DECISIVE_ROWS {
            self.decide()?;
        }
        Ok(())
    }

    fn decide(&mut self) -> io::Result<()> {
        if self.widths.is_some() {
            return Ok(());
        }
        let mut table = Table::new(self.names.clone());
        for row in std::mem::take(&mut self.waiting) {
            table.row(row);
        }
        let widths = table.widths();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        let text = table.render(0, crate::style::Style::default());
        let (headings, rows) = text.split_once('\n').unwrap_or((&text, ""));
        write!(
            self.to,
            "{headings}\n{}\n{rows}",
            table.line(&rule, &widths)
        )?;
        self.widths = Some(widths);
        Ok(())
    }

    fn finish(mut self) -> Result<(), ArrowError> {
        self.decide()?;
        writeln!(
            self.to,
            "\n{} {}",
            count(self.rows),
            if self.rows == 1 { "row" } else { "rows" }
        )?;
        Ok(self.to.flush()?)
    }
}

fn csv(batch: &RecordBatch, to: &mut impl Write) -> Result<(), ArrowError> {
    let options = FormatOptions::new();
    let columns = formatters(batch, &options)?;
    let mut line = String::new();
    for row in 0..batch.num_rows() {
        line.clear();
        for (at, (column, values)) in columns.iter().zip(batch.columns()).enumerate() {
            if at > 0 {
                line.push(',');
            }
            if values.is_valid(row) {
                line.push_str(&quoted(&column.value(row).try_to_string()?));
            }
        }
        line.push('\n');
        to.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn formatters<'a>(
    batch: &'a RecordBatch,
    options: &FormatOptions<'a>,
) -> Result<Vec<ArrayFormatter<'a>>, ArrowError> {
    batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), options))
        .collect()
}

/// A cell by RFC 4180. Empty text is quoted, so that it is not null.
fn quoted(cell: &str) -> String {
    match cell.is_empty() || cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

/// Line breaks would tear the columns, and other control characters could steer the terminal.
fn one_line(cell: String) -> String {
    match cell.contains(char::is_control) {
        true => cell
            .chars()
            .map(|c| if c.is_control() { '␣' } else { c })
            .collect(),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringViewArray};

    fn batch() -> RecordBatch {
        let names = StringViewArray::from_iter([
            Some("张三, \"老张\""),
            None,
            Some(""),
            Some("a\u{1b}[2J\nb"),
        ]);
        let amounts = Decimal128Array::from_iter([Some(12_345), None, Some(-5), Some(0)]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("name", Arc::new(names)),
            ("rows", Arc::new(Int64Array::from(vec![1, 22, 333, 4_444]))),
            (
                "amount",
                Arc::new(amounts.with_precision_and_scale(18, 2).unwrap()),
            ),
            (
                "born",
                Arc::new(Date32Array::from(vec![
                    Some(0),
                    None,
                    Some(20_603),
                    Some(-1),
                ])),
            ),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, true)),
        )
        .unwrap()
    }

    fn printed(format: Format, batches: &[RecordBatch]) -> String {
        let mut to = Vec::new();
        let mut rows = Rows::new(format, &batch().schema(), &mut to).unwrap();
        for batch in batches {
            rows.write(batch).unwrap();
        }
        rows.finish().unwrap();
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn each_format_holds_every_cell() {
        let all = [Format::Table, Format::Csv, Format::Json, Format::Ndjson];
        insta::assert_snapshot!(all.map(|format| printed(format, &[batch()])).join("\n"));
    }

    #[test]
    fn a_result_without_rows_is_well_formed() {
        assert_eq!(printed(Format::Csv, &[]), "name,rows,amount,born\n");
        assert_eq!(printed(Format::Json, &[]), "[]\n");
        assert_eq!(printed(Format::Ndjson, &[]), "");
        assert!(printed(Format::Table, &[]).ends_with("\n0 rows\n"));
    }

    #[test]
    fn a_long_result_keeps_its_columns() {
        let text = printed(Format::Table, &vec![batch(); 600]);
        assert!(text.ends_with("\n2,400 rows\n"));
        let rows: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("张三"))
            .collect();
        assert_eq!(rows.len(), 600);
        assert!(rows.iter().all(|row| row == &rows[0]));
    }
}
