//! Who may build on whom. DESIGN.md "Pieces": cli → engine → {lake, identity, connector-kit} →
//! {standards, formats, contracts}; connectors → connector-kit; connectors never know each other, nor the engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What stands at the bottom: values, packings, contracts. They don't know each other.
const LEAVES: &[&str] = &["standards", "formats", "contracts"];

/// Each crate of ours, and which others of ours it may use, dev-dependencies included.
const LAYERS: &[(&str, &[&[&str]])] = &[
    (
        "cli",
        &[&["engine", "profile", "synth"], CONNECTORS, MIDDLE, LEAVES],
    ),
    ("engine", &[MIDDLE, LEAVES]),
    ("lake", &[LEAVES]),
    ("identity", &[LEAVES]),
    ("connector-kit", &[LEAVES]),
    ("public-security", &[&["connector-kit"], LEAVES]),
    ("civil-affairs", &[&["connector-kit"], LEAVES]),
    ("social-security", &[&["connector-kit"], LEAVES]),
    ("health", &[&["connector-kit"], LEAVES]),
    ("housing", &[&["connector-kit"], LEAVES]),
    ("grid", &[&["connector-kit"], LEAVES]),
    ("profile", &[LEAVES]),
    // The city is made without our own rules, so that it can prove them.
    ("synth", &[]),
    ("standards", &[]),
    ("formats", &[]),
    ("contracts", &[]),
    // End-to-end tests and benchmarks look at everything.
    ("tests", &[ALL]),
    ("benches", &[ALL]),
];

const MIDDLE: &[&str] = &["lake", "identity", "connector-kit"];

const CONNECTORS: &[&str] = &[
    "public-security",
    "civil-affairs",
    "social-security",
    "health",
    "housing",
    "grid",
];

const ALL: &[&str] = &["*"];

/// Large libraries of others, and the only crates that may use them: a newcomer's build stays short,
/// and a library can be changed in one place.
const CONFINED: &[(&str, &[&str])] = &[
    ("datafusion", &["cli", "engine", "tests"]),
    ("deltalake-core", &["lake", "tests"]),
    ("polars", &["profile", "tests"]),
    ("clap", &["cli", "benches"]),
];

#[test]
fn crates_use_only_what_stands_below_them() {
    assert_eq!(
        misplaced(&uses()),
        Vec::<String>::new(),
        "see the table in tests/tests/layers.rs"
    );
}

#[test]
fn the_table_names_every_crate() {
    let members: BTreeSet<String> = uses().into_keys().collect();
    let named: BTreeSet<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        members, named,
        "crates of the workspace, and rows of the table in tests/tests/layers.rs"
    );
}

#[test]
fn the_check_can_fail() {
    let wrong = |from: &str, to: &str| misplaced(&[(from.to_owned(), vec![to.to_owned()])].into());
    for (from, to) in [
        ("housing", "rongtong-health"),
        ("housing", "rongtong-engine"),
        ("engine", "rongtong-housing"),
        ("engine", "rongtong-profile"),
        ("lake", "rongtong-identity"),
        ("standards", "rongtong-contracts"),
        ("synth", "rongtong-standards"),
        ("connector-kit", "rongtong-engine"),
        ("labour", "rongtong-engine"),
        ("engine", "polars"),
    ] {
        assert_eq!(wrong(from, to).len(), 1, "{from} → {to}");
    }
    for (from, to) in [
        ("cli", "rongtong-housing"),
        ("housing", "rongtong-standards"),
        ("engine", "rongtong-lake"),
        ("engine", "serde"),
        ("tests", "rongtong-cli"),
    ] {
        assert_eq!(wrong(from, to), Vec::<String>::new(), "{from} → {to}");
    }
}

/// `cargo run -- demo` is what README.md tells a newcomer to type.
#[test]
fn cargo_run_is_the_product() {
    let packages = packages();
    let runs = packages.iter().filter(|one| !one["default_run"].is_null());
    let runs: Vec<_> = runs
        .map(|one| (&one["name"], &one["default_run"]))
        .collect();
    assert_eq!(runs, [(&"rongtong-cli".into(), &"rongtong".into())]);
}

/// Edges that the tables don't allow.
fn misplaced(uses: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, dependencies) in uses {
        for to in dependencies {
            let allowed = match to.strip_prefix("rongtong-") {
                Some(ours) => below(from, ours),
                None => CONFINED
                    .iter()
                    .all(|(name, users)| name != to || users.contains(&from.as_str())),
            };
            if !allowed {
                wrong.push(format!("{from} must not use {to}"));
            }
        }
    }
    wrong
}

fn below(from: &str, to: &str) -> bool {
    let row = LAYERS.iter().find(|(name, _)| *name == from);
    row.is_some_and(|(_, groups)| {
        groups
            .iter()
            .any(|group| group.contains(&to) || *group == ALL)
    })
}

/// Every crate of the workspace, without the prefix, and what its manifest names: normal, build and dev
/// dependencies of all targets.
fn uses() -> BTreeMap<String, Vec<String>> {
    let crates = packages().into_iter().map(|package| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let names = dependencies.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        let name = package["name"].as_str().unwrap();
        let name = name.strip_prefix("rongtong-").unwrap_or(name);
        (name.to_owned(), names.collect())
    });
    crates.collect()
}

/// The packages of the workspace, as cargo knows them.
fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--offline",
            "--no-deps",
            "--format-version",
            "1",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}
