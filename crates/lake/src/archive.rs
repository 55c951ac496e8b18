//! Taken deliveries, kept unchanged: `archive/<department>/<feed>/<delivery>.<extension>`.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path as FsPath, PathBuf};

use futures::StreamExt as _;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _, PutPayload};

use crate::disk::{Staging, failed};
use crate::sink::{arrived, store_failed};
use crate::site::Site;
use crate::table::check_name;
use crate::{LakeError, Result};

/// Bytes copied at a time; also the size of an upload's parts.
const CHUNK: usize = 8 << 20;

/// Names an archived delivery.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveKey {
    /// The department.
    pub department: String,
    /// The feed.
    pub feed: String,
    /// The delivery's id, which comes from its bytes.
    pub delivery: String,
    /// What the file's name ended with, without the first dot: `csv`, `ndjson.gz`.
    pub extension: String,
}

/// The place where taken deliveries are kept.
#[derive(Debug, Clone)]
pub struct Archive {
    site: Site,
    below: String,
}

impl Archive {
    pub(crate) fn new(site: Site, below: &str) -> Self {
        Self {
            site,
            below: below.to_owned(),
        }
    }

    /// Keeps a delivery; when this returns, its bytes are at rest. Keeping it again is no work. `is_same` says whether the
    /// source is still the file that gave the key: it is asked when the bytes are copied. The path is from the lake, or
    /// from the archive's own place where it has one.
    ///
    /// # Errors
    /// [`LakeError::DeliveryChanged`]: nothing is kept. [`LakeError::BadName`], or what the file system or store says.
    pub async fn keep(
        &self,
        key: &ArchiveKey,
        source: &FsPath,
        is_same: impl Fn(&FsPath) -> bool + Send + Sync + 'static,
    ) -> Result<String> {
        let below = self.below(key)?;
        if self.contains(key).await? {
            return Ok(below);
        }
        match (self.site.local_path(&below), self.site.staging()) {
            (Some(target), Some(staging)) => {
                let source = source.to_owned();
                let copied = move || copy(&source, is_same, &staging, &target);
                tokio::task::spawn_blocking(copied).await??;
            }
            _ => {
                let target = self.site.path(&below);
                self.upload(source, is_same, &target).await?;
            }
        }
        Ok(below)
    }

    /// Whether the delivery is there.
    ///
    /// # Errors
    /// As [`Archive::keep`].
    pub async fn contains(&self, key: &ArchiveKey) -> Result<bool> {
        let path = self.site.path(&self.below(key)?);
        match self.site.store.head(&path).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(store_failed(&path, "look into the archive")(error)),
        }
    }

    /// A local file with the delivery's bytes: the archived file itself, or (from an object store)
    /// a copy in `scratch`, which the caller clears. `None` if it isn't there.
    ///
    /// # Errors
    /// As [`Archive::keep`].
    pub async fn fetch(&self, key: &ArchiveKey, scratch: &FsPath) -> Result<Option<PathBuf>> {
        let below = self.below(key)?;
        if !self.contains(key).await? {
            return Ok(None);
        }
        if let Some(path) = self.site.local_path(&below) {
            return Ok(Some(path));
        }
        let path = self.site.path(&below);
        let target = scratch.join(format!("{}.{}", key.delivery, key.extension));
        let read = |error| store_failed(&path, "read from the archive")(error);
        let mut chunks = self
            .site
            .store
            .get(&path)
            .await
            .map_err(read)?
            .into_stream();
        let mut file = File::create(&target).map_err(failed(&target, "create the file"))?;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(read)?;
            file.write_all(&chunk).map_err(failed(&target, "write"))?;
        }
        Ok(Some(target))
    }

    fn below(&self, key: &ArchiveKey) -> Result<String> {
        for part in [&key.department, &key.feed, &key.delivery, &key.extension] {
            if part.contains('/') {
                return Err(LakeError::BadName {
                    name: part.clone(),
                    what: "part of an archive's path",
                });
            }
            check_name(part, "part of an archive's path")?;
        }
        let ArchiveKey {
            department,
            feed,
            delivery,
            extension,
        } = key;
        let folder = match self.below.as_str() {
            "" => String::new(),
            below => format!("{below}/"),
        };
        Ok(format!(
            "{folder}{department}/{feed}/{delivery}.{extension}"
        ))
    }

    async fn upload(
        &self,
        source: &FsPath,
        is_same: impl Fn(&FsPath) -> bool,
        target: &Path,
    ) -> Result<()> {
        let upload_failed = |error| store_failed(target, "keep a delivery")(error);
        let mut file = File::open(source).map_err(failed(source, "open the delivery"))?;
        let size = file
            .metadata()
            .map_err(failed(source, "read the delivery"))?
            .len();
        if size <= CHUNK as u64 {
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut file, &mut bytes)
                .map_err(failed(source, "read the delivery"))?;
            unchanged(source, is_same)?;
            let size = bytes.len() as u64;
            let put = self.site.store.put(target, PutPayload::from(bytes)).await;
            return self.acknowledged(put.map(drop), target, size).await;
        }
        let mut upload = self
            .site
            .store
            .put_multipart(target)
            .await
            .map_err(upload_failed)?;
        let mut size = 0;
        loop {
            let mut part = Vec::with_capacity(CHUNK);
            io::Read::by_ref(&mut file)
                .take(CHUNK as u64)
                .read_to_end(&mut part)
                .map_err(failed(source, "read the delivery"))?;
            if part.is_empty() {
                break;
            }
            size += part.len() as u64;
            let sent = upload.put_part(PutPayload::from(part)).await;
            sent.map_err(upload_failed)?;
        }
        if let Err(changed) = unchanged(source, is_same) {
            upload.abort().await.map_err(upload_failed)?;
            return Err(changed);
        }
        let ended = upload.complete().await.map(drop);
        self.acknowledged(ended, target, size).await
    }

    /// A write that was reported as failed may have been done: what is there is named by its bytes.
    async fn acknowledged(
        &self,
        ended: object_store::Result<()>,
        target: &Path,
        size: u64,
    ) -> Result<()> {
        match ended {
            Ok(()) => Ok(()),
            Err(_) if arrived(&self.site.store, target, size).await => Ok(()),
            Err(error) => Err(store_failed(target, "keep a delivery")(error)),
        }
    }
}

fn unchanged(source: &FsPath, is_same: impl Fn(&FsPath) -> bool) -> Result<()> {
    match is_same(source) {
        true => Ok(()),
        false => Err(LakeError::DeliveryChanged {
            path: source.to_owned(),
        }),
    }
}

fn copy(
    source: &FsPath,
    is_same: impl Fn(&FsPath) -> bool,
    staging: &Staging,
    target: &FsPath,
) -> Result<()> {
    let mut from = File::open(source).map_err(failed(source, "open the delivery"))?;
    let (staged, mut to) = staging.create()?;
    io::copy(&mut from, &mut to).map_err(failed(target, "keep the delivery"))?;
    unchanged(source, is_same)?;
    staged.sync(&to)?;
    staged.place_over(target)
}
