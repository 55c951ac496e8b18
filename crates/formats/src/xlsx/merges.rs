//! Cells merged over several rows.

use std::collections::HashMap;
use std::io::Read;

use super::part::{PartReader, Piece, attribute};
use super::sheet::area;
use crate::error::FormatError;
use crate::limits::Limits;

/// Hands the value of a merged cell down to its rows, as the rows go by.
#[derive(Default)]
pub(super) struct Merges {
    /// First row, last row and column of those still below, the next one last.
    coming: Vec<(u32, u32, usize)>,
    /// For a column, the last row of the merged cell it is in, and its value.
    open: HashMap<usize, (u32, String)>,
}

impl Merges {
    /// Finds the merged cells of a sheet.
    pub(super) fn read(bytes: Box<dyn Read + Send>, limits: &Limits) -> Result<Self, FormatError> {
        let mut part = PartReader::new(bytes, limits.max_row_bytes, limits);
        let mut coming = Vec::new();
        loop {
            part.start_row(0);
            match part.next()? {
                Piece::Open(element) if element.local_name().as_ref() == "mergeCell" => {
                    let place = attribute(&element, "ref");
                    if let Some((start, end)) = place.as_deref().and_then(area)
                        && end.0 > start.0
                    {
                        coming.push((start.0, end.0, start.1));
                    }
                    if coming.len() as u64 * 16 > limits.max_workbook_memory {
                        return Err(FormatError::Expansion {
                            limit: limits.max_workbook_memory,
                            unit: "bytes of merged cells",
                        });
                    }
                }
                Piece::End => break,
                Piece::Open(_) | Piece::Close(_) | Piece::Text(_) => {}
            }
        }
        coming.sort_unstable_by(|a, b| b.cmp(a));
        Ok(Self {
            coming,
            open: HashMap::new(),
        })
    }

    /// The rows have come to `row`, whose own cells are `cell`.
    pub(super) fn enter<'a>(&mut self, row: u32, cell: impl Fn(usize) -> Option<&'a str>) {
        if self.coming.is_empty() && self.open.is_empty() {
            return;
        }
        self.open.retain(|_, (last, _)| row <= *last);
        while let Some((first, last, column)) = self.coming.pop_if(|next| next.0 <= row) {
            // One that is blank, or began in a row that is none, has no value to pass on.
            let value = cell(column).filter(|text| first == row && !text.trim().is_empty());
            if let Some(value) = value {
                self.open.insert(column, (last, value.to_owned()));
            }
        }
    }

    /// No value is passed on but those of merged cells that begin below.
    pub(super) fn close(&mut self) {
        self.open.clear();
    }

    /// Columns up to the last that has a value from above.
    pub(super) fn width(&self) -> usize {
        self.open.keys().max().map_or(0, |last| last + 1)
    }

    /// The value from above for a cell of the row that has none.
    pub(super) fn above(&self, column: usize) -> Option<&str> {
        let (_, value) = self.open.get(&column)?;
        Some(value)
    }
}
