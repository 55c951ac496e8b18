//! A cell's value as text, as a person would have typed it.

use std::fmt::Write;
use std::sync::Arc;

use super::strings::SharedStrings;
use crate::error::FormatError;

/// Seconds in a day.
const DAY: i64 = 86_400;
/// Excel's last day, 9999-12-31, in the 1900 system.
const LAST_DAY: i64 = 2_958_465;
/// Days from the epoch of the 1900 system to that of the 1904 system.
const FROM_1900_TO_1904: i64 = 1462;
/// Excel's day 61, 1900-03-01, in days since 1970-01-01, less 61.
const EPOCH: i64 = -25_569;

/// What a cell's value is (ECMA-376 part 1, 18.18.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellType {
    /// A number, which the style may make a date.
    Number,
    /// The index of a shared string.
    Shared,
    /// A string in the cell.
    Inline,
    /// The text that a formula gave.
    Text,
    Boolean,
    /// `#N/A` and the like.
    Error,
    /// A date as ISO 8601 has it.
    Date,
}

impl CellType {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "s" => Self::Shared,
            "inlineStr" => Self::Inline,
            "str" => Self::Text,
            "b" => Self::Boolean,
            "e" => Self::Error,
            "d" => Self::Date,
            _ => Self::Number,
        }
    }
}

/// What a number is by its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberKind {
    Plain,
    /// A day, a time of day, or both.
    Date,
    /// Hours that don't end at 24.
    Duration,
}

impl NumberKind {
    /// The kind of a format that every workbook has (18.8.30, with those of East Asia).
    pub(super) fn of_builtin(id: u32) -> Self {
        match id {
            14..=22 | 27..=36 | 45 | 47 | 50..=58 => Self::Date,
            46 => Self::Duration,
            _ => Self::Plain,
        }
    }

    /// The kind of a format code, by its first section: letters of dates outside quotes.
    pub(super) fn of_code(code: &str) -> Self {
        let mut chars = code.chars();
        while let Some(c) = chars.next() {
            match c.to_ascii_lowercase() {
                // The next one is a literal, a width or a filler.
                '\\' | '_' | '*' => drop(chars.next()),
                '"' => drop(chars.by_ref().find(|c| *c == '"')),
                ';' => break,
                '[' => {
                    let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    let hours = |c: char| matches!(c, 'h' | 'H' | 'm' | 'M' | 's' | 'S');
                    if !inside.is_empty() && inside.chars().all(hours) {
                        return Self::Duration;
                    }
                }
                'y' | 'm' | 'd' | 'h' | 's' => return Self::Date,
                _ => {}
            }
        }
        Self::Plain
    }
}

/// What a workbook's cells are rendered with.
pub(super) struct Values {
    pub(super) kinds: Vec<NumberKind>,
    pub(super) strings: Arc<SharedStrings>,
    pub(super) is_1904: bool,
}

impl Values {
    /// Turns the value as stored, `text` from `start` on, into the text of the cell; false for
    /// nothing. An error is what the cell shows: `#N/A`.
    ///
    /// Dates (by number format) are `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` or, without a day,
    /// `HH:MM:SS`; integers have no `.0`; other numbers are the shortest that read back as the
    /// same; numbers of 16 digits and more have the 15 digits that Excel keeps, then zeros.
    pub(super) fn render(
        &self,
        kind: CellType,
        style: usize,
        start: usize,
        text: &mut String,
    ) -> Result<bool, FormatError> {
        let stored = text.get(start..).unwrap_or_default();
        if stored.is_empty() {
            return Ok(false);
        }
        match kind {
            CellType::Inline | CellType::Text | CellType::Error => {}
            CellType::Shared => {
                let at = stored.trim().parse().unwrap_or(usize::MAX);
                text.truncate(start);
                text.push_str(self.strings.get(at)?);
            }
            CellType::Boolean => {
                let word = match stored.trim() {
                    "1" | "true" => "TRUE",
                    "0" | "false" => "FALSE",
                    _ => return Ok(true),
                };
                text.truncate(start);
                text.push_str(word);
            }
            CellType::Date => {
                let date = stored.replacen('T', " ", 1);
                text.truncate(start);
                text.push_str(date.strip_suffix(" 00:00:00").unwrap_or(&date));
            }
            CellType::Number => {
                // What is no number stands as it is.
                let Ok(number) = stored.trim().parse::<f64>() else {
                    return Ok(true);
                };
                text.truncate(start);
                match self.kinds.get(style).unwrap_or(&NumberKind::Plain) {
                    NumberKind::Plain => write_number(number, text),
                    NumberKind::Date => write_date(number, self.is_1904, text),
                    NumberKind::Duration => write_duration(number, text),
                }
            }
        }
        Ok(text.len() > start)
    }
}

fn write_number(number: f64, out: &mut String) {
    let size = number.abs();
    if !number.is_finite() {
    } else if number == number.trunc() && size < 1e15 {
        append(out, format_args!("{}", number as i64));
    } else if (1e15..1e21).contains(&size) {
        // A spreadsheet keeps fifteen digits: what stood behind them is lost, and nobody may take zeros for it.
        let text = format!("{number:.14e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        append(out, format_args!("{digits}E+{power}"));
    } else if (1e-7..1e21).contains(&size) {
        append(out, format_args!("{number}"));
    } else {
        append(out, format_args!("{number:e}"));
    }
}

fn write_date(serial: f64, is_1904: bool, out: &mut String) {
    let shift = if is_1904 { FROM_1900_TO_1904 } else { 0 };
    // A serial outside Excel's calendar is a number, whatever its format says.
    if !(serial >= 0.0 && serial < (LAST_DAY + 1 - shift) as f64) {
        return write_number(serial, out);
    }
    let seconds = (serial * DAY as f64).round() as i64;
    let (day, time) = (seconds / DAY, seconds % DAY);
    if day == 0 && !is_1904 {
        return write_time(time, out);
    }
    let (year, month, date) = civil(day + shift);
    append(out, format_args!("{year:04}-{month:02}-{date:02}"));
    if time != 0 {
        out.push(' ');
        write_time(time, out);
    }
}

fn write_time(seconds: i64, out: &mut String) {
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    append(out, format_args!("{hour:02}:{minute:02}:{second:02}"));
}

fn write_duration(days: f64, out: &mut String) {
    if !(0.0..1e6).contains(&days) {
        return write_number(days, out);
    }
    write_time((days * DAY as f64).round() as i64, out);
}

/// Year, month and day of a serial day of the 1900 system, which has a 29th of February 1900
/// that never was (day 60), so that days before it are one off.
fn civil(serial: i64) -> (i64, i64, i64) {
    if serial == 60 {
        return (1900, 2, 29);
    }
    let days = serial + EPOCH + i64::from(serial < 60);
    // Days since 0000-03-01, eras of 400 years: Howard Hinnant's civil_from_days.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String can't fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: f64) -> String {
        let mut out = String::new();
        write_number(n, &mut out);
        out
    }

    fn date(serial: f64, is_1904: bool) -> String {
        let mut out = String::new();
        write_date(serial, is_1904, &mut out);
        out
    }

    #[test]
    fn numbers_as_excel_holds_them() {
        assert_eq!(number(3.0), "3");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(0.1), "0.1");
        assert_eq!(number(1234.5), "1234.5");
        assert_eq!(number(13_800_000_000.0), "13800000000");
        assert_eq!(number(330106199001.0), "330106199001");
        assert_eq!(number(330_106_199_001_011_234.0), "3.30106199001011E+17");
        assert_eq!(number(9_999_999_999_999_999.0), "1E+16");
        assert_eq!(number(1e15), "1E+15");
        assert_eq!(number(1e21), "1e21");
        assert_eq!(number(1e-9), "1e-9");
    }

    #[test]
    fn formats_of_dates() {
        use NumberKind::{Date, Duration, Plain};
        for (code, kind) in [
            ("General", Plain),
            ("yyyy\"年\"m\"月\"d\"日\"", Date),
            ("[$-804]yyyy/m/d;@", Date),
            ("[DBNum1][$-804]0", Plain),
            ("#,##0.00_ ;[Red]\\-#,##0.00\\ ", Plain),
            ("\"days\" 0", Plain),
            ("0\\d", Plain),
            ("[h]:mm:ss", Duration),
            ("h:mm AM/PM", Date),
            ("0.00E+00", Plain),
            ("0;yyyy", Plain),
            ("@", Plain),
            ("\"open", Plain),
            ("[h", Duration),
        ] {
            assert_eq!(NumberKind::of_code(code), kind, "{code}");
        }
    }

    #[test]
    fn dates_in_both_systems() {
        assert_eq!(date(1.0, false), "1900-01-01");
        assert_eq!(date(59.0, false), "1900-02-28");
        assert_eq!(date(60.0, false), "1900-02-29");
        assert_eq!(date(61.0, false), "1900-03-01");
        assert_eq!(date(45356.0, false), "2024-03-05");
        assert_eq!(date(45356.0 - 1462.0, true), "2024-03-05");
        assert_eq!(date(0.0, true), "1904-01-01");
        assert_eq!(date(2_958_465.0, false), "9999-12-31");
        assert_eq!(date(2_958_466.0, false), "2958466");
        assert_eq!(date(-1.0, false), "-1");
        assert_eq!(
            date(45356.0 + 67272.0 / 86400.0, false),
            "2024-03-05 18:41:12"
        );
        // Half a millisecond before midnight is midnight.
        assert_eq!(date(45_355.999_999_999, false), "2024-03-05");
        assert_eq!(date(0.5, false), "12:00:00");
    }
}
