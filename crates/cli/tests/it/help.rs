//! Help that teaches.

use crate::shell::Shell;

const COMMANDS: [&str; 15] = [
    "run",
    "demo",
    "check",
    "sql",
    "tables",
    "why",
    "review",
    "replay",
    "profile",
    "link",
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
fn every_step_of_a_review_says_how_it_is_used() {
    let shell = Shell::new();
    for step in ["list", "show", "accept", "reject"] {
        insta::assert_snapshot!(
            format!("help_of_review_{step}"),
            shell.told(&["review", step, "--help"])
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
