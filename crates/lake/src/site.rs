//! A site: a place that holds tables or archived files, local or in an object store.

use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, parse_url_opts};
use url::Url;

use crate::disk::Staging;
use crate::local_store::DurableLocalStore;
use crate::patient::patient;
use crate::{LakeError, Result};

/// How often a request to an object store is made; its client repeats much by itself.
const ATTEMPTS: u32 = 6;

/// A folder or a prefix in a bucket, with the store that reaches it.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The store, from the root of the file system or bucket.
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The site itself; ends with a slash.
    url: Url,
    local: Option<PathBuf>,
}

impl Site {
    /// Opens a folder or URL; creates nothing.
    pub(crate) fn open(location: &str) -> Result<Self> {
        let url = parse(location)?;
        if let Some(folder) = local_folder(&url) {
            let store = Arc::new(DurableLocalStore::new(&folder));
            return Ok(Self {
                store,
                url,
                local: Some(folder),
            });
        }
        // Settings come from the environment, as with the stores' own tools.
        let environment = std::env::vars().map(|(key, value)| (key.to_lowercase(), value));
        let (store, _) =
            parse_url_opts(&url, environment).map_err(|source| LakeError::BadLocation {
                location: location.to_owned(),
                reason: source.to_string(),
            })?;
        Ok(Self {
            store: patient(store.into(), ATTEMPTS),
            url,
            local: None,
        })
    }

    /// A site reached through a store of the caller's.
    pub(crate) fn with_store(store: Arc<dyn ObjectStore>, location: &str) -> Result<Self> {
        let url = parse(location)?;
        let local = local_folder(&url);
        Ok(Self { store, url, local })
    }

    /// The root of the store: what an object path is relative to.
    pub(crate) fn store_url(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path("/");
        url
    }

    /// The URL of a folder below the site; ends with a slash. An empty `below` is the site itself.
    pub(crate) fn folder_url(&self, below: &str) -> Url {
        let mut url = self.url.clone();
        if !below.is_empty() {
            url.set_path(&format!("{}{below}/", self.url.path()));
        }
        url
    }

    /// The object path of something below the site.
    pub(crate) fn path(&self, below: &str) -> Path {
        // The URL's path was made by `parse`: it decodes.
        let root = Path::from_url_path(self.url.path()).unwrap_or_default();
        below
            .split('/')
            .filter(|part| !part.is_empty())
            .fold(root, |path, part| path.join(part))
    }

    /// The same on the local file system, where the site is local.
    pub(crate) fn local_path(&self, below: &str) -> Option<PathBuf> {
        self.local.as_ref().map(|root| {
            if below.is_empty() {
                root.clone()
            } else {
                root.join(below.trim_start_matches('/'))
            }
        })
    }

    /// Where local files are made; `None` in an object store.
    pub(crate) fn staging(&self) -> Option<Staging> {
        self.local.as_deref().map(Staging::below)
    }

    /// For people: a path where local, else a URL.
    pub(crate) fn display(&self, below: &str) -> String {
        match self.local_path(below) {
            Some(path) => path.display().to_string(),
            None => self
                .folder_url(below)
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
        }
    }
}

fn parse(location: &str) -> Result<Url> {
    let bad = |reason: &str| LakeError::BadLocation {
        location: location.to_owned(),
        reason: reason.to_owned(),
    };
    if location.is_empty() {
        return Err(bad("it is empty"));
    }
    if location.contains("://") {
        let mut url = Url::parse(location).map_err(|error| bad(&error.to_string()))?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        return Ok(url);
    }
    let absolute = std::path::absolute(location).map_err(|error| bad(&error.to_string()))?;
    Url::from_directory_path(normal(&absolute)).map_err(|()| bad("it is not an absolute path"))
}

fn local_folder(url: &Url) -> Option<PathBuf> {
    (url.scheme() == "file")
        .then(|| url.to_file_path().ok())
        .flatten()
}

/// Resolves `.` and `..`, which object paths don't know.
fn normal(path: &FsPath) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => normal(parent).join(name),
        (Some(parent), None) => normal(parent)
            .parent()
            .map_or_else(PathBuf::new, FsPath::to_owned),
        (None, _) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_any_name_are_sites() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("融通 湖%20#1/lake");
        let site = Site::open(folder.to_str().unwrap()).unwrap();
        assert_eq!(site.local_path("a/b").unwrap(), normal(&folder).join("a/b"));
        assert!(
            site.folder_url("residents")
                .as_str()
                .ends_with("/lake/residents/")
        );
        assert!(!folder.exists(), "opening creates nothing");
        let dots = Site::open(root.path().join("x/../y").to_str().unwrap()).unwrap();
        assert_eq!(dots.local_path("").unwrap(), normal(root.path()).join("y"));
    }

    #[test]
    fn urls_are_sites() {
        let site = Site::with_store(
            Arc::new(object_store::memory::InMemory::new()),
            "s3://bucket/a%20lake",
        )
        .unwrap();
        assert_eq!(site.path("t/_delta_log").as_ref(), "a lake/t/_delta_log");
        assert_eq!(site.display("t"), "s3://bucket/a%20lake/t");
        assert_eq!(site.store_url().as_str(), "s3://bucket/");
        assert!(site.local_path("").is_none());
        assert!(Site::open("").is_err());
        assert!(Site::open("nothing://bucket/x").is_err());
    }
}
