//! The one source of chance: SplitMix64 (Steele, Lea, Flood 2014). Small, fast to seed anew for
//! every row, and its numbers will never change under us.

/// A stream of pseudo-random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream of these keys: different keys, unrelated streams.
    pub(crate) fn keyed(keys: &[u64]) -> Rng {
        let mut state = 0x6A09_E667_F3BC_C908_u64;
        for key in keys {
            state = mix(state.wrapping_add(GOLDEN) ^ mix(key.wrapping_add(GOLDEN)));
        }
        Rng(state)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// 0 to `bound` - 1; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// An index into something of this length.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = (i64::from(high) - i64::from(low) + 1).max(1);
        low + self.below(span as u64) as i32
    }

    /// 0 ≤ x < 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of them, each as likely. The slice must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }

    /// One of them, as likely as its weight says. The slice must not be empty.
    pub(crate) fn weighted<T: Copy>(&mut self, of: &[(T, u32)]) -> T {
        let total: u64 = of.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut at = self.below(total);
        for (value, weight) in of {
            let weight = u64::from(*weight);
            if at < weight {
                return *value;
            }
            at -= weight;
        }
        of[of.len() - 1].0
    }
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // First numbers of the reference implementation for seed 0.
        let mut rng = Rng(0);
        assert_eq!(rng.next(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(rng.next(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn bounds_hold() {
        let mut rng = Rng::keyed(&[7]);
        for _ in 0..10_000 {
            assert!((-3..=3).contains(&rng.between(-3, 3)));
            assert!(rng.below(10) < 10);
        }
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn weights_are_met() {
        let mut rng = Rng::keyed(&[1, 2]);
        let many = (0..10_000)
            .filter(|_| rng.weighted(&[(true, 3), (false, 1)]))
            .count();
        assert!((7_200..7_800).contains(&many));
    }
}
