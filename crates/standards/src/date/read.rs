//! Reading one date or time: straight from bytes where it is clean, with a cursor where it isn't.

use super::beijing::wall_time;
use super::cursor::{Cursor, SECOND, clock};
use crate::calendar::days;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// Why a cell is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Malformed,
    Impossible,
    Placeholder,
}

/// A moment of Beijing wall time, microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub micros: i64,
    /// Whether it was an Excel serial number.
    pub serial: bool,
}

/// Days that stand for no day: 1900-01-01, the end of the year 9999, the zeros of Excel and of
/// databases, ones all over.
pub(super) const fn is_placeholder_day(day: i32) -> bool {
    const YEAR_1: i32 = -719_162;
    const ONES: i32 = -313_430;
    matches!(day, -25_567 | -25_569 | -25_568 | YEAR_1 | ONES) || day >= 2_932_532
}

/// `YYYYMMDD`, `YYYY-MM-DD`, or that with ` HH:MM:SS` behind it.
pub(super) fn plain_day(cell: &[u8]) -> Option<i32> {
    match cell {
        [y1, y2, y3, y4, m1, m2, d1, d2] => {
            days(four([*y1, *y2, *y3, *y4])?, two(*m1, *m2)?, two(*d1, *d2)?)
        }
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, time @ ..] => {
            if !time.is_empty() {
                plain_clock(time)?;
            }
            days(four([*y1, *y2, *y3, *y4])?, two(*m1, *m2)?, two(*d1, *d2)?)
        }
        _ => None,
    }
}

/// `YYYYMM`, `YYYY-MM`, or a plain day.
pub(super) fn plain_month(cell: &[u8]) -> Option<i32> {
    match cell {
        [y1, y2, y3, y4, m1, m2] | [y1, y2, y3, y4, b'-', m1, m2] => {
            days(four([*y1, *y2, *y3, *y4])?, two(*m1, *m2)?, 1)
        }
        _ => plain_day(cell),
    }
}

/// A plain day with or without ` HH:MM:SS`.
pub(super) fn plain_time(cell: &[u8]) -> Option<i64> {
    let day = plain_day(cell)?;
    let clock = match cell.get(10..) {
        Some(time) if !time.is_empty() => plain_clock(time)?,
        _ => 0,
    };
    Some(i64::from(day) * DAY + clock)
}

/// ` HH:MM:SS` in microseconds.
fn plain_clock(time: &[u8]) -> Option<i64> {
    let [b' ', h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    clock(two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?).filter(|micros| *micros < DAY)
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

fn four(digits: [u8; 4]) -> Option<i32> {
    let [a, b, c, d] = digits;
    Some((two(a, b)? * 100 + two(c, d)?) as i32)
}

/// Any accepted form, trimmed and half-width. `month_alone`: a year and a month are enough.
/// `exact`: the fraction of a serial number is a time of day to be rounded to the second.
pub(super) fn moment(text: &str, month_alone: bool, exact: bool) -> Result<Moment, Fault> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits_only(text, month_alone);
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && whole.len() >= 5
        && !fraction.is_empty()
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
    {
        // A whole number that passed through a spreadsheet or a data frame.
        return if fraction.bytes().all(|byte| byte == b'0') {
            digits_only(whole, month_alone)
        } else {
            serial(whole, text, exact)
        };
    }
    separated(text, month_alone)
}

fn digits_only(text: &str, month_alone: bool) -> Result<Moment, Fault> {
    let mut cursor = Cursor { rest: text };
    let mut next = |len| cursor.digits(len, len).ok_or(Fault::Malformed);
    match text.len() {
        5 => serial(text, text, false),
        6 if month_alone => {
            let (year, month) = (next(4)?, next(2)?);
            at(year_month(year, month)?, 0)
        }
        8 => at(year_month_day(next(4)?, next(2)?, next(2)?)?, 0),
        12 | 14 | 17 => {
            let day = year_month_day(next(4)?, next(2)?, next(2)?)?;
            let (hour, minute) = (next(2)?, next(2)?);
            let second = if text.len() > 12 { next(2)? } else { 0 };
            let millis = if text.len() == 17 { next(3)? } else { 0 };
            let clock = clock(hour, minute, second).ok_or(Fault::Impossible)?;
            at(day, clock + i64::from(millis) * 1_000)
        }
        10 | 13 => instant(text),
        _ if text.bytes().all(|byte| byte == b'0') || text.bytes().all(|byte| byte == b'9') => {
            Err(Fault::Placeholder)
        }
        _ => Err(Fault::Malformed),
    }
}

/// Seconds or milliseconds since 1970 UTC.
fn instant(text: &str) -> Result<Moment, Fault> {
    let number: i64 = text.parse().map_err(|_| Fault::Malformed)?;
    let micros = if text.len() == 10 {
        // 2024030518 might be an hour of a day as well: refused rather than guessed.
        let hour_of_day = text
            .get(8..)
            .and_then(|hour| hour.parse().ok())
            .is_some_and(|hour: u8| hour < 24);
        let day = text.get(..8).and_then(|day| plain_day(day.as_bytes()));
        if hour_of_day && day.is_some() {
            return Err(Fault::Malformed);
        }
        number * SECOND
    } else {
        number * 1_000
    };
    if text.starts_with('0') {
        return Err(if number == 0 {
            Fault::Placeholder
        } else {
            Fault::Malformed
        });
    }
    Ok(Moment {
        micros: wall_time(micros),
        serial: false,
    })
}

/// Days since 1899-12-30, as Excel counts them in its 1900 date system.
fn serial(whole: &str, text: &str, exact: bool) -> Result<Moment, Fault> {
    const EXCEL_EPOCH: i64 = 25_569;
    let number: i64 = whole.parse().map_err(|_| Fault::Malformed)?;
    if whole.len() != 5 || !(10_000..=80_000).contains(&number) {
        let placeholder = number == 0 || number == 99_999;
        return Err(if placeholder {
            Fault::Placeholder
        } else {
            Fault::Malformed
        });
    }
    let clock = if exact {
        let fraction = text
            .get(whole.len()..)
            .and_then(|rest| format!("0{rest}").parse().ok());
        let seconds: f64 = fraction.unwrap_or(0.0_f64) * 86_400.0;
        seconds.round() as i64 * SECOND
    } else {
        0
    };
    Ok(Moment {
        micros: (number - EXCEL_EPOCH) * DAY + clock,
        serial: true,
    })
}

/// A day with separators, and perhaps a time.
fn separated(text: &str, month_alone: bool) -> Result<Moment, Fault> {
    let mut cursor = Cursor { rest: text };
    let year = cursor.digits(4, 4).ok_or(Fault::Malformed)?;
    let day = if cursor.rest.starts_with(|c: char| c.is_ascii_digit()) {
        let month = cursor.digits(2, 2).ok_or(Fault::Malformed)?;
        let day = cursor.digits(2, 2).ok_or(Fault::Malformed)?;
        year_month_day(year, month, day)?
    } else {
        let separator = cursor.separator().ok_or(Fault::Malformed)?;
        let month = cursor.digits(1, 2).ok_or(Fault::Malformed)?;
        let behind = cursor.separator();
        if behind == Some('月') {
            cursor.eat('份');
        }
        if month_alone && cursor.rest.is_empty() && matches!(behind, None | Some('月')) {
            // October, 2024.10, looks so too once it was a number: refused rather than guessed.
            if text.ends_with(".1") {
                return Err(Fault::Malformed);
            }
            return at(year_month(year, month)?, 0);
        }
        let fits = match separator {
            '年' => behind == Some('月'),
            _ => behind == Some(separator),
        };
        if !fits {
            return Err(Fault::Malformed);
        }
        let day = cursor.digits(1, 2).ok_or(Fault::Malformed)?;
        if separator == '年' {
            cursor.blanks();
            let _ = cursor.eat('日') || cursor.eat('号');
        }
        year_month_day(year, month, day)?
    };
    let midnight = i64::from(day) * DAY;
    let spaced = cursor.blanks();
    let lettered = cursor.eat('T') || cursor.eat('t');
    let joined = text.contains('日') || text.contains('号');
    if cursor.rest.is_empty() && !lettered {
        return Ok(Moment {
            micros: midnight,
            serial: false,
        });
    }
    if !(spaced || lettered || joined) {
        // An XML date may carry an offset: it is still that day.
        return match cursor.offset() {
            Some(_) if cursor.rest.is_empty() => Ok(Moment {
                micros: midnight,
                serial: false,
            }),
            _ => Err(Fault::Malformed),
        };
    }
    cursor.blanks();
    let local = midnight + cursor.clock()?;
    cursor.blanks();
    let offset = if cursor.rest.is_empty() {
        None
    } else {
        Some(cursor.offset().ok_or(Fault::Malformed)?)
    };
    if !cursor.rest.is_empty() {
        return Err(Fault::Malformed);
    }
    let micros = match offset {
        // Who writes +08:00 means Beijing's clock, in summers of the eighties too.
        None | Some(480) => local,
        Some(minutes) => wall_time(local - minutes * 60 * SECOND),
    };
    Ok(Moment {
        micros,
        serial: false,
    })
}

fn at(day: i32, clock: i64) -> Result<Moment, Fault> {
    Ok(Moment {
        micros: i64::from(day) * DAY + clock,
        serial: false,
    })
}

fn year_month(year: u32, month: u32) -> Result<i32, Fault> {
    if matches!((year, month), (0, 0) | (9999, _)) {
        return Err(Fault::Placeholder);
    }
    days(year as i32, month, 1).ok_or(Fault::Impossible)
}

fn year_month_day(year: u32, month: u32, day: u32) -> Result<i32, Fault> {
    if matches!((year, month, day), (0, 0, 0) | (9999, _, _)) {
        return Err(Fault::Placeholder);
    }
    days(year as i32, month, day).ok_or(Fault::Impossible)
}
