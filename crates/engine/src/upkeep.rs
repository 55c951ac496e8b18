//! What is done to a lake between runs: returning to an earlier release, repairing, vacuuming.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use rongtong_lake::{Change, Lake, LakeLock, Release, ReleaseMeta, Repaired, Vacuumed};

use crate::error::RunError;
use crate::run::WAIT_FOR_LAKE;
use crate::session::open_release;
use crate::{clock, tables, write};

/// Makes a release with the content of an earlier one, named as `000003` or `3`. The table `runs` goes on: it tells
/// what happened. The next run takes again what is still delivered and was taken after that release.
///
/// # Errors
/// [`RunError`]; then the lake is as before.
pub async fn rollback(
    location: &str,
    restricted: &BTreeMap<String, String>,
    release: &str,
) -> Result<Release, RunError> {
    let (lake, reader) = open_release(location, restricted, Some(release)).await?;
    let Some(to) = reader.release() else {
        return Err(RunError::NoRelease {
            lake: lake.root_display(),
        });
    };
    let lock = lake.lock(WAIT_FOR_LAKE).await?;
    lake.restore_unfinished(&lock).await?;
    let number = lake.latest_release().await?.map_or(1, |r| r.number + 1);
    let meta = ReleaseMeta {
        run_id: format!("{number:06}"),
        at: clock::now(),
    };
    let runs = runs_with(&lake, &meta, "rolled_back").await?;
    Ok(lake.rollback(&lock, to, vec![runs], &meta).await?)
}

/// Makes damaged logs whole and brings the newest whole release into force.
///
/// # Errors
/// [`RunError`] if no release is whole.
pub async fn repair(
    location: &str,
    restricted: &BTreeMap<String, String>,
) -> Result<Repaired, RunError> {
    let (lake, lock) = held(location, restricted).await?;
    let meta = ReleaseMeta {
        run_id: "repair".to_owned(),
        at: clock::now(),
    };
    Ok(lake.repair(&lock, &meta).await?)
}

/// Removes data files that none of the newest `keep` releases needs; with `dry` it only counts.
///
/// # Errors
/// [`RunError`]; then nothing that is needed was removed.
pub async fn vacuum(
    location: &str,
    restricted: &BTreeMap<String, String>,
    keep: u32,
    dry: bool,
) -> Result<Vacuumed, RunError> {
    let (lake, lock) = held(location, restricted).await?;
    Ok(lake.vacuum(&lock, u64::from(keep), dry).await?)
}

/// The id of a release, which people write without its zeros.
#[must_use]
pub fn release_id(named: &str) -> String {
    match named.parse::<u64>() {
        Ok(number) => format!("{number:06}"),
        Err(_) => named.to_owned(),
    }
}

async fn held(
    location: &str,
    restricted: &BTreeMap<String, String>,
) -> Result<(Lake, LakeLock), RunError> {
    let lake = Lake::open(location, restricted).await?;
    if lake.log_is_empty().await? {
        return Err(RunError::NoRelease {
            lake: lake.root_display(),
        });
    }
    let lock = lake.lock(WAIT_FOR_LAKE).await?;
    Ok((lake, lock))
}

/// One more row in `runs`.
async fn runs_with(lake: &Lake, meta: &ReleaseMeta, status: &str) -> Result<Change, RunError> {
    let spec = tables::runs();
    let values: BTreeMap<&str, &str> = [
        ("run", meta.run_id.as_str()),
        ("release", meta.run_id.as_str()),
        ("status", status),
        ("version", env!("CARGO_PKG_VERSION")),
    ]
    .into();
    let columns = spec.schema.fields().iter().map(|field| {
        let times = ["started_at", "finished_at"].contains(&field.name().as_str());
        let column: ArrayRef = match times {
            true => Arc::new(TimestampMicrosecondArray::from(vec![meta.at])),
            false => Arc::new(StringViewArray::from_iter([values
                .get(field.name().as_str())
                .copied()])),
        };
        column
    });
    let row = RecordBatch::try_new(Arc::clone(&spec.schema), columns.collect())?;
    let mut rows = lake.read(&spec.name).await?.unwrap_or_default();
    rows.push(row);
    Ok(Change::Overwrite(write::whole(lake, &spec, rows).await?))
}
