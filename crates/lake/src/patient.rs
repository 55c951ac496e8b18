//! An object store that asks again: what failed for a passing reason is tried a few times before a run hears of it.
//!
//! Only requests that can be repeated are: whole reads, whole writes, lists, deletions. A write-if-absent that is repeated may
//! meet its own first attempt; who asked for it compares the bytes (see [`crate::log`]). Parts of an upload are left to the
//! store's own client, which knows how to repeat them.

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// The wait before the second attempt; it doubles from there.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The same store, asked up to `attempts` times.
pub fn patient(store: Arc<dyn ObjectStore>, attempts: u32) -> Arc<dyn ObjectStore> {
    Arc::new(Patient {
        inner: store,
        attempts: attempts.max(1),
    })
}

#[derive(Debug, Clone)]
struct Patient {
    inner: Arc<dyn ObjectStore>,
    attempts: u32,
}

impl Patient {
    async fn again<T, F>(&self, ask: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut wait = FIRST_WAIT;
        for _ in 1..self.attempts {
            match ask().await {
                Err(error) if passes(&error) => {
                    tracing::debug!(%error, "asking the store again");
                }
                answer => return answer,
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        ask().await
    }
}

/// Whether the same request may succeed later.
fn passes(error: &Error) -> bool {
    matches!(error, Error::Generic { .. })
}

impl fmt::Display for Patient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Patient {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let put = || {
            self.inner
                .put_opts(location, payload.clone(), options.clone())
        };
        self.again(put).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let begin = || self.inner.put_multipart_opts(location, options.clone());
        self.again(begin).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let get = || self.inner.get_opts(location, options.clone());
        self.again(get).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.again(|| self.inner.get_ranges(location, ranges)).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let patient = self.clone();
        let delete = move |location: Path| {
            let patient = patient.clone();
            async move {
                let ask = || async {
                    let one = futures::stream::iter([Ok(location.clone())]).boxed();
                    patient.inner.delete_stream(one).try_next().await
                };
                patient.again(ask).await.map(|_| location.clone())
            }
        };
        locations.and_then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (patient, prefix) = (self.clone(), prefix.cloned());
        listed(async move {
            let ask = || patient.inner.list(prefix.as_ref()).try_collect::<Vec<_>>();
            patient.again(ask).await
        })
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let (patient, prefix, offset) = (self.clone(), prefix.cloned(), offset.clone());
        listed(async move {
            let ask = || {
                let found = patient.inner.list_with_offset(prefix.as_ref(), &offset);
                found.try_collect::<Vec<_>>()
            };
            patient.again(ask).await
        })
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.again(|| self.inner.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let copy = || self.inner.copy_opts(from, to, options.clone());
        self.again(copy).await
    }
}

/// A list that is asked for as a whole.
fn listed(
    list: impl Future<Output = Result<Vec<ObjectMeta>>> + Send + 'static,
) -> BoxStream<'static, Result<ObjectMeta>> {
    futures::stream::once(list)
        .map_ok(|found| futures::stream::iter(found.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}
