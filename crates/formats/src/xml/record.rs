//! One record element to one row.

use crate::batch::Table;
use crate::error::FormatError;

/// The cells of the record being read. Strings are kept and used again.
#[derive(Default)]
pub(super) struct Record {
    cells: Vec<Cell>,
    /// How many of `cells` are in use.
    used: usize,
    /// Names of the open elements under the record, joined by `/`.
    path: String,
    /// Text of the open elements, one after another.
    text: String,
    levels: Vec<Level>,
}

#[derive(Default)]
struct Cell {
    name: String,
    value: String,
    null: bool,
}

/// An open element.
struct Level {
    /// How long `path` and `text` were before it.
    path: usize,
    text: usize,
    parent: bool,
    nil: bool,
}

impl Record {
    /// Begins a new record.
    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.path.clear();
        self.text.clear();
        self.levels.clear();
    }

    /// A child, or a child's child, opens.
    pub(super) fn open(&mut self, name: &str) {
        if let Some(parent) = self.levels.last_mut() {
            parent.parent = true;
        }
        self.levels.push(Level {
            path: self.path.len(),
            text: self.text.len(),
            parent: false,
            nil: false,
        });
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(name);
    }

    /// An attribute of the element opened last.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        let at = self.path.len();
        if !self.levels.is_empty() {
            self.path.push('@');
        }
        self.path.push_str(name);
        self.add(self.levels.len() > 1, value, false);
        self.path.truncate(at);
    }

    /// The element opened last is null.
    pub(super) fn nil(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.nil = true;
        }
    }

    /// Text inside the element opened last.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The element opened last closes.
    pub(super) fn close(&mut self) {
        let Some(level) = self.levels.pop() else {
            return;
        };
        let text = self.text.split_off(level.text);
        if !level.parent {
            self.add(!self.levels.is_empty(), &text, level.nil);
        } else if !text.trim().is_empty() {
            self.path.push_str("/#text");
            self.add(true, &text, false);
        }
        self.path.truncate(level.path);
    }

    /// The record closes: its cells become a row of `table`.
    pub(super) fn commit(&mut self, table: &mut Table) -> Result<(), FormatError> {
        if !self.text.trim().is_empty() {
            let text = std::mem::take(&mut self.text);
            self.path.push_str("#text");
            self.add(false, &text, false);
        }
        let cells = self.cells.iter().take(self.used);
        for (hint, cell) in cells.enumerate() {
            let value = (!cell.null).then_some(cell.value.as_str());
            table.put(hint, &cell.name, value)?;
        }
        table.end_row();
        Ok(())
    }

    /// Adds the value of the column `path`; a nested one joins what it already has.
    fn add(&mut self, nested: bool, value: &str, null: bool) {
        if nested {
            let used = self.cells.iter_mut().take(self.used);
            if let Some(cell) = used.rev().find(|cell| cell.name == self.path) {
                if !null {
                    cell.value.push(';');
                    cell.value.push_str(value);
                }
                return;
            }
        }
        if self.used == self.cells.len() {
            self.cells.push(Cell::default());
        }
        if let Some(cell) = self.cells.get_mut(self.used) {
            cell.name.clear();
            cell.name.push_str(&self.path);
            cell.value.clear();
            cell.value.push_str(value);
            cell.null = null;
        }
        self.used += 1;
    }
}
