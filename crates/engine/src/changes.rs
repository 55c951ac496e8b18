//! The tables of a release in the making.

use rongtong_lake::{Change, TableWriter};

use crate::error::RunError;

/// Tables that are at rest, and tables whose last rows are brought to the disk while the run goes on.
#[derive(Default)]
pub(crate) struct Changes {
    at_rest: Vec<Change>,
    ending: Vec<TableWriter>,
}

impl Changes {
    /// Adds a table that is at rest.
    pub(crate) fn add(&mut self, change: Change) {
        self.at_rest.push(change);
    }

    /// Adds a table that has all its rows.
    pub(crate) fn end(&mut self, mut table: TableWriter) {
        table.end();
        self.ending.push(table);
    }

    /// Adds those of others.
    pub(crate) fn join(&mut self, others: Self) {
        self.at_rest.extend(others.at_rest);
        self.ending.extend(others.ending);
    }

    /// Waits for all of them.
    pub(crate) async fn at_rest(mut self) -> Result<Vec<Change>, RunError> {
        for table in self.ending {
            self.at_rest.push(Change::Overwrite(table.finish().await?));
        }
        Ok(self.at_rest)
    }
}
