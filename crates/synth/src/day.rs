//! A day of the calendar, and the ways departments write it.

use std::fmt;

/// A day of the Gregorian calendar, between the years 1 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day the demo's departments extract their data: 2026-06-01.
    pub const DEMO: Day = Day(20_605);

    /// The day of this year, month and day of the month; `None` where the calendar has none.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Day> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        let days = days_from_civil(year, month, day);
        (days.parts() == (year, month, day)).then_some(days)
    }

    /// The day this many days after 1970-01-01 (before, when negative).
    #[must_use]
    pub fn from_epoch_days(days: i32) -> Day {
        Day(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn epoch_days(self) -> i32 {
        self.0
    }

    pub(crate) fn plus(self, days: i32) -> Day {
        Day(self.0 + days)
    }

    pub(crate) fn since(self, earlier: Day) -> i32 {
        self.0 - earlier.0
    }

    /// Full years from `birth` to this day, near enough for inventing lives.
    pub(crate) fn age_of(self, birth: Day) -> i32 {
        (self.0 - birth.0) * 4 / 1461
    }

    pub(crate) fn year(self) -> i32 {
        self.parts().0
    }

    /// Year, month, day of the month (Howard Hinnant's civil_from_days).
    pub(crate) fn parts(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        } as u32;
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month, day)
    }

    /// The day number Excel keeps, counted from 1899-12-30.
    pub(crate) fn excel_serial(self) -> i32 {
        self.0 + 25_569
    }

    pub(crate) fn write(self, form: DateForm) -> String {
        let (y, m, d) = self.parts();
        match form {
            DateForm::Compact => format!("{y:04}{m:02}{d:02}"),
            DateForm::Iso => format!("{y:04}-{m:02}-{d:02}"),
            DateForm::Slashed => format!("{y}/{m}/{d}"),
            DateForm::Han => format!("{y}年{m}月{d}日"),
            DateForm::Midnight => format!("{y:04}-{m:02}-{d:02} 00:00:00"),
            DateForm::Serial => self.excel_serial().to_string(),
        }
    }
}

/// `2026-06-01`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.parts();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

/// The forms of a date in FEEDS.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateForm {
    /// 20010327
    Compact,
    /// 2001-03-27
    Iso,
    /// 2001/3/27
    Slashed,
    /// 2001年3月27日
    Han,
    /// 2001-03-27 00:00:00
    Midnight,
    /// 36977, as Excel counts
    Serial,
}

fn days_from_civil(year: i32, month: u32, day: u32) -> Day {
    let y = year - i32::from(month <= 2);
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let shifted_month = (month as i32 + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Day(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(Day::new(1970, 1, 1).unwrap().epoch_days(), 0);
        assert_eq!(Day::new(2001, 3, 27).unwrap().epoch_days(), 11_408);
        assert_eq!(Day::new(2026, 6, 1), Some(Day::DEMO));
        assert_eq!(Day::new(2001, 2, 30), None);
        assert_eq!(Day::new(1900, 2, 29), None);
        assert_eq!(Day::new(2000, 2, 29).unwrap().to_string(), "2000-02-29");
    }

    #[test]
    fn every_day_comes_back() {
        for days in -80_000..40_000 {
            let (y, m, d) = Day(days).parts();
            assert_eq!(Day::new(y, m, d), Some(Day(days)));
        }
    }

    #[test]
    fn forms() {
        let day = Day::new(2001, 3, 27).unwrap();
        assert_eq!(day.write(DateForm::Compact), "20010327");
        assert_eq!(day.write(DateForm::Slashed), "2001/3/27");
        assert_eq!(day.write(DateForm::Han), "2001年3月27日");
        assert_eq!(day.write(DateForm::Midnight), "2001-03-27 00:00:00");
        assert_eq!(day.write(DateForm::Serial), "36977");
    }

    #[test]
    fn ages() {
        let born = Day::new(2000, 6, 1).unwrap();
        assert_eq!(Day::new(2026, 6, 2).unwrap().age_of(born), 26);
        assert_eq!(Day::new(2026, 5, 1).unwrap().age_of(born), 25);
    }
}
