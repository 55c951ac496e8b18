//! Choosing between feeds in DataFusion: planned once for a run, executed for every chunk of residents.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, common};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::error::RunError;
use crate::grid::{CELLS, Grid};

/// A query over the table `claims`, ready to be asked of several chunks at once.
pub(crate) struct Chooser {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    slots: Vec<Arc<Slot>>,
}

impl Chooser {
    /// Plans `query` over claims of this form, for `width` chunks side by side.
    pub(crate) async fn new(
        query: &str,
        claims: &SchemaRef,
        grid: &Arc<Grid>,
        width: usize,
    ) -> Result<Self, RunError> {
        let config = SessionConfig::new().with_target_partitions(width);
        let session = SessionContext::new_with_config(config);
        let slots: Vec<Arc<Slot>> = (0..width)
            .map(|_| Arc::new(Slot::new(Arc::clone(claims))))
            .collect();
        let partitions = slots.iter().map(|slot| Arc::clone(slot) as _).collect();
        let table = StreamingTable::try_new(Arc::clone(claims), partitions)?;
        session.register_table("claims", Arc::new(table))?;
        know_the_grid(&session, grid);
        let plan = session.sql(query).await?.create_physical_plan().await?;
        Ok(Self {
            plan,
            context: session.task_ctx(),
            slots,
        })
    }

    /// The answer for each chunk, in their order; no more chunks than the chooser is wide.
    pub(crate) async fn choose(
        &self,
        chunks: Vec<RecordBatch>,
    ) -> Result<Vec<Vec<RecordBatch>>, RunError> {
        let mut running = Vec::with_capacity(chunks.len());
        for (at, (chunk, slot)) in chunks.into_iter().zip(&self.slots).enumerate() {
            slot.fill(chunk);
            let answer = self.plan.execute(at, Arc::clone(&self.context))?;
            running.push(tokio::spawn(common::collect(answer)));
        }
        let mut answers = Vec::with_capacity(running.len());
        for answer in running {
            let answer = answer.await.map_err(|error| {
                DataFusionError::Execution(format!("a query over claims ended early: {error}"))
            })?;
            answers.push(answer?);
        }
        Ok(answers)
    }
}

/// Where a partition of the plan finds its chunk.
struct Slot {
    schema: SchemaRef,
    chunk: Mutex<Option<RecordBatch>>,
}

impl Slot {
    const fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            chunk: Mutex::new(None),
        }
    }

    fn fill(&self, chunk: RecordBatch) {
        *self.chunk.lock().unwrap_or_else(PoisonError::into_inner) = Some(chunk);
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot([claims])")
    }
}

impl PartitionStream for Slot {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let chunk = self
            .chunk
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            futures::stream::iter(chunk.map(Ok)),
        ))
    }
}

/// The functions that tell an address's cell, and where cells come from.
fn know_the_grid(session: &SessionContext, grid: &Arc<Grid>) {
    let cells = Arc::clone(grid);
    let cell = move |arguments: &[ColumnarValue]| {
        let addresses = ColumnarValue::values_to_arrays(arguments)?;
        let [addresses] = addresses.as_slice() else {
            return Err(
                ArrowError::InvalidArgumentError("grid_cell takes an address".into()).into(),
            );
        };
        let addresses = cast(addresses, &DataType::Utf8View)?;
        let cells: StringViewArray = addresses
            .as_string_view()
            .iter()
            .map(|address| address.and_then(|address| cells.cell_of(address)))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(cells)))
    };
    session.register_udf(create_udf(
        "grid_cell",
        vec![DataType::Utf8View],
        DataType::Utf8View,
        Volatility::Immutable,
        Arc::new(cell),
    ));
    let as_of = grid.as_of();
    let constant = |name: &str, value: ScalarValue| {
        let data_type = value.data_type();
        let value = move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(value.clone()));
        create_udf(
            name,
            vec![],
            data_type,
            Volatility::Immutable,
            Arc::new(value),
        )
    };
    session.register_udf(constant("grid_as_of", ScalarValue::Date32(as_of)));
    let source = ScalarValue::Utf8View(Some(CELLS.into()));
    session.register_udf(constant("grid_source", source));
}
