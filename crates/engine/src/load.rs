//! Load: the rows of a feed that the lake holds, with whom they name.

use std::collections::HashMap;
use std::sync::Arc;

use ahash::RandomState;
use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringViewArray,
    StringViewBuilder, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{Date32Type, Int64Type};
use rongtong_connector_kit::{data_type, standard_columns};
use rongtong_contracts::{Contract, Mention};
use rongtong_identity::ResidentKey;
use rongtong_identity::residents::Basis;
use rongtong_standards::identity::{IdStatus, identity_numbers};

use crate::error::RunError;
use crate::rows::{FeedRows, MentionRows, Origin, RowBatch, times};
use crate::tables;

/// The numbers of all feeds, by the mention that states them, and the own keys of mentions without one
/// that are linked.
#[derive(Default)]
pub(crate) struct Numbers {
    stated: HashMap<Place, Stated, RandomState>,
    own_keys: HashMap<Place, ResidentKey, RandomState>,
}

/// A mention: feed, delivery, file, row, role.
type Place = (Arc<str>, Arc<str>, Arc<str>, i64, Arc<str>);

struct Stated {
    document: Option<String>,
    number: String,
    status: IdStatus,
    mention_key: Option<ResidentKey>,
}

impl Numbers {
    /// Reads the tables `identities` and `links`.
    pub(crate) fn read(batches: &[RecordBatch], links: &[RecordBatch]) -> Result<Self, RunError> {
        let mut numbers = HashMap::default();
        let mut texts = Texts::default();
        let mut own_keys = HashMap::default();
        for batch in links {
            let text = |name| column(batch, "links", name).map(|c| c.as_string_view());
            let rows = column(batch, "links", "_source_row")?.as_primitive::<Int64Type>();
            let (feeds, deliveries, files, roles) = (
                text("feed")?,
                text("_delivery")?,
                text("_source_file")?,
                text("role")?,
            );
            let keys = text("mention_key")?;
            for row in (0..batch.num_rows()).filter(|row| rows.is_valid(*row)) {
                let place = (
                    texts.shared(feeds.value(row)),
                    texts.shared(deliveries.value(row)),
                    texts.shared(files.value(row)),
                    rows.value(row),
                    texts.shared(roles.value(row)),
                );
                own_keys.extend(ResidentKey::parse(keys.value(row)).map(|key| (place, key)));
            }
        }
        for batch in batches {
            let text = |name| column(batch, "identities", name).map(|c| c.as_string_view());
            let rows = column(batch, "identities", "_source_row")?.as_primitive::<Int64Type>();
            let (types, ids) = (text("id_type")?, text("id_number")?);
            let (feeds, deliveries, files, roles) = (
                text("feed")?,
                text("_delivery")?,
                text("_source_file")?,
                text("role")?,
            );
            let (status, keys) = (text("number_status")?, text("mention_key")?);
            for row in 0..batch.num_rows() {
                let place = (
                    texts.shared(feeds.value(row)),
                    texts.shared(deliveries.value(row)),
                    texts.shared(files.value(row)),
                    rows.value(row),
                    texts.shared(roles.value(row)),
                );
                let stated = Stated {
                    document: types.is_valid(row).then(|| types.value(row).to_owned()),
                    number: ids.value(row).to_owned(),
                    status: status_of(status.value(row)),
                    mention_key: keys
                        .is_valid(row)
                        .then(|| ResidentKey::parse(keys.value(row)))
                        .flatten(),
                };
                numbers.insert(place, stated);
            }
        }
        Ok(Self {
            stated: numbers,
            own_keys,
        })
    }
}

/// The feed's rows in the lake, as they were released. `as_of` gives the as-of day of a delivery.
pub(crate) fn load(
    contract: Arc<Contract>,
    batches: &[RecordBatch],
    numbers: &Numbers,
    as_of: impl Fn(&str) -> i32,
) -> Result<FeedRows, RunError> {
    let table = tables::standard_name(&contract.feed);
    let mut feed = FeedRows::new(contract);
    let mut texts = Texts::default();
    for batch in batches {
        let rows = batch.num_rows();
        let text = |name| column(batch, &table, name).map(|c| c.as_string_view());
        let (deliveries, files) = (text("_delivery")?, text("_source_file")?);
        let row_numbers: &Int64Array =
            column(batch, &table, "_source_row")?.as_primitive::<Int64Type>();
        let mut origins = Vec::with_capacity(rows);
        let mut days = Vec::with_capacity(rows);
        for row in 0..rows {
            let delivery = texts.shared(deliveries.value(row));
            let day = as_of(&delivery);
            origins.push(feed.origin(Origin {
                delivery,
                file: texts.shared(files.value(row)),
                as_of: day,
            }));
            days.push(day);
        }
        let contract = Arc::clone(&feed.contract);
        let columns: Vec<ArrayRef> = standard_columns(&contract)
            .map(|spec| match batch.column_by_name(&spec.name) {
                Some(values) => cast(values, &data_type(spec.standard)),
                // The contract has grown since: null until the feed is reprocessed.
                None => Ok(new_null_array(&data_type(spec.standard), rows)),
            })
            .collect::<Result<_, _>>()?;
        let place = |row: usize, role: &Arc<str>, name: &Arc<str>| -> Place {
            let origin = &feed.origins[origins[row] as usize];
            (
                Arc::clone(name),
                Arc::clone(&origin.delivery),
                Arc::clone(&origin.file),
                row_numbers.value(row),
                Arc::clone(role),
            )
        };
        let name: Arc<str> = contract.feed.to_string().into();
        let mentions = contract
            .mentions
            .iter()
            .map(|mention| {
                let role: Arc<str> = mention.role.as_str().into();
                let stated: Vec<Option<&Stated>> = (0..rows)
                    .map(|row| numbers.stated.get(&place(row, &role, &name)))
                    .collect();
                let own = |row| numbers.own_keys.get(&place(row, &role, &name)).copied();
                mention_rows(&contract, mention, batch, &columns, &stated, own)
            })
            .collect::<Result<_, _>>()?;
        let time = times(&contract, &columns, rows);
        feed.batches.push(RowBatch {
            columns,
            origin: origins,
            row: row_numbers.values().to_vec(),
            as_of: days,
            time,
            known: true,
            mentions,
        });
    }
    Ok(feed)
}

fn mention_rows(
    contract: &Contract,
    mention: &Mention,
    batch: &RecordBatch,
    columns: &[ArrayRef],
    stated: &[Option<&Stated>],
    own_key: impl Fn(usize) -> Option<ResidentKey>,
) -> Result<MentionRows, RunError> {
    let rows = batch.num_rows();
    let values = |name: &Option<String>| {
        let name = name.as_ref()?;
        let at = standard_columns(contract).position(|c| c.name == *name)?;
        columns.get(at)
    };
    let table = tables::standard_name(&contract.feed);
    let (status_name, key_name) =
        tables::number_columns(mention.id_number.as_deref().unwrap_or("id_number"));
    let keys = match batch.column_by_name(&key_name) {
        Some(keys) => keys.as_string_view().clone(),
        None => {
            return Err(RunError::MissingColumn {
                table,
                column: key_name,
            });
        }
    };
    let status = batch
        .column_by_name(&status_name)
        .map(|s| s.as_string_view().clone());
    let key: Vec<Option<ResidentKey>> = keys
        .iter()
        .map(|key| key.and_then(ResidentKey::parse))
        .collect();
    // What was normalised once stays so: a good number reads as itself.
    let mut numbers = StringViewBuilder::with_capacity(rows);
    let mut types = StringViewBuilder::with_capacity(rows);
    for stated in stated {
        let good = stated.filter(|s| s.document.is_some());
        numbers.append_option(good.map(|s| s.number.as_str()));
        types.append_option(good.and_then(|s| s.document.as_deref()));
    }
    let read = identity_numbers(&numbers.finish(), Some(&types.finish()), i32::MAX);
    let all: StringViewArray = stated
        .iter()
        .map(|s| s.map(|s| s.number.as_str()))
        .collect();
    let status: Vec<IdStatus> = (0..rows)
        .map(|row| {
            status
                .as_ref()
                .map_or(IdStatus::Missing, |s| status_of(s.value(row)))
        })
        .collect();
    let number_status = stated
        .iter()
        .map(|s| s.map_or(IdStatus::Missing, |s| s.status))
        .collect();
    let mention_key = stated
        .iter()
        .zip(&key)
        .enumerate()
        .map(|(row, (s, key))| match s {
            Some(stated) => stated.mention_key,
            None => own_key(row).or(*key),
        })
        .collect();
    let sex = match (values(&mention.sex), mention.fixed_sex.as_deref()) {
        (Some(stated), _) => stated.as_string_view().iter().map(sex_of).collect(),
        (None, fixed) => vec![sex_of(fixed); rows],
    };
    Ok(MentionRows {
        number_status,
        document: read.document,
        body: read.body,
        number: all,
        number_birth_date: read.birth_date,
        number_sex: read.sex,
        name: values(&mention.name).map_or_else(
            || StringViewArray::new_null(rows),
            |names| names.as_string_view().clone(),
        ),
        birth_date: values(&mention.birth_date)
            .map(|dates| -> Date32Array { dates.as_primitive::<Date32Type>().clone() }),
        sex,
        mention_key,
        basis: vec![Basis::Unidentified; rows],
        link: vec![None; rows],
        key,
        status,
    })
}

fn column<'a>(batch: &'a RecordBatch, table: &str, name: &str) -> Result<&'a ArrayRef, RunError> {
    let missing = || RunError::MissingColumn {
        table: table.to_owned(),
        column: name.to_owned(),
    };
    batch.column_by_name(name).ok_or_else(missing)
}

fn status_of(word: &str) -> IdStatus {
    use IdStatus::{Contested, Malformed, Masked, Missing, Repaired, Valid};
    let known = [Valid, Repaired, Missing, Malformed, Masked, Contested];
    known
        .into_iter()
        .find(|status| status.as_str() == word)
        .unwrap_or(Missing)
}

fn sex_of(code: Option<&str>) -> u8 {
    match code {
        Some("1") => 1,
        Some("2") => 2,
        _ => 0,
    }
}

/// Texts that repeat from row to row, held once.
#[derive(Default)]
struct Texts {
    known: HashMap<Arc<str>, (), RandomState>,
    last: Option<Arc<str>>,
}

impl Texts {
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(last) = self.last.as_ref().filter(|last| ***last == *text) {
            return Arc::clone(last);
        }
        let shared = match self.known.get_key_value(text) {
            Some((known, ())) => Arc::clone(known),
            None => {
                let new: Arc<str> = text.into();
                self.known.insert(Arc::clone(&new), ());
                new
            }
        };
        self.last = Some(Arc::clone(&shared));
        shared
    }
}
