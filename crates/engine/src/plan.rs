//! Plan: which deliveries are new, and what they do to their feeds.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rongtong_contracts::{Binding, Cadence, Contract, FeedName, Pipeline};
use rongtong_lake::Lake;
use sm3::{Digest, Sm3};

use crate::clock;
use crate::error::RunError;
use crate::ledger::Ledger;

/// What a run does with one feed.
#[derive(Debug)]
pub(crate) struct FeedPlan<'a> {
    pub(crate) binding: &'a Binding,
    pub(crate) contract: Arc<Contract>,
    pub(crate) action: Action,
}

/// What happens to a feed's state.
#[derive(Debug)]
pub(crate) enum Action {
    /// No file today: the old state stays.
    Absent,
    /// Nothing new.
    Unchanged,
    /// These files are taken; with `replaces` all rows before them go.
    Take { files: Vec<Found>, replaces: bool },
}

/// A delivered file.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// `_source_file`: relative to `--feeds`, with `/` between folders.
    pub(crate) name: String,
    pub(crate) bytes: i64,
    pub(crate) modified_at: i64,
    pub(crate) sm3: String,
    /// `_delivery`: the first 32 hex characters of the SM3.
    pub(crate) delivery: String,
    pub(crate) as_of: i32,
    /// Size and modification time of `path` when it was fingerprinted.
    pub(crate) seen: (u64, i64),
}

/// What the caller asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) feeds_dir: PathBuf,
    pub(crate) as_of: Option<i32>,
    /// Empty: all feeds.
    pub(crate) feeds: &'a [FeedName],
    pub(crate) reprocess: bool,
}

/// Plans every bound feed, in the pipeline's order.
pub(crate) async fn plan<'a>(
    pipeline: &'a Pipeline,
    wanted: &Wanted<'_>,
    ledger: &Ledger,
    lake: &Lake,
    scratch: &Path,
) -> Result<Vec<FeedPlan<'a>>, RunError> {
    for feed in wanted.feeds {
        if pipeline.binding(feed).is_none() {
            let known: Vec<String> = pipeline
                .bindings
                .iter()
                .map(|b| b.feed.to_string())
                .collect();
            return Err(RunError::UnknownFeed {
                feed: feed.to_string(),
                known: known.join(", "),
            });
        }
    }
    let mut plans = Vec::new();
    for binding in &pipeline.bindings {
        let Some(contract) = pipeline.contracts.get(&binding.feed) else {
            continue;
        };
        let chosen = wanted.feeds.is_empty() || wanted.feeds.contains(&binding.feed);
        let action = match (chosen, wanted.reprocess) {
            (false, _) => Action::Unchanged,
            (true, false) => news(binding, wanted, ledger)?,
            (true, true) => again(binding, wanted, ledger, lake, scratch).await?,
        };
        plans.push(FeedPlan {
            binding,
            contract: Arc::new(contract.clone()),
            action,
        });
    }
    Ok(plans)
}

/// The files that a binding names today, by name.
pub(crate) fn delivered(binding: &Binding, feeds_dir: &Path) -> Result<Vec<PathBuf>, RunError> {
    let mut files = BTreeSet::new();
    for pattern in &binding.paths {
        let full = feeds_dir.join(pattern);
        if !pattern.contains(['*', '?', '[']) {
            if full.exists() {
                files.insert(full);
            }
            continue;
        }
        let pattern = format!(
            "{}/{}",
            glob::Pattern::escape(&feeds_dir.to_string_lossy()),
            pattern
        );
        // Contracts checks the pattern when the pipeline is loaded.
        for found in glob::glob(&pattern).into_iter().flatten() {
            let path = found.map_err(|e| RunError::Io {
                path: e.path().to_owned(),
                source: e.into(),
            })?;
            if path.is_file() {
                files.insert(path);
            }
        }
    }
    Ok(files.into_iter().collect())
}

fn news(binding: &Binding, wanted: &Wanted<'_>, ledger: &Ledger) -> Result<Action, RunError> {
    let paths = delivered(binding, &wanted.feeds_dir)?;
    if paths.is_empty() {
        return Ok(Action::Absent);
    }
    match binding.cadence {
        Cadence::Snapshot => snapshot(&paths, binding, wanted, ledger),
        Cadence::Increment => increments(&paths, binding, wanted, ledger),
    }
}

/// A snapshot is taken when it differs from the one in force.
fn snapshot(
    paths: &[PathBuf],
    binding: &Binding,
    wanted: &Wanted<'_>,
    ledger: &Ledger,
) -> Result<Action, RunError> {
    let in_force: Vec<_> = ledger.in_force(&binding.feed).collect();
    let same = |path: &PathBuf| Ok::<_, RunError>(known(path, wanted, &in_force)?.is_some());
    let all_same = paths
        .iter()
        .map(same)
        .collect::<Result<Vec<_>, _>>()?
        .iter()
        .all(|same| *same);
    if all_same && paths.len() == in_force.len() {
        return Ok(Action::Unchanged);
    }
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let found = Found::look(path, binding, wanted, ledger)?;
        // One part sent twice under two names is one part.
        if seen.insert(found.sm3.clone()) {
            files.push(found);
        }
    }
    let before: BTreeSet<&str> = in_force.iter().map(|e| e.sm3.as_str()).collect();
    let now: BTreeSet<&str> = files.iter().map(|f| f.sm3.as_str()).collect();
    Ok(match before == now {
        true => Action::Unchanged,
        false => Action::Take {
            files,
            replaces: true,
        },
    })
}

/// An increment is taken once, by the SM3 of its bytes.
fn increments(
    paths: &[PathBuf],
    binding: &Binding,
    wanted: &Wanted<'_>,
    ledger: &Ledger,
) -> Result<Action, RunError> {
    let taken: Vec<_> = ledger.in_force(&binding.feed).collect();
    let mut files: Vec<Found> = Vec::new();
    for path in paths {
        if known(path, wanted, &taken)?.is_some() {
            continue;
        }
        let found = Found::look(path, binding, wanted, ledger)?;
        let twice = files.iter().any(|f| f.sm3 == found.sm3);
        if !twice && ledger.taken(&binding.feed, &found.sm3).is_none() {
            files.push(found);
        }
    }
    Ok(match files.is_empty() {
        true => Action::Unchanged,
        false => Action::Take {
            files,
            replaces: false,
        },
    })
}

/// Everything in force once more from the archive, and what is new.
async fn again(
    binding: &Binding,
    wanted: &Wanted<'_>,
    ledger: &Ledger,
    lake: &Lake,
    scratch: &Path,
) -> Result<Action, RunError> {
    let new = news(binding, wanted, ledger)?;
    if let Action::Take {
        files,
        replaces: true,
    } = new
    {
        return Ok(Action::Take {
            files,
            replaces: true,
        });
    }
    let mut files = Vec::new();
    for entry in ledger.in_force(&binding.feed) {
        let archived = match entry.archive_key() {
            Some(key) if entry.archived.is_some() => lake.archive().fetch(&key, scratch).await?,
            _ => None,
        };
        let path = match archived {
            Some(path) => path,
            None => as_delivered(entry, wanted).ok_or_else(|| RunError::NotArchived {
                feed: binding.feed.clone(),
                delivery: entry.delivery.clone(),
                file: entry.source_file.clone(),
            })?,
        };
        files.push(Found {
            seen: stat(&path).map_err(|source| RunError::Io {
                path: path.clone(),
                source,
            })?,
            path,
            name: entry.source_file.clone(),
            bytes: entry.bytes,
            modified_at: entry.modified_at,
            sm3: entry.sm3.clone(),
            delivery: entry.delivery.clone(),
            as_of: entry.as_of,
        });
    }
    if let Action::Take { files: new, .. } = new {
        files.extend(new);
    }
    Ok(match files.is_empty() {
        true => Action::Absent,
        false => Action::Take {
            files,
            replaces: true,
        },
    })
}

/// The file that a delivery came from, if it still has the same bytes.
fn as_delivered(entry: &crate::ledger::Entry, wanted: &Wanted<'_>) -> Option<PathBuf> {
    let path = wanted.feeds_dir.join(&entry.source_file);
    (fingerprint(&path).ok()? == entry.sm3).then_some(path)
}

/// The ledger's entry of a file that has the path, size and modification time it had when it was taken.
fn known<'e>(
    path: &Path,
    wanted: &Wanted<'_>,
    entries: &[&'e crate::ledger::Entry],
) -> Result<Option<&'e crate::ledger::Entry>, RunError> {
    let (bytes, modified_at) = stat(path).map_err(|source| RunError::Io {
        path: path.to_owned(),
        source,
    })?;
    let (bytes, name) = (length(bytes), relative(path, &wanted.feeds_dir));
    let same = |e: &&&crate::ledger::Entry| {
        e.source_file == name && e.bytes == bytes && e.modified_at == modified_at
    };
    Ok(entries.iter().find(same).copied())
}

impl Found {
    fn look(
        path: &Path,
        binding: &Binding,
        wanted: &Wanted<'_>,
        ledger: &Ledger,
    ) -> Result<Self, RunError> {
        let failed = |source| RunError::Io {
            path: path.to_owned(),
            source,
        };
        let seen = stat(path).map_err(failed)?;
        let sm3 = fingerprint(path).map_err(failed)?;
        let name = relative(path, &wanted.feeds_dir);
        let named = binding
            .as_of
            .as_ref()
            .and_then(|pattern| pattern.days(&name));
        let before = || ledger.taken(&binding.feed, &sm3).map(|entry| entry.as_of);
        let as_of = named
            .or(wanted.as_of)
            .or_else(before)
            .unwrap_or_else(clock::today);
        Ok(Self {
            path: path.to_owned(),
            bytes: length(seen.0),
            modified_at: seen.1,
            seen,
            delivery: sm3.chars().take(32).collect(),
            name,
            sm3,
            as_of,
        })
    }
}

/// SM3 (GB/T 32905) of a file's bytes, in hex.
pub(crate) fn fingerprint(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sm3::new();
    let mut block = vec![0_u8; 1 << 20];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        hash.update(block.get(..read).unwrap_or_default());
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

pub(crate) fn relative(path: &Path, feeds_dir: &Path) -> String {
    let below = path.strip_prefix(feeds_dir).unwrap_or(path);
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// A file's size and modification time.
pub(crate) fn stat(path: &Path) -> std::io::Result<(u64, i64)> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.len(), clock::modified(&metadata)))
}

fn length(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
