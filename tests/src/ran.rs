//! What a command said and how it ended.

use std::process::Output;

use serde_json::Value;

/// A command that has ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Exit code; -1 where a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, if it ended with this code.
    ///
    /// # Panics
    /// If it didn't, with all it said.
    #[track_caller]
    #[must_use]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "exit code\nstdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The one JSON object on standard output.
    ///
    /// # Panics
    /// If standard output holds anything else.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(Value::Object(object)) => Value::Object(object),
            _ => panic!(
                "standard output is not one JSON object:\n{}\nstderr:\n{}",
                self.stdout, self.stderr
            ),
        }
    }

    /// A number of one feed's summary, such as `standard`.
    ///
    /// # Panics
    /// If the summary has no such number.
    #[track_caller]
    #[must_use]
    pub fn of_feed(&self, feed: &str, what: &str) -> u64 {
        let summary = self.json();
        match summary["feeds"][feed][what].as_u64() {
            Some(number) => number,
            None => panic!("no {what} of {feed} in {summary:#}"),
        }
    }

    /// How often a feed broke a rule in this run.
    ///
    /// # Panics
    /// If standard output is no summary.
    #[track_caller]
    #[must_use]
    pub fn findings(&self, feed: &str, rule: &str) -> u64 {
        self.json()["feeds"][feed]["findings"][rule]
            .as_u64()
            .unwrap_or(0)
    }
}
