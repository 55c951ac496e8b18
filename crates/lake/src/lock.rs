//! One run at a time on a local lake.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::disk::{create_folders, failed};
use crate::{LakeError, Result};

const LOCK_FILE: &str = "rongtong.lock";

/// How often a waiting run looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The right to change the lake; given back when dropped, or when the process ends in any way.
#[derive(Debug)]
pub struct LakeLock {
    file: Option<File>,
}

impl LakeLock {
    /// Whether other runs are shut out (a local lake) or merely lose the race (an object store).
    pub fn is_exclusive(&self) -> bool {
        self.file.is_some()
    }

    pub(crate) async fn take(root: Option<PathBuf>, wait: Duration) -> Result<Self> {
        let Some(root) = root else {
            return Ok(Self { file: None });
        };
        let path = root.join(LOCK_FILE);
        let file = open(&root, &path)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file: Some(file) }),
                Err(TryLockError::Error(error)) => {
                    return Err(failed(&path, "lock the lake")(error));
                }
                Err(TryLockError::WouldBlock) if begun.elapsed() >= wait => {
                    return Err(LakeError::Locked {
                        path,
                        waited_seconds: wait.as_secs(),
                    });
                }
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }
}

fn open(root: &Path, path: &Path) -> Result<File> {
    create_folders(root)?;
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(failed(path, "open the lock file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_run_waits_and_then_gives_up() {
        let root = tempfile::tempdir().unwrap();
        let take = |wait| LakeLock::take(Some(root.path().join("lake")), wait);
        let first = take(Duration::ZERO).await.unwrap();
        assert!(first.is_exclusive());
        assert!(matches!(
            take(Duration::ZERO).await,
            Err(LakeError::Locked { .. })
        ));
        let waiting = take(Duration::from_secs(60));
        let (second, ()) = tokio::join!(waiting, async { drop(first) });
        assert!(second.is_ok());
    }
}
