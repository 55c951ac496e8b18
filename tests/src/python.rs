//! The Python beside these tests: other programs' readers, and the oracle.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Ran;
use crate::bench::{AS_OF, SECRET, workspace};

/// Runs a script of `tests/python` with these arguments.
///
/// # Panics
/// If there is no interpreter, naming what makes one.
pub fn script<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> Ran {
    let output = python(name).args(arguments).output();
    Ran::of(output.unwrap_or_else(|error| panic!("{name} can't be started: {error}")))
}

/// A script of `tests/python`, not yet started.
///
/// # Panics
/// If there is no interpreter, naming what makes one.
#[must_use]
pub fn python(name: &str) -> Command {
    let mut command = Command::new(interpreter());
    command
        .arg(workspace().join("tests/python").join(name))
        .env("RONGTONG_SECRET", SECRET)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1");
    command
}

/// Computes the lake of a city of CSV files a second time and compares it.
///
/// # Panics
/// If the two disagree, with what they disagree on.
#[track_caller]
pub fn oracle(feeds: &Path, lake: &Path) {
    let ran = script(
        "oracle.py",
        [feeds.as_os_str(), lake.as_os_str(), OsStr::new(AS_OF)],
    );
    assert_eq!(
        ran.code, 0,
        "the oracle disagrees:\n{}{}",
        ran.stdout, ran.stderr
    );
}

fn interpreter() -> PathBuf {
    let named = std::env::var_os("RONGTONG_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| workspace().join(".venv/bin/python"));
    assert!(
        python.is_file(),
        "no Python at {}: run tests/setup, or name one in RONGTONG_PYTHON",
        python.display()
    );
    python
}
