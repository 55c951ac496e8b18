//! A delivery of little that is new is looked at alone: the lake is what looking at everybody would give.

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::Bench;

use crate::support::{REGISTER_CSV, assert_same, consistent_and_newest, content_without, released};

const PROPERTY_CSV: &str = "housing/property_ownership.csv";

#[test]
fn a_usual_city() {
    looked_at_alone(Bench::city(3_000, 201, Packing::Csv, Dirt::Usual));
}

#[test]
fn a_hard_city() {
    looked_at_alone(Bench::city(3_000, 202, Packing::Csv, Dirt::Hard));
}

#[test]
fn another_hard_city() {
    looked_at_alone(Bench::city(4_000, 203, Packing::Csv, Dirt::Hard));
}

#[track_caller]
fn looked_at_alone(city: Bench) {
    let first = released(increments(city));
    let second = news(&first);
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

    // A contract of which a line stands elsewhere is another contract: everything is looked at.
    let whole = whole.with_change(
        "schemas/health/health_record.odcs.yaml",
        "apiVersion",
        "# moved\napiVersion",
    );
    assert!(whole.run().ended(0).json()["looked_at"].is_null());
    let but_rules = ["rules"];
    assert_same(
        &content_without(&second.lake, &but_rules),
        &content_without(&whole.lake, &but_rules),
    );
}

/// Every feed arrives as increments.
fn increments(city: Bench) -> Bench {
    let mut bench = city.with_change(
        "pipeline.yaml",
        "contracts:",
        "max_rejected_percent: 20\ncontracts:",
    );
    for file in [REGISTER_CSV, PROPERTY_CSV] {
        let path = format!("path: {file}\n");
        let increment = format!("{path}    cadence: increment\n");
        bench = bench.with_change("pipeline.yaml", &path, &increment);
    }
    bench
}

/// What is new the day after.
fn news(first: &Bench) -> Bench {
    let second = first.with_second_day("second");
    for file in [REGISTER_CSV, PROPERTY_CSV] {
        let first = fs::read_to_string(first.delivery(file)).unwrap();
        let known: HashSet<&str> = first.lines().skip(1).collect();
        let all = fs::read_to_string(second.delivery(file)).unwrap();
        let news: Vec<&str> = all.lines().filter(|line| !known.contains(line)).collect();
        assert!(news.len() > 1);
        fs::write(second.delivery(file), news.join("\n") + "\n").unwrap();
    }
    second
}
