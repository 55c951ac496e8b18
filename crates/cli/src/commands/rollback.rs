//! `rongtong rollback`: return to an earlier release.

use std::io::Write as _;

use clap::Args;
use rongtong_engine::{release_id, rollback};
use serde_json::json;

use crate::args::Place;
use crate::commands;
use crate::failure::Failure;
use crate::out::Out;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong rollback 3 --lake demo/lake
      a new release with the content of release 000003
  rongtong sql \"SELECT DISTINCT release, at FROM releases ORDER BY 1\" --lake demo/lake
      which there are

Nothing is deleted: the releases in between can be returned to as well, until a vacuum. The next
run takes again what lies in the folder of deliveries and was taken after that release.";

/// Return to an earlier release · 回退到较早的发布
///
/// Makes a new release in which every table has the content it had in the earlier one. Only `runs` goes on.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The release, such as 3 or 000003 · 发布版本
    #[arg(value_name = "RELEASE")]
    release: String,
    #[command(flatten)]
    place: Place,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let restricted = commands::restricted(options.place.pipeline.as_deref())?;
    let made = rollback(&options.place.lake, &restricted, &options.release).await?;
    let to = release_id(&options.release);
    let mut out = Out::stdout();
    match options.json {
        true => out.json(&json!({ "release": made.id, "back_to": to }))?,
        false => writeln!(out, "release {}: the content of release {to}", made.id)?,
    }
    out.flush()?;
    Ok(0)
}
