//! Delta tables, releases, their manifests, and the archive of deliveries.
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
//! lake.reader().await?.read("residents").await?;         // of the released version
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod actions;
mod archive;
mod checked;
mod commit;
mod disk;
mod encode;
mod error;
mod fingerprint;
mod history;
mod lake;
mod local_store;
mod lock;
mod log;
mod manifest;
mod object_file;
mod patch;
mod patient;
mod publish;
mod read;
mod release;
mod repair;
mod restore;
mod rollback;
mod schema;
mod settings;
mod sink;
mod site;
mod snapshot;
mod stats;
mod table;
mod vacuum;
mod verify;
mod writer;

pub use archive::{Archive, ArchiveKey};
pub use error::{LakeError, Result};
pub use fingerprint::Fingerprint;
pub use lake::Lake;
pub use lock::LakeLock;
pub use patch::Patch;
pub use patient::patient;
pub use publish::Change;
pub use read::{BatchStream, LakeReader};
pub use release::{RELEASES, Release, ReleaseMeta, ReleasedTable, Restored};
pub use repair::Repaired;
pub use settings::Settings;
pub use table::{COMMENT, DataFile, TableInfo, TableSpec};
pub use vacuum::Vacuumed;
pub use verify::{Damage, Part, Verified};
pub use writer::{StagedFiles, TableWriter};
