//! Disks that can be mounted, filled and cut off: an ext4 in a file, a small tmpfs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rongtong_tests::script;

/// A mounted file system; unmounted when dropped.
pub struct Disk {
    /// Where it is mounted.
    pub at: PathBuf,
    image: Option<PathBuf>,
}

impl Disk {
    /// An ext4 of this size in a file.
    pub fn ext4(image: &Path, at: &Path, megabytes: u64) -> Self {
        let file = std::fs::File::create(image).unwrap();
        file.set_len(megabytes << 20).unwrap();
        must(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(image));
        std::fs::create_dir_all(at).unwrap();
        must(
            Command::new("mount")
                .args(["-o", "loop"])
                .arg(image)
                .arg(at),
        );
        Self {
            at: at.to_owned(),
            image: Some(image.to_owned()),
        }
    }

    /// A tmpfs of this size.
    pub fn tmpfs(at: &Path, bytes: u64) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={bytes}");
        must(
            Command::new("mount")
                .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
                .arg(at),
        );
        Self {
            at: at.to_owned(),
            image: None,
        }
    }

    /// Gives a tmpfs another size.
    pub fn resize(&self, bytes: u64) {
        let size = format!("remount,size={bytes}");
        must(Command::new("mount").args(["-o", &size]).arg(&self.at));
    }

    /// Brings everything written so far to the disk.
    pub fn flush(&self) {
        must(Command::new("sync").arg("-f").arg(&self.at));
    }

    /// The power fails: what was not brought to the disk is forgotten.
    pub fn cut_power(&self) {
        let _ = script("cut_power.py", [&self.at]).ended(0);
    }

    /// The power is back.
    pub fn mount_again(&self) {
        must(Command::new("umount").arg(&self.at));
        let image = self.image.as_ref().expect("a disk with an image");
        must(
            Command::new("mount")
                .args(["-o", "loop"])
                .arg(image)
                .arg(&self.at),
        );
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.at).status();
    }
}

/// Why no tmpfs can be mounted here.
pub fn lacks_tmpfs() -> Option<String> {
    lacks("tmpfs", |folder| Disk::tmpfs(folder, 1 << 20))
}

/// Why no ext4 in a file can be mounted here.
pub fn lacks_ext4() -> Option<String> {
    lacks("ext4", |folder| {
        Disk::ext4(&folder.with_extension("image"), folder, 4)
    })
}

fn lacks(kind: &str, mount: impl FnOnce(&Path) -> Disk) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mounted = catch_unwind(AssertUnwindSafe(|| {
        drop(mount(&folder.path().join("disk")))
    }));
    std::panic::set_hook(quiet);
    let lacking = |_| format!("no {kind} can be mounted here; as root it can");
    mounted.err().map(lacking)
}

fn must(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
