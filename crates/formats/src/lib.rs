//! How deliveries are packed: csv, xlsx, json, xml, geojson to text batches
//!
//! A delivery is opened with [`open`] and read part by part ([`Parts`]; a zip has a part for
//! each member), each part batch by batch ([`TextReader`]). A cell stays the text that was
//! received; what it means is the business of `standards`. Rows that can't be split into columns
//! come back as [`BrokenRow`]s, so that every row received is accounted for.
//!
//! Everything is streaming: memory is a batch and one row ([`Limits::max_row_bytes`]), whatever
//! the size of the delivery. What looks like an attack (zip bombs, deep nesting, entities,
//! members that climb out of their folder) is refused with a [`FormatError`].
//!
//! | packing | columns | a row number counts |
//! |---|---|---|
//! | delimited text | heading row, by position | lines with a cell that isn't blank |
//! | xlsx | heading row, by position | rows with a cell that isn't blank |
//! | NDJSON, JSON array | union of the keys | lines that aren't blank, elements |
//! | XML | union of the record's children | record elements |
//! | GeoJSON | union of the properties, and `geometry` | features |
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod archive;
mod batch;
mod container;
mod csv;
mod decode;
mod error;
mod json;
mod limits;
mod located;
mod open;
mod sniff;
mod xlsx;
mod xml;

pub use batch::{BrokenRow, ROW_UNPARSABLE, ROW_WIDTH, TextBatch};
pub use container::Compression;
pub use error::FormatError;
pub use limits::Limits;
pub use open::{Format, Note, Packing, Part, Parts, TextReader, open, open_reader};
pub use sniff::{Newline, Sniff, sniff};
