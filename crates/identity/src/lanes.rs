//! HMAC-SM3 (GB/T 15852.2) of many short messages, eight at a time.

use std::array::from_fn;

use rongtong_standards::sm3::{BLOCK, DIGEST, LANES, Start};

/// Messages, one behind the other. Personal data: no `Debug`.
#[derive(Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// A secret as HMAC uses it: behind its two blocks.
#[derive(Clone)]
pub(crate) struct Keyed {
    inner: Start,
    outer: Start,
}

impl Messages {
    pub(crate) fn push(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.ends.push(self.bytes.len());
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// The message at a place; behind the last an empty one.
    fn get(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(Some(&0), |at| self.ends.get(at));
        let bounds = start.zip(self.ends.get(at));
        bounds.map_or(&[], |(start, end)| &self.bytes[*start..*end])
    }
}

impl Keyed {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        match secret.len() <= BLOCK {
            true => block[..secret.len()].copy_from_slice(secret),
            false => {
                let [digest, ..] = Start::FIRST.digests([secret; LANES]);
                block[..DIGEST].copy_from_slice(&digest);
            }
        }
        let behind = |pad: u8| Start::FIRST.after(&block.map(|byte| byte ^ pad));
        Self {
            inner: behind(0x36),
            outer: behind(0x5c),
        }
    }

    /// The first 128 bits of each message's code.
    pub(crate) fn codes(&self, messages: &Messages) -> Vec<u128> {
        let all = messages.len();
        let mut codes = Vec::with_capacity(all);
        for first in (0..all).step_by(LANES) {
            let inner = self
                .inner
                .digests(from_fn(|lane| messages.get(first + lane)));
            let outer = self.outer.digests(from_fn(|lane| inner[lane].as_slice()));
            let some = outer.iter().take(all - first);
            codes.extend(some.map(|digest| {
                let half = digest.iter().take(size_of::<u128>());
                half.fold(0, |code, byte| code << 8 | u128::from(*byte))
            }));
        }
        codes
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use sm3::Sm3;

    use super::*;

    proptest! {
        #[test]
        fn as_one_message_after_the_other(
            secret in vec(any::<u8>(), 0..150),
            texts in vec(vec(any::<u8>(), 0..200), 0..20),
        ) {
            let mut messages = Messages::default();
            for text in &texts {
                let (one, other) = text.split_at(text.len() / 2);
                messages.push(&[one, other]);
            }
            let expected = texts.iter().map(|text| {
                let mut mac = Hmac::<Sm3>::new_from_slice(&secret).unwrap();
                mac.update(text);
                let code = mac.finalize().into_bytes();
                u128::from_be_bytes(code[..16].try_into().unwrap())
            });
            let expected: Vec<u128> = expected.collect();
            prop_assert_eq!(Keyed::new(&secret).codes(&messages), expected);
        }
    }
}
