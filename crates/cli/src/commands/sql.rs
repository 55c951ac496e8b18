//! `rongtong sql`: ask the lake.

use std::io::Read as _;

use clap::Args;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;
use rongtong_contracts::nearest;
use rongtong_engine::RunError;

use crate::args::Reading;
use crate::commands;
use crate::commands::rows::{Format, Rows};
use crate::failure::{Failure, redacted};
use crate::out::Out;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong sql \"SELECT sex, count(*) FROM residents GROUP BY sex\"
  rongtong sql --lake demo/lake --format csv \"SELECT * FROM conflicts\" > conflicts.csv
  rongtong sql \"SELECT * FROM standard.health.death_certificate LIMIT 5\"
  rongtong sql --release 000003 \"SELECT count(*) FROM residents\"
  rongtong sql - < question.sql

Tables are those of the newest release (`rongtong tables`), or with --release of
an earlier one, which answers as then; a feed's rows are
standard.<department>.<feed>. The standards are functions: SHOW FUNCTIONS lists
them all. The lake is only read.";

/// Ask the lake in SQL · 用 SQL 查询治理湖
///
/// Runs one query over a release and prints its rows as they come.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The query, or - to read it from standard input
    #[arg(value_name = "QUERY")]
    query: String,
    #[command(flatten)]
    reading: Reading,
    /// How rows are printed · 输出格式
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let restricted = commands::restricted(options.reading.place.pipeline.as_deref())?;
    let query = match options.query.as_str() {
        "-" => std::io::read_to_string(std::io::stdin().lock().by_ref()).map_err(|error| {
            Failure::wrong(format!(
                "the query can't be read from standard input: {error}"
            ))
        })?,
        query => query.to_owned(),
    };
    let session = rongtong_engine::session(
        &options.reading.place.lake,
        &restricted,
        options.reading.release.as_deref(),
    )
    .await?;
    let only_reading = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    let frame = session.sql_with_options(&query, only_reading).await;
    let frame = frame.map_err(|error| match RunError::from(error) {
        RunError::DataFusion(error) => misunderstood(&error, &session),
        of_the_lake => of_the_lake.into(),
    })?;
    let mut batches = frame
        .execute_stream()
        .await
        .map_err(|error| failed(&error))?;
    let mut out = Out::stdout();
    let closed = out.closed();
    let mut rows = Rows::new(options.format, &batches.schema(), &mut out)?;
    while let Some(batch) = batches.next().await {
        rows.write(&batch.map_err(|error| failed(&error))?)
            .map_err(|error| failed(&error.into()))?;
        if closed.get() {
            return Ok(0);
        }
    }
    rows.finish().map_err(|error| failed(&error.into()))?;
    Ok(0)
}

/// The query itself is wrong.
fn misunderstood(error: &DataFusionError, session: &SessionContext) -> Failure {
    let root = error.find_root();
    let said = root.message();
    let said = said.trim();
    if let Some(typed) = between(said, "table '", "' not found") {
        let typed = typed.strip_prefix("datafusion.public.").unwrap_or(typed);
        let tables = tables(session);
        let unknown = Failure::wrong(format!("the lake has no table {typed}"));
        return unknown.help(match nearest(typed, tables.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean {meant}?"),
            None => "`rongtong tables` lists them".to_owned(),
        });
    }
    if let Some(said) = between(said, "ParserError(\"", "\")") {
        return Failure::wrong(format!("the query can't be read: {said}"));
    }
    let changes = [
        "DDL not supported: ",
        "DML not supported: ",
        "Statement not supported: ",
    ];
    if changes.iter().any(|kind| said.starts_with(kind)) {
        return Failure::wrong(said)
            .help("the lake is only read here; `rongtong run` makes releases");
    }
    // A field that isn't there is followed by all that are, on a line of their own.
    match said.split_once('\n') {
        Some((said, fields)) if !said.contains("Did you mean") => Failure::wrong(said).help(fields),
        Some((said, _)) => Failure::wrong(said),
        None => Failure::wrong(said),
    }
}

/// What stands between the beginning and the end of a message.
fn between<'a>(message: &'a str, beginning: &str, end: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(beginning)?;
    rest.split_once(end).map(|(text, _)| text)
}

/// The query failed on the way. What the engine quotes may be cells.
fn failed(error: &DataFusionError) -> Failure {
    Failure::failed(redacted(error.find_root().strip_backtrace().trim()))
}

/// Every table's name in SQL.
fn tables(session: &SessionContext) -> Vec<String> {
    let mut names = Vec::new();
    for catalog in session.catalog_names() {
        let Some(schemas) = session.catalog(&catalog) else {
            continue;
        };
        for schema in schemas.schema_names() {
            let Some(tables) = schemas.schema(&schema) else {
                continue;
            };
            let own = catalog == "datafusion" && schema == "public";
            let named = |table: String| {
                if own {
                    table
                } else {
                    format!("{catalog}.{schema}.{table}")
                }
            };
            names.extend(tables.table_names().into_iter().map(named));
        }
    }
    names
}
