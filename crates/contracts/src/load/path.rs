//! Paths as they are declared.

use std::path::{Component, Path, PathBuf};

/// `a/b/../c` as `a/c`, where that is the same folder.
pub(super) fn plain(path: &Path) -> PathBuf {
    let short = without_turns(path);
    match (short.canonicalize(), path.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => short,
        _ => path.to_owned(),
    }
}

/// Whether two paths lead to one file, which need not be there.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let there = one.canonicalize().ok().zip(other.canonicalize().ok());
    there.is_some_and(|(one, other)| one == other) || without_turns(one) == without_turns(other)
}

fn without_turns(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for component in path.components() {
        let is_name = matches!(short.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::ParentDir if is_name => {
                short.pop();
            }
            other => short.push(other),
        }
    }
    if short.as_os_str().is_empty() {
        short.push(".");
    }
    short
}
