//! Why a command ends without success: what happened, what to do next, and the exit code.

use std::error::Error;
use std::io;

use rongtong_contracts::Problem;
use rongtong_engine::RunError;
use rongtong_identity::SecretError;
use rongtong_lake::LakeError;
use rongtong_profile::ProfileError;
use rongtong_synth::SynthError;
use serde_json::{Value, json};

use crate::excerpt;
use crate::style::Style;

/// The command failed; the lake is as before.
pub const FAILED: u8 = 1;
/// The command line, pipeline, contract or secret is wrong.
const WRONG_INPUT: u8 = 2;

/// Why a command ends without success.
#[derive(Debug)]
pub enum Failure {
    /// One thing went wrong.
    Said {
        code: u8,
        what: String,
        help: Option<String>,
    },
    /// A pipeline or contract is wrong, perhaps in several places.
    Problems(Vec<Problem>),
}

impl Failure {
    /// Something failed on the way.
    pub fn failed(what: impl Into<String>) -> Self {
        Self::Said {
            code: FAILED,
            what: what.into(),
            help: None,
        }
    }

    /// The caller has something to put right first.
    pub fn wrong(what: impl Into<String>) -> Self {
        Self::Said {
            code: WRONG_INPUT,
            what: what.into(),
            help: None,
        }
    }

    /// One of our own errors: it says what happened and then what to do.
    pub fn of(code: u8, error: &dyn Error) -> Self {
        let message = error.to_string();
        // What other libraries said may have a semicolon anywhere.
        let (what, help) = match error.source() {
            Some(_) => (message.as_str(), None),
            None => split(&message),
        };
        Self::Said {
            code,
            what: what.to_owned(),
            help: help.map(str::to_owned),
        }
    }

    /// The same, with this to do about it.
    pub fn help(self, remedy: impl Into<String>) -> Self {
        match self {
            Self::Said { code, what, .. } => Self::Said {
                code,
                what,
                help: Some(remedy.into()),
            },
            problems @ Self::Problems(_) => problems,
        }
    }

    /// Exit code of LAKE.md.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Said { code, .. } => *code,
            Self::Problems(_) => WRONG_INPUT,
        }
    }

    /// For people, on stderr.
    pub fn render(&self, style: Style) -> String {
        match self {
            Self::Said { what, help, .. } => {
                let mut text = format!("{}: {what}\n", style.red("error"));
                if let Some(help) = help {
                    text.push_str(&format!("  {}: {help}\n", style.bold("help")));
                }
                text
            }
            Self::Problems(problems) => {
                let mut parts: Vec<String> = problems
                    .iter()
                    .map(|problem| excerpt::render(problem, style))
                    .collect();
                if let [_, _, ..] = problems.as_slice() {
                    parts.push(format!(
                        "{}: {} problems\n",
                        style.red("error"),
                        problems.len()
                    ));
                }
                parts.join("\n")
            }
        }
    }

    /// For machines: `status`, `error`, and what else is known.
    pub fn json(&self) -> Value {
        match self {
            Self::Said { what, help, .. } => {
                json!({ "status": "failed", "error": what, "help": help })
            }
            Self::Problems(problems) => json!({
                "status": "failed",
                "error": problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
                "problems": problems,
            }),
        }
    }
}

/// Our errors say what happened and then, behind a semicolon or as a sentence of its own, what to do.
fn split(message: &str) -> (&str, Option<&str>) {
    let at = |mark: &str| {
        message
            .find(mark)
            .map(|at| (at, mark.find(char::is_alphabetic).unwrap_or(mark.len())))
    };
    let first = ["; ", ". To ", ". Please "]
        .into_iter()
        .filter_map(at)
        .min();
    match first {
        Some((at, skip)) => {
            let (what, help) = message.split_at(at);
            (what, help.get(skip..))
        }
        None => (message, None),
    }
}

/// Without what stands in quotes: errors of the query engine quote cells.
pub fn redacted(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut open: Option<char> = None;
    for c in message.chars() {
        match open {
            Some(quote) if c == quote => {
                text.push('…');
                text.push(c);
                open = None;
            }
            Some(_) => {}
            None => {
                text.push(c);
                if matches!(c, '\'' | '"') {
                    open = Some(c);
                }
            }
        }
    }
    text
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let code = error.exit_code();
        match error {
            RunError::Problems(problems) => Self::Problems(problems),
            // What other libraries say of columns may hold cells.
            RunError::DataFusion(_) | RunError::Arrow(_) => {
                Self::failed(redacted(&error.to_string()))
            }
            error => Self::of(code, &error),
        }
    }
}

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Self {
        Self::from(RunError::from(error))
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        match &error {
            SecretError::Missing => Self::wrong("there is no secret to make resident keys with").help(
                "set RONGTONG_SECRET_FILE to a file that holds it, or RONGTONG_SECRET to the text itself; \
                 any text will do, but the same for the life of the lake",
            ),
            _ => Self::of(WRONG_INPUT, &error),
        }
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::of(FAILED, &error)
    }
}

impl From<SynthError> for Failure {
    fn from(error: SynthError) -> Self {
        match error {
            SynthError::Io { .. } => Self::of(FAILED, &error),
            _ => Self::of(WRONG_INPUT, &error),
        }
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Problems(problems)
    }
}

/// Standard output can't be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(format!("the output can't be written: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_apart_where_the_remedy_begins() {
        assert_eq!(
            split("lake holds no release yet; make one"),
            ("lake holds no release yet", Some("make one"))
        );
        assert_eq!(
            split("it shrank. To accept it, set x; or not"),
            ("it shrank", Some("To accept it, set x; or not"))
        );
        assert_eq!(split("just so"), ("just so", None));
        let release = RunError::NoRelease {
            lake: "lake".into(),
        };
        let text = Failure::from(release).render(Style::default());
        assert_eq!(
            text,
            "error: lake holds no release yet\n  help: make one with `rongtong run`\n"
        );
    }

    #[test]
    fn no_cell_stands_in_an_error_of_the_query_engine() {
        assert_eq!(
            redacted("Cannot cast string '张三' to \"Int32\" type"),
            "Cannot cast string '…' to \"…\" type"
        );
        assert_eq!(redacted("cut 'short"), "cut '");
    }

    #[test]
    fn exit_codes_are_those_of_the_contract() {
        assert_eq!(Failure::failed("x").exit_code(), 1);
        assert_eq!(Failure::from(SecretError::Missing).exit_code(), 2);
        assert_eq!(Failure::Problems(Vec::new()).exit_code(), 2);
        let feed = RunError::UnknownFeed {
            feed: "a.b".into(),
            known: "a.c".into(),
        };
        assert_eq!(Failure::from(feed).exit_code(), 2);
    }
}
