//! `rongtong vacuum`: remove files that no recent release needs.

use std::io::Write as _;

use clap::Args;
use rongtong_contracts::KEEP_RELEASES;
use rongtong_engine::vacuum;
use rongtong_lake::Vacuumed;
use serde_json::json;

use crate::args::Place;
use crate::commands;
use crate::failure::Failure;
use crate::out::Out;
use crate::table::{count, size};

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong vacuum --lake demo/lake --dry-run
  rongtong vacuum --pipeline pipelines/residents
      as many releases stay as its keep_releases says (10 where it says nothing)
  rongtong vacuum --keep 30

The retention counts releases, not days: no clock, right or wrong, decides. The archive stays.";

/// Remove files that no recent release needs · 清理过期文件
///
/// Keeps every file of the newest releases and removes data files that only older ones need. Those can then no longer be
/// read or returned to.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// How many of the newest releases stay whole · 保留的发布数
    #[arg(long, value_name = "RELEASES", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// Only say what would be removed · 只显示将清理的内容
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let pipeline = match &options.place.pipeline {
        Some(path) => Some(commands::pipeline(path)?),
        None => None,
    };
    let said = pipeline.as_ref().map(|pipeline| pipeline.keep_releases);
    let keep = options.keep.or(said).unwrap_or(KEEP_RELEASES);
    let restricted = pipeline.map(|pipeline| pipeline.restricted);
    let restricted = restricted.unwrap_or_default();
    let vacuumed = vacuum(&options.place.lake, &restricted, keep, options.dry_run).await?;
    let mut out = Out::stdout();
    match options.json {
        true => out.json(&object(&vacuumed, options.dry_run))?,
        false => out.write_all(told(&vacuumed, options.dry_run).as_bytes())?,
    }
    out.flush()?;
    Ok(0)
}

fn told(vacuumed: &Vacuumed, dry: bool) -> String {
    let kept = match (vacuumed.kept.last(), vacuumed.kept.first()) {
        (Some(oldest), Some(newest)) if oldest != newest => format!("{oldest} to {newest}"),
        (Some(only), _) => only.clone(),
        _ => "none".to_owned(),
    };
    let verb = if dry { "would be removed" } else { "removed" };
    format!(
        "kept releases {kept}; {} data files, {}, {verb}\n",
        count(vacuumed.files),
        size(vacuumed.bytes)
    )
}

fn object(vacuumed: &Vacuumed, dry: bool) -> serde_json::Value {
    json!({
        "kept": vacuumed.kept,
        "files": vacuumed.files,
        "bytes": vacuumed.bytes,
        "manifests": vacuumed.manifests,
        "dry_run": dry,
    })
}
