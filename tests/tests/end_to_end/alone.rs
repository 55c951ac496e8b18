//! A delivery of little that is new is looked at alone: the lake is what looking at everybody would give.

use std::process::Command;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::Bench;

use crate::support::{assert_same, consistent_and_newest, content_without, released};

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
    let first = released(city.with_increments());
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
