//! The command as a shell sees it: help, mistakes, exit codes and streams.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test -p rongtong-cli`, and read the diff.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod check;
mod help;
mod link;
mod mistakes;
mod shell;
