//! Other programs read the lake: delta-rs, Polars and DuckDB find the tables and types of LAKE.md.

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, script};

use crate::support::{assert_same, consistent_and_newest, content, released};

#[test]
fn others_read_the_tables_and_types_of_the_specification() {
    let bench = released(Bench::city(600, 21, Packing::Native, Dirt::Usual));
    consistent_and_newest(&bench.lake);
    let _ = script("readers.py", [&bench.lake]).ended(0);
}

#[test]
fn the_identity_registry_has_its_tables() {
    let bench = released(Bench::clean(23));
    for table in ["links", "key_events", "review"] {
        assert!(
            bench.lake.join(table).join("_delta_log").is_dir(),
            "there is no table {table}"
        );
    }
}

#[test]
fn a_lake_that_was_moved_is_the_same_lake() {
    let bench = released(Bench::clean(24));
    let before = content(&bench.lake);
    std::fs::rename(&bench.lake, bench.path("elsewhere")).unwrap();
    let moved = bench.with_lake("elsewhere");
    assert_eq!(moved.run().ended(0).json()["status"], "nothing_new");
    std::fs::remove_dir_all(&bench.feeds).unwrap();
    std::fs::create_dir(&bench.feeds).unwrap();
    let _ = moved.run_with(&["--reprocess"]).ended(0);
    assert_same(&before, &content(&moved.lake));
}

#[test]
fn a_city_without_two_of_its_feeds_is_a_whole_release() {
    let bench = Bench::clean(22);
    std::fs::remove_file(bench.delivery("civil_affairs/social_assistance.csv")).unwrap();
    std::fs::remove_file(bench.delivery("health/health_record.csv")).unwrap();
    let _ = bench.run().ended(0);
    let ran = script("consistent.py", [&bench.lake]).ended(0);
    assert_ne!(ran.stdout.trim(), "none");
}
