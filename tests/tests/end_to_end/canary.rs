//! Law 6: no identity number outside `identities` and `quarantine`, and no personal data in what the command
//! says, in findings or in file names.

use std::ffi::OsString;
use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, Ran, script};

#[test]
fn nobody_is_seen_outside_the_restricted_tables() {
    let bench = Bench::city(300, 71, Packing::Native, Dirt::Hard)
        .with_change(
            "pipeline.yaml",
            "max_rejected_percent: 5",
            "max_rejected_percent: 20",
        )
        .with_env("RUST_LOG", "trace");
    let mut said = vec![bench.run_with(&["--log-format", "json"]).ended(0)];
    said.push(bench.with_second_day("second").run().ended(0));
    said.push(
        bench
            .run_with(&["--reprocess", "--feed", "health.health_record"])
            .ended(0),
    );
    said.push(bench.replay());
    assert!(
        said[0].stderr.len() > 10_000,
        "RUST_LOG=trace said next to nothing"
    );
    unseen(&bench, &said);
}

#[test]
fn a_run_that_fails_names_nobody_either() {
    let bench = Bench::small(72).with_env("RUST_LOG", "debug");
    let mut said = vec![bench.run().ended(0)];
    // A heading twice, no heading line, half of the rows, bytes that are no text.
    let register = bench.delivery("public_security/household_register.csv");
    let text = fs::read_to_string(&register).unwrap();
    let half: String = text
        .lines()
        .take(text.lines().count() / 2)
        .collect::<Vec<_>>()
        .join("\n");
    for bad in [
        text.replacen("公民身份号码,姓名", "姓名,姓名", 1),
        text.split_once('\n').unwrap().1.to_owned(),
        half,
    ] {
        fs::write(&register, bad).unwrap();
        let ran = bench.run();
        assert_ne!(ran.code, 0, "{}", ran.stdout);
        said.push(ran);
    }
    let mut bytes = text.into_bytes();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xFF);
    fs::write(&register, bytes).unwrap();
    let ran = bench.run();
    assert_ne!(ran.code, 0, "{}", ran.stdout);
    said.push(ran);
    unseen(&bench, &said);
}

#[track_caller]
fn unseen(bench: &Bench, said: &[Ran]) {
    let mut arguments = vec![OsString::from(&bench.lake), OsString::from(&bench.feeds)];
    for (number, ran) in said.iter().enumerate() {
        for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            let path = bench.path(&format!("{stream}-{number}"));
            fs::write(&path, text).unwrap();
            arguments.push(path.into());
        }
    }
    let _ = script("canary.py", arguments).ended(0);
}
