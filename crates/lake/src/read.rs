//! Reading a release: its tables, their files, their rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::{ObjectStore, ObjectStoreExt as _};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::{ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder};
use parquet::errors::{ParquetError, Result as ParquetResult};
use tokio::sync::mpsc;

use crate::checked::Prints;
use crate::lake::Lake;
use crate::object_file::ObjectFile;
use crate::release::{RELEASES, Release, ReleasedTable};
use crate::schema::TableSchema;
use crate::sink::store_failed;
use crate::snapshot::Snapshot;
use crate::table::{DataFile, TableInfo, TableSpec};
use crate::verify::at_once;
use crate::{LakeError, Result};

/// Rows of a batch that is read.
const BATCH_ROWS: usize = 8_192;

/// How many batches of a row group are decoded before somebody takes them: those of a whole one, so that all cores decode, or
/// just enough that the next is there. Memory holds them, for some row groups of each table that is read.
#[derive(Clone, Copy)]
enum Ahead {
    RowGroup = 16,
    Few = 2,
}

/// Files that are looked at together.
const LOOKS_AT_ONCE: usize = 32;

/// Reads one release, whatever is published meanwhile. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LakeReader {
    lake: Lake,
    release: Option<Arc<Release>>,
    /// Whether bytes are compared with the manifest as they are read.
    prints: Option<Prints>,
}

/// Rows of a table, file by file.
pub type BatchStream = BoxStream<'static, Result<RecordBatch>>;

impl LakeReader {
    pub(crate) fn new(lake: Lake, release: Option<Release>) -> Self {
        Self {
            lake,
            release: release.map(Arc::new),
            prints: None,
        }
    }

    /// The same, comparing the bytes of each file with the release's manifest before its rows are read: a damaged file is
    /// [`LakeError::DamagedFile`].
    #[must_use]
    pub fn checked(mut self) -> Self {
        self.prints = Some(Prints::default());
        self
    }

    /// The release that is read; `None` in a lake that has none yet.
    pub fn release(&self) -> Option<&Release> {
        self.release.as_deref()
    }

    /// The tables of the release, by name.
    pub fn tables(&self) -> Vec<TableInfo> {
        let tables = self.release.iter().flat_map(|release| &release.tables);
        tables.map(|(name, table)| self.info(name, table)).collect()
    }

    /// The table `releases`, as it was when it showed this release. It is none of the release's own tables, but can be
    /// read as they can.
    ///
    /// # Errors
    /// As [`LakeReader::schema`].
    pub async fn releases(&self) -> Result<Option<TableInfo>> {
        let snapshot = self.snapshot(RELEASES).await?;
        Ok(snapshot.map(|snapshot| self.info(RELEASES, &snapshot.summary())))
    }

    /// Whether the release has a table of this name.
    pub fn has(&self, table: &str) -> bool {
        self.released(table).is_some()
    }

    /// The columns of a table, text as `Utf8View`, with their comments; `None` if it isn't there.
    ///
    /// # Errors
    /// When the log can't be read or isn't what was released.
    pub async fn schema(&self, table: &str) -> Result<Option<SchemaRef>> {
        let snapshot = self.snapshot(table).await?;
        Ok(snapshot.map(|snapshot| Arc::clone(&snapshot.schema.arrow)))
    }

    /// The columns that a table holds in another type than `spec` has: name, type held, type of `spec`. None in a table
    /// without rows.
    ///
    /// # Errors
    /// As [`LakeReader::schema`].
    pub async fn retyped(&self, spec: &TableSpec) -> Result<Vec<(String, String, String)>> {
        if self
            .released(&spec.name)
            .is_none_or(|table| table.rows == 0)
        {
            return Ok(Vec::new());
        }
        let wanted = TableSchema::from_arrow(&spec.name, &spec.schema)?;
        let held = self.snapshot(&spec.name).await?;
        Ok(held.map_or_else(Vec::new, |held| held.schema.retyped(&wanted)))
    }

    /// The data files of a table, by name; `None` if it isn't there.
    ///
    /// # Errors
    /// As [`LakeReader::schema`].
    pub async fn files(&self, table: &str) -> Result<Option<Vec<DataFile>>> {
        let log = self.lake.log(table);
        Ok(self.snapshot(table).await?.map(|snapshot| {
            snapshot
                .files
                .iter()
                .map(|file| DataFile {
                    path: log.path(&file.name),
                    size: file.size,
                    rows: file.rows,
                })
                .collect()
        }))
    }

    /// The same, each looked at: a program that lists files takes one that is gone for one without rows.
    ///
    /// # Errors
    /// [`LakeError::LostFile`] if a file is missing or has another size; else as [`LakeReader::schema`].
    pub async fn files_there(&self, table: &str) -> Result<Option<Vec<DataFile>>> {
        let Some(files) = self.files(table).await? else {
            return Ok(None);
        };
        let store = self.lake.store(table).0;
        let looks = futures::stream::iter(files.clone()).map(|file| {
            let store = Arc::clone(&store);
            async move { lost(store.as_ref(), file).await }
        });
        let mut looks = looks.buffered(LOOKS_AT_ONCE);
        while let Some(look) = looks.try_next().await? {
            if let Some((file, damage)) = look {
                return Err(self.lost(table, &file, damage));
            }
        }
        Ok(Some(files))
    }

    /// All rows of a table; `None` if it isn't there. A table without rows gives no batches.
    ///
    /// # Errors
    /// When the log or a file can't be read, or isn't what was released.
    pub async fn read(&self, table: &str) -> Result<Option<Vec<RecordBatch>>> {
        match self.scan(table, None).await? {
            Some((_, batches)) => Ok(Some(batches.try_collect().await?)),
            None => Ok(None),
        }
    }

    /// The rows of a table as a stream, with the columns asked for, in the table's order; `None`
    /// if it isn't there. Also says the columns' schema.
    ///
    /// # Errors
    /// [`LakeError::NoColumn`]; else as [`LakeReader::read`].
    pub async fn scan(
        &self,
        table: &str,
        columns: Option<&[&str]>,
    ) -> Result<Option<(SchemaRef, BatchStream)>> {
        let Some(schema) = self.schema(table).await? else {
            return Ok(None);
        };
        let schema = match columns {
            None => schema,
            Some(columns) => {
                let chosen = schema.project(&positions(table, &schema, columns)?);
                Arc::new(chosen.map_err(|source| LakeError::Arrow {
                    table: table.to_owned(),
                    source,
                })?)
            }
        };
        let batches = self.scanned((table, columns), Ahead::Few, |_, batch| Ok(batch));
        Ok(batches.await?.map(|batches| (schema, batches)))
    }

    /// What `of` makes of the batches of a table with the columns asked for, and of the place of each one's first row in
    /// the table; in the table's order. It works beside its caller, on the cores that decode.
    ///
    /// # Errors
    /// As [`LakeReader::scan`], and what `of` says.
    pub async fn scan_with<T, E>(
        &self,
        table: &str,
        columns: Option<&[&str]>,
        of: impl Fn(u64, RecordBatch) -> std::result::Result<T, E> + Send + Sync + 'static,
    ) -> Result<Option<BoxStream<'static, std::result::Result<T, E>>>>
    where
        T: Send + 'static,
        E: From<LakeError> + Send + 'static,
    {
        self.scanned((table, columns), Ahead::RowGroup, of).await
    }

    async fn scanned<T, E>(
        &self,
        (table, columns): (&str, Option<&[&str]>),
        ahead: Ahead,
        of: impl Fn(u64, RecordBatch) -> std::result::Result<T, E> + Send + Sync + 'static,
    ) -> Result<Option<BoxStream<'static, std::result::Result<T, E>>>>
    where
        T: Send + 'static,
        E: From<LakeError> + Send + 'static,
    {
        let Some(snapshot) = self.snapshot(table).await? else {
            return Ok(None);
        };
        let whole = &snapshot.schema.arrow;
        let chosen = match columns {
            None => (0..whole.fields().len()).collect(),
            Some(columns) => positions(table, whole, columns)?,
        };
        let files = self.files(table).await?.unwrap_or_default();
        let scan = Arc::new(FileScan {
            table: table.to_owned(),
            store: self.lake.store(table).0,
            schema: Arc::clone(whole),
            chosen,
            ahead,
            of,
        });
        let reader = self.clone();
        let mut first = 0;
        let files = files.into_iter().map(move |file| {
            let at = first;
            first += file.rows;
            (at, file)
        });
        let made = futures::stream::iter(files)
            .then(move |(first, file)| {
                let (scan, reader) = (Arc::clone(&scan), reader.clone());
                async move {
                    reader.compare(&scan.table, &file).await?;
                    scan.open(first, file).await
                }
            })
            .try_flatten();
        Ok(Some(made.boxed()))
    }

    /// Begins to compare the files of tables that are going to be read, if that was asked for. Their readers are told of
    /// what is wrong with them.
    ///
    /// # Errors
    /// As [`LakeReader::schema`].
    pub async fn compare_ahead(&self, tables: impl IntoIterator<Item = String>) -> Result<()> {
        if self.prints.is_none() {
            return Ok(());
        }
        // Logs are read here: their reader panics in tasks that outlive a run.
        let mut files = Vec::new();
        for table in tables {
            let found = self.files(&table).await?.unwrap_or_default();
            files.extend(found.into_iter().map(|file| (table.clone(), file)));
        }
        let reader = self.clone();
        tokio::spawn(async move {
            let compared = futures::stream::iter(files).map(|(table, file)| {
                let reader = reader.clone();
                async move { reader.compare(&table, &file).await }
            });
            let compared = compared.buffer_unordered(at_once());
            let _ = compared.try_for_each(async |()| Ok(())).await;
        });
        Ok(())
    }

    /// Compares a file with the manifest, if that was asked for.
    pub(crate) async fn compare(&self, table: &str, file: &DataFile) -> Result<()> {
        if let (Some(prints), Some(release), Some(name)) =
            (&self.prints, &self.release, file.path.filename())
        {
            prints.compare(&self.lake, release, table, name).await?;
        }
        Ok(())
    }

    fn info(&self, name: &str, table: &ReleasedTable) -> TableInfo {
        TableInfo {
            name: name.to_owned(),
            version: table.version,
            rows: table.rows,
            files: table.files,
            bytes: table.bytes,
            comment: table.comment.clone(),
            restricted: table.restricted,
            location: self.lake.location(name),
        }
    }

    fn lost(&self, table: &str, file: &DataFile, damage: &'static str) -> LakeError {
        let log = self.lake.log(table);
        let name = file.path.filename().unwrap_or_default();
        let release = self.release().map(|release| release.id.clone());
        LakeError::LostFile {
            release: release.unwrap_or_default(),
            file: log.site.display_file(&format!("{}/{name}", log.below)),
            damage,
        }
    }

    fn released(&self, table: &str) -> Option<&ReleasedTable> {
        self.release.as_ref()?.tables.get(table)
    }

    async fn snapshot(&self, table: &str) -> Result<Option<Arc<Snapshot>>> {
        let log = self.lake.log(table);
        if let (RELEASES, Some(release)) = (table, &self.release) {
            return match self.lake.shown_by(release).await? {
                Some(version) => Ok(Some(self.lake.snapshot(&log, version).await?)),
                None => Ok(None),
            };
        }
        let (Some(release), Some(released)) = (&self.release, self.released(table)) else {
            return Ok(None);
        };
        self.lake.must_find(release, table).await?;
        let snapshot = self.lake.snapshot(&log, released.version).await?;
        self.lake.must_be(&log, &snapshot, released).await?;
        Ok(Some(snapshot))
    }
}

struct FileScan<F> {
    table: String,
    store: Arc<dyn ObjectStore>,
    schema: SchemaRef,
    chosen: Vec<usize>,
    ahead: Ahead,
    of: F,
}

impl<F: Send + Sync + 'static> FileScan<F> {
    /// What becomes of the rows of a file of which the first has this place, some row groups read ahead, each on a core of
    /// its own.
    async fn open<T, E>(
        self: Arc<Self>,
        first: u64,
        file: DataFile,
    ) -> std::result::Result<BoxStream<'static, std::result::Result<T, E>>, E>
    where
        F: Fn(u64, RecordBatch) -> std::result::Result<T, E>,
        T: Send + 'static,
        E: From<LakeError> + Send + 'static,
    {
        let mut reader = ObjectFile {
            store: Arc::clone(&self.store),
            path: file.path,
            size: file.size,
        };
        let options = ArrowReaderOptions::new().with_schema(Arc::clone(&self.schema));
        let metadata = ArrowReaderMetadata::load_async(&mut reader, options).await;
        let metadata = metadata.map_err(|error| self.failed(error))?;
        let mut next = first;
        let groups: Vec<u64> = metadata
            .metadata()
            .row_groups()
            .iter()
            .map(|group| {
                let at = next;
                next += group.num_rows().unsigned_abs();
                at
            })
            .collect();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), self.chosen.clone());
        let group = move |(group, first)| {
            let (scan, reader, metadata) = (Arc::clone(&self), reader.clone(), metadata.clone());
            let rows = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata)
                .with_projection(mask.clone())
                .with_row_groups(vec![group])
                .with_batch_size(BATCH_ROWS)
                .build();
            let (sender, mut made) = mpsc::channel(scan.ahead as usize);
            let decoding = tokio::spawn(scan.decode(first, rows, sender));
            // One that panicked sends no more, as one that is done.
            let end = futures::stream::once(decoding);
            let end = end.filter_map(async |end| Some(Err(LakeError::from(end.err()?).into())));
            let made = futures::stream::poll_fn(move |context| made.poll_recv(context));
            std::future::ready(made.chain(end))
        };
        let groups = futures::stream::iter(groups.into_iter().enumerate());
        let made = groups.map(group).buffered(at_once());
        Ok(made.flatten().boxed())
    }

    /// Sends what becomes of the rows of a row group, of which the first has this place, until somebody has enough of them.
    async fn decode<T, E>(
        self: Arc<Self>,
        mut first: u64,
        rows: ParquetResult<ParquetRecordBatchStream<ObjectFile>>,
        made: mpsc::Sender<std::result::Result<T, E>>,
    ) where
        F: Fn(u64, RecordBatch) -> std::result::Result<T, E>,
        E: From<LakeError>,
    {
        let mut rows = match rows {
            Ok(rows) => rows,
            Err(error) => return drop(made.send(Err(self.failed(error).into())).await),
        };
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|error| E::from(self.failed(error)));
            let one = batch.and_then(|batch| {
                let at = first;
                first += batch.num_rows() as u64;
                (self.of)(at, batch)
            });
            let is_last = one.is_err();
            if made.send(one).await.is_err() || is_last {
                break;
            }
        }
    }

    fn failed(&self, source: ParquetError) -> LakeError {
        LakeError::Parquet {
            table: self.table.clone(),
            doing: "read a file",
            source,
        }
    }
}

/// A file that isn't there as it was written, and what is wrong with it.
async fn lost(store: &dyn ObjectStore, file: DataFile) -> Result<Option<(DataFile, &'static str)>> {
    match store.head(&file.path).await {
        Ok(found) if found.size == file.size => Ok(None),
        Ok(_) => Ok(Some((file, "of another size"))),
        Err(object_store::Error::NotFound { .. }) => Ok(Some((file, "missing"))),
        Err(error) => Err(store_failed(&file.path, "look at a file")(error)),
    }
}

fn positions(table: &str, schema: &SchemaRef, columns: &[&str]) -> Result<Vec<usize>> {
    let mut chosen = columns
        .iter()
        .map(|column| {
            schema.index_of(column).map_err(|_| LakeError::NoColumn {
                table: table.to_owned(),
                column: (*column).to_owned(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}
