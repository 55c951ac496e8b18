//! One row on its way from a feed to a packing, and what the truth says about it.

use crate::dirt::Fault;

#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    pub(crate) mentions: Vec<Mention>,
    /// Faults of the row as a whole, or of cells that describe no one mention.
    pub(crate) faults: Vec<Fault>,
    /// How many of the first cells are merged into one, where the packing can.
    pub(crate) merged: usize,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    /// As every text packing writes it; empty for nothing.
    pub(crate) text: String,
    /// As a spreadsheet or JSON may hold it instead.
    pub(crate) typed: Option<Typed>,
    /// Not to be touched by the dirt of any cell.
    pub(crate) exact: bool,
    /// Says who it is: a row without these names nobody.
    pub(crate) naming: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Typed {
    Number(f64),
    /// Days and part of a day since 1899-12-30, shown as a date.
    Date(f64),
    /// The same, shown with the time.
    Time(f64),
}

#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub(crate) role: &'static str,
    /// Index of the person; none where the row names a company or nobody.
    pub(crate) person: Option<u32>,
    pub(crate) faults: Vec<Fault>,
}

impl Row {
    pub(crate) fn text(&mut self, text: impl Into<String>) {
        self.cells.push(Cell {
            text: text.into(),
            ..Cell::default()
        });
    }

    pub(crate) fn typed(&mut self, text: impl Into<String>, typed: Option<Typed>) {
        self.cells.push(Cell {
            text: text.into(),
            typed,
            ..Cell::default()
        });
    }

    pub(crate) fn name(&mut self, name: impl Into<String>) {
        self.cells.push(Cell {
            text: name.into(),
            naming: true,
            ..Cell::default()
        });
    }

    pub(crate) fn number(&mut self, number: impl Into<String>) {
        self.cells.push(Cell {
            text: number.into(),
            naming: true,
            exact: true,
            typed: None,
        });
    }

    pub(crate) fn mention(&mut self, role: &'static str, person: Option<u32>, faults: Vec<Fault>) {
        self.mentions.push(Mention {
            role,
            person,
            faults,
        });
    }

    /// Takes the names out of the row: it names nobody any more.
    pub(crate) fn forget_names(&mut self, word: &str) {
        for cell in self.cells.iter_mut().filter(|cell| cell.naming) {
            cell.text = word.to_string();
            cell.typed = None;
        }
    }

    /// Mentions with neither name nor number are of nobody, whoever was meant; says whether all are.
    pub(crate) fn drop_empty_mentions(&mut self) -> bool {
        let naming: Vec<&Cell> = self.cells.iter().filter(|cell| cell.naming).collect();
        let mut all_empty = true;
        // A name and a number for each mention, in their order.
        for (mention, cells) in self.mentions.iter_mut().zip(naming.chunks(2)) {
            let empty = cells.iter().all(|cell| says_nothing(&cell.text));
            if empty {
                mention.person = None;
            }
            all_empty &= empty;
        }
        all_empty
    }
}

/// Whether a text is one of the ways to write nothing.
pub(crate) fn says_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "NULL" | "null" | "\\N" | "-" | "无")
}
