//! `rongtong check`: is everything in order? Nothing is run and no lake is touched.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use rongtong_contracts::{Contract, FeedName, Pipeline, load_contract};
use rongtong_engine::{CheckReport, check};
use serde_json::json;

use crate::commands::{self, run};
use crate::connectors;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::size;
use crate::watch::Screen;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong check pipelines/residents
      contracts, pipeline, and the deliveries under feeds/
  rongtong check pipelines/residents --feeds /data/2026-05-30 --json
      other deliveries, the result for a script
  rongtong check draft.odcs.yaml
      one contract, such as a draft of `rongtong profile`

Exit codes · 退出码: 0 all in order; 2 something is wrong";

/// Check contracts, pipeline and sources without running · 只检查，不运行
///
/// Reads the pipeline and its contracts, and the headings of the deliveries that are there. Tells every
/// mistake with its file, line and remedy. Touches no lake and needs no secret.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// Folder or file of a pipeline, or the file of one contract
    #[arg(value_name = "PIPELINE")]
    path: PathBuf,
    /// Where relative paths of the pipeline's bindings start · 批次所在目录
    #[arg(long, value_name = "DIR", default_value = "feeds")]
    feeds: PathBuf,
    /// Only this feed, such as health.health_record; may be given again · 只检查该数据项
    #[arg(long = "feed", value_name = "FEED")]
    only: Vec<FeedName>,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    let done = match is_contract(&options.path) {
        true => contract(&options),
        false => pipeline(&options, screen),
    };
    if let (Err(failure), true) = (&done, options.json) {
        let mut object = failure.json();
        object["status"] = json!("wrong");
        Out::stdout().json(&object)?;
    }
    done
}

/// A file that says it is an ODCS contract.
fn is_contract(path: &Path) -> bool {
    let named = path.to_string_lossy().ends_with(".odcs.yaml");
    let says = || {
        let text = std::fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.lines()
            .any(|line| line.starts_with("apiVersion:") || line.starts_with("kind:"))
    };
    path.is_file() && (named || says())
}

fn contract(options: &Options) -> Result<u8, Failure> {
    let contract = load_contract(&options.path)?;
    let mut out = Out::stdout();
    match options.json {
        true => out.json(&json!({ "status": "ok", "contracts": [summary(&contract)] }))?,
        false => writeln!(out, "{}", contract_line(&contract))?,
    }
    out.flush()?;
    Ok(0)
}

fn pipeline(options: &Options, screen: &Screen) -> Result<u8, Failure> {
    let pipeline = commands::pipeline(&options.path)?;
    run::only_bound(&options.only, &pipeline)?;
    if !options.feeds.is_dir() {
        let feeds = options.feeds.display();
        screen.warn(&format!(
            "there is no folder {feeds}; name the one of the deliveries with --feeds DIR"
        ));
    }
    let report = check(&pipeline, &options.feeds, &options.only, &connectors::all())?;
    let wrong: usize = report
        .feeds
        .values()
        .flat_map(|feed| &feed.files)
        .map(|file| file.problems.len())
        .sum();
    let mut out = Out::stdout();
    if options.json {
        out.json(&json!({
            "status": if wrong == 0 { "ok" } else { "wrong" },
            "pipeline": pipeline.name,
            "contracts": pipeline.contracts.values().map(summary).collect::<Vec<_>>(),
            "feeds": report.feeds,
        }))?;
    } else {
        out.write_all(told(&pipeline, &report).as_bytes())?;
        out.flush()?;
    }
    match wrong {
        0 => Ok(0),
        1 => Err(Failure::wrong("1 problem in the deliveries")),
        many => Err(Failure::wrong(format!("{many} problems in the deliveries"))),
    }
}

fn told(pipeline: &Pipeline, report: &CheckReport) -> String {
    let style = Style::of(&std::io::stdout());
    let ok = style.green("ok");
    let mut lines = vec![format!(
        "{ok}  pipeline {}, {} feeds",
        pipeline.name,
        pipeline.bindings.len()
    )];
    lines.extend(
        pipeline
            .contracts
            .values()
            .map(|contract| format!("{ok}  {}", contract_line(contract))),
    );
    for (feed, checked) in &report.feeds {
        if checked.files.is_empty() {
            lines.push(format!(
                "{}  {feed}: no delivery 没有批次; a run keeps its old state",
                style.dim("--")
            ));
        }
        for file in &checked.files {
            let mark = if file.problems.is_empty() {
                ok.clone()
            } else {
                style.red("no")
            };
            lines.push(format!(
                "{mark}  {feed}: {} ({})",
                file.file,
                size(file.bytes)
            ));
            lines.extend(
                file.problems
                    .iter()
                    .map(|problem| format!("      {problem}")),
            );
            lines.extend(
                file.notes
                    .iter()
                    .map(|note| format!("      {} {note}", style.yellow("note:"))),
            );
        }
    }
    lines.join("\n") + "\n"
}

fn contract_line(contract: &Contract) -> String {
    format!(
        "contract {} {} {}, version {} ({}), {} columns",
        contract.feed,
        contract.title_zh,
        contract.title_en,
        contract.version,
        contract.status,
        contract.columns.len()
    )
}

fn summary(contract: &Contract) -> serde_json::Value {
    json!({
        "feed": contract.feed,
        "file": contract.path,
        "version": contract.version,
        "status": contract.status,
        "columns": contract.columns.len(),
    })
}
