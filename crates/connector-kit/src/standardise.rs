//! Text batches to standard rows: headings, kernels, mentions, findings, quarantine.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, RecordBatch, StringViewArray,
    StringViewBuilder, new_null_array,
};
use arrow::compute::{cast, nullif};
use arrow::datatypes::{DataType, Date32Type};
use arrow::error::ArrowError;
use rongtong_contracts::{Contract, ContractColumn, Mention, Standard};
use rongtong_formats::{BrokenRow, TextBatch};
use rongtong_standards::date::DateRange;
use rongtong_standards::geo::Datum;
use rongtong_standards::identity::{IdStatus, IdentityColumn, identity_numbers, is_line_of_table};
use rongtong_standards::{Issue, Rule, hidden};

use crate::headings::{Headings, is_heading};
use crate::kernels::Kernel;
use crate::{
    Connector, Context, Finding, MentionColumns, Quarantined, Refusal, StandardBatch, coordinates,
    raw, rules,
};

/// The contract's columns that stand in `standard/…`: all but the identity numbers.
pub fn standard_columns(contract: &Contract) -> impl Iterator<Item = &ContractColumn> {
    contract
        .columns
        .iter()
        .filter(|column| column.standard != Standard::IdNumber)
}

/// Turns the text batches of one delivery into standard rows.
pub struct Standardiser<'a> {
    connector: &'a dyn Connector,
    context: Context<'a>,
    headings: Headings<'a>,
    kernels: Vec<Kernel>,
    /// The columns of longitudes, each with that of its latitudes.
    points: Vec<(usize, usize)>,
    datum: Datum,
}

/// A text batch whose headings are known: it can be standardised on any thread.
pub struct Mapped {
    batch: TextBatch,
    position: Vec<Option<usize>>,
}

impl<'a> Standardiser<'a> {
    /// For a delivery of the feed in `context`.
    #[must_use]
    pub fn new(connector: &'a dyn Connector, context: Context<'a>) -> Self {
        let contract = context.contract;
        let range = |column: &ContractColumn| {
            let lived = contract.mentions.iter().any(|mention| {
                let says = |attribute| mention.attributes.get(attribute) == Some(&column.name);
                says("birth_date")
                    || says("died_on")
                    || mention.birth_date.as_ref() == Some(&column.name)
            });
            if lived {
                DateRange::up_to(context.as_of.saturating_add(1))
            } else {
                DateRange::PLAUSIBLE
            }
        };
        let datum = coordinates::datum(context.crs());
        Self {
            connector,
            context,
            headings: Headings::new(contract, &context.binding.format),
            kernels: contract
                .columns
                .iter()
                .map(|c| Kernel::new(c, range(c), datum))
                .collect(),
            points: coordinates::pairs(contract),
            datum,
        }
    }

    /// Numbers that are dates count the days from 1904 in this delivery.
    pub fn count_from_1904(&mut self) {
        let kernels = self.kernels.iter_mut();
        kernels.for_each(Kernel::count_from_1904);
    }

    /// Takes in the headings of the next batch.
    ///
    /// # Errors
    /// [`Refusal`] when the delivery's columns can't be those of the contract.
    pub fn map(&mut self, batch: TextBatch) -> Result<Mapped, Refusal> {
        let batch = self.connector.tidy(&self.context.contract.feed, batch);
        self.headings
            .see(batch.rows.schema_ref(), batch.rows.num_rows())?;
        Ok(Mapped {
            batch,
            position: self.headings.position.clone(),
        })
    }

    /// The standard rows of a batch. Every row of it is either in the result's columns or quarantined.
    ///
    /// # Errors
    /// An Arrow error if columns can't be put together, which is a fault of ours.
    pub fn standardise(&self, mapped: Mapped) -> Result<StandardBatch, ArrowError> {
        let Mapped { batch, position } = mapped;
        let rows = batch.rows.num_rows();
        let cells: Vec<StringViewArray> =
            position.iter().map(|at| column(&batch.rows, *at)).collect();
        let mut work = Work {
            contract: self.context.contract,
            numbers: &batch.row_numbers,
            findings: Vec::new(),
        };
        let mut values = self.run_kernels(&cells, &mut work);
        self.place_points(&mut values, &mut work);
        let mut mentions: Vec<MentionColumns> = self
            .context
            .contract
            .mentions
            .iter()
            .map(|mention| self.mention(mention, &cells, &values, rows, &mut work))
            .collect();
        let values = self.hide_numbers(values, (&cells, &mentions), &mut work);
        for (mention, spec) in mentions.iter_mut().zip(&self.context.contract.mentions) {
            if let Some(at) = spec.name.as_ref().and_then(|name| work.index(name)) {
                mention.name = values[at].as_string_view().clone();
            }
        }
        let columns = self
            .context
            .contract
            .columns
            .iter()
            .zip(values)
            .filter(|(column, _)| column.standard != Standard::IdNumber)
            .map(|(_, values)| values)
            .collect();
        let mut result = StandardBatch {
            columns,
            row_numbers: Vec::new(),
            mentions,
            findings: work.findings,
            quarantined: batch.broken.into_iter().map(broken).collect(),
        };
        result.row_numbers = batch.row_numbers;
        self.connector.refine(&self.context, &mut result);
        reject_nobody(&mut result, &batch.rows)?;
        for row in &result.quarantined {
            result.findings.push(Finding {
                row: Some(row.row),
                column: None,
                rule: row.rule,
            });
        }
        Ok(result)
    }

    /// What drifted, once every batch is mapped.
    ///
    /// # Errors
    /// [`Refusal`] when a required column never came.
    pub fn finish(&self) -> Result<Vec<Finding>, Refusal> {
        self.headings.finish()
    }

    fn run_kernels(&self, cells: &[StringViewArray], work: &mut Work<'_>) -> Vec<ArrayRef> {
        let columns = self.context.contract.columns.iter();
        columns
            .zip(&self.kernels)
            .zip(cells)
            .map(|((column, kernel), cells)| {
                let standard = kernel.run(cells);
                if column.standard != Standard::IdNumber {
                    work.found(
                        &column.name,
                        standard.issues.iter().map(|i| (i.row, i.rule)),
                    );
                }
                standard.values
            })
            .collect()
    }

    /// Brings points to CGCS2000; what is wrong with one is said of its longitude.
    fn place_points(&self, values: &mut [ArrayRef], work: &mut Work<'_>) {
        for (x, y) in &self.points {
            let (east, north, issues) = coordinates::points(&values[*x], &values[*y], self.datum);
            (values[*x], values[*y]) = (east, north);
            let column = &self.context.contract.columns[*x].name;
            work.found(column, issues.iter().map(|i| (i.row, i.rule)));
        }
    }

    fn mention(
        &self,
        mention: &Mention,
        cells: &[StringViewArray],
        values: &[ArrayRef],
        rows: usize,
        work: &mut Work<'_>,
    ) -> MentionColumns {
        let text = |column: &Option<String>| {
            column
                .as_ref()
                .and_then(|c| work.index(c))
                .map(|at| values[at].as_string_view().clone())
        };
        let nothing = || StringViewArray::new_null(rows);
        let numbers = mention
            .id_number
            .as_ref()
            .and_then(|c| work.index(c))
            .map_or_else(nothing, |at| cells[at].clone());
        let types = text(&mention.id_type);
        let identity = identity_numbers(
            &numbers,
            types.as_ref(),
            self.context.as_of.saturating_add(1),
        );
        let name = text(&mention.name).unwrap_or_else(nothing);
        let birth_date = mention
            .birth_date
            .as_ref()
            .and_then(|c| work.index(c))
            .map(|at| values[at].as_primitive::<Date32Type>().clone());
        let sex = sexes(mention, text(&mention.sex).as_ref(), rows);
        let own = self.own_numbers(mention, values, &identity, work);
        // The headings may stand once more among the rows.
        let column = mention.id_number.as_ref().and_then(|c| work.index(c));
        let column = column.and_then(|at| self.context.contract.columns.get(at));
        let is_line_by_number = |row: usize| {
            let unread = !identity.status[row].is_usable() && identity.number.is_valid(row);
            let text = unread.then(|| identity.number.value(row));
            text.is_some_and(|text| {
                is_line_of_table(text) || column.is_some_and(|column| is_heading(column, text))
            })
        };
        let is_line = |row: usize| {
            name.is_valid(row) && is_line_of_table(name.value(row)) || is_line_by_number(row)
        };
        let somebody = (0..rows)
            .map(|row| {
                !identity.organisation[row]
                    && (name.is_valid(row) || identity.names_somebody(row))
                    && !is_line(row)
            })
            .collect();
        if let Some(column) = &mention.id_number {
            work.found(column, identity.issues.iter().map(|i| (i.row, i.rule)));
        }
        work.cross_check(mention, &identity, birth_date.as_ref(), &sex);
        MentionColumns {
            identity,
            name,
            birth_date,
            sex,
            own,
            somebody,
        }
    }

    /// The record's own number; where it has none its identifying columns; where those are empty too
    /// the broken number.
    fn own_numbers(
        &self,
        mention: &Mention,
        values: &[ArrayRef],
        identity: &IdentityColumn,
        work: &Work<'_>,
    ) -> StringViewArray {
        let as_text = |column: &String| {
            let values = values.get(work.index(column)?)?;
            cast(values, &DataType::Utf8View)
                .ok()
                .map(|text| text.as_string_view().clone())
        };
        let record = mention.record_number.as_ref().and_then(as_text);
        let identifying: Vec<StringViewArray> =
            mention.identifying.iter().filter_map(as_text).collect();
        let rows = identity.number.len();
        let mut own = StringViewBuilder::with_capacity(rows);
        let mut joined = String::new();
        for row in 0..rows {
            if let Some(record) = record.as_ref().filter(|r| r.is_valid(row)) {
                own.append_value(record.value(row));
                continue;
            }
            joined.clear();
            let mut any = false;
            for column in &identifying {
                if column.is_valid(row) {
                    joined.push_str(column.value(row));
                    any = true;
                }
                joined.push('\u{1f}');
            }
            match any {
                true => own.append_value(&joined),
                false if identity.number.is_valid(row) => {
                    own.append_value(identity.number.value(row))
                }
                false => own.append_null(),
            }
        }
        own.finish()
    }

    fn hide_numbers(
        &self,
        values: Vec<ArrayRef>,
        (cells, mentions): (&[StringViewArray], &[MentionColumns]),
        work: &mut Work<'_>,
    ) -> Vec<ArrayRef> {
        let columns = self.context.contract.columns.iter().zip(&self.kernels);
        let columns = columns.zip(values).zip(cells);
        columns
            .map(|(((column, kernel), mut values), cells)| {
                if !kernel.is_free_text() && !kernel.is_long_number() {
                    return values;
                }
                let own: Vec<Option<&StringViewArray>> = match mentions.is_empty() {
                    true => vec![None],
                    false => mentions.iter().map(|m| Some(&m.identity.number)).collect(),
                };
                for own in own {
                    let text = match kernel.is_free_text() {
                        true => values.as_string_view(),
                        false => cells,
                    };
                    let masked = hidden::mask_hidden_numbers(text, own);
                    work.found(&column.name, masked.issues.iter().map(|i| (i.row, i.rule)));
                    values = match kernel.is_free_text() {
                        true => masked.values,
                        false if masked.issues.is_empty() => values,
                        false => without(&values, &masked.issues),
                    };
                }
                values
            })
            .collect()
    }
}

/// Values without those of some rows.
fn without(values: &ArrayRef, rows: &[Issue]) -> ArrayRef {
    let mut gone = vec![false; values.len()];
    for issue in rows {
        if let Some(gone) = gone.get_mut(issue.row as usize) {
            *gone = true;
        }
    }
    let rest = nullif(values, &BooleanArray::from(gone));
    rest.unwrap_or_else(|_| new_null_array(values.data_type(), values.len()))
}

/// Collects findings under the rows' places in their file.
struct Work<'a> {
    contract: &'a Contract,
    numbers: &'a [i64],
    findings: Vec<Finding>,
}

impl Work<'_> {
    fn index(&self, column: &str) -> Option<usize> {
        self.contract.columns.iter().position(|c| c.name == column)
    }

    fn found(&mut self, column: &str, issues: impl Iterator<Item = (u32, &'static Rule)>) {
        let numbers = self.numbers;
        self.findings.extend(issues.map(|(row, rule)| Finding {
            row: numbers.get(row as usize).copied(),
            column: Some(column.to_owned()),
            rule,
        }));
    }

    /// A good number and the row's own birth date and sex should agree.
    fn cross_check(
        &mut self,
        mention: &Mention,
        identity: &IdentityColumn,
        birth_date: Option<&Date32Array>,
        sex: &[u8],
    ) {
        let good =
            |row: usize| matches!(identity.status[row], IdStatus::Valid | IdStatus::Repaired);
        let rows = (0..sex.len()).filter(|row| good(*row));
        let at = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        if let (Some(column), Some(stated)) = (&mention.birth_date, birth_date) {
            let inside = &identity.birth_date;
            let differ = |row: &usize| {
                inside.is_valid(*row)
                    && stated.is_valid(*row)
                    && inside.value(*row) != stated.value(*row)
            };
            self.found(
                column,
                rows.clone()
                    .filter(differ)
                    .map(|row| (at(row), &rules::BIRTH_DATE_NOT_IN_NUMBER)),
            );
        }
        if let Some(column) = &mention.sex {
            let differ = |row: &usize| {
                sex[*row] != 0 && identity.sex[*row] != 0 && sex[*row] != identity.sex[*row]
            };
            self.found(
                column,
                rows.filter(differ)
                    .map(|row| (at(row), &rules::SEX_NOT_IN_NUMBER)),
            );
        }
    }
}

fn column(rows: &RecordBatch, at: Option<usize>) -> StringViewArray {
    at.and_then(|at| rows.columns().get(at))
        .and_then(|cells| cells.as_string_view_opt().cloned())
        .unwrap_or_else(|| StringViewArray::new_null(rows.num_rows()))
}

fn sexes(mention: &Mention, stated: Option<&StringViewArray>, rows: usize) -> Vec<u8> {
    let known = |code: &str| match code {
        "1" => 1,
        "2" => 2,
        _ => 0,
    };
    match (stated, mention.fixed_sex.as_deref()) {
        (Some(stated), _) => stated.iter().map(|code| code.map_or(0, known)).collect(),
        (None, fixed) => vec![fixed.map_or(0, known); rows],
    }
}

fn broken(row: BrokenRow) -> Quarantined {
    let rule = match row.rule {
        "row_width" if begins_line(&row.raw) => &rules::LINE_OF_TABLE,
        "row_width" => &rules::ROW_WIDTH,
        _ => &rules::ROW_UNPARSABLE,
    };
    Quarantined {
        row: row.row,
        rule,
        raw: row.raw,
    }
}

/// Moves rows that name nobody to quarantine. Feeds about no person keep all their rows.
fn reject_nobody(batch: &mut StandardBatch, text: &RecordBatch) -> Result<(), ArrowError> {
    if batch.mentions.is_empty() {
        return Ok(());
    }
    let named = |row: usize| {
        batch
            .mentions
            .iter()
            .any(|m| m.somebody[row] || m.identity.organisation[row])
    };
    let keep: BooleanArray = (0..batch.row_numbers.len())
        .map(|row| Some(named(row)))
        .collect();
    if keep.true_count() == keep.len() {
        return Ok(());
    }
    for (row, number) in batch.row_numbers.iter().enumerate() {
        if !keep.value(row) {
            batch.quarantined.push(Quarantined {
                row: *number,
                rule: match is_line(text, row) {
                    true => &rules::LINE_OF_TABLE,
                    false => &rules::NAMES_NOBODY,
                },
                raw: raw::raw_row(text, row),
            });
        }
    }
    batch.retain(&keep)
}

/// Whether a row that names nobody is a line of the table, by any of its cells.
fn is_line(text: &RecordBatch, row: usize) -> bool {
    let columns = text.schema_ref().fields().iter().zip(text.columns());
    let mut cells = columns.filter_map(|(heading, column)| {
        let cells = column.as_string_view_opt()?;
        cells
            .is_valid(row)
            .then(|| (heading.name(), cells.value(row)))
    });
    cells.any(|(heading, cell)| cell == heading || is_line_of_table(&tight(cell)))
}

/// Whether the first cell of a row that has too few or too many, a JSON array, makes it a line of the table: `合计,2400`.
fn begins_line(raw: &str) -> bool {
    let cells: Vec<String> = serde_json::from_str(raw).unwrap_or_default();
    let mut cells = cells.iter().map(|cell| tight(cell));
    let first = cells.find(|cell| !cell.is_empty());
    first.is_some_and(|cell| is_line_of_table(&cell))
}

/// 合 计 as 合计.
fn tight(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests;
