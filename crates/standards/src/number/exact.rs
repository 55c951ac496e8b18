//! Decimal text as whole hundredths.

/// A number in hundredths, and what it took to read it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub cents: i128,
    pub scientific: bool,
    pub rounded: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Malformed,
    OutOfRange,
}

/// Digits before the point that `decimal(18,2)` holds.
const WHOLE_DIGITS: i64 = 16;

/// The clean case: digits, and perhaps a point and one or two digits more.
pub(super) fn plain_cents(cell: &[u8]) -> Option<i128> {
    let point = cell
        .iter()
        .position(|byte| *byte == b'.')
        .unwrap_or(cell.len());
    let (whole, behind) = (
        cell.get(..point)?,
        cell.get(point + 1..).unwrap_or_default(),
    );
    if !(1..=16).contains(&whole.len())
        || behind.len() > 2
        || (point < cell.len() && behind.is_empty())
    {
        return None;
    }
    let mut cents = 0_i64;
    for byte in whole.iter().chain(behind) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        cents = cents * 10 + i64::from(digit);
    }
    for _ in behind.len()..2 {
        cents *= 10;
    }
    Some(i128::from(cents))
}

/// Reads `[+-]digits[.digits][E[+-]digits]`, the whole digits perhaps in groups of three, times
/// ten to the power of `power`, half up to hundredths.
pub(super) fn cents(text: &str, power: i32) -> Result<Read, Fault> {
    let (negative, text) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(read_exponent(exponent)?)),
        None => (text, None),
    };
    let (whole, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && behind.is_empty() || !is_grouped(whole) || !all_digits(behind) {
        return Err(Fault::Malformed);
    }
    let digit_count = whole.bytes().filter(u8::is_ascii_digit).count();
    let digits = whole
        .bytes()
        .filter(u8::is_ascii_digit)
        .chain(behind.bytes())
        .map(|b| b - b'0');
    let leading_zeros = digits.clone().take_while(|digit| *digit == 0).count();
    // Where the point stands, counted from the first digit that isn't zero.
    let point = digit_count as i64 - leading_zeros as i64
        + i64::from(power)
        + i64::from(exponent.unwrap_or(0));
    let scientific = exponent.is_some();
    let mut significant = digits.skip(leading_zeros).peekable();
    if significant.peek().is_none() {
        return Ok(Read {
            cents: 0,
            scientific,
            rounded: false,
        });
    }
    if point > WHOLE_DIGITS {
        return Err(Fault::OutOfRange);
    }
    let mut cents = 0_i128;
    for _ in 0..(point + 2) {
        cents = cents * 10 + i128::from(significant.next().unwrap_or(0));
    }
    // With the point further left than that, even the first digit is far below half a cent.
    let first_dropped = if point >= -2 {
        significant.next().unwrap_or(0)
    } else {
        0
    };
    let rounded = first_dropped > 0 || significant.any(|digit| digit > 0);
    if first_dropped >= 5 {
        cents += 1;
    }
    if cents >= 10_i128.pow(WHOLE_DIGITS as u32 + 2) {
        return Err(Fault::OutOfRange);
    }
    Ok(Read {
        cents: if negative { -cents } else { cents },
        scientific,
        rounded,
    })
}

fn read_exponent(text: &str) -> Result<i32, Fault> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !all_digits(digits) {
        return Err(Fault::Malformed);
    }
    let size = digits
        .parse::<i32>()
        .unwrap_or(i32::MAX / 2)
        .min(i32::MAX / 2);
    Ok(if text.starts_with('-') { -size } else { size })
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits, or groups of three split by commas or single blanks.
fn is_grouped(whole: &str) -> bool {
    if all_digits(whole) {
        return true;
    }
    let mut groups = whole.split([',', ' ']);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && all_digits(first)
        && groups.all(|group| group.len() == 3 && all_digits(group))
}
