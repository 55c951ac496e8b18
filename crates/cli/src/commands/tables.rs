//! `rongtong tables`: what the lake holds.

use std::io::Write as _;

use clap::Args;
use rongtong_lake::TableInfo;
use serde::Serialize;

use crate::args::Reading;
use crate::commands;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::{Side, Table, count, size};

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong tables
  rongtong tables --lake demo/lake --json";

/// List the tables of the lake · 列出湖中的表
///
/// Shows the tables of a release, the newest unless said: Delta table version, rows, size on disk, and what they hold.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(flatten)]
    reading: Reading,
    /// Print a JSON array · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

/// One table as `--json` prints it.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    /// Path below the lake's root.
    name: &'a str,
    /// Its name in SQL.
    sql: String,
    version: u64,
    rows: u64,
    bytes: u64,
    files: u64,
    restricted: bool,
    comment: &'a str,
    location: &'a str,
}

impl<'a> Listed<'a> {
    fn new(table: &'a TableInfo) -> Self {
        Self {
            name: &table.name,
            sql: table.name.replace('/', "."),
            version: table.version,
            rows: table.rows,
            bytes: table.bytes,
            files: table.files,
            restricted: table.restricted,
            comment: &table.comment,
            location: &table.location,
        }
    }
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let restricted = commands::restricted(options.reading.place.pipeline.as_deref())?;
    let Reading { place, release } = &options.reading;
    let (lake, reader) =
        rongtong_engine::open_release(&place.lake, &restricted, release.as_deref()).await?;
    let release = reader
        .release()
        .map(|release| release.id.clone())
        .unwrap_or_default();
    let mut tables = reader.tables();
    tables.extend(reader.releases().await?);
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    let listed: Vec<Listed<'_>> = tables.iter().map(Listed::new).collect();
    let mut out = Out::stdout();
    if options.json {
        out.json(&listed)?;
        return Ok(0);
    }
    let style = Style::of(&std::io::stdout());
    writeln!(
        out,
        "{}",
        style.bold(&format!("{} release {}", lake.root_display(), release))
    )?;
    write!(out, "{}", overview(&listed).render(0, style))?;
    out.flush()?;
    Ok(0)
}

/// Names are those of SQL.
fn overview(tables: &[Listed<'_>]) -> Table {
    let mut overview = Table::new([
        ("table 表", Side::Left),
        ("version", Side::Right),
        ("rows 行", Side::Right),
        ("size", Side::Right),
        ("holds 内容", Side::Left),
    ]);
    for table in tables {
        let mark = if table.restricted {
            " (restricted 受限)"
        } else {
            ""
        };
        overview.row([
            table.sql.clone(),
            table.version.to_string(),
            count(table.rows),
            size(table.bytes),
            format!("{}{mark}", table.comment),
        ]);
    }
    overview
}
