//! Patching a table: few cells change where they stand, and rows are added behind the others. All else is copied as
//! it lies in the files, without being decoded.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::concat;
use bytes::Bytes;
use object_store::ObjectStoreExt as _;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::writer::SerializedFileWriter;

use crate::encode::FileEncoder;
use crate::lake::Lake;
use crate::read::LakeReader;
use crate::schema::TableSchema;
use crate::sink::{FileSink, Placement};
use crate::writer::{StagedFile, StagedFiles};
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
    /// Writes a table of the release that `base` reads with these changes; its columns are those of `spec`.
    ///
    /// # Errors
    /// When a file can't be read or written, or isn't what was released.
    pub async fn patch(
        &self,
        base: &LakeReader,
        spec: &TableSpec,
        patch: Patch,
    ) -> Result<StagedFiles> {
        let schema = TableSchema::from_arrow(&spec.name, &spec.schema)?;
        let mut rows = Vec::with_capacity(patch.rows.len());
        for batch in &patch.rows {
            rows.push(schema.arrange(&spec.name, batch)?);
        }
        let (site, below) = self.place(&spec.name);
        let placement = Placement::new(site, below);
        let old = base.files(&spec.name).await?.unwrap_or_default();
        let store = self.store(&spec.name).0;
        let mut staged = Vec::new();
        let mut first = 0;
        for (at, file) in old.iter().enumerate() {
            base.compare(&spec.name, file).await?;
            let copying = Copying {
                spec: spec.clone(),
                schema: schema.clone(),
                cells: patch.cells.clone(),
                first,
                more: match at + 1 == old.len() {
                    true => std::mem::take(&mut rows),
                    false => Vec::new(),
                },
                sink: placement.create()?,
            };
            first += file.rows;
            let failed = |source| LakeError::Store {
                location: file.path.to_string(),
                doing: "read a file",
                source,
            };
            let read = store.get(&file.path).await.map_err(failed)?;
            let bytes = read.bytes().await.map_err(failed)?;
            staged.push(tokio::task::spawn_blocking(move || copying.copy(bytes)).await??);
        }
        if !rows.is_empty() {
            let mut writer = self.writer(spec)?;
            for batch in rows {
                writer.write(batch).await?;
            }
            staged.extend(writer.finish().await?.files);
        }
        Ok(StagedFiles {
            spec: spec.clone(),
            schema,
            files: staged,
        })
    }
}

/// A file on its way to the next version of its table.
struct Copying {
    spec: TableSpec,
    schema: TableSchema,
    cells: BTreeMap<String, BTreeMap<u64, Option<String>>>,
    /// The place of the file's first row in the table.
    first: u64,
    /// Rows that are added at its end.
    more: Vec<RecordBatch>,
    sink: FileSink,
}

impl Copying {
    fn copy(self, bytes: Bytes) -> Result<StagedFile> {
        let table = self.spec.name.clone();
        self.copied(bytes).map_err(|source| LakeError::Parquet {
            table,
            doing: "patch a file",
            source,
        })
    }

    fn copied(self, bytes: Bytes) -> std::result::Result<StagedFile, ParquetError> {
        let Self {
            spec,
            schema,
            cells,
            first,
            more,
            sink,
        } = self;
        let mut file = FileEncoder::new(&spec, &schema, sink)?;
        let options = ArrowReaderOptions::new()
            .with_schema(Arc::clone(&schema.arrow))
            .with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&bytes, options)?;
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
            let group = (&bytes, &metadata, group);
            copy_group(file.parts()?, group, &patched, &schema)?;
            first += rows;
        }
        for rows in &more {
            file.write(rows)?;
        }
        file.finish()
    }
}

/// Copies a row group; only the columns in which cells change are decoded.
fn copy_group(
    (writer, factory): (
        &mut SerializedFileWriter<FileSink>,
        &ArrowRowGroupWriterFactory,
    ),
    (bytes, metadata, group): (&Bytes, &ArrowReaderMetadata, usize),
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
            let values = changed(&read_column(bytes, metadata, group, leaf)?, cells);
            for leaf in compute_leaves(field, &values)? {
                column.write(&leaf)?;
            }
            fresh.insert(leaf, column.close()?);
        }
    }
    let mut out = writer.next_row_group()?;
    let old = footer.row_group(group);
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
        out.append_column(bytes, close)?;
    }
    out.close()?;
    Ok(())
}

fn read_column(
    bytes: &Bytes,
    metadata: &ArrowReaderMetadata,
    group: usize,
    leaf: usize,
) -> std::result::Result<ArrayRef, ParquetError> {
    let mask = ProjectionMask::leaves(metadata.parquet_schema(), [leaf]);
    let batches =
        ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata.clone())
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
