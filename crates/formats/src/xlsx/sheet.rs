//! The rows of a sheet, one after another.

use std::io::Read;

use quick_xml::events::BytesStart;

use super::damaged;
use super::part::{PartReader, Piece, attribute};
use super::strings::{StringItem, unescape};
use super::value::{CellType, Values};
use crate::error::FormatError;
use crate::limits::Limits;

/// The last row and column a sheet can have (ECMA-376 sets none; Excel's).
const ROWS: u32 = 1 << 20;
const COLUMNS: usize = 1 << 14;

/// A row as it stands in a sheet.
#[derive(Default)]
pub(super) struct SheetRow {
    /// From 1.
    pub(super) number: u32,
    text: String,
    cells: Vec<Option<(usize, usize)>>,
}

impl SheetRow {
    /// The text of the cell in `column` (from 0).
    pub(super) fn cell(&self, column: usize) -> Option<&str> {
        let (start, end) = self.cells.get(column).copied().flatten()?;
        self.text.get(start..end)
    }

    /// Columns up to the last that isn't blank.
    pub(super) fn width(&self) -> usize {
        let filled = |column: &usize| {
            let text = self.cell(*column);
            text.is_some_and(|text| !text.trim().is_empty())
        };
        (0..self.cells.len())
            .rev()
            .find(filled)
            .map_or(0, |last| last + 1)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
    }
}

/// Reads a sheet.
pub(super) struct SheetReader {
    part: PartReader,
    values: Values,
    row: SheetRow,
    /// The formula of the cell at hand.
    formula: String,
    max_row_bytes: usize,
    in_data: bool,
}

impl SheetReader {
    pub(super) fn new(bytes: Box<dyn Read + Send>, values: Values, limits: &Limits) -> Self {
        Self {
            part: PartReader::new(bytes, limits.max_row_bytes, limits),
            values,
            row: SheetRow::default(),
            formula: String::new(),
            max_row_bytes: limits.max_row_bytes,
            in_data: false,
        }
    }

    /// The row read last.
    pub(super) fn row(&self) -> &SheetRow {
        &self.row
    }

    /// Goes to the next row; false at the end. `row` is what errors call it.
    pub(super) fn next_row(&mut self, row: i64) -> Result<bool, FormatError> {
        self.row.clear();
        loop {
            self.part.start_row(row);
            match self.part.next()? {
                Piece::Open(element) => match element.local_name().as_ref() {
                    "sheetData" => self.in_data = true,
                    "row" if self.in_data => {
                        self.row.number = match attribute(&element, "r") {
                            Some(number) => number.parse().unwrap_or(0),
                            None => self.row.number + 1,
                        };
                        if !(1..=ROWS).contains(&self.row.number) {
                            return Err(damaged("the number of a row is out of bounds"));
                        }
                        self.read_cells(row)?;
                        return Ok(true);
                    }
                    _ => {}
                },
                Piece::Close("sheetData") => self.in_data = false,
                Piece::End => return Ok(false),
                Piece::Close(_) | Piece::Text(_) => {}
            }
        }
    }

    fn read_cells(&mut self, row: i64) -> Result<(), FormatError> {
        let mut column = 0;
        loop {
            match self.part.next()? {
                Piece::Open(element) if element.local_name().as_ref() == "c" => {
                    let cell = Cell::of(&element, column)?;
                    column = cell.column + 1;
                    self.read_cell(&cell)?;
                    if self.row.text.len() > self.max_row_bytes {
                        return Err(FormatError::RowTooLarge {
                            limit: self.max_row_bytes,
                            row,
                        });
                    }
                }
                Piece::Close("row") => return Ok(()),
                Piece::End => return Ok(()),
                Piece::Open(_) | Piece::Close(_) | Piece::Text(_) => {}
            }
        }
    }

    fn read_cell(&mut self, cell: &Cell) -> Result<(), FormatError> {
        let text = &mut self.row.text;
        let start = text.len();
        let (mut in_value, mut in_formula, mut has_formula) = (false, false, false);
        self.formula.clear();
        let mut item = StringItem::default();
        loop {
            match self.part.next()? {
                Piece::Open(element) => match element.local_name().as_ref() {
                    "v" => in_value = true,
                    "f" => (in_formula, has_formula) = (true, true),
                    name => item.open(name),
                },
                // Where there are both, the inline string is the value.
                Piece::Text(piece) if in_value && cell.kind != CellType::Inline => {
                    text.push_str(piece);
                }
                Piece::Text(piece) if in_formula => self.formula.push_str(piece),
                Piece::Text(piece) => item.text(piece, text),
                Piece::Close("v") => in_value = false,
                Piece::Close("f") => in_formula = false,
                Piece::Close("c") | Piece::End => break,
                Piece::Close(name) => item.close(name),
            }
        }
        // A formula whose value was not kept: not the same as nothing.
        if cell.kind == CellType::Number && text.len() == start && has_formula {
            text.push('=');
            text.push_str(&self.formula);
        }
        if matches!(cell.kind, CellType::Inline | CellType::Text) {
            unescape(text, start);
        }
        if self.values.render(cell.kind, cell.style, start, text)? {
            if cell.column >= self.row.cells.len() {
                self.row.cells.resize(cell.column + 1, None);
            }
            if let Some(place) = self.row.cells.get_mut(cell.column) {
                *place = Some((start, text.len()));
            }
        }
        Ok(())
    }
}

/// What a `c` element says before its value.
struct Cell {
    column: usize,
    style: usize,
    kind: CellType,
}

impl Cell {
    /// `next`: the column it is in if it doesn't say.
    fn of(element: &BytesStart<'_>, next: usize) -> Result<Self, FormatError> {
        let mut cell = Self {
            column: next,
            style: 0,
            kind: CellType::Number,
        };
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => cell.column = column_of(&attribute.value).unwrap_or(COLUMNS),
                "s" => cell.style = attribute.value.parse().unwrap_or(0),
                "t" => cell.kind = CellType::of(&attribute.value),
                _ => {}
            }
        }
        if cell.column >= COLUMNS {
            return Err(damaged("the column of a cell is out of bounds"));
        }
        Ok(cell)
    }
}

/// The column (from 0) of a cell such as `BC12`.
fn column_of(cell: &str) -> Option<usize> {
    let letters = cell.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters.take(4).fold(0, |column, letter| {
        column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    column.checked_sub(1)
}

/// Rows (from 1) and columns (from 0) of an area such as `A2:A4`.
pub(super) fn area(text: &str) -> Option<((u32, usize), (u32, usize))> {
    let corner = |cell: &str| {
        let digits = cell.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let row = digits.parse().ok().filter(|row| (1..=ROWS).contains(row))?;
        let column = column_of(cell).filter(|column| *column < COLUMNS)?;
        Some((row, column))
    };
    let (start, end) = text.split_once(':')?;
    Some((corner(start)?, corner(end)?))
}
