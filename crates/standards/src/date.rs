//! Dates, months and times (GB/T 7408), as Chinese departments write them.
//!
//! Years have four digits: a two-digit year is never guessed. Times with an offset are brought to
//! Beijing wall time, times without one are taken as such.

use std::sync::Arc;

use arrow::array::StringViewArray;
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};

use crate::calendar::{civil, days};
use crate::kernel::{self, Report};
use crate::rules::{Column, Rule, Severity};

mod beijing;
mod cursor;
mod read;

use read::{DAY, Fault, Moment};

/// The cell is no date.
pub static DATE_MALFORMED: Rule = Rule {
    name: "date_malformed",
    severity: Severity::Flagged,
    title: "not a date in any accepted form",
    title_zh: "日期格式无法识别",
    remedy: "Send dates as 2024-03-05 or 20240305, with all four digits of the year.",
};

/// There is no such day, or it lies outside of what the column can hold.
pub static DATE_IMPOSSIBLE: Rule = Rule {
    name: "date_impossible",
    severity: Severity::Flagged,
    title: "no such day, or a day that this column can't hold",
    title_zh: "日期不存在或超出合理范围",
    remedy: "Correct the date at the source.",
};

/// A date that stands for no date.
pub static DATE_PLACEHOLDER: Rule = Rule {
    name: "date_placeholder",
    severity: Severity::Flagged,
    title: "a placeholder in place of a date",
    title_zh: "日期为占位值",
    remedy: "Leave the cell empty where no date is known.",
};

/// An Excel serial number was read as a date.
pub static DATE_SERIAL: Rule = Rule {
    name: "date_serial",
    severity: Severity::Repaired,
    title: "an Excel serial number was read as a date (1900 date system)",
    title_zh: "Excel日期序列号已换算为日期（1900日期系统）",
    remedy: "Format the column as a date before exporting it.",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[
    &DATE_MALFORMED,
    &DATE_IMPOSSIBLE,
    &DATE_PLACEHOLDER,
    &DATE_SERIAL,
];

/// The days that a column can hold, both ends included, in days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// The first day.
    pub min: i32,
    /// The last day.
    pub max: i32,
}

impl DateRange {
    /// 1800-01-01 to 2199-12-31: what any date about living or recently dead people lies in.
    pub const PLAUSIBLE: Self = Self {
        min: FIRST_DAY,
        max: LAST_DAY,
    };

    /// 1800-01-01 to the given day: for what has already happened, such as births.
    #[must_use]
    pub const fn up_to(max: i32) -> Self {
        Self {
            min: FIRST_DAY,
            max,
        }
    }

    /// Whether a day lies in the range.
    #[must_use]
    pub const fn contains(&self, day: i32) -> bool {
        self.min <= day && day <= self.max
    }
}

const FIRST_DAY: i32 = -62_091;
const LAST_DAY: i32 = 84_005;

/// Dates as `date32`; times of day are cut. Days outside of the range are impossible.
#[must_use]
pub fn date(input: &StringViewArray, range: &DateRange) -> Column {
    let (values, issues) = kernel::primitives::<Date32Type, _>(input, |cell, report| {
        let day = match read::plain_day(cell.as_bytes()) {
            Some(day) => day,
            None => (moment(cell, Read::Days, report)?.micros.div_euclid(DAY)) as i32,
        };
        checked(day, range, report)
    });
    Column {
        values: Arc::new(values),
        issues,
    }
}

/// Months as their first day, `date32`: `202403`, `2024-03`, `2024年3月`, or any date.
#[must_use]
pub fn month(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::primitives::<Date32Type, _>(input, |cell, report| {
        let day = match read::plain_month(cell.as_bytes()) {
            Some(day) => day,
            None => (moment(cell, Read::Months, report)?.micros.div_euclid(DAY)) as i32,
        };
        let (year, month, _) = civil(checked(day, &DateRange::PLAUSIBLE, report)?);
        days(year, month, 1)
    });
    Column {
        values: Arc::new(values),
        issues,
    }
}

/// Times as microseconds of Beijing wall time, `timestamp(us)` without a zone; a date alone is
/// its midnight. Numbers of 10 and 13 digits are seconds and milliseconds since 1970 UTC.
#[must_use]
pub fn timestamp(input: &StringViewArray) -> Column {
    let (values, issues) =
        kernel::primitives::<TimestampMicrosecondType, _>(input, |cell, report| {
            let micros = match read::plain_time(cell.as_bytes()) {
                Some(micros) => micros,
                None => moment(cell, Read::Times, report)?.micros,
            };
            checked(micros.div_euclid(DAY) as i32, &DateRange::PLAUSIBLE, report)?;
            Some(micros)
        });
    Column {
        values: Arc::new(values),
        issues,
    }
}

/// What a column wants of its cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    Days,
    Months,
    Times,
}

/// The general way, for every cell that isn't clean.
fn moment(cell: &str, wanted: Read, report: &mut Report) -> Option<Moment> {
    let mut scratch = String::new();
    let cell = kernel::plain(cell, &mut scratch)?;
    match read::moment(cell, wanted == Read::Months, wanted == Read::Times) {
        Ok(moment) => {
            if moment.serial {
                report.broke(&DATE_SERIAL);
            }
            Some(moment)
        }
        Err(Fault::Malformed) => report.lost(&DATE_MALFORMED),
        Err(Fault::Impossible) => report.lost(&DATE_IMPOSSIBLE),
        Err(Fault::Placeholder) => report.lost(&DATE_PLACEHOLDER),
    }
}

fn checked(day: i32, range: &DateRange, report: &mut Report) -> Option<i32> {
    if read::is_placeholder_day(day) {
        return report.lost(&DATE_PLACEHOLDER);
    }
    if !range.contains(day) {
        return report.lost(&DATE_IMPOSSIBLE);
    }
    Some(day)
}

#[cfg(test)]
mod tests;
