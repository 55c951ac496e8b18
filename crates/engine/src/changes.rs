//! The tables of a release in the making.

use rongtong_lake::{Change, TableWriter};

use crate::error::RunError;

/// Tables that have all their rows; the last are brought to the disk while the run goes on.
#[derive(Default)]
pub(crate) struct Changes(Vec<TableWriter>);

impl Changes {
    /// Adds a table that has all its rows.
    pub(crate) fn end(&mut self, mut table: TableWriter) {
        table.end();
        self.0.push(table);
    }

    /// Adds those of others.
    pub(crate) fn join(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Waits for all of them.
    pub(crate) async fn at_rest(self) -> Result<Vec<Change>, RunError> {
        let mut changes = Vec::with_capacity(self.0.len());
        for table in self.0 {
            changes.push(Change::Overwrite(table.finish().await?));
        }
        Ok(changes)
    }
}
