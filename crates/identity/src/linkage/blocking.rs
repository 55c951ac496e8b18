//! Candidate pairs: counted first, then made, each once.

use rayon::prelude::*;

use super::model::{Model, ModelError, Rule};
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
    let rules = model.rules.par_iter();
    rules
        .map(|rule| Blocked::by(rule, model, records).count)
        .collect()
}

/// Makes the candidate pairs of a model.
///
/// # Errors
/// [`ModelError::TooManyPairs`], before any pair is made.
pub fn block(model: &Model, records: &Records) -> Result<Candidates, ModelError> {
    let blocked: Vec<Blocked> = model
        .rules
        .par_iter()
        .map(|rule| Blocked::by(rule, model, records))
        .collect();
    let pairs: u64 = blocked.iter().map(|b| b.count.pairs).sum();
    if pairs > model.most_pairs {
        let worst = blocked.iter().max_by_key(|b| b.count.pairs);
        return Err(ModelError::TooManyPairs {
            pairs,
            most: model.most_pairs,
            worst: worst.map(|b| b.count.rule.clone()).unwrap_or_default(),
        });
    }
    let mut all: Vec<(u32, u32, u32)> = blocked
        .par_iter()
        .enumerate()
        .map(|(at, blocked)| blocked.pairs(1 << at, records))
        .reduce(Vec::new, |mut all, more| {
            all.extend(more);
            all
        });
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

/// Records sorted by the key of one rule.
struct Blocked {
    count: BlockCount,
    settled: bool,
    /// Key and record, sorted; only blocks of two or more, none too large.
    entries: Vec<(u64, u32)>,
}

/// A record with many values of many columns has no more keys than this for one rule.
const MOST_KEYS: usize = 16;

impl Blocked {
    fn by(rule: &Rule, model: &Model, records: &Records) -> Self {
        let count = u32::try_from(records.len).unwrap_or(u32::MAX);
        let open = |record: &u32| rule.settled || !records.is_settled(*record);
        // Settled records only matter to such rules where an open one has the same key.
        let mut entries = keys(rule, records, (0..count).filter(open));
        if !rule.settled {
            let mut wanted: Vec<u64> = entries.iter().map(|(key, _)| *key).collect();
            wanted.par_sort_unstable();
            wanted.dedup();
            let wanted = Filter::new(&wanted);
            let settled = (0..count).filter(|record| records.is_settled(*record));
            let more = keys(rule, records, settled);
            entries.extend(more.into_iter().filter(|(key, _)| wanted.has(*key)));
        }
        entries.par_sort_unstable();
        entries.dedup();
        let mut blocked = Self {
            count: BlockCount {
                rule: rule.name.clone(),
                ..BlockCount::default()
            },
            settled: rule.settled,
            entries: Vec::new(),
        };
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            blocked.take(block, model.most_records_in_block, records);
        }
        blocked
    }

    fn take(&mut self, block: &[(u64, u32)], most: usize, records: &Records) {
        if block.len() < 2 {
            return;
        }
        let count = &mut self.count;
        count.largest = count.largest.max(block.len());
        if block.len() > most {
            count.left_out.0 += 1;
            count.left_out.1 += block.len() as u64;
            return;
        }
        let mut pairs = 0;
        each_pair(block, self.settled, records, |_, _| pairs += 1);
        if pairs > 0 {
            count.blocks += 1;
            count.pairs += pairs;
            self.entries.extend_from_slice(block);
        }
    }

    fn pairs(&self, rule: u32, records: &Records) -> Vec<(u32, u32, u32)> {
        let mut pairs = Vec::with_capacity(usize::try_from(self.count.pairs).unwrap_or(0));
        for block in self.entries.chunk_by(|a, b| a.0 == b.0) {
            each_pair(block, self.settled, records, |a, b| {
                pairs.push((a, b, rule))
            });
        }
        pairs
    }
}

fn each_pair(
    block: &[(u64, u32)],
    settled: bool,
    records: &Records,
    mut found: impl FnMut(u32, u32),
) {
    for (at, (_, a)) in block.iter().enumerate() {
        for (_, b) in &block[at + 1..] {
            let open = settled || !records.is_settled(*a) || !records.is_settled(*b);
            if open && records.may_pair(*a, *b) {
                found(*a, *b);
            }
        }
    }
}

/// The keys of records under a rule.
fn keys(rule: &Rule, records: &Records, of: impl Iterator<Item = u32>) -> Vec<(u64, u32)> {
    let mut entries = Vec::new();
    let (mut keys, mut next) = (Vec::new(), Vec::new());
    for record in of {
        keys.clear();
        keys.push(0xcbf2_9ce4_8422_2325_u64);
        for part in &rule.keys {
            next.clear();
            if let Some(column) = records.columns.get(part.column) {
                for id in column.of(record) {
                    column.values.keys(part.part, *id, |key| {
                        next.extend(keys.iter().map(|so_far| mix(*so_far, key)));
                    });
                }
            }
            next.truncate(MOST_KEYS);
            std::mem::swap(&mut keys, &mut next);
        }
        entries.extend(keys.iter().map(|key| (*key, record)));
    }
    entries
}

fn mix(so_far: u64, key: u64) -> u64 {
    let mut mixed = (so_far.rotate_left(23) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 29;
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// Whether a key is among sorted ones; most are not, and a bit per hash says so at once.
struct Filter<'a> {
    keys: &'a [u64],
    bits: Vec<u64>,
    shift: u32,
}

impl<'a> Filter<'a> {
    fn new(keys: &'a [u64]) -> Self {
        let size = (keys.len() * 16).next_power_of_two().max(64);
        let shift = 64 - size.trailing_zeros();
        let mut bits = vec![0_u64; size / 64];
        for key in keys {
            let at = spread(*key) >> shift;
            bits[(at / 64) as usize] |= 1 << (at % 64);
        }
        Self { keys, bits, shift }
    }

    fn has(&self, key: u64) -> bool {
        let at = spread(key) >> self.shift;
        self.bits[(at / 64) as usize] >> (at % 64) & 1 == 1 && self.keys.binary_search(&key).is_ok()
    }
}

fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
