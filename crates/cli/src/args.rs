//! The command line as a whole, and the options that commands share.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use rongtong_contracts::FeedName;

use crate::commands::{
    check, deliveries, demo, link, profile, repair, replay, review, rollback, run, sql, tables,
    vacuum, verify, why,
};

/// What stands at the end of `rongtong --help`.
const START: &str = "\
Start here · 从这里开始:
  rongtong demo
      a synthetic city becomes a lake; nothing else is needed
  rongtong check pipelines/residents
      are the contracts, the pipeline and the deliveries in order?
  rongtong run pipelines/residents
      deliveries under feeds/ become a release under lake/
  rongtong sql \"SELECT count(*) FROM residents\"
      look at the lake

Exit codes · 退出码:
  0  done, also when nothing was new
  1  it failed; the lake is as before
  2  the command line, pipeline, contract or secret is wrong
  3  released, but a feed was refused";

/// Rongtong 融通: what departments collect once becomes usable many times.
///
/// Deliveries from public security, civil affairs, social security, health and housing become one lake of
/// residents, in which every value names the department it came from.
///
/// 各部门的数据批次汇成一个治理湖：一人一条记录，每个值都注明来源部门。
#[derive(Debug, Parser)]
#[command(name = "rongtong", version, after_help = START, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    /// What it tells while it works.
    #[command(flatten)]
    pub output: Output,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the command tells while it works.
#[derive(Debug, Args)]
pub struct Output {
    /// Show no progress; warnings and errors still come · 不显示进度
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// How logs on stderr look; RUST_LOG says what is logged (default: warn)
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Output"
    )]
    pub log_format: LogFormat,
}

/// How logs look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The commands; what each does stands at its options.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(run::Options),
    Demo(demo::Options),
    Check(check::Options),
    Sql(sql::Options),
    Tables(tables::Options),
    Why(why::Options),
    Review(review::Options),
    Replay(replay::Options),
    Profile(profile::Options),
    Link(link::Options),
    Deliveries(deliveries::Options),
    Verify(verify::Options),
    Repair(repair::Options),
    Rollback(rollback::Options),
    Vacuum(vacuum::Options),
}

/// What `run` and `replay` share.
#[derive(Debug, Clone, Args)]
pub struct Work {
    /// Folder or file of the pipeline, such as pipelines/residents; contracts are found from it
    #[arg(value_name = "PIPELINE")]
    pub pipeline: PathBuf,
    /// Where relative paths of the pipeline's bindings start · 批次所在目录
    #[arg(long, value_name = "DIR", default_value = "feeds")]
    pub feeds: PathBuf,
    /// The lake: a folder or an object-store URL · 治理湖的位置
    #[arg(long, value_name = "DIR", default_value = "lake")]
    pub lake: String,
    /// As-of date of deliveries whose file names hold none; default: the day they are first taken
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub as_of: Option<i32>,
    /// Only these feeds, such as health.health_record · 只处理这些数据项
    #[arg(long = "feed", value_name = "FEED", num_args = 1..)]
    pub only: Vec<FeedName>,
    /// Print the summary as one JSON object · 以 JSON 输出摘要
    #[arg(long)]
    pub json: bool,
    /// Say how long each stage took, and how many rows it did in a second · 显示各阶段用时
    #[arg(long)]
    pub timings: bool,
}

/// Where the lake lies.
#[derive(Debug, Args)]
pub struct Place {
    /// The lake: a folder or an object-store URL · 治理湖的位置
    #[arg(long, value_name = "DIR", default_value = "lake")]
    pub lake: String,
    /// The pipeline, if its `restricted:` puts tables elsewhere than in the lake
    #[arg(long, value_name = "PIPELINE")]
    pub pipeline: Option<PathBuf>,
}

/// Where the lake lies and which release of it is read.
#[derive(Debug, Args)]
pub struct Reading {
    #[command(flatten)]
    pub place: Place,
    /// An earlier release, such as 000003; default: the newest · 发布版本号
    #[arg(long, value_name = "RELEASE")]
    pub release: Option<String>,
}

/// A day of the calendar as days since 1970-01-01.
fn day(text: &str) -> Result<i32, String> {
    let day: Date = text
        .parse()
        .map_err(|_| "write a day of the calendar as 2026-05-30".to_owned())?;
    day.since(Date::constant(1970, 1, 1))
        .map(|span| span.get_days())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day("1970-01-02"), Ok(1));
        assert_eq!(day("1969-12-31"), Ok(-1));
        assert_eq!(day("2026-05-30"), Ok(20_603));
        assert!(day("2026-02-30").is_err());
        assert!(day("yesterday").is_err());
    }
}
