//! Plan: which deliveries are new, and what they do to their feeds.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rongtong_contracts::{Binding, Cadence, Contract, FeedName, Pipeline};
use rongtong_lake::{Fingerprint, Lake};

use crate::clock;
use crate::error::RunError;
use crate::files::{NUMBER_IN_NAME, covered, delivered, length, relative, stat};
use crate::ledger::{Entry, Ledger, Status};

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
    /// What lies there can't be looked at: the old state stays.
    Refuse { why: String },
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
pub(crate) struct Asked<'a> {
    pub(crate) feeds_dir: PathBuf,
    pub(crate) as_of: Option<i32>,
    /// Empty: all feeds.
    pub(crate) feeds: &'a [FeedName],
    pub(crate) reprocess: bool,
}

/// Plans every bound feed, in the pipeline's order.
pub(crate) async fn plan<'a>(
    pipeline: &'a Pipeline,
    asked: &Asked<'_>,
    ledger: &Ledger,
    lake: &Lake,
    scratch: &Path,
) -> Result<Vec<FeedPlan<'a>>, RunError> {
    for feed in asked.feeds {
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
    let bound: Vec<(&Binding, &Contract)> = pipeline
        .bindings
        .iter()
        .filter_map(|binding| Some((binding, pipeline.contracts.get(&binding.feed)?)))
        .collect();
    let chosen = |binding: &Binding| asked.feeds.is_empty() || asked.feeds.contains(&binding.feed);
    // What takes long here is to hash the files, each on a core of its own.
    let news: Vec<Result<Action, RunError>> = bound
        .par_iter()
        .map(|(binding, _)| match chosen(binding) {
            true => news(binding, asked, ledger).or_else(|error| refuse(error, asked)),
            false => Ok(Action::Unchanged),
        })
        .collect();
    let mut plans = Vec::with_capacity(bound.len());
    for ((binding, contract), news) in bound.into_iter().zip(news) {
        let action = match asked.reprocess && chosen(binding) {
            true => again(binding, asked, ledger, lake, scratch, news?).await?,
            false => news?,
        };
        plans.push(FeedPlan {
            binding,
            contract: Arc::new(contract.clone()),
            action,
        });
    }
    Ok(plans)
}

/// A file that can't be looked at refuses its feed; the run goes on with the others.
fn refuse(error: RunError, asked: &Asked<'_>) -> Result<Action, RunError> {
    match error {
        RunError::Io { path, source } => Ok(Action::Refuse {
            why: format!("{}: {source}", relative(&path, &asked.feeds_dir)),
        }),
        error => Err(error),
    }
}

fn news(binding: &Binding, asked: &Asked<'_>, ledger: &Ledger) -> Result<Action, RunError> {
    let paths = delivered(binding, &asked.feeds_dir)?;
    if paths.is_empty() {
        return Ok(Action::Absent);
    }
    let mut names = paths.iter().map(|path| relative(path, &asked.feeds_dir));
    if let Some(covered) = names.find_map(|name| covered(&name)) {
        return Ok(Action::Refuse {
            why: format!("{covered}: {NUMBER_IN_NAME}"),
        });
    }
    match binding.cadence {
        Cadence::Snapshot => snapshot(&paths, binding, asked, ledger),
        Cadence::Increment => increments(&paths, binding, asked, ledger),
    }
}

/// A snapshot is taken when it differs from the one in force.
fn snapshot(
    paths: &[PathBuf],
    binding: &Binding,
    asked: &Asked<'_>,
    ledger: &Ledger,
) -> Result<Action, RunError> {
    let in_force: Vec<_> = ledger.in_force(&binding.feed).collect();
    let seen = Seen::of(ledger, &binding.feed);
    let same = paths.iter().map(|path| seen.same(path, asked));
    let same: Vec<bool> = same.collect::<Result<_, _>>()?;
    if same.iter().all(|same| *same) && paths.len() == in_force.len() {
        return Ok(Action::Unchanged);
    }
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let found = Found::look(path, binding, asked, ledger)?;
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
    asked: &Asked<'_>,
    ledger: &Ledger,
) -> Result<Action, RunError> {
    let seen = Seen::of(ledger, &binding.feed);
    let mut files: Vec<Found> = Vec::new();
    for path in paths {
        if seen.same(path, asked)? {
            continue;
        }
        let found = Found::look(path, binding, asked, ledger)?;
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
    asked: &Asked<'_>,
    ledger: &Ledger,
    lake: &Lake,
    scratch: &Path,
    new: Action,
) -> Result<Action, RunError> {
    if let Action::Take { replaces: true, .. } | Action::Refuse { .. } = new {
        return Ok(new);
    }
    let mut files = Vec::new();
    for entry in ledger.in_force(&binding.feed) {
        let archived = match entry.archive_key() {
            Some(key) if entry.archived.is_some() => lake.archive().fetch(&key, scratch).await?,
            _ => None,
        };
        let path = match archived {
            Some(path) => path,
            None => as_delivered(entry, asked).ok_or_else(|| RunError::NotArchived {
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
fn as_delivered(entry: &Entry, asked: &Asked<'_>) -> Option<PathBuf> {
    let path = asked.feeds_dir.join(&entry.source_file);
    (Fingerprint::of_path(&path).ok()? == entry.sm3).then_some(path)
}

/// The last delivery of a feed under each path.
struct Seen<'e>(HashMap<&'e str, &'e Entry>);

impl<'e> Seen<'e> {
    fn of(ledger: &'e Ledger, feed: &FeedName) -> Self {
        let feed = feed.to_string();
        let entries = ledger.entries.iter().filter(|entry| entry.feed == feed);
        Self(entries.map(|e| (e.source_file.as_str(), e)).collect())
    }

    /// Whether a file is in force and has the size and modification time that it had when it was taken: it isn't read.
    fn same(&self, path: &Path, asked: &Asked<'_>) -> Result<bool, RunError> {
        let (bytes, modified_at) = stat(path).map_err(|source| RunError::Io {
            path: path.to_owned(),
            source,
        })?;
        let last = self.0.get(relative(path, &asked.feeds_dir).as_str());
        Ok(last.is_some_and(|last| {
            let is_same = (last.bytes, last.modified_at) == (length(bytes), modified_at);
            is_same && last.status == Status::InForce
        }))
    }
}

impl Found {
    fn look(
        path: &Path,
        binding: &Binding,
        asked: &Asked<'_>,
        ledger: &Ledger,
    ) -> Result<Self, RunError> {
        let failed = |source| RunError::Io {
            path: path.to_owned(),
            source,
        };
        let seen = stat(path).map_err(failed)?;
        let sm3 = Fingerprint::of_path(path).map_err(failed)?;
        let name = relative(path, &asked.feeds_dir);
        let named = binding
            .as_of
            .as_ref()
            .and_then(|pattern| pattern.days(&name));
        let before = || ledger.taken(&binding.feed, &sm3).map(|entry| entry.as_of);
        let as_of = named
            .or(asked.as_of)
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

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use rongtong_contracts::{AsOfPattern, FormatSpec};

    use super::*;
    use crate::ledger::{Entry, Status};

    /// SM3 of `abc`: example 1 of GB/T 32905.
    const ABC: &str = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";

    struct Inbox {
        folder: tempfile::TempDir,
        binding: Binding,
        ledger: Ledger,
    }

    impl Inbox {
        fn new(cadence: Cadence, paths: &[&str]) -> Self {
            let binding = Binding {
                feed: "grid.cells".parse().unwrap(),
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
                format: FormatSpec::Ndjson,
                encoding: crate::testing::pipeline().bindings[0].encoding,
                cadence,
                as_of: None,
                crs: None,
                max_shrink_percent: None,
                max_rejected_percent: None,
                line: 1,
            };
            Self {
                folder: tempfile::tempdir().unwrap(),
                binding,
                ledger: Ledger::default(),
            }
        }

        fn put(&self, name: &str, text: &str) {
            let path = self.folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        /// Gives a file a modification time `seconds` after 2023-11-14.
        fn touch(&self, name: &str, seconds: u64) {
            let file = File::options()
                .write(true)
                .open(self.folder.path().join(name))
                .unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds);
            file.set_modified(time).unwrap();
        }

        fn asked(&self) -> Asked<'static> {
            Asked {
                feeds_dir: self.folder.path().to_owned(),
                as_of: Some(20_600),
                ..Asked::default()
            }
        }

        fn news(&self) -> Action {
            news(&self.binding, &self.asked(), &self.ledger).unwrap()
        }

        /// The names of the files that a run would take now.
        fn names(&self) -> Vec<String> {
            match self.news() {
                Action::Take { files, .. } => files.into_iter().map(|file| file.name).collect(),
                _ => Vec::new(),
            }
        }

        /// Takes what is new, as a run does; whether that replaced what was there.
        fn take(&mut self) -> bool {
            let Action::Take { files, replaces } = self.news() else {
                panic!("nothing is new");
            };
            if replaces {
                self.ledger.supersede(&self.binding.feed);
            }
            self.ledger
                .entries
                .extend(files.into_iter().map(|file| Entry {
                    feed: self.binding.feed.to_string(),
                    delivery: file.delivery,
                    source_file: file.name,
                    sm3: file.sm3,
                    bytes: file.bytes,
                    modified_at: file.modified_at,
                    as_of: file.as_of,
                    taken_at: 0,
                    release: "r".into(),
                    status: Status::InForce,
                    received: 1,
                    standard: 1,
                    quarantined: 0,
                    archived: None,
                }));
            replaces
        }
    }

    #[test]
    fn a_file_is_known_by_what_its_path_held_last() {
        let mut inbox = Inbox::new(Cadence::Increment, &["a.ndjson"]);
        for text in ["one", "two and more", "new"] {
            inbox.put("a.ndjson", text);
            inbox.touch("a.ndjson", 0);
            assert_eq!(inbox.names(), ["a.ndjson"], "{text}");
            inbox.take();
            assert!(inbox.names().is_empty());
        }
    }

    #[test]
    fn a_delivery_is_known_by_the_sm3_of_its_bytes() {
        let inbox = Inbox::new(Cadence::Snapshot, &["a.csv"]);
        inbox.put("a.csv", "abc");
        let Action::Take { files, replaces } = inbox.news() else {
            panic!("not taken");
        };
        assert!(replaces);
        assert_eq!((files[0].sm3.as_str(), files[0].bytes), (ABC, 3));
        assert_eq!(files[0].delivery, ABC[..32]);
    }

    #[test]
    fn a_feed_without_a_file_is_absent() {
        for paths in [["a.csv"], ["*.csv"]] {
            let inbox = Inbox::new(Cadence::Snapshot, &paths);
            assert!(matches!(inbox.news(), Action::Absent));
        }
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_refuses_its_feed() {
        for cadence in [Cadence::Snapshot, Cadence::Increment] {
            let inbox = Inbox::new(cadence, &["in/a.csv"]);
            fs::create_dir_all(inbox.folder.path().join("in/a.csv")).unwrap();
            let asked = inbox.asked();
            let error = news(&inbox.binding, &asked, &inbox.ledger).unwrap_err();
            match refuse(error, &asked).unwrap() {
                Action::Refuse { why } => {
                    assert!(why.starts_with("in/a.csv: this is a folder; "), "{why}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_file_of_the_same_size_and_time_is_not_even_read() {
        for cadence in [Cadence::Snapshot, Cadence::Increment] {
            let mut inbox = Inbox::new(cadence, &["a.csv"]);
            inbox.put("a.csv", "one");
            inbox.touch("a.csv", 1);
            assert_eq!(inbox.take(), cadence == Cadence::Snapshot);
            assert!(matches!(inbox.news(), Action::Unchanged));
            inbox.put("a.csv", "two");
            inbox.touch("a.csv", 1);
            assert!(matches!(inbox.news(), Action::Unchanged), "{cadence}");
            inbox.touch("a.csv", 2);
            assert_eq!(inbox.names(), ["a.csv"], "{cadence}");
            inbox.put("a.csv", "three");
            inbox.touch("a.csv", 1);
            assert_eq!(inbox.names(), ["a.csv"], "{cadence}");
        }
    }

    #[test]
    fn the_same_bytes_under_a_new_name_or_time_are_not_taken_again() {
        let mut inbox = Inbox::new(Cadence::Increment, &["*.csv"]);
        inbox.put("a.csv", "one");
        inbox.touch("a.csv", 1);
        assert!(!inbox.take());
        inbox.touch("a.csv", 2);
        inbox.put("b.csv", "one");
        assert!(matches!(inbox.news(), Action::Unchanged));
        inbox.put("c.csv", "two");
        inbox.put("d.csv", "two");
        assert_eq!(inbox.names(), ["c.csv"]);

        let mut inbox = Inbox::new(Cadence::Snapshot, &["*.csv"]);
        inbox.put("a.csv", "one");
        assert!(inbox.take());
        fs::remove_file(inbox.folder.path().join("a.csv")).unwrap();
        inbox.put("b.csv", "one");
        inbox.put("c.csv", "one");
        assert!(matches!(inbox.news(), Action::Unchanged));
    }

    #[test]
    fn an_increment_that_is_gone_stays_taken() {
        let mut inbox = Inbox::new(Cadence::Increment, &["*.csv"]);
        inbox.put("a.csv", "one");
        inbox.take();
        fs::remove_file(inbox.folder.path().join("a.csv")).unwrap();
        inbox.put("b.csv", "two");
        inbox.take();
        inbox.put("a.csv", "one");
        assert!(matches!(inbox.news(), Action::Unchanged));
        assert_eq!(inbox.ledger.in_force(&inbox.binding.feed).count(), 2);
    }

    #[test]
    fn one_changed_part_brings_the_whole_snapshot_again() {
        let mut inbox = Inbox::new(Cadence::Snapshot, &["part_*.csv"]);
        inbox.put("part_1.csv", "one");
        inbox.put("part_2.csv", "two");
        assert!(inbox.take());
        assert!(matches!(inbox.news(), Action::Unchanged));
        inbox.put("part_2.csv", "other");
        assert_eq!(inbox.names(), ["part_1.csv", "part_2.csv"]);
        assert!(inbox.take());
        // Back to the first: superseded bytes are news again.
        inbox.put("part_2.csv", "two");
        assert_eq!(inbox.names(), ["part_1.csv", "part_2.csv"]);
        inbox.take();
        fs::remove_file(inbox.folder.path().join("part_2.csv")).unwrap();
        assert_eq!(inbox.names(), ["part_1.csv"]);
    }

    #[test]
    fn files_of_globs_come_by_name_and_each_once() {
        let inbox = Inbox::new(
            Cadence::Increment,
            &["in/b*.csv", "in/*.csv", "**/c.csv", "in/missing.csv"],
        );
        for (name, text) in [
            ("in/b2.csv", "2"),
            ("in/b10.csv", "10"),
            ("in/a.csv", "a"),
            ("in/deep/c.csv", "c"),
            ("in/x.txt", "x"),
        ] {
            inbox.put(name, text);
        }
        fs::create_dir(inbox.folder.path().join("in/folder.csv")).unwrap();
        let expected = ["in/a.csv", "in/b10.csv", "in/b2.csv", "in/deep/c.csv"];
        assert_eq!(inbox.names(), expected);
    }

    #[test]
    fn a_feeds_folder_with_glob_characters_is_taken_literally() {
        let mut inbox = Inbox::new(Cadence::Increment, &["*.csv"]);
        inbox.put("[x]*/a.csv", "a");
        inbox.put("x/b.csv", "b");
        let odd = inbox.folder.path().join("[x]*");
        let files = delivered(&inbox.binding, &odd).unwrap();
        assert_eq!(files, [odd.join("a.csv")]);
        inbox.binding.paths = vec!["a.csv".into()];
        assert_eq!(
            delivered(&inbox.binding, &odd).unwrap(),
            [odd.join("a.csv")]
        );
    }

    #[test]
    fn the_as_of_day_is_of_the_name_then_asked_for_then_of_the_first_time() {
        let day =
            |inbox: &Inbox, asked: &Asked<'_>| match news(&inbox.binding, asked, &inbox.ledger)
                .unwrap()
            {
                Action::Take { files, .. } => files[0].as_of,
                other => panic!("{other:?}"),
            };
        let mut inbox = Inbox::new(Cadence::Snapshot, &["cells_*.csv"]);
        inbox.put("cells_20260528.csv", "one");
        assert_eq!(day(&inbox, &inbox.asked()), 20_600);
        inbox.binding.as_of = AsOfPattern::new("cells_{yyyymmdd}.csv");
        assert!(inbox.binding.as_of.is_some());
        assert_eq!(day(&inbox, &inbox.asked()), 20_601);
        inbox.binding.as_of = None;
        inbox.take();
        inbox.put("cells_20260528.csv", "another");
        inbox.take();
        // The first bytes come back without a day of their own: they keep the one they had.
        inbox.put("cells_20260528.csv", "one");
        let asked = Asked {
            as_of: None,
            ..inbox.asked()
        };
        assert_eq!(day(&inbox, &asked), 20_600);
    }
}
