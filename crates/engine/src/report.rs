//! What a run says of itself at its end.

use std::collections::BTreeMap;

use serde::Serialize;

/// The end of a run: what `rongtong run --json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The release that is in force now; `null` where there is none yet.
    pub release: Option<String>,
    /// What the run did.
    pub status: RunStatus,
    /// How long it took.
    pub seconds: f64,
    /// Of them in each stage: plan, standardise, load, resolve, write, fuse, publish.
    pub stages: BTreeMap<&'static str, f64>,
    /// Each bound feed by its name.
    pub feeds: BTreeMap<String, FeedReport>,
    /// Residents in the release.
    pub residents: u64,
    /// Of them those whom the deliveries could change, where all others were left alone; `null` where everybody was
    /// looked at.
    pub looked_at: Option<u64>,
    /// Conflicts in the release.
    pub conflicts: u64,
    /// Conflicts by attribute.
    pub conflicts_by_attribute: BTreeMap<String, u64>,
    /// Where the lake lies.
    pub lake: String,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// A new release was made of all that came.
    Released,
    /// A new release was made, but a feed was refused.
    ReleasedWithRefusals,
    /// There was nothing new, so no release was made.
    NothingNew,
    /// All that was new was refused. A release says so in the ledger, where there was one before; its rows are the same.
    Refused,
}

impl RunReport {
    /// Exit code of LAKE.md. Where nothing was ever released, a run of refusals alone has failed.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self.status {
            RunStatus::Released | RunStatus::NothingNew => 0,
            RunStatus::Refused if self.release.is_none() => 1,
            RunStatus::ReleasedWithRefusals | RunStatus::Refused => 3,
        }
    }
}

/// What became of one feed in a run.
#[derive(Debug, Clone, Serialize)]
pub struct FeedReport {
    /// What the run did with it.
    pub state: FeedState,
    /// Rows received in this run.
    pub received: u64,
    /// Standard rows made of them.
    pub standard: u64,
    /// Rows of them in quarantine.
    pub quarantined: u64,
    /// How often each rule was broken in them.
    pub findings: BTreeMap<String, u64>,
    /// Why the feed was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What a run did with a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// New deliveries were taken.
    Taken,
    /// Nothing new came.
    Unchanged,
    /// No file is there; the old state stays.
    Absent,
    /// A delivery was refused; the old state stays.
    Refused,
}

impl FeedReport {
    pub(crate) fn idle(state: FeedState) -> Self {
        Self {
            state,
            received: 0,
            standard: 0,
            quarantined: 0,
            findings: BTreeMap::new(),
            refused: None,
        }
    }
}
