//! Quotes that open no cell: `"文三路10号` out of a program that never quotes.
//!
//! Read as RFC 4180 has it, such a quote makes one cell of all lines up to the next quote, other
//! people's records among them. A text of several lines that somebody wrote doesn't have the
//! headings' number of delimiters in line after line; records have.

use memchr::{memchr_iter, memchr2};

/// With fewer columns a line says too little: a line of coordinates or of a list may have as many
/// delimiters.
const FEWEST_COLUMNS: usize = 5;
/// By how many lines those like records must outnumber the others while the quote is open.
const SURE: i32 = 4;
/// The same once it is known where the quote closes.
const SURE_AT_END: i32 = 2;

/// Whether the lines that one row takes up are records of their own, each of `columns` cells.
/// `whole`: `text` is all of the row, not its beginning.
pub(super) fn is_stray(text: &[u8], whole: bool, delimiter: u8, columns: usize) -> bool {
    if columns < FEWEST_COLUMNS || memchr2(b'\r', b'\n', text).is_none() {
        return false;
    }
    let mut lead = 0;
    let mut lines = text.split(|byte| matches!(byte, b'\r' | b'\n')).peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_none() && !whole {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let is_record = memchr_iter(delimiter, line).count() + 1 == columns;
        lead += if is_record { 1 } else { -1 };
        if lead >= SURE {
            return true;
        }
    }
    whole && lead >= SURE_AT_END
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, whole: bool) -> bool {
        is_stray(text.as_bytes(), whole, b',', 5)
    }

    #[test]
    fn lines_that_are_records_betray_the_quote() {
        assert!(is("1,2,\"3,4,5\n1,2,3\",4,5", true));
        assert!(!is("1,2,\"3,4,5\n1,2,3\",4,5", false), "what follows?");
        assert!(is(
            "1,2,\"3,4,5\r\n\r\n1,2,3,4,5\r1,2,3,4,5\n1,,,,\nx",
            false
        ));
        // A damaged line among them changes nothing.
        assert!(is("1,2,\"3,4,5\n1\n1,2,3,4,5\n1,2,3\",4,5", true));
    }

    #[test]
    fn a_text_of_several_lines_is_a_cell() {
        assert!(!is("1,2,3,4,\"5", true), "one line");
        assert!(!is("1,2,3,4,\"one\ntwo\"", true));
        assert!(!is("\"one\ntwo\",2,3,4,5", true));
        assert!(!is("1,2,3,4,\"one\na,b,c,d,e\nthree\nfour\"", true));
        assert!(!is_stray(b"1,\"2\n1,2\n1,2\n1,2\n1,2\n", true, b',', 2));
    }
}
