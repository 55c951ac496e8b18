//! Other programs read the lake: delta-rs, Polars and DuckDB find the tables and types of LAKE.md.

use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, script};
use serde_json::Value;

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
    fs::rename(&bench.lake, bench.path("elsewhere")).unwrap();
    let moved = bench.with_lake("elsewhere");
    assert_eq!(moved.run().ended(0).json()["status"], "nothing_new");
    fs::remove_dir_all(&bench.feeds).unwrap();
    fs::create_dir(&bench.feeds).unwrap();
    let _ = moved.run_with(&["--reprocess"]).ended(0);
    assert_same(&before, &content(&moved.lake));
}

#[test]
fn the_releases_themselves_can_be_asked() {
    let bench = released(Bench::clean(26));
    let _ = bench.with_second_day("second").run().ended(0);
    let named = |more: &[&str]| {
        let query = "SELECT DISTINCT release FROM releases ORDER BY release";
        let rows = bench.sql(query, more);
        let names = rows
            .iter()
            .map(|row| row["release"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(named(&[]), ["000001", "000002"]);
    assert_eq!(named(&["--release", "1"]), ["000001"]);
    let query = "SELECT version FROM releases WHERE \"table\" = 'residents' ORDER BY release";
    assert_eq!(bench.sql(query, &[]).len(), 2);

    let mut tables = bench.command();
    tables.args(["tables", "--json", "--lake"]).arg(&bench.lake);
    let listed: Vec<Value> =
        serde_json::from_str(&bench.ended(&mut tables).ended(0).stdout).unwrap();
    let releases = listed.iter().find(|table| table["name"] == "releases");
    assert_eq!(releases.unwrap()["version"], 1);
}

#[test]
fn a_release_that_has_lost_a_file_is_not_read_as_fewer_rows() {
    const COUNT: &str = "SELECT count(*) FROM residents";
    let bench = released(Bench::clean(25));
    let _ = bench.with_second_day("second").run().ended(0);
    let asked = |words: &[&str]| {
        let mut command = bench.command();
        bench.ended(command.args(words).arg("--lake").arg(&bench.lake))
    };
    let earlier = ["sql", COUNT, "--release", "1"];
    let _ = asked(&earlier).ended(0);
    let _ = asked(&["vacuum", "--keep", "1"]).ended(0);
    let told = asked(&earlier).ended(1).stderr;
    for word in ["release 000001", ".parquet is missing", "vacuum"] {
        assert!(told.contains(word), "{told}");
    }
    let _ = asked(&["sql", COUNT]).ended(0);

    let key = &bench.sql("SELECT resident_key AS key FROM residents LIMIT 1", &[])[0]["key"];
    let file = fs::read_dir(bench.lake.join("residents"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .unwrap();
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let told = asked(&["sql", COUNT]).ended(1).stderr;
    assert!(told.contains("release 000002"), "{told}");
    assert!(told.contains(".parquet is of another size"), "{told}");
    fs::remove_file(&file).unwrap();
    let told = asked(&["why", key.as_str().unwrap()]).ended(1).stderr;
    assert!(told.contains(".parquet is missing"), "{told}");
}

#[test]
fn a_city_without_two_of_its_feeds_is_a_whole_release() {
    let bench = Bench::clean(22);
    fs::remove_file(bench.delivery("civil_affairs/social_assistance.csv")).unwrap();
    fs::remove_file(bench.delivery("health/health_record.csv")).unwrap();
    let _ = bench.run().ended(0);
    let ran = script("consistent.py", [&bench.lake]).ended(0);
    assert_ne!(ran.stdout.trim(), "none");
}
