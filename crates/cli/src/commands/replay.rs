//! `rongtong replay`: quarantined rows once more.

use std::time::Instant;

use clap::Args;
use rongtong_contracts::Pipeline;
use rongtong_engine::{Run, RunReport};
use rongtong_identity::Secret;

use crate::args::Work;
use crate::commands::run;
use crate::failure::Failure;
use crate::watch::Screen;
use crate::{commands, connectors};

const EXAMPLES: &str = "\
Examples · 示例:
  rongtong replay pipelines/residents
      every row in quarantine, by the contracts as they are now
  rongtong replay pipelines/residents --feed civil_affairs.social_assistance --json
      the rows of one feed, with a summary for a script

Rows that still break a rule stay in quarantine.
What lies there:
  rongtong sql \"SELECT feed, rule, count(*) FROM quarantine GROUP BY feed, rule\"";

/// Run quarantined rows again after a contract was mended · 修正契约后重放隔离区的行
///
/// Takes the rejected rows as they were received, runs them through the contracts as they are now, and makes
/// a release with those that pass.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Options {
    #[command(flatten)]
    work: Work,
}

pub async fn execute(Options { work }: Options, screen: &Screen) -> Result<u8, Failure> {
    let started = Instant::now();
    let done = async {
        let pipeline = commands::pipeline(&work.pipeline)?;
        run::ready(&work, &pipeline, true)?;
        replay(&work, &pipeline, &Secret::from_env()?, screen).await
    };
    let done = done.await;
    run::finish(&work, done, started, screen).await
}

async fn replay(
    work: &Work,
    pipeline: &Pipeline,
    secret: &Secret,
    screen: &Screen,
) -> Result<RunReport, Failure> {
    let connectors = connectors::all();
    let watch = run::watched(work, pipeline, screen)?;
    let run = Run {
        pipeline,
        feeds_dir: work.feeds.clone(),
        lake: work.lake.clone(),
        as_of: work.as_of,
        feeds: work.only.clone(),
        reprocess: false,
        secret,
        connectors: &connectors,
        progress: &watch,
    };
    let report = run.replay().await;
    watch.done();
    Ok(report?)
}
