//! How each mention of a person comes by a resident key.

mod by_number;
mod companion;
mod gather;
mod holders;
mod keys;
mod linked;
mod mentions;
mod model;
mod numbered;
mod registry;
mod stated;
mod written;

pub use by_number::ByNumber;
pub use linked::{Linkage, Resolution, ResolveError};
pub use mentions::{Basis, Mentions, Resolved};
pub use model::{columns, default_model};
pub use registry::{Decided, EventKind, KeyEvent, Link, Registry, Review};
pub use written::Written;
