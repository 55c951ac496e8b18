//! Replay: quarantined rows once more, after a contract was mended.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use rongtong_connector_kit::{Connector, Context, Standardiser};
use rongtong_formats::{ROW_UNPARSABLE, ROW_WIDTH, TextBatch};
use rongtong_identity::KeyMaker;

use crate::columns::{numbers, texts};
use crate::error::RunError;
use crate::found::{FoundIn, Place};
use crate::plan::FeedPlan;
use crate::rows::{FeedRows, Origin};
use crate::tables::QUARANTINE;

/// What became of a feed's quarantined rows.
pub(crate) struct Replayed {
    pub(crate) rows: FeedRows,
    pub(crate) found: FoundIn,
    /// Every row that was replayed: its old findings are void.
    pub(crate) places: HashSet<Place>,
    /// Rows that left quarantine, for each delivery.
    pub(crate) freed: BTreeMap<String, i64>,
}

/// Standardises the quarantined rows of a feed again. `None` if it has none, or if what is in
/// quarantine no longer fits the contract at all.
pub(crate) fn replay(
    plan: &FeedPlan<'_>,
    quarantine: &[RecordBatch],
    connector: &dyn Connector,
    keys: &KeyMaker,
    as_of: impl Fn(&str) -> i32,
) -> Result<Option<Replayed>, RunError> {
    let feed = plan.binding.feed.to_string();
    let mut result = Replayed {
        rows: FeedRows::new(Arc::clone(&plan.contract)),
        found: FoundIn::default(),
        places: HashSet::new(),
        freed: BTreeMap::new(),
    };
    for ((delivery, file), rows) in by_file(&feed, quarantine)? {
        let origin = Origin {
            as_of: as_of(&delivery),
            delivery: delivery.as_str().into(),
            file: file.as_str().into(),
        };
        let context = Context {
            contract: &plan.contract,
            binding: plan.binding,
            as_of: origin.as_of,
        };
        let mut standardiser = Standardiser::new(connector, context);
        let (whole, torn): (Vec<Raw>, Vec<Raw>) =
            rows.into_iter().partition(|raw| raw.cells.is_some());
        if !torn.is_empty() {
            let rows = torn.len();
            tracing::warn!(
                %feed, file, rows,
                "these rows have no cells, and stay in quarantine: no contract mends them. Correct the binding's delimiter \
                 or encoding and run with --reprocess, or have them delivered again"
            );
        }
        if whole.is_empty() {
            continue;
        }
        let numbers: Vec<i64> = whole.iter().map(|raw| raw.row).collect();
        let mapped = match standardiser.map(text_batch(whole)?) {
            Ok(mapped) => mapped,
            Err(refusal) => {
                tracing::warn!(%feed, file, "its rows stay in quarantine: {refusal}");
                continue;
            }
        };
        let mut batch = standardiser.standardise(mapped)?;
        let freed = i64::try_from(batch.row_numbers.len()).unwrap_or(i64::MAX);
        *result.freed.entry(delivery.clone()).or_default() += freed;
        let place = |row: i64| (feed.clone(), delivery.clone(), file.clone(), row);
        result.places.extend(numbers.into_iter().map(place));
        let at = result.rows.origin(origin.clone());
        result.found.flag(&origin, batch.findings.drain(..));
        result.found.reject(&origin, batch.quarantined.drain(..));
        if freed > 0 {
            result.rows.push(at, batch, keys);
        }
    }
    Ok((result.rows.len() > 0).then_some(result))
}

/// A quarantined row. Personal data: no `Debug`.
struct Raw {
    row: i64,
    /// By heading what it said; `None` where it couldn't be split.
    cells: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The cells of one row with the places of their headings.
type Cells = Vec<(usize, Option<String>)>;

/// The quarantined rows of a feed, by delivery and file.
fn by_file(
    feed: &str,
    quarantine: &[RecordBatch],
) -> Result<BTreeMap<(String, String), Vec<Raw>>, RunError> {
    let mut files: BTreeMap<(String, String), Vec<Raw>> = BTreeMap::new();
    for batch in quarantine {
        let text = |name| texts(batch, QUARANTINE, name);
        let (feeds, deliveries, names) = (text("feed")?, text("_delivery")?, text("_source_file")?);
        let (rules, raw) = (text("rule")?, text("raw")?);
        let rows: &Int64Array = numbers(batch, QUARANTINE, "_source_row")?;
        for at in (0..batch.num_rows()).filter(|at| feeds.value(*at) == feed) {
            let file = (deliveries.value(at).to_owned(), names.value(at).to_owned());
            let torn = [ROW_UNPARSABLE, ROW_WIDTH].contains(&rules.value(at));
            let cells = serde_json::from_str(raw.value(at)).ok();
            files.entry(file).or_default().push(Raw {
                row: rows.value(at),
                cells: cells.filter(|_| !torn),
            });
        }
    }
    Ok(files)
}

/// The rows as they were received.
fn text_batch(rows: Vec<Raw>) -> Result<TextBatch, RunError> {
    let mut headings: Vec<String> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut cells: Vec<(i64, Cells)> = Vec::new();
    for Raw { row, cells: said } in rows {
        let mut line = Vec::new();
        for (heading, value) in said.unwrap_or_default() {
            let at = *known.entry(heading.clone()).or_insert_with(|| {
                headings.push(heading);
                headings.len() - 1
            });
            line.push((at, value.as_str().map(str::to_owned)));
        }
        cells.push((row, line));
    }
    let mut columns: Vec<StringViewBuilder> =
        headings.iter().map(|_| StringViewBuilder::new()).collect();
    for (_, line) in &cells {
        let mut values: Vec<Option<&str>> = vec![None; headings.len()];
        for (at, value) in line {
            values[*at] = value.as_deref();
        }
        for (column, value) in columns.iter_mut().zip(values) {
            column.append_option(value);
        }
    }
    let fields: Vec<Field> = headings
        .iter()
        .map(|h| Field::new(h, DataType::Utf8View, true))
        .collect();
    let arrays: Vec<ArrayRef> = columns
        .iter_mut()
        .map(|c| Arc::new(c.finish()) as ArrayRef)
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(cells.len()));
    let rows = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)?;
    Ok(TextBatch {
        rows,
        row_numbers: cells.iter().map(|(row, _)| *row).collect(),
        broken: Vec::new(),
    })
}
