//! A run: plan, standardise, resolve, fuse, publish.
//!
//! ```text
//! plan ──▶ take (standardise) ──▶ load ──▶ resolve ──▶ fuse ──▶ publish
//! ```
//! [`Run`] is the whole way of a record through one pipeline. Each stage is a module of its own and
//! knows the one before only by its columns.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod arrange;
mod book;
mod catalog;
mod changes;
mod check;
mod clock;
mod columns;
mod error;
mod files;
mod found;
pub mod functions;
mod fuse;
mod gather;
mod grid;
mod held;
mod ledger;
mod link;
mod load;
mod order;
mod own_keys;
mod plan;
mod progress;
mod publish;
mod register;
mod registry;
mod release;
mod replay;
mod report;
mod resolve;
mod review;
mod rows;
mod run;
mod runs;
mod scratch;
mod session;
mod source_rows;
mod spill;
mod splice;
mod stated;
mod tables;
mod take;
mod taken;
#[cfg(test)]
mod testing;
mod timing;
mod touch;
mod upkeep;
mod wanted;
mod why;
mod work;
mod write;

pub use check::{CheckReport, FeedCheck, FileCheck, check};
pub use error::{Retyped, RunError};
pub use link::{AtThreshold, BlockReport, Evaluation, LevelReport, LinkReport, link, link_blocks};
pub use progress::{Progress, Quiet, Stage};
pub use registry::{Bar, Decision, Decisions, Evidence};
pub use report::{FeedReport, FeedState, RunReport, RunStatus};
pub use review::{Desk, KnownBy, Side, Waiting};
pub use run::Run;
pub use session::{open_release, release_id, session};
pub use taken::{Delivery, deliveries};
pub use upkeep::{repair, rollback, vacuum};
pub use why::{Lead, LinkPlace, Why, WhyAttribute, WhyEvent, WhyLink, why};
