//! Whether a run can keep to the memory that its pipeline allows, told before anything is read.
//!
//! A run holds in memory whom the rows in force name; the rest of them lies in a temporary file. What that takes is
//! reckoned from the sizes of what is to be read, by factors that are larger than any measured: a run that begins stays
//! below its limit.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rongtong_contracts::Pipeline;
use rongtong_lake::LakeReader;

use crate::error::RunError;
use crate::plan::{Action, FeedPlan};

const MIB: u64 = 1 << 20;

/// What a run takes on nothing at all, in bytes.
const AT_LEAST: u64 = 224 * MIB;

/// Bytes of memory for each byte of a delivery.
const PER_BYTE: u64 = 20;

/// Bytes of memory for each byte of a compressed delivery.
const PER_PACKED_BYTE: u64 = 200;

/// Bytes of memory for each byte of a table in the lake, which is compressed.
const PER_LAKE_BYTE: u64 = 100;

/// Refuses a run that may need more than the pipeline's `max_memory_mb`.
pub(crate) fn enough(
    pipeline: &Pipeline,
    plans: &[FeedPlan<'_>],
    base: &LakeReader,
) -> Result<(), RunError> {
    let Some(limit_mb) = pipeline.max_memory_mb.map(u64::from) else {
        return Ok(());
    };
    let files = plans.iter().flat_map(|plan| match &plan.action {
        Action::Take { files, .. } => files.as_slice(),
        Action::Absent | Action::Unchanged => &[],
    });
    let deliveries = files.map(|file| {
        let bytes = u64::try_from(file.bytes).unwrap_or(0);
        bytes.saturating_mul(match is_packed(&file.path) {
            true => PER_PACKED_BYTE,
            false => PER_BYTE,
        })
    });
    let deliveries = deliveries.fold(0, u64::saturating_add);
    if deliveries == 0 {
        return Ok(());
    }
    let held: u64 = base.tables().iter().map(|table| table.bytes).sum();
    let needed = AT_LEAST
        .saturating_add(deliveries)
        .saturating_add(held.saturating_mul(PER_LAKE_BYTE));
    let needed_mb = needed.div_ceil(MIB);
    match needed_mb <= limit_mb {
        true => Ok(()),
        false => Err(RunError::TooLittleMemory {
            needed_mb,
            limit_mb,
            pipeline: pipeline.path.clone(),
        }),
    }
}

/// Whether a file begins like a gzip, a zstd or a zip (an xlsx is one).
fn is_packed(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    let known = [&[0x1F, 0x8B][..], &[0x28, 0xB5, 0x2F, 0xFD], b"PK"];
    read.is_ok() && known.iter().any(|magic| start.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use super::is_packed;

    #[test]
    fn packed_files_are_known_by_their_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("delivery");
        for (bytes, packed) in [
            (&b"PK\x03\x04..."[..], true),
            (b"\x1f\x8b\x08\x00", true),
            (b"\x28\xb5\x2f\xfd", true),
            (b"name,sex\n", false),
            (b"PK", false),
            (b"", false),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(is_packed(&path), packed, "{bytes:?}");
        }
        assert!(!is_packed(&folder.path().join("nothing")));
    }
}
