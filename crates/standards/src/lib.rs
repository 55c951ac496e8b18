//! Chinese administrative standards as values and Arrow kernels.
//!
//! Every kernel takes one text column as it was received and gives the standard column of the same
//! length, with the few cells that broke a [`Rule`]; [`sm3`] takes bytes. Nothing here knows of feeds, files or lakes.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod address;
pub mod calendar;
pub mod clean;
pub mod codes;
pub mod credit;
pub mod date;
pub mod geo;
pub mod hidden;
pub mod identity;
mod kernel;
pub mod name;
pub mod names;
pub mod number;
pub mod phone;
pub mod rules;
pub mod sm3;
pub mod text;

pub use rules::{Column, Issue, Rule, Severity};
