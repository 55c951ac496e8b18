//! The content of a lake's newest release, read row by row with every file compared with the manifest.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rongtong_lake::{Lake, LakeError, Verified};

/// These tables hold clocks.
const CLOCKS: [&str; 3] = ["deliveries", "releases", "runs"];

/// Rows and their digest by table.
pub type Content = BTreeMap<String, (usize, u64)>;

/// The content of the newest release; empty before the first.
///
/// # Panics
/// If it can't be read.
#[track_caller]
pub fn content(lake: &Path) -> Content {
    try_content(lake).unwrap_or_else(|error| panic!("{error}"))
}

/// The same, or what a reader is told.
pub fn try_content(lake: &Path) -> Result<Content, LakeError> {
    wait(async {
        let reader = open(lake).await.reader().await?.checked();
        let mut content = Content::new();
        for table in reader.tables() {
            if CLOCKS.contains(&table.name.as_str()) {
                continue;
            }
            let rows = reader.read(&table.name).await?.unwrap_or_default();
            content.insert(table.name, digest(&rows));
        }
        Ok(content)
    })
}

/// What `rongtong verify` would say of the newest release.
pub fn verified(lake: &Path) -> Verified {
    wait(async { open(lake).await.verify(None).await.unwrap() })
}

/// Files that aren't what was written.
pub fn damaged(lake: &Path) -> Vec<String> {
    let damage = verified(lake).damage.into_iter();
    damage.map(|damage| damage.file).collect()
}

/// The number of the newest release; 0 before the first.
pub fn release(lake: &Path) -> u64 {
    wait(async {
        let newest = open(lake).await.latest_release().await.unwrap();
        newest.map_or(0, |release| release.number)
    })
}

/// The release that took each delivery of a feed, by the feed's name.
pub fn taken_by(lake: &Path) -> BTreeMap<String, String> {
    wait(async {
        let reader = open(lake).await.reader().await.unwrap();
        let rows = reader.read("deliveries").await.unwrap();
        let mut taken = BTreeMap::new();
        for batch in rows.unwrap_or_default() {
            let text = |name: &str, row: usize| {
                let column = batch.column_by_name(name).unwrap();
                let shown = ArrayFormatter::try_new(column, &FormatOptions::default()).unwrap();
                shown.value(row).to_string()
            };
            for row in 0..batch.num_rows() {
                taken.insert(text("feed", row), text("release", row));
            }
        }
        taken
    })
}

/// Every table's newest version is the released one.
#[track_caller]
pub fn newest_is_released(lake: &Path) {
    wait(async {
        let lake = open(lake).await;
        let lock = lake.lock(std::time::Duration::ZERO).await.unwrap();
        let restored = lake.restore_unfinished(&lock).await.unwrap();
        assert!(restored.is_empty(), "left unfinished: {restored:?}");
    });
}

/// Two contents are the same.
#[track_caller]
pub fn same(expected: &Content, found: &Content) {
    assert!(!expected.is_empty(), "nothing to compare with");
    let tables = expected.keys().chain(found.keys());
    let differ: Vec<_> = tables
        .filter(|table| expected.get(*table) != found.get(*table))
        .map(|table| (table, expected.get(table), found.get(table)))
        .collect();
    assert!(differ.is_empty(), "the content differs: {differ:?}");
}

fn digest(batches: &[RecordBatch]) -> (usize, u64) {
    let options = FormatOptions::default().with_null("∅");
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells = columns.iter().map(|column| column.value(row).to_string());
            cells.collect::<Vec<_>>().join("\u{1f}")
        }));
    }
    rows.sort_unstable();
    let mut hasher = DefaultHasher::new();
    for row in &rows {
        hasher.write(row.as_bytes());
        hasher.write_u8(b'\n');
    }
    (rows.len(), hasher.finish())
}

async fn open(lake: &Path) -> Lake {
    let root = lake.to_str().expect("a path in UTF-8");
    Lake::open(root, &BTreeMap::new()).await.unwrap()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work)
}
