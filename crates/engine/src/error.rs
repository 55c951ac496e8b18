//! Why a run stops.

use std::path::PathBuf;

use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use rongtong_contracts::{FeedName, Problem};
use rongtong_identity::residents::ResolveError;

/// A run that made no release. The lake is as before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The pipeline or a contract is wrong.
    #[error("{} problem(s) in the pipeline or its contracts:\n{}", .0.len(), lines(.0))]
    Problems(Vec<Problem>),
    /// `--feed` names a feed that the pipeline doesn't bind.
    #[error("the pipeline has no feed {feed}; it has: {known}")]
    UnknownFeed {
        /// What was asked for.
        feed: String,
        /// What there is.
        known: String,
    },
    /// The lake holds rows of feeds that the pipeline doesn't bind.
    #[error(
        "the lake holds rows of {feeds}, which {} doesn't bind; bind every feed that the lake has (one without a file \
         keeps its old state), or use another lake",
        pipeline.display()
    )]
    Unbound {
        /// The feeds.
        feeds: String,
        /// The pipeline.
        pipeline: PathBuf,
    },
    /// The lake's keys were made with another secret.
    #[error(
        "{lake} was made with another secret; use that one (RONGTONG_SECRET_FILE or RONGTONG_SECRET), or another lake"
    )]
    OtherSecret {
        /// The lake.
        lake: String,
    },
    /// A snapshot lost too many of its rows.
    #[error(
        "{feed}: the snapshot shrank from {before} rows to {now}, by more than {limit} %; is a part missing? \
         To accept it, set max_shrink_percent under the feed in {}",
        pipeline.display()
    )]
    Shrunk {
        /// The feed.
        feed: FeedName,
        /// Rows in force.
        before: u64,
        /// Rows received now.
        now: u64,
        /// The limit.
        limit: f64,
        /// Where to set it.
        pipeline: PathBuf,
    },
    /// Too many rows of a delivery were rejected.
    #[error(
        "{feed}: {rejected} of {received} rows of {file} were rejected, more than {limit} %. \
         To accept it, set max_rejected_percent under the feed in {}",
        pipeline.display()
    )]
    TooManyRejected {
        /// The feed.
        feed: FeedName,
        /// The delivered file.
        file: String,
        /// Rows rejected.
        rejected: u64,
        /// Rows received.
        received: u64,
        /// The limit.
        limit: f64,
        /// Where to set it.
        pipeline: PathBuf,
    },
    /// Rows went missing inside the run: a fault of ours.
    #[error(
        "{feed}: {file} has {received} rows, but {standard} standard and {quarantined} quarantined rows; nothing was released. Please report this"
    )]
    Unaccounted {
        /// The feed.
        feed: FeedName,
        /// The delivered file.
        file: String,
        /// Rows received.
        received: u64,
        /// Rows standardised.
        standard: u64,
        /// Rows quarantined.
        quarantined: u64,
    },
    /// A delivery touched a resident who was not looked at.
    #[error(
        "the delivery touches residents beyond those that were looked at; nothing was released. Run once with --reprocess, and please report this"
    )]
    LeftAlone,
    /// A delivery that should be read again is neither in the archive nor where it came from.
    #[error(
        "{feed}: delivery {delivery} ({file}) is not in the archive; put the file back under --feeds, or leave this feed out with --feed"
    )]
    NotArchived {
        /// The feed.
        feed: FeedName,
        /// The delivery.
        delivery: String,
        /// Its file.
        file: String,
    },
    /// The lake has no release yet.
    #[error("{lake} holds no release yet; make one with `rongtong run`")]
    NoRelease {
        /// The lake.
        lake: String,
    },
    /// The lake has no release of the number that was asked for.
    #[error(
        "{lake} has no such release; it holds {first} to {last}, and without --release the newest is read"
    )]
    UnknownRelease {
        /// The lake.
        lake: String,
        /// Its first release.
        first: String,
        /// Its newest release.
        last: String,
    },
    /// No resident has the key that was asked for. It isn't shown: it may be an identity number.
    #[error("no resident has this key in the release; keys stand in residents.resident_key")]
    UnknownKey,
    /// The lake holds columns in other types than their contracts state now.
    #[error(
        "{}; run once with `--reprocess --feed {}`, which reads the rows again from the archive, or take the change back",
        listed(.0, ", "), listed(&feeds(.0), " ")
    )]
    Retyped(Vec<Retyped>),
    /// A table of the lake has not the columns it should have.
    #[error("table {table} of the lake lacks the column {column}; run again with --reprocess")]
    MissingColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column of a table of the lake is of another type than it should be.
    #[error(
        "table {table} of the lake has the column {column} as {held}; run again with --reprocess"
    )]
    ColumnType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type in the lake.
        held: String,
    },
    /// A word in a table of the lake isn't known. It isn't shown: it may be anything.
    #[error(
        "{table}.{column} of the lake holds a word that this version doesn't know; use the version that made the \
         release (runs.version), or a newer one"
    )]
    UnknownWord {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A reviewer's decision can't be read. The line isn't shown: it may hold an identity number.
    #[error("{}:{line}: this is no decision: {what}; correct or remove the line", path.display())]
    Decision {
        /// The file of decisions.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Links are less sure than the pipeline wants.
    #[error(
        "of {made} links made in this run {expected:.1} are expected to be wrong: {precision:.2} % are right, fewer than {limit} %. \
         Raise `link_probability`, or set min_link_precision_percent in {} to accept it",
        pipeline.display()
    )]
    LinksUnsure {
        /// Links made.
        made: u64,
        /// Of them expected to be wrong.
        expected: f64,
        /// Expected to be right, percent.
        precision: f64,
        /// The limit.
        limit: f64,
        /// Where to set it.
        pipeline: PathBuf,
    },
    /// The linkage can't be run on these records.
    #[error("linking stopped: {0}")]
    Linkage(#[from] rongtong_identity::linkage::ModelError),
    /// A table that is to be linked can't be read.
    #[error("{}: {what}; give the table as UTF-8 CSV with headings, or as Parquet", path.display())]
    LinkTable {
        /// The table.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// Rows of a table can't be told apart. Ids aren't shown: they may be identity numbers.
    #[error(
        "{}: row {row} {}; every row needs a value of its own in the column {column} (unique_id_column_name)",
        path.display(),
        like.map_or_else(|| "has no unique id".to_owned(), |row| format!("has the unique id of row {row}"))
    )]
    LinkIds {
        /// The table.
        path: PathBuf,
        /// The column of ids.
        column: String,
        /// The row, 1 below the headings.
        row: usize,
        /// The row of the same id; none: it has no id.
        like: Option<usize>,
    },
    /// A truth that a linkage should be measured by can't be used.
    #[error("{}: {what}; write rows of unique id and entity, or of two unique ids", path.display())]
    LinkTruth {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// A file or folder can't be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The lake failed.
    #[error(transparent)]
    Lake(#[from] rongtong_lake::LakeError),
    /// A column operation failed: a fault of ours.
    #[error("columns could not be put together: {0}")]
    Arrow(arrow::error::ArrowError),
    /// Temporary files can't be kept.
    #[error("{told}")]
    Spill {
        /// What failed, where, and what to do.
        told: String,
        /// Why.
        source: std::io::Error,
    },
    /// A query failed.
    #[error("the query engine failed: {0}")]
    DataFusion(DataFusionError),
}

/// What went wrong below the query engine is told as what it is.
impl From<DataFusionError> for RunError {
    fn from(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(within) => match within.downcast::<Self>() {
                Ok(within) => *within,
                Err(within) => Self::DataFusion(DataFusionError::External(within)),
            },
            error => Self::DataFusion(error),
        }
    }
}

/// A column that the lake holds in another type than its contract states.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{feed}: the lake holds {column} as {held}, its contract says {stated}")]
pub struct Retyped {
    /// The feed.
    pub feed: FeedName,
    /// The column.
    pub column: String,
    /// Its type in the lake.
    pub held: String,
    /// Its type by the contract.
    pub stated: String,
}

impl RunError {
    /// Exit code of LAKE.md: 2 where the command line, pipeline, contract or secret is wrong, else 1.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        use rongtong_lake::LakeError::{BadLocation, Elsewhere, OtherSecret};
        match self {
            Self::Lake(BadLocation { .. } | Elsewhere { .. } | OtherSecret { .. }) => 2,
            Self::LinkTable { .. } | Self::LinkIds { .. } | Self::LinkTruth { .. } => 2,
            Self::Problems(_)
            | Self::Decision { .. }
            | Self::UnknownFeed { .. }
            | Self::Unbound { .. }
            | Self::Retyped(_)
            | Self::UnknownRelease { .. }
            | Self::OtherSecret { .. } => 2,
            _ => 1,
        }
    }

    pub(crate) fn column_type(table: &str, column: &str, held: &DataType) -> Self {
        Self::ColumnType {
            table: table.to_owned(),
            column: column.to_owned(),
            held: held.to_string(),
        }
    }

    pub(crate) fn unknown_word(table: &str, column: &str) -> Self {
        Self::UnknownWord {
            table: table.to_owned(),
            column: column.to_owned(),
        }
    }
}

impl From<ResolveError> for RunError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Model(error) => error.into(),
            ResolveError::Rows(error) => error.into(),
        }
    }
}

impl From<arrow::error::ArrowError> for RunError {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::IoError(told, source) => Self::Spill { told, source },
            error => Self::Arrow(error),
        }
    }
}

fn listed<T: ToString>(all: &[T], between: &str) -> String {
    all.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(between)
}

/// Each feed once.
fn feeds(columns: &[Retyped]) -> Vec<&FeedName> {
    let mut feeds: Vec<&FeedName> = columns.iter().map(|column| &column.feed).collect();
    feeds.dedup();
    feeds
}

fn lines(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("  {problem}"))
        .collect::<Vec<_>>()
        .join("\n")
}
