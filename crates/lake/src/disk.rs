//! Local files that survive a power cut: nothing is named before its bytes are on the disk.
//!
//! A file is written in the site's staging folder, fsynced, moved to its place in one step, and the
//! folders that name it are fsynced. What a killed run leaves in the staging folder nobody reads.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::{LakeError, Result};

/// The folder below a site's root that holds files in the making.
const STAGING: &str = ".staging";

/// Begins the names of this process's staged files, so that it never sweeps its own.
static PROCESS: LazyLock<String> = LazyLock::new(unique);

/// Where files of one site are made before they get their names.
#[derive(Debug, Clone)]
pub(crate) struct Staging {
    folder: PathBuf,
}

/// A file in the making; dropped without a place, it is removed.
#[derive(Debug)]
pub(crate) struct StagedPath {
    path: PathBuf,
    placed: bool,
}

impl Staging {
    pub(crate) fn below(root: &Path) -> Self {
        Self {
            folder: root.join(STAGING),
        }
    }

    /// A new empty file with a name of its own.
    pub(crate) fn create(&self) -> Result<(StagedPath, File)> {
        create_folders(&self.folder)?;
        let path = self.folder.join(format!("{}-{}", *PROCESS, unique()));
        let file = File::create_new(&path).map_err(failed(&path, "create the file"))?;
        Ok((
            StagedPath {
                path,
                placed: false,
            },
            file,
        ))
    }

    /// Writes, fsyncs: what is left is to give it a place.
    pub(crate) fn write<'a>(
        &self,
        chunks: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<StagedPath> {
        let (staged, mut file) = self.create()?;
        for chunk in chunks {
            io::Write::write_all(&mut file, chunk).map_err(failed(&staged.path, "write"))?;
        }
        staged.sync(&file)?;
        Ok(staged)
    }

    /// Removes what other, killed runs left. Only for the holder of the lake's lock.
    pub(crate) fn sweep(&self) -> Result<usize> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(failed(&self.folder, "list the folder")(error)),
        };
        let mut removed = 0;
        for entry in entries {
            let entry = entry.map_err(failed(&self.folder, "list the folder"))?;
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with(PROCESS.as_str())
            {
                continue;
            }
            let path = entry.path();
            fs::remove_file(&path).map_err(failed(&path, "remove the file"))?;
            removed += 1;
        }
        Ok(removed)
    }
}

impl StagedPath {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Brings the bytes to the disk.
    pub(crate) fn sync(&self, file: &File) -> Result<()> {
        file.sync_all().map_err(failed(&self.path, "fsync"))
    }

    /// Gives the file its name if nothing has that name yet; `false` if something has.
    pub(crate) fn place_new(self, target: &Path) -> Result<bool> {
        let folder = prepare_folder(target)?;
        match fs::hard_link(&self.path, target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(failed(target, "name the file")(error)),
        }
        sync_folder(folder)?;
        // Dropping `self` removes the staged name.
        Ok(true)
    }

    /// Gives the file its name, in place of whatever had it.
    pub(crate) fn place_over(mut self, target: &Path) -> Result<()> {
        let folder = prepare_folder(target)?;
        fs::rename(&self.path, target).map_err(failed(target, "name the file"))?;
        self.placed = true;
        sync_folder(folder)
    }
}

impl Drop for StagedPath {
    fn drop(&mut self) {
        if !self.placed
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a staged file could not be removed");
        }
    }
}

/// Makes a folder and those above it, each named durably in its parent.
pub(crate) fn create_folders(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_folders(parent)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        Err(error) => return Err(failed(folder, "create the folder")(error)),
    }
    parent.map_or(Ok(()), sync_folder)
}

/// Turns a system error into ours.
pub(crate) fn failed(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> LakeError {
    let path = path.to_owned();
    move |source| LakeError::Io {
        path,
        doing,
        source,
    }
}

fn unique() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn prepare_folder(target: &Path) -> Result<&Path> {
    let folder = target.parent().unwrap_or(Path::new("."));
    create_folders(folder)?;
    Ok(folder)
}

/// Brings a folder's names to the disk. Systems that can't open folders need no such step.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|file| file.sync_all())
            .map_err(failed(folder, "fsync the folder"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let root = tempfile::tempdir().unwrap();
        let staging = Staging::below(root.path());
        let target = root.path().join("a/b/c.json");
        assert!(
            staging
                .write([&b"one"[..]])
                .unwrap()
                .place_new(&target)
                .unwrap()
        );
        assert!(
            !staging
                .write([&b"two"[..]])
                .unwrap()
                .place_new(&target)
                .unwrap()
        );
        assert_eq!(fs::read(&target).unwrap(), b"one");
        staging
            .write([&b"thr"[..], b"ee"])
            .unwrap()
            .place_over(&target)
            .unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"three");
        assert_eq!(staging.sweep().unwrap(), 0, "nothing is left behind");
    }

    #[test]
    fn what_was_abandoned_is_swept() {
        let root = tempfile::tempdir().unwrap();
        let staging = Staging::below(root.path());
        assert_eq!(staging.sweep().unwrap(), 0, "no staging folder yet");
        let (ours, _) = staging.create().unwrap();
        fs::write(staging.folder.join(unique()), "of a killed run").unwrap();
        assert_eq!(staging.sweep().unwrap(), 1);
        assert!(ours.path().exists());
        drop(ours);
        assert_eq!(fs::read_dir(&staging.folder).unwrap().count(), 0);
    }
}
