//! SQL over a lake: every table of the newest release, and the standards as functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::prelude::{SessionConfig, SessionContext};
use rongtong_lake::{Lake, LakeReader};

use crate::error::RunError;
use crate::functions;

/// The catalog of the feeds' standard tables: `standard.<department>.<feed>`.
const STANDARD: &str = "standard";

/// A session over the newest release of the lake at `location`.
///
/// Tables have their names; a standard table is `standard.<department>.<feed>`. The standards are
/// functions (see [`crate::functions`]).
///
/// # Errors
/// [`RunError::NoRelease`] before the first release, else what the lake says.
pub async fn session(
    location: &str,
    restricted: &BTreeMap<String, String>,
) -> Result<SessionContext, RunError> {
    let lake = Lake::open(location, restricted).await?;
    let reader = lake.reader().await?;
    if reader.release().is_none() {
        return Err(RunError::NoRelease {
            lake: lake.root_display(),
        });
    }
    let session =
        SessionContext::new_with_config(SessionConfig::new().with_information_schema(true));
    functions::register(&session);
    let standard = Arc::new(MemoryCatalogProvider::new());
    for table in reader.tables() {
        let provider = provider(&session, &lake, &reader, &table.name).await?;
        let Some(provider) = provider else { continue };
        match table
            .name
            .strip_prefix("standard/")
            .and_then(|feed| feed.split_once('/'))
        {
            Some((department, feed)) => {
                if standard.schema(department).is_none() {
                    standard.register_schema(department, Arc::new(MemorySchemaProvider::new()))?;
                }
                if let Some(schema) = standard.schema(department) {
                    schema.register_table(feed.to_owned(), provider)?;
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
    let (Some(schema), Some(files)) = (reader.schema(table).await?, reader.files(table).await?)
    else {
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
