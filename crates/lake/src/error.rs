//! Everything that can go wrong with a lake: what happened, where, and what to do next.
//!
//! No error carries a cell value; paths, table and column names and counts only.

use std::path::PathBuf;

/// A failure of the lake. Fields name the place; [`std::fmt::Display`] ends with the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// The location is neither a folder nor an object-store URL that can be opened.
    #[error(
        "{location}: not a place for a lake ({reason}); give a folder or a URL such as s3://bucket/lake"
    )]
    BadLocation {
        /// The location as given.
        location: String,
        /// Why it can't be used.
        reason: String,
    },
    /// A part of the lake lies at a place that only the pipeline knows.
    #[error(
        "{name} lies elsewhere than in {lake}, where the pipeline's `restricted:` says; name the pipeline as well: --pipeline PIPELINE"
    )]
    Elsewhere {
        /// The lake.
        lake: String,
        /// The table, or `archive`.
        name: String,
    },
    /// A delivery is no more the file that was taken.
    #[error(
        "{}: it changed while it was being taken; deliver files under another name and rename them when they are whole, then run again",
        path.display()
    )]
    DeliveryChanged {
        /// The delivery.
        path: PathBuf,
    },
    /// The operating system refused a file operation.
    #[error("{}: can't {doing}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operation, as a verb phrase.
        doing: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// The object store refused an operation.
    #[error("{location}: can't {doing}: {source}")]
    Store {
        /// The object or folder.
        location: String,
        /// The operation, as a verb phrase.
        doing: &'static str,
        /// The store's error.
        source: object_store::Error,
    },
    /// The Delta log of a table can't be read or written.
    #[error("table {table}: can't {doing}: {source}")]
    Delta {
        /// The table.
        table: String,
        /// The operation, as a verb phrase.
        doing: &'static str,
        /// The Delta library's error.
        source: Box<deltalake_core::DeltaTableError>,
    },
    /// A part of a log is empty, cut short or missing: a reader would silently see fewer rows.
    #[error("{file}: this part of the log of table {table} is {damage}; run `rongtong repair`")]
    TornLog {
        /// The table.
        table: String,
        /// The damaged file.
        file: String,
        /// What is wrong with it: "empty", "cut short", "not a log entry".
        damage: &'static str,
    },
    /// The manifest of a release is damaged or gone.
    #[error("{file}: this manifest of a release is {damage}; run `rongtong repair`")]
    Manifest {
        /// The manifest.
        file: String,
        /// What is wrong with it.
        damage: &'static str,
    },
    /// A release can't be returned to: it isn't whole any more.
    #[error(
        "release {release} can't be returned to: its file {file} is {damage}; \
         `rongtong verify` tells what is whole, and a vacuum leaves only the newest releases"
    )]
    NotWhole {
        /// The release.
        release: String,
        /// The first file that isn't what it was.
        file: String,
        /// What is wrong with it.
        damage: &'static str,
    },
    /// A release can't be read: it has lost rows.
    #[error(
        "release {release} can't be read: its file {file} is {damage}; a vacuum leaves only the newest releases: read a newer one, \
         or, if this is the newest, run `rongtong verify` and `rongtong repair`"
    )]
    LostFile {
        /// The release.
        release: String,
        /// The first file that isn't what it was.
        file: String,
        /// What is wrong with it.
        damage: &'static str,
    },
    /// There is nothing to repair the lake with.
    #[error(
        "{lake}: no release is whole any more; restore the lake from a copy, or run into a new lake"
    )]
    NothingWhole {
        /// The lake.
        lake: String,
    },
    /// A data file that is read has other bytes than were written.
    #[error(
        "{file}: this file of table {table} is {damage}; run `rongtong verify` and `rongtong repair`"
    )]
    DamagedFile {
        /// The table.
        table: String,
        /// The file.
        file: String,
        /// What is wrong with it.
        damage: &'static str,
    },
    /// The files that the log names are not those of the release.
    #[error(
        "table {table}, version {version}: the log names {found_files} files with {found_rows} rows, \
         the release {expected_files} files with {expected_rows} rows; the log is damaged; \
         run `rongtong verify` and `rongtong repair`"
    )]
    NotTheReleasedFiles {
        /// The table.
        table: String,
        /// The released version.
        version: u64,
        /// Files in the release.
        expected_files: u64,
        /// Rows in the release.
        expected_rows: u64,
        /// Files that the log names.
        found_files: u64,
        /// Rows that the log names.
        found_rows: u64,
    },
    /// Someone else committed while this run was under way; nothing of this run is visible.
    #[error("table {table}: version {version} was committed by another run; run again")]
    Conflict {
        /// The table.
        table: String,
        /// The version that this run wanted to write.
        version: u64,
    },
    /// The lake holds what an unfinished run left; it must be restored first.
    #[error(
        "table {table}: version {version} belongs to no release; call restore_unfinished first"
    )]
    Unfinished {
        /// The table.
        table: String,
        /// Its newest version.
        version: u64,
    },
    /// Rows can't be appended to a table whose columns differ.
    #[error(
        "table {table}: column {column} is {found} in the lake but {wanted} now; \
         a changed contract needs the whole table written anew (run --reprocess)"
    )]
    SchemaChanged {
        /// The table.
        table: String,
        /// The first column that differs.
        column: String,
        /// Its type in the lake, or "absent".
        found: String,
        /// The type wanted, or "absent".
        wanted: String,
    },
    /// Delta has no such type.
    #[error("table {table}, column {column}: type {data_type} has no place in a Delta table")]
    UnsupportedType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The Arrow type.
        data_type: String,
    },
    /// A batch doesn't fit its table's columns.
    #[error("table {table}: a batch has {found} where column {column} ({wanted}) should be")]
    WrongBatch {
        /// The table.
        table: String,
        /// The table's column.
        column: String,
        /// The table's type.
        wanted: String,
        /// What the batch holds there.
        found: String,
    },
    /// A Parquet file can't be written or read.
    #[error("table {table}: can't {doing}: {source}")]
    Parquet {
        /// The table.
        table: String,
        /// The operation, as a verb phrase.
        doing: &'static str,
        /// The Parquet library's error.
        source: parquet::errors::ParquetError,
    },
    /// Columns can't be brought into the table's form.
    #[error("table {table}: can't arrange columns: {source}")]
    Arrow {
        /// The table.
        table: String,
        /// Arrow's error.
        source: arrow::error::ArrowError,
    },
    /// The thread that writes a table's files is gone.
    #[error("table {table}: its writer stopped; see the log")]
    WriterStopped {
        /// The table.
        table: String,
    },
    /// No such column in a table.
    #[error("table {table} has no column {column}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column asked for.
        column: String,
    },
    /// A name that can't be a table, or a part of a path in the archive.
    #[error(
        "{name:?} can't be {what}: use letters, digits, `_`, `-` and `.`, not starting with `_` or `.`"
    )]
    BadName {
        /// The name as given.
        name: String,
        /// What it was to name.
        what: &'static str,
    },
    /// Two changes of one publication name the same table.
    #[error("table {table} is changed twice in one publication; stage its rows together")]
    ChangedTwice {
        /// The table.
        table: String,
    },
    /// Another run holds the lake.
    #[error(
        "{}: another run holds the lake (waited {waited_seconds} s); wait for it to end", path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long this run waited, in seconds.
        waited_seconds: u64,
    },
    /// The lake's own settings file can't be understood.
    #[error("{location}: {reason}; restore the file from a copy")]
    Settings {
        /// The settings file.
        location: String,
        /// What is wrong.
        reason: String,
    },
    /// The lake was made with another secret: its resident keys would not meet.
    #[error(
        "{location}: the lake was made with another secret; set RONGTONG_SECRET or RONGTONG_SECRET_FILE to that one"
    )]
    OtherSecret {
        /// The settings file that holds the fingerprint.
        location: String,
    },
    /// A background task of the lake was cancelled or panicked.
    #[error("a background task of the lake ended early: {source}")]
    Task {
        /// The runtime's error.
        #[from]
        source: tokio::task::JoinError,
    },
}

impl LakeError {
    /// Whether running again from the start can succeed without anybody's help.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Unfinished { .. })
    }
}

/// The lake's result.
pub type Result<T, E = LakeError> = std::result::Result<T, E>;
