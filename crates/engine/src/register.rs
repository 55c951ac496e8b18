//! Register: the registry's tables as a run leaves them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use rongtong_identity::ResidentKey;
use rongtong_identity::linkage::Model;
use rongtong_lake::TableSpec;

use crate::changes::Changes;
use crate::error::RunError;
use crate::ledger::Status;
use crate::registry::{self, Registered};
use crate::rows::FeedRows;
use crate::splice::{Keys, Table};
use crate::work::Work;
use crate::{tables, write};

impl Work<'_> {
    /// Writes what was settled by a model and rules.
    pub(crate) async fn write_registry(
        &self,
        registered: Registered,
        (model, rules): (&Model, &str),
        feeds: &[FeedRows],
        looked_at: Option<&Arc<Keys>>,
    ) -> Result<Changes, RunError> {
        let linked = self.run.pipeline.links();
        let whole = match linked {
            true => self.registry(&registered, model, feeds, looked_at).await?,
            false => self.nothing(),
        };
        let mut changes = Changes::default();
        for (spec, rows) in whole {
            changes.end(write::whole(self.lake, &spec, [rows]).await?);
        }
        if linked {
            let (spec, rows) = registered.links(feeds)?;
            let mut table = self.table(&spec, looked_at).await?;
            table.write(rows).await?;
            changes.end(table.end().await?);
            let recorded = (registered.recorded(), rules);
            self.write_records(recorded, looked_at, &mut changes)
                .await?;
        }
        Ok(changes)
    }

    /// A table sorted by resident, of which the rows of those who were looked at are written anew; `None`: of all.
    pub(crate) async fn table(
        &self,
        spec: &TableSpec,
        looked_at: Option<&Arc<Keys>>,
    ) -> Result<Table, RunError> {
        match looked_at {
            Some(keys) => Table::spliced(self.lake, spec, self.base, keys).await,
            None => Table::anew(self.lake, spec),
        }
    }

    /// The tables that are written as a whole.
    async fn registry(
        &self,
        registered: &Registered,
        model: &Model,
        feeds: &[FeedRows],
        looked_at: Option<&Arc<Keys>>,
    ) -> Result<Vec<(TableSpec, RecordBatch)>, RunError> {
        let in_force = self
            .ledger
            .entries
            .iter()
            .filter(|e| e.status == Status::InForce);
        let as_of = in_force.map(|entry| entry.as_of).max().unwrap_or(0);
        let asked = self.old(tables::REVIEW).await?;
        let questioned = registry::questioned(&asked)?;
        // All feeds know the keys of all.
        let keys = feeds.first().map(|feed| &*feed.keys).unwrap_or_default();
        let named = questioned
            .iter()
            .filter(|key| keys.binary_search(key).is_ok());
        let mut alive: HashSet<ResidentKey> = named.copied().collect();
        // Who was left alone is what they were.
        let left = |key: &&ResidentKey| looked_at.is_some_and(|keys| !keys.contains(*key));
        alive.extend(questioned.iter().filter(left));
        let decided = |one, other| self.decisions.of(one, other).is_some();
        Ok(vec![
            registered.events(as_of, self.old(tables::KEY_EVENTS).await?)?,
            registered.review(&asked, &alive, &decided)?,
            registered.linkage(model)?,
            self.decisions.table()?,
        ])
    }

    /// The tables where nothing is linked: those that are not there yet, and records, for those of an older release would
    /// tell of rows that are no more.
    fn nothing(&self) -> Vec<(TableSpec, RecordBatch)> {
        let records = [tables::RECORDS, tables::RECORDS_SINCE];
        let wanted =
            |spec: &TableSpec| records.contains(&&*spec.name) || !self.base.has(&spec.name);
        registry::empty().filter(|(spec, _)| wanted(spec)).collect()
    }
}
