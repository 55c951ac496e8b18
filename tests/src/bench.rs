//! A folder of deliveries, a pipeline and a lake of their own, and the command to run on them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rongtong_synth::{CityOptions, Dirt, Packing, write_city, write_second_day};
use serde_json::Value;
use tempfile::TempDir;

use crate::Ran;

/// The secret of every lake here.
pub const SECRET: &str = "a secret of tests";

/// As-of date of every run here: the day the made-up departments extract their data.
pub const AS_OF: &str = "2026-06-01";

/// The feeds of a city of CSV files that arrive as snapshots.
const SNAPSHOTS: [&str; 2] = [
    "public_security/household_register.csv",
    "housing/property_ownership.csv",
];

/// Deliveries, pipeline and lake. Clones share the temporary folder, which goes with the last of them.
#[derive(Debug, Clone)]
pub struct Bench {
    dir: Arc<TempDir>,
    /// The deliveries.
    pub feeds: PathBuf,
    /// The lake.
    pub lake: PathBuf,
    /// The pipeline's folder.
    pub pipeline: PathBuf,
    /// Environment of the command, beside the secret.
    pub environment: Vec<(String, String)>,
    city: CityOptions,
}

impl Bench {
    /// A new city. Its pipeline is `residents` or `residents_csv`, as its packing asks.
    ///
    /// # Panics
    /// If it can't be written.
    #[must_use]
    pub fn city(residents: usize, seed: u64, packing: Packing, dirt: Dirt) -> Self {
        let city = CityOptions {
            residents,
            seed,
            packing,
            dirt,
            ..CityOptions::default()
        };
        let dir = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let feeds = dir.path().join("feeds");
        write_city(&city, &feeds).expect("a city");
        let pipeline = match packing {
            Packing::Native => "residents",
            Packing::Csv => "residents_csv",
        };
        Self {
            feeds,
            lake: dir.path().join("lake"),
            pipeline: workspace().join("pipelines").join(pipeline),
            environment: Vec::new(),
            dir,
            city,
        }
    }

    /// A small city of CSV files without dirt, for tests that make their own.
    #[must_use]
    pub fn clean(seed: u64) -> Self {
        Self::city(300, seed, Packing::Csv, Dirt::Clean)
    }

    /// A small city of CSV files with the usual dirt.
    #[must_use]
    pub fn small(seed: u64) -> Self {
        Self::city(400, seed, Packing::Csv, Dirt::Usual)
    }

    /// A path in the bench's own folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// One delivery.
    #[must_use]
    pub fn delivery(&self, name: &str) -> PathBuf {
        self.feeds.join(name)
    }

    /// The same with another lake, which is not there yet.
    #[must_use]
    pub fn with_lake(&self, name: &str) -> Self {
        Self {
            lake: self.path(name),
            ..self.clone()
        }
    }

    /// The same with a copy of the deliveries.
    ///
    /// # Panics
    /// If they can't be copied.
    #[must_use]
    pub fn with_feeds(&self, name: &str) -> Self {
        let feeds = self.path(name);
        copy_folder(&self.feeds, &feeds);
        Self {
            feeds,
            ..self.clone()
        }
    }

    /// The same with what the departments send the day after.
    ///
    /// # Panics
    /// If it can't be written.
    #[must_use]
    pub fn with_second_day(&self, name: &str) -> Self {
        let feeds = self.path(name);
        write_second_day(&self.city, &feeds).expect("a second day");
        Self {
            feeds,
            ..self.clone()
        }
    }

    /// The same city of CSV files, in whose pipeline every feed arrives as increments.
    #[must_use]
    pub fn with_increments(&self) -> Self {
        // Of few rows many may be dirty.
        let dirty = "max_rejected_percent: 20\ncontracts:";
        let mut other = self.with_change("pipeline.yaml", "contracts:", dirty);
        for file in SNAPSHOTS {
            let path = format!("path: {file}\n");
            let increment = format!("{path}    cadence: increment\n");
            other = other.with_change("pipeline.yaml", &path, &increment);
        }
        other
    }

    /// The same with what is new the day after, where all arrives [as increments](Self::with_increments).
    ///
    /// # Panics
    /// If it can't be written.
    #[must_use]
    pub fn with_news(&self, name: &str) -> Self {
        let second = self.with_second_day(name);
        for file in SNAPSHOTS {
            let first = fs::read_to_string(self.delivery(file)).expect("the first day");
            let known: HashSet<&str> = first.lines().skip(1).collect();
            let all = fs::read_to_string(second.delivery(file)).expect("the second day");
            let news: Vec<&str> = all.lines().filter(|line| !known.contains(line)).collect();
            let delivery = second.delivery(file);
            match news.len() {
                // The headings alone are no delivery.
                0 | 1 => fs::remove_file(delivery).expect("a file to remove"),
                _ => fs::write(delivery, news.join("\n") + "\n").expect("a file to write"),
            }
        }
        second
    }

    /// The same with this in the environment of the command.
    #[must_use]
    pub fn with_env(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.environment.push((name.to_owned(), value.to_owned()));
        other
    }

    /// The same with a copy of pipeline and contracts, in which one text of one file is another.
    /// `file` is `pipeline.yaml` or a contract such as `schemas/health/health_record.odcs.yaml`.
    ///
    /// # Panics
    /// If the text isn't there: the test would test nothing.
    #[must_use]
    pub fn with_change(&self, file: &str, from: &str, to: &str) -> Self {
        let other = self.with_own_pipeline();
        let path = match file.starts_with("schemas/") {
            true => other.path("own").join(file),
            false => other.pipeline.join(file),
        };
        let text = fs::read_to_string(&path).expect("a text file");
        assert!(
            text.contains(from),
            "{} doesn't hold {from:?}",
            path.display()
        );
        fs::write(&path, text.replacen(from, to, 1)).expect("a file to write");
        other
    }

    /// The same with a copy of pipeline and contracts, beside which files can be put.
    ///
    /// # Panics
    /// If they can't be copied.
    #[must_use]
    pub fn with_own_pipeline(&self) -> Self {
        let own = self.path("own");
        if self.pipeline.starts_with(&own) {
            return self.clone();
        }
        let name = self.pipeline.file_name().expect("a pipeline has a name");
        let pipeline = own.join("pipelines").join(name);
        if !pipeline.exists() {
            copy_folder(&workspace().join("schemas"), &own.join("schemas"));
            copy_folder(&self.pipeline, &pipeline);
        }
        Self {
            pipeline,
            ..self.clone()
        }
    }

    /// `rongtong run … --json`, ended.
    #[must_use]
    pub fn run(&self) -> Ran {
        self.run_with(&[])
    }

    /// The same with more arguments.
    #[must_use]
    pub fn run_with(&self, more: &[&str]) -> Ran {
        self.ended(self.work("run").args(more))
    }

    /// `rongtong replay … --json`, ended.
    #[must_use]
    pub fn replay(&self) -> Ran {
        self.ended(&mut self.work("replay"))
    }

    /// `rongtong why KEY --json`, ended.
    #[must_use]
    pub fn why(&self, key: &str) -> Ran {
        let mut command = self.command();
        command
            .args(["why", key, "--json", "--lake"])
            .arg(&self.lake);
        command.arg("--pipeline").arg(&self.pipeline);
        self.ended(&mut command)
    }

    /// The rows of a query over the lake; `more` are options such as `--release`.
    ///
    /// # Panics
    /// If the query fails.
    #[must_use]
    pub fn sql(&self, query: &str, more: &[&str]) -> Vec<Value> {
        let mut command = self.command();
        command.args(["sql", query, "--format", "json", "--lake"]);
        let ran = self.ended(command.arg(&self.lake).args(more)).ended(0);
        serde_json::from_str(&ran.stdout).expect("a JSON array of rows")
    }

    /// `rongtong review …` on the lake, with the bench's pipeline, ended.
    #[must_use]
    pub fn review(&self, words: &[&str]) -> Ran {
        let mut command = self.command();
        command
            .arg("review")
            .args(words)
            .arg("--lake")
            .arg(&self.lake);
        self.ended(command.arg("--pipeline").arg(&self.pipeline))
    }

    /// `rongtong run` or `rongtong replay` on this bench, not yet started.
    #[must_use]
    pub fn work(&self, word: &str) -> Command {
        let mut command = self.command();
        command
            .arg(word)
            .arg(&self.pipeline)
            .arg("--feeds")
            .arg(&self.feeds);
        command.arg("--lake").arg(&self.lake);
        command.args(["--as-of", AS_OF, "--json"]);
        command
    }

    /// The command with the bench's environment and nothing of ours.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        for name in ["RUST_LOG", "RONGTONG_SECRET_FILE", "RAYON_NUM_THREADS"] {
            command.env_remove(name);
        }
        command.env("RONGTONG_SECRET", SECRET);
        for (name, value) in &self.environment {
            match value.is_empty() {
                true => command.env_remove(name),
                false => command.env(name, value),
            };
        }
        command.stdin(Stdio::null()).current_dir(self.dir.path());
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// If it can't be started.
    pub fn ended(&self, command: &mut Command) -> Ran {
        Ran::of(command.output().expect("rongtong can be started"))
    }
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("tests stand in the workspace")
        .to_owned()
}

/// The command that was built with these tests.
fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("RONGTONG_BIN") {
        return named.into();
    }
    let name = format!("rongtong{}", std::env::consts::EXE_SUFFIX);
    let ours = std::env::current_exe().expect("the test has a path");
    // Tests stand in target/<profile>/deps, the command one above.
    let profile = ours
        .ancestors()
        .nth(2)
        .expect("tests stand in target/<profile>/deps");
    let binary = profile.join(&name);
    assert!(
        binary.is_file(),
        "there is no {}: build it with `cargo build -p rongtong-cli`, or name one in RONGTONG_BIN",
        binary.display()
    );
    binary
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder to write");
    for entry in fs::read_dir(from).expect("a folder to read") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).expect("a file to copy");
            }
        }
    }
}
