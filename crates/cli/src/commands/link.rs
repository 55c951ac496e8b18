//! `rongtong link`: the rows of any tables that are one person.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use rongtong_contracts::{LinkJob, load_link_job};
use rongtong_engine::{AtThreshold, BlockReport, Evaluation, LinkReport};
use serde_json::json;

use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::{Side, Table, count};
use crate::watch::Screen;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong link people.yaml
      pairs and clusters go where the file's `output:` says
  rongtong link people.yaml --blocking
      how many pairs each blocking rule gives; nothing is compared yet
  rongtong link people.yaml --evaluate truth.csv --json
      precision, recall and F1 by threshold, for a script

A small people.yaml:
  link_type: dedupe_only
  tables: [people.csv]
  unique_id_column_name: rec_id
  comparisons:
    - { column: name, comparison: name_zh, term_frequency_adjustments: true }
    - { column: date_of_birth, comparison: date }
  blocking_rules_to_generate_predictions:
    - [surname(name), date_of_birth]
    - [sound(name)]
  output: { pairs: pairs.parquet, clusters: clusters.csv }

Every word: docs/linkage.md. No value of any row is ever shown.";

/// Link the rows of one or two tables · 关联任意表中的同一人
///
/// Ties rows of CSV or Parquet tables that are one person: Fellegi–Sunter with weights learned from the tables
/// themselves, declared in the terms of Splink.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The file that declares tables, comparisons and blocking rules
    #[arg(value_name = "CONFIG")]
    config: PathBuf,
    /// Measure against a truth: unique id and entity, or two unique ids of one entity · 按真值评估
    #[arg(long, value_name = "TRUTH", conflicts_with = "blocking")]
    evaluate: Option<PathBuf>,
    /// Only count the pairs that each blocking rule gives · 只分析分块规则
    #[arg(long)]
    blocking: bool,
    /// Print one JSON object · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    let done = linked(&options, screen).await;
    if let (Err(failure), true) = (&done, options.json) {
        Out::stdout().json(&failure.json())?;
    }
    done
}

async fn linked(options: &Options, screen: &Screen) -> Result<u8, Failure> {
    let job = job(options)?;
    let style = Style::of(&std::io::stdout());
    let mut out = Out::stdout();
    if options.blocking {
        let working = screen.working("block", "counting pairs");
        let blocks = rongtong_engine::link_blocks(&job).await;
        drop(working);
        let blocks = blocks?;
        match options.json {
            true => out.json(&json!({ "status": "counted", "blocking": blocks }))?,
            false => out.write_all(blocking(&blocks, &job, style).as_bytes())?,
        }
        out.flush()?;
        return Ok(0);
    }
    let working = screen.working("link", "comparing pairs");
    let done = rongtong_engine::link(&job, options.evaluate.as_deref()).await;
    drop(working);
    let (report, evaluation) = done?;
    if options.json {
        let mut object = json!({ "status": "linked" });
        if let (Some(object), Ok(serde_json::Value::Object(more))) =
            (object.as_object_mut(), serde_json::to_value(&report))
        {
            object.extend(more);
            object.extend(evaluation.map(|told| ("evaluation".to_owned(), json!(told))));
        }
        out.json(&object)?;
        return Ok(0);
    }
    out.write_all(summary(&report, style).as_bytes())?;
    if let Some(evaluation) = &evaluation {
        out.write_all(measured(evaluation, style).as_bytes())?;
    }
    out.flush()?;
    Ok(0)
}

fn job(options: &Options) -> Result<LinkJob, Failure> {
    if !options.config.is_file() {
        let config = options.config.display();
        let missing = Failure::wrong(format!("there is no file {config}"));
        return Err(missing.help("name a YAML file; `rongtong link --help` shows a small one"));
    }
    if let Some(truth) = options.evaluate.as_ref().filter(|truth| !truth.is_file()) {
        let missing = Failure::wrong(format!("there is no file {}", truth.display()));
        return Err(missing.help("name a CSV or Parquet file with --evaluate TRUTH"));
    }
    Ok(load_link_job(&options.config)?)
}

fn summary(report: &LinkReport, style: Style) -> String {
    let number = |number: usize| count(number as u64);
    let mut text = format!(
        "{}\n  {} records 记录, {} pairs compared 比较, {} links 关联, {} clusters 聚类 ({} of several records), {} pairs to review 待复核\n",
        style.bold(&format!("Linked 关联完成, {:.1} s", report.seconds)),
        number(report.records),
        number(report.pairs),
        number(report.links),
        number(report.clusters),
        number(report.clusters_of_several),
        number(report.review),
    );
    for (what, file) in [
        ("pairs 记录对", &report.pairs_file),
        ("clusters 聚类", &report.clusters_file),
    ] {
        if let Some(file) = file {
            let _ = writeln!(text, "  {what}: {}", file.display());
        }
    }
    let mut table = Table::new([
        ("among", Side::Left),
        ("comparison", Side::Left),
        ("level", Side::Left),
        ("m", Side::Right),
        ("u", Side::Right),
        ("weight", Side::Right),
    ]);
    for level in &report.learned {
        table.row([
            level.context.clone(),
            level.comparison.clone(),
            level.level.clone(),
            share(level.m),
            share(level.u),
            format!("{:+.2}", level.weight),
        ]);
    }
    let _ = write!(
        text,
        "\n{}\n{}",
        style.bold("Learned 学得的权重"),
        table.render(2, style)
    );
    text
}

fn blocking(blocks: &[BlockReport], job: &LinkJob, style: Style) -> String {
    let mut table = Table::new([
        ("rule", Side::Left),
        ("pairs 记录对", Side::Right),
        ("blocks 分块", Side::Right),
        ("largest 最大", Side::Right),
        ("left out 略过", Side::Right),
    ]);
    for block in blocks {
        table.row([
            block.rule.clone(),
            count(block.pairs),
            count(block.blocks),
            count(block.largest as u64),
            count(block.left_out_blocks),
        ]);
    }
    let pairs = blocks.iter().map(|block| block.pairs).sum();
    table.row([
        "all".to_owned(),
        count(pairs),
        String::new(),
        String::new(),
        String::new(),
    ]);
    format!(
        "{}\n{}  max_pairs: {}; blocks of more than {} records are left out\n",
        style.bold("Blocking 分块分析"),
        table.render(2, style),
        count(u64::from(job.linkage.max_pairs)),
        job.linkage.max_records_in_block,
    )
}

fn measured(evaluation: &Evaluation, style: Style) -> String {
    let mut table = Table::new([
        ("threshold", Side::Right),
        ("precision", Side::Right),
        ("95 %", Side::Left),
        ("recall", Side::Right),
        ("95 %", Side::Left),
        ("F1", Side::Right),
        ("wrong", Side::Right),
        ("missed", Side::Right),
    ]);
    let interval = |(low, high): (f64, f64)| format!("{low:.4}–{high:.4}");
    let mut row = |mark: &str, at: &AtThreshold| {
        table.row([
            format!("{mark}{}", at.threshold),
            format!("{:.5}", at.precision),
            interval(at.precision_interval),
            format!("{:.5}", at.recall),
            interval(at.recall_interval),
            format!("{:.5}", at.f1),
            count(at.wrong),
            count(at.missed),
        ]);
    };
    for at in &evaluation.thresholds {
        row("", at);
    }
    row("default ", &evaluation.default);
    format!(
        "\n{}\n{}  {} true pairs 真实记录对, {} of them found by a blocking rule\n",
        style.bold("Against the truth 与真值比较"),
        table.render(2, style),
        count(evaluation.true_pairs),
        count(evaluation.found_by_blocking),
    )
}

/// A share with as many places as it needs.
fn share(share: f64) -> String {
    match share < 0.001 {
        true => format!("{share:.1e}"),
        false => format!("{share:.4}"),
    }
}
