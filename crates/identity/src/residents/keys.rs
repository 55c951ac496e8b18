//! Which key a cluster has, and what became of those it had.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ahash::RandomState;
use arrow::error::ArrowError;
use rayon::prelude::*;

use super::gather::{About, Gathered};
use super::mentions::Mentions;
use super::registry::{Decided, EventKind, KeyEvent, Registry};
use crate::ResidentKey;

/// Pairs of records that were tied before anything was compared, and who said so.
pub(crate) type Kept = BTreeMap<(u32, u32), Decided>;

/// The keys of records.
pub(crate) struct Keys {
    /// One for each record.
    pub(crate) of: Vec<ResidentKey>,
    pub(crate) events: Vec<KeyEvent>,
}

/// Gives each cluster its key, and no two the same.
///
/// A key that a number once gave outlives everything; else the best number gives the key, else the smallest
/// key of a mention. So it does where a corrected number is found to be another's: who had its key keeps that.
///
/// # Errors
/// When the mentions' own keys can't be read.
pub(crate) fn keys(
    (gathered, batches): (&Gathered, &[Mentions<'_>]),
    clusters: &[u32],
    registry: &Registry,
) -> Result<Keys, ArrowError> {
    let about = &gathered.about;
    let mut members: Vec<(u32, u32)> = (0..).zip(clusters).map(|(at, c)| (*c, at)).collect();
    members.par_sort_unstable();
    let mut of: Vec<ResidentKey> = about.iter().map(|about| about.own_key).collect();
    let mut taken: HashMap<ResidentKey, Place, RandomState> = HashMap::default();
    let mut lost: Vec<u32> = Vec::new();
    let place = |cluster: &[(u32, u32)]| {
        let records = cluster.iter().map(|(_, at)| &about[*at as usize]);
        Some(Place {
            best: records.map(|record| Choice::of(record, registry)).min()?,
            cluster: cluster.first()?.0,
        })
    };
    let places = || {
        members
            .chunk_by(|a, b| a.0 == b.0)
            .map(|cluster| (cluster, place(cluster)))
    };
    let is_alone = |cluster: &[(u32, u32)], best: &Choice| cluster.len() == 1 && !best.prior;
    for (cluster, place) in places() {
        let Some(place) = place else { continue };
        for (_, at) in cluster {
            of[*at as usize] = place.best.key;
        }
        if !is_alone(cluster, &place.best) {
            lost.extend(place.take(&mut taken));
        }
    }
    // Hardly one of those alone has a key that another has too, and nearly all are alone: they are asked again, not kept.
    let alone =
        places().filter_map(|(cluster, place)| place.filter(|p| is_alone(cluster, &p.best)));
    let alone: Vec<Place> = alone
        .filter(|place| taken.contains_key(&place.best.key))
        .collect();
    lost.extend(alone.into_iter().filter_map(|place| place.take(&mut taken)));
    let mut mentions: HashMap<u32, Option<ResidentKey>, RandomState> = HashMap::default();
    for cluster in lost {
        let at = members.partition_point(|(c, _)| *c < cluster);
        let of_cluster = members[at..].iter().take_while(|(c, _)| *c == cluster);
        let records = of_cluster.map(|(_, at)| *at);
        // Records of one own key stand together: a mention with a number, and without.
        let is_shared = |at: u32| {
            let beside = [at.checked_sub(1), at.checked_add(1)].into_iter().flatten();
            let key = |at: u32| about.get(at as usize).map(|about| about.own_key);
            let mut shared = beside.filter(|other| key(*other) == key(at));
            shared.any(|other| clusters.get(other as usize) != Some(&cluster))
        };
        let own = records.clone().filter(|at| !is_shared(*at)).map(|at| {
            let record = &about[at as usize];
            (!record.holder, record.rank, record.own_key)
        });
        // The best of its own keys that is nobody's, else the key of a mention.
        match own.filter(|(.., key)| !taken.contains_key(key)).min() {
            Some((.., key)) => records.for_each(|at| of[at as usize] = key),
            None => drop(mentions.insert(cluster, None)),
        }
    }
    if !mentions.is_empty() {
        for (batch, records) in batches.iter().zip(&gathered.of) {
            for (record, key) in records.iter().zip(batch.own_keys.get()?.iter()) {
                let cluster = clusters.get(*record as usize);
                if let Some(least) = cluster.and_then(|cluster| mentions.get_mut(cluster)) {
                    *least = [*least, *key].into_iter().flatten().min();
                }
            }
        }
        for (key, cluster) in of.iter_mut().zip(clusters) {
            *key = mentions.get(cluster).copied().flatten().unwrap_or(*key);
        }
    }
    let events = events(gathered, clusters, &of, registry);
    Ok(Keys { of, events })
}

/// What a cluster offers for its key.
#[derive(Clone, Copy)]
struct Place {
    best: Choice,
    cluster: u32,
}

impl Place {
    /// Takes the key, unless another cluster has it that is better; the cluster that goes without.
    fn take(self, taken: &mut HashMap<ResidentKey, Self, RandomState>) -> Option<u32> {
        let held = taken.entry(self.best.key).or_insert(self);
        // Of two in force who had the key the one whose own it is keeps it.
        let rank = |place: &Self| (place.best.grade, place.best.borrowed, place.best);
        if held.cluster == self.cluster {
            return None;
        }
        let other = match rank(held) <= rank(&self) {
            true => self,
            false => std::mem::replace(held, self),
        };
        Some(other.cluster)
    }
}

/// A key that a record offers its cluster; the least is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Choice {
    /// 0 a key in force that a number gave, 1 a number, 2 a key in force, 3 a mention.
    grade: u8,
    unsettled: bool,
    rank: u16,
    gone: bool,
    key: ResidentKey,
    prior: bool,
    /// Whether the record would have another key alone.
    borrowed: bool,
}

impl Choice {
    fn of(record: &About, registry: &Registry) -> Self {
        let prior = prior(record, registry);
        let numbered = record.holder;
        let key = prior.unwrap_or(record.own_key);
        Self {
            grade: match (prior.is_some(), numbered) {
                (true, true) => 0,
                (false, true) => 1,
                (true, false) => 2,
                (false, false) => 3,
            },
            unsettled: !record.is_settled(),
            rank: record.rank,
            gone: !record.in_force,
            key,
            prior: prior.is_some(),
            borrowed: key != record.own_key,
        }
    }
}

/// The key that a record had in the last release, or when it was last seen.
pub(crate) fn prior(record: &About, registry: &Registry) -> Option<ResidentKey> {
    let linked = || registry.links.get(&record.own_key);
    record.before.or_else(|| Some(linked()?.resident_key))
}

fn events(
    gathered: &Gathered,
    clusters: &[u32],
    of: &[ResidentKey],
    registry: &Registry,
) -> Vec<KeyEvent> {
    let mut events = BTreeSet::new();
    let records = || gathered.about.iter().zip(of);
    let gone_from = records().filter_map(|(about, key)| {
        let before = prior(about, registry)?;
        (before != *key).then_some(before)
    });
    let gone_from: HashSet<ResidentKey, RandomState> = gone_from.collect();
    // Which of these still name somebody.
    let alive = records().filter(|(about, key)| about.in_force && gone_from.contains(*key));
    let alive: HashSet<ResidentKey, RandomState> = alive.map(|(_, key)| *key).collect();
    let mut old_numbers: BTreeMap<u32, ResidentKey> = BTreeMap::new();
    for ((about, key), cluster) in gathered.about.iter().zip(of).zip(clusters) {
        let Some(before) = prior(about, registry) else {
            continue;
        };
        if before != *key {
            let kind = match alive.contains(&before) {
                true => EventKind::Split,
                false => EventKind::Merged,
            };
            events.insert(KeyEvent {
                resident_key: before,
                kind,
                successor: *key,
            });
        }
        if about.holder && !about.in_force {
            old_numbers.insert(*cluster, *key);
        }
    }
    for (about, cluster) in gathered.about.iter().zip(clusters) {
        if let Some(key) = old_numbers.get(cluster)
            && about.holder
            && about.in_force
            && !about.known
        {
            events.insert(KeyEvent {
                resident_key: *key,
                kind: EventKind::NumberChanged,
                successor: *key,
            });
        }
    }
    events.into_iter().collect()
}
