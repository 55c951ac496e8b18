//! How well mentions are tied to people, counted against the truth beside a city.
//!
//! A *clustering* gives every mention a cluster: the resident key of ours, the component of a peer's.
//! It is right about a pair of mentions when both stand in one cluster and name one person. Pairs are
//! counted from the sizes of the cells (cluster, person) and never listed: a city of a million
//! people is scored in seconds.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cells;
pub mod csv;
pub mod errors;
pub mod groups;
pub mod intervals;
pub mod keys;
pub mod process;
pub mod table;
pub mod truth;

/// What went wrong, in words: a benchmark has no caller who would tell errors apart.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
