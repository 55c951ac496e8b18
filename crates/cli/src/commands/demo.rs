//! `rongtong demo`: a synthetic city becomes a lake.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use rongtong_engine::RunReport;
use rongtong_identity::Secret;
use rongtong_lake::Lake;
use rongtong_synth::{CityOptions, write_city};
use uuid::Uuid;

use crate::args::Work;
use crate::commands::run::{self, Taken};
use crate::commands::{self, program, shell};
use crate::embedded;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::{Side, Table, count, size};
use crate::watch::Screen;

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong demo
      20,000 invented residents under demo/
  rongtong demo --residents 200000 --seed 7 --dir /tmp/city
      a larger city, another one, elsewhere

All people are invented. Run again, the demo starts anew; it touches only a
folder that it made itself.";

/// Says that a folder is a demo's own.
const MARKER: &str = ".rongtong-demo";
/// What a demo puts into its folder, beside the marker.
const OURS: [&str; 5] = ["feeds", "lake", "pipelines", "schemas", "secret"];

/// Make a synthetic city and run it: the product in one command · 用合成城市演示全程
///
/// Invents a city of residents, writes what five departments would deliver about them, dirt included, and
/// runs the pipeline on it exactly as `run` does. Needs nothing but this program.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    /// How many people live in the city · 居民数
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = people)]
    residents: usize,
    /// Any number; the same one gives the same city · 随机种子
    #[arg(long, value_name = "N", default_value_t = CityOptions::default().seed)]
    seed: u64,
    /// Where everything goes: deliveries, pipeline, contracts, secret and lake
    #[arg(long, value_name = "DIR", default_value = "demo")]
    dir: PathBuf,
    /// Print the summary as one JSON object · 以 JSON 输出摘要
    #[arg(long)]
    json: bool,
}

pub async fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    let started = Instant::now();
    let city = CityOptions {
        residents: options.residents,
        seed: options.seed,
        ..CityOptions::default()
    };
    let dir = &options.dir;
    let work = Work {
        pipeline: dir.join("pipelines/residents"),
        feeds: dir.join("feeds"),
        lake: dir.join("lake").to_string_lossy().into_owned(),
        as_of: Some(city.as_of.epoch_days()),
        only: Vec::new(),
        json: options.json,
        timings: false,
    };
    let done = async {
        anew(dir)?;
        embedded::write(dir).map_err(|error| unwritable(dir, &error))?;
        let secret = own_secret(&dir.join("secret"))?;
        build(&city, &work.feeds, screen)?;
        let pipeline = commands::pipeline(&work.pipeline)?;
        run::release(&work, &pipeline, &secret, Taken::New, screen).await
    };
    match done.await {
        Ok(report) if !work.json => {
            let code = report.exit_code();
            let more = epilogue(dir, &work, &report).await?;
            run::finish(&work, Ok(report), started, screen).await?;
            let mut out = Out::stdout();
            out.write_all(more.as_bytes())?;
            out.flush()?;
            Ok(code)
        }
        done => run::finish(&work, done, started, screen).await,
    }
}

fn people(text: &str) -> Result<usize, String> {
    let most = CityOptions::MOST_RESIDENTS;
    let people = text
        .parse()
        .ok()
        .filter(|people| (1..=most).contains(people));
    people.ok_or_else(|| format!("write a number from 1 to {most}"))
}

/// An empty folder for the demo: a new one, or its own of last time. Nobody else's files are touched.
fn anew(dir: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| unwritable(dir, &error);
    fs::create_dir_all(dir).map_err(failed)?;
    let marker = dir.join(MARKER);
    if !marker.is_file() {
        if fs::read_dir(dir).map_err(failed)?.next().is_some() {
            let foreign = Failure::wrong(format!(
                "{} holds files that no demo put there",
                dir.display()
            ));
            return Err(foreign.help("name a new or empty folder with --dir DIR"));
        }
        fs::write(
            &marker,
            "`rongtong demo` made this folder and starts it anew each time.\n",
        )
        .map_err(failed)?;
    }
    for path in OURS.map(|name| dir.join(name)) {
        let removed = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        removed.map_err(|error| unwritable(&path, &error))?;
    }
    Ok(())
}

/// A random secret of the demo's own, which only the owner of the file can read.
fn own_secret(path: &Path) -> Result<Secret, Failure> {
    // Two random UUIDs: 244 random bits.
    let text = format!("{}{}\n", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| unwritable(path, &error))?;
    Ok(Secret::new(&text, &path.display().to_string())?)
}

fn build(city: &CityOptions, feeds: &Path, screen: &Screen) -> Result<(), Failure> {
    let people = u64::try_from(city.residents).unwrap_or(u64::MAX);
    let working = screen.working("build", &format!("a city of {} residents", count(people)));
    tokio::task::block_in_place(|| write_city(city, feeds))?;
    drop(working);
    Ok(())
}

/// What a newcomer wants to know next: the tables, the secret, commands to try.
async fn epilogue(dir: &Path, work: &Work, report: &RunReport) -> Result<String, Failure> {
    let style = Style::of(&io::stdout());
    let lake = Lake::open(&work.lake, &Default::default()).await?;
    let reader = lake.reader().await?;
    let mut tables = Table::new([
        ("table", Side::Left),
        ("rows", Side::Right),
        ("size", Side::Right),
        ("holds", Side::Left),
    ]);
    for table in reader.tables() {
        tables.row([
            table.name,
            count(table.rows),
            size(table.bytes),
            table.comment,
        ]);
    }
    let at = shell(&work.lake);
    let program = program();
    let mut next = vec![
        format!(
            "{program} sql --lake {at} \"SELECT address_source, count(*) FROM residents GROUP BY 1 ORDER BY 2 DESC\""
        ),
        format!("{program} tables --lake {at}"),
    ];
    if report.conflicts > 0
        && let Some(key) = somebody_in_conflict(&reader).await?
    {
        next.push(format!("{program} why --lake {at} {key}"));
    }
    let secret = dir.join("secret");
    next.push(format!(
        "RONGTONG_SECRET_FILE={} {program} run {} --feeds {} --lake {at}",
        shell(&secret.to_string_lossy()),
        shell(&work.pipeline.to_string_lossy()),
        shell(&work.feeds.to_string_lossy()),
    ));
    Ok(format!(
        "\n{}\n{}\n{}\n  {}: random, made for this demo, readable by you alone; resident keys depend on it\n\n{}\n  {}\n",
        style.bold("Tables 表 (Delta, Parquet)"),
        tables.render(2, style),
        style.bold("Secret 密钥"),
        secret.display(),
        style.bold("Try next 接下来试试"),
        next.join("\n  "),
    ))
}

/// The key of some resident about whom feeds disagree; a key says nothing about the person.
async fn somebody_in_conflict(
    reader: &rongtong_lake::LakeReader,
) -> Result<Option<String>, Failure> {
    use arrow::array::AsArray as _;
    use futures::StreamExt as _;

    let Some((_, mut batches)) = reader.scan("conflicts", Some(&["resident_key"])).await? else {
        return Ok(None);
    };
    let Some(batch) = batches.next().await.transpose()? else {
        return Ok(None);
    };
    let keys = batch.column(0).as_string_view_opt();
    Ok(keys
        .and_then(|keys| keys.iter().flatten().next())
        .map(str::to_owned))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{}: {error}", path.display()))
        .help("name a folder that you may write with --dir DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_starts_anew_only_in_its_own_folder() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("demo");
        anew(&dir).unwrap();
        fs::create_dir_all(dir.join("lake/residents")).unwrap();
        fs::write(dir.join("notes.txt"), "mine").unwrap();
        anew(&dir).unwrap();
        assert!(!dir.join("lake").exists());
        assert!(
            dir.join("notes.txt").exists(),
            "what the demo didn't make stays"
        );

        let foreign = root.path().join("work");
        fs::create_dir_all(foreign.join("lake")).unwrap();
        assert_eq!(anew(&foreign).unwrap_err().exit_code(), 2);
        assert!(foreign.join("lake").exists());
    }

    #[test]
    fn only_the_owner_reads_the_secret() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("secret");
        own_secret(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().trim().len(), 64);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}
