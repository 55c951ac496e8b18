//! Fuse: one record a resident, each value with its source.
//!
//! Residents are taken in key order, a chunk at a time, so memory stays bounded however large the city:
//! [`claims`] lines up what each feed says, [`sql`] chooses between feeds in DataFusion.

mod claims;
mod derived;
mod homes;
mod pick;
mod sql;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::{SessionConfig, SessionContext};
use rongtong_contracts::Pipeline;
use rongtong_identity::ResidentKey;

use crate::error::RunError;
use crate::grid::{CELLS, Grid};
use crate::order::Order;
use crate::rows::FeedRows;
use crate::tables;
use derived::Voided;

pub(crate) use claims::{claimed, places};
pub(crate) use derived::derived_rows;
pub(crate) use pick::{Along, Groups, Picks};

/// What fusing a chunk of residents gives.
pub(crate) struct Fused {
    pub(crate) residents: Vec<RecordBatch>,
    pub(crate) homes: Vec<RecordBatch>,
    pub(crate) health: Vec<RecordBatch>,
    pub(crate) conflicts: Vec<RecordBatch>,
}

/// Residents fused at a time.
const CHUNK: usize = 65_536;

/// Fuses feeds, whose mentions are resolved and ordered, chunk by chunk in key order.
pub(crate) struct Fuser<'a> {
    pipeline: &'a Pipeline,
    grid: Arc<Grid>,
    keys: Vec<ResidentKey>,
    along: Vec<Along<'a>>,
    voided: Voided,
    done: usize,
}

impl<'a> Fuser<'a> {
    pub(crate) fn new(pipeline: &'a Pipeline, feeds: &'a [(FeedRows, Order)]) -> Self {
        let rows = || feeds.iter().map(|(feed, _)| feed);
        let mut keys: Vec<ResidentKey> = feeds
            .iter()
            .flat_map(|(_, order)| order.entries.iter().filter_map(|(key, _)| *key))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Self {
            pipeline,
            grid: Arc::new(Grid::of(rows())),
            keys,
            along: feeds
                .iter()
                .filter(|(feed, _)| !feed.contract.mentions.is_empty())
                .map(|(feed, order)| Along::new(feed, order))
                .collect(),
            voided: Voided::of(rows()),
            done: 0,
        }
    }

    /// How many residents there are.
    pub(crate) fn residents(&self) -> usize {
        self.keys.len()
    }

    /// The next chunk; `None` when all residents are fused.
    pub(crate) async fn next(&mut self) -> Result<Option<Fused>, RunError> {
        let end = self.keys.len().min(self.done + CHUNK);
        if self.done == end {
            return Ok(None);
        }
        let keys = &self.keys[self.done..end];
        self.done = end;
        let groups: Vec<_> = self
            .along
            .iter_mut()
            .map(|along| along.groups(keys))
            .collect();
        let mut columns = claims::claims(self.pipeline, keys, &groups)?;
        derived::derived(&groups, keys.len(), &self.voided, &mut columns)?;
        let homes = homes::homes(keys, &groups, &self.grid)?;
        let session = self.session(columns.finish()?)?;
        let conflicts = match sql::conflicts(self.pipeline) {
            Some(query) => select(&session, &query, &tables::conflicts().schema).await?,
            None => Vec::new(),
        };
        Ok(Some(Fused {
            residents: select(
                &session,
                &sql::residents(self.pipeline),
                &tables::residents().schema,
            )
            .await?,
            homes: vec![homes],
            health: select(
                &session,
                &sql::health(self.pipeline),
                &tables::resident_health().schema,
            )
            .await?,
            conflicts,
        }))
    }

    /// A session over one table, `claims`. One partition keeps the rows in key order.
    fn session(&self, claims: RecordBatch) -> Result<SessionContext, RunError> {
        let session =
            SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        session.register_batch("claims", claims)?;
        let grid = Arc::clone(&self.grid);
        let cell = move |arguments: &[ColumnarValue]| {
            let addresses = ColumnarValue::values_to_arrays(arguments)?;
            let addresses = cast(&addresses[0], &DataType::Utf8View)?;
            let cells: StringViewArray = arrow::array::AsArray::as_string_view(&addresses)
                .iter()
                .map(|address| address.and_then(|address| grid.cell_of(address)))
                .collect();
            Ok(ColumnarValue::Array(Arc::new(cells) as ArrayRef))
        };
        session.register_udf(create_udf(
            "grid_cell",
            vec![DataType::Utf8View],
            DataType::Utf8View,
            Volatility::Immutable,
            Arc::new(cell),
        ));
        let as_of = self.grid.as_of();
        session.register_udf(create_udf(
            "grid_as_of",
            vec![],
            DataType::Date32,
            Volatility::Immutable,
            Arc::new(move |_: &[ColumnarValue]| {
                Ok(ColumnarValue::Scalar(ScalarValue::Date32(as_of)))
            }),
        ));
        session.register_udf(create_udf(
            "grid_source",
            vec![],
            DataType::Utf8View,
            Volatility::Immutable,
            Arc::new(|_: &[ColumnarValue]| {
                Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(Some(
                    CELLS.into(),
                ))))
            }),
        ));
        Ok(session)
    }
}

/// Runs a query and gives its columns the types of the table they are for.
async fn select(
    session: &SessionContext,
    query: &str,
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>, RunError> {
    let batches = session.sql(query).await?.collect().await?;
    batches.iter().map(|batch| conform(batch, schema)).collect()
}

/// The batch with the columns of `schema`, by position.
fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, RunError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(values, field)| cast(values, field.data_type()));
    Ok(RecordBatch::try_new(
        Arc::clone(schema),
        columns.collect::<Result<_, _>>()?,
    )?)
}
