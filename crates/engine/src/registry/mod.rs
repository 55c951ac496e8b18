//! The identity registry in the lake: what was tied to what, why, and what became of keys.

mod decisions;
mod evidence;
mod known;
mod read;
mod rows;
mod since;
pub(crate) mod tables;
mod write;

pub use decisions::{Decision, Decisions};
pub(crate) use evidence::evidence;
pub use evidence::{Bar, Evidence};
pub(crate) use known::{known, rules};
pub(crate) use read::{learned, links, questioned};
pub(crate) use write::{Registered, empty};
