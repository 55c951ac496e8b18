//! Which key a cluster has, and what became of those it had.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::{About, Gathered};
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

/// Gives each cluster its key.
///
/// A key that a number once gave outlives everything; else the best number gives the key, else the smallest
/// key of a mention.
pub(crate) fn keys(gathered: &Gathered, clusters: &[u32], registry: &Registry) -> Keys {
    let about = &gathered.about;
    let mut members: Vec<(u32, u32)> = (0..).zip(clusters).map(|(at, c)| (*c, at)).collect();
    members.sort_unstable();
    let mut of: Vec<ResidentKey> = about.iter().map(|about| about.own_key).collect();
    let mut taken: BTreeMap<ResidentKey, Place> = BTreeMap::new();
    for cluster in members.chunk_by(|a, b| a.0 == b.0) {
        let records = || cluster.iter().map(|(_, at)| &about[*at as usize]);
        let best = records()
            .filter_map(|record| choice(record, registry))
            .min();
        let Some(best) = best else { continue };
        for (_, at) in cluster {
            of[*at as usize] = best.key;
        }
        // Of two clusters that had one key the better keeps it.
        if cluster.len() > 1 || best.prior {
            let place = Place {
                best,
                cluster: cluster[0].0,
            };
            match taken.get_mut(&best.key) {
                Some(held) if held.best <= place.best => leave(cluster, &mut of, about),
                Some(held) => {
                    let lost = std::mem::replace(held, place).cluster;
                    let at = members.partition_point(|(c, _)| *c < lost);
                    let rest = members[at..].iter().take_while(|(c, _)| *c == lost);
                    let rest: Vec<(u32, u32)> = rest.copied().collect();
                    leave(&rest, &mut of, about);
                }
                None => {
                    taken.insert(best.key, place);
                }
            }
        }
    }
    let events = events(gathered, clusters, &of, registry);
    Keys { of, events }
}

struct Place {
    best: Choice,
    cluster: u32,
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
}

fn choice(record: &About, registry: &Registry) -> Option<Choice> {
    let prior = prior(record, registry);
    let numbered = record.holder;
    Some(Choice {
        grade: match (prior.is_some(), numbered) {
            (true, true) => 0,
            (false, true) => 1,
            (true, false) => 2,
            (false, false) => 3,
        },
        unsettled: !record.is_settled(),
        rank: record.rank,
        gone: !record.in_force,
        key: prior.unwrap_or(record.own_key),
        prior: prior.is_some(),
    })
}

/// The key that a record had in the last release, or when it was last seen.
pub(crate) fn prior(record: &About, registry: &Registry) -> Option<ResidentKey> {
    let linked = || registry.links.get(&record.own_key);
    record.before.or_else(|| Some(linked()?.resident_key))
}

/// A cluster that lost its key to another takes the best of its own keys.
fn leave(cluster: &[(u32, u32)], of: &mut [ResidentKey], about: &[About]) {
    let own = |(_, at): &(u32, u32)| {
        let record = &about[*at as usize];
        (!record.holder, record.rank, record.own_key)
    };
    let lost = cluster
        .first()
        .and_then(|(_, at)| of.get(*at as usize))
        .copied();
    let others = cluster
        .iter()
        .map(own)
        .filter(|(.., key)| Some(*key) != lost);
    if let Some((.., key)) = others.min() {
        for (_, at) in cluster {
            of[*at as usize] = key;
        }
    }
}

fn events(
    gathered: &Gathered,
    clusters: &[u32],
    of: &[ResidentKey],
    registry: &Registry,
) -> Vec<KeyEvent> {
    let mut events = BTreeSet::new();
    // Which keys of the last release still name somebody.
    let alive: BTreeSet<ResidentKey> = gathered
        .about
        .iter()
        .zip(of)
        .filter(|(about, _)| about.in_force)
        .map(|(_, key)| *key)
        .collect();
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
