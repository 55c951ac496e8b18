//! The files of deliveries, as the file system shows them.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, AsArray as _, StringViewArray};
use rongtong_contracts::Binding;
use rongtong_standards::hidden::mask_hidden_numbers;

use crate::clock;
use crate::error::RunError;

/// The files that a binding names today, by name.
pub(crate) fn delivered(binding: &Binding, feeds_dir: &Path) -> Result<Vec<PathBuf>, RunError> {
    let mut files = BTreeSet::new();
    for pattern in &binding.paths {
        let full = feeds_dir.join(pattern);
        if !pattern.contains(['*', '?', '[']) {
            // What can't be looked at isn't absent: reading it tells why.
            if full.try_exists().unwrap_or(true) {
                files.insert(full);
            }
            continue;
        }
        let pattern = format!(
            "{}/{}",
            glob::Pattern::escape(&feeds_dir.to_string_lossy()),
            pattern
        );
        // Contracts checks the pattern when the pipeline is loaded.
        for found in glob::glob(&pattern).into_iter().flatten() {
            let path = found.map_err(|e| RunError::Io {
                path: e.path().to_owned(),
                source: e.into(),
            })?;
            if path.is_file() {
                files.insert(path);
            }
        }
    }
    Ok(files.into_iter().collect())
}

/// A file's path below the folder of deliveries, with `/` between folders.
pub(crate) fn relative(path: &Path, feeds_dir: &Path) -> String {
    let below = path.strip_prefix(feeds_dir).unwrap_or(path);
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// A file's name as it may be told, if an identity number stands in it: names are told in every table and in logs, and no
/// number may be.
pub(crate) fn covered(name: &str) -> Option<String> {
    let masked = mask_hidden_numbers(&StringViewArray::from(vec![name]), None);
    if masked.issues.is_empty() {
        return None;
    }
    let text = masked.values.as_string_view_opt();
    let text = text
        .filter(|text| text.is_valid(0))
        .map(|text| text.value(0));
    Some(text.unwrap_or("*").to_owned())
}

/// Why a file with such a name isn't taken.
pub(crate) const NUMBER_IN_NAME: &str = "an identity number stands in its name, which would be told in tables and logs; give it another name";

/// A file's size and modification time; a folder is no file.
pub(crate) fn stat(path: &Path) -> std::io::Result<(u64, i64)> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(Error::new(
            ErrorKind::IsADirectory,
            "this is a folder; deliver a file under this name, or bind the files in the folder by a pattern such as folder/*.csv",
        ));
    }
    Ok((metadata.len(), clock::modified(&metadata)))
}

/// A size as the ledger holds it.
pub(crate) fn length(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_covered_and_times_are_not() {
        let told = covered("health/11010519491231002X.ndjson");
        assert_eq!(told.as_deref(), Some("health/******************.ndjson"));
        for name in ["health/202605301841120.csv", "a/20260530184112000123.csv"] {
            assert_eq!(covered(name), None, "{name}");
        }
    }
}
