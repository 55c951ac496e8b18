use std::collections::BTreeMap;
use std::path::PathBuf;

use encoding_rs::Encoding;

use crate::{AsOfPattern, Cadence, Contract, Crs, FeedName, Linking};

/// What [`Pipeline::keep_releases`] is where the pipeline says nothing.
pub const KEEP_RELEASES: u32 = 10;

/// The tables that only some may read, and the archive: what [`Pipeline::restricted`] can put elsewhere.
pub const RESTRICTED: &[&str] = &[
    "identities",
    "quarantine",
    "resident_health",
    "records",
    "records_since",
    "archive",
];

/// Which feeds arrive, where and how packed, and what to do with them.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// `name`, else the name of the pipeline's folder.
    pub name: String,
    /// The file it was read from.
    pub path: PathBuf,
    /// One for each feed, in the order of the file.
    pub bindings: Vec<Binding>,
    /// The contract of every bound feed, and no others.
    pub contracts: BTreeMap<FeedName, Contract>,
    /// Whose value wins (一数一源): for each attribute that a bound feed knows. From the contracts' ranks
    /// unless the pipeline says otherwise.
    pub authority: BTreeMap<String, Authority>,
    /// Attributes whose conflicts are kept, sorted.
    pub conflicts: Vec<String>,
    /// A snapshot that shrinks by more percent than this stops the release.
    pub max_shrink_percent: f64,
    /// A delivery with more percent of its rows rejected than this stops the release.
    pub max_rejected_percent: f64,
    /// Releases that a vacuum leaves whole.
    pub keep_releases: u32,
    /// A run that takes more memory than so many mebibytes is stopped.
    pub max_memory_mb: Option<u32>,
    /// Whether mentions are tied to residents by more than their numbers.
    pub linkage: Linking,
    /// Links of a run that are expected to be right, in percent: a run that expects fewer stops.
    pub min_link_precision_percent: f64,
    /// The file of reviewers' decisions; it need not exist.
    pub decisions: PathBuf,
    /// Whether deliveries taken are kept.
    pub archive: bool,
    /// Where those of [`RESTRICTED`] lie that are not in the lake: a folder or URL. Relative folders start at the lake.
    pub restricted: BTreeMap<String, String>,
}

/// Where and how one feed arrives (接入).
#[derive(Debug, Clone)]
pub struct Binding {
    /// The feed.
    pub feed: FeedName,
    /// Files: paths or globs (`*`, `?`, `[…]`, `**`), `/` between folders, relative ones to `--feeds`. Never
    /// empty. A path without glob characters names exactly one file.
    pub paths: Vec<String>,
    /// How the files are packed; compression and zip are seen from the bytes.
    pub format: FormatSpec,
    /// Of text formats; UTF-8 unless said.
    pub encoding: &'static Encoding,
    /// The binding's own word, else the contract's.
    pub cadence: Cadence,
    /// How to read the as-of date from a file's name.
    pub as_of: Option<AsOfPattern>,
    /// The system of its coordinates; none: they are the lake's own.
    pub crs: Option<Crs>,
    /// In place of the pipeline's.
    pub max_shrink_percent: Option<f64>,
    /// In place of the pipeline's.
    pub max_rejected_percent: Option<f64>,
    /// Line of the feed in the pipeline's file, from 1.
    pub line: usize,
}

/// How a delivery is packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatSpec {
    /// Separated text with a heading line.
    Csv {
        /// Between cells.
        delimiter: u8,
        /// Around cells; none: quotes are ordinary characters.
        quote: Option<u8>,
        /// The line of the headings, 1 first.
        header_row: u32,
    },
    /// An Excel workbook.
    Xlsx {
        /// The sheet's name; none: the first.
        sheet: Option<String>,
        /// The row of the headings, 1 first.
        header_row: u32,
    },
    /// One JSON object on each line.
    Ndjson,
    /// One JSON array of objects.
    JsonArray,
    /// Records as elements, fields as their children.
    Xml {
        /// The element of a record.
        record: String,
    },
    /// A FeatureCollection; the geometry stands under `geometry` beside the properties.
    Geojson,
}

impl FormatSpec {
    /// The word for it in pipeline files.
    pub fn as_str(&self) -> &'static str {
        match self {
            FormatSpec::Csv { .. } => "csv",
            FormatSpec::Xlsx { .. } => "xlsx",
            FormatSpec::Ndjson => "ndjson",
            FormatSpec::JsonArray => "json",
            FormatSpec::Xml { .. } => "xml",
            FormatSpec::Geojson => "geojson",
        }
    }
}

/// Which feed's value wins for an attribute (一数一源).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// False: the first feed that has a value wins. True: the newest value wins, and the order only
    /// breaks ties.
    pub newest: bool,
    /// The feeds that may give it, first first; all are bound. Never empty.
    pub feeds: Vec<FeedName>,
}

impl Pipeline {
    /// Whether mentions are tied to residents by more than their numbers.
    #[must_use]
    pub fn links(&self) -> bool {
        self.linkage != Linking::Off
    }

    /// The binding of a feed.
    pub fn binding(&self, feed: &FeedName) -> Option<&Binding> {
        self.bindings.iter().find(|binding| &binding.feed == feed)
    }

    /// How much, in percent, a snapshot of this binding may shrink.
    pub fn shrink_limit(&self, binding: &Binding) -> f64 {
        binding
            .max_shrink_percent
            .unwrap_or(self.max_shrink_percent)
    }

    /// How many percent of a delivery of this binding may be rejected.
    pub fn rejected_limit(&self, binding: &Binding) -> f64 {
        binding
            .max_rejected_percent
            .unwrap_or(self.max_rejected_percent)
    }
}
