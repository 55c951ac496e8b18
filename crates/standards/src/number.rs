//! Amounts, shares and plain numbers.

/// The rules of this module.
pub static RULES: &[&crate::rules::Rule] = &[];
