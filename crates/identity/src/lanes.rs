//! HMAC-SM3 (GB/T 32905, GB/T 15852.2) of many short messages, eight at a time: each of them has a lane of the
//! processor's vector registers.

use std::array::from_fn;

use fearless_simd::{Level, dispatch};
use sm3::{Digest as _, Sm3};

/// Messages, one behind the other. Personal data: no `Debug`.
#[derive(Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// A secret as HMAC uses it: the states after its two blocks.
#[derive(Clone)]
pub(crate) struct Keyed {
    inner: State,
    outer: State,
}

type State = [u32; 8];

const BLOCK: usize = 64;
const LANES: usize = 8;

/// One word of eight states or blocks.
type Lanes = [u32; LANES];

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
            false => block[..32].copy_from_slice(&Sm3::digest(secret)),
        }
        let after = |pad: u8| {
            let mut states = INITIAL.map(|word| [word; LANES]);
            let block = block.map(|byte| byte ^ pad);
            compress(&mut states, from_fn(|at| [word(&block, at); LANES]));
            states.map(|word| word[0])
        };
        Self {
            inner: after(0x36),
            outer: after(0x5c),
        }
    }

    /// The first 128 bits of each message's code, by the widest vector instructions that the processor has.
    pub(crate) fn codes(&self, messages: &Messages) -> Vec<u128> {
        dispatch!(Level::new(), _simd => self.codes_in_lanes(messages))
    }

    #[inline(always)]
    fn codes_in_lanes(&self, messages: &Messages) -> Vec<u128> {
        let all = messages.len();
        let mut codes = Vec::with_capacity(all);
        for first in (0..all).step_by(LANES) {
            let some = from_fn(|lane| messages.get(first + lane));
            let digests = digests(&self.inner, some);
            let mut states = self.outer.map(|word| [word; LANES]);
            compress(&mut states, outer_block(&digests));
            codes.extend((0..LANES.min(all - first)).map(|lane| {
                let words = states.iter().take(4);
                words.fold(0, |code, word| code << 32 | u128::from(word[lane]))
            }));
        }
        codes
    }
}

/// The digests of eight messages that follow a block.
#[inline(always)]
fn digests(after: &State, messages: [&[u8]; LANES]) -> [Lanes; 8] {
    // One byte ends the message, eight say how long it was.
    let blocks = messages.map(|message| (message.len() + 9).div_ceil(BLOCK));
    let most = blocks.iter().copied().max().unwrap_or(0);
    let mut states = after.map(|word| [word; LANES]);
    let mut digests = states;
    for at in 0..most {
        let padded = messages.map(|message| block_of(message, at));
        compress(
            &mut states,
            from_fn(|word_at| padded.map(|block| word(&block, word_at))),
        );
        for lane in (0..LANES).filter(|lane| blocks[*lane] == at + 1) {
            for (digest, state) in digests.iter_mut().zip(&states) {
                digest[lane] = state[lane];
            }
        }
    }
    digests
}

/// A block of a padded message that stands behind a first block.
#[inline(always)]
fn block_of(message: &[u8], at: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let rest = message.get(at * BLOCK..).unwrap_or_default();
    let here = rest.len().min(BLOCK);
    block[..here].copy_from_slice(&rest[..here]);
    let is_last = message.len() + 9 <= (at + 1) * BLOCK;
    if here < BLOCK && at * BLOCK <= message.len() {
        block[here] = 0x80;
    }
    if is_last {
        let bits = 8 * (BLOCK + message.len()) as u64;
        block[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
    }
    block
}

/// The block behind the outer one: a digest, its end and its length.
#[inline(always)]
fn outer_block(digests: &[Lanes; 8]) -> [Lanes; 16] {
    const BITS: u32 = 8 * (BLOCK as u32 + 32);
    from_fn(|at| match at {
        0..8 => digests[at],
        8 => [0x8000_0000; LANES],
        15 => [BITS; LANES],
        _ => [0; LANES],
    })
}

#[inline(always)]
fn word(block: &[u8; BLOCK], at: usize) -> u32 {
    u32::from_be_bytes(from_fn(|byte| block[at * 4 + byte]))
}

/// GB/T 32905, 4.1.
const INITIAL: State = [
    0x7380_166f,
    0x4914_b2b9,
    0x1724_42d7,
    0xda8a_0600,
    0xa96f_30bc,
    0x1631_38aa,
    0xe38d_ee4d,
    0xb0fb_0e4e,
];

/// GB/T 32905, 4.2, each turned as its round wants it.
const CONSTANTS: [u32; 64] = {
    let mut all = [0; 64];
    let mut round = 0;
    while round < 64 {
        let constant: u32 = if round < 16 { 0x79cc_4519 } else { 0x7a87_9d8a };
        all[round] = constant.rotate_left(round as u32 % 32);
        round += 1;
    }
    all
};

/// GB/T 32905, 5.3: what a block makes of each state.
#[inline(always)]
fn compress(states: &mut [Lanes; 8], block: [Lanes; 16]) {
    let mut words = block;
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *states;
    for (round, constant) in CONSTANTS.iter().enumerate() {
        // The words are wanted four rounds ahead.
        let ahead = round + 4;
        if ahead >= 16 {
            let old = |back: usize| words[(ahead - back) % 16];
            let mixed = each(|at| old(16)[at] ^ old(9)[at] ^ old(3)[at].rotate_left(15));
            let next = each(|at| {
                let mixed = mixed[at] ^ mixed[at].rotate_left(15) ^ mixed[at].rotate_left(23);
                mixed ^ old(13)[at].rotate_left(7) ^ old(6)[at]
            });
            words[ahead % 16] = next;
        }
        let (word, later) = (words[round % 16], words[ahead % 16]);
        let turned = each(|at| a[at].rotate_left(12));
        let first = each(|at| {
            let sum = turned[at].wrapping_add(e[at]).wrapping_add(*constant);
            sum.rotate_left(7)
        });
        let (left, right) = match round < 16 {
            true => (
                each(|at| a[at] ^ b[at] ^ c[at]),
                each(|at| e[at] ^ f[at] ^ g[at]),
            ),
            false => (
                each(|at| a[at] & b[at] | (a[at] | b[at]) & c[at]),
                each(|at| (f[at] ^ g[at]) & e[at] ^ g[at]),
            ),
        };
        let left = each(|at| {
            let sum = left[at].wrapping_add(d[at]);
            let sum = sum.wrapping_add(first[at] ^ turned[at]);
            sum.wrapping_add(word[at] ^ later[at])
        });
        let right = each(|at| {
            let sum = right[at].wrapping_add(h[at]).wrapping_add(first[at]);
            sum.wrapping_add(word[at])
        });
        (d, c, b, a) = (c, each(|at| b[at].rotate_left(9)), a, left);
        let spread = each(|at| right[at] ^ right[at].rotate_left(9) ^ right[at].rotate_left(17));
        (h, g, f, e) = (g, each(|at| f[at].rotate_left(19)), e, spread);
    }
    for (state, new) in states.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = each(|at| state[at] ^ new[at]);
    }
}

/// One step in all lanes.
#[inline(always)]
fn each(step: impl Fn(usize) -> u32) -> Lanes {
    let mut lanes = [0; LANES];
    for (at, lane) in lanes.iter_mut().enumerate() {
        *lane = step(at);
    }
    lanes
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::collection::vec;
    use proptest::prelude::*;

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
