//! How two personal names agree: for record linkage, where clerks write the same name in different ways.
//!
//! A [`NameForm`] takes a name apart once; [`NameForm::compare`] then costs some nanoseconds for each
//! pair. `docs/names.md` says what each [`NameAgreement`] means, with examples and measured shares.

mod agreement;
mod characters;
mod dotted;
mod form;
mod han;
mod keys;
mod latin;
mod read;
mod relation;
mod spelling;
mod surnames;
mod unit;
mod wild;

#[cfg(test)]
mod tests;

pub use agreement::NameAgreement;
pub use characters::{folded, look_alike, sounds};
pub use form::NameForm;
