//! A small city that has run its first day, and what its lake is after the second: where most faults strike.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, Ran};

use crate::content::{Content, content};
use crate::tries::keep;

/// The two days of a city.
pub struct City {
    /// Deliveries of the first day; its lake has taken them.
    pub first: Bench,
    /// Deliveries of the second day, and the same lake.
    pub second: Bench,
    /// The lake's content after the first day.
    pub after_first: Content,
    /// The lake's content after both days.
    pub after_second: Content,
    /// How long the second day's run takes undisturbed.
    pub took: Duration,
    /// How many lines it says meanwhile, at the level of [`started`].
    pub lines: u64,
    /// How many residents it looks at, where others are left alone.
    pub looked_at: Option<u64>,
}

impl City {
    /// Snapshots are replaced on the second day: everybody is looked at.
    pub fn new(seed: u64) -> Self {
        let city = Bench::city(250, seed, Packing::Csv, Dirt::Usual);
        Self::of(city, |first| first.with_second_day("second"))
    }

    /// Little is new on the second day, and is looked at alone.
    pub fn alone(seed: u64) -> Self {
        let city = Bench::city(250, seed, Packing::Csv, Dirt::Usual).with_increments();
        let city = Self::of(city, |first| first.with_news("second"));
        assert!(city.looked_at.is_some(), "everybody was looked at");
        city
    }

    /// Either kind.
    pub fn either(seed: u64) -> [Self; 2] {
        [Self::new(seed), Self::alone(seed)]
    }

    fn of(city: Bench, second: impl FnOnce(&Bench) -> Bench) -> Self {
        let first = marked(city);
        ran(&first, &mut first.work("run"), 0);
        let second = second(&first);
        let whole = with_lake(&second, &first.path("whole"));
        copy_lake(&first.lake, &whole.lake);
        let begun = Instant::now();
        let told = started(&whole).ended();
        let took = begun.elapsed();
        keep(&whole, &told);
        assert_eq!(told.code, 0, "{}", told.stderr);
        let after_first = content(&first.lake);
        let after_second = content(&whole.lake);
        assert_ne!(after_first, after_second, "the second day changes nothing");
        Self {
            took,
            lines: told.stderr.lines().count() as u64,
            looked_at: told.json()["looked_at"].as_u64(),
            after_first,
            after_second,
            first,
            second,
        }
    }

    /// The second day before a lake that has taken the first, at this place, whatever was there.
    pub fn at(&self, lake: &Path) -> Bench {
        let _ = fs::remove_dir_all(lake);
        copy_lake(&self.first.lake, lake);
        with_lake(&self.second, lake)
    }

    /// The lake after both days.
    pub fn whole(&self) -> PathBuf {
        self.first.path("whole")
    }
}

/// The same bench with its lake elsewhere.
pub fn with_lake(bench: &Bench, lake: &Path) -> Bench {
    let mut bench = bench.clone();
    lake.clone_into(&mut bench.lake);
    bench
}

/// A bench whose temporary files lie where the canary looks.
pub fn marked(bench: Bench) -> Bench {
    let tmp = bench.path("tmp");
    fs::create_dir_all(&tmp).unwrap();
    bench.with_env("TMPDIR", tmp.to_str().unwrap())
}

/// Runs a command to its end, which must be this.
#[track_caller]
pub fn ran(bench: &Bench, command: &mut Command, code: i32) -> Ran {
    let ran = bench.ended(command);
    keep(bench, &ran);
    ran.ended(code)
}

/// A command on the bench's lake, such as `verify`.
#[track_caller]
pub fn on_lake(bench: &Bench, words: &[&str], code: i32) -> Ran {
    let mut command = bench.command();
    command.args(words).arg("--lake").arg(&bench.lake);
    ran(bench, &mut command, code)
}

/// A run under way that says every stage and every commit.
pub struct Started {
    child: Child,
    said: JoinHandle<String>,
    lines: std::sync::mpsc::Receiver<()>,
    out: JoinHandle<String>,
}

/// Starts a run.
pub fn started(bench: &Bench) -> Started {
    let mut run = bench.work("run");
    run.env("RUST_LOG", "rongtong_lake=debug,rongtong_engine=debug");
    let mut child = run
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rongtong can be started");
    let (line, lines) = std::sync::mpsc::channel();
    let err = BufReader::new(child.stderr.take().unwrap());
    let out = child.stdout.take().unwrap();
    let said = std::thread::spawn(move || {
        let mut said = String::new();
        for text in err.lines().map_while(Result::ok) {
            said.push_str(&text);
            said.push('\n');
            let _ = line.send(());
        }
        said
    });
    let out = std::thread::spawn(move || std::io::read_to_string(out).unwrap_or_default());
    Started {
        child,
        said,
        lines,
        out,
    }
}

impl Started {
    /// Waits until it has said so many lines, or has ended.
    pub fn after_lines(&mut self, lines: u64) {
        for _ in 0..lines {
            if self.lines.recv().is_err() {
                return;
            }
        }
    }

    /// Whether it has ended already.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Whether it has ended well already.
    pub fn has_succeeded(&mut self) -> bool {
        let status = self.child.try_wait().unwrap();
        status.is_some_and(|status| status.success())
    }

    /// Ends it with no chance to tidy up.
    pub fn killed(mut self) -> Ran {
        let _ = self.child.kill();
        self.ended()
    }

    pub fn ended(mut self) -> Ran {
        let status = self.child.wait().unwrap();
        Ran {
            code: status.code().unwrap_or(-1),
            stdout: self.out.join().unwrap(),
            stderr: self.said.join().unwrap(),
        }
    }
}

/// A copy of a lake.
pub fn copy_lake(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_lake(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
