//! codes

use crate::rules::Rule;

/// The rules of this module.
pub static RULES: &[&Rule] = &[];
