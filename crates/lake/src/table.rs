//! What a table is: its specification for writers, its facts for readers.

use arrow::datatypes::SchemaRef;
use object_store::path::Path;

use crate::{LakeError, Result};

/// What a table should be: name, columns, comments. The same spec gives the same table.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// Path of the table below the lake's root: `residents`, `standard/health/health_record`.
    pub name: String,
    /// Columns; text may be any Arrow text type. A field's metadata key [`COMMENT`] becomes its
    /// column comment. Every column may be null, whatever the field says.
    pub schema: SchemaRef,
    /// The table's comment, Chinese and English.
    pub comment: String,
    /// Marks a table that only some may read.
    pub restricted: bool,
    /// Rows of a Parquet row group at most.
    pub row_group_rows: usize,
    /// A file is closed, and another begun, when it has reached this many bytes.
    pub file_bytes: u64,
    /// Columns of which minimum, maximum and null count may be kept, in Parquet and in the log.
    /// Never personal data; columns that the table lacks are ignored.
    pub statistics: Vec<String>,
}

/// Key in a field's metadata that holds its column comment.
pub const COMMENT: &str = "comment";

impl TableSpec {
    /// A spec with the usual sizes: row groups of 131,072 rows, files of 256 MB, zstd 1, statistics
    /// of `resident_key` alone.
    pub fn new(name: impl Into<String>, schema: SchemaRef, comment: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            schema,
            comment: comment.into(),
            restricted: false,
            row_group_rows: 131_072,
            file_bytes: 256 << 20,
            statistics: vec!["resident_key".to_owned()],
        }
    }

    /// The same, restricted.
    pub fn restricted(mut self) -> Self {
        self.restricted = true;
        self
    }

    /// The same, with statistics of these columns.
    pub fn statistics<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.statistics = columns.into_iter().map(Into::into).collect();
        self
    }
}

/// A table of the released lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name: the path below the lake's root.
    pub name: String,
    /// The released version.
    pub version: u64,
    /// Rows.
    pub rows: u64,
    /// Data files.
    pub files: u64,
    /// Bytes of the data files.
    pub bytes: u64,
    /// Its comment.
    pub comment: String,
    /// Whether it is marked as restricted.
    pub restricted: bool,
    /// Where it lies: a path, or a URL in an object store.
    pub location: String,
}

/// One Parquet file of a table's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its full path in the table's store (see `Lake::store`).
    pub path: Path,
    /// Size in bytes.
    pub size: u64,
    /// Rows.
    pub rows: u64,
}

/// Refuses names that would leave the lake's root or that Delta readers would not see.
pub(crate) fn check_name(name: &str, what: &'static str) -> Result<()> {
    let good = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if name.split('/').all(good) {
        Ok(())
    } else {
        Err(LakeError::BadName {
            name: name.to_owned(),
            what,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_stay_below_the_root() {
        for good in ["residents", "standard/health/health_record", "a-b.c/d_1"] {
            assert!(check_name(good, "a table").is_ok(), "{good}");
        }
        for bad in [
            "",
            "/a",
            "a/",
            "a//b",
            "../a",
            "a/..",
            "_delta_log",
            "a/.b",
            "a b",
            "a\\b",
            "表",
        ] {
            assert!(check_name(bad, "a table").is_err(), "{bad}");
        }
    }
}
