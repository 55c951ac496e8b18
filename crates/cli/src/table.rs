//! Tables of text in which Chinese and Latin cells stand under each other.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::style::Style;

/// Between two columns.
const GAP: &str = "  ";

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// Headings and rows; the columns are as wide as their widest cell.
#[derive(Debug)]
pub struct Table {
    headings: Vec<(String, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<S: Into<String>>(headings: impl IntoIterator<Item = (S, Side)>) -> Self {
        let headings = headings
            .into_iter()
            .map(|(heading, side)| (heading.into(), side))
            .collect();
        Self {
            headings,
            rows: Vec::new(),
        }
    }

    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table, each line indented by `indent` blanks, the headings dim.
    pub fn render(&self, indent: usize, style: Style) -> String {
        let widths = self.widths();
        let headings: Vec<String> = self
            .headings
            .iter()
            .map(|(heading, _)| heading.clone())
            .collect();
        let mut text = String::new();
        let indent = " ".repeat(indent);
        let _ = writeln!(
            text,
            "{indent}{}",
            style.dim(&self.line(&headings, &widths))
        );
        for row in &self.rows {
            let _ = writeln!(text, "{indent}{}", self.line(row, &widths));
        }
        text
    }

    /// How wide each column is, in terminal cells.
    pub fn widths(&self) -> Vec<usize> {
        let width = |(at, (heading, _)): (usize, &(String, Side))| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells
                .map(|cell| cell.width())
                .chain([heading.width()])
                .max()
                .unwrap_or(0)
        };
        self.headings.iter().enumerate().map(width).collect()
    }

    /// One row in columns of these widths.
    pub fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, (_, side)), width) in cells.iter().zip(&self.headings).zip(widths) {
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            let _ = match side {
                Side::Left => write!(line, "{cell}{blanks}{GAP}"),
                Side::Right => write!(line, "{blanks}{cell}{GAP}"),
            };
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// A count with a comma between thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in bytes, as people say it.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ if value < 9.95 => format!("{value:.1} {}", UNITS[unit]),
        _ => format!("{value:.0} {}", UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_latin_cells_stand_under_each_other() {
        let mut table = Table::new([
            ("feed 数据项", Side::Left),
            ("rows", Side::Right),
            ("title", Side::Left),
        ]);
        table.row(["户籍人口", "20,113", "姓名"]);
        table.row(["health", "7", "name"]);
        assert_eq!(
            table.render(1, Style::default()),
            " feed 数据项    rows  title\n 户籍人口     20,113  姓名\n health            7  name\n"
        );
    }

    #[test]
    fn counts_and_sizes_are_readable() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0, 999, 1_000, 9_960, 123_456, 999_600, 5_000_000_000].map(size),
            [
                "0 B", "999 B", "1.0 KB", "10 KB", "123 KB", "1.0 MB", "5.0 GB"
            ]
        );
    }
}
