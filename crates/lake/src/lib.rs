//! Delta tables, releases and the ledger of deliveries.
//!
//! ```text
//! let lake = Lake::open(root, &restricted).await?;
//! let lock = lake.lock(wait).await?;                    // one run at a time on a local lake
//! lake.restore_unfinished(&lock).await?;                // first in each run
//! let base = lake.latest_release().await?;              // what this run starts from
//! let mut writer = lake.writer(&spec)?;                 // one per table, each on its own thread
//! writer.write(batch).await?;                           // or writer.write_blocking(batch)
//! let staged = writer.finish().await?;                  // durable, not yet visible
//! lake.publish(&lock, base.as_ref(), vec![Change::Overwrite(staged)], &meta).await?;
//! lake.read("residents").await?;                        // of the released version
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

mod error;
mod release;
mod table;

pub use error::{LakeError, Result};
pub use release::{RELEASES, Release, ReleaseMeta, ReleasedTable, Restored};
pub use table::{COMMENT, DataFile, TableInfo, TableSpec};
