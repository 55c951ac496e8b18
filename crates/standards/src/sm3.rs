//! SM3 (GB/T 32905) of eight messages side by side: each of them has a lane of the processor's vector registers.

// Closures that stand in loops aren't made of vector instructions; what is called there is `inline(always)`.

use std::array::from_fn;

use fearless_simd::{Bytes as _, Level, Simd, SimdBase as _, dispatch, u8x32, u32x8};

/// Messages that are digested side by side.
pub const LANES: usize = 8;

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// Bytes of a digest.
pub const DIGEST: usize = 32;

/// Where digests begin: the state after the blocks that all of their messages begin with.
#[derive(Clone)]
pub struct Start {
    state: [u32; 8],
    bytes: u64,
}

impl Start {
    /// With the message's first byte.
    pub const FIRST: Self = Self {
        state: INITIAL,
        bytes: 0,
    };

    /// Behind one more block.
    #[must_use]
    pub fn after(&self, block: &[u8; BLOCK]) -> Self {
        let state = dispatch!(Level::new(), simd => {
            let mut states = self.states(simd);
            let blocks = [std::slice::from_ref(block); LANES];
            compress(&mut states, side_by_side(simd, &blocks, 0));
            states.map(|word| word[0])
        });
        Self {
            state,
            bytes: self.bytes + BLOCK as u64,
        }
    }

    /// The digests of eight messages, by the widest vector instructions that the processor has.
    #[must_use]
    pub fn digests(&self, messages: [&[u8]; LANES]) -> [[u8; DIGEST]; LANES] {
        dispatch!(Level::new(), simd => self.in_lanes(simd, messages))
    }

    #[inline(always)]
    fn in_lanes<S: Simd>(&self, simd: S, messages: [&[u8]; LANES]) -> [[u8; DIGEST]; LANES] {
        let mut states = self.states(simd);
        let blocks = messages.map(|message| message.as_chunks().0);
        let whole = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
        for at in 0..whole {
            compress(&mut states, side_by_side(simd, &blocks, at));
        }
        // One byte ends a message, eight say how long it was.
        let ends = messages.map(|message| (message.len() + 9).div_ceil(BLOCK));
        let last = ends.iter().copied().max().unwrap_or(0);
        let mut digests = [[0; DIGEST]; LANES];
        for at in whole..last {
            let padded = messages.map(|message| [self.padded(message, at)]);
            let blocks = from_fn(|lane| padded[lane].as_slice());
            compress(&mut states, side_by_side(simd, &blocks, 0));
            for lane in (0..LANES).filter(|lane| ends[*lane] == at + 1) {
                let (words, _) = digests[lane].as_chunks_mut();
                for (word, state) in words.iter_mut().zip(&states) {
                    *word = state[lane].to_be_bytes();
                }
            }
        }
        digests
    }

    #[inline(always)]
    fn states<S: Simd>(&self, simd: S) -> [u32x8<S>; 8] {
        self.state.map(|word| u32x8::splat(simd, word))
    }

    /// A block of a padded message.
    #[inline(always)]
    fn padded(&self, message: &[u8], at: usize) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let rest = message.get(at * BLOCK..).unwrap_or_default();
        let here = rest.len().min(BLOCK);
        block[..here].copy_from_slice(&rest[..here]);
        if here < BLOCK && at * BLOCK <= message.len() {
            block[here] = 0x80;
        }
        if message.len() + 9 <= (at + 1) * BLOCK {
            let bits = 8 * (self.bytes + message.len() as u64);
            block[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
        }
        block
    }
}

/// GB/T 32905, 4.1.
const INITIAL: [u32; 8] = [
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
fn compress<S: Simd>(states: &mut [u32x8<S>; 8], mut words: [u32x8<S>; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *states;
    for (first, constants) in (0..64).step_by(4).zip(CONSTANTS.as_chunks().0) {
        // Words are wanted four rounds ahead.
        if first >= 12 {
            for at in first + 4..first + 8 {
                words[at % 16] = expanded(&words, at);
            }
        }
        let given = |at: usize| {
            let constants: &[u32; 4] = constants;
            let later = words[(first + at + 4) % 16];
            (constants[at], [words[(first + at) % 16], later])
        };
        // Four rounds, and the names are where they were.
        let is_early = first < 16;
        (b, d, f, h) = turn(is_early, given(0), [a, b, c, d], [e, f, g, h]);
        (a, c, e, g) = turn(is_early, given(1), [d, a, b, c], [h, e, f, g]);
        (d, b, h, f) = turn(is_early, given(2), [c, d, a, b], [g, h, e, f]);
        (c, a, g, e) = turn(is_early, given(3), [b, c, d, a], [f, g, h, e]);
    }
    for (state, new) in states.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state ^= new;
    }
}

/// A round: the new `b`, `d`, `f` and `h`. In the next one `d` is called `a`, `a` is called `b`, and so on.
#[inline(always)]
fn turn<S: Simd>(
    is_early: bool,
    (constant, [word, later]): (u32, [u32x8<S>; 2]),
    [a, b, c, d]: [u32x8<S>; 4],
    [e, f, g, h]: [u32x8<S>; 4],
) -> (u32x8<S>, u32x8<S>, u32x8<S>, u32x8<S>) {
    let turned = rotated::<12, S>(a);
    let first = rotated::<7, S>(turned + e + constant);
    let (left, right) = match is_early {
        true => (a ^ b ^ c, e ^ f ^ g),
        false => (a & b | (a | b) & c, (f ^ g) & e ^ g),
    };
    let left = left + d + (first ^ turned) + (word ^ later);
    let right = right + h + first + word;
    let right = right ^ rotated::<9, S>(right ^ rotated::<8, S>(right));
    (rotated::<9, S>(b), left, rotated::<19, S>(f), right)
}

/// The word of this place, in a ring of 16.
#[inline(always)]
fn expanded<S: Simd>(words: &[u32x8<S>; 16], at: usize) -> u32x8<S> {
    let old = |back: usize| words[(at - back) % 16];
    let mixed = old(16) ^ old(9) ^ rotated::<15, S>(old(3));
    let mixed = mixed ^ rotated::<15, S>(mixed ^ rotated::<8, S>(mixed));
    mixed ^ rotated::<7, S>(old(13)) ^ old(6)
}

/// The words of eight blocks, which stand at one place in their messages.
#[inline(always)]
fn side_by_side<S: Simd>(simd: S, messages: &[&[[u8; BLOCK]]; LANES], at: usize) -> [u32x8<S>; 16] {
    let mut words = [u32x8::splat(simd, 0); 16];
    for (half, words) in words.chunks_exact_mut(LANES).enumerate() {
        let mut rows = [u32x8::splat(simd, 0); LANES];
        for (row, blocks) in rows.iter_mut().zip(messages) {
            let bytes = &blocks[at][half * 32..half * 32 + 32];
            *row = swapped(u8x32::from_slice(simd, bytes).bitcast());
        }
        // Three perfect shuffles turn rows into columns.
        for _ in 0..3 {
            let [a, b, c, d, e, f, g, h] = rows;
            let (ae, bf, cg, dh) = (
                a.interleave(e),
                b.interleave(f),
                c.interleave(g),
                d.interleave(h),
            );
            rows = [ae.0, ae.1, bf.0, bf.1, cg.0, cg.1, dh.0, dh.1];
        }
        words.copy_from_slice(&rows);
    }
    words
}

/// The bytes of a word the other way round.
#[inline(always)]
fn swapped<S: Simd>(word: u32x8<S>) -> u32x8<S> {
    rotated::<8, S>(word) & 0x00ff_00ff | rotated::<24, S>(word) & 0xff00_ff00
}

#[inline(always)]
fn rotated<const BITS: u32, S: Simd>(word: u32x8<S>) -> u32x8<S> {
    word << BITS | word >> (32 - BITS)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use sm3::{Digest as _, Sm3};

    use super::*;

    proptest! {
        #[test]
        fn as_one_message_after_the_other(
            begins in vec(any::<[u8; BLOCK]>(), 0..3),
            texts in vec(vec(any::<u8>(), 0..300), LANES),
        ) {
            let start = begins.iter().fold(Start::FIRST, |start, block| start.after(block));
            let messages: [&[u8]; LANES] = from_fn(|lane| texts[lane].as_slice());
            let expected = texts.iter().map(|text| {
                let whole = begins.iter().fold(Sm3::new(), Sm3::chain_update);
                whole.chain_update(text).finalize().0
            });
            prop_assert_eq!(start.digests(messages).to_vec(), expected.collect::<Vec<_>>());
        }
    }
}
