//! `rongtong review list`.

use std::io::Write as _;

use clap::Args;
use rongtong_engine::{Decisions, Waiting};
use serde::Serialize;

use super::{Place, decision};
use crate::commands;
use crate::failure::Failure;
use crate::out::Out;
use crate::style::Style;
use crate::table::{Side, Table, count};
use crate::waterfall::words;

/// List the pairs that wait, likeliest first · 列出待复核的记录对
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// At most so many pairs · 最多列出几对
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print a JSON array, each pair with its evidence · 以 JSON 输出
    #[arg(long)]
    json: bool,
}

/// A pair as `--json` prints it.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    pair: &'a Waiting,
    /// What was decided of it since the release: `true`, one person.
    decided_same: Option<bool>,
}

pub async fn execute(options: Options) -> Result<u8, Failure> {
    let pipeline = options.place.pipeline().await?;
    let (desk, decisions) = options.place.open(pipeline.as_ref()).await?;
    let waiting = desk.waiting().await?;
    let mut listed = Vec::new();
    for pair in waiting.iter().take(options.limit) {
        let decided_same = decided(pair, &decisions)?;
        listed.push(Listed { pair, decided_same });
    }
    let mut out = Out::stdout();
    if options.json {
        out.json(&listed)?;
        return Ok(0);
    }
    let style = Style::of(&std::io::stdout());
    out.write_all(render(&listed, waiting.len(), &desk.release(), style).as_bytes())?;
    out.flush()?;
    Ok(0)
}

/// What the reviewers' file says of a pair.
fn decided(pair: &Waiting, decisions: &Decisions) -> Result<Option<bool>, Failure> {
    let of = |one: &str, other: &str| {
        let (one, other) = (commands::resident_key(one)?, commands::resident_key(other)?);
        Ok::<_, Failure>(decisions.of(one, other))
    };
    Ok(match of(&pair.resident_key, &pair.other_key)? {
        Some(same) => Some(same),
        None => of(&pair.own_key, &pair.other_own_key)?,
    })
}

fn render(listed: &[Listed<'_>], all: usize, release: &str, style: Style) -> String {
    if all == 0 {
        return format!("No pair waits in release {release} · 没有待复核的记录对\n");
    }
    let number = count(all as u64);
    let heading = format!("{number} pairs wait in release {release} · 待复核 {number} 对");
    let mut text = format!("{}\n", style.bold(&heading));
    let mut table = Table::new([
        ("n", Side::Right),
        ("chance 概率", Side::Right),
        ("bits 权重", Side::Right),
        ("resident 居民", Side::Left),
        ("other 另一居民", Side::Left),
        ("decided 已决定", Side::Left),
    ]);
    for Listed { pair, decided_same } in listed {
        table.row([
            pair.number.to_string(),
            words::percent(pair.evidence.probability),
            words::bits(pair.evidence.weight),
            pair.resident_key.clone(),
            pair.other_key.clone(),
            decided_same.map(decision).unwrap_or_default().to_owned(),
        ]);
    }
    text.push_str(&table.render(0, style));
    if listed.iter().any(|pair| pair.decided_same.is_some()) {
        text.push_str("The next run applies what was decided · 已决定者下次运行生效\n");
    }
    text
}
