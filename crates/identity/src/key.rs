//! Resident keys: the first 128 bits of HMAC-SM3 (GB/T 32905, GB/T 15852.2) under the lake's secret.

use std::fmt;
use std::num::NonZeroU128;

use crate::Secret;
use crate::lanes::{Keyed, Messages};

/// One resident, in every table and every run; says nothing about the person.
///
/// Never zero, so that an optional key is no larger: every mention of a city has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResidentKey(NonZeroU128);

impl ResidentKey {
    /// The 32 lower-case hex characters that stand in the tables.
    #[must_use]
    pub fn hex(self) -> [u8; 32] {
        let mut text = [0_u8; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0.get().to_be_bytes()) {
            pair.copy_from_slice(&HEX[usize::from(byte)]);
        }
        text
    }

    /// The key as a number.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0.get()
    }

    /// The key of a number that [`ResidentKey::bits`] gave; none is 0.
    #[must_use]
    pub fn from_bits(bits: u128) -> Option<Self> {
        NonZeroU128::new(bits).map(Self)
    }

    /// Reads 32 hex characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bits = 0_u128;
        let (eights, rest) = text.as_bytes().as_chunks::<8>();
        if eights.len() != 4 || !rest.is_empty() {
            return None;
        }
        for eight in eights {
            bits = (bits << 32) | u128::from(eight_digits(*eight)?);
        }
        Self::from_bits(bits)
    }
}

/// Eight hex digits as a number, all of them at once, each in its byte.
fn eight_digits(text: [u8; 8]) -> Option<u32> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(text);
    let low = text | (EACH * 0x20);
    let is_letter = (low >> 6) & EACH;
    let digits = (low & (EACH * 15)) + is_letter * 9;
    // Written again, they must be what was read: all else that bytes can be is no digit.
    let is_large = ((digits + EACH * 6) >> 4) & EACH;
    let written = digits + EACH * 0x30 + is_large * 0x27;
    let is_text = ((text >> 5) | (text >> 6)) & EACH;
    if digits & (EACH * 16) != 0 || written != low || is_text != EACH {
        return None;
    }
    let pairs = (digits | (digits >> 4)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    u32::try_from((fours | (fours >> 16)) & 0xffff_ffff).ok()
}

/// Each byte as it is written.
const HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};

impl fmt::Display for ResidentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ResidentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Makes keys under one secret.
#[derive(Clone)]
pub struct KeyMaker(Keyed);

impl fmt::Debug for KeyMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMaker([redacted])")
    }
}

impl KeyMaker {
    /// A maker for the lake that `secret` belongs to.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(Keyed::new(secret.bytes()))
    }

    /// Keys to be made together: much sooner than one by one.
    #[must_use]
    pub fn several(&self) -> Several<'_> {
        Several {
            maker: self,
            of: Messages::default(),
        }
    }

    /// The key of a document; see [`Several::number`].
    #[must_use]
    pub fn number(&self, document: u16, number: &str) -> ResidentKey {
        self.one(|keys| keys.number(document, number))
    }

    /// What the lake keeps of the secret, to know it again: 32 hex characters.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let key = self.one(|keys| keys.of.push(&[b"rongtong lake secret"]));
        key.to_string()
    }

    fn one(&self, of: impl FnOnce(&mut Several<'_>)) -> ResidentKey {
        let mut keys = self.several();
        of(&mut keys);
        keys.made().next().unwrap_or(ResidentKey(NonZeroU128::MIN))
    }
}

/// What keys are to be made of. Personal data: no `Debug`.
pub struct Several<'a> {
    maker: &'a KeyMaker,
    of: Messages,
}

impl Several<'_> {
    /// Adds the document `number` of GA/T 2000.156 type `document`; `number` in its normalised form.
    pub fn number(&mut self, document: u16, number: &str) {
        let [a, b, c] = [document / 100 % 10, document / 10 % 10, document % 10]
            .map(|digit| b'0' + u8::try_from(digit).unwrap_or(0));
        self.of.push(&[&[a, b, c, b':'], number.as_bytes()]);
    }

    /// Adds a mention that has no usable number.
    ///
    /// `own` is the record's own number or the contract's identifying columns, `name` in standard form.
    /// In a row that names several people `role` keeps them apart; it is empty elsewhere.
    pub fn mention(&mut self, feed: &str, own: &str, role: &str, name: &str) {
        const GAP: &[u8] = b"\x1f";
        self.of.push(&[
            b"mention:",
            feed.as_bytes(),
            GAP,
            own.as_bytes(),
            GAP,
            role.as_bytes(),
            GAP,
            name.as_bytes(),
        ]);
    }

    /// The keys, in the order of what was added.
    pub fn made(self) -> impl Iterator<Item = ResidentKey> {
        let codes = self.maker.0.codes(&self.of).into_iter();
        codes.map(|bits| ResidentKey(NonZeroU128::new(bits).unwrap_or(NonZeroU128::MIN)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn maker() -> KeyMaker {
        KeyMaker::new(&Secret::new("test", "here").unwrap())
    }

    #[test]
    fn known_answer() {
        // openssl: printf 111:11010519491231002X | openssl dgst -sm3 -hmac test
        let key = maker().number(111, "11010519491231002X");
        assert_eq!(key.to_string(), "f325eb86bca9b5ca6f1069abaf5ff0ad");
    }

    #[test]
    fn hex_and_parse_agree() {
        let key = maker().number(154, "810000199001011234");
        assert_eq!(std::str::from_utf8(&key.hex()).unwrap(), key.to_string());
        assert_eq!(ResidentKey::parse(&key.to_string()), Some(key));
        assert_eq!(ResidentKey::parse("12"), None);
        assert_eq!(ResidentKey::parse(&"+".repeat(32)), None);
    }

    #[test]
    fn each_byte_is_a_digit_or_none() {
        for byte in 0..=u8::MAX {
            let expected = char::from(byte).to_digit(16).filter(|_| byte.is_ascii());
            for place in 0..8 {
                let mut text = *b"1fA09bE2";
                text[place] = byte;
                let spelled = std::str::from_utf8(&text).ok();
                let number = spelled.and_then(|text| u32::from_str_radix(text, 16).ok());
                assert_eq!(
                    eight_digits(text),
                    expected.and(number),
                    "{byte} at {place}"
                );
            }
        }
    }

    #[test]
    fn parts_of_a_mention_do_not_run_together() {
        let maker = maker();
        let mut keys = maker.several();
        keys.mention("f", "ab", "", "c");
        keys.mention("f", "a", "", "bc");
        keys.mention("f", "a", "husband", "c");
        keys.mention("f", "a", "wife", "c");
        let made: BTreeSet<ResidentKey> = keys.made().collect();
        assert_eq!(made.len(), 4);
    }
}
