//! Workbooks (ECMA-376 part 1), a sheet row by row: never a whole sheet.
//!
//! The first worksheet, or the one the binding names, is read; others are noted. Cells are
//! rendered as text by [`value`]. Rows whose cells are all blank are no rows. A cell beyond the
//! headings stands in a column of its own, named by its place (`column 9`); a missing one is null.
//! A cell merged over several rows stands for each of them, headings included.
//!
//! Only the shared strings and the kinds of cell styles stay in memory, within
//! [`Limits::max_workbook_memory`].

mod merges;
mod package;
mod part;
mod rows;
mod sheet;
mod strings;
mod value;

use std::io::Read;

use crate::archive::Archive;
use crate::batch::TextBatch;
use crate::error::FormatError;
use crate::limits::Limits;
use crate::open::{Note, TextReader};
use merges::Merges;
use package::Package;
use rows::Rows;
pub(crate) use rows::UNNAMED;
use sheet::SheetReader;

/// Reads one sheet of a workbook.
pub(crate) struct XlsxReader {
    archive: Archive,
    sheet: Option<String>,
    header_row: u32,
    limits: Limits,
    /// None until the first batch is asked for, and after the last.
    open: Option<(SheetReader, Rows)>,
    started: bool,
    notes: Vec<Note>,
    /// Whether days are counted from 1904.
    is_1904: bool,
}

impl XlsxReader {
    /// A reader of a sheet of `archive`; headings are in the first row at or below `header_row`
    /// (from 1) that isn't blank.
    pub(crate) fn new(
        archive: Archive,
        sheet: Option<String>,
        header_row: u32,
        limits: &Limits,
    ) -> Self {
        Self {
            archive,
            sheet,
            header_row: header_row.max(1),
            limits: limits.clone(),
            open: None,
            started: false,
            notes: Vec::new(),
            is_1904: false,
        }
    }

    fn start(&mut self) -> Result<(), FormatError> {
        self.started = true;
        let package = Package::read(&self.archive, &self.limits)?;
        let names = || package.sheets.iter().map(|sheet| &sheet.name);
        let at = match &self.sheet {
            Some(wanted) => names().position(|name| name == wanted),
            None => (!package.sheets.is_empty()).then_some(0),
        };
        let Some(sheet) = at.and_then(|at| package.sheets.get(at)) else {
            return Err(FormatError::NoSheet {
                wanted: self.sheet.clone().unwrap_or_else(|| "(any)".into()),
                available: names().cloned().collect(),
            });
        };
        let others = names().filter(|name| **name != sheet.name);
        self.notes = others
            .map(|name| Note::SheetUnread {
                sheet: name.clone(),
            })
            .collect();
        let member = sheet.member.clone();
        let merges = if self.mentions_merges(&member)? {
            Merges::read(self.archive.scan(&member)?, &self.limits)?
        } else {
            Merges::default()
        };
        let bytes = self.archive.read(&member)?;
        let values = package.values();
        self.is_1904 = values.is_1904;
        let reader = SheetReader::new(bytes, values, &self.limits);
        let rows = Rows::new(self.header_row, merges, &self.limits);
        self.open = Some((reader, rows));
        Ok(())
    }

    /// Whether merged cells are mentioned anywhere in a sheet: they stand after its rows, and
    /// most sheets have none.
    fn mentions_merges(&self, member: &crate::archive::Member) -> Result<bool, FormatError> {
        const WORD: &[u8] = b"mergeCell";
        let mut part = self.archive.scan(member)?;
        let mut buffer = vec![0; 1 << 16];
        let mut kept = 0;
        loop {
            let room = buffer.get_mut(kept..).unwrap_or_default();
            let n = part.read(room).map_err(FormatError::from_io)?;
            let filled = buffer.get(..kept + n).unwrap_or_default();
            if n == 0 || memchr::memmem::find(filled, WORD).is_some() {
                return Ok(n > 0);
            }
            // The word may be split between two pieces.
            let tail = filled.len().saturating_sub(WORD.len() - 1);
            kept = filled.len() - tail;
            buffer.copy_within(tail..tail + kept, 0);
        }
    }
}

impl TextReader for XlsxReader {
    fn counts_from_1904(&self) -> bool {
        self.is_1904
    }

    fn next_batch(&mut self) -> Result<Option<TextBatch>, FormatError> {
        if !self.started {
            self.start()?;
        }
        let Some((sheet, rows)) = &mut self.open else {
            return Ok(None);
        };
        while !rows.is_full() {
            if !sheet.next_row(rows.number())? {
                let last = rows.finish();
                self.open = None;
                return last;
            }
            rows.push(sheet.row())?;
        }
        rows.take().map(Some)
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}

/// The workbook is damaged.
fn damaged(what: &'static str) -> FormatError {
    FormatError::BadContainer {
        container: "workbook",
        what,
    }
}
