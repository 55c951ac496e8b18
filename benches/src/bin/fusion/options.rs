//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Fuses six feeds of a synthetic city with `rongtong run` and, beside it, with Polars and DuckDB and with a
/// program that only reads and writes; one table of time and memory
#[derive(Debug, Parser)]
#[command(name = "fusion", max_term_width = 100)]
pub struct Options {
    /// People in the city; several sizes show how time and memory grow
    #[arg(long, value_delimiter = ',', default_value = "100000")]
    pub residents: Vec<usize>,
    /// The city's seed
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Each contender runs once a round, in turn
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Where cities and lakes are made, and left; without it a temporary folder
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
    /// The command to measure; without it the one beside this program, built first
    #[arg(long, value_name = "FILE")]
    pub rongtong: Option<PathBuf>,
    /// Without the peers
    #[arg(long)]
    pub alone: bool,
    /// A Python that has benches/peers/requirements.txt; without it that of benches/peers/setup
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// People in the city that is packed in every native way; 0: leave that out
    #[arg(long, default_value_t = 100_000)]
    pub packings: usize,
}
