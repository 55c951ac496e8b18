//! Rows of text on their way into Arrow.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayBuilder, ArrayRef, RecordBatch, RecordBatchOptions, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::{FormatError, printable_heading};
use crate::limits::Limits;

/// Rule of a row with more or fewer cells than there are headings.
pub const ROW_WIDTH: &str = "row_width";
/// Rule of a row that the packing's grammar can't read.
pub const ROW_UNPARSABLE: &str = "row_unparsable";

/// Some rows of a delivery, every cell the text that was received.
pub struct TextBatch {
    /// All columns are nullable `Utf8View`, named by the headings as delivered (trimmed). In
    /// positional packings two columns may have one name. In workbooks and keyed packings a later
    /// batch may have more columns than this, appended, never fewer.
    pub rows: RecordBatch,
    /// The number of each row of `rows`, from 1.
    pub row_numbers: Vec<i64>,
    /// The rows that can't be split into columns, numbered in the same count.
    pub broken: Vec<BrokenRow>,
}

impl TextBatch {
    /// Rows received: good and broken.
    pub fn received(&self) -> usize {
        self.row_numbers.len() + self.broken.len()
    }
}

/// Counts only: cells are personal data.
impl fmt::Debug for TextBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextBatch")
            .field("columns", &self.rows.num_columns())
            .field("rows", &self.row_numbers.len())
            .field("broken", &self.broken.len())
            .finish()
    }
}

/// A row that can't be split into columns.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokenRow {
    /// Its number, from 1.
    pub row: i64,
    /// [`ROW_WIDTH`] or [`ROW_UNPARSABLE`].
    pub rule: &'static str,
    /// What was received, as JSON: an array of cells, or `{"text": …}`.
    pub raw: String,
}

/// Without the raw row, which is personal data.
impl fmt::Debug for BrokenRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokenRow")
            .field("row", &self.row)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}

/// The columns of a delivery, filled row by row and emptied batch by batch.
pub(crate) struct Table {
    names: Vec<String>,
    columns: Vec<StringViewBuilder>,
    /// Where a key stands; filled for keyed packings only.
    index: HashMap<String, usize>,
    row_numbers: Vec<i64>,
    broken: Vec<BrokenRow>,
    bytes: usize,
    next_row: i64,
    batch_rows: usize,
    batch_bytes: usize,
    max_columns: usize,
}

impl Table {
    /// A table whose columns are known: one for each heading.
    pub(crate) fn positional(headings: Vec<String>, limits: &Limits) -> Self {
        let columns = headings.iter().map(|_| column(0)).collect();
        Self {
            names: headings,
            columns,
            ..Self::keyed(limits)
        }
    }

    /// A table whose columns come with the keys.
    pub(crate) fn keyed(limits: &Limits) -> Self {
        Self {
            names: Vec::new(),
            columns: Vec::new(),
            index: HashMap::new(),
            row_numbers: Vec::new(),
            broken: Vec::new(),
            bytes: 0,
            next_row: 1,
            batch_rows: limits.batch_rows.max(1),
            batch_bytes: limits.batch_bytes,
            max_columns: limits.max_columns,
        }
    }

    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The number of the row being read.
    pub(crate) fn row(&self) -> i64 {
        self.next_row
    }

    /// Appends a whole row by position; cells that are missing at its end are null.
    pub(crate) fn push_row<'a>(&mut self, cells: impl Iterator<Item = Option<&'a str>>) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match cell {
                Some(cell) => {
                    self.bytes += cell.len();
                    column.append_value(cell);
                }
                None => column.append_null(),
            }
        }
        self.end_row();
    }

    /// Puts one cell of the row being read under its key. `hint` is where the key stood in the
    /// row before. Fails when the key comes twice in the row.
    pub(crate) fn put(
        &mut self,
        hint: usize,
        key: &str,
        value: Option<&str>,
    ) -> Result<(), FormatError> {
        let key = key.trim();
        let at = match self.names.get(hint) {
            Some(name) if name == key => hint,
            _ => match self.index.get(key) {
                Some(at) => *at,
                None => self.add_column(key)?,
            },
        };
        let row = self.row_numbers.len();
        let column = &mut self.columns[at];
        if column.len() > row {
            return Err(FormatError::ColumnTwice {
                heading: printable_heading(key),
                row: self.next_row,
            });
        }
        pad(column, row);
        match value {
            Some(value) => {
                self.bytes += value.len();
                column.append_value(value);
            }
            None => column.append_null(),
        }
        Ok(())
    }

    /// Ends the row being read.
    pub(crate) fn end_row(&mut self) {
        self.bytes += 16 * self.columns.len();
        self.row_numbers.push(self.next_row);
        self.next_row += 1;
    }

    /// Sets the row being read aside.
    pub(crate) fn push_broken(&mut self, rule: &'static str, raw: String) {
        self.bytes += raw.len();
        self.broken.push(BrokenRow {
            row: self.next_row,
            rule,
            raw,
        });
        self.next_row += 1;
    }

    /// Whether the batch should be taken now.
    pub(crate) fn is_full(&self) -> bool {
        self.row_numbers.len() + self.broken.len() >= self.batch_rows
            || self.bytes >= self.batch_bytes
    }

    /// Whether there is nothing to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.row_numbers.is_empty() && self.broken.is_empty()
    }

    /// The rows so far, as a batch; the table goes on empty.
    pub(crate) fn take(&mut self) -> Result<TextBatch, FormatError> {
        let row_numbers = std::mem::take(&mut self.row_numbers);
        let broken = std::mem::take(&mut self.broken);
        self.bytes = 0;
        let count = row_numbers.len();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for builder in &mut self.columns {
            pad(builder, count);
            arrays.push(Arc::new(builder.finish()));
            *builder = column(count);
        }
        let fields: Vec<Field> = self
            .names
            .iter()
            .map(|name| Field::new(name, DataType::Utf8View, true))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let rows =
            RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
                .map_err(|error| FormatError::Io {
                    source: std::io::Error::other(error),
                })?;
        Ok(TextBatch {
            rows,
            row_numbers,
            broken,
        })
    }

    fn add_column(&mut self, key: &str) -> Result<usize, FormatError> {
        let at = self.columns.len();
        if at >= self.max_columns {
            return Err(FormatError::TooManyColumns {
                limit: self.max_columns,
                row: Some(self.next_row),
            });
        }
        self.names.push(key.into());
        self.index.insert(key.into(), at);
        self.columns.push(column(0));
        Ok(at)
    }
}

/// A heading as columns are named by it: without blanks around it and byte order marks.
pub(crate) fn heading(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
        .into()
}

fn column(capacity: usize) -> StringViewBuilder {
    StringViewBuilder::with_capacity(capacity)
}

fn pad(column: &mut StringViewBuilder, length: usize) {
    while column.len() < length {
        column.append_null();
    }
}
