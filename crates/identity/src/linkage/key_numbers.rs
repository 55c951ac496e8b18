//! Numbers for keys, as they come.

use std::hint::black_box;

/// Numbers keys as they come, each distinct one once. Keys are 64 bits of what they stand for, or the whole of it: that
/// two of ten million hashes are one has a chance of 3 in a million.
///
/// A table of its own, since most of the time is spent waiting for memory: [`KeyNumbers::warm`] has many places on
/// their way at once.
#[derive(Default)]
pub(crate) struct KeyNumbers {
    /// A power of two of places, a quarter of them free at least.
    slots: Vec<Slot>,
    keys: Vec<u64>,
}

/// The number of a key, and the half of the key that tells most others at once.
#[derive(Clone, Copy)]
struct Slot {
    half: u32,
    number: u32,
}

const FREE: Slot = Slot {
    half: 0,
    number: u32::MAX,
};

/// Keys that are worth looking up together.
pub(crate) const TOGETHER: usize = 64;

impl KeyNumbers {
    /// The number of a key, and whether it is new.
    pub(crate) fn number(&mut self, key: u64) -> (u32, bool) {
        if self.keys.len() * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let at = self.place(key);
        let slot = &mut self.slots[at];
        if slot.number != FREE.number {
            return (slot.number, false);
        }
        let number = u32::try_from(self.keys.len()).unwrap_or(FREE.number);
        *slot = Slot::of(key, number);
        self.keys.push(key);
        (number, true)
    }

    /// Has the places of some keys, about [`TOGETHER`] of them, brought from memory for being asked for next.
    pub(crate) fn warm(&self, keys: impl Iterator<Item = u64>) {
        if !self.slots.is_empty() {
            let places = keys.map(|key| {
                let number = self.slots[self.first(key)].number;
                self.keys.get(number as usize).copied().unwrap_or(0)
            });
            black_box(places.fold(0, |all, key| all ^ key));
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys, by their numbers.
    pub(crate) fn into_keys(self) -> Vec<u64> {
        self.keys
    }

    /// The slot of a key, or the free one that is its.
    fn place(&self, key: u64) -> usize {
        let wanted = Slot::of(key, 0).half;
        let mut at = self.first(key);
        loop {
            let Slot { half, number } = self.slots[at];
            if number == FREE.number || half == wanted && self.keys[number as usize] == key {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Where the search for a key begins; by the upper bits of a product, which all bits of the key move.
    fn first(&self, key: u64) -> usize {
        let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bits = self.slots.len().trailing_zeros();
        (mixed >> (u64::BITS - bits)) as usize
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(1 << 10);
        self.slots = Vec::new();
        self.slots = vec![FREE; size];
        for (number, key) in (0..).zip(&self.keys) {
            let at = self.place(*key);
            self.slots[at] = Slot::of(*key, number);
        }
    }
}

impl Slot {
    const fn of(key: u64, number: u32) -> Self {
        Self {
            half: key as u32,
            number,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_key_has_one_number(keys in prop::collection::vec(prop_oneof![0_u64..50, any::<u64>()], 0..5_000)) {
            let mut numbers = KeyNumbers::default();
            let mut expected: HashMap<u64, u32> = HashMap::new();
            for some in keys.chunks(TOGETHER) {
                numbers.warm(some.iter().copied());
                for key in some {
                    let next = u32::try_from(expected.len()).unwrap();
                    let new = !expected.contains_key(key);
                    let number = *expected.entry(*key).or_insert(next);
                    prop_assert_eq!(numbers.number(*key), (number, new));
                }
            }
            prop_assert_eq!(numbers.len(), expected.len());
            for (number, key) in (0..).zip(numbers.into_keys()) {
                prop_assert_eq!(expected.get(&key), Some(&number));
            }
        }
    }
}
