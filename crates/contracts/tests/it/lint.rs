use std::path::PathBuf;
use std::process::Command;

use crate::{contract_files, workspace};

/// `datacontract lint` of PyPI datacontract-cli reads ODCS with the schema it carries: no network.
#[test]
fn shipped_contracts_pass_datacontract_lint() {
    let python = python();
    let runs: Vec<_> = contract_files()
        .into_iter()
        .map(|file| {
            let mut command = Command::new(&python);
            command
                .args([
                    "-c",
                    "from datacontract.cli import app; app()",
                    "lint",
                    "--all-errors",
                ])
                .args(["--no-inline-references"])
                .arg(&file);
            (file, command.output().unwrap())
        })
        .collect();
    for (file, output) in runs {
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("valid against ODCS v3.1.0"),
            "{}: {said}{}",
            file.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
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
