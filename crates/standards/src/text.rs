//! Free text: blanks, width and Excel apostrophes.

/// The rules of this module.
pub static RULES: &[&crate::rules::Rule] = &[];
