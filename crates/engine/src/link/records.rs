//! Rows of tables as records, in an order that doesn't depend on the order of the rows.

use arrow::array::{Array, AsArray, StringViewArray};
use arrow::datatypes::Date32Type;
use rongtong_contracts::{ColumnKind, LinkJob, LinkType};
use rongtong_identity::linkage::{Column, NumberForm, Records, Values, ValuesBuilder};
use rongtong_standards::date::{DateRange, date};
use rongtong_standards::identity::identity_numbers;
use rongtong_standards::{address, name};

use super::model::RecordColumns;
use super::read::Table;
use crate::clock;
use crate::error::RunError;

/// The records of a job. Personal data: no `Debug`.
pub(super) struct Rows {
    pub(super) records: Records,
    /// The unique id of each record.
    pub(super) ids: Vec<String>,
    /// The table of each record.
    pub(super) table: Vec<u8>,
}

/// Where a row stands: table, batch, row.
type Place = (u8, usize, usize);

impl Rows {
    pub(super) fn of(
        job: &LinkJob,
        columns: &RecordColumns,
        tables: &[Table],
    ) -> Result<Self, RunError> {
        let order = in_order(job, tables)?;
        let cell = |(table, batch, row): Place, column: usize| -> Option<&str> {
            let column = tables
                .get(usize::from(table))?
                .batches
                .get(batch)?
                .get(column)?;
            column.is_valid(row).then(|| column.value(row))
        };
        let table: Vec<u8> = order.iter().map(|(table, ..)| *table).collect();
        let ids = order
            .iter()
            .map(|place| cell(*place, 0).unwrap_or_default().to_owned());
        let ids = ids.collect();
        // The column of the id comes first.
        let columns = (1..).zip(&columns.columns).map(|(at, (_, kind))| {
            let cells: Vec<Option<&str>> = order.iter().map(|place| cell(*place, at)).collect();
            column(*kind, &cells)
        });
        let records = Records {
            len: order.len(),
            columns: columns.collect(),
            table: match job.link_type {
                LinkType::LinkOnly => table.clone(),
                LinkType::DedupeOnly => Vec::new(),
            },
            ..Records::default()
        };
        Ok(Self {
            records,
            ids,
            table,
        })
    }
}

/// All rows, by table and unique id.
fn in_order(job: &LinkJob, tables: &[Table]) -> Result<Vec<Place>, RunError> {
    let mut all: Vec<(u8, &str, usize, Place)> = Vec::new();
    for ((at, table), declared) in (0_u8..).zip(tables).zip(&job.tables) {
        // The heading is line 1.
        let mut line = 1;
        for (number, batch) in table.batches.iter().enumerate() {
            let Some(ids) = batch.first() else { continue };
            for row in 0..ids.len() {
                line += 1;
                if ids.is_null(row) {
                    return Err(RunError::LinkIds {
                        path: declared.path.clone(),
                        column: job.unique_id.clone(),
                        row: line - 1,
                        like: None,
                    });
                }
                all.push((at, ids.value(row), line - 1, (at, number, row)));
            }
        }
    }
    all.sort_unstable();
    for pair in all.windows(2) {
        if let [(table, one, first, _), (other, id, row, _)] = pair
            && (table, one) == (other, id)
        {
            let declared = job.tables.get(usize::from(*table));
            return Err(RunError::LinkIds {
                path: declared.map(|table| table.path.clone()).unwrap_or_default(),
                column: job.unique_id.clone(),
                row: *row,
                like: Some(*first),
            });
        }
    }
    Ok(all.into_iter().map(|(.., place)| place).collect())
}

/// A column of records; names, numbers, dates and addresses are brought into their standard form first.
fn column(kind: ColumnKind, cells: &[Option<&str>]) -> Column {
    let text = || -> StringViewArray { cells.iter().copied().collect() };
    match kind {
        ColumnKind::Text => numbered(cells.iter().copied(), ValuesBuilder::into_text),
        ColumnKind::Equality => numbered(cells.iter().copied(), ValuesBuilder::into_opaque),
        ColumnKind::Name => standard(&name::name(&text()).values, ValuesBuilder::into_names),
        ColumnKind::Address => standard(
            &address::address(&text()).values,
            ValuesBuilder::into_addresses,
        ),
        ColumnKind::Date => {
            let read = date(&text(), &DateRange::PLAUSIBLE).values;
            let days = read.as_primitive::<Date32Type>();
            let mut known: Vec<i32> = days.iter().flatten().collect();
            known.sort_unstable();
            known.dedup();
            let place = |day: i32| u32::try_from(known.binary_search(&day).unwrap_or(0)).ok();
            let ids: Vec<Option<u32>> = days.iter().map(|day| day.and_then(place)).collect();
            Column::single(ids, Values::dates(known))
        }
        ColumnKind::IdNumber => {
            let read = identity_numbers(&text(), None, clock::today());
            let mut builder = ValuesBuilder::default();
            let mut forms = Vec::new();
            let mut places: Vec<Option<u32>> = Vec::new();
            let ids = (0..read.number.len()).map(|row| {
                if read.number.is_null(row) {
                    return None;
                }
                let number = read.number.value(row);
                let at = builder.number(number) as usize;
                if at == places.len() {
                    let usable = read
                        .status
                        .get(row)
                        .is_some_and(|status| status.is_usable());
                    let form = NumberForm::of(number, usable);
                    places.push(
                        form.is_some()
                            .then_some(u32::try_from(forms.len()).unwrap_or(u32::MAX)),
                    );
                    forms.extend(form);
                }
                places.get(at).copied().flatten()
            });
            let ids: Vec<Option<u32>> = ids.collect();
            let all = forms.len();
            Column::single(ids, Values::Numbers(forms, all))
        }
    }
}

fn standard(values: &dyn Array, into: impl Fn(ValuesBuilder) -> Values) -> Column {
    match values.as_string_view_opt() {
        Some(values) => numbered(values.iter(), into),
        None => Column::single((0..values.len()).map(|_| None), Values::Opaque),
    }
}

fn numbered<'a>(
    cells: impl Iterator<Item = Option<&'a str>>,
    into: impl Fn(ValuesBuilder) -> Values,
) -> Column {
    let mut values = ValuesBuilder::default();
    let ids: Vec<Option<u32>> = cells
        .map(|cell| cell.map(|cell| values.number(cell)))
        .collect();
    Column::single(ids, into(values))
}
