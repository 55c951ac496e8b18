//! The as-of date that a department writes into the names of its files.

use std::fmt;

/// Date forms in a pattern, and how many digits each part has.
const FORMS: &[(&str, &str)] = &[
    ("{yyyymmdd}", "yyyymmdd"),
    ("{yyyy-mm-dd}", "yyyy-mm-dd"),
    ("{yyyy_mm_dd}", "yyyy_mm_dd"),
];

/// A pattern of file names with a date in it, such as `household_{yyyymmdd}*.csv`.
///
/// It is held against the file's name without folders: one `{yyyymmdd}`, `{yyyy-mm-dd}` or `{yyyy_mm_dd}`
/// stands for the date, `*` for any characters, all else for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOfPattern {
    before: String,
    form: &'static str,
    after: String,
    text: String,
}

impl AsOfPattern {
    /// Reads a pattern; none if it has no date form or more than one.
    pub fn new(text: &str) -> Option<AsOfPattern> {
        let mut found = FORMS
            .iter()
            .filter_map(|(mark, form)| Some((text.split_once(mark)?, *form)));
        let ((before, after), form) = found.next()?;
        if found.next().is_some()
            || before.contains(['{', '}', '/'])
            || after.contains(['{', '}', '/'])
        {
            return None;
        }
        Some(AsOfPattern {
            before: before.to_owned(),
            form,
            after: after.to_owned(),
            text: text.to_owned(),
        })
    }

    /// The date in a file's name as days since 1970-01-01; none if the name doesn't fit the pattern or
    /// the date is none of the calendar. Folders before the name are ignored.
    pub fn days(&self, file_name: &str) -> Option<i32> {
        let name = file_name.rsplit('/').next().unwrap_or(file_name);
        let starts = name.char_indices().map(|(at, _)| at);
        starts.filter_map(|at| self.days_at(name, at)).next()
    }

    fn days_at(&self, name: &str, at: usize) -> Option<i32> {
        let date = name.get(at..at + self.form.len())?;
        let days = read_date(self.form, date)?;
        let fits = wildcard(&self.before, name.get(..at)?)
            && wildcard(&self.after, name.get(at + self.form.len()..)?);
        fits.then_some(days)
    }
}

impl fmt::Display for AsOfPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Days since 1970-01-01 of a date written in the form.
fn read_date(form: &str, text: &str) -> Option<i32> {
    let (mut year, mut month, mut day) = (0_i32, 0_i32, 0_i32);
    for (part, c) in form.bytes().zip(text.bytes()) {
        let value = match part {
            b'y' => &mut year,
            b'm' => &mut month,
            b'd' => &mut day,
            joint if joint == c => continue,
            _ => return None,
        };
        if !c.is_ascii_digit() {
            return None;
        }
        *value = *value * 10 + i32::from(c - b'0');
    }
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        _ => return None,
    };
    (1..=length)
        .contains(&day)
        .then(|| days_of(year, month, day))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March so that the leap day is last.
fn days_of(year: i32, month: i32, day: i32) -> i32 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let century = year.div_euclid(100);
    year * 365 + year.div_euclid(4) - century + century.div_euclid(4) + (153 * month + 2) / 5 + day
        - 719_469
}

/// Whether a text fits a pattern in which `*` stands for any characters.
fn wildcard(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let mut rest = rest;
    // Each literal between two stars takes its first place; the last must end the text.
    while let Some((literal, after)) = rest.split_once('*') {
        let Some(at) = text.find(literal) else {
            return false;
        };
        text = text.get(at + literal.len()..).unwrap_or("");
        rest = after;
    }
    text.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(pattern: &str, name: &str) -> Option<i32> {
        AsOfPattern::new(pattern).unwrap().days(name)
    }

    #[test]
    fn dates_are_read_from_names() {
        assert_eq!(days("h_{yyyymmdd}.csv", "h_19700101.csv"), Some(0));
        assert_eq!(days("h_{yyyymmdd}.csv", "a/b/h_20260530.csv"), Some(20_603));
        assert_eq!(
            days("*_{yyyy-mm-dd}*", "户籍_西湖_2000-02-29.csv.gz"),
            Some(11_016)
        );
        assert_eq!(days("{yyyy_mm_dd}*", "1969_12_31"), Some(-1));
    }

    #[test]
    fn other_names_have_no_date() {
        assert_eq!(days("h_{yyyymmdd}.csv", "x_20260530.csv"), None);
        assert_eq!(days("h_{yyyymmdd}.csv", "h_20260230.csv"), None);
        assert_eq!(days("h_{yyyymmdd}.csv", "h_2026053.csv"), None);
        assert_eq!(days("h_{yyyymmdd}.csv", "户"), None);
    }

    #[test]
    fn a_star_looks_for_the_date_that_fits() {
        assert_eq!(
            days("*{yyyymmdd}.csv", "20240101_20260530.csv"),
            Some(20_603)
        );
        assert_eq!(days("a*b*{yyyymmdd}", "a-b-b19700102"), Some(1));
    }

    #[test]
    fn a_pattern_has_one_date() {
        for bad in [
            "",
            "h.csv",
            "{yyyymmdd}{yyyymmdd}",
            "{yyyymmdd}{yyyy-mm-dd}",
            "{yymmdd}",
            "{x}{yyyymmdd}",
        ] {
            assert_eq!(AsOfPattern::new(bad), None, "{bad}");
        }
    }
}
