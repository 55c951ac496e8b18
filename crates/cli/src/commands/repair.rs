//! `rongtong repair`: damaged logs whole again, the newest whole release in force.

use std::io::Write as _;

use clap::Args;
use rongtong_engine::repair;
use rongtong_lake::Repaired;
use serde_json::json;

use crate::args::Place;
use crate::commands;
use crate::failure::Failure;
use crate::out::Out;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong repair --lake demo/lake

What was damaged is kept under _damaged/. A data file can't be made anew: when one of the newest
release is lost, the newest release that is whole comes into force, and the next run takes again
what was delivered after it.";

/// Repair a damaged lake · 修复受损的湖
///
/// Writes torn log entries anew from the manifests of the releases, takes torn checkpoints away, and brings the newest
/// whole release into force. A lake that is whole stays as it is.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(Options { place, json }: Options) -> Result<u8, Failure> {
    let restricted = commands::restricted(place.pipeline.as_deref())?;
    let repaired = repair(&place.lake, &restricted).await?;
    let mut out = Out::stdout();
    match json {
        true => out.json(&object(&repaired))?,
        false => out.write_all(told(&repaired).as_bytes())?,
    }
    out.flush()?;
    Ok(0)
}

fn told(repaired: &Repaired) -> String {
    let mut text = String::new();
    for file in &repaired.rewritten {
        text.push_str(&format!("written anew: {file}\n"));
    }
    for file in &repaired.removed {
        text.push_str(&format!("taken away: {file}\n"));
    }
    for back in &repaired.restored {
        let (table, from, now) = (&back.table, back.from, back.now);
        text.push_str(&format!(
            "put back: {table}, unreleased version {from}, now {now}\n"
        ));
    }
    if repaired.printed_anew {
        text.push_str("a manifest was lost: fingerprints were taken from the bytes as they are\n");
    }
    if !repaired.lost.is_empty() {
        let lost = repaired.lost.join(", ");
        text.push_str(&format!("no longer whole: release {lost}\n"));
    }
    let release = repaired.release.as_deref().unwrap_or("none");
    match &repaired.back_to {
        Some(to) => text.push_str(&format!("release {release}: the content of release {to}\n")),
        None => text.push_str(&format!("release {release} is whole and in force\n")),
    }
    text
}

fn object(repaired: &Repaired) -> serde_json::Value {
    let restored: Vec<&str> = repaired.restored.iter().map(|r| r.table.as_str()).collect();
    json!({
        "release": repaired.release,
        "back_to": repaired.back_to,
        "lost": repaired.lost,
        "rewritten": repaired.rewritten,
        "removed": repaired.removed,
        "restored": restored,
        "printed_anew": repaired.printed_anew,
    })
}
