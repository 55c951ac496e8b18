//! What reviewers decided: a file beside the pipeline, one decision a line.
//!
//! `decision,key,other_key,decided_by,decided_on,reason`, where the decision is `same` or `different` and the
//! keys are resident keys, or own keys from `links`, `review` or `rongtong why`. The last line about a pair counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, StringViewArray};
use rongtong_identity::ResidentKey;
use rongtong_lake::TableSpec;

use super::tables::{self, DECISIONS};
use crate::columns::{keys_column, keys_of, texts};
use crate::error::RunError;

/// The columns of the file.
const HEADINGS: &str = "decision,key,other_key,decided_by,decided_on,reason";

const SAME: &str = "same";
const DIFFERENT: &str = "different";

/// The decisions of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// By pair, the smaller key first: whether both are one person.
    pub(crate) same: BTreeMap<(ResidentKey, ResidentKey), bool>,
}

/// One decision, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether both keys are one person.
    pub same: bool,
    /// One key.
    pub key: ResidentKey,
    /// The other.
    pub other_key: ResidentKey,
    /// Who decided; empty if not said.
    pub decided_by: String,
    /// The day, `2026-05-30`.
    pub decided_on: String,
    /// Why; empty if not said.
    pub reason: String,
}

impl Decisions {
    /// Reads a file of decisions; one that isn't there holds none.
    ///
    /// # Errors
    /// [`RunError::Io`], or [`RunError::Decision`] for a line that says no decision.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        // Words and keys are ASCII, whatever a spreadsheet saves the reasons in.
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(source) => {
                let path = path.to_owned();
                return Err(RunError::Io { path, source });
            }
        };
        let mut decisions = Self::default();
        let lines = text.trim_start_matches('\u{feff}').lines();
        for (at, line) in (1..).zip(lines) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || at == 1 && line.starts_with("decision") {
                continue;
            }
            let wrong = |what: &'static str| RunError::Decision {
                path: path.to_owned(),
                line: at,
                what,
            };
            let mut cells = line.split(',').map(str::trim);
            let same = match cells.next() {
                Some(SAME) => true,
                Some(DIFFERENT) => false,
                _ => return Err(wrong("the first cell is `same` or `different`")),
            };
            let mut key = || cells.next().and_then(ResidentKey::parse);
            let (Some(one), Some(other)) = (key(), key()) else {
                return Err(wrong(
                    "the second and third cell are keys of 32 characters, 0 to 9 and a to f",
                ));
            };
            if one == other {
                return Err(wrong("both keys are the same one"));
            }
            decisions
                .same
                .insert((one.min(other), one.max(other)), same);
        }
        Ok(decisions)
    }

    /// Adds a decision to a file, which is made if it isn't there.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn append(path: &Path, decision: &Decision) -> Result<(), RunError> {
        let io = |source| RunError::Io {
            path: PathBuf::from(path),
            source,
        };
        let plain = |text: &str| text.replace([',', '\n', '\r'], " ");
        let before = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            before => before.map_err(io)?,
        };
        let mut line = match before.last() {
            None => format!("{HEADINGS}\n"),
            Some(b'\n') => String::new(),
            // An editor may leave the last line without its end.
            Some(_) => "\n".to_owned(),
        };
        let word = word(decision.same);
        // Writing to a string can't fail.
        let _ = writeln!(
            line,
            "{word},{},{},{},{},{}",
            decision.key,
            decision.other_key,
            plain(&decision.decided_by),
            plain(&decision.decided_on),
            plain(&decision.reason)
        );
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(io)?;
        file.write_all(line.as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)
    }

    /// What a reviewer says of a pair: whether both keys are one person.
    #[must_use]
    pub fn of(&self, one: ResidentKey, other: ResidentKey) -> Option<bool> {
        self.same.get(&(one.min(other), one.max(other))).copied()
    }

    /// Those that a release rests on, from its table `decisions`.
    pub(crate) fn released(batches: &[RecordBatch]) -> Result<Self, RunError> {
        let mut decisions = Self::default();
        for batch in batches {
            let keys = |name| keys_of(batch, DECISIONS, name);
            let pairs = keys("key")?.into_iter().zip(keys("other_key")?);
            for ((one, other), said) in pairs.zip(texts(batch, DECISIONS, "decision")?) {
                let same = match said {
                    Some(SAME) => true,
                    Some(DIFFERENT) => false,
                    _ => return Err(RunError::unknown_word(DECISIONS, "decision")),
                };
                decisions
                    .same
                    .extend(one.zip(other).map(|pair| (pair, same)));
            }
        }
        Ok(decisions)
    }

    /// The table `decisions`.
    pub(crate) fn table(&self) -> Result<(TableSpec, RecordBatch), RunError> {
        let spec = tables::decisions();
        let pairs = || self.same.keys();
        let words: StringViewArray = self.same.values().map(|same| Some(word(*same))).collect();
        let columns = vec![
            Arc::new(words) as _,
            keys_column(pairs().map(|(one, _)| Some(*one))),
            keys_column(pairs().map(|(_, other)| Some(*other))),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&spec.schema), columns)?;
        Ok((spec, batch))
    }

    /// The pairs of one kind.
    pub(crate) fn pairs(&self, same: bool) -> Vec<(ResidentKey, ResidentKey)> {
        let kind = self.same.iter().filter(|(_, is)| **is == same);
        kind.map(|(pair, _)| *pair).collect()
    }
}

const fn word(same: bool) -> &'static str {
    if same { SAME } else { DIFFERENT }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const TWO: &str = "ffffffffffffffffffffffffffffffff";

    #[test]
    fn what_is_written_is_read_and_the_last_line_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.csv");
        assert_eq!(Decisions::read(&path).unwrap(), Decisions::default());
        let key = |text| ResidentKey::parse(text).unwrap();
        for same in [true, false] {
            let decision = Decision {
                same,
                key: key(TWO),
                other_key: key(ONE),
                decided_by: "reviewer, the first".into(),
                decided_on: "2026-05-30".into(),
                reason: "twins\n".into(),
            };
            Decisions::append(&path, &decision).unwrap();
        }
        let read = Decisions::read(&path).unwrap();
        assert_eq!(read.pairs(false), [(key(ONE), key(TWO))]);
        assert!(read.pairs(true).is_empty());
    }

    #[test]
    fn a_decision_stands_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.csv");
        let by_hand = format!("{HEADINGS}\ndifferent,{ONE},{TWO},somebody,,no end of line");
        std::fs::write(&path, by_hand).unwrap();
        let key = |text| ResidentKey::parse(text).unwrap();
        let other = "00000000000000000000000000000001";
        let decision = Decision {
            same: true,
            key: key(TWO),
            other_key: key(other),
            decided_by: String::new(),
            decided_on: String::new(),
            reason: String::new(),
        };
        Decisions::append(&path, &decision).unwrap();
        let read = Decisions::read(&path).unwrap();
        assert_eq!(read.of(key(ONE), key(TWO)), Some(false));
        assert_eq!(read.of(key(other), key(TWO)), Some(true));
    }

    #[test]
    fn a_file_that_a_spreadsheet_saved_in_gb18030_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.csv");
        let mut bytes = format!("{HEADINGS}\r\ndifferent,{ONE},{TWO},").into_bytes();
        bytes.extend(b"\xc0\xee,2026-05-30,\xcb\xab\xb0\xfb\xcc\xa5\r\n");
        std::fs::write(&path, bytes).unwrap();
        let key = |text| ResidentKey::parse(text).unwrap();
        let read = Decisions::read(&path).unwrap();
        assert_eq!(read.of(key(ONE), key(TWO)), Some(false));
    }

    #[test]
    fn a_release_remembers_the_decisions_it_rests_on() {
        let key = |text| ResidentKey::parse(text).unwrap();
        let mut decisions = Decisions::default();
        let table = |decisions: &Decisions| decisions.table().unwrap().1;
        let released = |decisions: &Decisions| Decisions::released(&[table(decisions)]).unwrap();
        assert_eq!(released(&decisions), decisions);
        decisions.same.insert((key(ONE), key(TWO)), false);
        let read = released(&decisions);
        assert_eq!(read, decisions);
        assert_eq!(read.of(key(TWO), key(ONE)), Some(false));
        decisions.same.insert((key(ONE), key(TWO)), true);
        assert_ne!(released(&decisions), read);
    }

    #[test]
    fn a_wrong_line_is_named_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.csv");
        for wrong in [
            "maybe,x,y",
            "same,330106199001011234,0123456789abcdef0123456789abcdef",
            &format!("same,{ONE},{ONE}"),
        ] {
            std::fs::write(&path, format!("{HEADINGS}\n\n{wrong}\n")).unwrap();
            let error = Decisions::read(&path).unwrap_err().to_string();
            assert!(error.contains(":3:") && !error.contains("3301"), "{error}");
        }
    }
}
