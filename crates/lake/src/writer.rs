//! Writing a table's Parquet files, beside whatever makes the rows.
//!
//! Each writer has a thread of its own, fed through a short queue: the caller waits when the
//! encoder falls behind, so memory stays bounded by a row group and a few batches.

use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use tokio::sync::mpsc;

use crate::encode::FileEncoder;
use crate::schema::TableSchema;
use crate::sink::{FinishedFile, Placement};
use crate::{LakeError, Result, TableSpec};

/// Batches that may wait for the encoder.
const QUEUE: usize = 2;

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
}

impl TableWriter {
    pub(crate) fn start(
        spec: &TableSpec,
        schema: TableSchema,
        placement: Placement,
    ) -> Result<Self> {
        let (batches, queue) = mpsc::channel(QUEUE);
        let encoder = Encoder::new(spec, schema, placement);
        let mut writer = Self::beside(&spec.name, || encoder.run(queue))?;
        writer.batches = Some(batches);
        Ok(writer)
    }

    /// A table that gets its rows from `making` alone, on a thread of its own.
    pub(crate) fn beside(
        table: &str,
        making: impl FnOnce() -> Result<StagedFiles> + Send + 'static,
    ) -> Result<Self> {
        let thread = std::thread::Builder::new()
            .name(format!("write {table}"))
            .spawn(making)
            .map_err(|source| LakeError::Io {
                path: table.into(),
                doing: "start a writer's thread",
                source,
            })?;
        Ok(Self {
            table: table.to_owned(),
            batches: None,
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

    /// Says that all rows are there: the files are ended and brought to the disk beside what the caller does next.
    pub fn end(&mut self) {
        self.batches = None;
    }

    /// Ends the files and waits until they are on the disk. No rows: no files.
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
        self.end();
        self.join()
    }

    /// The queue is closed: the thread has ended, and knows why.
    fn failure(&mut self) -> LakeError {
        self.end();
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
pub(crate) struct Encoder {
    staged: StagedFiles,
    placement: Placement,
    current: Option<FileEncoder>,
}

impl Encoder {
    pub(crate) fn new(spec: &TableSpec, schema: TableSchema, placement: Placement) -> Self {
        Self {
            staged: StagedFiles {
                spec: spec.clone(),
                schema,
                files: Vec::new(),
            },
            placement,
            current: None,
        }
    }

    fn run(mut self, mut queue: mpsc::Receiver<RecordBatch>) -> Result<StagedFiles> {
        while let Some(batch) = queue.blocking_recv() {
            self.write(&batch)?;
        }
        self.finish()
    }

    /// Adds rows.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let StagedFiles { spec, schema, .. } = &self.staged;
        let batch = schema.arrange(&spec.name, batch)?;
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let mut file = match self.current.take() {
            Some(file) => file,
            None => FileEncoder::new(spec, schema, self.placement.create()?)
                .map_err(|error| self.failed("begin a file", error))?,
        };
        file.write(&batch)
            .map_err(|error| self.failed("encode rows", error))?;
        let full = file.bytes() as u64 >= spec.file_bytes;
        self.current = Some(file);
        if full {
            self.close()?;
        }
        Ok(())
    }

    /// Ends the files and brings them to the disk.
    pub(crate) fn finish(mut self) -> Result<StagedFiles> {
        self.close()?;
        Ok(self.staged)
    }

    fn close(&mut self) -> Result<()> {
        if let Some(file) = self.current.take() {
            let file = file.finish();
            let file = file.map_err(|error| self.failed("end a file", error))?;
            self.staged.files.push(file);
        }
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
