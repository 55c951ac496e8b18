//! End-to-end tests: the harness that runs the real command on made-up cities.
//!
//! A [`Bench`] is a folder of deliveries, a pipeline and a lake of its own. Other programs read the lake
//! back: the scripts under `tests/python`, which know LAKE.md and none of our crates.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a harness says that it can't go on by panicking"
)]

mod bench;
mod deliveries;
mod python;
mod ran;

pub use bench::{AS_OF, Bench, SECRET};
pub use deliveries::{Csv, pack_gzip, pack_zip, pack_zstd};
pub use python::{oracle, python, script};
pub use ran::Ran;
