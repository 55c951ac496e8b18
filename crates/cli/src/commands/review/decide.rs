//! `rongtong review accept` and `reject`.

use std::io::Write as _;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::Offset;
use rongtong_engine::{Decision, Decisions};
use rongtong_identity::ResidentKey;

use super::{Pair, Place, decision};
use crate::failure::Failure;
use crate::out::Out;
use crate::watch::Screen;

/// Say that a pair is one person; the next run merges them · 确认为同一人
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    pair: Pair,
    #[command(flatten)]
    place: Place,
    /// Who decided; default: the user of this session · 决定者
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why; no personal data, please · 理由
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

/// Say that a pair is two people; the next run keeps or takes them apart · 确认为不同人
#[derive(Debug, Args)]
pub struct Different {
    #[command(flatten)]
    options: Options,
}

impl From<Different> for Options {
    fn from(different: Different) -> Self {
        different.options
    }
}

pub async fn execute(options: Options, same: bool, screen: &Screen) -> Result<u8, Failure> {
    let Some(pipeline) = options.place.pipeline().await? else {
        return Err(
            Failure::wrong("there is no pipeline to write the decision to")
                .help("name it with --pipeline, such as --pipeline pipelines/residents"),
        );
    };
    if !pipeline.links() {
        screen.warn(&format!(
            "the pipeline {} ties nobody by evidence (`linkage: off`): its runs don't look at decisions",
            pipeline.name
        ));
    }
    let (desk, decisions) = options.place.open(Some(&pipeline)).await?;
    let (key, other_key, _) = options.pair.of(&desk.waiting().await?)?;
    for key in [key, other_key] {
        if !desk.knows(key).await? {
            return Err(unknown(key));
        }
    }
    let mut out = Out::stdout();
    let path = pipeline.decisions.display();
    if decisions.of(key, other_key) == Some(same) {
        writeln!(
            out,
            "{}: {path} says so already · 已有此决定",
            decision(same)
        )?;
        out.flush()?;
        return Ok(0);
    }
    let line = Decision {
        same,
        key,
        other_key,
        decided_by: options.by.or_else(user).unwrap_or_default(),
        decided_on: today(),
        reason: options.reason,
    };
    Decisions::append(&pipeline.decisions, &line)?;
    writeln!(
        out,
        "{}: {key} and {other_key}\nwritten to {path}; the next `rongtong run` applies it · 下次运行生效",
        decision(same)
    )?;
    out.flush()?;
    Ok(0)
}

fn unknown(key: ResidentKey) -> Failure {
    Failure::wrong(format!("the newest release doesn't know the key {key}")).help(
        "name keys of `rongtong review list`, residents, or own keys of links (`rongtong why`)",
    )
}

/// Who works in this session.
fn user() -> Option<String> {
    ["USER", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
}

/// The day in Beijing.
fn today() -> String {
    Offset::constant(8)
        .to_datetime(Timestamp::now())
        .date()
        .to_string()
}
