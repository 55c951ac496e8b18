//! `rongtong verify`: is every byte of a release still the one that was written?

use std::io::Write as _;

use clap::Args;
use rongtong_engine::release_id;
use rongtong_lake::{Lake, Verified};
use serde_json::json;

use crate::args::Reading;
use crate::commands;
use crate::failure::Failure;
use crate::out::Out;
use crate::table::{count, size};

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong verify --lake demo/lake
  rongtong verify --release 3 --json
      an earlier release, for a script

Exit code 1: something is damaged; `rongtong repair` tells what can be done.";

/// Compare every file of a release with its manifest · 校验一个发布的所有文件
///
/// Reads all data files of the newest release and compares their SM3 with the one that was noted when they were written;
/// looks at every entry and checkpoint of every log, and at the archived deliveries. Changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(flatten)]
    reading: Reading,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let restricted = commands::restricted(options.reading.place.pipeline.as_deref())?;
    let lake = Lake::open(&options.reading.place.lake, &restricted).await?;
    let wanted = options.reading.release.as_deref().map(release_id);
    let verified = lake.verify(wanted.as_deref()).await?;
    if verified.release.is_none() && verified.damage.is_empty() {
        let what = match wanted {
            Some(release) => format!("{} has no release {release}", lake.root_display()),
            None => format!("{} holds no release yet", lake.root_display()),
        };
        return Err(Failure::failed(what).help("the table releases lists them"));
    }
    let mut out = Out::stdout();
    match options.json {
        true => out.json(&object(&verified))?,
        false => out.write_all(told(&verified).as_bytes())?,
    }
    out.flush()?;
    match verified.damage.len() {
        0 => Ok(0),
        damaged => Err(Failure::failed(format!(
            "{damaged} file(s) of {} are damaged",
            lake.root_display()
        ))
        .help("run `rongtong repair`; it brings the newest whole release into force")),
    }
}

fn told(verified: &Verified) -> String {
    let mut text = String::new();
    for damage in &verified.damage {
        let part = damage.part.as_str();
        text.push_str(&format!("{part} {}: {}\n", damage.file, damage.damage));
    }
    let release = verified.release.as_deref().unwrap_or("none");
    text.push_str(&format!(
        "release {release}: {} tables, {} files, {}, {} archived deliveries compared\n",
        verified.tables,
        count(verified.files),
        size(verified.bytes),
        count(verified.archived),
    ));
    if verified.unprinted > 0 {
        text.push_str(&format!(
            "{} files are from before fingerprints were kept: only their sizes were compared\n",
            count(verified.unprinted)
        ));
    }
    text
}

fn object(verified: &Verified) -> serde_json::Value {
    let damage: Vec<_> = verified
        .damage
        .iter()
        .map(|damage| {
            json!({
                "part": damage.part.as_str(),
                "table": damage.table,
                "file": damage.file,
                "damage": damage.damage,
            })
        })
        .collect();
    json!({
        "release": verified.release,
        "tables": verified.tables,
        "files": verified.files,
        "bytes": verified.bytes,
        "archived": verified.archived,
        "unprinted": verified.unprinted,
        "damage": damage,
    })
}
