//! What it costs to fuse a city: `rongtong run` beside Polars, DuckDB and a program that only reads and writes.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod city;
mod contenders;
mod options;
mod packings;
mod report;

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser as _;
use rongtong_benches::Result;
use rongtong_benches::table::{Table, group};
use serde_json::Value;

use crate::city::City;
use crate::contenders::{Contenders, Who};
use crate::options::Options;
use crate::report::{Rounds, heading, ratio, received};

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the peers agree with ours.
fn run(options: &Options) -> Result<bool> {
    let contenders = Contenders::find(options)?;
    let temporary = tempfile::tempdir()?;
    let work = options.work.as_deref().unwrap_or(temporary.path());
    let mut agreed = true;
    let mut sizes = Vec::new();
    for residents in &options.residents {
        let city = City::make(work, *residents, options.seed)?;
        let mut rounds = Rounds::default();
        let mut rows = 0;
        for number in 1..=options.rounds {
            let mut round = BTreeMap::new();
            for who in Who::ALL
                .into_iter()
                .filter(|who| contenders.takes_part(*who))
            {
                eprintln!("round {number} of {}: {who}", options.rounds);
                let done = contenders.run(who, &city)?;
                if who == Who::Ours {
                    rows = received(&serde_json::from_str(&done.stdout)?);
                }
                round.insert(who, done);
            }
            rounds.add(round);
        }
        println!("\n{}\n", heading(&city, rows));
        println!("{}", rounds.table().render());
        println!("{}", rounds.stages().render());
        for who in Who::PEERS
            .into_iter()
            .filter(|who| contenders.takes_part(*who))
        {
            agreed &= tell(who, &contenders.agreement(who, &city)?);
        }
        sizes.push((*residents, rounds));
    }
    if sizes.len() > 1 {
        println!("\n{}", growth(&sizes).render());
    }
    if options.packings > 0 {
        let table = packings::packings(
            &contenders,
            work,
            options.packings,
            options.seed,
            options.rounds,
        )?;
        println!("\n{}", table.render());
    }
    Ok(agreed)
}

/// Prints whether a peer agrees with ours.
fn tell(who: Who, said: &Value) -> bool {
    let count = |what: &str| group(said.get(what).and_then(Value::as_u64).unwrap_or(0));
    let common = format!(
        "{} residents, {} name conflicts; {} numbers that ours contests or quarantines left out",
        count("residents"),
        count("conflicts"),
        count("left_out")
    );
    let parted = said.get("disagreements").and_then(Value::as_object);
    match parted.is_some_and(serde_json::Map::is_empty) {
        true => println!("{who} agrees with ours, row for row: {common}"),
        false => println!("FAILURE: {who} disagrees with ours: {:?}; {common}", parted),
    }
    parted.is_some_and(serde_json::Map::is_empty)
}

/// How the larger cities compare with the first.
fn growth(sizes: &[(usize, Rounds)]) -> Table {
    let mut table = Table::new(&["residents", "who", "times the first", "wall", "memory"]);
    let Some(((least, first), larger)) = sizes.split_first() else {
        return table;
    };
    for (residents, rounds) in larger {
        for who in Who::ALL {
            let times = |of: fn(&Rounds, Who) -> Option<f64>| {
                of(rounds, who)
                    .zip(of(first, who))
                    .map(|(now, then)| now / then)
            };
            if times(Rounds::wall).is_none() {
                continue;
            }
            table.row(vec![
                group(*residents as u64),
                who.to_string(),
                ratio(Some(*residents as f64 / *least as f64)),
                ratio(times(Rounds::wall)),
                ratio(times(Rounds::memory)),
            ]);
        }
    }
    table
}
