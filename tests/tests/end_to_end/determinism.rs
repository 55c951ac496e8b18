//! Law 3: the same deliveries, contracts and secret give the same content, whatever the number of threads,
//! the order of files within a run, or the packing.

use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, Csv};

use crate::support::{REGISTER_CSV, assert_same, content, content_without, released};

#[test]
fn threads_and_order_of_files_change_nothing() {
    let city = Bench::city(600, 41, Packing::Csv, Dirt::Clean).with_change(
        "pipeline.yaml",
        REGISTER_CSV,
        "public_security/household_*.csv",
    );
    let parts = split(&city, "parts", ["a", "b", "c"]);
    let one = released(parts.with_lake("one").with_env("RAYON_NUM_THREADS", "1"));
    let four = released(parts.with_lake("four").with_env("RAYON_NUM_THREADS", "4"));
    assert_same(&content(&one.lake), &content(&four.lake));

    // The same parts under names that sort the other way.
    let turned = released(split(&city, "turned", ["c", "a", "b"]).with_lake("turned-lake"));
    let but_names = ["_source_file"];
    assert_same(
        &content_without(&one.lake, &but_names),
        &content_without(&turned.lake, &but_names),
    );
}

/// The household register in three parts of these names.
fn split(city: &Bench, name: &str, parts: [&str; 3]) -> Bench {
    let bench = city.with_feeds(name);
    let register = Csv::read(&bench.delivery(REGISTER_CSV));
    fs::remove_file(bench.delivery(REGISTER_CSV)).unwrap();
    for (place, part) in parts.iter().enumerate() {
        let mut rows = register.clone();
        let chosen = |at: usize| at % 3 == place;
        rows.rows = register
            .rows
            .iter()
            .enumerate()
            .filter(|(at, _)| chosen(*at))
            .map(|(_, r)| r.clone())
            .collect();
        rows.write_to(&bench.delivery(&format!("public_security/household_{part}.csv")));
    }
    bench
}

#[test]
fn dirt_does_not_depend_on_threads() {
    let city = Bench::city(600, 42, Packing::Native, Dirt::Usual);
    let one = released(city.with_lake("one").with_env("RAYON_NUM_THREADS", "1"));
    let four = released(city.with_lake("four").with_env("RAYON_NUM_THREADS", "4"));
    assert_same(&content(&one.lake), &content(&four.lake));
}

#[test]
fn the_packing_changes_nothing() {
    let native = released(Bench::city(600, 43, Packing::Native, Dirt::Clean));
    let csv = released(Bench::city(600, 43, Packing::Csv, Dirt::Clean));
    let places = ["_delivery", "_source_file", "_source_row", "geometry"];
    let mut left = content_without(&native.lake, &places);
    let mut right = content_without(&csv.lake, &places);
    // A workbook has sheets beside the one that is read, and that is a finding.
    for content in [&mut left, &mut right] {
        content.remove("findings");
    }
    assert_same(&left, &right);
}
