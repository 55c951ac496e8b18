//! Publish: what a run made becomes visible at once.

use rongtong_lake::{Change, LakeLock, Release, ReleaseMeta};

use crate::changes::Changes;
use crate::clock;
use crate::error::RunError;
use crate::plan::FeedPlan;
use crate::progress::Stage;
use crate::report::{FeedState, RunStatus};
use crate::runs::Ran;
use crate::work::Work;
use crate::{tables, write};

impl Work<'_> {
    /// Makes these changes visible, with the ledger and what `runs` says of this run.
    pub(crate) async fn publish(
        &self,
        lock: &LakeLock,
        mut changes: Changes,
        (release, started_at, status): (String, i64, RunStatus),
    ) -> Result<(), RunError> {
        self.run.progress.stage(Stage::Publish);
        let deliveries = tables::deliveries();
        let ledger = self.ledger.write()?;
        changes.end(write::whole(self.lake, &deliveries, [ledger]).await?);
        let mut changes = changes.at_rest().await?;
        let meta = ReleaseMeta {
            run_id: release,
            at: clock::now(),
        };
        changes.push(self.run_row(&meta, started_at, status).await?);
        let fingerprint = self.keys.fingerprint();
        self.lake
            .settings()
            .claim_secret(lock, &fingerprint)
            .await?;
        self.lake
            .publish(lock, self.base.release(), changes, &meta)
            .await?;
        Ok(())
    }

    /// Makes a release of the rows of the last one, in which the ledger says what was refused, if it doesn't say so yet.
    /// Before the first release there is no ledger.
    pub(crate) async fn release_refusals(
        &mut self,
        lock: &LakeLock,
        plans: &[FeedPlan<'_>],
        started_at: i64,
    ) -> Result<(), RunError> {
        if self.base.release().is_none() || !self.refused_anew(plans) {
            return Ok(());
        }
        let release = Release::id_after(self.base.release());
        self.book_refused(plans, &release);
        let run = (release, started_at, RunStatus::Refused);
        self.publish(lock, Changes::default(), run).await
    }

    async fn run_row(
        &self,
        meta: &ReleaseMeta,
        started_at: i64,
        status: RunStatus,
    ) -> Result<Change, RunError> {
        let refused: Vec<&str> = self
            .reports
            .iter()
            .filter(|(_, r)| r.state == FeedState::Refused)
            .map(|(feed, _)| feed.as_str())
            .collect();
        let status = match status {
            RunStatus::ReleasedWithRefusals => "released_with_refusals",
            RunStatus::Refused => "refused",
            RunStatus::Released | RunStatus::NothingNew => "released",
        };
        let refused = (!refused.is_empty()).then(|| refused.join(", "));
        let ran = Ran {
            pipeline: Some(&self.run.pipeline.name),
            started_at,
            status,
            refused: refused.as_deref(),
        };
        let (spec, row) = ran.row(meta)?;
        let written = write::whole(self.lake, &spec, [row]).await?;
        let staged = written.finish().await?;
        Ok(match self.base.has(&spec.name) {
            true => Change::Append(staged),
            false => Change::Overwrite(staged),
        })
    }
}
