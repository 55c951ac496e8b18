//! Resident keys, and how each mention of a person comes by one.
//!
//! [`KeyMaker`] turns a number or a mention into a key. [`linkage`] is the engine that ties records of any
//! kind; [`residents`] is what a run does with it: mentions in, keys, links, events and questions out.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod canonical;
mod key;
mod lanes;
pub mod linkage;
pub mod residents;
mod secret;

pub use canonical::{Rows, canonical_order, canonical_texts};
pub use key::{KeyMaker, ResidentKey, Several};
pub use secret::{Secret, SecretError};
