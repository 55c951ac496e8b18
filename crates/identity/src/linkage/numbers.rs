//! How two identity numbers agree, broken ones included.

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

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.len)]
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

    /// Keys of which two numbers that differ in two characters share one at least; see
    /// [`Part::Quarters`](super::Part::Quarters).
    pub(crate) fn quarters(&self, mut found: impl FnMut(u64)) {
        let text = self.bytes();
        let len = text.len();
        // Shorter and longer ones are split from both ends.
        if !(15..=19).contains(&len) {
            return;
        }
        let year = if len < 17 { 0 } else { 2 };
        let quarters = [
            &text[..6],
            &text[6..8 + year],
            &text[len - 8..len - 4],
            &text[len - 4..],
        ];
        let quarters = match len {
            // The old form has no check character and no century; its last three stand alone.
            15 => [&text[..6], &text[6..8], &text[8..12], &text[12..15]],
            _ => quarters,
        };
        // The century is left out, so that both forms meet.
        let key = |tag: u64, one: &[u8], two: &[u8]| {
            let digits = one.iter().chain(two);
            if digits.clone().any(|b| *b == b'*') {
                return None;
            }
            Some(digits.fold(tag, |key, b| {
                key.wrapping_mul(37).wrapping_add(u64::from(*b) + 1)
            }))
        };
        let [division, year, day, last] = quarters;
        let year = year.get(year.len().saturating_sub(2)..).unwrap_or(year);
        let last = last.get(..3).unwrap_or(last);
        for pair in [
            key(1, division, last),
            key(2, year, day),
            key(3, year, last),
            key(4, day, last),
        ]
        .into_iter()
        .flatten()
        {
            found(pair);
        }
    }
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

    #[test]
    fn numbers_with_two_wrong_characters_share_a_key() {
        let keys = |text: &str| {
            let mut keys = Vec::new();
            form(text, false).quarters(|key| keys.push(key));
            keys
        };
        let good = keys("11010519491231002X");
        for text in [
            "11010519491231992X",
            "110105194912310992",
            "910905194912310021",
            "110105491231002",
        ] {
            assert!(keys(text).iter().any(|key| good.contains(key)), "{text}");
        }
    }
}
