//! SQL over a lake: every table of a release, and the standards as functions.

use std::collections::BTreeMap;

use arrow::array::{Array as _, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::{SessionConfig, SessionContext};
use rongtong_lake::{Lake, LakeReader, Release};

use crate::error::RunError;
use crate::{catalog, functions};

/// A session over a release of the lake at `location`: the newest, or the one of the number `release`.
///
/// Tables have their names; a standard table is `standard.<department>.<feed>`. The standards are
/// functions (see [`crate::functions`]). A table is opened when a query names it: then what the lake says of it is a
/// [`datafusion::error::DataFusionError`], of which [`RunError::from`] makes the error that it was, such as
/// [`rongtong_lake::LakeError::LostFile`] where the release isn't whole any more.
///
/// # Errors
/// As [`open_release`].
pub async fn session(
    location: &str,
    restricted: &BTreeMap<String, String>,
    of: Option<&str>,
) -> Result<SessionContext, RunError> {
    Ok(View::open(location, restricted, of).await?.session)
}

/// Opens a lake and pins a release of it: the newest, or the one of the number `of`, such as `000003`.
///
/// # Errors
/// [`RunError::NoRelease`] before the first release, [`RunError::UnknownRelease`], else what the lake says.
pub async fn open_release(
    location: &str,
    restricted: &BTreeMap<String, String>,
    of: Option<&str>,
) -> Result<(Lake, LakeReader), RunError> {
    let lake = Lake::open(location, restricted).await?;
    let newest = lake.reader().await?;
    let Some(last) = newest.release() else {
        return Err(RunError::NoRelease {
            lake: lake.root_display(),
        });
    };
    let Some(asked) = of else {
        return Ok((lake, newest));
    };
    match lake.release(&release_id(asked)).await? {
        Some(found) => {
            let reader = lake.reader_at(found);
            Ok((lake, reader))
        }
        None => Err(RunError::UnknownRelease {
            lake: lake.root_display(),
            first: Release::id_after(None),
            last: last.id.clone(),
        }),
    }
}

/// The id of a release, which people write without its zeros.
#[must_use]
pub fn release_id(named: &str) -> String {
    match named.parse() {
        Ok(number) => Release::id_of(number),
        Err(_) => named.to_owned(),
    }
}

/// A release opened for reading and asking.
pub(crate) struct View {
    pub(crate) lake: Lake,
    pub(crate) reader: LakeReader,
    pub(crate) session: SessionContext,
}

impl View {
    /// Opens a release; see [`open_release`].
    pub(crate) async fn open(
        location: &str,
        restricted: &BTreeMap<String, String>,
        of: Option<&str>,
    ) -> Result<Self, RunError> {
        let (lake, reader) = open_release(location, restricted, of).await?;
        let config = SessionConfig::new().with_information_schema(true);
        let session = SessionContext::new_with_config(config);
        functions::register(&session);
        catalog::register(&session, &lake, &reader).await?;
        Ok(Self {
            lake,
            reader,
            session,
        })
    }

    /// The rows of a query.
    pub(crate) async fn ask(&self, query: &str) -> Result<Vec<RecordBatch>, RunError> {
        Ok(self.session.sql(query).await?.collect().await?)
    }

    /// The rows of a query of `N` columns, cells as text.
    pub(crate) async fn rows<const N: usize>(
        &self,
        query: &str,
    ) -> Result<Vec<[Option<String>; N]>, RunError> {
        let format = FormatOptions::default();
        let mut rows = Vec::new();
        for batch in self.ask(query).await? {
            let shown = batch
                .columns()
                .iter()
                .map(|column| {
                    Ok::<_, RunError>((column, ArrayFormatter::try_new(column, &format)?))
                })
                .collect::<Result<Vec<_>, _>>()?;
            rows.extend((0..batch.num_rows()).map(|row| {
                std::array::from_fn(|at| {
                    let (column, shown) = shown.get(at)?;
                    column.is_valid(row).then(|| shown.value(row).to_string())
                })
            }));
        }
        Ok(rows)
    }

    /// The id of the release.
    pub(crate) fn id(&self) -> String {
        let release = self.reader.release();
        release
            .map(|release| release.id.clone())
            .unwrap_or_default()
    }
}
