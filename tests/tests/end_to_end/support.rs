//! What several of these tests ask of a lake.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use rongtong_tests::{Bench, script};
use serde_json::Value;

pub const REGISTER: &str = "public_security.household_register";
pub const REGISTER_CSV: &str = "public_security/household_register.csv";
pub const PERMIT: &str = "public_security.residence_permit";
pub const PERMIT_CSV: &str = "public_security/residence_permit.csv";
pub const DEATH: &str = "health.death_certificate";
pub const DEATH_CSV: &str = "health/death_certificate.csv";

/// Number and digest of the rows of each table without clocks.
pub type Content = BTreeMap<String, (u64, String)>;

/// The content of a lake.
#[track_caller]
pub fn content(lake: &Path) -> Content {
    content_without(lake, &[])
}

/// The content of a lake without some columns.
#[track_caller]
pub fn content_without(lake: &Path, columns: &[&str]) -> Content {
    let mut arguments = vec![lake.as_os_str()];
    arguments.extend(columns.iter().map(OsStr::new));
    let content = script("content.py", arguments).ended(0).stdout;
    serde_json::from_str(&content).unwrap()
}

/// Two contents are the same, table by table.
#[track_caller]
pub fn assert_same(left: &Content, right: &Content) {
    assert!(
        left.contains_key("residents") && left["residents"].0 > 0,
        "{left:?}"
    );
    let tables: Vec<&String> = left.keys().chain(right.keys()).collect();
    let differ: Vec<_> = tables
        .into_iter()
        .filter(|table| left.get(*table) != right.get(*table))
        .map(|table| (table, left.get(table), right.get(table)))
        .collect();
    assert!(differ.is_empty(), "the content differs: {differ:#?}");
}

/// What `releases` shows is whole, and each table's newest version is the released one, as after exit 0; the release's
/// name, or "none".
#[track_caller]
pub fn consistent_and_newest(lake: &Path) -> String {
    let ran = script("consistent.py", [lake.as_os_str(), OsStr::new("newest")]);
    ran.ended(0).stdout.trim().to_owned()
}

/// Rows of a table.
#[track_caller]
pub fn rows(lake: &Path, table: &str, columns: &[&str]) -> Vec<Value> {
    let mut arguments = vec![lake.as_os_str(), OsStr::new(table)];
    arguments.extend(columns.iter().map(OsStr::new));
    serde_json::from_str(&script("rows.py", arguments).ended(0).stdout).unwrap()
}

/// How many rows a table has.
#[track_caller]
pub fn count(lake: &Path, table: &str) -> usize {
    rows(lake, table, &[]).len()
}

/// A bench that has run once, its lake whole.
#[track_caller]
pub fn released(bench: Bench) -> Bench {
    let _ = bench.run().ended(0);
    bench
}
