use std::path::PathBuf;
use std::process::{Command, Output};

use crate::{contract_files, workspace};

/// `datacontract lint` on each file, in one process.
const LINT: &str = "
import sys
from datacontract.cli import app

failed = False
for file in sys.argv[1:]:
    try:
        app(['lint', '--all-errors', '--no-inline-references', file])
    except SystemExit as exit:
        failed = failed or bool(exit.code)
sys.exit(failed)
";

/// PyPI datacontract-cli carries the ODCS schemas with it: no network.
#[test]
fn shipped_contracts_pass_datacontract_lint() {
    let files = contract_files();
    let output = lint(&files);
    let said = String::from_utf8_lossy(&output.stdout);
    let passed = said
        .matches("Data contract is valid against ODCS v3.1.0")
        .count();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && passed == files.len(),
        "{passed} passed: {said}{errors}"
    );
    assert!(
        !said.contains("are ignored"),
        "a field that ODCS does not have: {said}"
    );
}

#[test]
fn lint_would_find_a_wrong_contract() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.odcs.yaml");
    let wrong = include_str!("fixture.odcs.yaml").replace("logicalType: date", "logicalType: day");
    std::fs::write(&file, wrong).unwrap();
    assert!(!lint(&[file]).status.success());
}

fn lint(files: &[PathBuf]) -> Output {
    let mut command = Command::new(python());
    command.env("COLUMNS", "200").args(["-c", LINT]).args(files);
    command.output().unwrap()
}

/// A Python that has datacontract-cli.
fn python() -> PathBuf {
    let python = match std::env::var_os("RONGTONG_PYTHON") {
        Some(python) => PathBuf::from(python),
        None => workspace().join(".venv/bin/python"),
    };
    let probe = Command::new(&python)
        .args(["-c", "import datacontract.cli"])
        .output();
    let found = probe.is_ok_and(|output| output.status.success());
    assert!(
        found,
        "{} has no datacontract-cli: run `python3 -m venv .venv && .venv/bin/pip install datacontract-cli==1.2.8` \
         in the workspace's folder, or set RONGTONG_PYTHON to a Python that has it",
        python.display()
    );
    python
}
