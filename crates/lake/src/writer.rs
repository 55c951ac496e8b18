//! Writing a table's Parquet files, beside whatever makes the rows.
//!
//! Each writer has a thread of its own, fed through a short queue: the caller waits when the
//! encoder falls behind, so memory stays bounded by a row group and a few batches.

use std::sync::Arc;
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use tokio::sync::mpsc;

use crate::schema::TableSchema;
use crate::sink::{FileSink, FinishedFile, Placement};
use crate::stats::file_statistics;
use crate::{LakeError, Result, TableSpec};

/// Batches that may wait for the encoder.
const QUEUE: usize = 2;

/// Bytes of a column's dictionary in a row group. Columns of codes need less; one of which nearly every value is
/// another gives its dictionary up soon, and isn't hashed in vain.
const DICTIONARY: usize = 128 << 10;

/// Takes a table's rows and writes its Parquet files.
#[derive(Debug)]
pub struct TableWriter {
    table: String,
    batches: Option<mpsc::Sender<RecordBatch>>,
    thread: Option<JoinHandle<Result<StagedFiles>>>,
}

/// Files that are wholly on the disk but in no table yet; dropped, they are removed (on a local
/// lake; an object store keeps them, unread, until a vacuum).
#[derive(Debug)]
pub struct StagedFiles {
    pub(crate) spec: TableSpec,
    pub(crate) schema: TableSchema,
    pub(crate) files: Vec<StagedFile>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct StagedFile {
    pub(crate) file: FinishedFile,
    pub(crate) rows: u64,
    pub(crate) statistics: String,
}

impl StagedFiles {
    /// The table they are for.
    pub fn table(&self) -> &str {
        &self.spec.name
    }

    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.file.size).sum()
    }
}

impl TableWriter {
    pub(crate) fn start(
        spec: &TableSpec,
        schema: TableSchema,
        placement: Placement,
    ) -> Result<Self> {
        let table = spec.name.clone();
        let (batches, queue) = mpsc::channel(QUEUE);
        let encoder = Encoder {
            properties: properties(spec, &schema),
            staged: StagedFiles {
                spec: spec.clone(),
                schema,
                files: Vec::new(),
            },
            placement,
            current: None,
        };
        let thread = std::thread::Builder::new()
            .name(format!("write {table}"))
            .spawn(move || encoder.run(queue))
            .map_err(|source| LakeError::Io {
                path: table.clone().into(),
                doing: "start a writer's thread",
                source,
            })?;
        Ok(Self {
            table,
            batches: Some(batches),
            thread: Some(thread),
        })
    }

    /// Adds rows; waits while the encoder is behind.
    ///
    /// # Errors
    /// What stopped the encoder: a batch of other columns, a full disk.
    pub async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        let sent = match &self.batches {
            Some(batches) => batches.send(batch).await.is_ok(),
            None => false,
        };
        if sent { Ok(()) } else { Err(self.failure()) }
    }

    /// The same from a thread that is no part of an async runtime.
    ///
    /// # Errors
    /// As [`TableWriter::write`].
    pub fn write_blocking(&mut self, batch: RecordBatch) -> Result<()> {
        let sent = match &self.batches {
            Some(batches) => batches.blocking_send(batch).is_ok(),
            None => false,
        };
        if sent { Ok(()) } else { Err(self.failure()) }
    }

    /// Ends the files and brings them to the disk. No rows: no files.
    ///
    /// # Errors
    /// As [`TableWriter::write`].
    pub async fn finish(self) -> Result<StagedFiles> {
        tokio::task::spawn_blocking(|| self.finish_blocking()).await?
    }

    /// The same from a thread that is no part of an async runtime.
    ///
    /// # Errors
    /// As [`TableWriter::write`].
    pub fn finish_blocking(mut self) -> Result<StagedFiles> {
        self.batches = None;
        self.join()
    }

    /// The queue is closed: the thread has ended, and knows why.
    fn failure(&mut self) -> LakeError {
        self.batches = None;
        match self.join() {
            Err(error) => error,
            Ok(_) => LakeError::WriterStopped {
                table: self.table.clone(),
            },
        }
    }

    fn join(&mut self) -> Result<StagedFiles> {
        let stopped = || LakeError::WriterStopped {
            table: self.table.clone(),
        };
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| stopped())?,
            None => Err(stopped()),
        }
    }
}

/// The thread's side.
struct Encoder {
    properties: WriterProperties,
    staged: StagedFiles,
    placement: Placement,
    current: Option<ArrowWriter<FileSink>>,
}

impl Encoder {
    fn run(mut self, mut queue: mpsc::Receiver<RecordBatch>) -> Result<StagedFiles> {
        while let Some(batch) = queue.blocking_recv() {
            self.write(&batch)?;
        }
        self.close()?;
        Ok(self.staged)
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let table = &self.staged.spec.name;
        let batch = self.staged.schema.arrange(table, batch)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let mut writer = match self.current.take() {
            Some(writer) => writer,
            None => self.open()?,
        };
        writer
            .write(&batch)
            .map_err(|error| self.failed("encode rows", error))?;
        let bytes = writer.bytes_written() + writer.in_progress_size();
        self.current = Some(writer);
        if bytes as u64 >= self.staged.spec.file_bytes {
            self.close()?;
        }
        Ok(())
    }

    fn open(&self) -> Result<ArrowWriter<FileSink>> {
        // Readers take the types from the Delta schema; Arrow's own would only tell them of views.
        let options = ArrowWriterOptions::new()
            .with_properties(self.properties.clone())
            .with_skip_arrow_metadata(true);
        let sink = self.placement.create()?;
        ArrowWriter::try_new_with_options(sink, Arc::clone(&self.staged.schema.arrow), options)
            .map_err(|error| self.failed("begin a file", error))
    }

    fn close(&mut self) -> Result<()> {
        let Some(mut writer) = self.current.take() else {
            return Ok(());
        };
        let footer: ParquetMetaData = writer
            .finish()
            .map_err(|error| self.failed("end a file", error))?;
        let spec = &self.staged.spec;
        let statistics = file_statistics(&self.staged.schema.arrow, &spec.statistics, &footer);
        self.staged.files.push(StagedFile {
            file: writer.inner_mut().finish()?,
            rows: u64::try_from(footer.file_metadata().num_rows()).unwrap_or_default(),
            statistics,
        });
        Ok(())
    }

    fn failed(&self, doing: &'static str, source: parquet::errors::ParquetError) -> LakeError {
        LakeError::Parquet {
            table: self.staged.spec.name.clone(),
            doing,
            source,
        }
    }
}

pub(crate) fn properties(spec: &TableSpec, schema: &TableSchema) -> WriterProperties {
    let level = ZstdLevel::try_new(spec.zstd_level).unwrap_or_default();
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("rongtong ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_max_row_group_row_count(Some(spec.row_group_rows.max(1)))
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
