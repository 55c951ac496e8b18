//! Why there is no profile.

use std::path::PathBuf;

use rongtong_formats::FormatError;

/// A delivery can't be profiled. Messages carry no cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The delivery can't be read as what it seems to be.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The delivery.
        path: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
    /// Nothing tells how the delivery is packed.
    #[error("{}: its packing can't be told from its bytes: {why}; say what it is", path.display())]
    Unknown {
        /// The delivery.
        path: PathBuf,
        /// What was looked for in vain.
        why: &'static str,
    },
    /// The folder of contracts can't be listed.
    #[error("{} can't be read: {source}; name the folder that holds the contracts", path.display())]
    Schemas {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A column can't be counted. This is a fault of the program.
    #[error("column {column} can't be counted: {what}; please report this")]
    Frame {
        /// Its position, from 1.
        column: usize,
        /// The kind of failure, without any value.
        what: &'static str,
    },
}
