//! Identity numbers and credit codes, computed here apart from the product's own rules,
//! so that the one can prove the other.

use crate::day::Day;
use crate::rng::Rng;

/// A person's own document number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Number {
    /// 18 characters of GB 11643 form: the first 17 digits; the check character follows from them.
    Card(u64),
    /// Any other document's number.
    Other(Box<str>),
    /// Not registered yet.
    None,
}

impl Number {
    pub(crate) fn text(&self) -> String {
        match self {
            Number::Card(body) => card(*body),
            Number::Other(text) => text.to_string(),
            Number::None => String::new(),
        }
    }

    pub(crate) fn body(&self) -> Option<u64> {
        match self {
            Number::Card(body) => Some(*body),
            _ => None,
        }
    }
}

/// The 17 digits of a card: where, when, and the how-manieth (odd for men).
pub(crate) fn body(division: u32, birth: Day, sequence: u32) -> u64 {
    let (y, m, d) = birth.parts();
    let date = y as u64 * 10_000 + u64::from(m) * 100 + u64::from(d);
    (u64::from(division) * 100_000_000 + date) * 1000 + u64::from(sequence)
}

/// The 18 characters: the body and its ISO 7064 MOD 11-2 check character.
pub(crate) fn card(body: u64) -> String {
    let mut text = format!("{body:017}");
    text.push(check_character(&text));
    text
}

/// The 15 digits that this number had before 1999; `None` for someone born since 2000.
pub(crate) fn fifteen(body: u64) -> Option<String> {
    let text = format!("{body:017}");
    matches!(text.get(6..8), Some("19" | "18")).then(|| format!("{}{}", &text[..6], &text[8..17]))
}

/// The check character of 17 digits (GB 11643).
pub(crate) fn check_character(seventeen: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = seventeen
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// Whether 18 characters carry the right check character.
#[cfg(test)]
pub(crate) fn check_holds(number: &str) -> bool {
    number.len() == 18
        && number.is_ascii()
        && number[..17].bytes().all(|b| b.is_ascii_digit())
        && number.ends_with(check_character(&number[..17]))
}

/// A company's unified social credit code (GB 32100-2015) with both of its checks right.
pub(crate) fn credit_code(rng: &mut Rng, division: u32) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [u32; 17] = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];
    let mut code = format!("91{division:06}{}", organisation_code(rng));
    let sum: u32 = code
        .bytes()
        .zip(WEIGHTS)
        .map(|(character, weight)| {
            let value = ALPHABET.iter().position(|a| *a == character).unwrap_or(0);
            value as u32 * weight
        })
        .sum();
    code.push(char::from(ALPHABET[((31 - sum % 31) % 31) as usize]));
    code
}

/// Nine characters of GB 11714: all digits before 2015, `MA…` since.
fn organisation_code(rng: &mut Rng) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut code = if rng.chance(0.5) {
        format!("{:08}", rng.below(100_000_000))
    } else {
        let tail: String = (0..6).map(|_| char::from(rng.pick(ALPHABET))).collect();
        format!("MA{tail}")
    };
    let sum: u32 = code
        .bytes()
        .zip(WEIGHTS)
        .map(|(c, weight)| char::from(c).to_digit(36).unwrap_or(0) * weight)
        .sum();
    code.push(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    });
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_s_own_examples() {
        // GB 11643-1999, appendix.
        assert!(check_holds("11010519491231002X"));
        assert!(check_holds("440524188001010014"));
        assert!(!check_holds("110105194912310021"));
    }

    #[test]
    fn old_and_new_form() {
        let body = body(110105, Day::new(1949, 12, 31).unwrap(), 2);
        assert_eq!(card(body), "11010519491231002X");
        assert_eq!(fifteen(body).as_deref(), Some("110105491231002"));
        assert_eq!(fifteen(11010520491231002), None);
    }

    #[test]
    fn credit_codes_have_their_shape() {
        let mut rng = Rng::keyed(&[3]);
        for _ in 0..1000 {
            let code = credit_code(&mut rng, 330106);
            assert_eq!(code.len(), 18);
            assert!(!code.contains(['I', 'O', 'Z', 'S', 'V']));
        }
    }
}
