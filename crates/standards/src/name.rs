//! Names of persons.

/// The rules of this module.
pub static RULES: &[&crate::rules::Rule] = &[];
