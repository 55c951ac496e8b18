//! What is known of keys from run to run.

use std::collections::HashMap;

use ahash::RandomState;

use crate::ResidentKey;
use crate::linkage::{Learned, Step};

/// What earlier runs and reviewers decided.
#[derive(Debug, Default)]
pub struct Registry {
    /// By own key the tie of a number or mention to a resident of another key.
    pub links: HashMap<ResidentKey, Link, RandomState>,
    /// What the last run learned or went by.
    pub learned: Option<Learned>,
    /// Keys that a reviewer says are one person.
    pub same: Vec<(ResidentKey, ResidentKey)>,
    /// Keys that a reviewer says are two people.
    pub different: Vec<(ResidentKey, ResidentKey)>,
}

/// A number or mention that has another key than its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The key it would have alone.
    pub own_key: ResidentKey,
    /// The key it has.
    pub resident_key: ResidentKey,
    /// Own key of what it was tied to.
    pub other_key: ResidentKey,
    /// Who says so.
    pub decided: Decided,
    /// Chance that the tie is right, rivals counted.
    pub probability: f64,
    /// Log odds, base 2, of the pair alone.
    pub weight: f64,
    /// The evidence, bar by bar.
    pub steps: Vec<Step>,
}

/// Who decided a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decided {
    /// The linkage model.
    Model,
    /// A reviewer.
    Reviewer,
}

impl Decided {
    /// The word that stands in `links.decided_by`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Reviewer => "reviewer",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Model, Self::Reviewer]
            .into_iter()
            .find(|decided| decided.as_str() == word)
    }
}

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyEvent {
    /// The key.
    pub resident_key: ResidentKey,
    /// What happened.
    pub kind: EventKind,
    /// The key that leads on.
    pub successor: ResidentKey,
}

/// What can happen to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// It and its successor proved to be one person; the successor stays.
    Merged,
    /// What had this key was two people; the successor is the one who left.
    Split,
    /// The person's number changed; the key stays.
    NumberChanged,
}

impl EventKind {
    /// The word that stands in `key_events.event`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Split => "split",
            Self::NumberChanged => "number_changed",
        }
    }

    /// Why, for people of either language.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Merged => {
                "证据或复核表明两个标识为同一人 / evidence or a reviewer says that both keys are one person"
            }
            Self::Split => {
                "证据或复核表明原标识含两人 / evidence or a reviewer says that the key held two people"
            }
            Self::NumberChanged => {
                "证件号码更正，标识不变 / the number was corrected, the key stays"
            }
        }
    }
}

/// Two residents who may be one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// One of them.
    pub resident_key: ResidentKey,
    /// The other.
    pub other_key: ResidentKey,
    /// The own keys of the two records that agree best.
    pub own_keys: [ResidentKey; 2],
    /// Chance that they are one person, rivals counted.
    pub probability: f64,
    /// Log odds, base 2, of the pair alone.
    pub weight: f64,
    /// The evidence, bar by bar.
    pub steps: Vec<Step>,
}
