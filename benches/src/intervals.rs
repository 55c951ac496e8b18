//! How sure a share is: Wilson's interval over pairs, and a bootstrap over people.
//!
//! Pairs of one person are right or wrong together, so Wilson's interval is too narrow where people have many
//! mentions; the bootstrap draws people with all their mentions and isn't.

use crate::cells::{Cell, Pairs, by_cluster, mentions_of_people, two_of};

/// Ends of an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Wilson's 95 % interval of a share of independent trials.
#[must_use]
pub fn wilson(hits: u64, trials: u64) -> Interval {
    let (low, high) = rongtong_identity::linkage::wilson(hits, trials);
    Interval { low, high }
}

/// 95 % intervals of precision, recall and F1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Of precision.
    pub precision: Interval,
    /// Of recall.
    pub recall: Interval,
    /// Of F1.
    pub f1: Interval,
}

/// Draws people with all their mentions, so often; the same seed gives the same intervals.
///
/// Each person comes a Poisson(1) number of times, which for many people is drawing with replacement. Copies of
/// one person are different people, but no pair joins them: that pair was never there.
#[must_use]
pub fn bootstrap(cells: &[Cell], people: usize, rounds: usize, seed: u64) -> Bootstrap {
    let truth: Vec<u64> = mentions_of_people(cells, people)
        .into_iter()
        .map(two_of)
        .collect();
    let mut right = vec![0; people];
    for cell in cells {
        right[cell.person as usize] += two_of(cell.mentions);
    }
    let mixed: Vec<&[Cell]> = by_cluster(cells).filter(|of| of.len() > 1).collect();
    let mut chance = Chance(seed);
    let mut times = vec![0_u64; people];
    let mut rows: [Vec<f64>; 3] = Default::default();
    for _ in 0..rounds {
        times.fill_with(|| chance.poisson());
        let mut pairs = Pairs::default();
        for ((times, right), truth) in times.iter().zip(&right).zip(&truth) {
            pairs.right += times * right;
            pairs.truth += times * truth;
        }
        let wrong: u64 = mixed.iter().map(|of| wrong_pairs(of, &times)).sum();
        pairs.predicted = pairs.right + wrong;
        for (row, value) in rows
            .iter_mut()
            .zip([pairs.precision(), pairs.recall(), pairs.f1()])
        {
            row.push(value);
        }
    }
    let [precision, recall, f1] = rows.map(middle_95);
    Bootstrap {
        precision,
        recall,
        f1,
    }
}

/// Pairs of different people in one cluster, when each person is there so many times.
fn wrong_pairs(cluster: &[Cell], times: &[u64]) -> u64 {
    let sizes = cluster
        .iter()
        .map(|cell| cell.mentions * times[cell.person as usize]);
    let (sum, squares) = sizes.fold((0, 0), |(sum, squares), n| (sum + n, squares + n * n));
    (sum * sum - squares) / 2
}

fn middle_95(mut values: Vec<f64>) -> Interval {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = (part * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(place).copied().unwrap_or(f64::NAN)
    };
    Interval {
        low: at(0.025),
        high: at(0.975),
    }
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Poisson with mean 1.
    fn poisson(&mut self) -> u64 {
        // P(X ≤ k) for k = 0, 1, … in 2⁻³²; beyond 9 it is one in a billion.
        const UP_TO: [u32; 10] = [
            1_580_030_169,
            3_160_060_337,
            3_950_075_422,
            4_213_413_783,
            4_279_248_374,
            4_292_415_291,
            4_294_609_778,
            4_294_923_276,
            4_294_962_463,
            4_294_966_817,
        ];
        let drawn = (self.next() >> 32) as u32;
        UP_TO.iter().position(|up_to| drawn < *up_to).unwrap_or(10) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_wilson() {
        // Newcombe 1998, table I: 81 of 263 and 0 of 20.
        let found = wilson(81, 263);
        assert!((found.low - 0.2553).abs() < 5e-5 && (found.high - 0.3662).abs() < 5e-5);
        let none = wilson(0, 20);
        assert!(none.low == 0.0 && (none.high - 0.1611).abs() < 5e-5);
    }

    #[test]
    fn people_come_once_on_average() {
        let mut chance = Chance(3);
        let drawn: Vec<u64> = (0..100_000).map(|_| chance.poisson()).collect();
        let sum: u64 = drawn.iter().sum();
        let squares: u64 = drawn.iter().map(|n| n * n).sum();
        assert!((99_000..101_000).contains(&sum), "{sum}");
        assert!((196_000..204_000).contains(&squares), "{squares}");
    }

    #[test]
    fn the_interval_holds_the_share_and_has_the_right_width() {
        // 1000 people of two mentions each; 100 of them are split.
        let cells: Vec<Cell> = (0..1000)
            .flat_map(|person| {
                let split = person < 100;
                let cell = move |cluster, mentions| Cell {
                    cluster,
                    person,
                    mentions,
                };
                match split {
                    true => vec![cell(2 * person, 1), cell(2 * person + 1, 1)],
                    false => vec![cell(2 * person, 2)],
                }
            })
            .collect();
        let found = bootstrap(&cells, 1000, 400, 1).recall;
        let expected = wilson(900, 1000);
        assert!((found.low - expected.low).abs() < 0.006, "{found:?}");
        assert!((found.high - expected.high).abs() < 0.006, "{found:?}");
        assert_eq!(bootstrap(&cells, 1000, 400, 1).recall, found);
    }
}
