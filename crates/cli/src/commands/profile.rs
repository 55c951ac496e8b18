//! `rongtong profile`: a delivery that nobody has described.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use rongtong_contracts::FeedName;
use rongtong_profile::{draft_contract, profile};

use crate::failure::Failure;
use crate::out::Out;
use crate::watch::Screen;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong profile new/disabled_persons.xlsx
      the profile on the terminal, a draft contract behind it
  rongtong profile new/disabled_persons.xlsx --feed civil_affairs.disabled_person > draft.odcs.yaml
  rongtong check draft.odcs.yaml
      keep the draft, mend it, and have it checked
  rongtong profile new/disabled_persons.xlsx --json
      the profile for a script

No value of a personal column is ever shown.";

/// Describe an unknown delivery and draft its contract · 剖析未知批次并起草契约
///
/// Finds out how a delivery is packed and what its columns seem to hold: types, empty cells, distinct values,
/// codes, forms of dates. The profile goes to stderr, the draft contract (ODCS v3.1) to stdout.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// The delivery: csv, xlsx, ndjson, json, xml or geojson, also gzip, zstd or zip
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the feed shall be called; default: from the folder and file name
    #[arg(long, value_name = "FEED")]
    feed: Option<FeedName>,
    /// Folder of contracts whose headings are known; default: schemas, if it is there
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    /// Rows to look at
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    max_rows: u64,
    /// Print the profile as JSON instead of the draft contract · 以 JSON 输出剖析结果
    #[arg(long)]
    json: bool,
}

pub fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    if !options.file.is_file() {
        let missing = Failure::wrong(format!("there is no file {}", options.file.display()));
        return Err(missing.help("name one delivered file"));
    }
    let feed = options.feed.clone().unwrap_or_else(|| name_of(&options));
    let schemas = options
        .schemas
        .or_else(|| Some(PathBuf::from("schemas")).filter(|dir| dir.is_dir()));
    let how = rongtong_profile::Options {
        max_rows: options.max_rows,
        schemas,
        ..Default::default()
    };
    let working = screen.working("profile", "reading the delivery");
    let profiled = tokio::task::block_in_place(|| profile(&options.file, &how));
    drop(working);
    let profiled = profiled?;
    let mut out = Out::stdout();
    if options.json {
        out.json(&profiled)?;
        return Ok(0);
    }
    screen.note(&profiled.to_string());
    out.write_all(draft_contract(&profiled, &feed).as_bytes())?;
    out.flush()?;
    Ok(0)
}

/// `<department>.<feed>` from `…/<department>/<feed>.<ext>`, where those can be names.
fn name_of(options: &Options) -> FeedName {
    let stem = options
        .file
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let stem = stem.split('.').next().unwrap_or_default();
    let folder = options
        .file
        .parent()
        .and_then(|dir| dir.file_name())
        .and_then(|name| name.to_str());
    let known = folder.and_then(|folder| FeedName::new(folder, stem).ok());
    known
        .or_else(|| FeedName::new("department", stem).ok())
        .unwrap_or_else(|| FeedName {
            department: "department".to_owned(),
            feed: "feed".to_owned(),
        })
}
