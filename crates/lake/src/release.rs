//! A release: the set of table versions that one run leaves behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::table::{COMMENT, TableSpec};
use crate::{LakeError, Result};

/// Name of the table that makes releases visible.
pub const RELEASES: &str = "releases";

/// A set of table versions that belong together; readers see whole releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The number as text, six digits or more: `000001`.
    pub id: String,
    /// 1 for the lake's first release, then one more each time.
    pub number: u64,
    /// When it was made: Beijing wall time in microseconds since 1970, as given by the run.
    pub at: i64,
    /// Every table of the lake, by name.
    pub tables: BTreeMap<String, ReleasedTable>,
    /// File name of its manifest; `None` for a release from before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Restricted tables, and `archive`, that lay elsewhere than in the lake's folder when it was made. Where, only the
    /// pipeline knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<String>,
}

impl Release {
    /// The id of the release of a number.
    #[must_use]
    pub fn id_of(number: u64) -> String {
        format!("{number:06}")
    }

    /// The id of the release after another; none: of the lake's first.
    #[must_use]
    pub fn id_after(base: Option<&Self>) -> String {
        Self::id_of(base.map_or(1, |base| base.number + 1))
    }
}

/// One table of a release, with what is needed to notice a damaged log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedTable {
    /// The Delta version that holds the released content.
    pub version: u64,
    /// Rows of all files.
    pub rows: u64,
    /// Number of data files.
    pub files: u64,
    /// Bytes of the data files.
    pub bytes: u64,
    /// SM3 of the sorted file list (name, size, rows).
    pub digest: String,
    /// The table's comment.
    #[serde(default)]
    pub comment: String,
    /// Whether only some may read it.
    #[serde(default)]
    pub restricted: bool,
}

/// What the caller says of a release.
#[derive(Debug, Clone)]
pub struct ReleaseMeta {
    /// The run that makes it; kept in the commit of `releases`.
    pub run_id: String,
    /// Beijing wall time in microseconds since 1970.
    pub at: i64,
}

/// A table that was put back to its released content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The table.
    pub table: String,
    /// The version that an unfinished run had left.
    pub from: u64,
    /// The released version whose content is in force again; `None` for a table that no release
    /// knows, which is now empty.
    pub to: Option<u64>,
    /// The version that the putting back made.
    pub now: u64,
}

/// The table that makes releases visible.
pub(crate) fn releases_spec() -> TableSpec {
    let field = |name: &str, data_type, comment: &str| {
        let metadata = [(COMMENT.to_owned(), comment.to_owned())].into();
        Field::new(name, data_type, true).with_metadata(metadata)
    };
    let columns = vec![
        field(
            "release",
            DataType::Utf8View,
            "发布版本号 / number of the release",
        ),
        field("table", DataType::Utf8View, "表名 / table"),
        field(
            "version",
            DataType::Int64,
            "该发布中的 Delta 版本 / Delta version in this release",
        ),
        field(
            "at",
            DataType::Timestamp(TimeUnit::Microsecond, None),
            "发布时间（北京时间） / when it was made, Beijing time",
        ),
    ];
    TableSpec::new(
        RELEASES,
        Arc::new(Schema::new(columns)),
        "发布版本：每次发布中各表的版本 / releases: the version of every table in each release",
    )
    .statistics(["release", "table"])
}

/// One row for each table of the release.
pub(crate) fn release_rows(release: &Release, spec: &TableSpec) -> Result<RecordBatch> {
    let rows = release.tables.len();
    let versions = release
        .tables
        .values()
        .map(|table| i64::try_from(table.version).unwrap_or(i64::MAX));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from_iter_values(vec![&release.id; rows])),
        Arc::new(StringViewArray::from_iter_values(release.tables.keys())),
        Arc::new(Int64Array::from_iter_values(versions)),
        Arc::new(TimestampMicrosecondArray::from(vec![release.at; rows])),
    ];
    RecordBatch::try_new(Arc::clone(&spec.schema), columns).map_err(|source| LakeError::Arrow {
        table: RELEASES.to_owned(),
        source,
    })
}
