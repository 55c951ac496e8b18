//! An object store over local files whose writes survive a power cut.
//!
//! `object_store`'s own names a file before its bytes are on the disk; this one writes through
//! [`crate::disk`]. Reading and listing are left to the library.

use std::fmt;
use std::path::Path as FsPath;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::disk::Staging;

/// The local file system, from its root down, with durable writes.
#[derive(Debug)]
pub(crate) struct DurableLocalStore {
    inner: LocalFileSystem,
    staging: Staging,
}

impl DurableLocalStore {
    /// Files are made in the staging folder below `site` before they get their names.
    pub(crate) fn new(site: &FsPath) -> Self {
        Self {
            inner: LocalFileSystem::new(),
            staging: Staging::below(site),
        }
    }
}

impl fmt::Display for DurableLocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "local files")
    }
}

#[async_trait]
impl ObjectStore for DurableLocalStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let target = self.inner.path_to_filesystem(location)?;
        let staging = self.staging.clone();
        let path = location.to_string();
        let put = move || {
            let staged = staging
                .write(payload.iter().map(AsRef::as_ref))
                .map_err(generic)?;
            match options.mode {
                PutMode::Overwrite => staged.place_over(&target).map_err(generic),
                PutMode::Create => match staged.place_new(&target).map_err(generic)? {
                    true => Ok(()),
                    false => Err(Error::AlreadyExists {
                        path,
                        source: "the name is taken".into(),
                    }),
                },
                PutMode::Update(_) => Err(Error::NotImplemented {
                    operation: "conditional update of local files".to_owned(),
                    implementer: "rongtong".to_owned(),
                }),
            }
        };
        tokio::task::spawn_blocking(put)
            .await
            .map_err(|source| Error::JoinError { source })??;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(
        &self,
        location: &Path,
        ranges: &[std::ops::Range<u64>],
    ) -> Result<Vec<bytes::Bytes>> {
        self.inner.get_ranges(location, ranges).await
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

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

fn generic(source: crate::LakeError) -> Error {
    Error::Generic {
        store: "local files",
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt as _;

    use super::*;

    #[tokio::test]
    async fn put_if_absent_holds() {
        let root = tempfile::tempdir().unwrap();
        let store = DurableLocalStore::new(root.path());
        let at = Path::from_absolute_path(root.path().join("t/_delta_log/0.json")).unwrap();
        let create = PutOptions::from(PutMode::Create);
        store
            .put_opts(&at, "one".into(), create.clone())
            .await
            .unwrap();
        let again = store.put_opts(&at, "two".into(), create).await;
        assert!(matches!(again, Err(Error::AlreadyExists { .. })));
        assert_eq!(store.get(&at).await.unwrap().bytes().await.unwrap(), "one");
        store.put(&at, "three".into()).await.unwrap();
        assert_eq!(
            store.get(&at).await.unwrap().bytes().await.unwrap(),
            "three"
        );
    }
}
