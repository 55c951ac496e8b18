//! Who is one person: clusters of records that hold together.
//!
//! The surest pairs first. A pair joins two clusters only if nothing in either speaks against it, and if
//! the record that is being placed has no second home that is nearly as good: what two candidates share
//! between them is a question for a reviewer, not a link. So a chain of likely pairs can't tie two people.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::learn::probability;
use super::records::Records;
use super::score::{Scored, Scorer};

/// What was decided beforehand.
#[derive(Debug, Clone, Default)]
pub struct Ties {
    /// Pairs that are one person: links of earlier runs, reviewers' words. Of several that would bring together who
    /// cannot be one the first hold.
    pub must: Vec<(u32, u32)>,
    /// Pairs that are two people.
    pub cannot: Vec<(u32, u32)>,
}

/// Where pairs are linked, and where they are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Probability from which on a pair is linked.
    pub link: f64,
    /// Probability from which on a pair is shown to a reviewer.
    pub review: f64,
    /// At most one record of each table in a cluster.
    pub one_to_one: bool,
}

/// A pair with the probability that is left when rivals are counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The pair and its evidence.
    pub scored: Scored,
    /// Chance that they are one person.
    pub probability: f64,
}

/// Clusters, and what made them.
#[derive(Debug, Default)]
pub struct Clusters {
    /// For each record the smallest record number of its cluster.
    pub of: Vec<u32>,
    /// The pairs that joined clusters, in the order in which they did.
    pub links: Vec<Judged>,
    /// Pairs of different clusters that a reviewer should see, the likeliest first.
    pub review: Vec<Judged>,
}

/// Evidence against two records of one cluster, bits: more of it and they are two people.
const MOST_AGAINST: f64 = 5.0;
/// Records of a cluster that a newcomer is compared with.
const MOST_WITNESSES: usize = 12;

/// A pair in a context that is less likely one, log odds, isn't linked for lack of rivals.
const LEAST_ODDS_SHARING: f64 = -1.0;

/// No record is surer than this to be one of the settled ones.
const MOST_REACH: f64 = 0.98;

/// Forms clusters from scored pairs.
#[must_use]
pub fn cluster(
    records: &Records,
    scorer: &Scorer<'_>,
    scored: &[Scored],
    ties: &Ties,
    limits: Limits,
) -> Clusters {
    let worth = |pair: &&Scored| {
        let nobody = nobody(records, pair.a).min(nobody(records, pair.b));
        probability(pair.odds - nobody.log2()) >= limits.review
    };
    let order = || {
        let mut order: Vec<&Scored> = scored.par_iter().filter(worth).collect();
        let place = |pair: &Scored| (pair.a, pair.b);
        order.par_sort_unstable_by(|x, y| {
            y.odds
                .total_cmp(&x.odds)
                .then_with(|| place(x).cmp(&place(y)))
        });
        order
    };
    let (order, neighbours) = rayon::join(order, || Neighbours::of(records.len, scored));
    let mut forming = Forming::new(records, scorer, neighbours, ties, limits);
    for (a, b) in &ties.must {
        let (a, b) = (forming.root(*a), forming.root(*b));
        if !forming.is_forbidden(a, b) {
            forming.join(a, b);
        }
    }
    let (mut links, mut doubtful) = (Vec::new(), Vec::new());
    for pair in order {
        let (a, b) = (forming.root(pair.a), forming.root(pair.b));
        if a == b {
            continue;
        }
        let judged = Judged {
            scored: *pair,
            probability: forming.judge(pair),
        };
        if judged.probability >= limits.link && forming.may_join(pair) {
            forming.join(a, b);
            links.push(judged);
        } else if judged.probability >= limits.review {
            doubtful.push(judged);
        }
    }
    doubtful.retain(|judged| {
        let (a, b) = (forming.root(judged.scored.a), forming.root(judged.scored.b));
        a != b && !forming.is_forbidden(a, b)
    });
    // One question for two clusters: the likeliest.
    let mut asked = HashSet::new();
    doubtful.sort_by(|x, y| {
        let place = |j: &Judged| (j.scored.a, j.scored.b);
        y.probability
            .total_cmp(&x.probability)
            .then(place(x).cmp(&place(y)))
    });
    doubtful.retain(|j| {
        let (a, b) = (forming.root(j.scored.a), forming.root(j.scored.b));
        asked.insert((a.min(b), a.max(b)))
    });
    let count = u32::try_from(records.len).unwrap_or(u32::MAX);
    Clusters {
        of: (0..count).map(|record| forming.root(record)).collect(),
        links,
        review: doubtful,
    }
}

/// Clusters on the way.
struct Forming<'a> {
    records: &'a Records,
    scorer: &'a Scorer<'a>,
    limits: Limits,
    /// A record of the same cluster that is nearer its root, or the root itself.
    parent: Vec<Cell<u32>>,
    /// The next member of each record's cluster; from the last on to the first.
    next: Vec<u32>,
    /// For each root whether a member is settled.
    settled: Vec<bool>,
    /// Candidates of each record.
    neighbours: Neighbours<'a>,
    cannot: HashSet<(u32, u32)>,
}

impl<'a> Forming<'a> {
    fn new(
        records: &'a Records,
        scorer: &'a Scorer<'a>,
        neighbours: Neighbours<'a>,
        ties: &Ties,
        limits: Limits,
    ) -> Self {
        let count = u32::try_from(records.len).unwrap_or(u32::MAX);
        let ordered = |(a, b): &(u32, u32)| (*a.min(b), *a.max(b));
        Self {
            records,
            scorer,
            limits,
            parent: (0..count).map(Cell::new).collect(),
            next: (0..count).collect(),
            settled: (0..count)
                .map(|record| records.is_settled(record))
                .collect(),
            neighbours,
            cannot: ties.cannot.iter().map(ordered).collect(),
        }
    }

    /// The smallest record of a cluster.
    fn root(&self, record: u32) -> u32 {
        let parent = |at: u32| &self.parent[at as usize];
        let mut at = record;
        while parent(at).get() != at {
            let above = parent(parent(at).get()).get();
            parent(at).set(above);
            at = above;
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (first, second) = (a.min(b) as usize, a.max(b) as usize);
        if first == second {
            return;
        }
        self.parent[second].set(a.min(b));
        self.settled[first] |= self.settled[second];
        self.next.swap(first, second);
    }

    fn members(&self, root: u32) -> impl Iterator<Item = u32> + Clone {
        let after = move |at: &u32| Some(self.next[*at as usize]).filter(|next| *next != root);
        std::iter::successors(Some(root), after)
    }

    fn has_settled(&self, root: u32) -> bool {
        self.settled[root as usize]
    }

    /// The chance that a pair is one person when the other homes of the record that is being placed are
    /// counted: a person is at most one of several settled ones.
    fn judge(&self, pair: &Scored) -> f64 {
        let (a, b) = (self.root(pair.a), self.root(pair.b));
        let (placed, home) = match (self.has_settled(a), self.has_settled(b)) {
            (false, true) => (a, b),
            (true, false) => (b, a),
            (false, false) => return pair.probability(),
            // Two people who are each known by a number are one on their own evidence; what lies between them is a
            // weak bridge.
            (true, true) if self.records.is_settled(pair.a) && self.records.is_settled(pair.b) => {
                return pair.probability();
            }
            (true, true) => return 0.0,
        };
        let at_home = if home == a { pair.a } else { pair.b };
        let context = self.scorer.context(pair);
        let mut rivals: BTreeMap<u32, f64> = BTreeMap::new();
        for member in self.members(placed) {
            for rival in self.neighbours.of_record(member) {
                let neighbour = if rival.a == member { rival.b } else { rival.a };
                let root = self.root(neighbour);
                if root == home || root == placed {
                    continue;
                }
                // Who isn't settled, but surely another than the home, is as likely as anybody to be the one.
                let odds = match self.has_settled(root) {
                    true if context == 0 => rival.odds,
                    true => self.scorer.beside(pair, rival),
                    false if self.scorer.are_two_for_life(neighbour, at_home) => {
                        match context + self.scorer.context(rival) {
                            0 => {
                                self.scorer.evidence(rival) + pair.odds - self.scorer.evidence(pair)
                            }
                            _ => rival.odds,
                        }
                    }
                    false => continue,
                };
                let best = rivals.entry(root).or_insert(odds);
                *best = best.max(odds);
            }
        }
        let others: f64 = rivals.values().map(|odds| odds.exp2()).sum();
        // That there is no other home makes nobody one whose birth date is another: a newborn without a name is in nobody's way,
        // and isn't its mother. Nor one who is clearly likelier two by a learned share of matches.
        let is_another = self.scorer.hardly_agrees_for_life(pair);
        let nobody = match is_another || context > 0 && pair.odds < LEAST_ODDS_SHARING {
            false => {
                let members = self.members(placed);
                members.fold(0.0, |most, at| f64::max(most, nobody(self.records, at)))
            }
            true => 1.0,
        };
        let unmet = match context {
            0 => (1.0 - nobody) * self.unmet(placed, rivals.len() + 1),
            _ => 0.0,
        };
        // odds / (nobody + odds + others), in a form that doesn't overflow.
        probability(pair.odds - (nobody + others + unmet).log2())
    }

    /// Of a record's namesakes the share that no rule paired with it, since they are too many: each is as good a home as the
    /// others as long as the name is all that tells.
    fn unmet(&self, placed: u32, met: usize) -> f64 {
        let says_all = |record: u32| {
            let mut columns = self.records.lasting.iter();
            columns.all(|column| {
                let column = self.records.columns.get(*column);
                column.is_some_and(|column| !column.of(record).is_empty())
            })
        };
        if self.members(placed).any(says_all) {
            return 0.0;
        }
        let namesakes = self.members(placed);
        let namesakes = namesakes.map(|record| self.scorer.namesakes(record));
        let namesakes = namesakes.fold(0.0, f64::max);
        match namesakes > met as f64 {
            true => 1.0 - met as f64 / namesakes,
            false => 0.0,
        }
    }

    /// Whether nothing in either cluster of a pair speaks against their being one.
    fn may_join(&self, pair: &Scored) -> bool {
        let (a, b) = (self.root(pair.a), self.root(pair.b));
        if self.is_forbidden(a, b) {
            return false;
        }
        let witnesses = |root: u32| {
            let mut all: Vec<u32> = self.members(root).collect();
            all.sort_by_key(|record| (!self.records.is_settled(*record), *record));
            all.truncate(MOST_WITNESSES);
            all
        };
        let (left, right) = (witnesses(a), witnesses(b));
        if self.limits.one_to_one && left.len() + right.len() > 2 {
            return false;
        }
        let mut sum = 0.0;
        for x in &left {
            for y in &right {
                // The pair itself has been judged, prior and rivals included.
                let judged = (*x.min(y), *x.max(y)) == (pair.a, pair.b);
                let scored = match judged {
                    true => *pair,
                    false => self.scorer.compare(*x.min(y), *x.max(y)),
                };
                let evidence = self.scorer.evidence(&scored);
                if evidence < -MOST_AGAINST || self.are_two(&scored, judged) {
                    return false;
                }
                sum += if judged { evidence.max(0.0) } else { evidence };
            }
        }
        sum >= 0.0
    }

    /// Whether two records are two people: they have two numbers and no names, or their names are unlike, and their birth dates or
    /// sexes differ. Holders of numbers are if they differ in one of these, as twins do; or if they are more likely two, so that a third
    /// record mustn't make them one.
    fn are_two(&self, scored: &Scored, judged: bool) -> bool {
        let both = |is: fn(&Records, u32) -> bool| {
            is(self.records, scored.a) && is(self.records, scored.b)
        };
        let likely = judged || scored.probability() >= 0.5;
        let differ = || self.scorer.differs_for_life(scored);
        self.scorer.has_numbers_alone(scored)
            || self.scorer.differs_at_all(scored) && self.scorer.has_unlike_names(scored)
            || both(Records::is_affirmed) && (differ() || self.scorer.has_two_names(scored))
            || both(Records::is_numbered) && !likely
    }

    fn is_forbidden(&self, a: u32, b: u32) -> bool {
        if self.cannot.is_empty() {
            return false;
        }
        self.members(a).any(|x| {
            let mut others = self.members(b);
            others.any(|y| self.cannot.contains(&(x.min(y), x.max(y))))
        })
    }
}

/// The chance that a record is none of the settled ones. Even where all are known somebody may be named
/// beyond recognition.
fn nobody(records: &Records, record: u32) -> f64 {
    1.0 - records.reach(record).unwrap_or(0.0).min(MOST_REACH)
}

/// The candidates of each record.
struct Neighbours<'a> {
    scored: &'a [Scored],
    offsets: Vec<u32>,
    /// Places of pairs, record by record.
    entries: Vec<u32>,
}

impl<'a> Neighbours<'a> {
    /// Pairs less likely than this are nobody's rival.
    const LEAST_ODDS: f64 = -10.0;

    fn of(records: usize, scored: &'a [Scored]) -> Self {
        let rivals = || {
            (0..)
                .zip(scored)
                .filter(|(_, pair)| pair.odds > Self::LEAST_ODDS)
        };
        let mut offsets = vec![0_u32; records + 1];
        for (_, pair) in rivals() {
            offsets[pair.a as usize + 1] += 1;
            offsets[pair.b as usize + 1] += 1;
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        let mut next = offsets.clone();
        let mut entries = vec![0; offsets.last().map_or(0, |last| *last as usize)];
        for (place, pair) in rivals() {
            for from in [pair.a, pair.b] {
                let at = &mut next[from as usize];
                entries[*at as usize] = place;
                *at += 1;
            }
        }
        Self {
            scored,
            offsets,
            entries,
        }
    }

    /// The pairs that a record stands in.
    fn of_record(&self, record: u32) -> impl Iterator<Item = &'a Scored> {
        let at = record as usize;
        let entries = &self.entries[self.offsets[at] as usize..self.offsets[at + 1] as usize];
        entries.iter().map(|place| &self.scored[*place as usize])
    }
}

#[cfg(test)]
mod tests {
    use rongtong_standards::names::NameAgreement;

    use super::*;
    use crate::linkage::{
        Column, Comparison, Context, DateAgreement, Level, Model, Pattern, Patterns, Test, Values,
        ValuesBuilder, learn,
    };

    /// What two records state.
    #[derive(Clone, Copy)]
    struct Two {
        names: [&'static str; 2],
        days: [i32; 2],
        /// Whether each affirms a number.
        affirmed: [bool; 2],
    }

    const ONE: Two = Two {
        names: ["王伟"; 2],
        days: [0; 2],
        affirmed: [true; 2],
    };

    impl Two {
        /// Whether they are made one, if all that is learned says so.
        fn are_one(self) -> bool {
            let compared = |name: &str, column, tests: &[Test]| Comparison {
                name: name.into(),
                column,
                levels: tests
                    .iter()
                    .map(|test| Level {
                        name: "same".into(),
                        test: *test,
                    })
                    .collect(),
                term_frequency: false,
            };
            let names = [NameAgreement::Exact, NameAgreement::SameSound].map(Test::Name);
            let model = Model {
                comparisons: vec![
                    compared("name", 0, &names),
                    compared("birth_date", 1, &[Test::Date(DateAgreement::Slip)]),
                ],
                rules: Vec::new(),
                contexts: Vec::new(),
                link: 0.9,
                review: 0.2,
                most_records_in_block: 10,
                most_pairs: 10,
            };
            let mut names = ValuesBuilder::default();
            let name = self.names.map(|name| Some(names.number(name)));
            let records = Records {
                len: 2,
                columns: vec![
                    Column::single(name, names.into_names()),
                    Column::single([Some(0), Some(1)], Values::dates(self.days)),
                ],
                affirmed: self.affirmed.into(),
                lasting: vec![1],
                ..Records::default()
            };
            let learned = learn(&model, &records, &Patterns::default());
            let scorer = Scorer::new(&model, &records, &learned);
            let pair = Scored {
                a: 0,
                b: 1,
                pattern: Pattern::of(&model, &records, 0, 1),
                odds: 10.0,
            };
            let limits = Limits {
                link: model.link,
                review: model.review,
                one_to_one: false,
            };
            let clusters = cluster(&records, &scorer, &[pair], &Ties::default(), limits);
            clusters.of == [0, 0]
        }
    }

    #[test]
    fn who_is_likelier_of_two_homes_is_weighed_in_one_context() {
        let level = |test| Level {
            name: "same".into(),
            test,
        };
        let compared = |column, test| Comparison {
            name: "any".into(),
            column,
            levels: vec![level(test)],
            term_frequency: false,
        };
        let context = |when: &[(usize, usize)]| Context {
            name: "any".into(),
            when: when.iter().map(|group| vec![*group]).collect(),
            settled: false,
            apart: Vec::new(),
        };
        let model = Model {
            comparisons: vec![
                compared(0, Test::Name(NameAgreement::Exact)),
                compared(1, Test::Date(DateAgreement::Same)),
                compared(2, Test::Exact),
            ],
            rules: Vec::new(),
            contexts: vec![context(&[(2, 0), (1, 0)]), context(&[(2, 0)])],
            link: 0.9,
            review: 0.2,
            most_records_in_block: 10,
            most_pairs: 10,
        };
        // A son, his father of the same name and phone, and a record with the father's birth date.
        let mut names = ValuesBuilder::default();
        let name = Some(names.number("轩辕定边"));
        let records = Records {
            len: 3,
            columns: vec![
                Column::single([name; 3], names.into_names()),
                Column::single([Some(0), Some(1), Some(1)], Values::dates([15_000, 3_000])),
                Column::single([Some(0); 3], Values::Opaque),
            ],
            settled: vec![true, true, false],
            lasting: vec![1],
            ..Records::default()
        };
        // Two of a household hardly ever have one name, but twins by mistake do.
        let mut learned = learn(&model, &records, &Patterns::default());
        learned.u[1][0] = vec![1.0, 1.0];
        learned.u[2][0] = vec![1.0, 1e6];
        learned.pairs[1] = (99.0, 100.0);
        let scorer = Scorer::new(&model, &records, &learned);
        let scored = [scorer.compare(0, 2), scorer.compare(1, 2)];
        assert!(scored[0].odds > scored[1].odds + 5.0);
        let limits = Limits {
            link: model.link,
            review: model.review,
            one_to_one: false,
        };
        let clusters = cluster(&records, &scorer, &scored, &Ties::default(), limits);
        assert_eq!(clusters.of, [0, 1, 1]);
    }

    #[test]
    fn two_who_affirm_their_numbers_with_other_birth_dates_are_two() {
        let days = [0, 40 * 365];
        assert!(!Two { days, ..ONE }.are_one());
        // A number that was entered with a slip in its date is corrected; where the row doesn't state the date the number may be mistyped.
        assert!(
            Two {
                days: [0, 1],
                ..ONE
            }
            .are_one()
        );
        let affirmed = [true, false];
        assert!(
            Two {
                days,
                affirmed,
                ..ONE
            }
            .are_one()
        );
    }

    #[test]
    fn two_who_affirm_their_numbers_are_two_by_another_name() {
        let names = ["张晴", "张情"];
        assert!(!Two { names, ..ONE }.are_one());
        assert!(ONE.are_one());
        let affirmed = [false, true];
        assert!(
            Two {
                names,
                affirmed,
                ..ONE
            }
            .are_one()
        );
    }
}
