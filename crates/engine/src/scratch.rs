//! Files that are read once: deliveries fetched from the archive of an object store.
//!
//! They hold personal data, so they may not stay behind. A run that is killed can't remove its folder; the next one on the
//! same machine does.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempDir;

use crate::error::RunError;
use crate::spill;

/// What the folders' names begin with.
const PREFIX: &str = "rongtong-scratch-";

/// The file that a living process keeps locked.
const HELD: &str = "held";

/// A folder that goes with the run.
pub(crate) struct Scratch {
    folder: TempDir,
    /// Unlocked when the process ends in any way.
    _held: File,
}

impl Scratch {
    /// Makes a folder in the system's place for temporary files, and removes those of processes that are gone.
    pub(crate) fn new() -> Result<Self, RunError> {
        Self::below(&std::env::temp_dir())
    }

    fn below(place: &Path) -> Result<Self, RunError> {
        sweep(place);
        let made = || {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
            let held = File::create_new(folder.path().join(HELD))?;
            held.lock()?;
            Ok(Self {
                folder,
                _held: held,
            })
        };
        made().map_err(|error| spill::failed(error).into())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// What can't be removed (another user's) is left for others to remove.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let folder = entry.path();
        let abandoned = File::open(folder.join(HELD)).is_ok_and(|held| held.try_lock().is_ok());
        if abandoned && let Err(error) = fs::remove_dir_all(&folder) {
            tracing::warn!(folder = %folder.display(), %error, "an abandoned folder could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_dead_are_removed_and_those_of_the_living_are_not() {
        let place = tempfile::tempdir().unwrap();
        let living = Scratch::below(place.path()).unwrap();
        let dead = place.path().join(format!("{PREFIX}dead"));
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(HELD), "").unwrap();
        fs::write(dead.join("delivery.csv"), "…").unwrap();
        let other = place.path().join("somebody-elses");
        fs::create_dir(&other).unwrap();

        let second = Scratch::below(place.path()).unwrap();
        assert!(!dead.exists());
        assert!(living.path().exists() && second.path().exists() && other.exists());
        let gone = second.path().to_owned();
        drop(second);
        assert!(!gone.exists());
    }
}
