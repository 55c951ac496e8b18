//! Why a delivery can't be read.

use std::io;
use std::path::PathBuf;

/// A delivery, or the rest of it, can't be read: what happened, where, and what to do next.
///
/// Messages carry positions and names of files, sheets and headings, never the content of a
/// cell. Rows are data rows: 1 is the first one under the headings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The operating system refused.
    #[error("{} can't be read: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Reading stopped on an error of the system.
    #[error("reading stopped: {source}; try again once the file or the disk is well")]
    Io {
        /// The system's reason.
        source: io::Error,
    },
    /// Bytes that mean nothing in the delivery's encoding.
    #[error(
        "byte {offset}{} is not {encoding}; write the encoding it was really saved in into the binding, or ask for the delivery again",
        at_row(*.row)
    )]
    Undecodable {
        /// The encoding's name, as in the WHATWG Encoding Standard.
        encoding: &'static str,
        /// Offset of the first bad byte in the (decompressed) delivery, from 0.
        offset: u64,
        /// The row it stands in, where rows were already told apart.
        row: Option<i64>,
    },
    /// The delivery ends before its own end.
    #[error("cut short{}: it ends inside {inside}; ask for the delivery again", at_row(*.row))]
    CutShort {
        /// What was still open.
        inside: &'static str,
        /// The row in which that began.
        row: Option<i64>,
    },
    /// No heading line.
    #[error(
        "no headings: there is nothing at or below line {header_row}; set header_row in the binding, or ask for the delivery again"
    )]
    NoHeadings {
        /// The line, or sheet row, where headings were sought, from 1.
        header_row: u32,
    },
    /// A keyed row has one key twice.
    #[error(
        "column {heading} comes twice in row {row}; which of the two holds can't be known: ask the department"
    )]
    ColumnTwice {
        /// The key (`(unprintable)` when it looks like a number of a person).
        heading: String,
        /// The row.
        row: i64,
    },
    /// More columns than the limit.
    #[error("more than {limit} columns{}; is the delimiter right?", at_row(*.row))]
    TooManyColumns {
        /// `Limits::max_columns`.
        limit: usize,
        /// The row; none for the headings.
        row: Option<i64>,
    },
    /// A row larger than the limit: usually a quote that never closes.
    #[error(
        "row {row} is larger than {limit} bytes; is a quote left open, or the delimiter wrong?"
    )]
    RowTooLarge {
        /// `Limits::max_row_bytes`.
        limit: usize,
        /// The row (0: the headings).
        row: i64,
    },
    /// Nesting deeper than the limit.
    #[error("nested deeper than {limit} levels{}", at_row(*.row))]
    TooDeep {
        /// `Limits::max_depth`.
        limit: usize,
        /// The row.
        row: Option<i64>,
    },
    /// The text breaks the packing's grammar.
    #[error("not well-formed {packing} at byte {offset} of the text (in UTF-8){}: {what}", at_row(*.row))]
    Malformed {
        /// `JSON`, `XML`, `GeoJSON`.
        packing: &'static str,
        /// Offset in the decoded text, from 0, as near as is known.
        offset: u64,
        /// The row.
        row: Option<i64>,
        /// What is wrong.
        what: &'static str,
    },
    /// Nothing in the document is a record.
    #[error("no {wanted} in the document{}; write the name of the records into the binding", found.as_deref().map(|f| format!(", but {f}")).unwrap_or_default())]
    NoRecords {
        /// What was looked for.
        wanted: String,
        /// What is there.
        found: Option<String>,
    },
    /// The bytes are another packing than the binding says.
    #[error("the binding says {wanted}, the file is {found}; correct the binding's format")]
    WrongFormat {
        /// The binding's format.
        wanted: &'static str,
        /// What the first bytes say.
        found: &'static str,
    },
    /// The packing can't work.
    #[error("{what}; correct the binding")]
    BadPacking {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A compressed file or archive is damaged.
    #[error("the {container} is damaged: {what}; ask for the delivery again")]
    BadContainer {
        /// gzip, zstd, zip, xlsx.
        container: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// A container inside a container.
    #[error("a {inner} inside a {outer} is not opened; unpack it before it is delivered")]
    Nested {
        /// The container outside.
        outer: &'static str,
        /// The one inside.
        inner: &'static str,
    },
    /// A member of a zip that must not be read.
    #[error("member {member} of the zip: {what}")]
    Member {
        /// Its name.
        member: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// More members than the limit.
    #[error("the zip has {found} members, the limit is {limit}")]
    TooManyMembers {
        /// How many it has.
        found: usize,
        /// `Limits::max_members`.
        limit: usize,
    },
    /// It expands to more than the limits allow: a bomb, or limits that are too tight.
    #[error(
        "it expands to more than {limit} {unit}; if it is meant to be that large, raise the limit in the pipeline"
    )]
    Expansion {
        /// The limit that was met.
        limit: u64,
        /// `bytes` or `times its size`.
        unit: &'static str,
    },
    /// The sheet that the binding names is not in the workbook.
    #[error("no sheet {wanted}; the workbook has {}", available.join(", "))]
    NoSheet {
        /// The binding's sheet (`(any)` when it names none).
        wanted: String,
        /// The worksheets it has.
        available: Vec<String>,
    },
}

impl FormatError {
    /// The error behind an `io::Error` that a reader of ours made, or [`FormatError::Io`].
    pub(crate) fn from_io(error: io::Error) -> Self {
        match error.downcast::<FormatError>() {
            Ok(inner) => inner,
            Err(source) => Self::Io { source },
        }
    }

    /// The same error, standing in `row` where it didn't know its row.
    pub(crate) fn in_row(mut self, at: i64) -> Self {
        if let Self::Undecodable { row, .. } | Self::CutShort { row, .. } = &mut self {
            row.get_or_insert(at);
        }
        self
    }
}

impl From<FormatError> for io::Error {
    fn from(error: FormatError) -> Self {
        io::Error::other(error)
    }
}

/// A heading as an error may show it: one with a long run of digits may be data, not a heading.
pub(crate) fn printable_heading(heading: &str) -> String {
    let mut run = 0;
    let digits = heading.bytes().any(|b| {
        run = if b.is_ascii_digit() { run + 1 } else { 0 };
        run > 5
    });
    if digits || heading.chars().count() > 40 {
        "(unprintable)".into()
    } else {
        heading.into()
    }
}

/// Rows are counted from the first below the headings.
fn at_row(row: Option<i64>) -> String {
    match row {
        None => String::new(),
        Some(0) => " before the first row".into(),
        Some(row) => format!(" in row {row}"),
    }
}

#[cfg(test)]
mod tests {
    use super::FormatError;

    #[test]
    fn headings_are_no_row() {
        let at = |row| {
            let error = FormatError::Undecodable {
                encoding: "UTF-8",
                offset: 0,
                row: None,
            };
            error.in_row(row).to_string()
        };
        assert!(at(0).starts_with("byte 0 before the first row is not UTF-8"));
        assert!(at(1).starts_with("byte 0 in row 1 is not UTF-8"));
    }
}
