//! The real command on made-up cities, from deliveries to what other programs read in the lake.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alone;
mod canary;
mod corrections;
mod days;
mod determinism;
mod drift;
mod equality;
mod limits;
mod new_department;
mod once;
mod packings;
mod provenance;
mod readers;
mod registry;
mod restricted;
mod support;
