//! SQL over a lake: every table of a release, and the standards as functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::prelude::{SessionConfig, SessionContext};
use rongtong_contracts::FeedName;
use rongtong_lake::{Lake, LakeReader, Release};

use crate::error::RunError;
use crate::functions;
use crate::tables::feed_of;

/// The catalog of the feeds' standard tables: `standard.<department>.<feed>`.
const STANDARD: &str = "standard";

/// A session over a release of the lake at `location`: the newest, or the one of the number `release`.
///
/// Tables have their names; a standard table is `standard.<department>.<feed>`. The standards are
/// functions (see [`crate::functions`]).
///
/// # Errors
/// As [`open_release`]; [`rongtong_lake::LakeError::LostFile`] where the release isn't whole any more.
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
        let session = over(&lake, &reader).await?;
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

async fn over(lake: &Lake, reader: &LakeReader) -> Result<SessionContext, RunError> {
    let session =
        SessionContext::new_with_config(SessionConfig::new().with_information_schema(true));
    functions::register(&session);
    let standard = Arc::new(MemoryCatalogProvider::new());
    let tables = reader.tables().into_iter();
    for table in tables.chain(reader.releases().await?) {
        let provider = provider(&session, lake, reader, &table.name).await?;
        let Some(provider) = provider else { continue };
        match feed_of(&table.name) {
            Some(FeedName { department, feed }) => {
                if standard.schema(&department).is_none() {
                    standard.register_schema(&department, Arc::new(MemorySchemaProvider::new()))?;
                }
                if let Some(schema) = standard.schema(&department) {
                    schema.register_table(feed, provider)?;
                }
            }
            None => {
                session.register_table(table.name.as_str(), provider)?;
            }
        }
    }
    session.register_catalog(STANDARD, standard);
    Ok(session)
}

/// A table of the release: exactly the files of its released version.
async fn provider(
    session: &SessionContext,
    lake: &Lake,
    reader: &LakeReader,
    table: &str,
) -> Result<Option<Arc<dyn datafusion::catalog::TableProvider>>, RunError> {
    let (Some(schema), Some(files)) = (
        reader.schema(table).await?,
        reader.files_there(table).await?,
    ) else {
        return Ok(None);
    };
    if files.is_empty() {
        let empty = datafusion::datasource::MemTable::try_new(schema, vec![vec![]])?;
        return Ok(Some(Arc::new(empty)));
    }
    let (store, root) = lake.store(table);
    session.register_object_store(&root, store);
    let urls: Result<Vec<ListingTableUrl>, _> = files
        .iter()
        .map(|file| ListingTableUrl::parse(format!("{root}{}", file.path)))
        .collect();
    let options =
        ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config = ListingTableConfig::new_with_multi_paths(urls?)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Some(Arc::new(ListingTable::try_new(config)?)))
}
