//! The tables of a release under the names that SQL has for them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{
    CatalogProvider as _, MemoryCatalogProvider, SchemaProvider, TableProvider,
};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::TableType;
use datafusion::prelude::SessionContext;
use rongtong_contracts::FeedName;
use rongtong_lake::{Lake, LakeReader};

use crate::error::RunError;
use crate::tables::feed_of;

/// Where a session looks for a table of one name.
const OWN: (&str, &str) = ("datafusion", "public");

/// The catalog of the feeds' standard tables: `standard.<department>.<feed>`.
const STANDARD: &str = "standard";

/// Makes the tables of a release known to a session.
pub(crate) async fn register(
    session: &SessionContext,
    lake: &Lake,
    reader: &LakeReader,
) -> Result<(), RunError> {
    let mut own = BTreeMap::new();
    let mut standard: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let tables = reader.tables().into_iter();
    for table in tables.chain(reader.releases().await?) {
        match feed_of(&table.name) {
            Some(FeedName { department, feed }) => {
                standard
                    .entry(department)
                    .or_default()
                    .insert(feed, table.name);
            }
            None => {
                own.insert(table.name.clone(), table.name);
            }
        }
    }
    let schema = |names| {
        Arc::new(Tables {
            lake: lake.clone(),
            reader: reader.clone(),
            runtime: session.runtime_env(),
            names,
        })
    };
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(OWN.1, schema(own))?;
    session.register_catalog(OWN.0, Arc::new(catalog));
    let catalog = MemoryCatalogProvider::new();
    for (department, names) in standard {
        catalog.register_schema(&department, schema(names))?;
    }
    session.register_catalog(STANDARD, Arc::new(catalog));
    Ok(())
}

/// Tables that are opened when a query names them: who may not read a restricted one can ask all others.
struct Tables {
    lake: Lake,
    reader: LakeReader,
    runtime: Arc<RuntimeEnv>,
    /// The tables by their names in SQL.
    names: BTreeMap<String, String>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names.values()).finish()
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.names.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let Some(table) = self.names.get(name) else {
            return Ok(None);
        };
        let opened = self.open(table).await;
        opened.map_err(|error| DataFusionError::External(Box::new(error)))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>, DataFusionError> {
        Ok(self.table_exist(name).then_some(TableType::Base))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }
}

impl Tables {
    /// A table of the release: exactly the files of its released version.
    async fn open(&self, table: &str) -> Result<Option<Arc<dyn TableProvider>>, RunError> {
        let (Some(schema), Some(files)) = (
            self.reader.schema(table).await?,
            self.reader.files_there(table).await?,
        ) else {
            return Ok(None);
        };
        if files.is_empty() {
            let empty = MemTable::try_new(schema, vec![vec![]])?;
            return Ok(Some(Arc::new(empty)));
        }
        let (store, root) = self.lake.store(table);
        self.runtime.register_object_store(&root, store);
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
}
