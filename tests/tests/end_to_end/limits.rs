//! What stops a release, and the setting that accepts it; secrets.

use std::fs;

use rongtong_tests::{Bench, Csv, SECRET};

use crate::support::{
    PERMIT, PERMIT_CSV, REGISTER, REGISTER_CSV, assert_same, consistent_and_newest, content, count,
    released,
};

const ASSISTANCE: &str = "civil_affairs.social_assistance";
const ASSISTANCE_CSV: &str = "civil_affairs/social_assistance.csv";

#[test]
fn a_snapshot_cut_short_stops_the_release() {
    let bench = released(Bench::clean(91));
    let before = content(&bench.lake);
    let release = consistent_and_newest(&bench.lake);
    let mut register = Csv::read(&bench.delivery(REGISTER_CSV));
    register.rows.truncate(register.rows.len() * 7 / 10);
    register.write();
    let ran = bench.run().ended(1);
    assert!(ran.stderr.contains("max_shrink_percent"), "{}", ran.stderr);
    assert!(ran.stderr.contains(REGISTER), "{}", ran.stderr);
    assert_eq!(consistent_and_newest(&bench.lake), release);
    assert_same(&before, &content(&bench.lake));

    let bench = bench.with_change(
        "pipeline.yaml",
        "contracts:",
        "max_shrink_percent: 50\ncontracts:",
    );
    let _ = bench.run().ended(0);
    assert_eq!(
        count(&bench.lake, "standard/public_security/household_register"),
        register.rows.len()
    );
}

#[test]
fn a_little_shrinking_is_life() {
    let bench = released(Bench::clean(92));
    let mut register = Csv::read(&bench.delivery(REGISTER_CSV));
    register.rows.truncate(register.rows.len() * 9 / 10);
    register.write();
    let _ = bench.run().ended(0);
    assert_eq!(
        count(&bench.lake, "standard/public_security/household_register"),
        register.rows.len()
    );
}

#[test]
fn too_many_rejected_rows_stop_the_release() {
    let bench = Bench::clean(93);
    let mut permits = Csv::read(&bench.delivery(PERMIT_CSV));
    let bad = permits.rows.len() / 10 + 1;
    for row in permits.rows.iter_mut().take(bad) {
        row.pop();
    }
    permits.write();
    let ran = bench.run().ended(1);
    assert!(
        ran.stderr.contains("max_rejected_percent"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(PERMIT), "{}", ran.stderr);

    let bench = bench.with_change(
        "pipeline.yaml",
        "contracts:",
        "max_rejected_percent: 50\ncontracts:",
    );
    let ran = bench.run().ended(0);
    assert_eq!(ran.of_feed(PERMIT, "quarantined"), bad as u64);
    assert_eq!(count(&bench.lake, "quarantine"), bad);
}

#[test]
fn a_total_below_a_short_table_stops_nothing() {
    let bench = Bench::clean(97);
    let mut assistance = Csv::read(&bench.delivery(ASSISTANCE_CSV));
    assistance.rows.truncate(3);
    let line = |first: &str| {
        let mut line = vec![String::new(); assistance.headings.len()];
        line[0] = first.to_owned();
        line
    };
    let lines = [
        line("合 计"),
        line("制表人：张三"),
        assistance.headings.clone(),
    ];
    assistance.rows.extend(lines);
    // Some programs write no cells behind the last that is filled.
    let short = ["合计", "2400"].map(str::to_owned);
    assistance.rows.push(short.to_vec());
    assistance.write();
    let ran = bench.run().ended(0);
    assert_eq!(ran.of_feed(ASSISTANCE, "standard"), 3);
    assert_eq!(ran.findings(ASSISTANCE, "line_of_table"), 4);
    assert_eq!(count(&bench.lake, "quarantine"), 4);
}

#[test]
fn without_a_secret_nothing_runs() {
    let bench = Bench::clean(94).with_env("RONGTONG_SECRET", "");
    let ran = bench.run().ended(2);
    assert!(ran.stderr.contains("RONGTONG_SECRET"), "{}", ran.stderr);
    assert!(!bench.lake.join("residents").exists());
}

#[test]
fn a_lake_keeps_to_its_secret() {
    let bench = released(Bench::clean(95));
    let before = content(&bench.lake);
    let other = bench
        .with_second_day("second")
        .with_env("RONGTONG_SECRET", "wholly-other-text");
    let ran = other.run().ended(2);
    assert!(ran.stderr.contains("secret"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(SECRET) && !ran.stderr.contains("wholly-other-text"));
    assert_same(&before, &content(&bench.lake));
}

#[test]
fn a_secret_file_goes_before_and_its_last_newline_counts_for_nothing() {
    let bench = released(Bench::clean(96));
    let file = bench.path("secret");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let named = bench
        .with_env("RONGTONG_SECRET_FILE", file.to_str().unwrap())
        .with_env("RONGTONG_SECRET", "another secret");
    assert_eq!(named.run().ended(0).json()["status"], "nothing_new");
}

#[test]
fn a_command_line_that_means_nothing_is_wrong() {
    let bench = Bench::clean(97);
    let ran = bench.run_with(&["--feed", "health.no_such_feed"]).ended(2);
    assert!(ran.stderr.contains("no_such_feed"), "{}", ran.stderr);
    let _ = bench.run_with(&["--no-such-option"]).ended(2);
}
