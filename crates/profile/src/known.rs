//! Headings that stand for a known column: in contracts, and in common use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rongtong_contracts::{Standard, load_contract};
use rongtong_standards::clean;

use crate::dictionary::{BEGINNINGS, ENDINGS, WORDS};
use crate::error::ProfileError;
use crate::report::{Candidate, Origin};

/// At most this many candidates are named.
const CANDIDATES: usize = 4;

/// What headings stand for.
pub(crate) struct Known {
    /// Candidates by heading key.
    by_key: HashMap<String, Vec<Candidate>>,
}

impl Known {
    /// The common headings, and those of the contracts under a folder. Contracts that can't be read
    /// are passed over: `check` is what reports them.
    pub(crate) fn new(schemas: Option<&Path>) -> Result<Self, ProfileError> {
        let mut known = Self {
            by_key: HashMap::new(),
        };
        let mut files = Vec::new();
        if let Some(folder) = schemas {
            contract_files(folder, &mut files).map_err(|source| ProfileError::Schemas {
                path: folder.to_owned(),
                source,
            })?;
        }
        files.sort();
        for contract in files.iter().filter_map(|file| load_contract(file).ok()) {
            for column in &contract.columns {
                for heading in &column.headings {
                    known.add(
                        heading,
                        Candidate {
                            name: column.name.clone(),
                            origin: Origin::Contract,
                            feeds: vec![contract.feed.to_string()],
                            standard: column.standard,
                            title_en: column.title_en.clone(),
                            codes: column.codes.clone(),
                        },
                    );
                }
            }
        }
        for word in WORDS {
            for heading in word.headings.iter().chain([&word.name]) {
                let found = candidate(word.name.into(), word.title_en.into(), word.standard);
                known.add(heading, found);
            }
        }
        Ok(known)
    }

    /// The columns a heading may stand for, likeliest first.
    pub(crate) fn candidates(&self, heading: &str) -> Vec<Candidate> {
        let key = key(heading);
        let mut found = self.by_key.get(&key).cloned().unwrap_or_default();
        // What several contracts say goes before what one says.
        found.sort_by_key(|candidate| {
            (
                candidate.origin != Origin::Contract,
                std::cmp::Reverse(candidate.feeds.len()),
            )
        });
        if found.is_empty() {
            found.extend(composed(&key));
        }
        found.truncate(CANDIDATES);
        found
    }

    /// Whether a heading is a known one as a whole.
    pub(crate) fn has(&self, heading: &str) -> bool {
        self.by_key.contains_key(&key(heading))
    }

    fn add(&mut self, heading: &str, candidate: Candidate) {
        let known = self.by_key.entry(key(heading)).or_default();
        let same = |other: &&mut Candidate| {
            other.name == candidate.name && other.standard == candidate.standard
        };
        match known.iter_mut().find(same) {
            Some(other) => {
                let new = candidate
                    .feeds
                    .into_iter()
                    .filter(|feed| !other.feeds.contains(feed));
                let new: Vec<String> = new.collect();
                other.feeds.extend(new);
            }
            None => known.push(candidate),
        }
    }
}

/// Headings that differ in width, case, blanks, `_`, `-` or a remark in brackets are one.
pub(crate) fn key(heading: &str) -> String {
    let plain = clean::half_width(heading);
    let bare = match plain.find(['(', '[', '【']) {
        Some(at) if at > 0 => plain.get(..at).unwrap_or_default(),
        _ => plain.as_ref(),
    };
    let kept = bare
        .chars()
        .filter(|c| !clean::is_blank(*c) && !matches!(c, '_' | '-' | '*' | ':' | '：'));
    kept.flat_map(char::to_lowercase).collect()
}

/// `申请人身份证号` is the applicant's `身份证号`.
fn composed(key: &str) -> Option<Candidate> {
    let endings = ENDINGS
        .iter()
        .flat_map(|word| word.headings.iter().map(move |text| (text, word)));
    let (rest, word) = endings
        .filter_map(|(ending, word)| Some((key.strip_suffix(ending)?, word)))
        .min_by_key(|(rest, _)| rest.len())?;
    let whom = whom(rest);
    let name = whom.map_or_else(
        || word.name.to_owned(),
        |whom| format!("{whom}_{}", word.name),
    );
    let title = match whom {
        Some(whom) => format!("{} {}", capital(&whom.replace('_', " ")), word.title_en),
        None => capital(word.title_en),
    };
    Some(candidate(name, title, word.standard))
}

/// Whom a heading is about: `applicant` of 申请人电话.
pub(crate) fn whom(heading: &str) -> Option<&'static str> {
    let key = key(heading);
    let beginning = BEGINNINGS.iter().filter(|(text, _)| key.starts_with(text));
    let longest = beginning.max_by_key(|(text, _)| text.len());
    longest.map(|(_, whom)| *whom)
}

fn candidate(name: String, title_en: String, standard: Standard) -> Candidate {
    Candidate {
        name,
        origin: Origin::Heading,
        feeds: Vec::new(),
        standard,
        title_en,
        codes: Vec::new(),
    }
}

pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn contract_files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        // Links are not followed: they could lead in a circle.
        if entry.file_type()?.is_dir() {
            contract_files(&path, found)?;
        } else if path.to_string_lossy().ends_with(".odcs.yaml") {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_many_spellings() {
        let known = Known::new(None).unwrap();
        let first = |heading: &str| {
            known
                .candidates(heading)
                .first()
                .map(|found| found.name.clone())
        };
        for (heading, name) in [
            ("身份证号", "id_number"),
            ("birth_date", "birth_date"),
            ("birthDate", "birth_date"),
            ("月租金（元）", "monthly_rent"),
            ("申请人姓名", "applicant_name"),
            ("紧急联系人电话", "emergency_contact_phone"),
            ("监护人身份证号码", "guardian_id_number"),
            ("审批日期", "approval_date"),
        ] {
            assert_eq!(first(heading).as_deref(), Some(name), "{heading}");
        }
        assert_eq!(first("莫名其妙"), None);
    }

    #[test]
    fn dictionary_names_can_be_columns() {
        let word = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        for entry in WORDS.iter().chain(ENDINGS) {
            assert!(word(entry.name), "{}", entry.name);
            for heading in entry.headings {
                assert_eq!(&key(heading), heading, "not in the form of a key");
            }
        }
        assert!(BEGINNINGS.iter().all(|(_, whom)| word(whom)));
    }
}
