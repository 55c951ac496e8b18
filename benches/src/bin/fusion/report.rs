//! The tables.

use std::collections::BTreeMap;

use rongtong_benches::process::Done;
use rongtong_benches::table::{Table, group, megabytes};
use serde_json::Value;

use crate::city::City;
use crate::contenders::Who;

/// What was measured of one city, round by round.
#[derive(Default)]
pub struct Rounds {
    rounds: Vec<BTreeMap<Who, Done>>,
}

type Figure = fn(&Done) -> Option<f64>;

fn wall(done: &Done) -> Option<f64> {
    Some(done.seconds)
}

fn cpu(done: &Done) -> Option<f64> {
    done.cpu_seconds
}

fn memory(done: &Done) -> Option<f64> {
    done.peak_memory.map(|bytes| bytes as f64)
}

impl Rounds {
    pub fn add(&mut self, round: BTreeMap<Who, Done>) {
        self.rounds.push(round);
    }

    pub fn wall(&self, who: Who) -> Option<f64> {
        self.median(who, wall)
    }

    pub fn memory(&self, who: Who) -> Option<f64> {
        self.median(who, memory)
    }

    fn median(&self, who: Who, figure: Figure) -> Option<f64> {
        median(
            self.rounds
                .iter()
                .filter_map(|round| figure(round.get(&who)?)),
        )
    }

    /// Beside another of the same round, which had the same weather.
    fn beside(
        &self,
        who: Who,
        other: impl Fn(&BTreeMap<Who, Done>) -> Option<Who>,
        figure: Figure,
    ) -> Option<f64> {
        median(self.rounds.iter().filter_map(|round| {
            let other = round.get(&other(round)?)?;
            Some(figure(round.get(&who)?)? / figure(other)?)
        }))
    }

    /// The main table of a city.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&[
            "who",
            "wall s",
            "CPU s",
            "peak MB",
            "wall ÷ faster peer",
            "CPU ÷ it",
            "memory ÷ it",
            "wall ÷ floor",
            "wall ÷ full run",
        ]);
        for who in Who::ALL {
            if self.wall(who).is_none() {
                continue;
            }
            let peer = |figure| ratio(self.beside(who, faster_peer, figure));
            let of = |other: Who| ratio(self.beside(who, |_| Some(other), wall));
            let extra = matches!(who, Who::Later | Who::Nothing);
            let main = |cell: String| if extra { String::new() } else { cell };
            table.row(vec![
                who.to_string(),
                number(self.median(who, wall)),
                number(self.median(who, cpu)),
                megabytes(self.median(who, memory).map(|bytes| bytes as u64)),
                main(peer(wall)),
                main(peer(cpu)),
                main(peer(memory)),
                main(of(Who::Floor)),
                if extra { of(Who::Ours) } else { String::new() },
            ]);
        }
        table
    }

    /// Seconds of each stage and rows a second, by what the run says of itself.
    pub fn stages(&self) -> Table {
        let mut table = Table::new(&["stage", "who", "s", "share", "rows/s"]);
        for who in [Who::Ours, Who::Unlinked, Who::Later] {
            let said: Vec<Value> = self
                .rounds
                .iter()
                .filter_map(|round| serde_json::from_str(&round.get(&who)?.stdout).ok())
                .collect();
            let rows = said.first().map_or(0, received) as f64;
            let of = |stage: &str| {
                median(
                    said.iter()
                        .filter_map(|said| said.pointer(&format!("/stages/{stage}"))?.as_f64()),
                )
            };
            let stages = [
                "plan",
                "standardise",
                "load",
                "resolve",
                "write",
                "fuse",
                "publish",
            ];
            let all: f64 = stages.iter().filter_map(|stage| of(stage)).sum();
            for stage in stages {
                let Some(seconds) = of(stage) else { continue };
                table.row(vec![
                    stage.into(),
                    who.to_string(),
                    number(Some(seconds)),
                    format!("{:.0} %", 100.0 * seconds / all.max(f64::MIN_POSITIVE)),
                    group((rows / seconds.max(1e-6)) as u64),
                ]);
            }
        }
        table
    }
}

/// One line about a city.
pub fn heading(city: &City, rows: u64) -> String {
    format!(
        "## {} residents: {} rows, {} MB of CSV",
        group(city.residents as u64),
        group(rows),
        megabytes(Some(city.bytes))
    )
}

/// The rows that a run received, by its own account.
pub fn received(said: &Value) -> u64 {
    let feeds = said.pointer("/feeds").and_then(Value::as_object);
    feeds
        .into_iter()
        .flat_map(|feeds| feeds.values())
        .filter_map(|feed| feed.pointer("/received")?.as_u64())
        .sum()
}

/// A ratio, or nothing.
pub fn ratio(of: Option<f64>) -> String {
    of.map_or("–".into(), |ratio| format!("{ratio:.2}"))
}

fn number(of: Option<f64>) -> String {
    of.map_or("–".into(), |seconds| format!("{seconds:.2}"))
}

/// The peer that took less time in this round.
fn faster_peer(round: &BTreeMap<Who, Done>) -> Option<Who> {
    let peers = Who::PEERS.into_iter().filter(|who| round.contains_key(who));
    peers.min_by(|a, b| {
        let seconds = |who: &Who| round.get(who).map_or(f64::MAX, |done| done.seconds);
        seconds(a).total_cmp(&seconds(b))
    })
}

fn median(of: impl Iterator<Item = f64>) -> Option<f64> {
    let mut all: Vec<f64> = of.collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
