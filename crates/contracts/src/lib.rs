//! ODCS contracts and pipeline files, read and checked.
//!
//! A **contract** (数据契约) says what a feed means: an Open Data Contract Standard v3.1 file under
//! `schemas/<department>/<feed>.odcs.yaml`. A **pipeline** (`pipelines/<name>/pipeline.yaml`) binds feeds
//! to deliveries: where they lie and how they are packed. Contracts are found from the pipeline.
//!
//! ```no_run
//! # use std::path::Path;
//! match rongtong_contracts::load_pipeline(Path::new("pipelines/residents")) {
//!     Ok(pipeline) => println!("{} feeds", pipeline.bindings.len()),
//!     Err(problems) => problems.iter().for_each(|problem| eprintln!("{problem}")),
//! }
//! ```
//!
//! Everything wrong in the files is reported at once, each [`Problem`] with its file, line, the offending
//! text and what to write instead. What is returned without problems holds together: every column, feed and
//! attribute that something names exists and is of the kind that is needed there.
//!
//! The YAML is read with `granit-parser`, the parser under serde-saphyr, and not through serde: a serde
//! deserialiser stops at the first mistake and forgets where keys stood.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod as_of;
mod contract;
mod feed;
#[macro_use]
mod words;
mod linkage;
mod load;
mod nearest;
mod pipeline;
mod problem;
mod reader;
mod residents;
mod yaml;

pub use as_of::AsOfPattern;
pub use contract::{Code, Contract, ContractColumn, Home, Mention, Rank};
pub use feed::{FeedName, FeedNameError};
pub use linkage::{
    BlockingKey, BlockingRule, ColumnKind, DateLevel, KeyPart, LevelTest, LinkComparison,
    LinkContext, LinkJob, LinkLevel, LinkTable, LinkType, Linkage, Linking, NameLevel, NumberLevel,
};
pub use load::{load_contract, load_link_job, load_linkage, load_pipeline};
pub use nearest::{nearest, suggest};
pub use pipeline::{Authority, Binding, FormatSpec, KEEP_RELEASES, Pipeline, RESTRICTED};
pub use problem::Problem;
pub use residents::{ATTRIBUTES, RESIDENT_COLUMNS};
pub use words::{Cadence, Crs, SharingClass, Standard};
