//! `rongtong replay`: quarantined rows once more.

use std::time::Instant;

use clap::Args;
use rongtong_identity::Secret;

use crate::args::Work;
use crate::commands;
use crate::commands::run::{self, Taken};
use crate::failure::Failure;
use crate::watch::Screen;

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
        let secret = Secret::from_env()?;
        run::release(&work, &pipeline, &secret, Taken::Quarantined, screen).await
    };
    let done = done.await;
    run::finish(&work, done, started, screen).await
}
