//! What a run tells while it goes on.

use rongtong_contracts::FeedName;

/// The stages of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding out which deliveries are new.
    Plan,
    /// Reading deliveries into standard rows.
    Standardise,
    /// Reading what the lake holds of feeds without news.
    Load,
    /// Tying mentions to residents.
    Resolve,
    /// Writing the rows of feeds, the numbers and what was found in them.
    Write,
    /// Choosing between feeds.
    Fuse,
    /// Making the release visible.
    Publish,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Plan,
        Self::Standardise,
        Self::Load,
        Self::Resolve,
        Self::Write,
        Self::Fuse,
        Self::Publish,
    ];

    /// The stage's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Standardise => "standardise",
            Self::Load => "load",
            Self::Resolve => "resolve",
            Self::Write => "write",
            Self::Fuse => "fuse",
            Self::Publish => "publish",
        }
    }
}

/// Someone who watches a run.
pub trait Progress: Send + Sync {
    /// A stage begins.
    fn stage(&self, stage: Stage);
    /// So many rows of a feed's current delivery have been read.
    fn rows(&self, feed: &FeedName, rows: u64);
    /// A feed was refused; the run goes on with the others.
    fn refused(&self, feed: &FeedName, why: &str);
    /// A feed is done.
    fn feed_done(&self, feed: &FeedName, rows: u64);
    /// Residents fused so far, of how many.
    fn fused(&self, done: usize, of: usize);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn stage(&self, _: Stage) {}
    fn rows(&self, _: &FeedName, _: u64) {}
    fn refused(&self, _: &FeedName, _: &str) {}
    fn feed_done(&self, _: &FeedName, _: u64) {}
    fn fused(&self, _: usize, _: usize) {}
}
