//! Other programs read the lake: delta-rs, Polars and DuckDB find the tables and types of LAKE.md.

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, script};

use crate::support::{consistent_and_newest, released};

#[test]
fn others_read_the_tables_and_types_of_the_specification() {
    let bench = released(Bench::city(600, 21, Packing::Native, Dirt::Usual));
    consistent_and_newest(&bench.lake);
    let _ = script("readers.py", [&bench.lake]).ended(0);
}

#[test]
fn types_hold_where_a_table_is_empty() {
    let bench = Bench::clean(22);
    std::fs::remove_file(bench.delivery("civil_affairs/social_assistance.csv")).unwrap();
    std::fs::remove_file(bench.delivery("health/health_record.csv")).unwrap();
    let _ = bench.run().ended(0);
    let ran = script("consistent.py", [&bench.lake]).ended(0);
    assert_ne!(ran.stdout.trim(), "none");
}
