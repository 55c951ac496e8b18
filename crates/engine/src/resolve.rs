//! Resolve: every mention of every feed gets its resident key.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::StringViewArray;
use arrow::error::ArrowError;
use rongtong_connector_kit::{Finding, rules};
use rongtong_contracts::{Mention, Pipeline};
use rongtong_identity::linkage::Model;
use rongtong_identity::residents::{
    Around, ByNumber, Linkage, Mentions, Registry, Resolution, Resolved,
};
use rongtong_identity::{KeyMaker, ResidentKey};
use rongtong_standards::identity::IdStatus;

use crate::error::RunError;
use crate::found::FoundIn;
use crate::rows::{Evidence, FeedRows, MentionRows, NEW, RowBatch};
use crate::tables;

/// What resolving changed in one feed.
#[derive(Debug, Default)]
pub(crate) struct ResolvedFeed {
    /// Whether a mention's key or status is another than before.
    pub(crate) changed: bool,
    /// Contested numbers.
    pub(crate) found: FoundIn,
    /// What changed in rows that have a place in a table: in the feed's own, and of `identities` the keys.
    pub(crate) cells: BTreeMap<String, Cells>,
    pub(crate) number_keys: Cells,
}

/// Cells by their rows' places.
pub(crate) type Cells = BTreeMap<u64, Option<String>>;

impl ResolvedFeed {
    /// Notes what changed in the rows of a mention; `keys` are those of all.
    fn note(
        &mut self,
        places: &[u64],
        (mention, spec): (&MentionRows, &Mention),
        (now, keys): (&Resolved, &[ResidentKey]),
    ) {
        let (status_name, key_name) = tables::columns_of(spec);
        let places = places
            .iter()
            .enumerate()
            .filter(|(_, place)| **place != NEW);
        for (row, place) in places {
            let key = keys.get(now.key[row] as usize).copied();
            let status = now.status[row];
            if mention.before[row] != key {
                let text = key.map(|key| key.to_string());
                if let Some(number) = mention.number_place.get(row).filter(|at| **at != NEW) {
                    self.number_keys.insert(*number, text.clone());
                }
                self.cells
                    .entry(key_name.clone())
                    .or_default()
                    .insert(*place, text);
            }
            if mention.status[row] != status {
                let word = Some(status.as_str().to_owned());
                self.cells
                    .entry(status_name.clone())
                    .or_default()
                    .insert(*place, word);
            }
        }
    }
}

/// How mentions come by their keys.
pub(crate) enum Resolver<'a> {
    /// By good numbers alone.
    ByNumber(&'a KeyMaker),
    /// By all the evidence there is.
    Linkage {
        keys: &'a KeyMaker,
        model: &'a Model,
        registry: &'a Registry,
        /// The records that are left alone, where not all rows are looked at.
        around: Option<&'a Around<'a>>,
    },
}

/// Resolves all feeds together; the result stands in their mentions. One entry a feed. `gone` are rows that
/// no longer count but tell who someone was.
pub(crate) fn resolve(
    pipeline: &Pipeline,
    feeds: &mut [FeedRows],
    gone: &[FeedRows],
    resolver: &Resolver<'_>,
) -> Result<(Vec<ResolvedFeed>, Resolution), RunError> {
    // What only gathering needs is the resolver's own, which forgets it.
    let said = feeds.iter_mut().flat_map(|feed| &mut feed.batches);
    let said: Vec<_> = said
        .map(|batch| std::mem::take(&mut batch.evidence))
        .collect();
    let mut said = said.into_iter();
    let mut batches = mentions_of(pipeline, feeds.iter(), |_| said.next().unwrap_or_default());
    let resolution = match resolver {
        Resolver::ByNumber(keys) => ByNumber::new(keys).resolve(&batches)?,
        Resolver::Linkage {
            keys,
            model,
            registry,
            around,
        } => {
            for feed in gone {
                let last = (u16::MAX, u16::MAX);
                batches.extend(
                    feed.batches
                        .iter()
                        .flat_map(|batch| mentions((feed, batch), &batch.evidence, last, false)),
                );
            }
            let linkage = Linkage {
                maker: keys,
                model,
                registry,
                around: *around,
            };
            let resolution = linkage.resolve(std::mem::take(&mut batches))?;
            for count in &resolution.blocks {
                let (rule, blocks, pairs) = (&count.rule, count.blocks, count.pairs);
                let (largest, left_out) = (count.largest, count.left_out.0);
                tracing::debug!(rule, blocks, pairs, largest, left_out, "blocked");
            }
            resolution
        }
    };
    drop(batches);
    Ok(apply(feeds, resolution)?)
}

/// The mentions of all rows of feeds.
pub(crate) fn all_mentions<'a>(
    pipeline: &Pipeline,
    feeds: impl Iterator<Item = &'a FeedRows>,
) -> Vec<Mentions<'a>> {
    mentions_of(pipeline, feeds, |batch| batch.evidence.clone())
}

/// The same, with what `said` tells of each batch.
fn mentions_of<'a>(
    pipeline: &Pipeline,
    feeds: impl Iterator<Item = &'a FeedRows>,
    mut said: impl FnMut(&RowBatch) -> Vec<Evidence>,
) -> Vec<Mentions<'a>> {
    let mut all = Vec::new();
    for feed in feeds {
        let bound = pipeline.bindings.iter();
        let at = bound
            .take_while(|binding| binding.feed != feed.contract.feed)
            .count();
        let place = (u16::try_from(at).unwrap_or(u16::MAX), rank(pipeline, feed));
        for batch in &feed.batches {
            all.extend(mentions((feed, batch), &said(batch), place, true));
        }
    }
    all
}

/// The feed's place in the authority order for names.
fn rank(pipeline: &Pipeline, feed: &FeedRows) -> u16 {
    let names = pipeline.authority.get("name");
    let names = names.map(|a| a.feeds.as_slice()).unwrap_or_default();
    let at = names.iter().position(|name| *name == feed.contract.feed);
    u16::try_from(at.unwrap_or(names.len())).unwrap_or(u16::MAX)
}

/// The mentions of a batch, role by role, which say so much of who they are; `place` is the feed's number and its rank.
fn mentions<'a, 'e>(
    (feed, batch): (&'a FeedRows, &'a RowBatch),
    said: &'e [Evidence],
    place: (u16, u16),
    in_force: bool,
) -> impl Iterator<Item = Mentions<'a>> + use<'a, 'e> {
    let position = |column: &String| feed.column(column);
    let roles = batch.mentions.iter().zip(&feed.contract.mentions);
    let roles = roles.zip(said).enumerate();
    roles.map(move |(at, ((mention, spec), evidence))| {
        let stated = ["address", "hukou_address"];
        let stated = stated
            .iter()
            .filter_map(|attribute| spec.attributes.get(*attribute));
        // Homes are those of the first person a row names.
        let homes = |owner: bool| {
            let homes = feed.contract.homes.iter().filter(move |_| at == 0);
            let homes = homes.filter(move |home| (home.relation == "owner") == owner);
            homes.map(|home| &home.address)
        };
        // Who owns one unit are a household as well, as far as its rows go.
        let unit = || {
            let home = feed.contract.homes.iter().find(|_| at == 0);
            home.and_then(|home| home.unit_no.as_ref())
        };
        let mut columns: Vec<&String> = stated.chain(homes(false)).collect();
        columns.sort_unstable();
        columns.dedup();
        let rows = 0..batch.len();
        Mentions {
            feed: place.0,
            rank: place.1,
            known: batch.known,
            in_force,
            status: &mention.number_status,
            document: &mention.document,
            body: &mention.body,
            written: &mention.written,
            name: evidence.name.clone(),
            birth_date: evidence.birth_date.clone(),
            sex: evidence.sex.clone(),
            phone: spec.attributes.get("phone").and_then(position),
            addresses: columns.into_iter().filter_map(position).collect(),
            owned: homes(true).filter_map(position).collect(),
            household: spec
                .attributes
                .get("household_no")
                .or_else(unit)
                .and_then(position),
            companions: others(said, at),
            time: evidence.time.clone(),
            as_of: rows.map(|row| feed.as_of(batch, row)).collect(),
            rows: batch,
            own_keys: &mention.own_keys,
            before: &mention.before,
        }
    })
}

/// The names of the other people of the rows.
fn others(said: &[Evidence], mention: usize) -> Vec<StringViewArray> {
    let all = said.iter().enumerate();
    let others = all.filter(|(at, _)| *at != mention);
    others.map(|(_, other)| other.name.clone()).collect()
}

/// Puts the keys into the mentions.
fn apply(
    feeds: &mut [FeedRows],
    mut resolution: Resolution,
) -> Result<(Vec<ResolvedFeed>, Resolution), ArrowError> {
    let mut resolved = std::mem::take(&mut resolution.batches).into_iter();
    let mut links = std::mem::take(&mut resolution.link_of).into_iter();
    let keys = Arc::clone(&resolution.keys);
    let applied = feeds.iter_mut().map(|feed| {
        let mut result = ResolvedFeed::default();
        feed.keys = Arc::clone(&keys);
        for batch in &mut feed.batches {
            for (mention, spec) in batch.mentions.iter_mut().zip(&feed.contract.mentions) {
                let Some(now) = resolved.next() else {
                    continue;
                };
                result.note(&batch.place, (mention, spec), (&now, &keys));
                let before = mention.before.iter().copied();
                let same = before.eq(now.key.iter().map(|at| keys.get(*at as usize).copied()));
                let Resolved { key, status, basis } = now;
                result.changed |= !same || mention.status != status;
                let rows = status.iter().enumerate();
                let contested = rows.filter(|(_, status)| **status == IdStatus::Contested);
                let contested: Vec<usize> = contested.map(|(row, _)| row).collect();
                if !contested.is_empty() {
                    let source_rows = batch.row.get()?;
                    for row in contested {
                        let origin = &feed.origins[batch.origin[row] as usize];
                        let finding = Finding {
                            row: source_rows.get(row).copied(),
                            column: spec.id_number.clone(),
                            rule: &rules::ID_CONTESTED,
                        };
                        result.found.flag(origin, [finding]);
                    }
                }
                mention.link = links.next().unwrap_or_default();
                mention.before = Vec::new();
                mention.key = key;
                mention.status = status;
                mention.basis = basis;
            }
        }
        Ok(result)
    });
    Ok((applied.collect::<Result<_, ArrowError>>()?, resolution))
}
