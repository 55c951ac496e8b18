//! Scored pairs and clusters as files.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int8Array, RecordBatch, StringViewArray};
use arrow::datatypes::DataType;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::SessionContext;
use rongtong_contracts::{LinkJob, LinkType};
use rongtong_identity::linkage::{self, Model};

use super::Linked;
use super::read::{schema, url_of};
use super::records::Rows;
use crate::error::RunError;

/// Writes one file, CSV or Parquet by its ending.
pub(super) async fn table(path: &Path, rows: RecordBatch) -> Result<(), RunError> {
    let io = |source| RunError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let frame = SessionContext::new().read_batch(rows)?;
    let options = DataFrameWriteOptions::new().with_single_file_output(true);
    let at = url_of(path)?;
    match path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
    {
        true => frame.write_parquet(&at, options, None).await?,
        false => frame.write_csv(&at, options, None).await?,
    };
    Ok(())
}

/// Pairs as likely as `review_probability`, the likeliest first: Splink's columns.
pub(super) fn pairs(
    job: &LinkJob,
    model: &Model,
    rows: &Rows,
    linked: &Linked,
) -> Result<RecordBatch, RunError> {
    let scored = linked.scored.iter().zip(&linked.candidates.pairs);
    let mut likely: Vec<_> = scored
        .filter(|(pair, _)| pair.probability() >= model.review)
        .collect();
    likely.sort_by(|(x, _), (y, _)| y.odds.total_cmp(&x.odds).then((x.a, x.b).cmp(&(y.a, y.b))));
    let (mut names, mut columns): (Vec<(String, DataType)>, Vec<ArrayRef>) =
        (Vec::new(), Vec::new());
    let mut add = |name: String, column: ArrayRef| {
        names.push((name, column.data_type().clone()));
        columns.push(column);
    };
    let numbers = |of: &dyn Fn(&linkage::Scored) -> f64| -> ArrayRef {
        Arc::new(
            likely
                .iter()
                .map(|(pair, _)| Some(of(pair)))
                .collect::<Float64Array>(),
        )
    };
    add("match_weight".into(), numbers(&|pair| pair.odds));
    add(
        "match_probability".into(),
        numbers(&|pair| pair.probability()),
    );
    for (side, record) in [("l", 0), ("r", 1)] {
        let of = |pair: &linkage::Scored| if record == 0 { pair.a } else { pair.b };
        if job.link_type == LinkType::LinkOnly {
            let tables = likely
                .iter()
                .map(|(pair, _)| table_name(job, rows, of(pair)));
            add(
                format!("source_dataset_{side}"),
                Arc::new(tables.collect::<StringViewArray>()),
            );
        }
        let ids = likely
            .iter()
            .map(|(pair, _)| rows.ids.get(of(pair) as usize));
        add(
            format!("{}_{side}", job.unique_id),
            Arc::new(ids.collect::<StringViewArray>()),
        );
    }
    for (at, comparison) in model.comparisons.iter().enumerate() {
        // Splink counts from the weakest, and -1 is nothing to compare.
        let most = i8::try_from(comparison.levels.len()).unwrap_or(i8::MAX);
        let gamma = likely.iter().map(|(pair, _)| match pair.pattern.level(at) {
            0 => -1,
            level => most + 1 - i8::try_from(level).unwrap_or(0),
        });
        add(
            format!("gamma_{}", comparison.name),
            Arc::new(gamma.map(Some).collect::<Int8Array>()),
        );
    }
    let rules = likely.iter().map(|(_, (.., rules))| {
        let first = model.rules.get(rules.trailing_zeros() as usize);
        first.map(|rule| rule.name.as_str())
    });
    add(
        "match_key".into(),
        Arc::new(rules.collect::<StringViewArray>()),
    );
    let of = |record: u32| linked.clusters.of.get(record as usize);
    let together = likely
        .iter()
        .map(|(pair, _)| Some(of(pair.a) == of(pair.b)));
    add(
        "linked".into(),
        Arc::new(together.collect::<BooleanArray>()),
    );
    Ok(RecordBatch::try_new(schema(names), columns)?)
}

/// The cluster of every record; it has the name of its first record, as with Splink.
pub(super) fn clusters(
    job: &LinkJob,
    rows: &Rows,
    linked: &Linked,
) -> Result<RecordBatch, RunError> {
    let link = job.link_type == LinkType::LinkOnly;
    let name = |record: u32| {
        let id = rows.ids.get(record as usize)?;
        Some(match link {
            true => format!("{}-__-{id}", table_name(job, rows, record)?),
            false => id.clone(),
        })
    };
    let clusters = linked.clusters.of.iter().map(|record| name(*record));
    let (mut names, mut columns): (Vec<(String, DataType)>, Vec<ArrayRef>) =
        (Vec::new(), Vec::new());
    let mut add = |name: &str, column: StringViewArray| {
        names.push((name.to_owned(), DataType::Utf8View));
        columns.push(Arc::new(column));
    };
    add("cluster_id", clusters.collect());
    if link {
        let records = 0..u32::try_from(rows.ids.len()).unwrap_or(u32::MAX);
        let tables = records.map(|record| table_name(job, rows, record));
        add("source_dataset", tables.collect());
    }
    add(&job.unique_id, rows.ids.iter().map(Some).collect());
    Ok(RecordBatch::try_new(schema(names), columns)?)
}

fn table_name<'a>(job: &'a LinkJob, rows: &Rows, record: u32) -> Option<&'a str> {
    let table = rows.table.get(record as usize)?;
    job.tables
        .get(usize::from(*table))
        .map(|table| table.name.as_str())
}
