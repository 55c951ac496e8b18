//! Records of comma-separated text, quotes and newlines inside them included.

use std::borrow::Cow;

/// The records of a text, each as its byte range; blank lines are none.
pub fn records(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = end_of_record(rest);
            let record = rest.get(..end).unwrap_or(rest);
            rest = rest.get(end + 1..).unwrap_or_default();
            let record = record.strip_suffix('\r').unwrap_or(record);
            if !record.is_empty() {
                return Some(record);
            }
        }
        None
    })
}

/// The cells of one record.
pub fn cells(record: &str) -> Vec<Cow<'_, str>> {
    if !record.contains('"') {
        return record.split(',').map(Cow::Borrowed).collect();
    }
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = record.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => push(&mut cells, other),
        }
    }
    cells.into_iter().map(Cow::Owned).collect()
}

fn push(cells: &mut [String], character: char) {
    if let Some(last) = cells.last_mut() {
        last.push(character);
    }
}

/// Where the first newline outside quotes stands, or the end.
fn end_of_record(text: &str) -> usize {
    let bytes = text.as_bytes();
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let line = line.unwrap_or(bytes.len());
    if !bytes[..line].contains(&b'"') {
        return line;
    }
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return at,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_newlines_and_commas() {
        let text = "a,b\r\n\n1,\"x,\n\"\"y\"\"\"\n2,";
        let found: Vec<Vec<Cow<str>>> = records(text).map(cells).collect();
        assert_eq!(found, [["a", "b"], ["1", "x,\n\"y\""], ["2", ""]]);
    }
}
