//! `rongtong run`: take what is new and make a release.

use std::io::Write as _;
use std::time::Instant;

use clap::Args;
use rongtong_contracts::{FeedName, Pipeline, nearest};
use rongtong_engine::{FeedState, Run, RunReport};
use rongtong_identity::Secret;
use serde_json::json;

use crate::args::Work;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::summary;
use crate::watch::{Screen, Watch};
use crate::{commands, connectors};

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong run pipelines/residents
      deliveries under feeds/ become a release under lake/
  rongtong run pipelines/residents --feeds /data/0530 --as-of 2026-05-30 --json
      deliveries elsewhere, the day they are of, and a summary for a script
  rongtong run pipelines/residents --feed health.health_record --reprocess
      one feed once more from the archive, after its contract changed

The secret that makes resident keys is in the file named by RONGTONG_SECRET_FILE,
else in RONGTONG_SECRET. It must stay the same for the life of the lake.";

/// Take what is new and make a release · 接入新批次并发布
///
/// Reads the new deliveries of a pipeline, standardises them, ties every row to a resident, fuses the feeds
/// into one record per resident and publishes all tables at once. With nothing new it does nothing. When it
/// fails, the lake is as before.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(flatten)]
    pub work: Work,
    /// Read everything in force once more from the archive · 从归档重新处理
    #[arg(long)]
    pub reprocess: bool,
}

pub async fn execute(options: Options, screen: &Screen) -> Result<u8, Failure> {
    let Options { work, reprocess } = options;
    let started = Instant::now();
    let done = async {
        let pipeline = commands::pipeline(&work.pipeline)?;
        ready(&work, &pipeline, reprocess)?;
        let taken = match reprocess {
            true => Taken::Again,
            false => Taken::New,
        };
        release(&work, &pipeline, &Secret::from_env()?, taken, screen).await
    };
    let done = done.await;
    finish(&work, done, started, screen).await
}

/// What a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// What is new.
    New,
    /// Everything in force, once more from the archive.
    Again,
    /// The rows in quarantine.
    Quarantined,
}

/// Runs a pipeline while the screen watches.
pub async fn release(
    work: &Work,
    pipeline: &Pipeline,
    secret: &Secret,
    taken: Taken,
    screen: &Screen,
) -> Result<RunReport, Failure> {
    let connectors = connectors::all();
    let watch = watched(work, pipeline, screen)?;
    let run = Run {
        pipeline,
        feeds_dir: work.feeds.clone(),
        lake: work.lake.clone(),
        as_of: work.as_of,
        feeds: work.only.clone(),
        reprocess: taken == Taken::Again,
        secret,
        connectors: &connectors,
        progress: &watch,
    };
    let report = match taken {
        Taken::New | Taken::Again => run.run().await,
        Taken::Quarantined => run.replay().await,
    };
    watch.done();
    Ok(report?)
}

/// A watcher for one run, that keeps it to the memory its pipeline allows.
fn watched(work: &Work, pipeline: &Pipeline, screen: &Screen) -> Result<Watch, Failure> {
    let (work, told, started) = (work.clone(), screen.clone(), Instant::now());
    let tell = move |failure: Failure| {
        told.clear();
        told.say(&failure.render(told.style()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let (true, Ok(runtime)) = (work.json, runtime) {
            let object = runtime.block_on(failed(&work, &failure, started));
            // Nobody is left to tell when stdout is closed.
            let _ = Out::stdout().json(&object);
        }
    };
    screen.watch().within_memory(pipeline, tell)
}

/// What the command line asks for is there: the feeds of the pipeline, the folder of deliveries.
pub fn ready(work: &Work, pipeline: &Pipeline, without_feeds: bool) -> Result<(), Failure> {
    only_bound(&work.only, pipeline)?;
    if !without_feeds && !work.feeds.is_dir() {
        let missing = Failure::wrong(format!("there is no folder {}", work.feeds.display()));
        return Err(missing.help("name the folder that holds the deliveries with --feeds DIR"));
    }
    Ok(())
}

/// Every feed asked for is bound by the pipeline.
pub fn only_bound(only: &[FeedName], pipeline: &Pipeline) -> Result<(), Failure> {
    let bound: Vec<String> = pipeline
        .bindings
        .iter()
        .map(|binding| binding.feed.to_string())
        .collect();
    for feed in only.iter().map(ToString::to_string) {
        if !bound.contains(&feed) {
            let unknown =
                Failure::wrong(format!("the pipeline {} has no feed {feed}", pipeline.name));
            return Err(
                unknown.help(match nearest(&feed, bound.iter().map(String::as_str)) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => format!("it has {}", bound.join(", ")),
                }),
            );
        }
    }
    Ok(())
}

/// Prints the end of a run: the summary, or one JSON object whatever the end.
pub async fn finish(
    work: &Work,
    done: Result<RunReport, Failure>,
    started: Instant,
    screen: &Screen,
) -> Result<u8, Failure> {
    let mut out = Out::stdout();
    match done {
        Ok(report) => {
            match work.json {
                true => out.json(&report)?,
                false => {
                    let style = Style::of(&std::io::stdout());
                    out.write_all(summary::render(&report, style).as_bytes())?;
                    if work.timings {
                        out.write_all(summary::timings(&report, style).as_bytes())?;
                    }
                }
            }
            out.flush()?;
            name_refused(&report, screen);
            Ok(report.exit_code())
        }
        Err(failure) => {
            if work.json {
                out.json(&failed(work, &failure, started).await)?;
            }
            Err(failure)
        }
    }
}

/// The refused feeds, on stderr even with `--quiet`.
pub fn name_refused(report: &RunReport, screen: &Screen) {
    for (feed, done) in report
        .feeds
        .iter()
        .filter(|(_, done)| done.state == FeedState::Refused)
    {
        let why = done.refused.as_deref().unwrap_or("no reason given");
        let named = why.strip_prefix(&format!("{feed}: ")).unwrap_or(why);
        screen.warn(&format!("{feed} was refused, its old state stays: {named}"));
    }
}

/// The JSON object of a run that failed.
async fn failed(work: &Work, failure: &Failure, started: Instant) -> serde_json::Value {
    let mut object = failure.json();
    object["release"] = json!(in_force(work).await);
    object["seconds"] = json!(started.elapsed().as_secs_f64());
    object["lake"] = json!(work.lake);
    object
}

/// The release that stays in force, if the lake can still say so.
async fn in_force(work: &Work) -> Option<String> {
    let restricted = commands::restricted(Some(&work.pipeline)).unwrap_or_default();
    let lake = rongtong_lake::Lake::open(&work.lake, &restricted)
        .await
        .ok()?;
    lake.latest_release().await.ok()?.map(|release| release.id)
}
