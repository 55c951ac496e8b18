//! `rongtong why`: where each value of a resident came from, and what ties the resident together.

mod render;

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::commands;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::watch::Screen;
use crate::waterfall;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong why 0123456789abcdef0123456789abcdef
  rongtong why --lake demo/lake --json 0123456789abcdef0123456789abcdef
  rongtong why --release 000003 --svg links.svg 0123456789abcdef0123456789abcdef

Keys:
  rongtong sql \"SELECT resident_key FROM conflicts LIMIT 5\"";

/// Say where each value of a resident came from · 追溯一位居民每个值的来源
///
/// For each value in `residents`: the feed, the delivery's file and row, and the cell as it was received;
/// and what other feeds said. Then the evidence for each number or record that was tied to the resident:
/// every comparison, its weight and the total. A key that was superseded leads to its successor. Shows
/// personal data: it is meant for those who may see it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The resident's key: 32 hex characters · 居民统一标识
    #[arg(value_name = "RESIDENT_KEY")]
    key: String,
    /// The lake: a folder or an object-store URL · 治理湖的位置
    #[arg(long, value_name = "DIR", default_value = "lake")]
    lake: String,
    /// The pipeline that made the lake; default: the one of its name under pipelines/, here or beside the lake
    #[arg(long, value_name = "PIPELINE")]
    pipeline: Option<PathBuf>,
    /// An earlier release, such as 000003, which answers as then; default: the newest · 发布版本号
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Write the evidence of each link as a waterfall chart · 证据瀑布图
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    let key = commands::resident_key(&options.key)?.to_string();
    let pipeline = match &options.pipeline {
        Some(path) => Some(commands::pipeline(path)?),
        None => commands::maker(&options.lake).await?,
    };
    if pipeline.is_none() {
        screen.warn(
            "only feeds can be told; for files, rows and cells name the pipeline with --pipeline",
        );
    }
    let why = rongtong_engine::why(
        &options.lake,
        pipeline.as_ref(),
        &key,
        options.release.as_deref(),
    )
    .await?;
    if let Some(path) = &options.svg {
        std::fs::write(path, waterfall::document(&render::charts(&why))).map_err(|error| {
            Failure::failed(format!("{} can't be written: {error}", path.display()))
        })?;
    }
    let mut out = Out::stdout();
    match options.json {
        true => out.json(&why)?,
        false => out.write_all(render::render(&why, Style::of(&std::io::stdout())).as_bytes())?,
    }
    out.flush()?;
    Ok(0)
}
