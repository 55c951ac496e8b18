//! Patching a table: few cells change where they stand, and rows are added behind the others. All else is copied as
//! it lies in the files, without being decoded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::concat;
use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::ChunkReader;
use parquet::file::writer::SerializedFileWriter;
use tokio::runtime::Handle;

use crate::encode::FileEncoder;
use crate::lake::Lake;
use crate::read::LakeReader;
use crate::schema::TableSchema;
use crate::sink::{FileSink, Placement, store_failed};
use crate::table::DataFile;
use crate::writer::{Encoder, StagedFile, StagedFiles, TableWriter};
use crate::{LakeError, Result, TableSpec};

/// What changes in a table.
#[derive(Default)]
pub struct Patch {
    /// By text column the rows, counted from 0 over all files in the order they are read, and what they say now.
    pub cells: BTreeMap<String, BTreeMap<u64, Option<String>>>,
    /// Rows that are added.
    pub rows: Vec<RecordBatch>,
}

impl Lake {
    /// Begins to write a table of the release that `base` reads with these changes; its columns are those of `spec`. It
    /// is written while the caller goes on.
    ///
    /// # Errors
    /// When the table's log can't be read. [`TableWriter::finish`] says when a file can't be read or written, or isn't what
    /// was released.
    pub async fn patch(
        &self,
        base: &LakeReader,
        spec: &TableSpec,
        patch: Patch,
    ) -> Result<TableWriter> {
        let schema = TableSchema::from_arrow(&spec.name, &spec.schema)?;
        let patching = Patching {
            files: base.files(&spec.name).await?.unwrap_or_default(),
            base: base.clone(),
            lake: self.clone(),
            spec: spec.clone(),
            schema,
            runtime: Handle::current(),
        };
        TableWriter::beside(&spec.name, || patching.patched(patch))
    }
}

/// A table on its way to its next version.
struct Patching {
    lake: Lake,
    base: LakeReader,
    spec: TableSpec,
    schema: TableSchema,
    /// The files of the version before.
    files: Vec<DataFile>,
    runtime: Handle,
}

impl Patching {
    fn patched(self, patch: Patch) -> Result<StagedFiles> {
        let (spec, schema) = (&self.spec, &self.schema);
        let Patch { cells, rows } = patch;
        let (site, below) = self.lake.place(&spec.name);
        let placement = Placement::new(site, below);
        let Some((last, others)) = self.files.split_last() else {
            let mut encoder = Encoder::new(spec, schema.clone(), placement);
            rows.iter().try_for_each(|rows| encoder.write(rows))?;
            return encoder.finish();
        };
        let rows = rows.iter().map(|rows| schema.arrange(&spec.name, rows));
        let rows: Vec<RecordBatch> = rows.collect::<Result<_>>()?;
        let mut files = Vec::with_capacity(self.files.len());
        let mut first = 0;
        let all = others.iter().map(|file| (file, &[][..]));
        for (file, more) in all.chain([(last, rows.as_slice())]) {
            self.runtime.block_on(self.base.compare(&spec.name, file))?;
            let copying = Copying {
                spec,
                schema,
                cells: &cells,
                first,
                more,
                sink: placement.create()?,
            };
            first += file.rows;
            let name = file.path.filename().unwrap_or_default();
            let copied = match site.local_path(&format!("{below}/{name}")) {
                Some(path) => copying.copied(|| File::open(&path)),
                None => {
                    let bytes = self.runtime.block_on(self.bytes(&file.path))?;
                    copying.copied(|| Ok(bytes.clone()))
                }
            };
            files.push(copied.map_err(|source| LakeError::Parquet {
                table: spec.name.clone(),
                doing: "patch a file",
                source,
            })?);
        }
        Ok(StagedFiles {
            spec: self.spec,
            schema: self.schema,
            files,
        })
    }

    /// All bytes of a file in an object store.
    async fn bytes(&self, path: &Path) -> Result<Bytes> {
        let failed = store_failed(path, "read a file");
        let store = self.lake.store(&self.spec.name).0;
        match store.get(path).await {
            Ok(read) => read.bytes().await.map_err(failed),
            Err(error) => Err(failed(error)),
        }
    }
}

/// A file on its way to the next version of its table.
struct Copying<'a> {
    spec: &'a TableSpec,
    schema: &'a TableSchema,
    cells: &'a BTreeMap<String, BTreeMap<u64, Option<String>>>,
    /// The place of the file's first row in the table.
    first: u64,
    /// Rows that are added at its end.
    more: &'a [RecordBatch],
    sink: FileSink,
}

impl Copying<'_> {
    /// The file as it will be; `open` opens it as it is.
    fn copied<R: ChunkReader + 'static>(
        self,
        open: impl Fn() -> io::Result<R>,
    ) -> std::result::Result<StagedFile, ParquetError> {
        let Self {
            spec,
            schema,
            cells,
            first,
            more,
            sink,
        } = self;
        let mut file = FileEncoder::new(spec, schema, sink)?;
        let options = ArrowReaderOptions::new()
            .with_schema(Arc::clone(&schema.arrow))
            .with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&open()?, options)?;
        let mut first = first;
        for group in 0..metadata.metadata().num_row_groups() {
            let rows = metadata
                .metadata()
                .row_group(group)
                .num_rows()
                .unsigned_abs();
            let patched = cells.iter().filter_map(|(column, cells)| {
                let cells: Vec<(usize, Option<&str>)> = cells
                    .range(first..first + rows)
                    .map(|(row, cell)| (place(*row - first), cell.as_deref()))
                    .collect();
                (!cells.is_empty()).then_some((column.as_str(), cells))
            });
            let patched: BTreeMap<&str, _> = patched.collect();
            let group = (&open, &metadata, group);
            copy_group(file.parts()?, group, &patched, schema)?;
            first += rows;
        }
        for rows in more {
            file.write(rows)?;
        }
        file.finish()
    }
}

/// Copies a row group; only the columns in which cells change are decoded.
fn copy_group<R: ChunkReader + 'static>(
    (writer, factory): (
        &mut SerializedFileWriter<FileSink>,
        &ArrowRowGroupWriterFactory,
    ),
    (open, metadata, group): (&impl Fn() -> io::Result<R>, &ArrowReaderMetadata, usize),
    patched: &BTreeMap<&str, Vec<(usize, Option<&str>)>>,
    schema: &TableSchema,
) -> std::result::Result<(), ParquetError> {
    let footer = metadata.metadata();
    let index = writer.flushed_row_groups().len();
    let mut fresh: BTreeMap<usize, _> = BTreeMap::new();
    if !patched.is_empty() {
        let writers = factory.create_column_writers(index)?;
        for (leaf, mut column) in writers.into_iter().enumerate() {
            let path = metadata.parquet_schema().column(leaf).path().string();
            let Some(cells) = patched.get(path.as_str()) else {
                continue;
            };
            let field = schema.arrow.field_with_name(&path)?;
            let values = changed(&read_column(open()?, metadata, group, leaf)?, cells);
            for leaf in compute_leaves(field, &values)? {
                column.write(&leaf)?;
            }
            fresh.insert(leaf, column.close()?);
        }
    }
    let mut out = writer.next_row_group()?;
    let old = footer.row_group(group);
    let bytes = open()?;
    for (leaf, column) in old.columns().iter().enumerate() {
        if let Some(column) = fresh.remove(&leaf) {
            column.append_to_row_group(&mut out)?;
            continue;
        }
        let column_index = footer
            .column_index()
            .and_then(|all| all.get(group)?.get(leaf));
        let offset_index = footer
            .offset_index()
            .and_then(|all| all.get(group)?.get(leaf));
        let close = ColumnCloseResult {
            bytes_written: column.compressed_size().unsigned_abs(),
            rows_written: old.num_rows().unsigned_abs(),
            metadata: column.clone(),
            bloom_filter: None,
            column_index: column_index.cloned(),
            offset_index: offset_index.cloned(),
        };
        out.append_column(&bytes, close)?;
    }
    out.close()?;
    Ok(())
}

fn read_column(
    file: impl ChunkReader + 'static,
    metadata: &ArrowReaderMetadata,
    group: usize,
    leaf: usize,
) -> std::result::Result<ArrayRef, ParquetError> {
    let mask = ProjectionMask::leaves(metadata.parquet_schema(), [leaf]);
    let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
        .with_projection(mask)
        .with_row_groups(vec![group])
        .build()?;
    let parts = batches.map(|batch| Ok::<_, ParquetError>(Arc::clone(batch?.column(0))));
    let parts: Vec<ArrayRef> = parts.collect::<std::result::Result<_, _>>()?;
    let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
    Ok(concat(&parts)?)
}

/// A text column in which some cells, in the order of their rows, are others.
fn changed(values: &ArrayRef, cells: &[(usize, Option<&str>)]) -> ArrayRef {
    let values = values.as_string_view();
    let mut cells = cells.iter().peekable();
    let texts = values
        .iter()
        .enumerate()
        .map(|(row, value)| match cells.peek() {
            Some((at, cell)) if *at == row => {
                cells.next();
                *cell
            }
            _ => value,
        });
    Arc::new(texts.collect::<StringViewArray>())
}

fn place(row: u64) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}
