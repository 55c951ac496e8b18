//! What can happen to any cell, whatever it means.

use super::number::full_width;
use super::{Fault, Soil};
use crate::row::{Row, says_nothing};

impl Soil {
    /// Blanks, full-width characters and words for nothing; notes what it did.
    /// Cells marked exact (identity numbers, whose faults are counted on their own) stay as they are.
    pub(crate) fn noise(&mut self, row: &mut Row, quotes: bool) {
        if self.is_clean() {
            return;
        }
        for at in 0..row.cells.len() {
            if row.cells[at].text.is_empty() && self.hit(Fault::NullWord) {
                row.cells[at].text = self
                    .rng
                    .pick(&["NULL", "null", "\\N", "-", "无", " ", "\u{3000}"])
                    .into();
                row.cells[at].typed = None;
            }
        }
        const FAULTS: &[Fault] = &[Fault::TextBlanks, Fault::TextFullWidth, Fault::TextNewline];
        let Some(fault) = self.one_of(FAULTS) else {
            return;
        };
        let at = self.rng.index(row.cells.len());
        let cell = &mut row.cells[at];
        if cell.exact || says_nothing(&cell.text) {
            return;
        }
        let noisy = match fault {
            Fault::TextBlanks => self.blanks(&cell.text),
            Fault::TextFullWidth => full_width(&cell.text),
            _ if quotes => newline_inside(&cell.text),
            _ => return,
        };
        if noisy != cell.text {
            cell.text = noisy;
            cell.typed = None;
            self.note(fault);
        }
    }

    fn blanks(&mut self, text: &str) -> String {
        let blank = self.rng.pick(&[" ", "  ", "\u{3000}", "\t"]);
        match self.rng.below(3) {
            0 => format!("{blank}{text}"),
            1 => format!("{text}{blank}"),
            _ => inner_blank(text, &mut self.rng).unwrap_or_else(|| format!("{text}{blank}")),
        }
    }
}

/// A blank between two Han characters, or before a number in an address.
fn inner_blank(text: &str, rng: &mut crate::rng::Rng) -> Option<String> {
    let han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
    let places: Vec<usize> = text
        .char_indices()
        .zip(text.chars().skip(1))
        .filter(|((_, before), after)| han(*before) && (han(*after) || after.is_ascii_digit()))
        .map(|((at, before), _)| at + before.len_utf8())
        .collect();
    if places.is_empty() || text.chars().count() < 3 {
        return None;
    }
    let at = rng.pick(&places);
    Some(format!("{} {}", &text[..at], &text[at..]))
}

/// A newline before the number of a house: only in text long enough to have been wrapped.
fn newline_inside(text: &str) -> String {
    match text.find('号') {
        Some(at) => {
            let after = at + '号'.len_utf8();
            format!("{}\n{}", &text[..after], &text[after..])
        }
        None => text.to_string(),
    }
}
