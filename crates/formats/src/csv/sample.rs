//! The first lines of a text, split as they would be with some delimiter: for guessing which.

use super::split::{Found, Splitter};

/// One line of a sample.
pub(crate) struct SampleLine {
    /// Its place among the lines, from 1, blank ones counted.
    pub(crate) line: u32,
    /// Its cells, quotes off, doubled quotes left.
    pub(crate) cells: Vec<String>,
    /// A cell has text after its closing quote.
    pub(crate) spoilt: bool,
}

/// The first `most` lines of `text` that aren't blank and whose end is there.
pub(crate) fn sample(text: &str, delimiter: u8, quote: Option<u8>, most: usize) -> Vec<SampleLine> {
    let splitter = Splitter::new(delimiter, quote);
    let mut lines = Vec::new();
    let (mut at, mut line, mut cells) = (0, 0, Vec::new());
    while lines.len() < most {
        let Found::Row { end, next } = splitter.next(text.as_bytes(), at, false, &mut cells) else {
            break;
        };
        line += 1;
        if text
            .get(at..end)
            .is_some_and(|text| !text.trim().is_empty())
        {
            let piece = |start, end| text.get(start..end).unwrap_or_default().to_owned();
            lines.push(SampleLine {
                line,
                cells: cells.iter().map(|c| piece(c.start, c.end)).collect(),
                spoilt: cells.iter().any(|c| c.spoilt),
            });
        }
        at = next;
    }
    lines
}
