//! `rongtong deliveries`: was this file ever taken, when, with what result?

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use rongtong_engine::{Delivery, deliveries};

use crate::args::Place;
use crate::commands;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::{Side, Table, count};

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong deliveries --lake demo/lake
      everything that was ever taken
  rongtong deliveries feeds/health/health_record.ndjson
      was this file taken? By its bytes, whatever it is called
  rongtong deliveries new.csv --json";

/// Say which deliveries were taken, when, with what result · 查询批次台账
///
/// A file is known by the SM3 of its bytes. Without one, lists every delivery of the lake, refused ones too where a release
/// was made beside them.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// A file that was or will be delivered · 批次文件
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// Print a JSON array · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let restricted = commands::restricted(options.place.pipeline.as_deref())?;
    let found = deliveries(&options.place.lake, &restricted, options.file.as_deref()).await?;
    let mut out = Out::stdout();
    if options.json {
        out.json(&found)?;
        return Ok(0);
    }
    match (found.is_empty(), &options.file) {
        (true, Some(file)) => writeln!(out, "{} was never taken", file.display())?,
        (true, None) => writeln!(out, "no delivery was ever taken")?,
        (false, _) => {
            let style = Style::of(&std::io::stdout());
            write!(out, "{}", overview(&found).render(0, style))?;
        }
    }
    out.flush()?;
    Ok(0)
}

fn overview(found: &[Delivery]) -> Table {
    let mut overview = Table::new([
        ("feed 数据项", Side::Left),
        ("file 文件", Side::Left),
        ("taken at 时间", Side::Left),
        ("release", Side::Right),
        ("status 状态", Side::Left),
        ("received", Side::Right),
        ("standard", Side::Right),
        ("quarantined", Side::Right),
    ]);
    let rows = |rows: i64| count(rows.unsigned_abs());
    for delivery in found {
        overview.row([
            delivery.feed.clone(),
            delivery.file.clone(),
            wall(delivery.taken_at),
            delivery.release.clone(),
            delivery.status.to_owned(),
            rows(delivery.received),
            rows(delivery.standard),
            rows(delivery.quarantined),
        ]);
    }
    overview
}

/// Beijing wall time, to the second.
fn wall(microseconds: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(microseconds).unwrap_or_default();
    let wall = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    wall.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_those_of_the_wall() {
        assert_eq!(super::wall(1_780_000_000_123_456), "2026-05-28 20:26:40");
    }
}
