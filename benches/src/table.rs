//! Plain tables and numbers for people to read.

use crate::intervals::Interval;

/// Rows under headings, the first column to the left, the others to the right.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Table {
        Table {
            rows: vec![headings.iter().map(ToString::to_string).collect()],
        }
    }

    /// One more row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// As Markdown, padded so that it reads as text too.
    #[must_use]
    pub fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(3)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map(String::as_str).unwrap_or_default();
                text += &match column {
                    0 => format!("| {cell:<width$} "),
                    _ => format!("| {cell:>width$} "),
                };
            }
            text += "|\n";
            if at == 0 {
                for (column, width) in widths.iter().enumerate() {
                    text += &match column {
                        0 => format!("|{:-<1$}", "", width + 2),
                        _ => format!("|{:-<1$}:", "", width + 1),
                    };
                }
                text += "|\n";
            }
        }
        text
    }
}

/// 1234567 as `1,234,567`.
#[must_use]
pub fn group(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share with six places: the sixth is a pair in a million.
#[must_use]
pub fn share(share: f64) -> String {
    format!("{share:.6}")
}

/// The ends of an interval, rounded outwards to five places.
#[must_use]
pub fn interval(of: Interval) -> String {
    const PLACES: f64 = 1e5;
    let low = (of.low * PLACES).floor() / PLACES;
    let high = (of.high * PLACES).ceil() / PLACES;
    format!("{low:.5}–{high:.5}")
}

/// Bytes as megabytes.
#[must_use]
pub fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or("–".into(), |bytes| group(bytes / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(group(1_234_567), "1,234,567");
        assert_eq!(group(12), "12");
        let narrow = Interval {
            low: 0.999_999,
            high: 0.999_999_9,
        };
        assert_eq!(interval(narrow), "0.99999–1.00000");
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["a", "b"]);
        table.row(vec!["有".into(), "1,000".into()]);
        assert_eq!(
            table.render(),
            "| a   |     b |\n|-----|------:|\n| 有   | 1,000 |\n"
        );
    }
}
