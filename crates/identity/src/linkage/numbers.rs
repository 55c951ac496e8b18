//! How two identity numbers agree, broken ones included.

use rongtong_standards::calendar;

/// From the strongest to the weakest; the order is that of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum NumberAgreement {
    /// The same characters.
    Same,
    /// One is masked, and what it shows is the same: six digits at least, two of them among the last four.
    Masked,
    /// One of them is broken, and one character mistyped, missing or doubled, or two neighbours swapped
    /// make the difference.
    Slip,
    /// One of them is broken and two characters are wrong.
    TwoSlips,
    /// Both are whole with one sequence, and at most two digits of division and birth date differ: a slip that
    /// passed the check, or a correction. Where only the sequence differs they are different: so do the numbers
    /// of twins, and of all who were born in one place on one day.
    Close,
    /// One of them is broken, and they have nothing to do with each other.
    BrokenDifferent,
    /// Both are whole and different.
    Different,
}

/// A number as stated, ready to compare. Personal data: no `Debug`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumberForm {
    /// Upper-case ASCII; masked places are `*`, unused ones 0.
    text: [u8; MOST],
    len: u8,
    whole: bool,
    masked: bool,
}

/// Longer texts are no numbers of persons.
const MOST: usize = 20;

impl NumberForm {
    /// Reads a number; `whole` says that it passed its check. `None` for what is no number: less than six
    /// readable characters, or more than twenty.
    #[must_use]
    pub fn of(stated: &str, whole: bool) -> Option<Self> {
        let mut text = [0; MOST];
        let mut len = 0;
        for c in stated.chars().filter(|c| !c.is_whitespace()) {
            let byte = match c {
                '0'..='9' | 'A'..='Z' | 'a'..='z' => u8::try_from(c).ok()?.to_ascii_uppercase(),
                '*' | '?' | '＊' | '×' | '#' => b'*',
                _ => return None,
            };
            *text.get_mut(len)? = byte;
            len += 1;
        }
        let mut form = Self {
            text,
            len: u8::try_from(len).ok()?,
            whole,
            masked: false,
        };
        if !whole {
            form.read_broken();
        }
        let shown = form.bytes().iter().filter(|b| **b != b'*').count();
        form.masked = shown < len;
        (shown >= 6).then_some(form)
    }

    /// Whether it passed its check.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether it hides a character.
    pub(crate) const fn is_masked(&self) -> bool {
        self.masked
    }

    /// Letters typed for digits; spreadsheets keep fifteen digits and write zeros for the rest.
    fn read_broken(&mut self) {
        let len = usize::from(self.len);
        if len < 15 {
            return;
        }
        for byte in &mut self.text[..len] {
            *byte = match *byte {
                b'O' | b'Q' | b'D' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
        }
        if len == 18 && self.text[15..18] == *b"000" {
            self.text[15..18].copy_from_slice(b"***");
        }
    }

    /// The birth date in a number of which the sequence is hidden, as days since 1970-01-01. Two such numbers
    /// can't be [compared](Self::compare): the date is what they have to say.
    #[must_use]
    pub fn birth_date_of_masked(&self) -> Option<i32> {
        let text = self.bytes();
        let (date, rest) = match text.len() {
            18 => (text.get(6..14)?, text.get(14..)?),
            _ => return None,
        };
        if rest.iter().filter(|b| **b == b'*').count() < 3 {
            return None;
        }
        let digits = |of: &[u8]| {
            of.iter().try_fold(0_u32, |number, b| {
                b.is_ascii_digit()
                    .then(|| number * 10 + u32::from(b - b'0'))
            })
        };
        let year = i32::try_from(digits(&date[..4])?).ok()?;
        let days = calendar::days(year, digits(&date[4..6])?, digits(&date[6..])?);
        days.filter(|_| (1850..2100).contains(&year))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.len)]
    }

    /// Whether two numbers are so like each other that they may be one.
    pub(crate) fn is_near(&self, other: &Self) -> bool {
        let agreement = self.compare(other);
        agreement.is_some_and(|agreement| agreement < NumberAgreement::BrokenDifferent)
    }

    /// How two numbers agree; `None` where what a mask shows of them is too little to say.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<NumberAgreement> {
        let (a, b) = (self.bytes(), other.bytes());
        if a == b && !self.masked {
            return Some(NumberAgreement::Same);
        }
        if self.whole && other.whole {
            let close = a.len() == 18 && b.len() == 18 && a[14..17] == b[14..17];
            return Some(match close && wrong(&a[..14], &b[..14]) <= 2 {
                true => NumberAgreement::Close,
                false => NumberAgreement::Different,
            });
        }
        // Two children have two certificates: they are whole, though without a check.
        if is_birth_certificate(a) && is_birth_certificate(b) {
            return Some(match slips(a, b) {
                NumberAgreement::BrokenDifferent => NumberAgreement::Different,
                slip => slip,
            });
        }
        // The number of a birth certificate is no broken number of a resident.
        if a.len().abs_diff(b.len()) > 3 {
            return None;
        }
        if self.masked || other.masked {
            return masked(a, b);
        }
        let mut best = slips(a, b);
        // A broken number of the old form beside one of the new.
        for (old, new) in [(a, b), (b, a)] {
            if let (14..=16, [d @ .., _]) = (old.len(), new)
                && new.len() == 18
            {
                let mut short = [0; 15];
                short[..6].copy_from_slice(&d[..6]);
                short[6..].copy_from_slice(&d[8..17]);
                best = best.min(slips(old, &short).max(NumberAgreement::Slip));
            }
        }
        Some(best)
    }
}

/// The number of a medical certificate of birth 出生医学证明: a letter for the printing, and nine digits.
fn is_birth_certificate(text: &[u8]) -> bool {
    matches!(text, [b'A'..=b'Z', digits @ ..] if digits.len() == 9 && digits.iter().all(u8::is_ascii_digit))
}

fn wrong(a: &[u8], b: &[u8]) -> usize {
    let differs = |(a, b): &(&u8, &u8)| a != b && **a != b'*' && **b != b'*';
    a.iter().zip(b).filter(differs).count()
}

/// How numbers agree of which one hides some places. Division and birth date many share: without the
/// sequence they say nothing that the birth date doesn't.
fn masked(a: &[u8], b: &[u8]) -> Option<NumberAgreement> {
    if a.len() != b.len() || wrong(a, b) > 0 {
        return Some(NumberAgreement::BrokenDifferent);
    }
    let shown = |a: &[u8], b: &[u8]| {
        a.iter()
            .zip(b)
            .filter(|(a, b)| **a != b'*' && **b != b'*')
            .count()
    };
    let last = a.len().saturating_sub(4);
    let enough = shown(&a[last..], &b[last..]) >= 2 && shown(a, b) >= 6;
    enough.then_some(NumberAgreement::Masked)
}

/// How two unmasked numbers agree of which one is broken.
fn slips(a: &[u8], b: &[u8]) -> NumberAgreement {
    if a == b {
        return NumberAgreement::Same;
    }
    if a.len() == b.len() {
        let first = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(0);
        return match wrong(a, b) {
            0 | 1 => NumberAgreement::Slip,
            2 if first + 1 < a.len() && a[first] == b[first + 1] && a[first + 1] == b[first] => {
                NumberAgreement::Slip
            }
            // Two characters of the last four differ between twins as well.
            2 if a.len() == 18 && a[..14] == b[..14] => NumberAgreement::BrokenDifferent,
            2 => NumberAgreement::TwoSlips,
            _ => NumberAgreement::BrokenDifferent,
        };
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() != 1 {
        return NumberAgreement::BrokenDifferent;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    match short[same..] == long[same + 1..] {
        true => NumberAgreement::Slip,
        false => NumberAgreement::BrokenDifferent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str, whole: bool) -> NumberForm {
        NumberForm::of(text, whole).unwrap()
    }

    #[test]
    fn a_broken_number_agrees_by_its_slips() {
        use NumberAgreement::{BrokenDifferent, Masked, Same, Slip, TwoSlips};
        let good = form("11010519491231002X", true);
        for (text, expected) in [
            ("11010519491231002X", Same),
            ("11010519491231002", Slip),
            ("110105194912310021", Slip),
            ("11010519491213002X", Slip),
            ("110105194912310002X", Slip),
            ("110105194812310021", TwoSlips),
            ("110105********002X", Masked),
            ("110105********0020", BrokenDifferent),
            ("1101O5194912310021", Slip),
            ("110105491231003", Slip),
            ("330106200103270011", BrokenDifferent),
        ] {
            assert_eq!(good.compare(&form(text, false)), Some(expected), "{text}");
            assert_eq!(form(text, false).compare(&good), Some(expected), "{text}");
        }
        // A spreadsheet's zeros leave division and birth date, which many share.
        assert_eq!(good.compare(&form("110105194912310000", false)), None);
    }

    #[test]
    fn whole_numbers_are_close_or_different() {
        use NumberAgreement::{Close, Different};
        let one = form("11010519491231002X", true);
        let compare = |text| one.compare(&form(text, true));
        assert_eq!(compare("110105194912210023"), Some(Close));
        assert_eq!(compare("110105194912310046"), Some(Different));
        assert_eq!(compare("330106200103270011"), Some(Different));
    }

    #[test]
    fn two_birth_certificates_are_two_childrens() {
        use NumberAgreement::{Different, Same, Slip};
        let one = form("V330288090", false);
        let compare = |text| one.compare(&form(text, false));
        assert_eq!(compare("v330288090"), Some(Same));
        assert_eq!(compare("V330288091"), Some(Slip));
        assert_eq!(compare("U330733693"), Some(Different));
        assert_eq!(compare("33010620010327001"), None);
    }

    #[test]
    fn what_is_no_number_has_no_form() {
        for text in [
            "",
            "无",
            "123",
            "33010",
            "******************",
            &"1".repeat(21),
        ] {
            assert!(NumberForm::of(text, false).is_none(), "{text}");
        }
    }
}
