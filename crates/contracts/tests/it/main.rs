//! The shipped contracts and pipelines, and what is said about wrong ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lint;
mod mistakes;
mod mutations;
mod shipped;

use std::path::{Path, PathBuf};

/// The workspace's folder.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every shipped contract, sorted.
fn contract_files() -> Vec<PathBuf> {
    let departments = std::fs::read_dir(workspace().join("schemas")).unwrap();
    let mut files: Vec<PathBuf> = departments
        .map(|department| department.unwrap().path())
        .filter(|department| department.is_dir())
        .flat_map(|department| std::fs::read_dir(department).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 10, "schemas/ is not whole");
    files
}
