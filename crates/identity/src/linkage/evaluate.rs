//! How clusters compare with the truth, counted over pairs.

use std::collections::HashMap;

use ahash::RandomState;

/// Pairs of records that clusters and truth put together or apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    /// One person, one cluster.
    pub right: u64,
    /// Two people, one cluster.
    pub wrong: u64,
    /// One person, two clusters.
    pub missed: u64,
}

/// Precision, recall and their harmonic mean, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Of the pairs put together, the share that is one person.
    pub precision: f64,
    /// Of the pairs that are one person, the share put together.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

impl Confusion {
    /// Counts pairs of records, each given as its cluster and its true person.
    pub fn count(records: impl IntoIterator<Item = (u64, u64)>) -> Self {
        type Counts<K> = HashMap<K, u64, RandomState>;
        let (mut cells, mut clusters, mut people) =
            (Counts::default(), Counts::default(), Counts::default());
        for (cluster, person) in records {
            *cells.entry((cluster, person)).or_default() += 1;
            *clusters.entry(cluster).or_default() += 1;
            *people.entry(person).or_default() += 1;
        }
        let pairs = |n: &u64| n * n.saturating_sub(1) / 2;
        let right = cells.values().map(pairs).sum();
        let together: u64 = clusters.values().map(pairs).sum();
        let one: u64 = people.values().map(pairs).sum();
        Self {
            right,
            wrong: together - right,
            missed: one - right,
        }
    }

    /// Precision, recall and F1; 1 where there was nothing to get wrong.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        let share = |right: u64, other: u64| match right + other {
            0 => 1.0,
            all => right as f64 / all as f64,
        };
        let precision = share(self.right, self.wrong);
        let recall = share(self.right, self.missed);
        let f1 = share(2 * self.right, self.wrong + self.missed);
        Agreement {
            precision,
            recall,
            f1,
        }
    }
}

/// Wilson's 95 % interval of a share of independent trials; 0 to 1 where there were none.
#[must_use]
pub fn wilson(hits: u64, trials: u64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if trials == 0 {
        return (0.0, 1.0);
    }
    let n = trials as f64;
    let share = hits as f64 / n;
    let centre = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (
        ((centre - spread) / scale).max(0.0),
        ((centre + spread) / scale).min(1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_not_made() {
        // Cluster 1 holds two of person 1 and one of person 2, cluster 2 one of person 1.
        let counted = Confusion::count([(1, 1), (1, 1), (1, 2), (2, 1)]);
        let expected = Confusion {
            right: 1,
            wrong: 2,
            missed: 2,
        };
        assert_eq!(counted, expected);
        let agreement = counted.agreement();
        assert!((agreement.precision - 1.0 / 3.0).abs() < 1e-12);
        assert!((agreement.f1 - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn intervals_are_those_of_wilson() {
        // Newcombe (1998), table I, method 3.
        let (low, high) = wilson(81, 263);
        assert!(
            (low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5,
            "{low} {high}"
        );
        assert!(wilson(20, 20).1 >= 1.0 && wilson(20, 20).0 < 0.9);
    }

    #[test]
    fn nothing_to_get_wrong_is_right() {
        assert_eq!(
            Confusion::count([]).agreement().f1.to_bits(),
            1.0_f64.to_bits()
        );
    }
}
