//! Repairing: damaged logs are written anew from the manifests, and the newest whole release is in force again.
//!
//! What was damaged is kept under `_damaged/`. Data files can't be made anew: a release that has lost one is left for
//! the newest release that hasn't.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use object_store::{Error, ObjectStoreExt as _, PutMode, PutOptions};
use serde_json::{Map, Value, json};

use crate::actions::{self, Operation, entry};
use crate::fingerprint::{PiecesPrint, of_file};
use crate::history::{History, State, Torn};
use crate::lake::Lake;
use crate::lock::LakeLock;
use crate::log::{LogFile, TableLog, ours};
use crate::manifest::{Manifest, PrintedFile, TableManifest};
use crate::release::{RELEASES, Release, ReleaseMeta, Restored};
use crate::rollback::back;
use crate::sink::store_failed;
use crate::verify::{is_whole, unprinted};
use crate::{LakeError, Result};

/// Holds what was damaged, below the lake's root.
const DAMAGED: &str = "_damaged";

/// What repairing did.
#[derive(Debug, Clone, Default)]
pub struct Repaired {
    /// The release in force now; `None` if no release is whole.
    pub release: Option<String>,
    /// The release whose content that is, where it is not the newest that there was.
    pub back_to: Option<String>,
    /// Releases later than that, which have lost files.
    pub lost: Vec<String>,
    /// Files of logs that were written anew.
    pub rewritten: Vec<String>,
    /// Checkpoints that were taken away: readers do without.
    pub removed: Vec<String>,
    /// Tables that were put back to their released content.
    pub restored: Vec<Restored>,
    /// The manifest was gone: fingerprints were taken anew, from the bytes as they are.
    pub printed_anew: bool,
}

/// What is known of a release.
struct Known {
    release: Release,
    /// The version of `releases` that names it.
    version: u64,
    manifest: Option<Arc<Manifest>>,
}

impl Lake {
    /// Makes damaged logs whole and brings the newest whole release into force. A lake that is whole stays as it is.
    ///
    /// # Errors
    /// [`LakeError::NothingWhole`] if no release is whole; then nothing but damaged files was touched.
    /// [`LakeError::Elsewhere`] before anything is touched.
    pub async fn repair(&self, lock: &LakeLock, meta: &ReleaseMeta) -> Result<Repaired> {
        let mut repaired = Repaired::default();
        let known = self.known_releases().await?;
        for known in &known {
            self.must_find_all(&known.release).await?;
        }
        let whole = self.newest_whole(&known).await?;
        let Some(whole) = whole else {
            if known.is_empty() && self.log(RELEASES).files().await?.is_empty() {
                return Ok(repaired);
            }
            return Err(LakeError::NothingWhole {
                lake: self.root_display(),
            });
        };
        self.rewrite_logs(&known, &mut repaired).await?;
        self.remove_checkpoints(&mut repaired).await?;
        self.forget_snapshots();
        let (_, newest) = self.newest_release().await?;
        let newest_number = newest.as_ref().map_or(0, |newest| newest.number);
        for known in &known {
            let needed = [newest_number, whole.release.number].contains(&known.release.number);
            if needed && known.manifest.is_none() {
                self.print_anew(known, &mut repaired).await?;
            }
        }
        self.forget_snapshots();
        if newest_number == whole.release.number {
            repaired.restored = self.restore_unfinished(lock).await?;
            repaired.release = Some(whole.release.id.clone());
            return Ok(repaired);
        }
        repaired.lost = known
            .iter()
            .filter(|known| known.release.number > whole.release.number)
            .map(|known| known.release.id.clone())
            .collect();
        let newest = self.latest_release().await?;
        let wanted = match self.release(&whole.release.id).await? {
            Some(whole) => self.content_of(&whole).await?,
            None => self.content_of(&whole.release).await?,
        };
        let next = back(newest.as_ref(), wanted);
        let release = self.publish_next(lock, newest.as_ref(), next, meta).await?;
        repaired.release = Some(release.id);
        repaired.back_to = Some(whole.release.id.clone());
        Ok(repaired)
    }

    /// Releases by the log of `releases`, and where an entry of it is torn by the manifests; oldest first.
    async fn known_releases(&self) -> Result<Vec<Known>> {
        let history = History::read(&self.log(RELEASES), None).await?;
        let mut manifests: Vec<Arc<Manifest>> = Vec::new();
        for named in self.manifests().await? {
            match Manifest::read(self.root(), &named.name).await {
                Ok(manifest) => manifests.push(Arc::new(manifest)),
                Err(LakeError::Manifest { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let mut known = Vec::new();
        for (version, entry) in &history.entries {
            match entry {
                Ok(actions) => {
                    let said = ours(actions).and_then(|ours| ours.get("release"));
                    let said = said.and_then(|said| serde_json::from_value(said.clone()).ok());
                    let Some(release): Option<Release> = said else {
                        continue;
                    };
                    let named = |m: &&Arc<Manifest>| {
                        m.release.manifest == release.manifest && release.manifest.is_some()
                    };
                    let manifest = manifests.iter().find(named).cloned();
                    known.push(Known {
                        release,
                        version: *version,
                        manifest,
                    });
                }
                Err(_) => {
                    // Of runs that wanted this version, the one whose tables are there is the one that had it.
                    let mut found = None;
                    for manifest in manifests.iter().rev() {
                        let at = manifest.tables.get(RELEASES).map(|table| table.version);
                        if at == Some(*version) && self.was_released(manifest).await? {
                            found = Some(Known {
                                release: manifest.release.clone(),
                                version: *version,
                                manifest: Some(Arc::clone(manifest)),
                            });
                            break;
                        }
                    }
                    known.extend(found);
                }
            }
        }
        Ok(known)
    }

    /// Whether the tables of a manifest had the content that it says, where their logs can still tell.
    async fn was_released(&self, manifest: &Manifest) -> Result<bool> {
        for table in manifest.tables.values().filter(|t| t.table != RELEASES) {
            let history = History::read(&self.log(&table.table), None).await?;
            let said = match history.entries.get(&table.version) {
                Some(Ok(_)) => history.state(table.version),
                Some(Err(_)) => None,
                None => return Ok(false),
            };
            if said.is_some_and(|said| !said.files.values().eq(table.logged().iter())) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn newest_whole<'k>(&self, known: &'k [Known]) -> Result<Option<&'k Known>> {
        for known in known.iter().rev() {
            let whole = match &known.manifest {
                Some(manifest) => is_whole(self, manifest).await?,
                None => self.is_whole_by_log(&known.release).await?,
            };
            if whole {
                return Ok(Some(known));
            }
        }
        Ok(None)
    }

    /// Without a manifest: the logs name the released files, and these are there in full length.
    async fn is_whole_by_log(&self, release: &Release) -> Result<bool> {
        for info in self.reader_at(release.clone()).tables() {
            let history = History::read(&self.log(&info.name), Some(info.version)).await?;
            let Some(table) = unprinted(&info, &history) else {
                return Ok(false);
            };
            let digest = crate::snapshot::digest(&table.logged());
            let released = release.tables.get(&info.name);
            if released.is_none_or(|released| released.digest != digest) {
                return Ok(false);
            }
            let compared = self.compare(&table).await?;
            if compared.iter().any(|file| file.damage().is_some()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Puts whole entries in the places of torn ones: what a release says of that version, else nothing changes.
    async fn rewrite_logs(&self, known: &[Known], repaired: &mut Repaired) -> Result<()> {
        let mut tables: BTreeSet<String> = self.tables_with_log().await?.into_iter().collect();
        let manifests = || known.iter().filter_map(|known| known.manifest.as_ref());
        tables.extend(manifests().flat_map(|manifest| manifest.tables.keys().cloned()));
        for table in tables {
            let released: BTreeMap<u64, &TableManifest> = manifests()
                .filter_map(|manifest| manifest.tables.get(&table))
                .map(|table| (table.version, table))
                .collect();
            let releases: BTreeMap<u64, &Known> =
                known.iter().map(|known| (known.version, known)).collect();
            let log = self.log(&table);
            let at_least = released.keys().next_back().copied();
            let history = History::read(&log, at_least).await?;
            let torn: BTreeMap<u64, Torn> = history.torn_entries().collect();
            let mut state = State::default();
            for (version, entry) in &history.entries {
                if let Ok(actions) = entry {
                    state.apply(actions);
                    continue;
                }
                let wanted = released.get(version).copied();
                let later = || released.values().next().map(|table| &table.metadata);
                let metadata = state.metadata.as_ref();
                let metadata = wanted.map(|wanted| &wanted.metadata).or(metadata);
                let Some(metadata) = metadata.or_else(later).cloned() else {
                    // No release and no other entry knows this table: it goes as a whole.
                    self.set_aside(&log, &LogFile::entry_name(*version)).await?;
                    break;
                };
                let facts = match releases.get(version) {
                    Some(known) if table == RELEASES => {
                        self.release_facts(&known.release, "repair")?
                    }
                    _ => Map::new(),
                };
                let actions = towards(&state, &metadata, wanted, *version == 0);
                state.apply(&actions);
                if let Some(torn) = torn.get(version).filter(|torn| torn.damage != "missing") {
                    self.set_aside(&log, &torn.name).await?;
                }
                log.replace(*version, &entry_of(facts, actions)).await?;
                repaired
                    .rewritten
                    .push(log.display(&LogFile::entry_name(*version)));
            }
        }
        Ok(())
    }

    async fn remove_checkpoints(&self, repaired: &mut Repaired) -> Result<()> {
        for table in self.tables_with_log().await? {
            let log = self.log(&table);
            // Taking a checkpoint away may leave a hint at nothing.
            loop {
                let torn = History::read(&log, None).await?.torn_checkpoints().await?;
                if torn.is_empty() {
                    break;
                }
                for Torn { name, .. } in torn {
                    self.set_aside(&log, &name).await?;
                    repaired.removed.push(log.display(&name));
                }
            }
        }
        Ok(())
    }

    /// Moves a file of a log to where damaged files are kept.
    async fn set_aside(&self, log: &TableLog, name: &str) -> Result<()> {
        let from = log.path(&format!("{}/{name}", crate::log::LOG));
        let kept = format!("{DAMAGED}/{}/{name}", log.below.replace('/', "."));
        let moved = async {
            let bytes = log.site.store.get(&from).await?.bytes().await?;
            // A file of this name may have been damaged before.
            let mut to = kept.clone();
            for again in 1_u32.. {
                let create = PutOptions::from(PutMode::Create);
                let (path, bytes) = (log.site.path(&to), bytes.clone().into());
                match log.site.store.put_opts(&path, bytes, create).await {
                    Err(Error::AlreadyExists { .. }) => to = format!("{kept}.{again}"),
                    put => {
                        put?;
                        break;
                    }
                }
            }
            log.site.store.delete(&from).await
        };
        match moved.await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(store_failed(&from, "set the damaged file aside")(error)),
        }
    }

    /// A manifest in the place of one that is gone, and the entry of `releases` that names it.
    async fn print_anew(&self, known: &Known, repaired: &mut Repaired) -> Result<()> {
        let log = self.log(RELEASES);
        let history = History::read(&log, None).await?;
        let Some(Ok(actions)) = history.entries.get(&known.version) else {
            return Ok(());
        };
        let mut tables = BTreeMap::new();
        for info in self.reader_at(known.release.clone()).tables() {
            let history = History::read(&self.log(&info.name), Some(info.version)).await?;
            tables.extend(unprinted(&info, &history).map(|table| (info.name.clone(), table)));
        }
        if let Some(state) = history.state(known.version) {
            let table = TableManifest {
                table: RELEASES.to_owned(),
                version: known.version,
                metadata: state.metadata.unwrap_or_default(),
                files: state
                    .files
                    .into_values()
                    .map(|file| PrintedFile { file, print: None })
                    .collect(),
            };
            tables.insert(RELEASES.to_owned(), table);
        }
        for table in tables.values_mut() {
            let log = self.log(&table.table);
            for printed in &mut table.files {
                let below = format!("{}/{}", log.below, printed.file.name);
                let found = of_file::<PiecesPrint>(&log.site, &below).await?;
                printed.print = found.map(|found| found.print);
            }
        }
        let mut release = known.release.clone();
        release.manifest = None;
        let manifest = Manifest {
            release: release.clone(),
            tables,
        };
        release.manifest = Some(manifest.write(self.root()).await?);
        let changes = actions
            .iter()
            .filter(|action| action.get("commitInfo").is_none())
            .cloned()
            .collect();
        let facts = self.release_facts(&release, "repair")?;
        let actions = entry(Operation::Append, facts, changes);
        log.replace(known.version, &actions).await?;
        repaired.printed_anew = true;
        Ok(())
    }
}

fn entry_of(facts: Map<String, Value>, changes: Vec<Value>) -> Vec<Value> {
    entry(Operation::Restore, facts, changes)
}

/// The actions that lead from a state to what is wanted; `None`: the files stay.
fn towards(
    state: &State,
    metadata: &Value,
    wanted: Option<&TableManifest>,
    first: bool,
) -> Vec<Value> {
    let mut changes = Vec::new();
    if first {
        let schema = metadata.get("schemaString").and_then(Value::as_str);
        let has_times = schema.is_some_and(|schema| schema.contains("\"timestamp_ntz\""));
        changes.push(actions::protocol(has_times));
    }
    let same = |now: &Value| !actions::metadata_differs(now, metadata);
    if !state.metadata.as_ref().is_some_and(same) {
        changes.push(json!({ "metaData": metadata }));
    }
    if let Some(wanted) = wanted {
        let logged = wanted.logged();
        let names: BTreeSet<&str> = logged.iter().map(|file| file.name.as_str()).collect();
        let gone = state
            .files
            .values()
            .filter(|file| !names.contains(file.name.as_str()));
        changes.extend(gone.map(actions::remove));
        let new = logged
            .iter()
            .filter(|file| !state.files.contains_key(&file.name));
        changes.extend(new.map(actions::add));
    }
    changes
}
