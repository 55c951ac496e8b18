//! Law 4: a delivery counts once, however often the run is repeated, or raced by another run.

use std::fs;
use std::path::Path;

use rongtong_tests::Bench;
use serde_json::Value;

use crate::support::{
    DEATH, DEATH_CSV, PERMIT, PERMIT_CSV, REGISTER, REGISTER_CSV, assert_same,
    consistent_and_newest, content, count, released,
};

#[test]
fn a_second_run_finds_nothing_new() {
    let bench = released(Bench::small(51));
    let first = content(&bench.lake);
    let release = consistent_and_newest(&bench.lake);
    let again = bench.run().ended(0);
    assert_eq!(again.json()["status"], "nothing_new");
    assert_eq!(
        consistent_and_newest(&bench.lake),
        release,
        "a release was made of nothing"
    );
    assert_same(&first, &content(&bench.lake));
}

#[test]
fn files_touched_but_not_changed_are_nothing_new() {
    let bench = released(Bench::clean(52));
    let copied = bench.with_feeds("copied");
    let release = consistent_and_newest(&bench.lake);
    let again = copied.run().ended(0);
    assert_eq!(again.json()["status"], "nothing_new");
    assert_eq!(consistent_and_newest(&bench.lake), release);
}

#[test]
fn the_ledger_says_whether_a_file_was_ever_taken() {
    let bench = released(Bench::clean(59));
    let first = consistent_and_newest(&bench.lake);
    let second = bench.with_second_day("second");
    let asked = |file: &Path| -> Vec<Value> {
        let mut command = bench.command();
        command
            .arg("deliveries")
            .arg(file)
            .args(["--json", "--lake"]);
        let told = bench.ended(command.arg(&bench.lake)).ended(0);
        serde_json::from_str(&told.stdout).expect("a JSON array")
    };
    let register = bench.delivery(REGISTER_CSV);
    // Under another name it is the same file.
    let renamed = bench.path("renamed.csv");
    fs::copy(&register, &renamed).unwrap();
    let of_first = asked(&renamed);
    let [entry] = of_first.as_slice() else {
        panic!("{of_first:?}");
    };
    let rows = count(&bench.lake, "standard/public_security/household_register");
    assert_eq!(entry["feed"], REGISTER);
    assert_eq!(entry["status"], "in_force");
    assert_eq!(entry["release"], first);
    assert_eq!(entry["standard"], rows);
    let later = second.delivery(REGISTER_CSV);
    assert_eq!(asked(&later), Vec::<Value>::new());

    let _ = second.run().ended(0);
    assert_eq!(asked(&register)[0]["status"], "superseded");
    assert_eq!(asked(&later)[0]["status"], "in_force");
}

#[test]
fn an_increment_under_another_name_is_not_taken_again() {
    let bench = released(Bench::clean(53).with_change(
        "pipeline.yaml",
        PERMIT_CSV,
        "public_security/residence_permit*.csv",
    ));
    let first = content(&bench.lake);
    let again = bench.delivery("public_security/residence_permit_sent_twice.csv");
    fs::copy(bench.delivery(PERMIT_CSV), again).unwrap();
    let ran = bench.run().ended(0);
    assert_eq!(ran.of_feed(PERMIT, "received"), 0);
    assert_same(&first, &content(&bench.lake));
}

#[test]
fn an_increment_sent_twice_at_once_is_taken_once() {
    let bench = Bench::clean(54).with_change("pipeline.yaml", DEATH_CSV, "health/death_*.csv");
    let rows = fs::read_to_string(bench.delivery(DEATH_CSV))
        .unwrap()
        .lines()
        .count()
        - 1;
    fs::copy(
        bench.delivery(DEATH_CSV),
        bench.delivery("health/death_twice.csv"),
    )
    .unwrap();
    let _ = bench.run().ended(0);
    assert_eq!(
        count(&bench.lake, "standard/health/death_certificate"),
        rows,
        "{DEATH}"
    );
}

#[test]
fn a_raced_run_takes_nothing_twice() {
    let bench = Bench::small(55);
    let alone = released(bench.with_lake("alone"));
    let mut racing: Vec<_> = (0..3)
        .map(|_| {
            bench
                .work("run")
                .stdout(quiet())
                .stderr(quiet())
                .spawn()
                .unwrap()
        })
        .collect();
    let ends: Vec<_> = racing
        .iter_mut()
        .map(|run| run.wait().unwrap().code())
        .collect();
    assert!(ends.contains(&Some(0)), "{ends:?}");
    let _ = bench.run().ended(0);
    consistent_and_newest(&bench.lake);
    assert_same(&content(&alone.lake), &content(&bench.lake));
}

fn quiet() -> std::process::Stdio {
    std::process::Stdio::null()
}

#[test]
fn only_the_feed_asked_for_is_taken() {
    let bench = Bench::clean(56);
    let ran = bench.run_with(&["--feed", REGISTER]).ended(0);
    assert!(ran.of_feed(REGISTER, "received") > 0);
    assert!(
        ran.json()["feeds"][PERMIT]["received"]
            .as_u64()
            .unwrap_or(0)
            == 0
    );
    let _ = bench.run().ended(0);
    let whole = released(bench.with_lake("whole"));
    assert_same(&content(&whole.lake), &content(&bench.lake));
}
