//! The identity registry in the lake: what was tied to what, why, and what became of keys.

mod decisions;
mod evidence;
mod known;
mod read;
mod rows;
pub(crate) mod tables;
mod write;

pub use decisions::{Decision, Decisions};
pub(crate) use evidence::evidence;
pub use evidence::{Bar, Evidence};
pub(crate) use known::{known, rows as record_rows, rules};
pub(crate) use read::{learned, links, questioned};
pub(crate) use write::{Registered, empty};
