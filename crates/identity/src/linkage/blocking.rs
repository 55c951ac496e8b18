//! Candidate pairs: counted first, then made, each once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use rayon::prelude::*;

use super::column::Column;
use super::model::{Model, ModelError, Part, Rule};
use super::records::Records;

/// Pairs that are worth a comparison.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Record numbers, the smaller first, in ascending order, each pair once; beside it the rules that found
    /// it, as bits.
    pub pairs: Vec<(u32, u32, u32)>,
    /// What each rule gave, in the order of the model.
    pub counts: Vec<BlockCount>,
}

/// What one blocking rule gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockCount {
    /// The rule.
    pub rule: String,
    /// Blocks of at least two records.
    pub blocks: u64,
    /// Pairs in them.
    pub pairs: u64,
    /// Records in the largest block.
    pub largest: usize,
    /// Blocks left out for being larger than the model allows, and the records in them.
    pub left_out: (u64, u64),
}

/// What the blocking rules of a model would give, before any pair is made.
#[must_use]
pub fn count_blocks(model: &Model, records: &Records) -> Vec<BlockCount> {
    blocked(model, records)
        .into_iter()
        .map(|blocked| blocked.count)
        .collect()
}

/// Makes the candidate pairs of a model.
///
/// # Errors
/// [`ModelError::TooManyPairs`], before any pair is made.
pub fn block(model: &Model, records: &Records) -> Result<Candidates, ModelError> {
    let blocked = blocked(model, records);
    let pairs: u64 = blocked.iter().map(|b| b.count.pairs).sum();
    if pairs > model.most_pairs {
        let worst = blocked.iter().max_by_key(|b| b.count.pairs);
        return Err(ModelError::TooManyPairs {
            pairs,
            most: model.most_pairs,
            worst: worst.map(|b| b.count.rule.clone()).unwrap_or_default(),
        });
    }
    let rules = model.rules.par_iter().zip(&blocked).enumerate();
    let made = rules.map(|(at, (rule, blocked))| blocked.pairs(rule, 1 << at, records));
    let made: Vec<Vec<_>> = made.collect();
    let mut all: Vec<(u32, u32, u32)> = made.into_iter().flatten().collect::<Vec<_>>().concat();
    all.par_sort_unstable();
    all.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 |= next.2;
        }
        same
    });
    Ok(Candidates {
        pairs: all,
        counts: blocked.into_iter().map(|b| b.count).collect(),
    })
}

/// Pairs of settled records that stand in one block of some rules, each once: of so many records, evenly drawn, with all
/// others.
pub(crate) fn settled_pairs(model: &Model, records: &Records, rules: &[&Rule]) -> Vec<(u32, u32)> {
    /// Records whose pairs are looked at.
    const DRAWN: usize = 1 << 16;
    let settled = |record: u32| records.is_settled(record);
    let count = u32::try_from(records.len).unwrap_or(u32::MAX);
    let all = (0..count).filter(|record| settled(*record)).count();
    let every = u32::try_from(all.div_ceil(DRAWN))
        .unwrap_or(u32::MAX)
        .max(1);
    let is_drawn = |record: u32| record.is_multiple_of(every);
    let parts = Parts::of(rules.iter().copied(), records);
    let mut pairs = Vec::new();
    for rule in rules {
        let drawn = |record: u32| settled(record) && is_drawn(record);
        let wanted = Filter::of(&keys(rule, records, &parts, drawn, |_| true).concat());
        let mut entries = keys(rule, records, &parts, settled, |key| wanted.may_have(key)).concat();
        entries.par_sort_unstable();
        entries.dedup();
        let blocks = entries.chunk_by(|a, b| a.0 == b.0);
        for block in blocks.filter(|block| block.len() <= model.most_in_block(rule)) {
            let block: Vec<u32> = block.iter().map(|(_, record)| *record).collect();
            each_pair(&block, true, records, |a, b| {
                if is_drawn(a) || is_drawn(b) {
                    pairs.push((a, b));
                }
            });
        }
    }
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs
}

fn blocked(model: &Model, records: &Records) -> Vec<Blocked> {
    let parts = Parts::of(model.rules.iter(), records);
    let rules = model.rules.par_iter().enumerate();
    rules
        .map(|(at, rule)| Blocked::by((at, rule), model, records, &parts))
        .collect()
}

/// The keys of some records under each rule of the model, with the records.
pub(crate) fn keys_of(
    model: &Model,
    records: &Records,
    of: impl Fn(u32) -> bool + Sync,
) -> Vec<Vec<(u64, u32)>> {
    let parts = Parts::of(model.rules.iter(), records);
    let rules = model.rules.iter();
    rules
        .map(|rule| keys(rule, records, &parts, &of, |_| true).concat())
        .collect()
}

/// The keys that a record has under a rule, from those that `part` gives of each of the rule's `parts`; in `keys`.
pub(crate) fn combine<P>(
    parts: &[P],
    keys: &mut Vec<u64>,
    next: &mut Vec<u64>,
    mut part: impl FnMut(&P, &mut dyn FnMut(u64)),
) {
    keys.clear();
    keys.push(NO_PART);
    for of in parts {
        next.clear();
        part(of, &mut |key| {
            next.extend(keys.iter().map(|so_far| mix(*so_far, key)));
        });
        next.truncate(MOST_KEYS);
        std::mem::swap(keys, next);
    }
}

/// The key of no part of a rule.
pub(crate) const NO_PART: u64 = 0xcbf2_9ce4_8422_2325;

/// The keys of the values, for each column and part that rules name: a name is that of many records.
struct Parts<'a>(HashMap<(usize, Part), KeysOf<'a>>);

/// What keys the values of a column have.
enum KeysOf<'a> {
    /// One, or 0 for none.
    One(Cow<'a, [u64]>),
    /// Two at most, or 0.
    Two(Vec<[u64; 2]>),
    /// Several, each asked of its value.
    Several,
}

impl<'a> Parts<'a> {
    fn of<'r>(rules: impl Iterator<Item = &'r Rule>, records: &'a Records) -> Self {
        let keys = rules.flat_map(|rule| &rule.keys);
        let keys: HashSet<(usize, Part)> = keys.map(|key| (key.column, key.part)).collect();
        let keys = keys.into_iter().filter_map(|(column, part)| {
            let values = &records.columns.get(column)?.values;
            let one = || Some(KeysOf::One(values.part_keys(part)?));
            let keys = one().or_else(|| Some(KeysOf::Two(values.two_keys(part)?)));
            Some(((column, part), keys.unwrap_or(KeysOf::Several)))
        });
        Self(keys.collect())
    }

    /// The parts of a rule.
    fn of_rule(&'a self, rule: &Rule, records: &'a Records) -> Vec<PartOf<'a>> {
        let parts = rule.keys.iter().filter_map(|key| {
            Some(PartOf {
                column: records.columns.get(key.column)?,
                part: key.part,
                keys: self.0.get(&(key.column, key.part))?,
            })
        });
        parts.collect()
    }
}

/// A part of a rule: a column, what of its values, and the keys of that.
struct PartOf<'a> {
    column: &'a Column,
    part: Part,
    keys: &'a KeysOf<'a>,
}

impl PartOf<'_> {
    /// The keys of a record.
    fn of(&self, record: u32, all: bool, found: &mut dyn FnMut(u64)) {
        for id in self.column.of(record) {
            let at = *id as usize;
            let keys = match self.keys {
                KeysOf::One(keys) => keys.get(at).map(std::slice::from_ref),
                KeysOf::Two(keys) => keys.get(at).map(<[u64; 2]>::as_slice),
                KeysOf::Several => {
                    self.column.values.keys(self.part, *id, all, &mut *found);
                    continue;
                }
            };
            let keys = keys.into_iter().flatten().filter(|key| **key != 0);
            keys.for_each(|key| found(*key));
        }
    }
}

/// What keys a record has under a rule.
pub(crate) enum Has {
    None,
    One(u64),
    /// More may be asked of its values.
    Several,
}

/// Most records have one value of each part, and that has one key.
fn has(parts: &[PartOf<'_>], record: u32) -> Has {
    let mut so_far = NO_PART;
    for part in parts {
        let key = match (part.keys, part.column.of(record)) {
            (_, []) => return Has::None,
            (KeysOf::One(keys), [id]) => keys.get(*id as usize).copied(),
            _ => return Has::Several,
        };
        match key {
            None | Some(0) => return Has::None,
            Some(key) => so_far = mix(so_far, key),
        }
    }
    Has::One(so_far)
}

/// Records that have the key of one rule in common.
struct Blocked {
    count: BlockCount,
    settled: bool,
    /// Block by block; only blocks of two or more, none too large.
    records: Vec<u32>,
    /// Where each block ends.
    ends: Vec<usize>,
}

/// A record with many values of many columns has no more keys than this for one rule.
const MOST_KEYS: usize = 128;

impl Blocked {
    fn by((at, rule): (usize, &Rule), model: &Model, records: &Records, parts: &Parts<'_>) -> Self {
        let settled = |record: u32| records.is_settled(record);
        let mut entries = match rule.settled {
            // Most keys are those of one record: they are asked for twice, and never kept.
            true => {
                let twice = Filter::of_twice(rule, records, parts);
                keys(rule, records, parts, |_| true, |key| twice.may_have(key)).concat()
            }
            // Settled records only matter to such rules where an open one has the same key.
            false => {
                let open = |record: u32| !settled(record);
                let mut entries = keys(rule, records, parts, open, |_| true).concat();
                let wanted = Filter::of(&entries);
                let more = keys(rule, records, parts, settled, |key| wanted.may_have(key));
                entries.extend(more.into_iter().flatten());
                entries
            }
        };
        entries.par_sort_unstable();
        entries.dedup();
        let mut count = BlockCount {
            rule: rule.name.clone(),
            ..BlockCount::default()
        };
        let (mut kept, mut ends) = (Vec::new(), Vec::new());
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            let beyond = records.beyond.blocks.get(&(at, block[0].0));
            let beyond = beyond.map_or(0, |beyond| *beyond as usize);
            let start = kept.len();
            kept.extend(block.iter().map(|(_, record)| *record));
            let most = (rule.settled, model.most_in_block(rule));
            match count.take((&kept[start..], beyond), most, records) {
                true => ends.push(kept.len()),
                false => kept.truncate(start),
            }
        }
        Self {
            count,
            settled: rule.settled,
            records: kept,
            ends,
        }
    }

    /// The pairs of all blocks; where a rule goes by choices of a value's parts, those whose values are near.
    fn pairs(&self, rule: &Rule, bit: u32, records: &Records) -> Vec<Vec<(u32, u32, u32)>> {
        let chosen = rule.keys.iter().filter(|key| key.part.is_near());
        let chosen: Vec<&Column> = chosen
            .filter_map(|key| records.columns.get(key.column))
            .collect();
        let near = |a: u32, b: u32| {
            chosen.iter().all(|column| {
                let mut left = column.of(a).iter();
                left.any(|x| column.of(b).iter().any(|y| column.values.is_near(*x, *y)))
            })
        };
        let starts = [0].par_iter().chain(&self.ends);
        let blocks = self.ends.par_iter().zip(starts);
        let made = blocks.fold(Vec::new, |mut pairs, (end, start)| {
            each_pair(
                &self.records[*start..*end],
                self.settled,
                records,
                |a, b| {
                    if near(a, b) {
                        pairs.push((a, b, bit));
                    }
                },
            );
            pairs
        });
        made.collect()
    }
}

impl BlockCount {
    /// Counts a block, of which some records may be beyond those looked at; whether it has pairs to look at.
    fn take(
        &mut self,
        (block, beyond): (&[u32], usize),
        (settled, most): (bool, usize),
        records: &Records,
    ) -> bool {
        if block.len() < 2 {
            return false;
        }
        let size = block.len() + beyond;
        self.largest = self.largest.max(size);
        if size > most {
            self.left_out.0 += 1;
            self.left_out.1 += size as u64;
            return false;
        }
        let mut pairs = 0;
        each_pair(block, settled, records, |_, _| pairs += 1);
        if pairs > 0 {
            self.blocks += 1;
            self.pairs += pairs;
        }
        pairs > 0
    }
}

fn each_pair(block: &[u32], settled: bool, records: &Records, mut found: impl FnMut(u32, u32)) {
    for (at, a) in block.iter().enumerate() {
        for b in &block[at + 1..] {
            let open = settled || !records.is_settled(*a) || !records.is_settled(*b);
            if open && records.may_pair(*a, *b) {
                found(*a, *b);
            }
        }
    }
}

/// The keys under a rule that are wanted, of the records that are, some records at a time.
fn keys(
    rule: &Rule,
    records: &Records,
    parts: &Parts<'_>,
    of: impl Fn(u32) -> bool + Sync,
    wanted: impl Fn(u64) -> bool + Sync,
) -> Vec<Vec<(u64, u32)>> {
    const CHUNK: u32 = 1 << 14;
    let count = u32::try_from(records.len).unwrap_or(u32::MAX);
    let parts = parts.of_rule(rule, records);
    // A column that isn't there gives no keys.
    if parts.len() < rule.keys.len() {
        return Vec::new();
    }
    let chunks = (0..count.div_ceil(CHUNK)).into_par_iter().map(|chunk| {
        let first = chunk * CHUNK;
        let mut entries = Vec::new();
        let (mut keys, mut next) = (Vec::new(), Vec::new());
        for record in (first..first.saturating_add(CHUNK).min(count)).filter(|record| of(*record)) {
            match has(&parts, record) {
                Has::None => keys.clear(),
                Has::One(key) => {
                    keys.clear();
                    keys.push(key);
                }
                Has::Several => {
                    let all =
                        rule.settled || records.settled.is_empty() || records.is_settled(record);
                    combine(&parts, &mut keys, &mut next, |part, found| {
                        part.of(record, all, found);
                    });
                }
            }
            let wanted = keys.iter().filter(|key| wanted(**key));
            entries.extend(wanted.map(|key| (*key, record)));
        }
        entries
    });
    chunks.collect()
}

/// The key of some parts of a rule with that of one more.
pub(crate) fn mix(so_far: u64, key: u64) -> u64 {
    let mut mixed = (so_far.rotate_left(23) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 29;
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// Whether a key may be among some: two bits of one word say at once that nearly all others are not. The few that it
/// mistakes make blocks of one.
pub(crate) struct Filter {
    bits: Vec<AtomicU64>,
    shift: u32,
}

impl Filter {
    pub(crate) fn of<T>(entries: &[(u64, T)]) -> Self {
        let filter = Self::for_some(entries.len());
        for (key, _) in entries {
            filter.add(*key);
        }
        filter
    }

    /// Of the keys that records have more than once.
    fn of_twice(rule: &Rule, records: &Records, parts: &Parts<'_>) -> Self {
        let [once, twice] = [records.len; 2].map(Self::for_some);
        let note = |key: u64| {
            if once.add(key) {
                twice.add(key);
            }
            false
        };
        keys(rule, records, parts, |_| true, note);
        twice
    }

    pub(crate) fn may_have(&self, key: u64) -> bool {
        let (word, bits) = self.place(key);
        self.bits[word].load(Relaxed) & bits == bits
    }

    fn for_some(keys: usize) -> Self {
        let size = (keys * 16).next_power_of_two().max(64);
        Self {
            bits: (0..size / 64).map(|_| AtomicU64::new(0)).collect(),
            shift: 64 - size.trailing_zeros(),
        }
    }

    /// Adds a key; whether it may have been there.
    fn add(&self, key: u64) -> bool {
        let (word, bits) = self.place(key);
        self.bits[word].fetch_or(bits, Relaxed) & bits == bits
    }

    fn place(&self, key: u64) -> (usize, u64) {
        let spread = spread(key);
        let at = spread >> self.shift;
        let other = spread >> (self.shift - 6);
        ((at / 64) as usize, 1 << (at % 64) | 1 << (other % 64))
    }
}

fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
