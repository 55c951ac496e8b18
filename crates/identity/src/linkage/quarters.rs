//! Finding near numbers: keys that they have in common whatever slip lies between them.

use super::numbers::NumberForm;

impl NumberForm {
    /// Keys of which two numbers share one if two wrong characters at most, one that is missing or doubled, or
    /// two swapped neighbours make the difference; and one for masks that show both ends. See
    /// [`Part::Quarters`](super::Part::Quarters).
    ///
    /// Two whole numbers are near by one sequence only: without `all` a whole one gives no other keys.
    pub(crate) fn quarters(&self, all: bool, mut found: impl FnMut(u64)) {
        let all = all || !self.is_whole();
        let text = self.bytes();
        // The old form has no check character and no century: without the latter both forms meet.
        let (whole, year, check) = match text.len() {
            15 | 16 => (15, 6, 0),
            17..=19 => (18, 8, 1),
            _ => return,
        };
        let part = |from: usize, to: usize| text.get(from..to.min(text.len())).unwrap_or_default();
        let left = Quarters {
            division: Few::of(part(0, 6)),
            year: Few::of(part(year, year + 2)),
            day: Few::of(part(year + 2, year + 6)),
            last: Few::of(part(year + 6, year + 9)),
        };
        left.keys(all, &mut found);
        if text.len() != whole {
            // Behind a missing or doubled character the places count from the end.
            let end = text.len() - check;
            let right = Quarters {
                day: Few::of(part(end - 7, end - 3)),
                last: Few::of(part(end - 3, end)),
                ..left
            };
            right.keys(all, &mut found);
        }
        if (self.is_whole() || self.is_masked()) && text.len() == 18 {
            found_key(&mut found, 9, &[left.division, Few::of(part(14, 18))]);
        }
    }
}

/// The parts of a number that blocking goes by.
#[derive(Clone, Copy)]
struct Quarters {
    division: Few,
    year: Few,
    day: Few,
    last: Few,
}

impl Quarters {
    /// Of two quarters with a wrong character each the others are whole, and so is what remains of one of them
    /// without it: few enough numbers share that.
    fn keys(&self, all: bool, found: &mut impl FnMut(u64)) {
        let Self {
            division,
            year,
            day,
            last,
        } = *self;
        // Division or year, or both.
        found_key(found, 1, &[day, last]);
        for at in 0..4 {
            let rest = day.without(at);
            // Month or day, and division as well, or year.
            found_key(found, 2, &[year, last, rest]);
            found_key(found, 3, &[division, last, rest]);
        }
        // Month and day.
        found_key(found, 4, &[division, year, last]);
        if !all {
            return;
        }
        for at in 0..3 {
            let rest = last.without(at);
            // Sequence, and division as well, or year, or month and day.
            found_key(found, 5, &[year, day, rest]);
            found_key(found, 6, &[division, day, rest]);
            found_key(found, 7, &[division, year, rest]);
        }
        // The sequence in another order.
        found_key(found, 8, &[year, day, last.sorted()]);
    }
}

/// At most six characters, the first in the lowest byte.
#[derive(Clone, Copy)]
struct Few {
    text: u64,
    hidden: bool,
}

impl Few {
    fn of(text: &[u8]) -> Self {
        let bytes = text.iter().rev();
        Self {
            text: bytes.fold(0, |text, byte| text << 8 | u64::from(*byte)),
            hidden: text.contains(&b'*'),
        }
    }

    /// Without the character at a place.
    const fn without(self, at: u32) -> Self {
        let before = (1 << (8 * at)) - 1;
        Self {
            text: self.text & before | self.text >> 8 & !before,
            ..self
        }
    }

    /// Three characters in ascending order.
    fn sorted(self) -> Self {
        let [mut a, mut b, mut c] = [0, 8, 16].map(|shift| self.text >> shift & 255);
        (a, b) = (a.min(b), a.max(b));
        (b, c) = (b.min(c), b.max(c));
        (a, b) = (a.min(b), a.max(b));
        Self {
            text: a | b << 8 | c << 16,
            ..self
        }
    }
}

/// Gives the key of some parts, unless one hides a character.
fn found_key<const N: usize>(found: &mut impl FnMut(u64), tag: u64, parts: &[Few; N]) {
    if parts.iter().any(|part| part.hidden) {
        return;
    }
    let mixed = parts.iter().fold(tag, |key, part| {
        (key.rotate_left(25) ^ part.text).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    found(mixed ^ mixed >> 32);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str, whole: bool) -> NumberForm {
        NumberForm::of(text, whole).unwrap()
    }

    #[test]
    fn numbers_that_differ_by_two_characters_share_a_key() {
        let keys = |text: &str, whole: bool| {
            let mut keys = Vec::new();
            form(text, whole).quarters(true, |key| keys.push(key));
            keys
        };
        let good = "11010519491231002X";
        let expected = keys(good, true);
        let meets = |text: &str| keys(text, false).iter().any(|key| expected.contains(key));
        let wrong = |text: &mut Vec<u8>, at: usize| {
            text[at] = if text[at] == b'7' { b'4' } else { b'7' };
        };
        let say = |text: Vec<u8>| String::from_utf8(text).unwrap();
        for one in 0..17 {
            for two in one + 1..17 {
                let mut text = good.as_bytes().to_vec();
                wrong(&mut text, one);
                wrong(&mut text, two);
                // The numbers of twins differ so.
                let twins = one >= 14;
                assert!(twins || meets(&say(text)), "{one} {two}");
            }
            let mut text = good.as_bytes().to_vec();
            text.swap(one, one + 1);
            assert!(meets(&say(text)), "{one} swapped");
            let mut text = good.as_bytes().to_vec();
            text.remove(one);
            assert!(meets(&say(text)), "{one} missing");
            let mut text = good.as_bytes().to_vec();
            text.insert(one, good.as_bytes()[one]);
            assert!(meets(&say(text)), "{one} doubled");
        }
        for text in ["110105491231002", "110105********002X", "110105491230002"] {
            assert!(meets(text), "{text}");
        }
        assert!(!meets("330106200103270011"));
    }
}
