use std::fmt;
use std::path::{Path, PathBuf};

use crate::yaml::Place;

/// One thing wrong in a contract or pipeline file. Shows itself as
/// `file:line:column: what is wrong — what to do instead`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file, as it was named.
    pub file: PathBuf,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    /// In characters, from 1; 0 where the whole file is meant.
    pub column: usize,
    /// The offending text; empty where something is missing.
    pub text: String,
    /// What is wrong.
    pub what: String,
    /// What to write or do instead.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {} — {}", self.what, self.remedy)
    }
}

impl std::error::Error for Problem {}

/// Collects what is wrong with one file.
#[derive(Debug)]
pub(crate) struct Report {
    file: PathBuf,
    problems: Vec<Problem>,
}

impl Report {
    pub(crate) fn new(file: &Path) -> Report {
        Report {
            file: file.to_owned(),
            problems: Vec::new(),
        }
    }

    /// Adds a problem at a place of the file.
    pub(crate) fn add(
        &mut self,
        place: Place,
        text: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            text: text.to_owned(),
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Takes over the problems of another file.
    pub(crate) fn append(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many problems there are so far: what depends on a part with problems isn't worth checking.
    pub(crate) fn len(&self) -> usize {
        self.problems.len()
    }

    /// The problems: file by file as they were first met, in each from top to bottom.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        let mut files = vec![self.file];
        for problem in &self.problems {
            if !files.contains(&problem.file) {
                files.push(problem.file.clone());
            }
        }
        let file_at = |problem: &Problem| files.iter().position(|file| *file == problem.file);
        self.problems
            .sort_by_key(|problem| (file_at(problem), problem.line, problem.column));
        self.problems
    }
}
