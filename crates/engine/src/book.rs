//! Book: what was taken or refused is entered in the ledger, and what was taken is archived.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use rongtong_contracts::FeedName;

use crate::error::RunError;
use crate::files::stat;
use crate::ledger::{Entry, Status, archive_key};
use crate::plan::{Action, FeedPlan, Found};
use crate::report::FeedState;
use crate::take::{Counted, Taken};
use crate::work::Work;

impl Work<'_> {
    /// Archives what was taken and enters it in the ledger.
    pub(crate) async fn book(
        &mut self,
        taken: &BTreeMap<FeedName, Taken>,
        replaced: &HashSet<FeedName>,
        release: &str,
    ) -> Result<(), RunError> {
        for feed in replaced {
            self.ledger.supersede(feed);
        }
        for (feed, taken) in taken {
            for Counted {
                file,
                received,
                standard,
                quarantined,
                ..
            } in &taken.deliveries
            {
                let key = archive_key(feed, &file.delivery, &file.name)
                    .filter(|_| self.run.pipeline.archive);
                let archived = match key {
                    Some(key) => {
                        let seen = file.seen;
                        let is_same = move |path: &Path| stat(path).is_ok_and(|now| now == seen);
                        let archive = self.lake.archive();
                        Some(archive.keep(&key, &file.path, is_same).await?)
                    }
                    None => None,
                };
                let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
                self.ledger.entries.push(Entry {
                    received: count(*received),
                    standard: count(*standard),
                    quarantined: count(*quarantined),
                    archived,
                    ..Entry::of(&feed.to_string(), file, release, Status::InForce)
                });
            }
        }
        Ok(())
    }

    /// Enters refused deliveries in the ledger.
    pub(crate) fn book_refused(&mut self, plans: &[FeedPlan<'_>], release: &str) {
        for (feed, files) in self.refused_files(plans) {
            self.ledger.refuse(feed, files, release);
        }
    }

    /// Whether any bytes were refused of which the ledger doesn't say so yet.
    pub(crate) fn refused_anew(&self, plans: &[FeedPlan<'_>]) -> bool {
        let refused = self.refused_files(plans).into_iter();
        let mut files =
            refused.flat_map(|(feed, files)| files.iter().map(move |file| (feed, file)));
        files.any(|(feed, file)| !self.ledger.refused(feed, &file.sm3))
    }

    /// The files of feeds that were refused.
    fn refused_files<'p>(&self, plans: &'p [FeedPlan<'_>]) -> Vec<(&'p FeedName, &'p [Found])> {
        let refused = plans.iter().filter_map(|plan| {
            let feed = &plan.binding.feed;
            let report = self.reports.get(&feed.to_string())?;
            match &plan.action {
                Action::Take { files, .. } if report.state == FeedState::Refused => {
                    Some((feed, files.as_slice()))
                }
                _ => None,
            }
        });
        refused.collect()
    }
}
