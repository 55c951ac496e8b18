//! What is done to a lake between runs: returning to an earlier release, repairing, vacuuming.

use std::collections::BTreeMap;

use rongtong_lake::{Change, Lake, LakeLock, Release, ReleaseMeta, Repaired, Vacuumed};

use crate::error::RunError;
use crate::run::WAIT_FOR_LAKE;
use crate::runs::Ran;
use crate::session::open_release;
use crate::{clock, write};

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
    let meta = ReleaseMeta {
        run_id: Release::id_after(lake.latest_release().await?.as_ref()),
        at: clock::now(),
    };
    let runs = rolled_back(&lake, &meta).await?;
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

/// `runs` with one more row: what it tells goes on.
async fn rolled_back(lake: &Lake, meta: &ReleaseMeta) -> Result<Change, RunError> {
    let ran = Ran {
        pipeline: None,
        started_at: meta.at,
        status: "rolled_back",
        refused: None,
    };
    let (spec, row) = ran.row(meta)?;
    let before = lake.reader().await?.read(&spec.name).await?;
    let mut rows = before.unwrap_or_default();
    rows.push(row);
    let written = write::whole(lake, &spec, rows).await?;
    Ok(Change::Overwrite(written.finish().await?))
}
