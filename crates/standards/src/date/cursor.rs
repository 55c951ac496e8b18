//! A cursor over the parts of a written date or time.

use super::read::Fault;

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;

/// A time of day in microseconds; 24:00:00 is the end of the day.
pub(super) fn clock(hour: u32, minute: u32, second: u32) -> Option<i64> {
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    (minute < 60 && second < 60 && seconds <= 86_400).then_some(seconds * SECOND)
}

/// What is left to be read.
pub(super) struct Cursor<'a> {
    pub rest: &'a str,
}

impl Cursor<'_> {
    /// A number of `min` to `max` digits, as many as there are.
    pub fn digits(&mut self, min: usize, max: usize) -> Option<u32> {
        let len = self
            .rest
            .bytes()
            .take(max)
            .take_while(u8::is_ascii_digit)
            .count();
        let (digits, rest) = self.rest.split_at_checked(len)?;
        if len < min {
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    pub fn eat(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips blanks; whether there were any.
    pub fn blanks(&mut self) -> bool {
        let rest = self.rest.trim_start();
        let any = rest.len() < self.rest.len();
        self.rest = rest;
        any
    }

    /// A separator of the parts of a date, with the blanks around it.
    pub fn separator(&mut self) -> Option<char> {
        let mut chars = self.rest.trim_start().chars();
        let sign = match chars.next()? {
            '—' | '–' | '−' => '-',
            sign @ ('-' | '/' | '.' | '年' | '月') => sign,
            _ => return None,
        };
        self.rest = chars.as_str().trim_start();
        Some(sign)
    }

    /// `H:MM`, `HH:MM:SS.ffffff`, `HHMMSS`, `18时41分12秒`, in microseconds.
    pub fn clock(&mut self) -> Result<i64, Fault> {
        let compact = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (hour, minute, second);
        if matches!(compact, 4 | 6) {
            hour = self.digits(2, 2).ok_or(Fault::Malformed)?;
            minute = self.digits(2, 2).ok_or(Fault::Malformed)?;
            second = if compact == 6 {
                self.digits(2, 2).ok_or(Fault::Malformed)?
            } else {
                0
            };
        } else {
            hour = self.digits(1, 2).ok_or(Fault::Malformed)?;
            if self.eat('时') || self.eat('点') {
                minute = self.digits(1, 2).unwrap_or(0);
                self.eat('分');
                second = self.digits(1, 2).unwrap_or(0);
            } else if self.eat(':') {
                minute = self.digits(1, 2).ok_or(Fault::Malformed)?;
                second = if self.eat(':') {
                    self.digits(1, 2).ok_or(Fault::Malformed)?
                } else {
                    0
                };
            } else {
                return Err(Fault::Malformed);
            }
        }
        let fraction = if self.eat('.') || self.eat(',') {
            self.fraction().ok_or(Fault::Malformed)?
        } else {
            0
        };
        self.eat('秒');
        clock(hour, minute, second)
            .map(|clock| clock + fraction)
            .ok_or(Fault::Impossible)
    }

    /// The digits behind the point of a second, in microseconds, the rest cut.
    fn fraction(&mut self) -> Option<i64> {
        let len = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        let padded = digits
            .bytes()
            .map(|b| i64::from(b - b'0'))
            .chain(std::iter::repeat(0));
        (len > 0).then(|| padded.take(6).fold(0, |micros, digit| micros * 10 + digit))
    }

    /// `Z`, `+08`, `+0800`, `+08:00`, in minutes east of UTC.
    pub fn offset(&mut self) -> Option<i64> {
        if self.eat('Z') || self.eat('z') {
            return Some(0);
        }
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') {
            -1
        } else {
            return None;
        };
        let hours = self.digits(2, 2)?;
        self.eat(':');
        let minutes = self.digits(2, 2).unwrap_or(0);
        (hours <= 14 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
    }
}
