//! Workbooks (ECMA-376), a sheet's cells as they come: never a whole sheet.
//!
//! The first worksheet, or the one the binding names, is read; others are noted. Cells are
//! rendered as text by `xlsx_cell`. Rows whose cells are all blank are no rows. A cell beyond
//! the headings breaks its row ([`ROW_WIDTH`]); a missing one is null. A cell merged over
//! several rows stands for each of them.
//!
//! calamine, which knows the format, lends its reader from the workbook; a thread that owns both
//! keeps that loan, and hands over one batch at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use calamine::{Dimensions, Reader, SheetType, Xlsx, XlsxError};

use crate::archive::{Archive, Located, open_file};
use crate::batch::{ROW_WIDTH, Table, TextBatch, heading};
use crate::error::FormatError;
use crate::limits::Limits;
use crate::open::{Note, TextReader};
use crate::xlsx_cell::render;

/// Reads one sheet of a workbook.
pub(crate) struct XlsxReader {
    /// What the thread will read; gone once it runs.
    job: Option<Job>,
    running: Option<(Receiver<Message>, JoinHandle<()>)>,
    notes: Vec<Note>,
}

enum Message {
    Note(Note),
    Batch(TextBatch),
    Failed(FormatError),
}

impl XlsxReader {
    /// A reader of the workbook in `file`, whose directory is `archive`.
    pub(crate) fn new(
        archive: Archive,
        file: Located,
        sheet: Option<String>,
        header_row: u32,
        limits: &Limits,
    ) -> Self {
        Self {
            job: Some(Job {
                archive,
                file,
                sheet,
                header_row: header_row.max(1),
                limits: limits.clone(),
            }),
            running: None,
            notes: Vec::new(),
        }
    }
}

impl TextReader for XlsxReader {
    fn next_batch(&mut self) -> Result<Option<TextBatch>, FormatError> {
        if let Some(job) = self.job.take() {
            let (sender, receiver) = sync_channel(1);
            let thread = std::thread::Builder::new()
                .name("rongtong-xlsx".into())
                .spawn(move || {
                    if let Err(error) = job.run(&sender) {
                        let _ = sender.send(Message::Failed(error));
                    }
                })
                .map_err(FormatError::from_io)?;
            self.running = Some((receiver, thread));
        }
        let Some((receiver, thread)) = self.running.take() else {
            return Ok(None);
        };
        loop {
            match receiver.recv() {
                Ok(Message::Note(note)) => self.notes.push(note),
                Ok(Message::Batch(batch)) => {
                    self.running = Some((receiver, thread));
                    return Ok(Some(batch));
                }
                Ok(Message::Failed(error)) => return Err(error),
                Err(_) => {
                    return match thread.join() {
                        Ok(()) => Ok(None),
                        Err(_) => Err(damaged("its parts contradict each other")),
                    };
                }
            }
        }
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}

/// The reader has been dropped: nobody waits for the rest.
struct Gone;

struct Job {
    archive: Archive,
    file: Located,
    sheet: Option<String>,
    header_row: u32,
    limits: Limits,
}

impl Job {
    fn run(self, sender: &SyncSender<Message>) -> Result<(), FormatError> {
        let merged = self.inspect()?;
        let file = BufReader::new(open_file(&self.file.path)?);
        let mut workbook: Xlsx<BufReader<File>> = Xlsx::new(file).map_err(fault)?;
        let is_1904 = workbook.has_1904_epoch();
        let (name, others) = self.choose(&workbook)?;
        for sheet in others {
            if sender
                .send(Message::Note(Note::SheetUnread { sheet }))
                .is_err()
            {
                return Ok(());
            }
        }
        let merges = if merged {
            workbook.merge_cells_by_sheet_name(&name).map_err(fault)?
        } else {
            Vec::new()
        };
        let mut cells = workbook.worksheet_cells_reader(&name).map_err(fault)?;
        let mut sheet = Sheet::new(self.header_row, merges, &self.limits);
        while let Some(cell) = cells.next_cell().map_err(fault)? {
            let (row, column) = cell.get_position();
            if row != sheet.row && sheet.end_row(sender)?.is_err() {
                return Ok(());
            }
            sheet.row = row;
            let start = sheet.text.len();
            if render(cell.get_value(), is_1904, &mut sheet.text) {
                sheet.put(column as usize, start)?;
            }
        }
        if sheet.end_row(sender)?.is_ok() {
            sheet.finish(sender)?;
        }
        Ok(())
    }

    /// The sheet to read, and the names of the others.
    fn choose(
        &self,
        workbook: &Xlsx<BufReader<File>>,
    ) -> Result<(String, Vec<String>), FormatError> {
        let mut names: Vec<String> = workbook
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| sheet.name.clone())
            .collect();
        let at = match &self.sheet {
            Some(wanted) => names.iter().position(|name| name == wanted),
            None => (!names.is_empty()).then_some(0),
        };
        match at {
            Some(at) => {
                let name = names.remove(at);
                Ok((name, names))
            }
            None => Err(FormatError::NoSheet {
                wanted: self.sheet.clone().unwrap_or_else(|| "(any)".into()),
                available: names,
            }),
        }
    }

    /// Expands every part once, keeping nothing, so that calamine, which doesn't count, expands
    /// no bomb: sizes and checksums must be what the directory says, what stays in memory must
    /// fit, and no piece of text may be larger than a row. Tells whether cells are merged.
    fn inspect(&self) -> Result<bool, FormatError> {
        let mut merged = false;
        let mut memory = 0u64;
        let mut buffer = vec![0; 1 << 16];
        for member in &self.archive.members {
            if !(member.name.ends_with(".xml") || member.name.ends_with(".rels")) {
                continue;
            }
            let sheet = member.name.starts_with("xl/worksheets/");
            let mut part = self.archive.read(member)?;
            let mut gap = 0usize;
            loop {
                let n = part.read(&mut buffer).map_err(FormatError::from_io)?;
                let piece = buffer.get(..n).unwrap_or_default();
                if piece.is_empty() {
                    break;
                }
                if !sheet {
                    memory += n as u64;
                    if memory > self.limits.max_workbook_memory {
                        return Err(FormatError::Expansion {
                            limit: self.limits.max_workbook_memory,
                            unit: "bytes kept in memory",
                        });
                    }
                }
                let first = memchr::memchr(b'<', piece);
                gap += first.unwrap_or(n);
                if gap > self.limits.max_row_bytes {
                    return Err(FormatError::RowTooLarge {
                        limit: self.limits.max_row_bytes,
                        row: 0,
                    });
                }
                if let Some(last) = memchr::memrchr(b'<', piece) {
                    gap = n - last;
                }
                // Split between two pieces it is missed, but it stands in each sheet with
                // merged cells twice and more: `mergeCells`, then each `mergeCell`.
                merged |= sheet && memchr::memmem::find(piece, b"mergeCell").is_some();
            }
        }
        Ok(merged)
    }
}

/// A sheet's rows on their way into a table.
struct Sheet {
    /// The row being read, from 0.
    row: u32,
    /// Text of its cells, and where each lies.
    text: String,
    cells: Vec<Option<(usize, usize)>>,
    header_row: u32,
    table: Option<Table>,
    limits: Limits,
    merges: Merges,
}

impl Sheet {
    fn new(header_row: u32, merges: Vec<Dimensions>, limits: &Limits) -> Self {
        Self {
            row: 0,
            text: String::new(),
            cells: Vec::new(),
            header_row,
            table: None,
            limits: limits.clone(),
            merges: Merges::new(merges),
        }
    }

    /// The text from `start` is the cell in `column`.
    fn put(&mut self, column: usize, start: usize) -> Result<(), FormatError> {
        if self.text.len() > self.limits.max_row_bytes {
            return Err(FormatError::RowTooLarge {
                limit: self.limits.max_row_bytes,
                row: self.table.as_ref().map_or(0, Table::row),
            });
        }
        if column >= self.cells.len() {
            self.cells.resize(column + 1, None);
        }
        self.cells[column] = Some((start, self.text.len()));
        Ok(())
    }

    /// Ends the row being read: headings, a row of the table, or nothing.
    fn end_row(&mut self, sender: &SyncSender<Message>) -> Result<Result<(), Gone>, FormatError> {
        let mut cells = std::mem::take(&mut self.cells);
        let text = std::mem::take(&mut self.text);
        let cell = |at: &Option<(usize, usize)>| at.and_then(|(from, to)| text.get(from..to));
        let filled = |at: &Option<(usize, usize)>| cell(at).is_some_and(|t| !t.trim().is_empty());
        let width = cells.iter().rposition(filled).map_or(0, |last| last + 1);
        cells.truncate(width);
        let mut outcome = Ok(());
        match &mut self.table {
            _ if width == 0 => {}
            None if self.row + 1 >= self.header_row => {
                if width > self.limits.max_columns {
                    return Err(FormatError::TooManyColumns {
                        limit: self.limits.max_columns,
                        row: None,
                    });
                }
                let headings = cells.iter().map(|at| heading(cell(at).unwrap_or_default()));
                self.table = Some(Table::positional(headings.collect(), &self.limits));
            }
            None => {}
            Some(table) if width > table.width() => {
                let raw: Vec<Option<&str>> = cells.iter().map(cell).collect();
                table.push_broken(ROW_WIDTH, serde_json::Value::from(raw).to_string());
            }
            Some(table) => {
                self.merges.enter(self.row);
                let values: Vec<Option<&str>> = (0..table.width())
                    .map(|column| {
                        let own = cells.get(column).and_then(cell);
                        own.filter(|text| !text.is_empty())
                            .or_else(|| self.merges.above(column, self.row))
                            .or(own)
                    })
                    .collect();
                table.push_row(values.iter().copied());
                self.merges
                    .note(self.row, |column| cells.get(column).and_then(cell));
                if table.is_full() {
                    let batch = table.take()?;
                    outcome = sender.send(Message::Batch(batch)).map_err(|_| Gone);
                }
            }
        }
        // Their room is used again.
        self.cells = cells;
        self.cells.clear();
        self.text = text;
        self.text.clear();
        Ok(outcome)
    }

    /// The last rows; the headings alone, if there was no row.
    fn finish(mut self, sender: &SyncSender<Message>) -> Result<(), FormatError> {
        let Some(table) = &mut self.table else {
            return Err(FormatError::NoHeadings {
                header_row: self.header_row,
            });
        };
        if !table.is_empty() || table.row() == 1 {
            let batch = table.take()?;
            // Nobody waiting is no error.
            let _ = sender.send(Message::Batch(batch));
        }
        Ok(())
    }
}

/// Cells merged over several rows.
struct Merges {
    /// Those still below, the next one last.
    coming: Vec<Dimensions>,
    /// For a column, the last row of the merged cell it is in, and the value once known.
    open: HashMap<usize, (u32, Option<String>)>,
}

impl Merges {
    fn new(mut all: Vec<Dimensions>) -> Self {
        all.retain(|area| area.end.0 > area.start.0);
        all.sort_by_key(|area| std::cmp::Reverse(area.start));
        Self {
            coming: all,
            open: HashMap::new(),
        }
    }

    /// The rows have come to `row`.
    fn enter(&mut self, row: u32) {
        while let Some(area) = self.coming.pop_if(|area| area.start.0 <= row) {
            // One that began above, in a row that is none, has no value to pass on.
            if area.start.0 == row {
                self.open.insert(area.start.1 as usize, (area.end.0, None));
            }
        }
    }

    /// The value from above for a cell without one of its own.
    fn above(&self, column: usize, row: u32) -> Option<&str> {
        let (last, value) = self.open.get(&column)?;
        value.as_deref().filter(|_| row <= *last)
    }

    /// Notes the values of the merged cells that begin in `row`, and drops those that end.
    fn note<'a>(&mut self, row: u32, value: impl Fn(usize) -> Option<&'a str>) {
        self.open.retain(|column, (last, kept)| {
            if kept.is_none() {
                *kept = value(*column).map(str::to_owned);
            }
            row < *last && kept.is_some()
        });
    }
}

fn damaged(what: &'static str) -> FormatError {
    FormatError::BadContainer {
        container: "workbook",
        what,
    }
}

/// calamine's errors, without the values that some of them quote.
fn fault(error: XlsxError) -> FormatError {
    match error {
        XlsxError::Io(source) => FormatError::from_io(source),
        XlsxError::Password => damaged("it is protected by a password"),
        XlsxError::XmlEof(_) => FormatError::CutShort {
            inside: "a sheet of the workbook",
            row: None,
        },
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::Encoding(_) => {
            damaged("a part of it is not well-formed XML")
        }
        XlsxError::FileNotFound(_)
        | XlsxError::RelationshipNotFound
        | XlsxError::WorksheetNotFound(_) => damaged("a part of it is missing"),
        XlsxError::NotAWorksheet(_) => damaged("the sheet is no worksheet"),
        _ => damaged("a cell or a part of it can't be understood"),
    }
}
