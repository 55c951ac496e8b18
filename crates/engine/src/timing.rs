//! How long each stage of a run takes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rongtong_contracts::FeedName;

use crate::progress::{Progress, Stage};

/// Passes on what a run tells and notes when its stages begin.
pub(crate) struct Timed<'a> {
    watched_by: &'a dyn Progress,
    began: Mutex<Vec<(Stage, Instant)>>,
}

impl<'a> Timed<'a> {
    pub(crate) const fn new(watched_by: &'a dyn Progress) -> Self {
        Self {
            watched_by,
            began: Mutex::new(Vec::new()),
        }
    }

    /// Seconds in each stage that began, by its word; the last one lasts until now.
    pub(crate) fn seconds(&self) -> BTreeMap<&'static str, f64> {
        let began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = began.iter().skip(1).map(|(_, at)| *at);
        let ends = ends.chain(std::iter::once(Instant::now()));
        let mut seconds = BTreeMap::new();
        for ((stage, at), end) in began.iter().zip(ends) {
            *seconds.entry(stage.as_str()).or_default() += (end - *at).as_secs_f64();
        }
        seconds
    }
}

impl Progress for Timed<'_> {
    fn stage(&self, stage: Stage) {
        let mut began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
        began.push((stage, Instant::now()));
        drop(began);
        self.watched_by.stage(stage);
    }

    fn rows(&self, feed: &FeedName, rows: u64) {
        self.watched_by.rows(feed, rows);
    }

    fn refused(&self, feed: &FeedName, why: &str) {
        self.watched_by.refused(feed, why);
    }

    fn feed_done(&self, feed: &FeedName, rows: u64) {
        self.watched_by.feed_done(feed, rows);
    }

    fn fused(&self, done: usize, of: usize) {
        self.watched_by.fused(done, of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Quiet;

    #[test]
    fn every_stage_that_began_is_counted() {
        let timed = Timed::new(&Quiet);
        assert!(timed.seconds().is_empty());
        for stage in [Stage::Plan, Stage::Resolve, Stage::Plan] {
            timed.stage(stage);
        }
        let stages: Vec<&str> = timed.seconds().into_keys().collect();
        assert_eq!(stages, ["plan", "resolve"]);
    }
}
