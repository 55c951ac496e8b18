//! Coordinate systems in use in China.

/// The rules of this module.
pub static RULES: &[&crate::rules::Rule] = &[];
