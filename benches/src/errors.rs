//! What goes wrong most: people in several clusters, clusters of several people, by what was done to their rows.

use ahash::AHashMap;

use crate::truth::Truth;

/// A kind of mistake.
#[derive(Debug, Default)]
pub struct Class {
    /// What its cases have in common.
    pub name: String,
    /// Pairs of mentions that are missed, or wrongly joined.
    pub pairs: u64,
    /// Pieces split off a person, or put to somebody else's cluster.
    pub cases: u64,
    /// A mention of each of some cases, and one that it should be, or shouldn't be, together with.
    pub examples: Vec<[usize; 2]>,
}

/// How a fault is spread over the mistakes.
#[derive(Debug)]
pub struct FaultShare {
    /// The fault.
    pub name: String,
    /// Mentions that have it.
    pub mentions: u64,
    /// Missed pairs with such a mention.
    pub missed: u64,
    /// Wrong pairs with such a mention.
    pub wrong: u64,
}

/// All mistakes of a clustering.
#[derive(Debug)]
pub struct Mistakes {
    /// Missed pairs, most frequent classes first.
    pub missed: Vec<Class>,
    /// Wrong pairs, most frequent classes first.
    pub wrong: Vec<Class>,
    /// Every fault that takes part in one, most mistakes first.
    pub faults: Vec<FaultShare>,
}

/// Examples kept of each class.
const EXAMPLES: usize = 4;

/// Sorts the mistakes of a clustering, which has a cluster for each mention.
#[must_use]
pub fn mistakes(truth: &Truth, clusters: &[u32]) -> Mistakes {
    let telling = truth.fault_set(tells);
    let person = |mention: usize| truth.mentions[mention].person;
    let cluster = |mention: usize| clusters[mention];
    let mut faults = vec![[0_u64; 3]; truth.faults.len()];
    for mention in &truth.mentions {
        each_fault(mention.dirt, |fault| faults[fault][0] += 1);
    }
    let mut missed = Classes::default();
    for pieces in split(truth, person, cluster) {
        let ordered = by_weight(truth, telling, pieces);
        count_faults(truth, &ordered, &mut faults, 1);
        let Some((main, rest)) = ordered.split_first() else {
            continue;
        };
        let mut before = main.len() as u64;
        for piece in rest {
            let name = name_missed(truth, telling, main, piece);
            missed.add(name, before * piece.len() as u64, [piece[0], main[0]]);
            before += piece.len() as u64;
        }
    }
    let mut wrong = Classes::default();
    for pieces in split(truth, cluster, person) {
        let ordered = by_weight(truth, telling, pieces);
        count_faults(truth, &ordered, &mut faults, 2);
        let Some((main, rest)) = ordered.split_first() else {
            continue;
        };
        let mut before = main.len() as u64;
        for piece in rest {
            let name = name_wrong(truth, telling, main, piece);
            wrong.add(name, before * piece.len() as u64, [piece[0], main[0]]);
            before += piece.len() as u64;
        }
    }
    let shares = faults.into_iter().zip(&truth.faults);
    let mut faults: Vec<FaultShare> = shares
        .filter(|([_, missed, wrong], _)| missed + wrong > 0)
        .map(|([mentions, missed, wrong], name)| FaultShare {
            name: name.clone(),
            mentions,
            missed,
            wrong,
        })
        .collect();
    faults.sort_by_key(|share| std::cmp::Reverse(share.missed + share.wrong));
    Mistakes {
        missed: missed.sorted(),
        wrong: wrong.sorted(),
        faults,
    }
}

/// Whether a fault can make two people of one or one of two; the others are of cells that say nothing of who it is.
fn tells(fault: &str) -> bool {
    let who = ["id_", "name_", "birth_", "sex_"];
    who.iter().any(|start| fault.starts_with(start)) && fault != "id_hidden"
        || fault == "row_double_hukou"
}

/// The mentions of each whole (person or cluster) that falls into several pieces (clusters or people).
fn split(
    truth: &Truth,
    whole: impl Fn(usize) -> u32,
    piece: impl Fn(usize) -> u32,
) -> Vec<Vec<Vec<usize>>> {
    let mut mentions: Vec<usize> = (0..truth.mentions.len()).collect();
    mentions.sort_unstable_by_key(|at| (whole(*at), piece(*at), *at));
    mentions
        .chunk_by(|a, b| whole(*a) == whole(*b))
        .filter(|of| piece(of[0]) != piece(of[of.len() - 1]))
        .map(|of| {
            let pieces = of.chunk_by(|a, b| piece(*a) == piece(*b));
            pieces.map(<[usize]>::to_vec).collect()
        })
        .collect()
}

/// The largest piece first; among equals that with the fewest faults.
fn by_weight(truth: &Truth, telling: u128, mut pieces: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    pieces.sort_by_key(|piece| {
        let faults = (union(truth, piece) & telling).count_ones();
        (
            std::cmp::Reverse(piece.len()),
            faults,
            piece.first().copied(),
        )
    });
    pieces
}

fn union(truth: &Truth, piece: &[usize]) -> u128 {
    let dirt = piece.iter().map(|at| truth.mentions[*at].dirt);
    dirt.fold(0, |set, dirt| set | dirt)
}

fn name_missed(truth: &Truth, telling: u128, main: &[usize], piece: &[usize]) -> String {
    let own = faults(truth, union(truth, piece) & telling);
    let person = &truth.people[truth.mentions[piece[0]].person as usize];
    let mut name = format!("{}: {own}", feeds(truth, piece));
    if own == "no fault" {
        name += &format!(", main has {}", faults(truth, union(truth, main) & telling));
    }
    for word in [&person.circumstance, &person.hukou] {
        if !matches!(word.as_str(), "" | "here" | "elsewhere") {
            name += &format!(" [{word}]");
        }
    }
    name
}

fn name_wrong(truth: &Truth, telling: u128, main: &[usize], piece: &[usize]) -> String {
    let [one, other] = [piece, main].map(|of| truth.mentions[of[0]].person as usize);
    format!(
        "{}; {}: {}; main has {}",
        tie(truth, one, other),
        feeds(truth, piece),
        faults(truth, union(truth, piece) & telling),
        faults(truth, union(truth, main) & telling),
    )
}

/// What two people are to each other.
fn tie(truth: &Truth, one: usize, other: usize) -> String {
    let (a, b) = (&truth.people[one], &truth.people[other]);
    let kin = |of: usize| a.kin[of] == b.id || b.kin[of] == a.id;
    let both = |of: usize| !a.kin[of].is_empty() && a.kin[of] == b.kin[of];
    let mut words = vec![match () {
        () if kin(3) => "twins",
        () if kin(0) => "spouses",
        () if kin(1) || kin(2) => "parent and child",
        () if both(1) || both(2) => "siblings",
        () if !a.home.is_empty() && a.home == b.home => "one home",
        () => "strangers",
    }];
    let same = |x: &str, y: &str| !x.is_empty() && x == y;
    if same(&a.name, &b.name) {
        words.push("one name");
    }
    if same(&a.id_number, &b.id_number) {
        words.push("one number");
    }
    if same(&a.birth_date, &b.birth_date) {
        words.push("one birthday");
    }
    words.join(", ")
}

fn feeds(truth: &Truth, piece: &[usize]) -> String {
    let mut feeds: Vec<u8> = piece.iter().map(|at| truth.mentions[*at].feed).collect();
    feeds.sort_unstable();
    feeds.dedup();
    if feeds.len() > 2 {
        return format!("{} feeds", feeds.len());
    }
    let short = |feed: &u8| {
        let name = truth.feeds[usize::from(*feed)].as_str();
        name.split_once('.').map_or(name, |(_, name)| name)
    };
    feeds.iter().map(short).collect::<Vec<_>>().join("+")
}

fn faults(truth: &Truth, set: u128) -> String {
    match set.count_ones() {
        0 => "no fault".into(),
        1..=3 => truth.fault_names(set),
        many => format!("{many} faults"),
    }
}

/// Pairs between different pieces of which a mention has the fault.
fn count_faults(truth: &Truth, pieces: &[Vec<usize>], faults: &mut [[u64; 3]], column: usize) {
    let all: Vec<u64> = pieces.iter().map(|piece| piece.len() as u64).collect();
    let mut seen = 0;
    for piece in pieces {
        seen |= union(truth, piece);
    }
    each_fault(seen, |fault| {
        let without = pieces.iter().map(|piece| {
            let dirt = piece.iter().map(|at| truth.mentions[*at].dirt);
            dirt.filter(|dirt| dirt >> fault & 1 == 0).count() as u64
        });
        let without: Vec<u64> = without.collect();
        faults[fault][column] += across(&all) - across(&without);
    });
}

/// Pairs between different groups of these sizes.
fn across(sizes: &[u64]) -> u64 {
    let sum: u64 = sizes.iter().sum();
    let squares: u64 = sizes.iter().map(|n| n * n).sum();
    (sum * sum - squares) / 2
}

fn each_fault(mut set: u128, mut see: impl FnMut(usize)) {
    while set != 0 {
        see(set.trailing_zeros() as usize);
        set &= set - 1;
    }
}

#[derive(Default)]
struct Classes(AHashMap<String, Class>);

impl Classes {
    fn add(&mut self, name: String, pairs: u64, example: [usize; 2]) {
        let class = self.0.entry(name).or_default();
        class.pairs += pairs;
        class.cases += 1;
        if class.examples.len() < EXAMPLES {
            class.examples.push(example);
        }
    }

    fn sorted(self) -> Vec<Class> {
        let named = self
            .0
            .into_iter()
            .map(|(name, class)| Class { name, ..class });
        let mut classes: Vec<Class> = named.collect();
        classes.sort_by(|a, b| b.pairs.cmp(&a.pairs).then_with(|| a.name.cmp(&b.name)));
        classes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::{cells, pairs};
    use crate::truth::{Mention, Person};

    #[test]
    fn every_mistake_is_in_a_class_once() {
        let people = [0, 0, 0, 1, 1, 2, 2];
        let clusters = [0, 0, 1, 1, 1, 2, 3];
        let mention = |(row, person): (usize, &u32)| Mention {
            feed: 0,
            role: 0,
            row: row as u32 + 1,
            person: *person,
            dirt: u128::from(row == 2),
        };
        let person = |id: &str| Person {
            id: id.into(),
            ..Person::default()
        };
        let truth = Truth {
            mentions: people.iter().enumerate().map(mention).collect(),
            people: ["a", "b", "c"].map(person).into(),
            feeds: vec!["health.health_record".into()],
            roles: vec!["holder".into()],
            faults: vec!["id_missing".into()],
            unreadable: 0,
        };
        let found = mistakes(&truth, &clusters);
        let all = pairs(&cells(&truth, &clusters), 3);
        let sum = |classes: &[Class]| classes.iter().map(|class| class.pairs).sum::<u64>();
        assert_eq!(sum(&found.missed), all.truth - all.right);
        assert_eq!(sum(&found.wrong), all.predicted - all.right);
        assert_eq!(found.missed[0].name, "health_record: id_missing");
        assert_eq!(found.missed[0].examples, [[2, 0]]);
        let fault = &found.faults[0];
        assert_eq!((fault.mentions, fault.missed, fault.wrong), (1, 2, 2));
    }
}
