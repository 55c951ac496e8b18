//! Addresses and the buildings they name.

/// The rules of this module.
pub static RULES: &[&crate::rules::Rule] = &[];
