//! Touch: which residents a delivery may change, and with them the rows of the lake that a run has to read.
//!
//! ```text
//! new rows ─▶ those they name ─▶ those with whom they could be one ─▶ those who share rows or numbers with any of them
//! ```
//! All others are left alone: what links them, and what is fused of them, rests on nothing that is new.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use ahash::RandomState;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::FieldRef;
use rayon::prelude::*;
use rongtong_contracts::FeedName;
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::Model;
use rongtong_identity::residents::{
    Around, Known, Linkage, Registry, Said, Trait, building_key, is_known_by,
};
use rongtong_standards::address::building;

use crate::columns::{keys_of, texts};
use crate::error::RunError;
use crate::fuse;
use crate::grid::{CELLS, Grid};
use crate::load;
use crate::plan::FeedPlan;
use crate::registry;
use crate::resolve::all_mentions;
use crate::rows::FeedRows;
use crate::splice::{KEY, Keys};
use crate::stated::{StatedNumbers, stated};
use crate::tables::{self, HOMES, IDENTITIES, RECORDS, RESIDENTS};
use crate::take::Taken;
use crate::wanted::{Wanted, in_parts};
use crate::work::Work;

/// What a delivery may change.
pub(crate) struct Touched {
    /// The keys of the residents, and keys that hang together with theirs.
    pub(crate) keys: Arc<Keys>,
    /// Their rows, one entry a plan; and all rows of feeds that name nobody.
    pub(crate) feeds: Vec<FeedRows>,
    /// All records of the last release.
    pub(crate) known: Known,
    /// Which buildings lie in which cells, by all rows.
    pub(crate) grid: Grid,
}

impl Touched {
    /// No rows are among those looked at and among those left alone as well: nobody outside got or shares a key.
    pub(crate) fn holds(&self, feeds: &[FeedRows]) -> Result<(), RunError> {
        // All feeds know the keys of all.
        let keys = feeds.iter().take(1).flat_map(|feed| &*feed.keys);
        let outside = keys.filter(|key| !self.keys.contains(key));
        let outside: Keys = outside.copied().collect();
        let known = self.known.records().par_iter();
        match known.any(|record| outside.contains(&record.resident_key)) {
            true => Err(RunError::LeftAlone),
            false => Ok(()),
        }
    }
}

/// What linking goes by.
pub(crate) struct Going<'a> {
    pub(crate) model: &'a Model,
    /// Whether the last release has learned for the model.
    pub(crate) learned: bool,
    /// The table `links`.
    pub(crate) links: &'a [RecordBatch],
    /// The digest of the rules.
    pub(crate) rules: &'a str,
}

impl Work<'_> {
    /// What the new rows may change; `None` where everything is to be looked at: much is new, or what is known was made
    /// by other rules.
    pub(crate) async fn touched(
        &self,
        plans: &[FeedPlan<'_>],
        taken: &BTreeMap<FeedName, Taken>,
        going: &Going<'_>,
    ) -> Result<Option<Touched>, RunError> {
        let new: usize = taken.values().map(|taken| taken.rows.len()).sum();
        let moves_cells = taken.keys().any(|feed| feed.to_string() == CELLS);
        if moves_cells || !going.learned || !is_known_by(going.model) || self.is_much(new) {
            return Ok(None);
        }
        if !self.is_of_these_columns(plans).await? {
            return Ok(None);
        }
        // All that is going to be read: the search leaves a core idle now and then.
        let standard = plans.iter().map(|plan| &plan.binding.feed);
        let standard = standard.map(tables::standard_name);
        let tables = [RECORDS, IDENTITIES].map(str::to_owned).into_iter();
        let fused = [RESIDENTS, HOMES].map(str::to_owned);
        let tables = tables.chain(standard).chain(fused);
        self.base.compare_ahead(tables).await?;
        let Some(known) = registry::known(self.base, going.rules).await? else {
            return Ok(None);
        };
        let taken: Vec<&FeedRows> = taken.values().map(|taken| &taken.rows).collect();
        let ties = self.ties(plans, &taken, &known).await?;

        let Named { named, broken, all } = self.named(&taken, &known, going.links).await?;
        let asks = tokio::task::block_in_place(|| {
            let around = Around::of(&known, &named);
            let linkage = Linkage {
                maker: self.keys,
                model: going.model,
                registry: &Registry::default(),
                around: Some(&around),
            };
            let mentions = all_mentions(self.run.pipeline, taken.iter().copied());
            linkage.asks(mentions, (&known, &broken))
        })?;
        let new_records = asks.new_records();
        if new_records * 10 >= known.records().len() {
            return Ok(None);
        }
        let mut keys = tokio::task::block_in_place(|| {
            let open = known.open();
            let near = all.par_iter().flat_map_iter(|some| some.near(&asks, &open));
            let mut keys = asks.residents(&known);
            keys.extend(near.collect::<Vec<_>>());
            keys
        });
        drop(all);
        let (grid, moved) = self.grid(plans, &taken, &known).await?;
        keys.extend(moved);
        keys.extend(named);
        keys.extend(&ties.annulled_together);
        ties.close(&mut keys);
        let keys = Arc::new(keys);
        let wanted = (&Wanted::Those(Arc::clone(&keys)), &HashSet::new());
        let feeds = self.load_those(plans, going.links, wanted).await?;
        let touched = Touched {
            keys,
            feeds,
            known,
            grid,
        };
        touched.holds(&touched.feeds)?;
        tracing::info!(
            residents = touched.keys.len(),
            new_records,
            known_records = touched.known.records().len(),
            "looked at alone"
        );
        Ok(Some(touched))
    }

    /// Whether so many new rows are too many to be looked at alone.
    fn is_much(&self, rows: usize) -> bool {
        rows as u64 >= self.rows_of(RECORDS)
    }

    /// Whether the tables of all feeds have the columns of their contracts.
    async fn is_of_these_columns(&self, plans: &[FeedPlan<'_>]) -> Result<bool, RunError> {
        for plan in plans {
            let spec = tables::standard(&plan.contract);
            if let Some(held) = self.base.schema(&spec.name).await? {
                let (held, wanted) = (held.fields(), spec.schema.fields());
                let same = |(a, b): (&FieldRef, &FieldRef)| {
                    a.name() == b.name() && a.data_type().equals_datatype(b.data_type())
                };
                if held.len() != wanted.len() || !held.iter().zip(wanted).all(same) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The known residents whom new rows name: by a number, or by a record that a feed sent before.
    async fn named(
        &self,
        taken: &[&FeedRows],
        known: &Known,
        links: &[RecordBatch],
    ) -> Result<Named, RunError> {
        let said = tokio::task::block_in_place(|| {
            let mentions = all_mentions(self.run.pipeline, taken.iter().copied());
            Said::of(&mentions, self.keys)
        })?;
        let mut named: Keys = known.said(&said).collect();
        for batch in links {
            let [owns, residents, others] = ["own_key", "resident_key", "other_key"]
                .map(|column| keys_of(batch, tables::LINKS, column));
            for ((own, resident), other) in owns?.into_iter().zip(residents?).zip(others?) {
                let is_said =
                    |key: ResidentKey| said.numbers.contains(&key) || said.mentions.contains(&key);
                if own.is_some_and(is_said) {
                    named.extend(resident.into_iter().chain(other));
                }
            }
        }
        let columns = [
            "resident_key",
            "id_type",
            "id_number",
            "number_status",
            "mention_key",
        ];
        let before = Arc::new(named.clone());
        let of = move |_, batch: RecordBatch| {
            Ok((stated(&batch, &said, &before)?, StatedNumbers::of(&batch)?))
        };
        let (mut broken, mut all) = (Vec::new(), Vec::new());
        in_parts(self.base, IDENTITIES, Some(&columns), of, |parts| {
            for (stated, numbers) in parts {
                for (resident, number) in stated {
                    named.insert(resident);
                    broken.extend(number.map(|number| (resident, number)));
                }
                all.push(numbers);
            }
            Ok(())
        })
        .await?;
        Ok(Named { named, broken, all })
    }

    /// Which residents can't be looked at one without the other.
    async fn ties(
        &self,
        plans: &[FeedPlan<'_>],
        taken: &[&FeedRows],
        known: &Known,
    ) -> Result<Ties, RunError> {
        let mut ties = Ties::default();
        known.ties().for_each(|[a, b]| ties.tie(a, b));
        for plan in plans.iter().filter(|plan| plan.contract.mentions.len() > 1) {
            let contract = &plan.contract;
            let together = fuse::void_together(contract);
            let new = taken
                .iter()
                .filter(|feed| feed.contract.feed == contract.feed);
            let mut said = HashSet::new();
            for (feed, name) in new.zip(together) {
                for batch in &feed.batches {
                    let at = feed.column(name);
                    let cells = at
                        .and_then(|at| batch.columns.get(at))
                        .map(|cells| cells.get());
                    if let Some(cells) = cells.transpose()? {
                        let cells = cells.as_string_view().iter().flatten();
                        said.extend(cells.map(str::to_owned));
                    }
                }
            }
            let key_columns = tables::key_columns(contract);
            let columns = key_columns.iter().map(String::as_str).chain(together);
            let columns: Vec<&str> = columns.collect();
            let table = tables::standard_name(&contract.feed);
            let mut by_text: HashMap<String, ResidentKey, RandomState> = HashMap::default();
            let whole = |_, batch| Ok(batch);
            in_parts(self.base, &table, Some(&columns), whole, |read| {
                for batch in read {
                    let columns = key_columns.iter();
                    let columns = columns.map(|name| keys_of(&batch, &table, name));
                    let columns: Vec<Vec<Option<ResidentKey>>> =
                        columns.collect::<Result<_, _>>()?;
                    let together = together.map(|name| texts(&batch, &table, name));
                    let together = together.transpose()?;
                    for row in 0..batch.num_rows() {
                        let mut keys = columns.iter().filter_map(|keys| keys[row]);
                        let Some(first) = keys.next() else { continue };
                        keys.for_each(|key| ties.tie(first, key));
                        let Some(text) = together.filter(|texts| texts.is_valid(row)) else {
                            continue;
                        };
                        let text = text.value(row);
                        if said.contains(text) {
                            ties.annulled_together.push(first);
                        }
                        match by_text.get(text) {
                            Some(other) => ties.tie(first, *other),
                            None => {
                                by_text.insert(text.to_owned(), first);
                            }
                        }
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(ties)
    }

    /// The grid, and the residents of buildings of which the new rows tell another cell.
    async fn grid(
        &self,
        plans: &[FeedPlan<'_>],
        taken: &[&FeedRows],
        known: &Known,
    ) -> Result<(Grid, Vec<ResidentKey>), RunError> {
        let holds = |plan: &&FeedPlan<'_>| plan.binding.feed.to_string() == CELLS;
        let mut grid = match plans.iter().find(holds) {
            Some(plan) => {
                let numbers = load::Numbers::default();
                let nobody = Wanted::Those(Arc::default());
                let cells = self.load(plan, &numbers, &nobody).await?;
                Grid::from_cells(&cells)?
            }
            None => return Ok((Grid::default(), Vec::new())),
        };
        for plan in plans {
            for home in &plan.contract.homes {
                let (Some(longitude), Some(latitude)) = (&home.longitude, &home.latitude) else {
                    continue;
                };
                let columns = [longitude.as_str(), latitude.as_str(), home.address.as_str()];
                let table = tables::standard_name(&plan.binding.feed);
                let whole = |_, batch| Ok(batch);
                in_parts(self.base, &table, Some(&columns), whole, |read| {
                    grid.locate((&table, &read), columns)
                })
                .await?;
            }
        }
        let moved: HashSet<u64, RandomState> = grid
            .locate_more(taken.iter().copied())?
            .iter()
            .map(String::as_str)
            .map(building_key)
            .collect();
        let residents = match moved.is_empty() {
            true => Vec::new(),
            false => self.housed(moved, known).await?,
        };
        Ok((grid, residents))
    }

    /// The residents who have a home in one of some buildings.
    async fn housed(
        &self,
        buildings: HashSet<u64, RandomState>,
        known: &Known,
    ) -> Result<Vec<ResidentKey>, RunError> {
        let mut housed = known.having(Trait::Building, &buildings);
        // Records don't say addresses that very many share, such as a hostel's.
        let shared = known.common_addresses();
        let of = move |_, batch: RecordBatch| {
            let keys = keys_of(&batch, HOMES, KEY)?.into_iter();
            let homes = keys.zip(texts(&batch, HOMES, "address")?);
            let homes = homes.filter_map(|(key, address)| Some((key?, address?)));
            let shared = homes.filter(|(_, address)| shared.has(address));
            let housed = shared.filter(|(_, address)| {
                let building = building(address).map(|building| building_key(&building.key));
                building.is_some_and(|building| buildings.contains(&building))
            });
            Ok(housed.map(|(key, _)| key).collect::<Vec<_>>())
        };
        let columns = [KEY, "address"];
        in_parts(self.base, HOMES, Some(&columns), of, |found| {
            housed.extend(found.into_iter().flatten());
            Ok(())
        })
        .await?;
        Ok(housed)
    }
}

/// Whom new rows name, and what `identities` says. Personal data: no `Debug`.
struct Named {
    named: Keys,
    /// The broken numbers that those state.
    broken: Vec<(ResidentKey, Box<str>)>,
    /// The numbers of all.
    all: Vec<StatedNumbers>,
}

/// Keys that can't be looked at one without the other.
#[derive(Default)]
struct Ties {
    of: HashMap<ResidentKey, Vec<ResidentKey>, RandomState>,
    /// Those whose rows new ones may annul, or are annulled by.
    annulled_together: Vec<ResidentKey>,
}

impl Ties {
    fn tie(&mut self, one: ResidentKey, other: ResidentKey) {
        if one != other {
            self.of.entry(one).or_default().push(other);
            self.of.entry(other).or_default().push(one);
        }
    }

    /// Adds all keys that hang together with some.
    fn close(&self, keys: &mut Keys) {
        let mut next: Vec<ResidentKey> = keys.iter().copied().collect();
        while let Some(key) = next.pop() {
            for other in self.of.get(&key).into_iter().flatten() {
                if keys.insert(*other) {
                    next.push(*other);
                }
            }
        }
    }
}
