use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was written: counts only, nobody's data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CityReport {
    /// People, those who only stand in others' papers included.
    pub residents: usize,
    /// Grid cells.
    pub cells: usize,
    /// The deliveries in the order of FEEDS.md, the grid last.
    pub feeds: Vec<FeedReport>,
    /// How often each fault was put in, by its name in `truth/mentions.csv`.
    pub faults: BTreeMap<&'static str, u64>,
}

impl CityReport {
    /// Rows over all deliveries.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.feeds.iter().map(|feed| feed.rows).sum()
    }
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedReport {
    /// For example `health`.
    pub department: &'static str,
    /// For example `health_record`.
    pub feed: &'static str,
    /// Below the folder given.
    pub path: PathBuf,
    /// Rows as LAKE.md counts them: broken ones too, the headings and blank lines not.
    pub rows: u64,
    /// Rows that name nobody or cannot be split: a reader has to reject them.
    pub unusable: u64,
}
