//! Probabilistic record linkage after Fellegi and Sunter (1969), on integers.
//!
//! ```text
//! records ─ blocking ─▶ candidate pairs ─ patterns ─▶ levels of agreement ─ learn ─▶ weights
//!                                                                                     │
//!                                     clusters ◀─ cluster ◀─ scored pairs ◀─ score ◀──┘
//! ```
//! Records are columns of value numbers ([`Records`]); a [`Model`] says how columns are compared, which pairs
//! are looked at and where the thresholds lie. Weights are learned without labels by expectation
//! maximisation over counted patterns, so the result depends neither on threads nor on the order of records.

mod blocking;
mod cluster;
mod column;
mod dates;
mod evaluate;
mod homes;
mod key_numbers;
mod learn;
mod measured;
mod model;
mod numbers;
mod pattern;
mod quarters;
mod records;
mod score;
mod taught;
mod values;
mod weights;

pub use blocking::{BlockCount, Candidates, block, count_blocks};
pub(crate) use blocking::{Filter, Has, NO_PART, combine, keys_of, mix};
pub use cluster::{Clusters, Judged, Limits, Ties, cluster};
pub use column::Column;
pub(crate) use column::ColumnBuilder;
pub use dates::DateAgreement;
pub use evaluate::{Agreement, Confusion, wilson};
pub use homes::HomeForm;
pub(crate) use homes::read as read_homes;
pub(crate) use key_numbers::{KeyNumbers, TOGETHER};
pub use learn::{Learned, learn, probability};
pub use model::{Comparison, Context, Level, Model, ModelError, Part, Rule, RuleKey, Test};
pub use numbers::{NumberAgreement, NumberForm};
pub use pattern::{Pattern, Patterns, patterns};
pub use records::{Beyond, Records};
pub use score::{Scored, Scorer, Step};
pub use taught::Taught;
pub(crate) use values::{NEAR_DATES, NEAR_NAMES, hash as text_key};
pub use values::{Values, ValuesBuilder};
