//! The resolve stage: who is each mention, by all the evidence there is?

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ahash::RandomState;
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_standards::identity::IdStatus;

use super::around::Around;
use super::asks::Asks;
use super::gather::{Gathered, NOBODY, gather};
use super::holders::{Holders, Weigh};
use super::keys::{self, Kept};
use super::known::{Known, PlaceKeys};
use super::mentions::{Basis, KEYLESS, Mentions, Resolved};
use super::names::Names;
use super::numbered::Numbered;
use super::ranks::Residents;
use super::recorded::Recorded;
use super::registry::{Decided, KeyEvent, Link, Registry, Review};
use super::ties::ties;
use crate::linkage::{
    self, BlockCount, Clusters, Learned, Limits, Model, ModelError, Scorer, probability,
};
use crate::{KeyMaker, ResidentKey};

/// Ties mentions to residents by number, name, dates, phones, addresses and what was decided before.
pub struct Linkage<'a> {
    /// Makes the keys.
    pub maker: &'a KeyMaker,
    /// What is compared, and how sure a link must be.
    pub model: &'a Model,
    /// What earlier runs and reviewers decided.
    pub registry: &'a Registry,
    /// The records that are left alone, where not all mentions are given.
    pub around: Option<&'a Around<'a>>,
}

/// What the resolve stage found.
#[derive(Default)]
pub struct Resolution {
    /// The distinct keys of the mentions that count, ascending.
    pub keys: Arc<[ResidentKey]>,
    /// The keys of each batch's mentions.
    pub batches: Vec<Resolved>,
    /// For each batch the rows whose mention a link gave its key, each with the link's place in `links`.
    pub link_of: Vec<Vec<(u32, u32)>>,
    /// Ties of records to residents, those of earlier runs included.
    pub links: Vec<Link>,
    /// What happened to keys.
    pub events: Vec<KeyEvent>,
    /// Pairs that a reviewer should see.
    pub review: Vec<Review>,
    /// What was learned.
    pub learned: Learned,
    /// What the blocking rules gave.
    pub blocks: Vec<BlockCount>,
    /// Links made in this run, and how many of them are expected to be wrong.
    pub made: (u64, f64),
    /// The records, for later runs; `None` where linking is off.
    pub recorded: Option<Recorded>,
}

/// Why mentions can't be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The model can't be used on these records.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Rows that must settle a tie can't be read.
    #[error("rows that settle a tie can't be read: {0}")]
    Rows(#[from] ArrowError),
}

impl Linkage<'_> {
    /// Gives every mention of every batch its key. The result depends on all mentions together, but never
    /// on the order of the batches.
    ///
    /// # Errors
    /// [`ResolveError`]: the model can't be used on these records, or rows can't be read.
    pub fn resolve(&self, mut batches: Vec<Mentions<'_>>) -> Result<Resolution, ResolveError> {
        self.model.check()?;
        let (numbered, mut gathered) = self.gathered(&mut batches)?;
        batches.iter_mut().for_each(Mentions::forget_said);
        let batches = batches.as_slice();
        if self.registry.learned.is_none() {
            gathered.records.known.clear();
        }
        if let Some(around) = self.around {
            let beyond = around.beyond(self.model, &gathered.records, &gathered.names);
            gathered.records.beyond = beyond;
        }
        let gathered = gathered;
        let records = &gathered.records;
        let candidates = linkage::block(self.model, records)?;
        // A small delivery goes by what the whole has taught, one without rows too.
        let is_small = self.around.is_some() || !records.known.is_empty();
        let compare = || {
            let patterns = linkage::patterns(self.model, records, &candidates);
            let learned = match &self.registry.learned {
                Some(learned) if is_small => learned.clone(),
                _ => linkage::learn(self.model, records, &patterns),
            };
            (patterns, learned)
        };
        let ((patterns, learned), (ties, kept)) =
            rayon::join(compare, || ties(&gathered, self.registry));
        let scorer = Scorer::new(self.model, records, &learned);
        let scored = scorer.all(&candidates, &patterns);
        let blocks = candidates.counts;
        drop((candidates.pairs, patterns));
        let limits = Limits {
            link: self.model.link,
            review: self.model.review,
            one_to_one: false,
        };
        let clusters = linkage::cluster(records, &scorer, &scored, &ties, limits);
        drop(scored);
        let (keys, places) = rayon::join(
            || keys::keys((&gathered, batches), &clusters.of, self.registry),
            || PlaceKeys::of(&gathered),
        );
        let keys = keys?;
        let decided = (&kept, self.registry);
        let (links, review) = rayon::join(
            || links(&gathered, &clusters, &keys.of, &scorer, decided),
            || review(&gathered, &clusters, &keys.of, &scorer),
        );
        let wrong = clusters
            .links
            .iter()
            .map(|link| 1.0 - link.probability)
            .sum();
        let made = (clusters.links.len() as u64, wrong);
        drop(scorer);
        let mut gathered = gathered;
        gathered.forget_compared();
        let residents = Residents::of(&gathered, &numbered.keys, &keys.of);
        let answer = Answer {
            numbered: &numbered,
            gathered: &gathered,
            clusters: &clusters.of,
            keys: &keys.of,
            places: &residents.ranks.of,
        };
        let (batches, link_of) = answer.give(batches, &links);
        let all = Arc::clone(&residents.ranks.keys);
        let recorded = Recorded::of((gathered, places), numbered.keys, residents, self.around);
        Ok(Resolution {
            keys: all,
            batches,
            link_of,
            links: links.into_values().collect(),
            events: keys.events,
            review,
            learned,
            blocks,
            made,
            recorded: Some(recorded),
        })
    }

    /// Which known records those of new mentions could be compared with. `numbers` are the broken numbers that known
    /// residents state.
    ///
    /// # Errors
    /// As [`Linkage::resolve`].
    pub fn asks(
        &self,
        mut batches: Vec<Mentions<'_>>,
        known: (&Known, &[(ResidentKey, Box<str>)]),
    ) -> Result<Asks, ResolveError> {
        self.model.check()?;
        let (numbered, gathered) = self.gathered(&mut batches)?;
        Ok(Asks::of(self.model, &gathered, &numbered, known))
    }

    /// The numbers of mentions, and their records. The mentions forget on the way by what their claims are weighed.
    fn gathered(&self, batches: &mut [Mentions<'_>]) -> Result<(Numbered, Gathered), ArrowError> {
        let (numbered, names) =
            rayon::join(|| Numbered::of(batches, self.maker), || Names::of(batches));
        let held = {
            let holders = Holders::of(batches, &numbered, Weigh::Consistency)?;
            names.of_holders(&holders, numbered.keys.len())
        };
        batches.iter_mut().for_each(Mentions::forget_claim);
        let gathered = gather(batches, names, (&numbered, held), self.around)?;
        Ok((numbered, gathered))
    }
}

/// What the records' keys mean for the mentions.
struct Answer<'a> {
    numbered: &'a Numbered,
    gathered: &'a Gathered,
    clusters: &'a [u32],
    keys: &'a [ResidentKey],
    /// The places of the keys among all.
    places: &'a [u32],
}

impl Answer<'_> {
    /// The keys of every mention, from those of its record, and the places of the links that gave them.
    fn give(
        &self,
        batches: &[Mentions<'_>],
        links: &BTreeMap<u32, Link>,
    ) -> (Vec<Resolved>, Vec<Vec<(u32, u32)>>) {
        let about = &self.gathered.about;
        let mut size = vec![0_u32; about.len()];
        for cluster in self.clusters {
            size[*cluster as usize] += 1;
        }
        let denied = self.denied();
        let mut home = vec![NOBODY; self.numbered.keys.len()];
        for (about, cluster) in about.iter().zip(self.clusters) {
            let holds = about.holder && !denied.contains(&about.own_key);
            if let Some(home) = home.get_mut(about.number as usize).filter(|_| holds) {
                *home = *cluster;
            }
        }
        let mut place = vec![None; about.len()];
        for (at, record) in (0..).zip(links.keys()) {
            place[*record as usize] = Some(at);
        }
        let one = |(batch, (numbers, records)): (&Mentions<'_>, (&Vec<u32>, &Vec<u32>))| {
            let mut resolved = Resolved::default();
            let mut link_of = Vec::new();
            for (row, (number, record)) in numbers.iter().zip(records).enumerate() {
                let at = *record as usize;
                let (Some(cluster), Some(key)) = (self.clusters.get(at), self.places.get(at))
                else {
                    resolved.key.push(KEYLESS);
                    resolved.status.push(batch.status[row]);
                    resolved.basis.push(Basis::Unidentified);
                    continue;
                };
                // Who is one with the number's holder follows it, whatever else was mistyped.
                let home = home.get(*number as usize);
                let followed = home.map(|home| home == cluster);
                resolved.key.push(*key);
                resolved.status.push(match followed {
                    Some(false) => IdStatus::Contested,
                    _ => batch.status[row],
                });
                let linked = size[*cluster as usize] > 1 || place[at].is_some();
                resolved.basis.push(match (followed, linked) {
                    (Some(true), _) => Basis::Number,
                    (_, true) => Basis::Linked,
                    (_, false) => Basis::Unidentified,
                });
                let link = place[at].zip(u32::try_from(row).ok());
                link_of.extend(link.map(|(link, row)| (row, link)));
            }
            (resolved, link_of)
        };
        let rows = self.numbered.of.par_iter().zip(&self.gathered.of);
        batches.par_iter().zip(rows).map(one).unzip()
    }

    /// The keys of numbers that don't give them to who holds the number now, since somebody else has them.
    fn denied(&self) -> HashSet<ResidentKey, RandomState> {
        let each = || self.gathered.about.iter().zip(self.keys).zip(self.clusters);
        let elsewhere = each().filter(|((about, key), _)| about.holder && about.own_key != **key);
        let elsewhere = elsewhere.map(|((about, _), cluster)| (about.own_key, *cluster));
        let elsewhere: HashMap<ResidentKey, u32, RandomState> = elsewhere.collect();
        let denied = each().filter(|((_, key), cluster)| {
            let home = elsewhere.get(key);
            home.is_some_and(|home| home != *cluster)
        });
        denied.map(|((_, key), _)| *key).collect()
    }
}

/// The tie of each record that has not its own key, along the pairs that joined its cluster.
fn links(
    gathered: &Gathered,
    clusters: &Clusters,
    keys: &[ResidentKey],
    scorer: &Scorer<'_>,
    (kept, registry): (&Kept, &Registry),
) -> BTreeMap<u32, Link> {
    // The joins form a tree in each cluster; each record is tied towards the one that gave the key.
    let judged = clusters.links.iter().map(|judged| {
        let pair = (judged.scored.a, judged.scored.b);
        (pair, Some(judged))
    });
    let decided = kept.keys().map(|pair| (*pair, None));
    let cluster = |record: u32| clusters.of[record as usize];
    let joins = judged.chain(decided);
    let joins = joins.filter(|((a, b), _)| cluster(*a) == cluster(*b));
    let both = joins.flat_map(|((a, b), judged)| [(a, b, judged), (b, a, judged)]);
    let mut joins: Vec<(u32, u32, Option<&linkage::Judged>)> = both.collect();
    joins.par_sort_by_key(|(from, ..)| *from);
    let joined = |record: u32| {
        let start = joins.partition_point(|(from, ..)| *from < record);
        let all = joins.iter().skip(start);
        all.take_while(move |(from, ..)| *from == record)
    };
    let own = |record: u32| gathered.about[record as usize].own_key;
    let mut heads: Vec<(u32, bool, u32)> = joins
        .iter()
        .map(|(record, ..)| {
            (
                cluster(*record),
                keys[*record as usize] != own(*record),
                *record,
            )
        })
        .collect();
    heads.par_sort_unstable();
    heads.dedup_by_key(|(cluster, ..)| *cluster);
    let of_cluster = |head: u32| {
        let mut links = Vec::new();
        let mut seen = HashSet::from([head]);
        let mut next = vec![head];
        while let Some(at) = next.pop() {
            for (_, to, judged) in joined(at) {
                if !seen.insert(*to) {
                    continue;
                }
                next.push(*to);
                let (own_key, resident_key) = (own(*to), keys[*to as usize]);
                let known = registry.links.get(&own_key);
                let known = known.filter(|link| link.resident_key == resident_key);
                let link = match (known, judged) {
                    (Some(known), _) => known.clone(),
                    (None, Some(judged)) => Link {
                        own_key,
                        resident_key,
                        other_key: own(at),
                        decided: Decided::Model,
                        probability: judged.probability,
                        weight: judged.scored.odds,
                        steps: scorer.steps(&judged.scored),
                    },
                    (None, None) => {
                        let pair = (at.min(*to), at.max(*to));
                        let scored = scorer.compare(pair.0, pair.1);
                        Link {
                            own_key,
                            resident_key,
                            other_key: own(at),
                            decided: kept.get(&pair).copied().unwrap_or(Decided::Model),
                            probability: probability(scored.odds),
                            weight: scored.odds,
                            steps: scorer.steps(&scored),
                        }
                    }
                };
                links.push((*to, link));
            }
        }
        links
    };
    let links = heads
        .par_iter()
        .flat_map_iter(|(.., head)| of_cluster(*head));
    let links: Vec<(u32, Link)> = links.collect();
    let mut links: BTreeMap<u32, Link> = links.into_iter().collect();
    // What it was tied to may be gone; the record keeps its key, and the tie says where that is from.
    for (at, (about, key)) in (0..).zip(gathered.about.iter().zip(keys)) {
        if about.own_key != *key
            && let Some(known) = registry.links.get(&about.own_key)
            && known.resident_key == *key
        {
            links.entry(at).or_insert_with(|| known.clone());
        }
    }
    links
}

fn review(
    gathered: &Gathered,
    clusters: &Clusters,
    keys: &[ResidentKey],
    scorer: &Scorer<'_>,
) -> Vec<Review> {
    let counts = |record: u32| gathered.about[record as usize].in_force;
    let doubtful = clusters.review.par_iter();
    doubtful
        .filter(|judged| counts(judged.scored.a) && counts(judged.scored.b))
        .map(|judged| Review {
            resident_key: keys[judged.scored.a as usize],
            other_key: keys[judged.scored.b as usize],
            own_keys: [judged.scored.a, judged.scored.b]
                .map(|record| gathered.about[record as usize].own_key),
            probability: judged.probability,
            weight: judged.scored.odds,
            steps: scorer.steps(&judged.scored),
        })
        .collect()
}
