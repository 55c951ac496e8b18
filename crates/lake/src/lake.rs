//! The lake as a whole: where its tables lie, and what is released.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use object_store::ObjectStore;
use url::Url;

use crate::archive::Archive;
use crate::history::{History, Torn};
use crate::lock::LakeLock;
use crate::log::{TableLog, ours};
use crate::read::LakeReader;
use crate::release::{RELEASES, Release, ReleasedTable};
use crate::schema::TableSchema;
use crate::settings::Settings;
use crate::sink::{Placement, store_failed};
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::table::{TableSpec, check_name};
use crate::writer::TableWriter;
use crate::{LakeError, Result};

/// Folders below the root that can't hold tables.
const ARCHIVE: &str = "archive";

/// Tables lie at most this deep below the root (`standard/<department>/<feed>`).
const DEEPEST_TABLE: usize = 4;

/// A governance lake: Delta tables below one root, made visible release by release.
///
/// Cheap to clone; clones share what they have read.
#[derive(Clone)]
pub struct Lake {
    root: Site,
    elsewhere: Arc<BTreeMap<String, Site>>,
    /// The last snapshot read of each table; versions never change.
    snapshots: Arc<Mutex<HashMap<String, Arc<Snapshot>>>>,
}

impl Lake {
    /// Opens the lake at a folder or object-store URL (settings from the environment, as with the
    /// stores' own tools). Creates nothing: a lake comes into being with its first release.
    ///
    /// `restricted` puts single tables, or `archive`, at places of their own; relative ones start at
    /// the lake.
    ///
    /// # Errors
    /// [`LakeError::BadLocation`] if a location can't be one.
    pub async fn open(root: &str, restricted: &BTreeMap<String, String>) -> Result<Self> {
        let elsewhere = restricted
            .iter()
            .map(|(name, location)| Ok((name.clone(), Site::open(&below(root, location))?)))
            .collect::<Result<_>>()?;
        Ok(Self::new(Site::open(root)?, elsewhere))
    }

    /// Opens the lake through a store of the caller's, which must start at the root of the file
    /// system (`file:///…`) or bucket. Data files of a `file:///` lake are still written directly.
    ///
    /// # Errors
    /// As [`Lake::open`].
    pub fn with_store(store: Arc<dyn ObjectStore>, url: &str) -> Result<Self> {
        Ok(Self::new(Site::with_store(store, url)?, BTreeMap::new()))
    }

    fn new(root: Site, elsewhere: BTreeMap<String, Site>) -> Self {
        Self {
            root,
            elsewhere: Arc::new(elsewhere),
            snapshots: Arc::default(),
        }
    }

    /// Where the lake lies, for people.
    pub fn root_display(&self) -> String {
        self.root.display("")
    }

    /// Where a table lies: a path, or a URL in an object store. It need not exist.
    pub fn location(&self, table: &str) -> String {
        let (site, below) = self.place(table);
        site.display(below)
    }

    /// The store that holds a table, and the URL of that store's root (`file:///`,
    /// `s3://bucket/`): what a query engine needs to read the paths of [`crate::DataFile`].
    pub fn store(&self, table: &str) -> (Arc<dyn ObjectStore>, Url) {
        let (site, _) = self.place(table);
        (Arc::clone(&site.store), site.store_url())
    }

    /// The newest release; `None` before the first.
    ///
    /// # Errors
    /// [`LakeError::TornLog`] if the newest entry of `releases` is damaged.
    pub async fn latest_release(&self) -> Result<Option<Release>> {
        Ok(self.newest_release().await?.1)
    }

    /// An earlier release by its id; `None` if there is none of that id.
    ///
    /// # Errors
    /// As [`Lake::latest_release`].
    pub async fn release(&self, id: &str) -> Result<Option<Release>> {
        let log = self.log(RELEASES);
        let newest = log.newest(None).await?;
        let found = self.release_before(&log, newest, |release| release.id == id);
        Ok(found.await?.map(|(_, release)| release))
    }

    /// Whether nothing was ever released here.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn log_is_empty(&self) -> Result<bool> {
        Ok(self.log(RELEASES).files().await?.is_empty())
    }

    /// Pins the newest release for reading.
    ///
    /// # Errors
    /// As [`Lake::latest_release`].
    pub async fn reader(&self) -> Result<LakeReader> {
        let release = self.latest_release().await?;
        Ok(LakeReader::new(self.clone(), release))
    }

    /// Pins a given release for reading.
    pub fn reader_at(&self, release: Release) -> LakeReader {
        LakeReader::new(self.clone(), Some(release))
    }

    /// Begins to write files of a table, on a thread of their own. Nothing becomes visible before
    /// [`Lake::publish`]. For a lake in an object store, call it inside an async runtime.
    ///
    /// # Errors
    /// [`LakeError::BadName`], [`LakeError::UnsupportedType`].
    pub fn writer(&self, spec: &TableSpec) -> Result<TableWriter> {
        check_name(&spec.name, "a table")?;
        let schema = TableSchema::from_arrow(&spec.name, &spec.schema)?;
        let (site, below) = self.place(&spec.name);
        TableWriter::start(spec, schema, Placement::new(site, below))
    }

    /// Takes the lake for one run; waits up to `wait` for another run to end. A local lake is made
    /// if it isn't there. In an object store runs can't shut each other out: there the commits
    /// themselves decide, and the loser runs again.
    ///
    /// # Errors
    /// [`LakeError::Locked`] if the other run is still there after `wait`.
    pub async fn lock(&self, wait: Duration) -> Result<LakeLock> {
        LakeLock::take(self.root.local_path(""), wait).await
    }

    /// The lake's own settings.
    pub fn settings(&self) -> Settings {
        Settings::of(&self.root)
    }

    /// The archive of taken deliveries.
    pub fn archive(&self) -> Archive {
        let (site, below) = self.archive_place();
        Archive::new(site.clone(), below)
    }

    /// Where the archive lies, and its folder there.
    pub(crate) fn archive_place(&self) -> (&Site, &str) {
        match self.elsewhere.get(ARCHIVE) {
            Some(site) => (site, ""),
            None => (&self.root, ARCHIVE),
        }
    }

    /// Forgets what was read of logs: they were written anew.
    pub(crate) fn forget_snapshots(&self) {
        let mut snapshots = self
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        snapshots.clear();
    }

    /// What lies elsewhere than in the lake's folder.
    pub(crate) fn elsewhere(&self) -> Vec<String> {
        self.elsewhere.keys().cloned().collect()
    }

    /// Whether everything of a release can be found: nothing lies at a place that this lake wasn't told of.
    pub(crate) async fn must_find_all(&self, release: &Release) -> Result<()> {
        for name in &release.elsewhere {
            self.must_find(release, name).await?;
        }
        Ok(())
    }

    /// The same for one table. One that was brought into the lake's folder since is found there.
    pub(crate) async fn must_find(&self, release: &Release, table: &str) -> Result<()> {
        let is_elsewhere = release.elsewhere.iter().any(|name| name == table);
        if !is_elsewhere || self.elsewhere.contains_key(table) {
            return Ok(());
        }
        let (site, below) = match table {
            ARCHIVE => self.archive_place(),
            table => self.place(table),
        };
        match site.store.list(Some(&site.path(below))).next().await {
            Some(_) => Ok(()),
            None => Err(LakeError::Elsewhere {
                lake: self.root_display(),
                name: table.to_owned(),
            }),
        }
    }

    pub(crate) fn log(&self, table: &str) -> TableLog {
        let (site, below) = self.place(table);
        TableLog {
            table: table.to_owned(),
            site: site.clone(),
            below: below.to_owned(),
        }
    }

    /// A version of a table, from memory if it was the last one read.
    pub(crate) async fn snapshot(&self, log: &TableLog, version: u64) -> Result<Arc<Snapshot>> {
        let known = {
            let snapshots = self
                .snapshots
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            snapshots.get(&log.table).cloned()
        };
        if let Some(known) = known.filter(|known| known.version == version) {
            return Ok(known);
        }
        let read = match Snapshot::load(log, version).await {
            Ok(read) => Arc::new(read),
            Err(error) => return Err(self.named(log, version, error).await),
        };
        let mut snapshots = self
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        snapshots.insert(log.table.clone(), Arc::clone(&read));
        Ok(read)
    }

    /// Refuses a version that isn't what was released, naming what is damaged where that can be told.
    pub(crate) async fn must_be(
        &self,
        log: &TableLog,
        found: &Snapshot,
        released: &ReleasedTable,
    ) -> Result<()> {
        match found.must_be(&log.table, released) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.named(log, released.version, error).await),
        }
    }

    /// A log that can't be read or says something else than was released: which file is it?
    async fn named(&self, log: &TableLog, version: u64, error: LakeError) -> LakeError {
        let torn = async {
            let history = History::read(log, Some(version)).await?;
            match history.torn_entries().next() {
                Some((_, torn)) => Ok(Some(torn)),
                None => Ok(history.torn_checkpoints().await?.into_iter().next()),
            }
        };
        match torn.await {
            Ok(Some(Torn { name, damage })) => LakeError::TornLog {
                table: log.table.clone(),
                file: log.display(&name),
                damage,
            },
            Ok(None) => error,
            // That it can't be told which file it is says less than what was seen first.
            Err::<_, LakeError>(_) => error,
        }
    }

    /// The newest version of the log of `releases`, and the newest release in it.
    pub(crate) async fn newest_release(&self) -> Result<(Option<u64>, Option<Release>)> {
        let log = self.log(RELEASES);
        let newest = log.newest(None).await?;
        let release = self.release_before(&log, newest, |_| true).await?;
        Ok((newest, release.map(|(_, release)| release)))
    }

    /// The version of `releases` that showed a release.
    pub(crate) async fn shown_by(&self, shown: &Release) -> Result<Option<u64>> {
        let log = self.log(RELEASES);
        let newest = log.newest(None).await?;
        let found = self.release_before(&log, newest, |release| release.id == shown.id);
        Ok(found.await?.map(|(version, _)| version))
    }

    /// Walks the log of `releases` back from a version to a release that is wanted, and the version that shows it: commits
    /// of other tools say no release.
    async fn release_before(
        &self,
        log: &TableLog,
        newest: Option<u64>,
        wanted: impl Fn(&Release) -> bool,
    ) -> Result<Option<(u64, Release)>> {
        for version in (0..newest.map_or(0, |newest| newest + 1)).rev() {
            let Some(actions) = log.actions(version).await? else {
                break;
            };
            let Some(said) = ours(&actions).and_then(|ours| ours.get("release")) else {
                continue;
            };
            let release: Release =
                serde_json::from_value(said.clone()).map_err(|_| LakeError::Settings {
                    location: self.location(RELEASES),
                    reason: format!("version {version} names no release that this program knows"),
                })?;
            if wanted(&release) {
                return Ok(Some((version, release)));
            }
        }
        Ok(None)
    }

    /// Every table that has a log, released or not.
    pub(crate) async fn tables_with_log(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![(String::new(), 0)];
        while let Some((below, depth)) = folders.pop() {
            let path = self.root.path(&below);
            let listed = match self.root.store.list_with_delimiter(Some(&path)).await {
                Ok(listed) => listed,
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(store_failed(&path, "list the lake")(error)),
            };
            for folder in listed.common_prefixes {
                let Some(name) = folder.filename() else {
                    continue;
                };
                if name == "_delta_log" {
                    found.push(below.clone());
                } else if depth < DEEPEST_TABLE
                    && !name.starts_with(['_', '.'])
                    && !(depth == 0 && name == ARCHIVE)
                {
                    let below = if below.is_empty() {
                        name.to_owned()
                    } else {
                        format!("{below}/{name}")
                    };
                    folders.push((below, depth + 1));
                }
            }
        }
        for (name, site) in self.elsewhere.iter().filter(|(name, _)| *name != ARCHIVE) {
            let path = site.path("_delta_log");
            if site.store.list(Some(&path)).next().await.is_some() {
                found.push(name.clone());
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Where the lake itself lies, as against tables that lie elsewhere.
    pub(crate) fn root(&self) -> &Site {
        &self.root
    }

    pub(crate) fn sites(&self) -> impl Iterator<Item = &Site> {
        std::iter::once(&self.root).chain(self.elsewhere.values())
    }

    pub(crate) fn place<'a>(&'a self, table: &'a str) -> (&'a Site, &'a str) {
        match self.elsewhere.get(table) {
            Some(site) => (site, ""),
            None => (&self.root, table),
        }
    }
}

impl fmt::Debug for Lake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lake").field(&self.root_display()).finish()
    }
}
/// A location as seen from the lake's root.
fn below(root: &str, location: &str) -> String {
    let absolute = location.contains("://") || std::path::Path::new(location).is_absolute();
    match absolute {
        true => location.to_owned(),
        false => format!("{}/{location}", root.trim_end_matches('/')),
    }
}
