//! Resident keys, and how each mention of a person comes by one.
//!
//! [`KeyMaker`] turns a number or a mention into a key; [`Resolve`] is the stage that decides which
//! key each mention gets; [`ByNumber`] is its present form: good numbers are trusted unless the
//! authority contradicts them, everyone else keeps a key of their own.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod canonical;
mod key;
mod resolve;
mod secret;

pub use canonical::canonical_row;
pub use key::{KeyMaker, ResidentKey};
pub use resolve::{Basis, ByNumber, Mentions, Resolve, Resolved};
pub use secret::{Secret, SecretError};
