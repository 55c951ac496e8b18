//! How two dates agree.

use rongtong_standards::calendar;

/// From the strongest to the weakest; the order is that of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum DateAgreement {
    /// The same day.
    Same,
    /// One slip of the pen apart: a digit mistyped, two neighbours swapped, or day and month swapped.
    Slip,
    /// Two of year, month and day are the same, and years not more than ten apart.
    Near,
    /// The same year.
    Year,
    /// Nothing of the above.
    Different,
}

impl DateAgreement {
    /// How two days agree, each as `yyyymmdd`.
    #[must_use]
    pub fn of(a: u32, b: u32) -> Self {
        if a == b {
            return Self::Same;
        }
        let digits = |date: u32| -> [u32; 8] {
            std::array::from_fn(|at| date / 10_u32.pow(7 - u32::try_from(at).unwrap_or(7)) % 10)
        };
        let (x, y) = (digits(a), digits(b));
        let wrong: Vec<usize> = (0..8).filter(|at| x[*at] != y[*at]).collect();
        let slipped = match wrong.as_slice() {
            [_] => true,
            [one, two] => two - one == 1 && x[*one] == y[*two] && x[*two] == y[*one],
            _ => false,
        };
        let parts = |date: u32| (date / 10_000, date / 100 % 100, date % 100);
        let ((ya, ma, da), (yb, mb, db)) = (parts(a), parts(b));
        if slipped || ya == yb && ma == db && da == mb {
            return Self::Slip;
        }
        // One birthday in years far apart is chance.
        let years = ya.abs_diff(yb) <= 10;
        match (ya == yb, ma == mb, da == db) {
            (true, true, _) | (true, _, true) => Self::Near,
            (_, true, true) if years => Self::Near,
            (true, ..) => Self::Year,
            _ => Self::Different,
        }
    }

    /// Whether two days since 1970-01-01 are the same, or one slip of the pen apart.
    pub(crate) fn is_slip(a: i32, b: i32) -> bool {
        a == b || Self::of(digits_of(a), digits_of(b)) <= Self::Slip
    }
}

/// `yyyymmdd` of a day since 1970-01-01; 0 for years that four digits can't hold.
pub(crate) fn digits_of(day: i32) -> u32 {
    let (year, month, date) = calendar::civil(day);
    match u32::try_from(year) {
        Ok(year) if year <= 9_999 => year * 10_000 + month * 100 + date,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_by_the_slip_between_them() {
        use DateAgreement::{Different, Near, Same, Slip, Year};
        for (a, b, expected) in [
            (19_490_307, 19_490_307, Same),
            (19_490_307, 19_490_301, Slip),
            (19_490_307, 19_940_307, Slip),
            (19_490_307, 19_490_703, Slip),
            (19_491_112, 19_491_211, Slip),
            (19_490_307, 19_490_318, Near),
            (19_490_307, 19_511_119, Different),
            (19_490_307, 19_491_119, Year),
            (19_490_307, 19_580_307, Near),
            (19_490_307, 19_620_307, Different),
        ] {
            assert_eq!(DateAgreement::of(a, b), expected, "{a} {b}");
            assert_eq!(DateAgreement::of(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn days_become_digits() {
        for (day, digits) in [
            (0, 19_700_101),
            (-1, 19_691_231),
            (20_603, 20_260_530),
            (11_016, 20_000_229),
            (i32::MAX, 0),
        ] {
            assert_eq!(digits_of(day), digits, "{day}");
        }
    }
}
