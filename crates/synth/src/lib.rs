//! A synthetic city, dirty on purpose, with the truth beside it.
//!
//! [`write_city`] makes up residents, their families, homes, jobs and papers, and writes what five
//! departments would deliver about them: headings, codes, packings and dirt as in FEEDS.md.
//! Under `truth/` it writes who everyone is, which person each row names, and what was done to the row.
//!
//! The same options give the same bytes, on any machine. Every row draws from a random stream of
//! its own (seed, feed, key), so that [`write_second_day`] changes what changed and nothing else.
//!
//! All of it is invented: streets and divisions are real places, people are not.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod city;
mod day;
mod dirt;
mod error;
mod feeds;
mod identity;
mod names;
mod packings;
mod places;
mod report;
mod rng;
mod row;
mod truth;
mod write;

pub use day::Day;
pub use dirt::{Dirt, FaultRate, fault_rates};
pub use error::SynthError;
pub use packings::Packing;
pub use report::{CityReport, FeedReport};
pub use write::{write_city, write_second_day};

/// What city to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CityOptions {
    /// Number of people, the few who only stand in other people's papers included; 1 to [`CityOptions::MOST_RESIDENTS`].
    pub residents: usize,
    /// Any number; the same one gives the same city.
    pub seed: u64,
    /// How the deliveries are packed.
    pub packing: Packing,
    /// How dirty they are.
    pub dirt: Dirt,
    /// The day the departments extract their data: nobody is born, married or insured after it.
    pub as_of: Day,
}

impl CityOptions {
    /// The most people one city can have: the address space of the invented household numbers.
    pub const MOST_RESIDENTS: usize = 20_000_000;
}

impl Default for CityOptions {
    /// The city of `rongtong demo`: 20,000 people, the usual dirt, each feed in its usual packing.
    fn default() -> Self {
        CityOptions {
            residents: 20_000,
            seed: 1,
            packing: Packing::Native,
            dirt: Dirt::Usual,
            as_of: Day::DEMO,
        }
    }
}
