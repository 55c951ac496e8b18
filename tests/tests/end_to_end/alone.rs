//! A delivery of little that is new is looked at alone: the lake is what looking at everybody would give.

use std::fs;
use std::path::Path;
use std::process::Command;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::Bench;

use crate::support::{assert_same, consistent_and_newest, content_without, count, released};

#[test]
fn a_usual_city() {
    let city = Bench::city(3_000, 201, Packing::Csv, Dirt::Usual);
    looked_at_alone(released(city.with_increments()));
}

#[test]
fn a_hard_city() {
    let city = Bench::city(3_000, 202, Packing::Csv, Dirt::Hard);
    looked_at_alone(released(city.with_increments()));
}

#[test]
fn another_hard_city() {
    let city = Bench::city(4_000, 203, Packing::Csv, Dirt::Hard);
    looked_at_alone(released(city.with_increments()));
}

/// What is known of records lies in two tables until the newer one is large.
#[test]
fn little_by_little() {
    let first = released(Bench::city(3_000, 204, Packing::Csv, Dirt::Usual).with_increments());
    let records = count(&first.lake, "records");
    let mut since = Vec::new();
    for nth in 0..4 {
        let some = first.with_news(&format!("news {nth}"));
        keep(&some.feeds, nth);
        assert_eq!(count(&first.lake, "records"), records, "before {nth}");
        assert!(some.run().ended(0).json()["looked_at"].as_u64().is_some());
        since.push(count(&first.lake, "records_since"));
    }
    assert!(since.is_sorted() && since[0] > 0, "{since:?}");
    looked_at_alone(first);
}

/// Keeps every thirty-second row of each delivery but the grid's.
fn keep(folder: &Path, nth: usize) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            keep(&path, nth);
        } else if !path.ends_with("cells.csv") {
            let text = fs::read_to_string(&path).unwrap();
            let rows = text.lines().skip(1).skip(nth).step_by(32);
            let kept: Vec<&str> = text.lines().take(1).chain(rows).collect();
            match kept.len() {
                0 | 1 => fs::remove_file(path).unwrap(),
                _ => fs::write(path, kept.join("\n") + "\n").unwrap(),
            }
        }
    }
}

/// What is new the day after is looked at alone, and as a part of the whole.
#[track_caller]
fn looked_at_alone(first: Bench) {
    let second = first.with_news("second");
    let whole = second.with_lake("whole");
    let copied = Command::new("cp")
        .args([
            "-r".as_ref(),
            first.lake.as_os_str(),
            whole.lake.as_os_str(),
        ])
        .status();
    assert!(copied.unwrap().success());

    let alone = second.run().ended(0).json();
    let residents = alone["residents"].as_u64().unwrap();
    let looked_at = alone["looked_at"]
        .as_u64()
        .expect("everybody was looked at");
    assert!(
        looked_at > 0 && looked_at * 2 < residents,
        "{looked_at} of {residents}"
    );
    consistent_and_newest(&second.lake);

    // Another version of a contract is another contract: everything is looked at.
    let whole = whole.with_change(
        "schemas/health/health_record.odcs.yaml",
        "version: 1.0.0",
        "version: 1.0.1",
    );
    assert!(whole.run().ended(0).json()["looked_at"].is_null());
    let but_rules = ["rules"];
    assert_same(
        &content_without(&second.lake, &but_rules),
        &content_without(&whole.lake, &but_rules),
    );
}
