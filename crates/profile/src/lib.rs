//! Profile an unknown delivery and draft its contract
//!
//! [`profile`] opens a delivery that nobody has described, holds its cells as text in a Polars
//! frame, asks every kernel of `standards` how well it reads each column, and says what it found:
//! a [`Profile`]. [`draft_contract`] writes that down as an ODCS v3.1 contract for a human to mend.
//!
//! A profile never shows a value that may be personal: values appear only for columns that are
//! codes, where each stands in several rows and looks like no name, number, phone or address.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod codes;
mod column;
mod dictionary;
mod draft;
mod error;
mod forms;
mod headings;
mod infer;
mod kind;
mod known;
mod measure;
mod options;
mod packing;
mod personal;
mod render;
mod report;
mod shape;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use draft::draft_contract;
pub use error::ProfileError;
pub use kind::Kind;
pub use options::Options;
pub use report::{
    Candidate, CodeCount, ColumnProfile, Finding, FormCount, Hint, Origin, PackingSeen, Profile,
    UnreadPart,
};

/// Profiles one delivery: its packing, its shape, and each column.
///
/// At most [`Options::max_rows`] rows are looked at, and at most [`Options::max_bytes`] of text
/// are kept; [`Profile::complete`] says whether that was all of it.
///
/// # Errors
/// When the packing can't be told or the delivery can't be read, or a contract under
/// [`Options::schemas`] can't be.
pub fn profile(path: &Path, options: &Options) -> Result<Profile, ProfileError> {
    let known = known::Known::new(options.schemas.as_deref())?;
    let guess = packing::guess(path, options)?;
    let table = table::read(path, &guess.packing, options)?;
    let headings = headings::check(&table.headings, guess.row(), &known);
    let mut columns = (0..table.width())
        .map(|at| {
            let cells = table.cells(at)?;
            let heading = headings.shown.get(at).cloned().unwrap_or_default();
            column::profile(at, heading, &cells, &known, options)
        })
        .collect::<Result<Vec<_>, ProfileError>>()?;
    mark_repeated(&mut columns);
    Ok(Profile {
        file: path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        bytes: std::fs::metadata(path).map_or(0, |about| about.len()),
        packing: guess.seen,
        headings_recognised: headings.recognised,
        rows: table.rows,
        complete: table.complete,
        broken: table.broken,
        parts: table.parts,
        unread: table.unread,
        columns,
    })
}

/// Headings must name one column each.
fn mark_repeated(columns: &mut [ColumnProfile]) {
    let mut seen = std::collections::HashSet::new();
    for column in columns {
        if let Some(heading) = &column.heading
            && !seen.insert(heading.clone())
        {
            column.hints.push(Hint::HeadingTwice);
        }
    }
}
