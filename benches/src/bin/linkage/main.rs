//! How well a city's mentions are tied to people, by `rongtong run` and, beside it, by a peer.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod city;
mod options;
mod ours;
mod peers;
mod report;

use std::process::ExitCode;

use clap::Parser as _;
use rongtong_benches::Result;
use rongtong_benches::cells::cells;
use rongtong_benches::keys::Clustering;
use rongtong_benches::truth::Truth;

use crate::city::City;
use crate::options::Options;
use crate::report::Report;

/// What one contender made of one city.
struct Outcome {
    who: String,
    clustering: Clustering,
    seconds: Option<f64>,
    resolve_seconds: Option<f64>,
    peak_memory: Option<u64>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let rongtong = ours::program(options)?;
    let mut report = Report::default();
    for seed in options.seeds() {
        let city = City::make(options, seed)?;
        let truth = Truth::read(&city.dir)?;
        println!("{}: {}", city.name, truth.summary());
        let mut outcomes = vec![ours::link(options, &rongtong, &city, &truth)?];
        if options.peers {
            outcomes.push(peers::splink(options, &city, &truth)?);
        }
        for outcome in &outcomes {
            let cells = cells(&truth, &outcome.clustering.clusters);
            report.add(&city, &truth, outcome, &cells, options.rounds, seed);
        }
        if let Some(most) = options.errors {
            for outcome in &outcomes {
                report::print_mistakes(&city, &truth, outcome, most, options.rows)?;
            }
        }
    }
    report.print();
    Ok(())
}
