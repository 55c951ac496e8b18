//! The fault suite: what the lake withstands (docs/guarantees.md).
//!
//! A short form of every fault runs with the other tests. The long form, by hand, prints a table:
//! `cargo test -p rongtong-tests --test faults -- --long [FAULT …] [--tries N] [--seed N]`.
//! In a build made for tests a run takes seconds: `--tries` says how much of the night it may take.
//! A fault whose service this machine lacks (mounting a disk, a clock to turn) shows as ignored, with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is its own test runner"
)]

mod city;
mod clock;
mod content;
mod disk;
mod flipped;
mod full;
mod hostile;
mod killed;
mod many;
mod memory;
mod power;
mod raced;
mod runner;
mod store;
mod torn;
mod tries;

use std::process::ExitCode;

use runner::Fault;

/// In the order of their numbers.
const FAULTS: [Fault; 11] = [
    killed::FAULT,
    power::FAULT,
    torn::FAULT,
    flipped::FAULT,
    full::FAULT,
    raced::FAULT,
    store::FAULT,
    memory::FAULT,
    hostile::FAULT,
    clock::FAULT,
    many::FAULT,
];

fn main() -> ExitCode {
    runner::main(&FAULTS)
}
