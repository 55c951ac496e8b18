//! The shipped command, run as anybody would run it.

use std::path::{Path, PathBuf};
use std::process::Command;

use rongtong_benches::truth::Truth;
use rongtong_benches::{Result, keys, process};

use crate::Outcome;
use crate::city::City;
use crate::options::Options;

/// The command: named, or beside this program. Under cargo it is built first, in the same profile.
pub fn program(options: &Options) -> Result<PathBuf> {
    if let Some(named) = &options.rongtong {
        return Ok(named.clone());
    }
    let own = std::env::current_exe()?;
    let beside = own.with_file_name(format!("rongtong{}", std::env::consts::EXE_SUFFIX));
    if options.lake.is_none()
        && options.clusters.is_none()
        && let Some(cargo) = std::env::var_os("CARGO")
    {
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--locked", "-p", "rongtong-cli"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        if !build.current_dir(repository()).status()?.success() {
            return Err("rongtong can't be built".into());
        }
    }
    Ok(beside)
}

/// Links a city in a fresh lake.
pub fn link(options: &Options, rongtong: &Path, city: &City, truth: &Truth) -> Result<Outcome> {
    if let Some(lake) = &options.lake {
        return outcome(lake, truth, None);
    }
    if let Some(file) = &options.clusters {
        return Ok(Outcome {
            who: file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            clustering: keys::of_file(file, truth)?,
            seconds: None,
            resolve_seconds: None,
            peak_memory: None,
        });
    }
    let lake = city.beside.join("lake");
    if lake.exists() {
        std::fs::remove_dir_all(&lake)?;
    }
    let pipeline = options
        .pipeline
        .clone()
        .unwrap_or_else(|| repository().join("pipelines/residents_csv"));
    let mut run = Command::new(rongtong);
    run.arg("run").arg(pipeline);
    run.arg("--feeds").arg(&city.dir).arg("--lake").arg(&lake);
    run.args(["--as-of", "2026-06-01", "--json"]);
    run.env("RONGTONG_SECRET", "for benchmarks only");
    let done = process::run(&mut run)?;
    if done.code != Some(0) {
        return Err(format!("{} ended with {:?}", rongtong.display(), done.code).into());
    }
    outcome(&lake, truth, Some(&done))
}

fn outcome(lake: &Path, truth: &Truth, done: Option<&process::Done>) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let clustering = runtime.block_on(keys::of_lake(&lake.to_string_lossy(), truth))?;
    let summary =
        done.and_then(|done| serde_json::from_str::<serde_json::Value>(&done.stdout).ok());
    Ok(Outcome {
        who: "rongtong".into(),
        clustering,
        seconds: done.map(|done| done.seconds),
        // Said by those versions of the command that time their stages.
        resolve_seconds: summary.and_then(|summary| summary.pointer("/stages/resolve")?.as_f64()),
        peak_memory: done.and_then(|done| done.peak_memory),
    })
}

/// The folder of the workspace.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
