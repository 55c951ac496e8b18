//! Tables of a job, every column as text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::prelude::{
    CsvReadOptions, ParquetReadOptions, SessionConfig, SessionContext, ident,
};
use rongtong_contracts::{LevelTest, LinkJob, LinkTable, Problem, suggest};
use url::Url;

use super::model::RecordColumns;
use crate::error::RunError;

/// The rows of one table: the unique id, then the columns of the records in their order.
pub(super) struct Table {
    pub(super) batches: Vec<Vec<StringViewArray>>,
}

/// Reads the tables of a job.
pub(super) async fn tables(job: &LinkJob, columns: &RecordColumns) -> Result<Vec<Table>, RunError> {
    let mut wanted = vec![job.unique_id.clone()];
    wanted.extend(columns.columns.iter().map(|(column, _)| column.clone()));
    let mut problems = Vec::new();
    let mut tables = Vec::new();
    for table in &job.tables {
        let file = File::open(&table.path).await?;
        problems.extend(missing(job, table, &wanted, &file.names()));
        if problems.is_empty() {
            tables.push(Table {
                batches: file.read(&wanted).await?,
            });
        }
    }
    match problems.is_empty() {
        true => Ok(tables),
        false => Err(RunError::Problems(problems)),
    }
}

/// A file that is open for reading.
pub(super) struct File {
    path: PathBuf,
    frame: datafusion::prelude::DataFrame,
}

impl File {
    /// Opens a CSV or Parquet file, by its ending.
    pub(super) async fn open(path: &Path) -> Result<Self, RunError> {
        // One reader: rows come in the order of the file.
        let session =
            SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let at = url_of(path)?;
        std::fs::File::open(path).map_err(|source| RunError::Io {
            path: path.to_owned(),
            source,
        })?;
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let ending = format!(".{ending}");
        let wrong = |error| unreadable(path, &error);
        if ending.eq_ignore_ascii_case(".parquet") {
            let options = ParquetReadOptions {
                file_extension: &ending,
                ..ParquetReadOptions::default()
            };
            let frame = session
                .read_parquet(at.as_str(), options)
                .await
                .map_err(wrong)?;
            return Ok(Self {
                path: path.to_owned(),
                frame,
            });
        }
        let mut options = CsvReadOptions::new()
            .has_header(true)
            .schema_infer_max_records(1);
        options.file_extension = &ending;
        options.newlines_in_values = true;
        let inferred = session
            .read_csv(at.as_str(), options.clone())
            .await
            .map_err(wrong)?;
        // Text: a guessed number would lose its zeros.
        let named = inferred.schema().fields().iter();
        let text = named.map(|field| Field::new(field.name(), DataType::Utf8, true));
        let schema = Schema::new(text.collect::<Vec<_>>());
        let frame = session
            .read_csv(at.as_str(), options.schema(&schema))
            .await
            .map_err(wrong)?;
        Ok(Self {
            path: path.to_owned(),
            frame,
        })
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> Vec<String> {
        let fields = self.frame.schema().fields().iter();
        fields
            .map(|field| field.name().trim_start_matches('\u{feff}').to_owned())
            .collect()
    }

    /// Columns as text without blanks around it; what is empty is null.
    pub(super) async fn read(
        self,
        columns: &[String],
    ) -> Result<Vec<Vec<StringViewArray>>, RunError> {
        let names = self.names();
        let places = columns
            .iter()
            .map(|column| names.iter().position(|name| name == column));
        let places: Vec<usize> = places.flatten().collect();
        let fields = self.frame.schema().fields();
        let chosen: Vec<_> = places
            .iter()
            .map(|at| ident(fields[*at].name().as_str()))
            .collect();
        // The same column twice can't be selected twice: each once, and taken where it is wanted.
        let mut unique = Vec::new();
        let mut of = Vec::new();
        for expression in chosen {
            let at = unique.iter().position(|known| *known == expression);
            of.push(at.unwrap_or(unique.len()));
            if at.is_none() {
                unique.push(expression);
            }
        }
        let wrong = |error| unreadable(&self.path, &error);
        let batches = self.frame.select(unique)?.collect().await.map_err(wrong)?;
        batches
            .iter()
            .map(|batch| of.iter().map(|at| text(batch, *at)).collect())
            .collect()
    }
}

/// A path as a URL: in a plain path the query engine would take brackets and stars for a pattern.
pub(super) fn url_of(path: &Path) -> Result<String, RunError> {
    let io = |source| RunError::Io {
        path: path.to_owned(),
        source,
    };
    let full = std::path::absolute(path).map_err(io)?;
    let url = Url::from_file_path(full);
    let url = url.map_err(|()| io(std::io::ErrorKind::InvalidFilename.into()))?;
    Ok(url.into())
}

fn text(batch: &RecordBatch, at: usize) -> Result<StringViewArray, RunError> {
    let text = cast(batch.column(at), &DataType::Utf8)?;
    let text = arrow::array::AsArray::as_string::<i32>(text.as_ref());
    let cells = (0..text.len()).map(|row| {
        let cell = text.is_valid(row).then(|| text.value(row).trim());
        cell.filter(|cell| !cell.is_empty())
    });
    Ok(cells.collect())
}

/// What other libraries say of a file may hold cells; the kind of fault is enough.
fn unreadable(path: &Path, error: &datafusion::error::DataFusionError) -> RunError {
    tracing::debug!(file = %path.display(), "a table can't be read");
    let kind = match error.find_root() {
        datafusion::error::DataFusionError::ArrowError(..) => {
            "its rows are broken, or it is not UTF-8"
        }
        datafusion::error::DataFusionError::ParquetError(_) => "it is not Parquet",
        _ => "it can't be read",
    };
    RunError::LinkTable {
        path: path.to_owned(),
        what: kind,
    }
}

/// Columns that a table lacks, at the places that name them.
fn missing(job: &LinkJob, table: &LinkTable, wanted: &[String], there: &[String]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for column in wanted {
        if there.contains(column) || problems.iter().any(|problem| problem.text == *column) {
            continue;
        }
        let (line, at) = named_at(job, column);
        problems.push(Problem {
            file: job.linkage.path.clone(),
            line,
            column: at,
            text: column.clone(),
            what: format!("{} has no column `{column}`", table.path.display()),
            remedy: suggest(column, there.iter().map(String::as_str)),
        });
    }
    problems
}

/// Where a column is named first.
fn named_at(job: &LinkJob, column: &str) -> (usize, usize) {
    if job.unique_id == column {
        return job.unique_id_at;
    }
    let reversed =
        |test: &LevelTest| matches!(test, LevelTest::ColumnsReversed(other) if other == column);
    let mut compared = job.linkage.comparisons.iter();
    let compared = compared.find(|comparison| {
        comparison.column == column || comparison.levels.iter().any(|level| reversed(&level.test))
    });
    let mut rules = job.linkage.rules.iter();
    let blocked = rules.find(|rule| rule.keys.iter().any(|key| key.column == column));
    let found = compared.map(|comparison| comparison.at);
    found.or(blocked.map(|rule| rule.at)).unwrap_or((0, 0))
}

/// The schema of text columns.
pub(super) fn schema(names: impl IntoIterator<Item = (String, DataType)>) -> Arc<Schema> {
    let fields = names
        .into_iter()
        .map(|(name, kind)| Field::new(name, kind, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
