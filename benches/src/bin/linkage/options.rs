//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use rongtong_synth::Dirt;

/// Makes a synthetic city, links it with `rongtong run` in a fresh lake, and scores every pair of mentions
/// against the truth
#[derive(Debug, Parser)]
#[command(name = "linkage", max_term_width = 100)]
pub struct Options {
    /// Which city: easy is what a middling city sends, hard the mix on which linkage is measured
    #[arg(long, value_enum, default_value = "hard")]
    pub city: Level,
    /// People in it
    #[arg(long, default_value_t = 20_000)]
    pub residents: usize,
    /// A city for each of these
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub seeds: Vec<u64>,
    /// Score this city instead of making one: nine feeds in the packing of pipelines/residents_csv, and truth/
    #[arg(long, value_name = "DIR")]
    pub city_dir: Option<PathBuf>,
    /// Score this lake instead of running: it must hold the city of --city-dir
    #[arg(long, value_name = "DIR", requires = "city_dir")]
    pub lake: Option<PathBuf>,
    /// Score this file of feed,source_row,role,cluster instead of running
    #[arg(
        long,
        value_name = "FILE",
        requires = "city_dir",
        conflicts_with = "lake"
    )]
    pub clusters: Option<PathBuf>,
    /// Where cities and lakes are made, and left; without it a temporary folder
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
    /// The command to measure; without it the one beside this program, built first
    #[arg(long, value_name = "FILE")]
    pub rongtong: Option<PathBuf>,
    /// The pipeline to run
    #[arg(long, value_name = "DIR")]
    pub pipeline: Option<PathBuf>,
    /// Splink as well, on the same files
    #[arg(long)]
    pub peers: bool,
    /// A Python that has benches/peers/requirements.txt; without it that of benches/peers/setup
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// Print this many of the most frequent kinds of mistakes
    #[arg(long, value_name = "N")]
    pub errors: Option<usize>,
    /// With --errors: print the rows of the examples as they were delivered (synthetic people only)
    #[arg(long)]
    pub rows: bool,
    /// Rounds of the bootstrap over people
    #[arg(long, default_value_t = 300)]
    pub rounds: usize,
}

/// How dirty a city is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    Clean,
    Easy,
    Hard,
}

impl Level {
    pub fn dirt(self) -> Dirt {
        match self {
            Level::Clean => Dirt::Clean,
            Level::Easy => Dirt::Usual,
            Level::Hard => Dirt::Hard,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Level::Clean => "clean",
            Level::Easy => "easy",
            Level::Hard => "hard",
        }
    }
}

impl Options {
    /// The seeds of the cities; one city that is there already has one.
    pub fn seeds(&self) -> Vec<u64> {
        match self.city_dir {
            Some(_) => self.seeds.first().copied().into_iter().collect(),
            None => self.seeds.clone(),
        }
    }
}
