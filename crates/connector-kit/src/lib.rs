//! What a connector is, and how its text batches become standard rows.
//!
//! A [`Connector`] stands for one department. What its contracts can say needs no Rust: the
//! [`Standardiser`] maps headings to columns, runs each column through the kernel its contract names,
//! reads the mentions of people, and gives standard rows, findings and quarantined rows.
//! [`suite`] is what every connector must pass.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod batch;
mod connector;
mod coordinates;
pub mod geometry;
mod headings;
mod kernels;
mod mend;
mod raw;
pub mod rules;
mod standardise;
pub mod suite;

pub use batch::{Finding, MentionColumns, Quarantined, StandardBatch};
pub use connector::{Connector, Context, Plain, packing};
pub use headings::Refusal;
pub use kernels::data_type;
pub use standardise::{Mapped, Standardiser, standard_columns};
