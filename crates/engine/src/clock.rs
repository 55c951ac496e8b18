//! The one place that reads the clock: Beijing wall time, for runs, deliveries and releases only.

use jiff::Timestamp;

/// Microseconds since 1970-01-01 00:00 on Beijing's wall (UTC+8 all year).
pub(crate) fn now() -> i64 {
    beijing(Timestamp::now())
}

/// The day it is in Beijing, in days since 1970-01-01.
pub(crate) fn today() -> i32 {
    i32::try_from(now().div_euclid(86_400_000_000)).unwrap_or(0)
}

/// A file's modification time on Beijing's wall, in microseconds; 0 where the system keeps none.
pub(crate) fn modified(metadata: &std::fs::Metadata) -> i64 {
    let time = metadata
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok());
    time.map_or(0, beijing)
}

fn beijing(at: Timestamp) -> i64 {
    at.as_microsecond() + 8 * 3_600_000_000
}
