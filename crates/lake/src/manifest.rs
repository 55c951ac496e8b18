//! The manifest of a release: every file of every table with the SM3 of its pieces' SM3s.
//!
//! `_releases/<release>-<SM3>.json`, one JSON document a line: the release, then a line for each table.
//! It is at rest before the commit of `releases` names it. Its name holds the SM3 of its own bytes, so that it can be
//! trusted when the log that names it can't. With it the lake can be verified, and its logs made anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::{Error, ObjectStoreExt as _, PutPayload};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fingerprint::Fingerprint;
use crate::lake::Lake;
use crate::release::Release;
use crate::sink::{arrived, store_failed};
use crate::site::Site;
use crate::snapshot::{LoggedFile, Snapshot};
use crate::{LakeError, Result};

/// The folder of all manifests, below the lake's root.
pub(crate) const MANIFESTS: &str = "_releases";

/// The form that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// Hex characters of the SM3 in a manifest's name.
const NAMED_BY: usize = 32;

/// What a release consists of, down to the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) release: Release,
    /// By name; `releases` is among them.
    pub(crate) tables: BTreeMap<String, TableManifest>,
}

/// One table of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableManifest {
    pub(crate) table: String,
    pub(crate) version: u64,
    /// The `metaData` action's content.
    pub(crate) metadata: Value,
    pub(crate) files: Vec<PrintedFile>,
}

/// One data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PrintedFile {
    #[serde(flatten)]
    pub(crate) file: LoggedFile,
    /// The SM3 of its pieces, in hex; `None` for a file from before there were manifests that say it.
    #[serde(
        default,
        rename = "pieces_sm3",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) print: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Heading {
    format: u32,
    release: Release,
}

/// A manifest's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ManifestName {
    pub(crate) number: u64,
    pub(crate) name: String,
}

impl TableManifest {
    /// From a version of the table and the fingerprints that are known, by file name.
    pub(crate) fn of(
        table: &str,
        snapshot: &Snapshot,
        prints: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let printed = |file: &LoggedFile| PrintedFile {
            print: prints(&file.name),
            file: file.clone(),
        };
        Self {
            table: table.to_owned(),
            version: snapshot.version,
            metadata: snapshot.metadata.clone(),
            files: snapshot.files.iter().map(printed).collect(),
        }
    }

    /// The fingerprint of a file, by its name in the table's folder.
    pub(crate) fn print(&self, name: &str) -> Option<String> {
        let found = self.files.iter().find(|printed| printed.file.name == name);
        found.and_then(|printed| printed.print.clone())
    }

    /// The files as the log names them.
    pub(crate) fn logged(&self) -> Vec<LoggedFile> {
        self.files
            .iter()
            .map(|printed| printed.file.clone())
            .collect()
    }
}

impl Manifest {
    /// Brings it to rest; its name.
    pub(crate) async fn write(&self, site: &Site) -> Result<String> {
        let heading = Heading {
            format: FORMAT,
            release: self.release.clone(),
        };
        let mut text = line(&heading)?;
        for table in self.tables.values() {
            text.push_str(&line(table)?);
        }
        let print = Fingerprint::of(text.as_bytes());
        let print = print.get(..NAMED_BY).unwrap_or_default();
        let name = format!("{}-{print}.json", self.release.id);
        let path = site.path(&format!("{MANIFESTS}/{name}"));
        let size = text.len() as u64;
        match site.store.put(&path, PutPayload::from(text)).await {
            Ok(_) => Ok(name),
            Err(_) if arrived(&site.store, &path, size).await => Ok(name),
            Err(error) => Err(store_failed(&path, "write the release's manifest")(error)),
        }
    }

    /// Reads the manifest of this name.
    ///
    /// # Errors
    /// [`LakeError::Manifest`] if it isn't there or isn't what was written.
    pub(crate) async fn read(site: &Site, name: &str) -> Result<Self> {
        let below = format!("{MANIFESTS}/{name}");
        let damaged = |damage: &'static str| LakeError::Manifest {
            file: site.display(&below),
            damage,
        };
        let path = site.path(&below);
        let bytes = match site.store.get(&path).await {
            Ok(found) => found.bytes().await,
            Err(Error::NotFound { .. }) => return Err(damaged("missing")),
            Err(error) => Err(error),
        };
        let bytes = bytes.map_err(store_failed(&path, "read the release's manifest"))?;
        let print = Fingerprint::of(&bytes);
        let told = ManifestName::parse(name).and_then(|_| name.split(['-', '.']).nth(1));
        if told != print.get(..NAMED_BY) {
            return Err(damaged("not the bytes that were written"));
        }
        let mut lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let heading: Heading = lines
            .next()
            .and_then(|line| serde_json::from_slice(line).ok())
            .ok_or_else(|| damaged("no manifest that this program knows"))?;
        let tables = lines
            .map(serde_json::from_slice::<TableManifest>)
            .map(|table| table.map(|table| (table.table.clone(), table)))
            .collect::<Result<_, _>>()
            .map_err(|_| damaged("no manifest that this program knows"))?;
        Ok(Self {
            release: Release {
                manifest: Some(name.to_owned()),
                ..heading.release
            },
            tables,
        })
    }
}

impl ManifestName {
    fn parse(name: &str) -> Option<Self> {
        let (number, print) = name.strip_suffix(".json")?.split_once('-')?;
        let hex = print.len() == NAMED_BY && print.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Self {
            number: number.parse().ok().filter(|_| hex)?,
            name: name.to_owned(),
        })
    }
}

impl Lake {
    /// The manifest of a release; `None` for a release from before there were any.
    pub(crate) async fn manifest(&self, release: &Release) -> Result<Option<Arc<Manifest>>> {
        match &release.manifest {
            Some(name) => Ok(Some(Arc::new(Manifest::read(self.root(), name).await?))),
            None => Ok(None),
        }
    }

    /// The names of all manifests, those of runs that never released among them, oldest first.
    pub(crate) async fn manifests(&self) -> Result<Vec<ManifestName>> {
        let folder = self.root().path(MANIFESTS);
        let mut names: Vec<ManifestName> = self
            .root()
            .store
            .list(Some(&folder))
            .try_filter_map(async |found| {
                Ok(found.location.filename().and_then(ManifestName::parse))
            })
            .try_collect()
            .await
            .map_err(store_failed(&folder, "list the manifests"))?;
        names.sort();
        Ok(names)
    }
}

fn line(document: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(document).map_err(|error| LakeError::Settings {
        location: MANIFESTS.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(text + "\n")
}
