//! Sizes of the cells (cluster, person), and the pairs that follow from them.

use crate::truth::Truth;

/// How many mentions of one person stand in one cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The cluster.
    pub cluster: u32,
    /// The person.
    pub person: u32,
    /// Mentions.
    pub mentions: u64,
}

/// Pairs of mentions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pairs {
    /// In one cluster and of one person.
    pub right: u64,
    /// In one cluster.
    pub predicted: u64,
    /// Of one person.
    pub truth: u64,
}

impl Pairs {
    /// Share of the predicted pairs that are right; 1 where none is predicted.
    #[must_use]
    pub fn precision(self) -> f64 {
        share(self.right, self.predicted)
    }

    /// Share of the true pairs that are predicted; 1 where there is none.
    #[must_use]
    pub fn recall(self) -> f64 {
        share(self.right, self.truth)
    }

    /// Their harmonic mean.
    #[must_use]
    pub fn f1(self) -> f64 {
        share(2 * self.right, self.predicted + self.truth)
    }
}

/// The cells of a clustering, by cluster and person; `clusters` has one for each mention of the truth.
#[must_use]
pub fn cells(truth: &Truth, clusters: &[u32]) -> Vec<Cell> {
    let mut places: Vec<u64> = truth
        .mentions
        .iter()
        .zip(clusters)
        .map(|(mention, cluster)| u64::from(*cluster) << 32 | u64::from(mention.person))
        .collect();
    places.sort_unstable();
    places
        .chunk_by(|a, b| a == b)
        .map(|run| Cell {
            cluster: (run[0] >> 32) as u32,
            person: run[0] as u32,
            mentions: run.len() as u64,
        })
        .collect()
}

/// Mentions of each person.
#[must_use]
pub fn mentions_of_people(cells: &[Cell], people: usize) -> Vec<u64> {
    let mut mentions = vec![0; people];
    for cell in cells {
        mentions[cell.person as usize] += cell.mentions;
    }
    mentions
}

/// The pairs of all.
#[must_use]
pub fn pairs(cells: &[Cell], people: usize) -> Pairs {
    Pairs {
        right: cells.iter().map(|cell| two_of(cell.mentions)).sum(),
        predicted: by_cluster(cells).map(|of| two_of(size(of))).sum(),
        truth: mentions_of_people(cells, people)
            .into_iter()
            .map(two_of)
            .sum(),
    }
}

/// The pairs that concern a group of people: true ones of its people, predicted ones with a mention of theirs.
#[must_use]
pub fn pairs_of(cells: &[Cell], inside: &[bool]) -> Pairs {
    let is_in = |cell: &&Cell| inside[cell.person as usize];
    let mentions = mentions_of_people(cells, inside.len());
    let counted = mentions.into_iter().zip(inside);
    Pairs {
        right: cells
            .iter()
            .filter(is_in)
            .map(|cell| two_of(cell.mentions))
            .sum(),
        predicted: by_cluster(cells)
            .map(|of| {
                let theirs: u64 = of.iter().filter(is_in).map(|cell| cell.mentions).sum();
                two_of(size(of)) - two_of(size(of) - theirs)
            })
            .sum(),
        truth: counted
            .filter(|(_, inside)| **inside)
            .map(|(n, _)| two_of(n))
            .sum(),
    }
}

/// The cells of each cluster.
pub fn by_cluster(cells: &[Cell]) -> impl Iterator<Item = &[Cell]> {
    cells.chunk_by(|a, b| a.cluster == b.cluster)
}

/// Mentions in these cells.
#[must_use]
pub fn size(cells: &[Cell]) -> u64 {
    cells.iter().map(|cell| cell.mentions).sum()
}

/// Pairs among so many.
#[must_use]
pub const fn two_of(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::{Mention, Person};

    fn city(people: &[u32]) -> Truth {
        let mention = |(row, person): (usize, &u32)| Mention {
            feed: 0,
            role: 0,
            row: row as u32 + 1,
            person: *person,
            dirt: 0,
        };
        Truth {
            mentions: people.iter().enumerate().map(mention).collect(),
            people: vec![Person::default(); 4],
            ..Truth::default()
        }
    }

    /// The same, by looking at every pair.
    fn listed(people: &[u32], clusters: &[u32], inside: &[bool]) -> Pairs {
        let mut pairs = Pairs::default();
        for a in 0..people.len() {
            for b in a + 1..people.len() {
                let is_in = |at: usize| inside[people[at] as usize];
                if !is_in(a) && !is_in(b) {
                    continue;
                }
                let (same, together) = (people[a] == people[b], clusters[a] == clusters[b]);
                pairs.right += u64::from(same && together);
                pairs.predicted += u64::from(together);
                pairs.truth += u64::from(same);
            }
        }
        pairs
    }

    #[test]
    fn counting_is_listing() {
        let people = [0, 0, 0, 1, 1, 2, 3, 3, 3, 3];
        let clusters = [5, 5, 6, 5, 7, 7, 8, 8, 9, 8];
        let cells = cells(&city(&people), &clusters);
        let all = [true; 4];
        assert_eq!(pairs(&cells, 4), listed(&people, &clusters, &all));
        assert_eq!(pairs_of(&cells, &all), pairs(&cells, 4));
        let some = [true, false, true, false];
        assert_eq!(pairs_of(&cells, &some), listed(&people, &clusters, &some));
        assert_eq!(pairs(&cells, 4).right, 4);
    }

    #[test]
    fn nothing_predicted_is_no_mistake() {
        let cells = cells(&city(&[0, 0]), &[1, 2]);
        let pairs = pairs(&cells, 4);
        assert_eq!((pairs.precision(), pairs.recall()), (1.0, 0.0));
    }
}
