//! The peers, by their scripts in `benches/peers/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use rongtong_benches::truth::Truth;
use rongtong_benches::{Result, keys, process};
use serde_json::Value;

use crate::Outcome;
use crate::city::City;
use crate::options::Options;

/// Splink on the same files, at the threshold that the truth says is best for it.
pub fn splink(options: &Options, city: &City, truth: &Truth) -> Result<Outcome> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let python = match &options.python {
        Some(python) => python.clone(),
        None => beside_scripts(&scripts)?,
    };
    std::fs::create_dir_all(&city.beside)?;
    let clusters = city.beside.join("splink_clusters.csv");
    let mut script = Command::new(python);
    script.arg(scripts.join("splink_city.py")).arg(&city.dir);
    script.arg("--clusters").arg(&clusters);
    let done = process::run(&mut script)?;
    if done.code != Some(0) {
        return Err(format!("splink_city.py ended with {:?}", done.code).into());
    }
    let said: Value = serde_json::from_str(&done.stdout)
        .map_err(|error| format!("splink_city.py didn't print JSON: {error}"))?;
    let text = |at: &str| {
        said.pointer(at)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    println!("{}", serde_json::to_string(&said)?);
    Ok(Outcome {
        who: format!(
            "{} at {}, its best",
            text("/engine").trim_matches('"'),
            text("/best/threshold")
        ),
        clustering: keys::of_file(&clusters, truth)?,
        // Its own clock: without reading the truth, scoring thresholds and writing clusters.
        seconds: said.pointer("/seconds").and_then(Value::as_f64),
        resolve_seconds: said.pointer("/seconds").and_then(Value::as_f64),
        peak_memory: said.pointer("/peak_rss_bytes").and_then(Value::as_u64),
    })
}

fn beside_scripts(scripts: &Path) -> Result<PathBuf> {
    let python = scripts.join(".venv/bin/python");
    if python.is_file() {
        return Ok(python);
    }
    Err("no Python with Splink: run benches/peers/setup, or name one with --python".into())
}
