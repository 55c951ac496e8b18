//! The table `records`: what linking goes by, from release to release.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, StringViewArray,
    StringViewBuilder,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Int64Type};
use rayon::prelude::*;
use rongtong_contracts::{Contract, Pipeline};
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::Model;
use rongtong_identity::residents::{Known, KnownRecord, Recorded, Trait};
use rongtong_lake::{Fingerprint, LakeReader};

use crate::columns::{self, constant, keys_column, keys_of, numbers, texts};
use crate::error::RunError;
use crate::rows::CHUNK;
use crate::splice::{KEY, Keys};
use crate::tables::{self, RECORDS, RECORDS_SINCE};
use crate::wanted::in_parts;

/// How texts are hashed in the table.
const HASH: &str = "xxh3";

const SETTLED: &str = "settled";
const HOLDER: &str = "holder";
const OPEN: &str = "open";

/// The rules by which a pipeline makes a lake of deliveries: what was made by others must be made anew as a whole.
pub(crate) fn rules(pipeline: &Pipeline, model: &Model) -> String {
    let contracts: Vec<_> = pipeline.contracts.values().map(placeless).collect();
    let feeds: Vec<_> = pipeline
        .bindings
        .iter()
        .map(|b| b.feed.to_string())
        .collect();
    let made = [
        tables::residents(),
        tables::resident_homes(),
        tables::resident_health(),
        tables::conflicts(),
        tables::identities(),
        tables::records(),
        super::tables::links(),
    ];
    let made = made.map(|spec| spec.schema);
    let said = format!(
        "{} {HASH} {feeds:?} {contracts:?} {made:?} {:?} {:?} {} {model:?}",
        env!("CARGO_PKG_VERSION"),
        pipeline.authority,
        pipeline.conflicts,
        pipeline.links()
    );
    let mut digest = Fingerprint::of(said.as_bytes());
    digest.truncate(32);
    digest
}

/// A contract without the places where its words stand: those are no rules.
fn placeless(contract: &Contract) -> Contract {
    let mut contract = contract.clone();
    contract.path.clear();
    for column in &mut contract.columns {
        column.line = 0;
    }
    for rank in contract.authority.values_mut() {
        rank.line = 0;
    }
    contract
}

/// The rows of the table, by resident; the last one, without a key, holds the values that too many share.
pub(super) fn rows<'a>(
    recorded: &'a Recorded,
    rules: &'a str,
) -> impl Iterator<Item = Result<RecordBatch, RunError>> + 'a {
    let mut done = 0;
    let batches = std::iter::from_fn(move || {
        // On all cores: what the records of a batch say lies far apart in memory.
        let some = (done..done + rayon::current_num_threads()).into_par_iter();
        let made = some.filter_map(|at| Some(batch(&recorded.part(at, CHUNK)?, rules)));
        let made: Vec<_> = made.collect();
        done += made.len();
        (!made.is_empty()).then_some(made)
    });
    let common = &recorded.common;
    let batches = batches.flatten();
    batches.chain((!common.is_empty()).then(|| self::common(common, rules)))
}

fn batch(known: &Known, rules: &str) -> Result<RecordBatch, RunError> {
    let all = known.records().len();
    let records = || known.records().iter();
    let standing = |record: &KnownRecord| match (record.settled, record.holder) {
        (true, _) => SETTLED,
        (false, true) => HOLDER,
        (false, false) => OPEN,
    };
    let words: StringViewArray = records().map(|record| Some(standing(record))).collect();
    let mut names = StringViewBuilder::with_capacity(all);
    records().for_each(|record| names.append_option(known.name(record)));
    let mut columns: Vec<ArrayRef> = vec![
        keys_column(records().map(|record| Some(record.resident_key))),
        keys_column(records().map(|r| Some(r.own_key).filter(|own| *own != r.resident_key))),
        keys_column(records().map(|record| record.lent_key)),
        Arc::new(words),
        Arc::new(
            records()
                .map(|record| Some(i64::from(record.feeds)))
                .collect::<Int64Array>(),
        ),
        Arc::new(names.finish()),
    ];
    for of in Trait::ALL {
        columns.push(lists((0..all).map(|at| known.traits(at, of)))?);
    }
    columns.push(constant(rules, all));
    Ok(RecordBatch::try_new(tables::records().schema, columns)?)
}

/// The row that holds the values that too many share.
fn common(common: &[u64], rules: &str) -> Result<RecordBatch, RunError> {
    let nothing: ArrayRef = Arc::new(StringViewArray::new_null(1));
    let mut columns = vec![Arc::clone(&nothing); 4];
    columns.push(Arc::new(Int64Array::new_null(1)));
    columns.push(nothing);
    for of in Trait::ALL {
        let keys = match of {
            Trait::Address => common,
            _ => &[],
        };
        columns.push(lists(std::iter::once(keys))?);
    }
    columns.push(constant(rules, 1));
    Ok(RecordBatch::try_new(tables::records().schema, columns)?)
}

/// Rows of residents of whom there is no record.
pub(super) fn nothing(residents: &[ResidentKey], rules: &str) -> Result<RecordBatch, RunError> {
    let all = residents.len();
    let text: ArrayRef = Arc::new(StringViewArray::new_null(all));
    let mut columns = vec![keys_column(residents.iter().map(|key| Some(*key)))];
    columns.extend([Arc::clone(&text), Arc::clone(&text), Arc::clone(&text)]);
    columns.push(Arc::new(Int64Array::new_null(all)));
    columns.push(text);
    for _ in Trait::ALL {
        columns.push(lists(residents.iter().map(|_| &[][..]))?);
    }
    columns.push(constant(rules, all));
    Ok(RecordBatch::try_new(tables::records().schema, columns)?)
}

/// Keys are bits: their signs mean nothing.
fn lists<'a>(rows: impl Iterator<Item = &'a [u64]> + Clone) -> Result<ArrayRef, RunError> {
    let values = rows.clone().flatten().map(|key| key.cast_signed());
    let item = Field::new_list_field(DataType::Int64, true);
    let offsets = OffsetBuffer::from_lengths(rows.map(<[u64]>::len));
    let values = Arc::new(Int64Array::from_iter_values(values));
    Ok(Arc::new(ListArray::try_new(
        Arc::new(item),
        offsets,
        values,
        None,
    )?))
}

/// What the last release knows of its records; `None` if it was made by other rules, or without them.
pub(crate) async fn known(base: &LakeReader, rules: &str) -> Result<Option<Known>, RunError> {
    let mut since = Since::default();
    for batch in base.read(RECORDS_SINCE).await?.unwrap_or_default() {
        if !since.add(&batch, rules)? {
            return Ok(None);
        }
    }
    let mut tables = base.tables().into_iter();
    let rows = tables.find(|known| known.name == RECORDS);
    let rows = rows.map_or(0, |table| usize::try_from(table.rows).unwrap_or(0));
    let mut known = Some(Known::with_capacity(rows));
    let rules = rules.to_owned();
    let named = Arc::new(since.named);
    let part = move |_, batch: RecordBatch| {
        let mut part = Known::with_capacity(batch.num_rows());
        Ok(add(&mut part, &batch, (&rules, &named))?.then_some(part))
    };
    in_parts(base, RECORDS, None, part, |parts| {
        for part in parts {
            known = known.take().zip(part).map(|(mut known, part)| {
                known.append(part);
                known
            });
        }
        Ok(())
    })
    .await?;
    let known = known.map(|mut known| {
        if since.is_any {
            known.common.clear();
        }
        known.append(since.known);
        known
    });
    Ok(known.filter(|known| !known.records().is_empty()))
}

/// What `records_since` says.
#[derive(Default)]
struct Since {
    known: Known,
    /// Of whom `records` says nothing that counts.
    named: Keys,
    is_any: bool,
}

impl Since {
    /// Adds the rows of a batch; `false` if they were made by other rules.
    fn add(&mut self, batch: &RecordBatch, rules: &str) -> Result<bool, RunError> {
        self.is_any |= batch.num_rows() > 0;
        let named = keys_of(batch, RECORDS_SINCE, KEY)?;
        self.named.extend(named.into_iter().flatten());
        add(&mut self.known, batch, (rules, &Keys::default()))
    }
}

/// Adds the rows of a batch, but for those of residents who are `gone`; `false` if they were made by other rules.
fn add(
    known: &mut Known,
    batch: &RecordBatch,
    (rules, gone): (&str, &Keys),
) -> Result<bool, RunError> {
    let text = |name| texts(batch, RECORDS, name);
    let (residents, owns, lents) = (text("resident_key")?, text("own_key")?, text("lent_key")?);
    let (standing, names, made_by) = (text("standing")?, text("name")?, text("rules")?);
    let feeds: &Int64Array = numbers(batch, RECORDS, "feeds")?;
    let mut lists = Vec::with_capacity(Trait::ALL.len());
    for name in tables::TRAITS {
        let list = columns::lists(batch, RECORDS, name)?;
        let keys = list.values().as_primitive_opt::<Int64Type>();
        let wrong = || RunError::column_type(RECORDS, name, list.data_type());
        let keys = keys.ok_or_else(wrong)?.values();
        // Keys are bits: read as such where they lie.
        let keys = ScalarBuffer::<u64>::new(keys.inner().clone(), 0, keys.len());
        lists.push((list.value_offsets(), keys));
    }
    for row in 0..batch.num_rows() {
        if made_by.value(row) != rules {
            return Ok(false);
        }
        let key =
            |of: &StringViewArray| ResidentKey::parse(of.value(row)).filter(|_| of.is_valid(row));
        let resident_key = key(residents);
        let is_nothing = resident_key.is_some() && standing.is_null(row);
        if is_nothing || resident_key.is_some_and(|key| gone.contains(&key)) {
            continue;
        }
        let keys = Trait::ALL.map(|of| {
            let (ends, keys) = &lists[of as usize];
            let [start, end] =
                [ends[row], ends[row + 1]].map(|end| usize::try_from(end).unwrap_or(0));
            &keys[start..end]
        });
        let Some(resident_key) = resident_key else {
            known.common.extend(keys[Trait::Address as usize]);
            continue;
        };
        let record = KnownRecord {
            resident_key,
            own_key: key(owns).unwrap_or(resident_key),
            lent_key: key(lents),
            feeds: u32::try_from(feeds.value(row)).unwrap_or(0),
            holder: standing.value(row) != OPEN,
            settled: standing.value(row) == SETTLED,
            ..KnownRecord::nameless(resident_key)
        };
        let name = names.is_valid(row).then(|| names.value(row));
        known.push(record, name, keys);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rongtong_contracts::load_pipeline;
    use rongtong_identity::residents::default_model;

    use super::*;

    #[test]
    fn a_comment_in_a_contract_or_another_folder_makes_no_other_rules() {
        let pipeline = crate::testing::pipeline();
        let rules = |pipeline: &Pipeline| rules(pipeline, &default_model());
        let folder = tempfile::tempdir().unwrap();
        let copy = |text: &str, below: &str| {
            let path = folder.path().join(below);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        let commented = |path| {
            format!(
                "# 注释 / a comment\n\n{}",
                fs::read_to_string(path).unwrap()
            )
        };
        for contract in pipeline.contracts.values() {
            let (department, feed) = (&contract.feed.department, &contract.feed.feed);
            let below = format!("schemas/{department}/{feed}.odcs.yaml");
            copy(&commented(&contract.path), &below);
        }
        let path = copy(&commented(&pipeline.path), "pipelines/copy/pipeline.yaml");
        let copied = load_pipeline(&path).unwrap();
        assert_eq!(rules(&copied), rules(&pipeline));
        let mut other = copied;
        let contract = other.contracts.values_mut().next().unwrap();
        contract.columns[0].required ^= true;
        assert_ne!(rules(&other), rules(&pipeline));
    }

    #[test]
    fn what_is_known_comes_back_and_other_rules_void_it() {
        let key = |number: u32| ResidentKey::parse(&format!("{number:032x}")).unwrap();
        let mut known = Known::default();
        let traits: [&[u64]; 7] = [&[19_900_101], &[u64::MAX, 3], &[], &[5], &[], &[], &[7]];
        let record = KnownRecord {
            lent_key: Some(key(9)),
            feeds: 5,
            holder: true,
            ..KnownRecord::nameless(key(2))
        };
        known.push(record, Some("张伟"), traits);
        let first = KnownRecord {
            own_key: key(3),
            ..KnownRecord::nameless(key(1))
        };
        known.push(first, None, [&[]; 7]);
        known.common = vec![11, u64::MAX];

        let batches = [
            batch(&known, "these").unwrap(),
            common(&known.common, "these").unwrap(),
        ];
        let mut read = Known::default();
        for batch in &batches {
            assert!(add(&mut read, batch, ("these", &Keys::default())).unwrap());
        }
        assert_eq!(read.common, known.common);
        let said = |known: &Known, at: usize| {
            let record = &known.records()[at];
            let traits = Trait::ALL.map(|of| known.traits(at, of).to_vec());
            let name = known.name(record).map(str::to_owned);
            let keys = (record.resident_key, record.own_key, record.lent_key);
            (
                keys,
                record.feeds,
                record.holder,
                record.settled,
                name,
                traits,
            )
        };
        assert_eq!(read.records().len(), 2);
        assert_eq!(said(&read, 0), said(&known, 0));
        assert_eq!(said(&read, 1), said(&known, 1));
        assert!(
            !add(
                &mut Known::default(),
                &batches[0],
                ("others", &Keys::default())
            )
            .unwrap()
        );
    }
}
