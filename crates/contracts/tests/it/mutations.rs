//! Whatever is done to the files, reading them ends with a pipeline or with problems.

use std::path::Path;

use proptest::prelude::*;
use rongtong_contracts::{Problem, load_contract, load_linkage, load_pipeline};

use crate::{contract_files, workspace};

/// Texts that mean something in YAML or in our files.
const TOKENS: &[&str] = &[
    "\n",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "|\n",
    ">-\n",
    "---\n",
    "? ",
    "%YAML 1.2\n",
    "~",
    "null",
    "true",
    "01",
    "-1",
    "1e999",
    "\u{feff}",
    "\u{0}",
    "户",
    "\u{1f600}",
    "newest",
    "property: standard",
    "value: coded",
    "codes",
    "attribute",
    "wife.phone",
    "<<: ",
    ".",
    "..",
    "/",
    "*",
];

/// What is done to a text: at a place, over a length, with a token.
#[derive(Debug, Clone)]
enum Change {
    Remove,
    Insert(&'static str),
    Replace(&'static str),
    Double,
    MoveToEnd,
}

fn changes() -> impl Strategy<Value = Vec<(Change, prop::sample::Index, usize)>> {
    let token = || prop::sample::select(TOKENS);
    let change = prop_oneof![
        Just(Change::Remove),
        token().prop_map(Change::Insert),
        token().prop_map(Change::Replace),
        Just(Change::Double),
        Just(Change::MoveToEnd),
    ];
    prop::collection::vec((change, any::<prop::sample::Index>(), 1_usize..80), 1..6)
}

fn mutate(text: &str, changes: &[(Change, prop::sample::Index, usize)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (change, at, length) in changes {
        let at = at.index(chars.len() + 1);
        let end = (at + length).min(chars.len());
        let part: Vec<char> = chars[at..end].to_vec();
        match change {
            Change::Remove => drop(chars.drain(at..end)),
            Change::Insert(token) => drop(chars.splice(at..at, token.chars())),
            Change::Replace(token) => drop(chars.splice(at..end, token.chars())),
            Change::Double => drop(chars.splice(at..at, part)),
            Change::MoveToEnd => {
                chars.drain(at..end);
                chars.extend(part);
            }
        }
    }
    chars.into_iter().collect()
}

fn sane(problems: &[Problem], file: &Path, text: &str) {
    assert!(!problems.is_empty(), "refused without a word");
    for problem in problems {
        assert!(!problem.what.is_empty() && !problem.remedy.is_empty());
        let lines = text
            .split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
            .count()
            + 1;
        assert!(problem.file != file || problem.line <= lines, "{problem}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_contract_is_read_or_refused(which: prop::sample::Index, changes in changes()) {
        let files = contract_files();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mutated.odcs.yaml");
        let text = mutate(&std::fs::read_to_string(which.get(&files)).unwrap(), &changes);
        std::fs::write(&file, &text).unwrap();
        match load_contract(&file) {
            Ok(contract) => prop_assert!(!contract.columns.is_empty()),
            Err(problems) => sane(&problems, &file, &text),
        }
    }

    #[test]
    fn any_text_is_refused(text in "(?s).{0,200}") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text.odcs.yaml");
        std::fs::write(&file, &text).unwrap();
        sane(&load_contract(&file).unwrap_err(), &file, &text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_pipeline_is_read_or_refused(changes in changes()) {
        let root = workspace();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pipeline.yaml");
        let right = std::fs::read_to_string(root.join("pipelines/residents/pipeline.yaml")).unwrap();
        let schemas = root.join("schemas").display().to_string();
        let text = mutate(&right, &changes).replace("../../schemas", &schemas);
        std::fs::write(&file, &text).unwrap();
        match load_pipeline(&file) {
            Ok(pipeline) => prop_assert!(!pipeline.bindings.is_empty()),
            Err(problems) => sane(&problems, &file, &text),
        }
    }

    #[test]
    fn any_linkage_is_read_or_refused(changes in changes()) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("linkage.yaml");
        let right = std::fs::read_to_string(workspace().join("docs/linkage.default.yaml")).unwrap();
        let text = mutate(&right, &changes);
        std::fs::write(&file, &text).unwrap();
        match load_linkage(&file) {
            Ok(linkage) => prop_assert!(!linkage.comparisons.is_empty() && !linkage.rules.is_empty()),
            Err(problems) => sane(&problems, &file, &text),
        }
    }
}
