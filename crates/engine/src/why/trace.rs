//! From a value of a resident to the row, and the cell as it was received, that it rests on.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Date32Array};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rongtong_connector_kit::packing;
use rongtong_contracts::{Contract, FeedName, Pipeline};
use rongtong_formats::{Limits, open};
use rongtong_identity::ResidentKey;
use rongtong_identity::residents::KEYLESS;

use super::WhyAttribute;
use crate::error::RunError;
use crate::fuse::{Along, Groups, Picks, claimed, derived_rows, places};
use crate::grid::CELLS;
use crate::ledger::{Entry, Ledger};
use crate::load::{self, Numbers};
use crate::order::Order;
use crate::rows::{FeedRows, RowAt, index};
use crate::scratch::Scratch;
use crate::session::View;
use crate::{run, tables};

/// Reads a release backwards.
pub(super) struct Tracer<'a> {
    pipeline: &'a Pipeline,
    view: &'a View,
    ledger: Ledger,
}

impl<'a> Tracer<'a> {
    pub(super) async fn open(pipeline: &'a Pipeline, view: &'a View) -> Result<Self, RunError> {
        let ledger = run::ledger(&view.reader).await?;
        Ok(Self {
            pipeline,
            view,
            ledger,
        })
    }

    /// What every feed says of a resident, chosen within the feed as a run does.
    /// `sources` are the feeds that won, by attribute.
    pub(super) async fn claims(
        &self,
        key: ResidentKey,
        grid_code: Option<&str>,
        sources: &BTreeMap<&str, String>,
    ) -> Result<Vec<WhyAttribute>, RunError> {
        let mut claims = Vec::new();
        for contract in self.pipeline.contracts.values() {
            let wanted = match contract.mentions.is_empty() {
                false => naming(contract, key),
                true => match grid_code.filter(|_| contract.feed.to_string() == CELLS) {
                    Some(code) => format!("grid_code = '{}'", code.replace('\'', "''")),
                    None => continue,
                },
            };
            let Some(rows) = self.rows(contract, &wanted).await? else {
                continue;
            };
            let order = Order::of_mentions(&rows)?;
            let rank = rows.keys.binary_search(&key).ok().map(index);
            let groups = Along::new(&rows, &order).groups(&[rank.unwrap_or(KEYLESS)]);
            self.declared(&rows, &groups, &mut claims).await?;
            for (attribute, column, at) in derived_rows(&groups, &rows)? {
                claims.push(self.claim(&rows, attribute, column, at).await?);
            }
            self.on_number(&rows, &groups, sources, &mut claims)?;
        }
        Ok(claims)
    }

    /// Sex and birth date that no column stated: they rest on the row with the number. The number itself
    /// isn't shown.
    fn on_number(
        &self,
        rows: &FeedRows,
        groups: &Groups<'_>,
        sources: &BTreeMap<&str, String>,
        claims: &mut Vec<WhyAttribute>,
    ) -> Result<(), RunError> {
        let feed = rows.contract.feed.to_string();
        for attribute in ["sex", "birth_date"] {
            let stated = claims
                .iter()
                .any(|c| c.attribute == attribute && c.feed == feed);
            if stated || sources.get(attribute) != Some(&feed) {
                continue;
            }
            let Picks(picks) = groups.newest(|at| {
                rows.mention(at)
                    .is_some_and(|m| m.status[at.row as usize].is_usable())
            });
            if let Some(at) = picks.first().copied().flatten() {
                claims.push(place(rows, attribute, at)?);
            }
        }
        Ok(())
    }

    async fn declared(
        &self,
        rows: &FeedRows,
        groups: &Groups<'_>,
        claims: &mut Vec<WhyAttribute>,
    ) -> Result<(), RunError> {
        let contract = &rows.contract;
        for (attribute, _) in claimed(self.pipeline, contract) {
            let places = places(contract, attribute);
            let column = places
                .iter()
                .flatten()
                .next()
                .and_then(|at| tables::standard_column(contract, *at));
            let Some(column) = column else { continue };
            let Picks(picks) = groups.newest_of(&places, &column.unknown_codes);
            let Some(at) = picks.first().copied().flatten() else {
                continue;
            };
            if let Some(place) = places.get(at.mention as usize).copied().flatten() {
                claims.push(self.claim(rows, attribute, place, at).await?);
            }
        }
        Ok(())
    }

    /// The rows of a feed that fulfil `wanted`; `None` if the lake lacks the feed.
    async fn rows(&self, contract: &Contract, wanted: &str) -> Result<Option<FeedRows>, RunError> {
        let feed = &contract.feed;
        if !self.view.reader.has(&tables::standard_name(feed)) {
            return Ok(None);
        }
        let query = format!("SELECT * FROM standard.{feed} WHERE {wanted}");
        let batches = self.view.ask(&query).await?;
        let as_of = |delivery: &str| self.entry(feed, delivery).map_or(0, |entry| entry.as_of);
        let mut rows = FeedRows::new(Arc::new(contract.clone()));
        let all: Vec<_> = batches
            .into_iter()
            .map(|batch| (batch, Vec::new()))
            .collect();
        load::load(&mut rows, &all, &Numbers::default(), as_of)?;
        rows.keep_keys();
        Ok(Some(rows))
    }

    async fn claim(
        &self,
        rows: &FeedRows,
        attribute: &str,
        column: usize,
        at: RowAt,
    ) -> Result<WhyAttribute, RunError> {
        let batch = &rows.batches[at.batch as usize];
        let format = FormatOptions::default();
        let value = ArrayFormatter::try_new(&batch.columns[column].get()?, &format)?
            .value(at.row as usize)
            .to_string();
        let headings = tables::standard_column(&rows.contract, column)
            .map(|c| c.headings.as_slice())
            .unwrap_or_default();
        let place = place(rows, attribute, at)?;
        Ok(WhyAttribute {
            value,
            received: self.received(&rows.contract.feed, &place, headings).await?,
            ..place
        })
    }

    /// The cell as it was received, read again from the archive.
    async fn received(
        &self,
        feed: &FeedName,
        place: &WhyAttribute,
        headings: &[String],
    ) -> Result<Option<String>, RunError> {
        let key = self
            .entry(feed, &place.delivery)
            .filter(|e| e.archived.is_some())
            .and_then(Entry::archive_key);
        let (Some(key), Some(binding)) = (key, self.pipeline.binding(feed)) else {
            return Ok(None);
        };
        let scratch = Scratch::new()?;
        let Some(path) = self.view.lake.archive().fetch(&key, scratch.path()).await? else {
            return Ok(None);
        };
        let member = place.source_file.split_once('!').map(|(_, member)| member);
        // The archive may have gone bad since; the value's place is known all the same.
        let Ok(parts) = open(&path, &packing(binding), &Limits::default()) else {
            return Ok(None);
        };
        for part in parts
            .flatten()
            .filter(|part| part.member.as_deref() == member)
        {
            let mut reader = part.reader;
            while let Ok(Some(batch)) = reader.next_batch() {
                let Some(at) = batch
                    .row_numbers
                    .iter()
                    .position(|number| *number == place.source_row)
                else {
                    continue;
                };
                let schema = batch.rows.schema();
                let column = schema
                    .fields()
                    .iter()
                    .position(|f| headings.contains(f.name()));
                let cells = column.map(|c| batch.rows.column(c).as_string_view().clone());
                return Ok(cells
                    .filter(|c| c.is_valid(at))
                    .map(|c| c.value(at).to_owned()));
            }
        }
        Ok(None)
    }

    fn entry(&self, feed: &FeedName, delivery: &str) -> Option<&Entry> {
        let feed = feed.to_string();
        self.ledger
            .entries
            .iter()
            .rev()
            .find(|e| e.feed == feed && e.delivery == delivery)
    }
}

/// A claim that knows its row but not its value.
fn place(rows: &FeedRows, attribute: &str, at: RowAt) -> Result<WhyAttribute, RunError> {
    let batch = &rows.batches[at.batch as usize];
    let row = at.row as usize;
    let origin = &rows.origins[batch.origin[row] as usize];
    let as_of = Date32Array::from(vec![origin.as_of]);
    Ok(WhyAttribute {
        as_of: ArrayFormatter::try_new(&as_of, &FormatOptions::default())?
            .value(0)
            .to_string(),
        delivery: origin.delivery.to_string(),
        source_file: origin.file.to_string(),
        source_row: batch.row.get()?[row],
        ..WhyAttribute::of(attribute, String::new(), rows.contract.feed.to_string())
    })
}

/// The condition for rows that name a resident in any role.
fn naming(contract: &Contract, key: ResidentKey) -> String {
    let columns = tables::key_columns(contract).into_iter();
    columns
        .map(|column| format!("{column} = '{key}'"))
        .collect::<Vec<_>>()
        .join(" OR ")
}
