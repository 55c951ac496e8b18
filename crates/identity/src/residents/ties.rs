//! What is decided before records are compared: by reviewers, by earlier runs, by the feeds themselves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use ahash::RandomState;

use super::gather::{Gathered, NOBODY};
use super::keys::{self, Kept};
use super::model::columns;
use super::numbered::NONE;
use super::registry::{Decided, Link, Registry};
use crate::ResidentKey;
use crate::linkage::Ties;

/// What is decided before anything is compared, and why: by pair of records.
pub(crate) fn ties(gathered: &Gathered, registry: &Registry) -> (Ties, Kept) {
    let places = Places::of(gathered, registry);
    let mut ties = Ties::default();
    for (one, other) in &registry.different {
        let (left, right) = places.sides(*one, *other);
        for a in &left {
            ties.cannot.extend(right.iter().map(|b| (*a, *b)));
        }
    }
    ties.cannot.extend(twice_registered(gathered));
    let apart: HashSet<(u32, u32)> = ties
        .cannot
        .iter()
        .map(|(a, b)| (*a.min(b), *a.max(b)))
        .collect();
    let mut kept = Kept::default();
    let mut tie = |a: u32, b: u32, decided: Decided| {
        let pair = (a.min(b), a.max(b));
        if a != b && !apart.contains(&pair) {
            kept.entry(pair).or_insert(decided);
        }
    };
    for (one, other) in &registry.same {
        if let (Some(a), Some(b)) = (places.of_key(*one).next(), places.of_key(*other).next()) {
            tie(a, b, Decided::Reviewer);
        }
    }
    // Of one feed's own record the rows with and without a number are one person's.
    for (at, pair) in gathered.about.windows(2).enumerate() {
        if let [one, other] = pair
            && one.own_key == other.own_key
        {
            let at = u32::try_from(at).unwrap_or(NOBODY);
            tie(at, at + 1, Decided::Model);
        }
    }
    for (from, to) in &gathered.went {
        tie(*from, *to, Decided::Model);
    }
    let numbered = numbered_records(gathered);
    for (at, home) in &numbered {
        tie(*at, *home, Decided::Model);
    }
    for (at, about) in (0..).zip(&gathered.about) {
        // What the model said of a record before its feed told its number counts no more.
        let told = |link: &Link| link.decided == Decided::Model && numbered.contains_key(&at);
        // A number that others have come to hold since ties nobody.
        if let Some(link) = registry.links.get(&about.own_key)
            && !told(link)
            && keys::prior(about, registry) == Some(link.resident_key)
            && let Some(home) = places.home(at, link)
        {
            tie(at, home, link.decided);
        }
    }
    // What a reviewer said goes before what the model did.
    let mut must: Vec<(Reverse<Decided>, (u32, u32))> = kept
        .iter()
        .map(|(pair, by)| (Reverse(*by), *pair))
        .collect();
    must.sort_unstable();
    ties.must = must.into_iter().map(|(_, pair)| pair).collect();
    (ties, kept)
}

/// The numbered record of each record without a number that a feed sent under the same number of its own and the same name,
/// unless their birth dates or sexes differ: a feed may leave its own numbers empty.
fn numbered_records(gathered: &Gathered) -> BTreeMap<u32, u32> {
    let Some(own) = gathered.records.columns.get(columns::RECORD) else {
        return BTreeMap::new();
    };
    let records = || (0_u32..).zip(&gathered.about);
    let bare = || records().filter(|(_, about)| about.number == NONE);
    let mut of: HashMap<u32, u32, RandomState> = HashMap::default();
    for (at, _) in bare() {
        of.extend(own.of(at).iter().map(|id| (*id, NOBODY)));
    }
    let mut several: HashSet<u32, RandomState> = HashSet::default();
    for (at, _) in records().filter(|(_, about)| about.holder) {
        for id in own.of(at) {
            match of.get_mut(id) {
                Some(numbered) if *numbered == NOBODY => *numbered = at,
                Some(_) => drop(several.insert(*id)),
                None => {}
            }
        }
    }
    let numbered = |at: u32| {
        let mut ids = own.of(at).iter().filter(|id| !several.contains(*id));
        ids.find_map(|id| of.get(id).copied().filter(|numbered| *numbered != NOBODY))
    };
    let values = |column: usize, at: u32| {
        let column = gathered.records.columns.get(column);
        column.map_or(&[][..], |column| column.of(at))
    };
    let agree = |a: u32, b: u32| {
        let both = |column: usize| (values(column, a), values(column, b));
        let shared = |(a, b): (&[u32], &[u32])| a.iter().any(|value| b.contains(value));
        let silent = |(a, b): (&[u32], &[u32])| a.is_empty() || b.is_empty();
        let mut columns = [columns::BIRTH_DATE, columns::SEX].into_iter().map(both);
        columns.all(|both| silent(both) || shared(both))
    };
    let pairs = bare().filter_map(|(at, _)| Some((at, numbered(at)?)));
    pairs.filter(|(at, home)| agree(*at, *home)).collect()
}

/// Records of one number that the authority states of two people: its rows have two names, and no slip leads from one to
/// the other.
fn twice_registered(gathered: &Gathered) -> Vec<(u32, u32)> {
    let Some(names) = gathered.records.columns.get(columns::NAME) else {
        return Vec::new();
    };
    let stands = |at: u32| {
        let about = &gathered.about[at as usize];
        about.rank == 0 && about.in_force
    };
    let unlike = |a: u32, b: u32| match (names.of(a), names.of(b)) {
        ([a], [b]) => !names.values.is_near(*a, *b),
        _ => false,
    };
    let lent = gathered.lenders().into_iter();
    let mut two: Vec<(u32, u32)> = lent
        .filter(|(at, holder)| stands(*at) && stands(*holder) && unlike(*at, *holder))
        .collect();
    two.sort_unstable();
    two
}

/// Which records a key means.
struct Places<'a> {
    gathered: &'a Gathered,
    registry: &'a Registry,
    by_resident: HashMap<ResidentKey, Vec<u32>, RandomState>,
}

impl<'a> Places<'a> {
    fn of(gathered: &'a Gathered, registry: &'a Registry) -> Self {
        let mut by_resident: HashMap<ResidentKey, Vec<u32>, RandomState> = HashMap::default();
        let decided = registry.same.iter().chain(&registry.different);
        let asked: HashSet<ResidentKey> = decided
            .flat_map(|(one, other)| [*one, *other])
            .chain(registry.links.values().map(|link| link.resident_key))
            .collect();
        for (at, about) in (0..).zip(&gathered.about) {
            if let Some(prior) = keys::prior(about, registry)
                && asked.contains(&prior)
            {
                by_resident.entry(prior).or_default().push(at);
            }
        }
        Self {
            gathered,
            registry,
            by_resident,
        }
    }

    /// The records that had the key in the last release, the one that gave it before others, then those that
    /// would have it of their own.
    fn of_key(&self, key: ResidentKey) -> impl Iterator<Item = u32> {
        let had = self.had(key);
        let is_new = move |at: &u32| !had.contains(at);
        let gave = move |at: &u32| self.own_key(*at) == key;
        let others = had.iter().filter(move |at| !gave(at));
        let had = had.iter().filter(move |at| gave(at)).chain(others).copied();
        had.chain(self.alone(key).filter(is_new))
    }

    /// The records that had the key in the last release.
    fn had(&self, key: ResidentKey) -> &[u32] {
        self.by_resident.get(&key).map_or(&[][..], Vec::as_slice)
    }

    /// The records that would have the key alone.
    fn alone(&self, key: ResidentKey) -> impl Iterator<Item = u32> {
        let about = &self.gathered.about;
        let first = about.partition_point(|about| about.own_key < key);
        let own = about[first..].iter();
        let own = own.take_while(|about| about.own_key == key).count();
        (first..first + own).filter_map(|at| u32::try_from(at).ok())
    }

    /// The record that a link ties another to: what it was tied to, else one that had the same key. Who comes to hold the
    /// key's number later is nobody's home for that.
    fn home(&self, of: u32, link: &Link) -> Option<u32> {
        let had = self.had(link.resident_key);
        let had = had.iter().copied().filter(|at| *at != of);
        let at_distance = |at: &u32| {
            let own = self.own_key(*at);
            (own != link.other_key, own != link.resident_key)
        };
        had.min_by_key(at_distance)
    }

    /// The records of two keys that are two people: a record goes with that one of them to which its links lead.
    fn sides(&self, one: ResidentKey, other: ResidentKey) -> (Vec<u32>, Vec<u32>) {
        /// Links lead on so often at most: they form trees, but files and lakes come from anywhere.
        const STEPS: usize = 64;
        let leads = |at: u32| {
            let mut key = self.own_key(at);
            for _ in 0..STEPS {
                if key == one || key == other {
                    return Some(key);
                }
                key = self.registry.links.get(&key)?.other_key;
            }
            None
        };
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (key, at) in self
            .of_key(one)
            .map(|at| (one, at))
            .chain(self.of_key(other).map(|at| (other, at)))
        {
            match leads(at).unwrap_or(key) == one {
                true => left.push(at),
                false => right.push(at),
            }
        }
        (left, right)
    }

    fn own_key(&self, record: u32) -> ResidentKey {
        self.gathered.about[record as usize].own_key
    }
}
