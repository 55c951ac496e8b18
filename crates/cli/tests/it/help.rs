//! Help that teaches.

use crate::shell::Shell;

const COMMANDS: [&str; 13] = [
    "run",
    "demo",
    "check",
    "sql",
    "tables",
    "why",
    "replay",
    "profile",
    "deliveries",
    "verify",
    "repair",
    "rollback",
    "vacuum",
];

#[test]
fn the_command_says_what_it_can_do() {
    insta::assert_snapshot!(Shell::new().told(&["--help"]));
}

#[test]
fn every_command_says_how_it_is_used() {
    let shell = Shell::new();
    for command in COMMANDS {
        insta::assert_snapshot!(
            format!("help_of_{command}"),
            shell.told(&[command, "--help"])
        );
    }
}

#[test]
fn short_help_is_short() {
    let shell = Shell::new();
    for command in COMMANDS {
        let short = shell.output(&[command, "-h"]).stdout.len();
        let long = shell.output(&[command, "--help"]).stdout.len();
        assert!(short < long, "{command}");
    }
}

#[test]
fn help_and_version_succeed() {
    let shell = Shell::new().without_secret();
    for arguments in [["--version"], ["--help"], ["-h"], ["help"]] {
        let output = shell.output(&arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}");
    }
}
