//! Mistakes of the caller: exit 2, what is wrong on stderr, nothing on stdout.

use crate::shell::{Shell, assert_told};

#[test]
fn no_secret() {
    let shell = Shell::new().without_secret();
    shell.write("feeds/keep", "");
    assert_told!(shell.told(&["run", "pipelines/residents"]));
}

#[test]
fn an_empty_secret() {
    let shell = Shell::new();
    shell.write("feeds/keep", "");
    shell.write("secret", "\n");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rongtong"));
    command
        .args(["run", "pipelines/residents"])
        .current_dir(shell.dir.path());
    let output = command
        .env("RONGTONG_SECRET_FILE", "secret")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("secret"));
}

#[test]
fn an_unknown_pipeline() {
    assert_told!(Shell::new().told(&["run", "pipelines/resident"]));
}

#[test]
fn a_typo_in_a_feed() {
    let shell = Shell::new();
    shell.write("feeds/keep", "");
    assert_told!(shell.told(&[
        "run",
        "pipelines/residents",
        "--feed",
        "health.helth_record"
    ]));
}

#[test]
fn a_feed_like_no_other() {
    let shell = Shell::new();
    shell.write("feeds/keep", "");
    assert_told!(shell.told(&["run", "pipelines/residents", "--feed", "education.pupils"]));
}

#[test]
fn no_feeds_folder() {
    assert_told!(Shell::new().told(&["run", "pipelines/residents", "--feeds", "deliveries"]));
}

#[test]
fn a_day_that_is_none() {
    assert_told!(Shell::new().told(&["run", "pipelines/residents", "--as-of", "2026-02-30"]));
}

#[test]
fn an_unknown_option() {
    assert_told!(Shell::new().told(&["run", "pipelines/residents", "--as-off", "2026-02-28"]));
}

#[test]
fn an_unknown_command() {
    assert_told!(Shell::new().told(&["rnu"]));
}

#[test]
fn mistakes_in_the_pipeline_are_shown_with_their_lines() {
    let shell = Shell::new();
    let pipeline = "pipelines/residents/pipeline.yaml";
    shell.mistake(pipeline, "encoding: GB18030", "encodng: GB18030");
    shell.mistake(pipeline, "delimiter: pipe", "delimiter: 竖线");
    shell.mistake(
        "schemas/health/death_certificate.odcs.yaml",
        "value: record_number",
        "value: recordnumber",
    );
    assert_told!(shell.told(&["run", "pipelines/residents"]));
}

#[test]
fn a_script_gets_json_of_a_failure_too() {
    let shell = Shell::new();
    shell.mistake(
        "pipelines/residents/pipeline.yaml",
        "format: ndjson",
        "format: ndjsn",
    );
    assert_told!(shell.told(&["run", "pipelines/residents", "--json"]));
}

#[test]
fn the_secret_is_asked_for_in_json_too() {
    let shell = Shell::new().without_secret();
    shell.write("feeds/keep", "");
    assert_told!(shell.told(&["run", "pipelines/residents", "--json"]));
}

#[test]
fn what_is_typed_as_a_key_does_not_come_back() {
    let shell = Shell::new();
    let told = shell.output(&["why", "330106199001011234"]);
    assert_eq!(told.status.code(), Some(2));
    let told = String::from_utf8([told.stdout, told.stderr].concat()).unwrap();
    assert!(!told.contains("330106"), "{told}");
    assert!(told.contains("32 characters"), "{told}");
}

#[test]
fn a_lake_without_a_release() {
    let shell = Shell::new();
    for arguments in [
        &["tables"][..],
        &["sql", "SELECT 1"],
        &["why", "0123456789abcdef0123456789abcdef"],
        &["review", "list"],
        &["review", "show", "1"],
    ] {
        let output = shell.output(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("holds no release yet"), "{told}");
        assert!(
            told.contains("help: make one with `rongtong run`"),
            "{told}"
        );
    }
}

#[test]
fn a_demo_in_somebodys_folder() {
    let shell = Shell::new();
    shell.write("demo/thesis.txt", "three years of work");
    assert_told!(shell.told(&["demo"]));
}

#[test]
fn a_city_without_people() {
    assert_told!(Shell::new().told(&["demo", "--residents", "0"]));
}

#[test]
fn a_delivery_that_is_not_there() {
    assert_told!(Shell::new().told(&["profile", "new/nothing.csv"]));
}
