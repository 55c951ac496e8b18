//! Verifying a release: every file that it rests on, byte by byte.

use futures::{StreamExt as _, TryStreamExt as _};

use crate::Result;
use crate::fingerprint::{Fingerprint, PiecesPrint, Printed, of_file};
use crate::history::{History, Torn};
use crate::lake::Lake;
use crate::log::ours;
use crate::manifest::{Manifest, PrintedFile, TableManifest};
use crate::release::{RELEASES, Release};
use crate::site::Site;
use crate::snapshot::digest;
use crate::{LakeError, TableInfo};

/// What verifying found.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// The release that was looked at; `None` in a lake without a whole one.
    pub release: Option<String>,
    /// Its tables.
    pub tables: u64,
    /// Data files whose bytes were compared.
    pub files: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Archived deliveries whose bytes were compared.
    pub archived: u64,
    /// Data files from before there were fingerprints: only their sizes were compared.
    pub unprinted: u64,
    /// What is damaged; empty: all is whole.
    pub damage: Vec<Damage>,
}

/// A file that isn't what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// What the file is for.
    pub part: Part,
    /// The table that it belongs to, if any.
    pub table: Option<String>,
    /// The file: a path, or a URL in an object store.
    pub file: String,
    /// What is wrong with it: missing, empty, other bytes.
    pub damage: &'static str,
}

/// What a file of the lake is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// An entry of a table's log.
    LogEntry,
    /// A checkpoint of a log, or the hint at it.
    Checkpoint,
    /// The manifest of a release.
    Manifest,
    /// Rows.
    Data,
    /// A delivery as it was taken.
    Archive,
    /// The lake's own settings.
    Settings,
}

impl Part {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LogEntry => "log entry",
            Self::Checkpoint => "checkpoint",
            Self::Manifest => "manifest",
            Self::Data => "data file",
            Self::Archive => "archived delivery",
            Self::Settings => "settings",
        }
    }
}

/// A file, what it should be, and what it is.
pub(crate) struct Compared {
    pub(crate) file: PrintedFile,
    pub(crate) found: Option<Printed>,
}

impl Compared {
    /// What is wrong with it.
    pub(crate) fn damage(&self) -> Option<&'static str> {
        let Some(found) = &self.found else {
            return Some("missing");
        };
        if found.size != self.file.file.size {
            return Some("of another size");
        }
        match &self.file.print {
            Some(told) if *told != found.print => Some("not the bytes that were written"),
            _ => None,
        }
    }
}

impl Lake {
    /// Compares a release (`None`: the newest) with its manifest: every log entry, checkpoint and data file, and the
    /// deliveries in the archive, which are named by their bytes. Changes nothing.
    ///
    /// # Errors
    /// When the file system or store can't be read, or [`LakeError::Elsewhere`]. Damage is no error but a result.
    pub async fn verify(&self, release: Option<&str>) -> Result<Verified> {
        let mut verified = Verified::default();
        let settings = self.settings().secret_fingerprint().await;
        if let Err(LakeError::Settings { location, .. }) = &settings {
            verified
                .damage
                .push(damage(Part::Settings, None, location, "no settings"));
        } else {
            settings?;
        }
        let releases = History::read(&self.log(RELEASES), None).await?;
        let told = told(&releases, release);
        self.check_log(RELEASES, &releases, &mut verified).await?;
        if let Some(told) = told {
            self.must_find_all(&told).await?;
            self.check_release(&told, &mut verified).await?;
            verified.release = Some(told.id);
        }
        self.check_archive(&mut verified).await?;
        Ok(verified)
    }

    /// Reads these files of a table and compares them with what they should be.
    pub(crate) async fn compare(&self, table: &TableManifest) -> Result<Vec<Compared>> {
        let log = self.log(&table.table);
        futures::stream::iter(table.files.clone())
            .map(|file| {
                let below = format!("{}/{}", log.below, file.file.name);
                let site = log.site.clone();
                async move {
                    let found = of_file::<PiecesPrint>(&site, &below).await?;
                    Ok(Compared { file, found })
                }
            })
            .buffered(at_once())
            .try_collect()
            .await
    }

    async fn check_release(&self, release: &Release, verified: &mut Verified) -> Result<()> {
        let manifest = match self.manifest(release).await {
            Ok(manifest) => manifest,
            Err(LakeError::Manifest { file, damage: what }) => {
                verified
                    .damage
                    .push(damage(Part::Manifest, None, &file, what));
                None
            }
            Err(error) => return Err(error),
        };
        for info in self.reader_at(release.clone()).tables() {
            let history = History::read(&self.log(&info.name), Some(info.version)).await?;
            self.check_log(&info.name, &history, verified).await?;
            self.check_state(&info, release, &history, verified);
            let table = manifest
                .as_ref()
                .and_then(|manifest| manifest.tables.get(&info.name))
                .cloned();
            match table.or_else(|| unprinted(&info, &history)) {
                Some(table) => self.check_files(&table, verified).await?,
                None => verified.tables += 1,
            }
        }
        if let Some(table) = manifest.as_ref().and_then(|m| m.tables.get(RELEASES)) {
            self.check_files(table, verified).await?;
        }
        Ok(())
    }

    async fn check_log(
        &self,
        table: &str,
        history: &History,
        verified: &mut Verified,
    ) -> Result<()> {
        let log = self.log(table);
        let of =
            |part, torn: Torn| damage(part, Some(table), &log.display(&torn.name), torn.damage);
        let entries = history.torn_entries();
        verified
            .damage
            .extend(entries.map(|(_, torn)| of(Part::LogEntry, torn)));
        let checkpoints = history.torn_checkpoints().await?.into_iter();
        verified
            .damage
            .extend(checkpoints.map(|torn| of(Part::Checkpoint, torn)));
        Ok(())
    }

    /// Whole entries that together say something else than was released: one was put in their place.
    fn check_state(
        &self,
        info: &TableInfo,
        release: &Release,
        history: &History,
        verified: &mut Verified,
    ) {
        let released = release.tables.get(&info.name);
        let state = history.state(info.version);
        let said = state.map(|state| digest(&state.files.into_values().collect::<Vec<_>>()));
        if let (Some(said), Some(released)) = (said, released)
            && said != released.digest
        {
            let name = crate::log::LogFile::entry_name(info.version);
            let file = self.log(&info.name).display(&name);
            let what = "not naming the released files";
            verified
                .damage
                .push(damage(Part::LogEntry, Some(&info.name), &file, what));
        }
    }

    async fn check_files(&self, table: &TableManifest, verified: &mut Verified) -> Result<()> {
        let log = self.log(&table.table);
        verified.tables += 1;
        for compared in self.compare(table).await? {
            verified.files += 1;
            verified.bytes += compared.found.as_ref().map_or(0, |found| found.size);
            verified.unprinted += u64::from(compared.file.print.is_none());
            if let Some(what) = compared.damage() {
                let below = format!("{}/{}", log.below, compared.file.file.name);
                let file = log.site.display_file(&below);
                verified
                    .damage
                    .push(damage(Part::Data, Some(&table.table), &file, what));
            }
        }
        Ok(())
    }

    /// Archived deliveries are named by the SM3 of their bytes.
    async fn check_archive(&self, verified: &mut Verified) -> Result<()> {
        let (site, below) = self.archive_place();
        let folder = site.path(below);
        let listed = site.store.list(Some(&folder));
        let names: Vec<String> = listed
            .try_filter_map(async |found| {
                let below = found.location.prefix_match(&site.path("")).map(|parts| {
                    let parts: Vec<_> = parts.map(|part| part.as_ref().to_owned()).collect();
                    parts.join("/")
                });
                Ok(below.filter(|below| !below.split('/').any(|part| part.starts_with('.'))))
            })
            .try_collect()
            .await
            .map_err(crate::sink::store_failed(&folder, "list the archive"))?;
        let found: Vec<(String, Option<Printed>)> = futures::stream::iter(names)
            .map(|below| async move {
                let printed = of_file::<Fingerprint>(site, &below).await?;
                Ok::<_, LakeError>((below, printed))
            })
            .buffered(at_once())
            .try_collect()
            .await?;
        for (below, printed) in found {
            verified.archived += 1;
            let name = below.rsplit('/').next().unwrap_or_default();
            let told = name.split('.').next().unwrap_or_default();
            if !printed.is_some_and(|printed| !told.is_empty() && printed.print.starts_with(told)) {
                let file = site.display_file(&below);
                let what = "not the bytes that were taken";
                verified
                    .damage
                    .push(damage(Part::Archive, None, &file, what));
            }
        }
        Ok(())
    }
}

/// The newest release that a whole entry of `releases` names, or the one of this id.
fn told(releases: &History, id: Option<&str>) -> Option<Release> {
    let whole = releases.entries.values().rev().filter_map(|entry| {
        let said = ours(entry.as_ref().ok()?)?.get("release")?;
        serde_json::from_value::<Release>(said.clone()).ok()
    });
    let mut whole = whole.filter(|release| id.is_none_or(|id| release.id == id));
    whole.next()
}

/// A table of a release without a manifest, from its log.
pub(crate) fn unprinted(info: &TableInfo, history: &History) -> Option<TableManifest> {
    let state = history.state(info.version)?;
    let files = state.files.into_values();
    Some(TableManifest {
        table: info.name.clone(),
        version: info.version,
        metadata: state.metadata?,
        files: files
            .map(|file| PrintedFile { file, print: None })
            .collect(),
    })
}

fn damage(part: Part, table: Option<&str>, file: &str, damage: &'static str) -> Damage {
    Damage {
        part,
        table: table.map(str::to_owned),
        file: file.to_owned(),
        damage,
    }
}

/// Files, or row groups of one, that are read at a time.
pub(crate) fn at_once() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// Whether a manifest's release is whole: every data file has the bytes that were written.
pub(crate) async fn is_whole(lake: &Lake, manifest: &Manifest) -> Result<bool> {
    for table in manifest.tables.values() {
        let compared = lake.compare(table).await?;
        if compared.iter().any(|file| file.damage().is_some()) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Site {
    /// A file below the site, for people.
    pub(crate) fn display_file(&self, below: &str) -> String {
        self.display(below.trim_start_matches('/'))
    }
}
