//! Numbers of 18 characters (GB 11643): division 6, birth date 8, sequence 3, check character.
//!
//! The first 17 digits as an integer are the number's *body*: all else can be computed from it.

use crate::{calendar, codes};

/// The check characters for the remainders 0 to 10 (ISO 7064 MOD 11-2).
const CHECKS: [u8; 11] = *b"10X98765432";
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const FIRST_BIRTH_YEAR: i32 = 1800;

/// What a number with a passing check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// GA/T 2000.156: 111 resident identity card, 154 residence permit of Hong Kong, Macao and
    /// Taiwan residents, 553 foreign permanent resident.
    pub document: u16,
    /// Days since 1970-01-01.
    pub birth: i32,
    /// GB/T 2261.1: 1 male, 2 female.
    pub sex: u8,
    /// The six-digit division; 0 for foreign permanent residents, whose numbers have none.
    pub division: u32,
}

/// Why 18 characters are no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The check character doesn't fit.
    Check,
    /// No such province.
    Province,
    /// No such day, or outside 1800-01-01 to the as-of date.
    Birth,
}

/// The 18 characters of a body.
///
/// A body of more than 17 digits gives more than 18 characters.
#[must_use]
pub fn number_of(body: u64) -> String {
    let digits = format!("{body:017}");
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    digits + char::from(check_of(sum)).encode_utf8(&mut [0; 4])
}

/// The body of 18 characters in standard form whose check character passes.
#[must_use]
pub fn body_of(number: &str) -> Option<u64> {
    body_of_bytes(number.as_bytes().try_into().ok()?)
}

/// As [`body_of`].
#[inline]
pub(crate) fn body_of_bytes(number: &[u8; 18]) -> Option<u64> {
    let mut body = 0;
    let mut sum = 0;
    let mut highest = 0;
    for (byte, weight) in number.iter().zip(WEIGHTS) {
        let digit = byte.wrapping_sub(b'0');
        highest = if digit > highest { digit } else { highest };
        body = body * 10 + u64::from(digit);
        sum += u32::from(digit) * weight;
    }
    (highest <= 9 && number[17] == check_of(sum)).then_some(body)
}

/// The birth date in a body, as days since 1970-01-01; `None` for 0, which is no number's.
#[inline]
#[must_use]
pub fn birth_date_of(body: u64) -> Option<i32> {
    let yyyymmdd = (body / 1_000 % 100_000_000) as u32;
    let year = (yyyymmdd / 10_000) as i32;
    if year < FIRST_BIRTH_YEAR {
        return None;
    }
    calendar::days(year, yyyymmdd / 100 % 100, yyyymmdd % 100)
}

/// The sex in a body, GB/T 2261.1: 1 male, 2 female; 0 for 0, which is no number's.
#[inline]
#[must_use]
pub const fn sex_of(body: u64) -> u8 {
    match body {
        0 => 0,
        _ if body % 2 == 1 => 1,
        _ => 2,
    }
}

/// What a body says.
///
/// # Errors
/// Its province doesn't exist, or its birth date is impossible or after `as_of`.
#[inline]
pub(crate) fn facts(body: u64, as_of: i32) -> Result<Facts, Fault> {
    let is_foreign = body / 10_000_000_000_000_000 == 9;
    // 9, province 2, country 3 for foreign permanent residents; province 2, city 2, county 2 else.
    let province = (body
        / if is_foreign {
            100_000_000_000_000
        } else {
            1_000_000_000_000_000
        })
        % 100;
    if !codes::is_known_province(province as u32) {
        return Err(Fault::Province);
    }
    let document = match province {
        _ if is_foreign => 553,
        81..=83 => 154,
        _ => 111,
    };
    let birth = birth_date_of(body).filter(|day| *day <= as_of);
    Ok(Facts {
        document,
        birth: birth.ok_or(Fault::Birth)?,
        sex: sex_of(body),
        division: if is_foreign {
            0
        } else {
            (body / 100_000_000_000) as u32
        },
    })
}

/// The body of a number of 15 digits: the century is put in. It is 19, but 18 where the sequence is
/// one of 996 to 999, kept for people who were over a hundred when numbers were first given.
pub(crate) fn body_of_fifteen(number: &[u8]) -> Option<u64> {
    let number: &[u8; 15] = number.try_into().ok()?;
    let mut value = 0;
    for byte in number {
        value = value * 10 + u64::from(char::from(*byte).to_digit(10)?);
    }
    let century = if value % 1_000 >= 996 { 18 } else { 19 };
    let division = value / 1_000_000_000;
    Some((division * 100 + century) * 1_000_000_000 + value % 1_000_000_000)
}

#[inline]
fn check_of(sum: u32) -> u8 {
    CHECKS[(sum % 11) as usize]
}
