//! Dates, months and times.

/// The rules of this module.
pub static RULES: &[&crate::rules::Rule] = &[];
