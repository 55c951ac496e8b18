//! `rongtong why`: where each value of a resident came from.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray as _, RecordBatch};
use clap::Args;
use futures::TryStreamExt as _;
use rongtong_contracts::Pipeline;
use rongtong_engine::{Why, WhyAttribute};
use rongtong_lake::Lake;

use crate::commands;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::{Side, Table};
use crate::watch::Screen;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong why 0123456789abcdef0123456789abcdef
  rongtong why --lake demo/lake --json 0123456789abcdef0123456789abcdef

Keys:
  rongtong sql \"SELECT resident_key FROM conflicts LIMIT 5\"";

/// Say where each value of a resident came from · 追溯一位居民每个值的来源
///
/// For each value in `residents`: the feed, the delivery's file and row, and the cell as it was received;
/// and what other feeds said. Shows personal data: it is meant for those who may see it.
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
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    let key = key(&options.key)?;
    let pipeline = match &options.pipeline {
        Some(path) => Some(commands::pipeline(path)?),
        None => maker(&options.lake).await?,
    };
    if pipeline.is_none() {
        screen.warn(
            "only feeds can be told; for files, rows and cells name the pipeline with --pipeline",
        );
    }
    let why = rongtong_engine::why(&options.lake, pipeline.as_ref(), &key).await?;
    let mut out = Out::stdout();
    match options.json {
        true => out.json(&why)?,
        false => out.write_all(render(&why, Style::of(&std::io::stdout())).as_bytes())?,
    }
    out.flush()?;
    Ok(0)
}

/// The pipeline that made the newest release, if it lies where pipelines usually lie.
async fn maker(location: &str) -> Result<Option<Pipeline>, Failure> {
    let lake = Lake::open(location, &BTreeMap::new()).await?;
    let reader = lake.reader().await?;
    let Some((_, batches)) = reader.scan("runs", Some(&["pipeline"])).await? else {
        return Ok(None);
    };
    let batches: Vec<RecordBatch> = batches.try_collect().await?;
    let names = batches
        .iter()
        .filter_map(|batch| batch.column(0).as_string_view_opt());
    let Some(name) = names.flat_map(|names| names.iter().flatten()).last() else {
        return Ok(None);
    };
    let root = lake.root_display();
    let beside = Path::new(&root)
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let mut places = [beside, PathBuf::new()]
        .into_iter()
        .map(|dir| dir.join("pipelines").join(name));
    match places.find(|place| place.join("pipeline.yaml").is_file()) {
        Some(place) => commands::pipeline(&place).map(Some),
        None => Ok(None),
    }
}

/// The key, if it is one. It isn't shown otherwise: somebody may have typed an identity number.
fn key(text: &str) -> Result<String, Failure> {
    let text = text.trim().to_ascii_lowercase();
    match text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text),
        false => Err(Failure::wrong("this is no resident key")
            .help("it has 32 characters, 0 to 9 and a to f")),
    }
}

fn render(why: &Why, style: Style) -> String {
    let mut text = format!("{} ({})\n\n", style.bold(&why.resident_key), why.key_basis);
    text.push_str(&claims(&why.attributes).render(0, style));
    if !why.others.is_empty() {
        text.push_str(&format!("\n{}\n", style.bold("Other feeds say 其他来源")));
        text.push_str(&claims(&why.others).render(0, style));
    }
    text
}

fn claims(claims: &[WhyAttribute]) -> Table {
    let mut table = Table::new([
        ("attribute", Side::Left),
        ("value 值", Side::Left),
        ("as received 原值", Side::Left),
        ("feed 来源", Side::Left),
        ("as of", Side::Left),
        ("file and row", Side::Left),
    ]);
    for claim in claims {
        table.row([
            claim.attribute.clone(),
            claim.value.clone(),
            claim.received.clone().unwrap_or_default(),
            claim.feed.clone(),
            claim.as_of.clone(),
            place(claim),
        ]);
    }
    table
}

/// Nothing for values that come from several rows.
fn place(claim: &WhyAttribute) -> String {
    match claim.source_file.is_empty() {
        true => String::new(),
        false => format!("{}:{}", claim.source_file, claim.source_row),
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn only_keys_are_keys() {
        assert_eq!(
            key(" 0123456789ABCDEF0123456789abcdef ").unwrap(),
            "0123456789abcdef0123456789abcdef"
        );
        let refused = key("330106199001011234").unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert!(!format!("{refused:?}").contains("3301"));
    }
}
