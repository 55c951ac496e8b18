//! What a caller may say about a profile.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use rongtong_formats::{Limits, Packing};

/// How to profile.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows to look at, from the first.
    pub max_rows: u64,
    /// Bytes of cells (16 for each beside its text) to hold in memory.
    pub max_bytes: usize,
    /// Birth dates after this day, in days since 1970-01-01, are impossible.
    pub as_of: i32,
    /// A folder with contracts (`*.odcs.yaml`, at any depth) whose headings are known.
    pub schemas: Option<PathBuf>,
    /// The packing, where the caller knows better than the bytes tell.
    pub packing: Option<Packing>,
    /// Bounds of the readers.
    pub limits: Limits,
}

impl Default for Options {
    /// A million rows, 512 MiB, today (UTC), no contracts, packing from the bytes.
    fn default() -> Self {
        Self {
            max_rows: 1_000_000,
            max_bytes: 512 << 20,
            as_of: today(),
            schemas: None,
            packing: None,
            limits: Limits::default(),
        }
    }
}

fn today() -> i32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i32::try_from(since.as_secs() / 86_400).unwrap_or(i32::MAX)
    })
}
