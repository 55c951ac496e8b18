//! How each mention of a person comes by a resident key.

mod around;
mod asks;
mod by_number;
mod companion;
mod copied;
mod gather;
mod holders;
mod keys;
mod known;
mod linked;
mod mentions;
mod model;
mod names;
mod number_asks;
mod numbered;
mod ranks;
mod recorded;
mod registry;
mod stated;
mod ties;
mod written;

pub use around::Around;
pub use asks::{Asks, is_known_by};
pub use by_number::ByNumber;
pub use known::{CommonAddresses, Known, KnownRecord, Said, Trait, building_key};
pub use linked::{Linkage, Resolution, ResolveError};
pub use mentions::{Basis, KEYLESS, Mentions, OwnKeys, Resolved};
pub use model::{columns, default_model};
pub use recorded::Recorded;
pub use registry::{Decided, EventKind, KeyEvent, Link, Registry, Review};
pub use written::Written;
