//! `rongtong check` on contracts and pipelines; deliveries are looked at in the end-to-end tests.

use crate::shell::{Shell, assert_told};

#[test]
fn a_sound_contract() {
    let shell = Shell::new();
    assert_told!(shell.told(&["check", "schemas/health/health_record.odcs.yaml"]));
    assert_told!(shell.told(&["check", "schemas/health/health_record.odcs.yaml", "--json"]));
}

#[test]
fn a_draft_under_any_name_is_a_contract() {
    let shell = Shell::new();
    let draft =
        std::fs::read_to_string(shell.dir.path().join("schemas/grid/cells.odcs.yaml")).unwrap();
    shell.write("draft.yaml", &draft);
    let output = shell.output(&["check", "draft.yaml"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_contract_with_a_mistake() {
    let shell = Shell::new();
    let contract = "schemas/health/health_record.odcs.yaml";
    shell.mistake(contract, "physicalName: idNo", "phisicalName: idNo");
    assert_told!(shell.told(&["check", contract]));
    let output = shell.output(&["check", contract, "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("\"status\": \"wrong\"")
    );
}

#[test]
fn a_pipeline_before_its_first_delivery() {
    let shell = Shell::new().without_secret();
    for pipeline in [
        "pipelines/residents",
        "pipelines/residents_csv/pipeline.yaml",
    ] {
        let output = shell.output(&["check", pipeline]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert!(
            !shell.dir.path().join("lake").exists(),
            "check makes no lake"
        );
    }
}

#[test]
fn a_mistake_in_the_decisions_is_told_before_a_run() {
    let shell = Shell::new().without_secret();
    let decisions = "decision,key,other_key\nsame,zzz,yyy\n";
    shell.write("pipelines/residents/decisions.csv", decisions);
    let output = shell.output(&["check", "pipelines/residents"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("decisions.csv:2"), "{told}");
}

#[test]
fn a_pipeline_that_is_not_there() {
    assert_told!(Shell::new().told(&["check", "pipelines/nothing"]));
}
