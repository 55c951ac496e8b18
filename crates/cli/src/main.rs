//! The `rongtong` command: deliveries in, a governance lake out.
//!
//! The only place that knows every connector. Each command is a file under [`commands`]; stdout carries
//! what was asked for, stderr progress and logs; exit codes are those of LAKE.md.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod args;
mod commands;
mod connectors;
mod embedded;
mod excerpt;
mod failure;
mod logs;
mod memory;
mod out;
mod style;
mod summary;
mod table;
mod watch;
mod waterfall;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::failure::Failure;
use crate::watch::Screen;

/// A run frees large columns on other threads than it made them on: this allocator gives them back sooner.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let screen = Screen::new(cli.output.quiet);
    logs::init(cli.output.log_format, &screen);
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let code = match done {
        Ok(runtime) => runtime.block_on(async {
            tokio::spawn(interrupt(screen.clone()));
            commands::execute(cli.command, &screen).await
        }),
        Err(error) => Err(Failure::failed(format!("no threads to work with: {error}"))),
    };
    ExitCode::from(code.unwrap_or_else(|failure| {
        screen.say(&failure.render(screen.style()));
        failure.exit_code()
    }))
}

/// Waits for Ctrl-C and ends the command. What a run has written so far belongs to no release, so the
/// lake stays as it was; the next run clears it away.
async fn interrupt(screen: Screen) {
    if tokio::signal::ctrl_c().await.is_ok() {
        screen.clear();
        screen.say("interrupted: a release is there whole or not at all\n");
        std::process::exit(INTERRUPTED);
    }
}
