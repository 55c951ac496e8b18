//! What the tests of the lake share: small tables, and a store that fails on purpose.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use rongtong_lake::{Change, Lake, LakeLock, Release, ReleaseMeta, StagedFiles, TableSpec};

/// A table of keys and numbers.
pub fn spec(name: &str) -> TableSpec {
    let comment = HashMap::from([(
        "comment".to_owned(),
        "居民统一标识 / resident key".to_owned(),
    )]);
    let schema = Schema::new(vec![
        Field::new("resident_key", DataType::Utf8View, true).with_metadata(comment),
        Field::new("number", DataType::Int64, true),
    ]);
    TableSpec::new(name, Arc::new(schema), "测试 / a test")
}

pub fn batch(spec: &TableSpec, numbers: impl IntoIterator<Item = i64>) -> RecordBatch {
    let numbers: Vec<i64> = numbers.into_iter().collect();
    let keys = numbers.iter().map(|number| format!("{number:032x}"));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from_iter_values(keys)),
        Arc::new(Int64Array::from(numbers)),
    ];
    RecordBatch::try_new(spec.schema.clone(), columns).unwrap()
}

pub async fn stage(lake: &Lake, spec: &TableSpec, batches: &[RecordBatch]) -> StagedFiles {
    let mut writer = lake.writer(spec).unwrap();
    for batch in batches {
        writer.write(batch.clone()).await.unwrap();
    }
    writer.finish().await.unwrap()
}

pub async fn overwrite(lake: &Lake, table: &str, numbers: impl IntoIterator<Item = i64>) -> Change {
    let spec = spec(table);
    Change::Overwrite(stage(lake, &spec, &[batch(&spec, numbers)]).await)
}

pub async fn append(lake: &Lake, table: &str, numbers: impl IntoIterator<Item = i64>) -> Change {
    let spec = spec(table);
    Change::Append(stage(lake, &spec, &[batch(&spec, numbers)]).await)
}

pub async fn lock(lake: &Lake) -> LakeLock {
    lake.lock(Duration::ZERO).await.unwrap()
}

pub fn meta() -> ReleaseMeta {
    ReleaseMeta {
        run_id: "run".to_owned(),
        at: 1_700_000_000_000_000,
    }
}

/// A whole run: lock, restore, publish.
pub async fn run(lake: &Lake, changes: Vec<Change>) -> rongtong_lake::Result<Release> {
    let lock = lock(lake).await;
    lake.restore_unfinished(&lock).await?;
    let base = lake.latest_release().await?;
    lake.publish(&lock, base.as_ref(), changes, &meta()).await
}

/// The numbers of a table in the newest release, in order.
pub async fn numbers(lake: &Lake, table: &str) -> Option<Vec<i64>> {
    let reader = lake.reader().await.unwrap();
    let batches = reader.read(table).await.unwrap()?;
    let Some(first) = batches.first() else {
        return Some(vec![]);
    };
    let all = concat_batches(&first.schema(), &batches).unwrap();
    let column = all.column_by_name("number").unwrap();
    let mut numbers: Vec<i64> = column.as_primitive::<Int64Type>().values().to_vec();
    numbers.sort_unstable();
    Some(numbers)
}

pub async fn local(root: &std::path::Path) -> Lake {
    Lake::open(root.to_str().unwrap(), &BTreeMap::new())
        .await
        .unwrap()
}

/// A store in memory whose writes can be made to fail.
#[derive(Debug)]
pub struct Faulty {
    inner: InMemory,
    /// Writes that still succeed; the ones after fail.
    writes_left: AtomicI64,
    /// Writes to come of which each is done but reported as failed.
    lost_answers: AtomicI64,
}

impl Faulty {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: InMemory::new(),
            writes_left: AtomicI64::new(i64::MAX),
            lost_answers: AtomicI64::new(0),
        })
    }

    pub fn lake(self: &Arc<Self>) -> Lake {
        Lake::with_store(self.clone(), "s3://bucket/some/lake").unwrap()
    }

    pub fn fail_after(&self, writes: i64) {
        self.writes_left.store(writes, Ordering::SeqCst);
    }

    pub fn lose_answers(&self, answers: i64) {
        self.lost_answers.store(answers, Ordering::SeqCst);
    }

    pub fn has_failed(&self) -> bool {
        self.writes_left.load(Ordering::SeqCst) < 0
    }

    fn failure() -> Error {
        Error::Generic {
            store: "faulty",
            source: "made to fail".into(),
        }
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        if self.writes_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(Self::failure());
        }
        let put = self.inner.put_opts(location, payload, options).await?;
        if self.lost_answers.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Err(Self::failure());
        }
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if self.writes_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(Self::failure());
        }
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
