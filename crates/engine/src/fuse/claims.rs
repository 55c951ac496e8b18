//! What each feed says of each resident: one row a resident, one column a feed and attribute.
//!
//! This is the outer join of all feeds on the resident key, made by walking the feeds in key order side
//! by side. Each feed gives at most one value a resident and attribute, so rows can't multiply.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringViewArray};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use rongtong_connector_kit::{data_type, standard_columns};
use rongtong_contracts::{Authority, Contract, Pipeline};
use rongtong_identity::ResidentKey;
use rongtong_identity::residents::Basis;
use rongtong_standards::identity::{birth_date_of, sex_of};

use super::pick::{Groups, Picks};
use crate::columns::keys_column;

/// The column that holds what `feed` says of `attribute`; its as-of stands under `…@as_of`, and where
/// the newest feed wins what "newest" compares under `…@newness`.
pub(crate) fn claim(feed: &str, attribute: &str) -> String {
    format!("{feed}/{attribute}")
}

/// The claims of all feeds about the residents `keys`, ascending.
pub(crate) fn claims(
    pipeline: &Pipeline,
    keys: &[ResidentKey],
    groups: &[Groups<'_>],
) -> Result<Columns, ArrowError> {
    let mut columns = Columns::default();
    columns.add(
        "resident_key",
        keys_column(keys.iter().map(|key| Some(*key))),
    );
    columns.add("key_basis", Arc::new(bases(keys.len(), groups)));
    for group in groups {
        declared(pipeline, group, &mut columns)?;
        if group
            .feed
            .contract
            .mentions
            .iter()
            .any(|m| m.id_number.is_some())
        {
            from_numbers(group, &mut columns);
        }
    }
    Ok(columns)
}

/// Columns under their names, on the way to a batch.
#[derive(Default)]
pub(crate) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    pub(crate) fn add(&mut self, name: impl Into<String>, values: ArrayRef) {
        self.fields
            .push(Field::new(name, values.data_type().clone(), true));
        self.arrays.push(values);
    }

    pub(crate) fn finish(self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays)
    }
}

/// The attributes that `attribute: column` in a contract's mentions declares.
fn declared(
    pipeline: &Pipeline,
    group: &Groups<'_>,
    columns: &mut Columns,
) -> Result<(), ArrowError> {
    let contract = &group.feed.contract;
    let feed = contract.feed.to_string();
    for (attribute, authority) in claimed(pipeline, contract) {
        let places = places(contract, attribute);
        let Some(column) = places
            .iter()
            .flatten()
            .next()
            .and_then(|at| standard_columns(contract).nth(*at))
        else {
            continue;
        };
        let picks = group.newest_of(&places, &column.unknown_codes);
        let name = claim(&feed, attribute);
        if authority.newest {
            columns.add(format!("{name}@newness"), newness(group, &picks));
        }
        columns.add(format!("{name}@as_of"), Arc::new(group.as_of(&picks)));
        columns.add(
            name,
            group.values(&places, &data_type(column.standard), &picks)?,
        );
    }
    Ok(())
}

/// The attributes for which this feed's word counts.
pub(crate) fn claimed<'a>(
    pipeline: &'a Pipeline,
    contract: &'a Contract,
) -> impl Iterator<Item = (&'a str, &'a Authority)> {
    pipeline
        .authority
        .iter()
        .filter(|(_, authority)| authority.feeds.contains(&contract.feed))
        .filter(|(attribute, _)| {
            contract
                .mentions
                .iter()
                .any(|m| m.attributes.contains_key(*attribute))
        })
        .map(|(attribute, authority)| (attribute.as_str(), authority))
}

/// For each mention of the contract the standard column that has the attribute.
pub(crate) fn places(contract: &Contract, attribute: &str) -> Vec<Option<usize>> {
    let place = |column: &String| standard_columns(contract).position(|c| c.name == *column);
    contract
        .mentions
        .iter()
        .map(|mention| mention.attributes.get(attribute).and_then(place))
        .collect()
}

fn newness(group: &Groups<'_>, picks: &Picks) -> ArrayRef {
    let newness: Decimal128Array = picks
        .0
        .iter()
        .map(|at| at.map(|at| group.newness(at)))
        .collect();
    Arc::new(newness)
}

/// Sex and birth date inside the number that the feed states: `<feed>/number_sex`, `<feed>/number_birth_date`.
fn from_numbers(group: &Groups<'_>, columns: &mut Columns) {
    let feed = group.feed.contract.feed.to_string();
    let picks = group.newest(|at| {
        let mention = group.feed.mention(at);
        mention.is_some_and(|m| {
            m.basis[at.row as usize] == Basis::Number && m.body[at.row as usize] != 0
        })
    });
    let bodies = picks.0.iter().map(|at| {
        let at = (*at)?;
        group.feed.mention(at)?.body.get(at.row as usize).copied()
    });
    let bodies: Vec<Option<u64>> = bodies.collect();
    let sex = |body: &Option<u64>| Some(if sex_of((*body)?) == 1 { "1" } else { "2" });
    let sex: StringViewArray = bodies.iter().map(sex).collect();
    let born = |body: &Option<u64>| birth_date_of((*body)?);
    let born: Date32Array = bodies.iter().map(born).collect();
    columns.add(claim(&feed, "number_sex"), Arc::new(sex));
    columns.add(claim(&feed, "number_birth_date"), Arc::new(born));
    columns.add(claim(&feed, "number@as_of"), Arc::new(group.as_of(&picks)));
}

/// `key_basis`: the best ground that any mention gives.
fn bases(residents: usize, groups: &[Groups<'_>]) -> StringViewArray {
    (0..residents)
        .map(|resident| {
            groups
                .iter()
                .flat_map(|group| {
                    let basis = |at| {
                        group
                            .feed
                            .mention(at)
                            .map(|m: &crate::rows::MentionRows| m.basis[at.row as usize])
                    };
                    group.rows(resident).filter_map(basis)
                })
                .min()
                .map(Basis::as_str)
        })
        .collect()
}
