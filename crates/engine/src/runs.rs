//! The table `runs`: what made each release.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use rongtong_lake::{ReleaseMeta, TableSpec};

use crate::error::RunError;
use crate::tables;

/// What made a release: a run of a pipeline, or a return to an earlier release.
pub(crate) struct Ran<'a> {
    pub(crate) pipeline: Option<&'a str>,
    pub(crate) started_at: i64,
    pub(crate) status: &'a str,
    /// The feeds that were refused; none where there is none.
    pub(crate) refused: Option<&'a str>,
}

impl Ran<'_> {
    /// The row of the release that it made.
    pub(crate) fn row(&self, meta: &ReleaseMeta) -> Result<(TableSpec, RecordBatch), RunError> {
        let text = |text: Option<&str>| Arc::new(StringViewArray::from_iter([text])) as ArrayRef;
        let time = |at: i64| Arc::new(TimestampMicrosecondArray::from(vec![at])) as ArrayRef;
        let spec = tables::runs();
        let columns = vec![
            text(Some(&meta.run_id)),
            text(Some(&meta.run_id)),
            text(self.pipeline),
            time(self.started_at),
            time(meta.at),
            text(Some(self.status)),
            text(self.refused),
            text(Some(env!("CARGO_PKG_VERSION"))),
        ];
        let row = RecordBatch::try_new(Arc::clone(&spec.schema), columns)?;
        Ok((spec, row))
    }
}
