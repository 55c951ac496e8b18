//! Sheet rows on their way into a table.

use super::merges::Merges;
use super::sheet::SheetRow;
use crate::batch::{Table, TextBatch, heading};
use crate::error::FormatError;
use crate::limits::Limits;

/// With their number behind it, what columns beyond the headings are called.
pub(crate) const UNNAMED: &str = "column ";

/// Headings, then rows.
pub(super) struct Rows {
    header_row: u32,
    merges: Merges,
    limits: Limits,
    /// How many headings there are.
    width: usize,
    /// None until the headings are read.
    table: Option<Table>,
    /// A batch has been taken.
    taken: bool,
}

impl Rows {
    pub(super) fn new(header_row: u32, merges: Merges, limits: &Limits) -> Self {
        Self {
            header_row,
            merges,
            limits: limits.clone(),
            width: 0,
            table: None,
            taken: false,
        }
    }

    /// The number of the row being read; 0 for the headings.
    pub(super) fn number(&self) -> i64 {
        self.table.as_ref().map_or(0, Table::row)
    }

    pub(super) fn is_full(&self) -> bool {
        self.table.as_ref().is_some_and(Table::is_full)
    }

    /// Takes a sheet row as headings, as a row, or as none.
    pub(super) fn push(&mut self, row: &SheetRow) -> Result<(), FormatError> {
        let width = row.width();
        if width == 0 {
            return Ok(());
        }
        self.merges.enter(row.number, |column| row.cell(column));
        let Some(table) = &mut self.table else {
            if row.number >= self.header_row {
                self.table = Some(self.headings(row)?);
                // A heading is no row's value.
                self.merges.close();
            }
            return Ok(());
        };
        for column in self.width..width {
            let cell = row.cell(column);
            if let Some(text) = cell.filter(|text| !text.trim().is_empty()) {
                table.put(column, &unnamed(column), Some(text))?;
            }
        }
        table.push_row((0..self.width).map(|column| value(row, &self.merges, column)));
        Ok(())
    }

    /// The rows so far.
    pub(super) fn take(&mut self) -> Result<TextBatch, FormatError> {
        self.taken = true;
        match &mut self.table {
            Some(table) => table.take(),
            None => Err(FormatError::NoHeadings {
                header_row: self.header_row,
            }),
        }
    }

    /// The last rows; the headings alone, if there was no row.
    pub(super) fn finish(&mut self) -> Result<Option<TextBatch>, FormatError> {
        if self.taken && self.table.as_ref().is_some_and(Table::is_empty) {
            return Ok(None);
        }
        self.take().map(Some)
    }

    /// A heading merged over two rows stands in the lower one too.
    fn headings(&mut self, row: &SheetRow) -> Result<Table, FormatError> {
        self.width = row.width().max(self.merges.width());
        if self.width > self.limits.max_columns {
            return Err(FormatError::TooManyColumns {
                limit: self.limits.max_columns,
                row: None,
            });
        }
        let headings = (0..self.width).map(|column| value(row, &self.merges, column));
        let headings = headings.map(|text| heading(text.unwrap_or_default()));
        Ok(Table::positional(headings.collect(), &self.limits))
    }
}

/// A cell's own text, else that of the merged cell it is in.
fn value<'a>(row: &'a SheetRow, merges: &'a Merges, column: usize) -> Option<&'a str> {
    let own = row.cell(column);
    own.filter(|text| !text.is_empty())
        .or_else(|| merges.above(column))
        .or(own)
}

/// What a column (from 0) beyond the headings is called.
fn unnamed(column: usize) -> String {
    format!("{UNNAMED}{}", column + 1)
}
