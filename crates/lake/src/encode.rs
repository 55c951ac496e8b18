//! A Parquet file in the making: the columns of a row group are encoded side by side.

use std::sync::{Arc, LazyLock};

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowLeafColumn, ArrowRowGroupWriterFactory, ArrowWriterOptions,
    compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::TableSpec;
use crate::schema::TableSchema;
use crate::sink::FileSink;
use crate::stats::file_statistics;
use crate::writer::StagedFile;

/// Bytes of a column's dictionary in a row group. Columns of codes need less; one of which nearly every value is
/// another gives its dictionary up soon, and isn't hashed in vain.
const DICTIONARY: usize = 128 << 10;

/// Encoders have threads of their own: one that waited for those who wait for it would wait for ever.
static CORES: LazyLock<std::result::Result<ThreadPool, ThreadPoolBuildError>> =
    LazyLock::new(|| {
        ThreadPoolBuilder::new()
            .thread_name(|_| "encode".to_owned())
            .build()
    });

/// A file in the making.
pub(crate) struct FileEncoder {
    spec: TableSpec,
    schema: TableSchema,
    cores: &'static ThreadPool,
    file: SerializedFileWriter<FileSink>,
    factory: ArrowRowGroupWriterFactory,
    /// The leaves of the row group in the making, and its rows.
    columns: Vec<ArrowColumnWriter>,
    rows: usize,
}

impl FileEncoder {
    pub(crate) fn new(spec: &TableSpec, schema: &TableSchema, sink: FileSink) -> Result<Self> {
        let cores = CORES.as_ref();
        let cores = cores.map_err(|error| ParquetError::External(Box::new(error)))?;
        // Readers take the types from the Delta schema; Arrow's own would only tell them of views.
        let options = ArrowWriterOptions::new()
            .with_properties(properties(spec, schema))
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(sink, Arc::clone(&schema.arrow), options)?;
        let (file, factory) = writer.into_serialized_writer()?;
        Ok(Self {
            spec: spec.clone(),
            schema: schema.clone(),
            cores,
            file,
            factory,
            columns: Vec::new(),
            rows: 0,
        })
    }

    /// Adds rows, whose columns are the table's; full row groups are ended.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let most = self.spec.row_group_rows.max(1);
        let mut done = 0;
        while done < batch.num_rows() {
            let rows = (batch.num_rows() - done).min(most - self.rows);
            self.encode(&batch.slice(done, rows))?;
            self.rows += rows;
            done += rows;
            if self.rows == most {
                self.end_group()?;
            }
        }
        Ok(())
    }

    /// Ends the row group in the making, if there is one.
    pub(crate) fn end_group(&mut self) -> Result<()> {
        let columns = std::mem::take(&mut self.columns);
        if columns.is_empty() {
            return Ok(());
        }
        self.rows = 0;
        let closed: Vec<_> = self.cores.install(|| {
            let closed = columns.into_par_iter().map(ArrowColumnWriter::close);
            closed.collect::<Result<_>>()
        })?;
        let mut group = self.file.next_row_group()?;
        for column in closed {
            column.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// The file, and what makes column writers, to add row groups otherwise; the one in the making is ended.
    pub(crate) fn parts(
        &mut self,
    ) -> Result<(
        &mut SerializedFileWriter<FileSink>,
        &ArrowRowGroupWriterFactory,
    )> {
        self.end_group()?;
        Ok((&mut self.file, &self.factory))
    }

    /// Bytes of the file so far, those of the row group in the making estimated.
    pub(crate) fn bytes(&self) -> usize {
        let making = self.columns.iter();
        let making = making.map(ArrowColumnWriter::get_estimated_total_bytes);
        self.file.bytes_written() + making.sum::<usize>()
    }

    /// Ends the file and brings it to the disk.
    pub(crate) fn finish(mut self) -> Result<StagedFile> {
        self.end_group()?;
        let footer = self.file.finish()?;
        let rows = footer.file_metadata().num_rows().unsigned_abs();
        let statistics = file_statistics(&self.schema.arrow, &self.spec.statistics, &footer);
        let file = self.file.inner_mut().finish();
        let file = file.map_err(|error| ParquetError::External(Box::new(error)))?;
        Ok(StagedFile {
            file,
            rows,
            statistics,
        })
    }

    fn encode(&mut self, batch: &RecordBatch) -> Result<()> {
        if self.columns.is_empty() {
            let group = self.file.flushed_row_groups().len();
            self.columns = self.factory.create_column_writers(group)?;
        }
        let mut leaves: Vec<ArrowLeafColumn> = Vec::with_capacity(self.columns.len());
        for (field, values) in self.schema.arrow.fields().iter().zip(batch.columns()) {
            leaves.extend(compute_leaves(field, values)?);
        }
        let columns = &mut self.columns;
        self.cores.install(|| {
            let columns = columns.par_iter_mut().zip(&leaves);
            columns.try_for_each(|(column, leaf)| column.write(leaf))
        })
    }
}

fn properties(spec: &TableSpec, schema: &TableSchema) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("rongtong ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_statistics_truncate_length(None);
    for column in &spec.statistics {
        if schema.arrow.field_with_name(column).is_ok() {
            properties = properties.set_column_statistics_enabled(
                ColumnPath::new(vec![column.clone()]),
                EnabledStatistics::Page,
            );
        }
    }
    properties.build()
}
