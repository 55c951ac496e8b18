use std::io;
use std::path::PathBuf;

/// Why a city could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// The number of residents is out of range.
    #[error("a city of {residents} residents cannot be made; ask for 1 to {most}")]
    Residents {
        /// What was asked for.
        residents: usize,
        /// The most that can be had.
        most: usize,
    },
    /// The day is too near the ends of the calendar to invent lives before it.
    #[error("a city cannot be made as of the year {year}; choose a day from 1990 to 2100")]
    AsOf {
        /// The year asked for.
        year: i32,
    },
    /// A folder or file could not be made or written.
    #[error("cannot write {}; check that the folder exists, is yours to write and has room", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SynthError {
    /// For `map_err`: names the file that was being written.
    pub(crate) fn at(path: &std::path::Path) -> impl Fn(io::Error) -> SynthError + '_ {
        move |source| SynthError::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}
