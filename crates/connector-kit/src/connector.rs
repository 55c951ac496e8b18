//! A connector: one department's deliveries, and what a contract can't say about them.

use std::path::Path;

use rongtong_contracts::{Binding, Contract, Crs, FeedName, FormatSpec};
use rongtong_formats::{Format, FormatError, Limits, Packing, Parts, TextBatch};

use crate::StandardBatch;

/// What the rows of one delivery are read with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The feed's contract.
    pub contract: &'a Contract,
    /// How the feed arrives in this pipeline.
    pub binding: &'a Binding,
    /// As-of day of the delivery, in days since 1970-01-01: nobody in it was born later.
    pub as_of: i32,
}

impl Context<'_> {
    /// The coordinate system of the delivery's longitudes and latitudes.
    #[must_use]
    pub fn crs(&self) -> Crs {
        self.binding.crs.unwrap_or(Crs::Cgcs2000)
    }
}

/// One department's deliveries. The defaults serve a department whose contracts say everything.
pub trait Connector: Send + Sync {
    /// The department, as it stands before the dot in the names of its feeds.
    fn department(&self) -> &'static str;

    /// Opens one delivered file. Other transports, such as a database extract, give parts of their own.
    ///
    /// # Errors
    /// [`FormatError`] when the container can't be opened.
    fn open(&self, path: &Path, binding: &Binding) -> Result<Parts, FormatError> {
        rongtong_formats::open(path, &packing(binding), &Limits::default())
    }

    /// Mends a text batch before its columns are standardised.
    fn tidy(&self, feed: &FeedName, batch: TextBatch) -> TextBatch {
        let _ = feed;
        batch
    }

    /// Mends standard rows, adding a finding for each thing it does.
    fn refine(&self, context: &Context<'_>, batch: &mut StandardBatch) {
        let _ = (context, batch);
    }
}

/// The connector of any department that has none of its own: its contracts say everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Connector for Plain {
    fn department(&self) -> &'static str {
        "plain"
    }
}

/// The packing that a binding describes.
#[must_use]
pub fn packing(binding: &Binding) -> Packing {
    let format = match &binding.format {
        FormatSpec::Csv {
            delimiter,
            quote,
            header_row,
        } => Format::Csv {
            delimiter: *delimiter,
            quote: *quote,
            header_row: *header_row,
        },
        FormatSpec::Xlsx { sheet, header_row } => Format::Xlsx {
            sheet: sheet.clone(),
            header_row: *header_row,
        },
        FormatSpec::Ndjson => Format::Ndjson,
        FormatSpec::JsonArray => Format::JsonArray,
        FormatSpec::Xml { record } => Format::Xml {
            record: record.clone(),
        },
        FormatSpec::Geojson => Format::Geojson,
    };
    Packing {
        format,
        encoding: binding.encoding,
    }
}
