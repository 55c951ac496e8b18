//! Who does the work, each in a process of its own.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rongtong_benches::process::{self, Done};
use rongtong_benches::{Result, repository};
use serde_json::Value;

use crate::city::City;
use crate::options::Options;

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Floor,
    Polars,
    DuckDb,
    Ours,
    Unlinked,
    /// Ours again, with the rows that changed a day later.
    Later,
    /// Ours once more, with nothing new.
    Nothing,
}

impl Who {
    pub const PEERS: [Who; 2] = [Who::Polars, Who::DuckDb];

    /// In the order of a round: what builds on a lake follows the run that made it.
    pub const ALL: [Who; 7] = [
        Who::Floor,
        Who::Polars,
        Who::DuckDb,
        Who::Unlinked,
        Who::Ours,
        Who::Later,
        Who::Nothing,
    ];
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Who::Floor => "floor: read and write alone",
            Who::Polars => "Polars",
            Who::DuckDb => "DuckDB",
            Who::Ours => "rongtong, everything on",
            Who::Unlinked => "rongtong, linking off",
            Who::Later => "second delivery, 1 % of the rows",
            Who::Nothing => "again, nothing new",
        })
    }
}

/// The programs.
pub struct Contenders {
    rongtong: PathBuf,
    floor: PathBuf,
    python: Option<PathBuf>,
}

impl Contenders {
    /// Ours are built first; peers need a Python.
    pub fn find(options: &Options) -> Result<Contenders> {
        let own = std::env::current_exe()?;
        let beside =
            |name: &str| own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let rongtong = match &options.rongtong {
            Some(named) => named.clone(),
            None => {
                build("rongtong-cli")?;
                beside("rongtong")
            }
        };
        build("rongtong-benches")?;
        let python = match (options.alone, &options.python) {
            (true, _) => None,
            (false, Some(named)) => Some(named.clone()),
            (false, None) => Some(scripts().join(".venv/bin/python")),
        };
        if let Some(python) = python.as_ref().filter(|python| !python.is_file()) {
            return Err(format!(
                "no Python at {}: run benches/peers/setup, name one with --python, or leave the peers out with --alone",
                python.display()
            )
            .into());
        }
        Ok(Contenders {
            rongtong,
            floor: beside("floor"),
            python,
        })
    }

    pub fn takes_part(&self, who: Who) -> bool {
        self.python.is_some() || !Who::PEERS.contains(&who)
    }

    /// Runs one of them to its end.
    pub fn run(&self, who: Who, city: &City) -> Result<Done> {
        let out = out(who, city);
        if !matches!(who, Who::Later | Who::Nothing) && out.exists() {
            fs::remove_dir_all(&out)?;
        }
        fs::create_dir_all(&city.out)?;
        let mut command = match who {
            Who::Floor => {
                let mut command = Command::new(&self.floor);
                command.arg(&out).args(city.even_files());
                command
            }
            Who::Polars => self.peer("fusion_polars.py", city, &out)?,
            Who::DuckDb => self.peer("fusion_duckdb.py", city, &out)?,
            Who::Ours => self.ours(&city.pipeline, &city.first, &out),
            Who::Unlinked => self.ours(&city.unlinked, &city.first, &out),
            Who::Later | Who::Nothing => self.ours(&city.pipeline, &city.second, &out),
        };
        finish(&who.to_string(), &mut command)
    }

    /// What the feeds of a pipeline cost alone: the object that `rongtong run --json` prints.
    pub fn one_feed(
        &self,
        pipeline: &Path,
        feeds: &Path,
        lake: &Path,
        feed: &str,
    ) -> Result<Value> {
        if lake.exists() {
            fs::remove_dir_all(lake)?;
        }
        let mut command = self.ours(pipeline, feeds, lake);
        command.args(["--feed", feed]);
        Ok(serde_json::from_str(&finish(feed, &mut command)?.stdout)?)
    }

    /// Whether a peer's residents and conflicts are those of the lake without linking: what they have in common
    /// and where they part.
    pub fn agreement(&self, who: Who, city: &City) -> Result<Value> {
        let Some(python) = &self.python else {
            return Err("no Python to compare with".into());
        };
        let mut command = Command::new(python);
        command.arg(scripts().join("fusion_agree.py"));
        command.arg(out(Who::Unlinked, city)).arg(out(who, city));
        let done = process::run(&mut command)?;
        serde_json::from_str(&done.stdout)
            .map_err(|error| format!("fusion_agree.py didn't print JSON: {error}").into())
    }

    fn peer(&self, script: &str, city: &City, out: &Path) -> Result<Command> {
        let mut command = Command::new(self.python.as_ref().ok_or("no Python for the peers")?);
        command
            .arg(scripts().join(script))
            .arg(&city.first)
            .arg(out);
        Ok(command)
    }

    fn ours(&self, pipeline: &Path, feeds: &Path, lake: &Path) -> Command {
        let mut command = Command::new(&self.rongtong);
        command.arg("run").arg(pipeline);
        command.arg("--feeds").arg(feeds).arg("--lake").arg(lake);
        command.args(["--as-of", "2026-06-01", "--json", "--quiet"]);
        command
    }
}

/// Where a contender writes. The second delivery goes to the lake of the first.
fn out(who: Who, city: &City) -> PathBuf {
    city.out.join(match who {
        Who::Floor => "floor",
        Who::Polars => "polars",
        Who::DuckDb => "duckdb",
        Who::Ours | Who::Later | Who::Nothing => "lake",
        Who::Unlinked => "unlinked",
    })
}

fn finish(name: &str, command: &mut Command) -> Result<Done> {
    let done = process::run(command.env("RONGTONG_SECRET", "for benchmarks only"))?;
    match done.code {
        Some(0) => Ok(done),
        code => Err(format!("{name} ended with {code:?}").into()),
    }
}

fn scripts() -> PathBuf {
    repository().join("benches/peers")
}

/// Builds a package in the profile of this program; outside cargo everything is there already.
fn build(package: &str) -> Result<()> {
    let Some(cargo) = std::env::var_os("CARGO") else {
        return Ok(());
    };
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--locked", "-p", package]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    match build.current_dir(repository()).status()?.success() {
        true => Ok(()),
        false => Err(format!("{package} can't be built").into()),
    }
}
