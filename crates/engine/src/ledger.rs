//! The ledger of deliveries: was this file ever taken, when, with what result.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Date32Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use rongtong_contracts::FeedName;
use rongtong_lake::ArchiveKey;

use crate::columns::{numbers, texts};
use crate::error::RunError;
use crate::plan::Found;
use crate::tables::DELIVERIES;
use crate::{clock, tables};

/// One delivery that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) feed: String,
    pub(crate) delivery: String,
    pub(crate) source_file: String,
    pub(crate) sm3: String,
    pub(crate) bytes: i64,
    pub(crate) modified_at: i64,
    pub(crate) as_of: i32,
    pub(crate) taken_at: i64,
    pub(crate) release: String,
    pub(crate) status: Status,
    pub(crate) received: i64,
    pub(crate) standard: i64,
    pub(crate) quarantined: i64,
    pub(crate) archived: Option<String>,
}

impl Entry {
    /// A file that is entered now, without rows.
    pub(crate) fn of(feed: &str, file: &Found, release: &str, status: Status) -> Self {
        Self {
            feed: feed.to_owned(),
            delivery: file.delivery.clone(),
            source_file: file.name.clone(),
            sm3: file.sm3.clone(),
            bytes: file.bytes,
            modified_at: file.modified_at,
            as_of: file.as_of,
            taken_at: clock::now(),
            release: release.to_owned(),
            status,
            received: 0,
            standard: 0,
            quarantined: 0,
            archived: None,
        }
    }
}

/// Whether a delivery's rows are in the lake today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    InForce,
    Superseded,
    /// Its rows were never in the lake: it could not be read.
    Refused,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let mut all = [Self::InForce, Self::Superseded, Self::Refused].into_iter();
        all.find(|status| status.as_str() == word)
    }
}

/// All deliveries ever taken, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Entry>,
}

impl Ledger {
    /// Reads the table `deliveries`.
    pub(crate) fn read(batches: &[RecordBatch]) -> Result<Self, RunError> {
        let mut entries = Vec::new();
        for batch in batches {
            entries.extend(self::entries(batch)?);
        }
        Ok(Self { entries })
    }

    /// The deliveries of a feed whose rows are in the lake.
    pub(crate) fn in_force<'a>(
        &'a self,
        feed: &FeedName,
    ) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let feed = feed.to_string();
        self.entries
            .iter()
            .filter(move |e| e.feed == feed && e.status == Status::InForce)
    }

    /// Whether a delivery of these bytes was ever taken for a feed.
    pub(crate) fn taken(&self, feed: &FeedName, sm3: &str) -> Option<&Entry> {
        let feed = feed.to_string();
        self.entries
            .iter()
            .rfind(|e| e.feed == feed && e.sm3 == sm3 && e.status != Status::Refused)
    }

    /// Whether the ledger says that these bytes were refused for a feed.
    pub(crate) fn refused(&self, feed: &FeedName, sm3: &str) -> bool {
        let feed = feed.to_string();
        let mut entries = self.entries.iter();
        entries.any(|e| e.feed == feed && e.sm3 == sm3 && e.status == Status::Refused)
    }

    /// The as-of day of each of a feed's deliveries.
    pub(crate) fn as_of_days(&self, feed: &FeedName) -> HashMap<&str, i32> {
        let feed = feed.to_string();
        let entries = self.entries.iter().filter(|entry| entry.feed == feed);
        entries.map(|e| (e.delivery.as_str(), e.as_of)).collect()
    }

    /// Marks all deliveries of a feed as replaced.
    pub(crate) fn supersede(&mut self, feed: &FeedName) {
        let feed = feed.to_string();
        let in_force = |e: &&mut Entry| e.feed == feed && e.status == Status::InForce;
        for entry in self.entries.iter_mut().filter(in_force) {
            entry.status = Status::Superseded;
        }
    }

    /// Enters files of a feed that could not be taken, in place of earlier refusals of the same bytes.
    pub(crate) fn refuse(&mut self, feed: &FeedName, files: &[Found], release: &str) {
        let feed = feed.to_string();
        for file in files {
            let again =
                |e: &Entry| e.feed == feed && e.sm3 == file.sm3 && e.status == Status::Refused;
            self.entries.retain(|entry| !again(entry));
            self.entries
                .push(Entry::of(&feed, file, release, Status::Refused));
        }
    }

    /// Rows of a feed's deliveries that left quarantine.
    pub(crate) fn freed(&mut self, feed: &str, freed: &BTreeMap<String, i64>) {
        for entry in self
            .entries
            .iter_mut()
            .filter(|e| e.feed == feed && e.status == Status::InForce)
        {
            let rows = freed.get(&entry.delivery).copied().unwrap_or(0);
            entry.standard += rows;
            entry.quarantined -= rows;
        }
    }

    /// The table.
    pub(crate) fn write(&self) -> Result<RecordBatch, RunError> {
        fn text<'a>(entries: &'a [Entry], of: impl Fn(&'a Entry) -> Option<&'a str>) -> ArrayRef {
            Arc::new(entries.iter().map(of).collect::<StringViewArray>())
        }
        fn number(entries: &[Entry], of: impl Fn(&Entry) -> i64) -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(entries.iter().map(of)))
        }
        fn time(entries: &[Entry], of: impl Fn(&Entry) -> i64) -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from_iter_values(
                entries.iter().map(of),
            ))
        }
        let all = &self.entries;
        let columns = vec![
            text(all, |e| Some(&e.feed)),
            text(all, |e| Some(&e.delivery)),
            text(all, |e| Some(&e.source_file)),
            text(all, |e| Some(&e.sm3)),
            number(all, |e| e.bytes),
            time(all, |e| e.modified_at),
            Arc::new(Date32Array::from_iter_values(all.iter().map(|e| e.as_of))),
            time(all, |e| e.taken_at),
            text(all, |e| Some(&e.release)),
            text(all, |e| Some(e.status.as_str())),
            number(all, |e| e.received),
            number(all, |e| e.standard),
            number(all, |e| e.quarantined),
            text(all, |e| e.archived.as_deref()),
        ];
        Ok(RecordBatch::try_new(tables::deliveries().schema, columns)?)
    }
}

impl Entry {
    /// Where the delivery is kept in the archive.
    pub(crate) fn archive_key(&self) -> Option<ArchiveKey> {
        archive_key(&self.feed.parse().ok()?, &self.delivery, &self.source_file)
    }
}

/// Where a delivery is kept: under its feed, by its bytes, with the ending of its name.
pub(crate) fn archive_key(
    feed: &FeedName,
    delivery: &str,
    source_file: &str,
) -> Option<ArchiveKey> {
    let name = source_file.rsplit('/').next()?;
    let plain = |ending: &&str| {
        ending.starts_with(|first: char| first.is_ascii_alphanumeric())
            && ending
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.')
            && ending.len() <= 16
    };
    let ending = name.split_once('.').map(|(_, e)| e).filter(plain);
    let ending = ending.or_else(|| name.rsplit_once('.').map(|(_, e)| e).filter(plain));
    Some(ArchiveKey {
        department: feed.department.clone(),
        feed: feed.feed.clone(),
        delivery: delivery.to_owned(),
        extension: ending.unwrap_or("bin").to_owned(),
    })
}

/// The deliveries in some rows of the table.
fn entries(batch: &RecordBatch) -> Result<Vec<Entry>, RunError> {
    let text = |name| texts(batch, DELIVERIES, name);
    let number = |name| numbers::<Int64Type>(batch, DELIVERIES, name);
    let time = |name| numbers::<TimestampMicrosecondType>(batch, DELIVERIES, name);
    let (feed, delivery, source_file) = (text("feed")?, text("_delivery")?, text("source_file")?);
    let (sm3, release, archived) = (text("sm3")?, text("release")?, text("archived")?);
    let (bytes, received) = (number("bytes")?, number("received")?);
    let (standard, quarantined) = (number("standard")?, number("quarantined")?);
    let (modified_at, taken_at) = (time("modified_at")?, time("taken_at")?);
    let as_of = numbers::<Date32Type>(batch, DELIVERIES, "as_of")?;
    let status = text("status")?;
    let entry = |row: usize| {
        let text = |column: &StringViewArray| column.value(row).to_owned();
        let status = Status::parse(status.value(row));
        Ok(Entry {
            feed: text(feed),
            delivery: text(delivery),
            source_file: text(source_file),
            sm3: text(sm3),
            bytes: bytes.value(row),
            modified_at: modified_at.value(row),
            as_of: as_of.value(row),
            taken_at: taken_at.value(row),
            release: text(release),
            status: status.ok_or_else(|| RunError::unknown_word(DELIVERIES, "status"))?,
            received: received.value(row),
            standard: standard.value(row),
            quarantined: quarantined.value(row),
            archived: archived.is_valid(row).then(|| text(archived)),
        })
    };
    (0..batch.num_rows()).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(feed: &str, sm3: &str) -> Entry {
        Entry {
            feed: feed.into(),
            delivery: sm3.chars().take(2).collect(),
            source_file: format!("{sm3}.csv"),
            sm3: sm3.into(),
            bytes: 1 << 40,
            modified_at: 1_700_000_000_123_456,
            as_of: 20_600,
            taken_at: 1_700_000_001_000_001,
            release: "r1".into(),
            status: Status::InForce,
            received: 10,
            standard: 8,
            quarantined: 2,
            archived: Some("archive/x".into()),
        }
    }

    fn feed(name: &str) -> FeedName {
        name.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut other = entry("health.health_record", "ddee");
        other.status = Status::Superseded;
        other.archived = None;
        let ledger = Ledger {
            entries: vec![entry("grid.cells", "aabb"), other],
        };
        let table = ledger.write().unwrap();
        assert_eq!(table.schema(), tables::deliveries().schema);
        let read = Ledger::read(&[table.slice(0, 1), table.slice(1, 1)]).unwrap();
        assert_eq!(read.entries, ledger.entries);
        assert!(Ledger::read(&[]).unwrap().entries.is_empty());
    }

    #[test]
    fn a_table_without_a_column_is_told_by_name() {
        let table = Ledger::default().write().unwrap();
        let table = table.project(&(0..13).collect::<Vec<_>>()).unwrap();
        let error = Ledger::read(&[table]).unwrap_err();
        assert!(
            matches!(&error, RunError::MissingColumn { column, .. } if column == "archived"),
            "{error}"
        );
    }

    #[test]
    fn a_status_that_is_not_known_stops() {
        let ledger = Ledger {
            entries: vec![entry("grid.cells", "aabb")],
        };
        let table = ledger.write().unwrap();
        let status = table.schema().index_of("status").unwrap();
        let mut columns = table.columns().to_vec();
        columns[status] = crate::columns::constant("withdrawn", 1);
        let table = RecordBatch::try_new(table.schema(), columns).unwrap();
        let error = Ledger::read(&[table]).unwrap_err().to_string();
        assert!(error.starts_with("deliveries.status "), "{error}");
    }

    #[test]
    fn superseding_a_feed_leaves_others_in_force_and_remembers_what_was_taken() {
        let (cells, health) = (feed("grid.cells"), feed("health.health_record"));
        let mut ledger = Ledger {
            entries: vec![
                entry("grid.cells", "aa"),
                entry("health.health_record", "bb"),
            ],
        };
        assert_eq!(ledger.in_force(&cells).count(), 1);
        ledger.supersede(&cells);
        assert_eq!(ledger.in_force(&cells).count(), 0);
        assert_eq!(ledger.in_force(&health).count(), 1);
        assert!(ledger.taken(&cells, "aa").is_some());
        assert!(ledger.taken(&cells, "bb").is_none());
        assert!(ledger.taken(&health, "aa").is_none());
    }

    #[test]
    fn freed_rows_move_from_quarantine_of_deliveries_in_force() {
        let mut old = entry("grid.cells", "aa");
        old.status = Status::Superseded;
        let mut ledger = Ledger {
            entries: vec![old, entry("grid.cells", "bb"), entry("grid.cells", "cc")],
        };
        let freed = BTreeMap::from([("aa".to_owned(), 2), ("bb".to_owned(), 2)]);
        ledger.freed("grid.cells", &freed);
        let counts: Vec<_> = ledger
            .entries
            .iter()
            .map(|e| (e.standard, e.quarantined))
            .collect();
        assert_eq!(counts, [(8, 2), (10, 0), (8, 2)]);
    }

    #[test]
    fn the_archive_keeps_the_ending_of_a_name_and_nothing_else_of_it() {
        for (name, ending) in [
            ("a.csv", "csv"),
            ("health/a.ndjson.gz", "ndjson.gz"),
            ("a.2026.05.csv", "2026.05.csv"),
            ("A.CSV", "CSV"),
            ("noending", "bin"),
            ("", "bin"),
            ("folder.d/noending", "bin"),
            ("a.", "bin"),
            ("户籍人口.csv", "csv"),
            ("户籍.五月.csv", "csv"),
            ("a.五月", "bin"),
            ("a.csv (1)", "bin"),
            ("a. csv.zip", "zip"),
            ("a.this_ending_is_too_long", "bin"),
            ("a.averylongmiddlepart.csv", "csv"),
            ("../../etc/passwd", "bin"),
            ("a.csv/../../x", "bin"),
            ("..", "bin"),
            ("a...", "bin"),
            ("a..csv", "csv"),
            (".csv", "csv"),
        ] {
            let key = archive_key(&feed("health.health_record"), "abc", name).unwrap();
            assert_eq!(key.extension, ending, "{name}");
            assert_eq!(
                (
                    key.department.as_str(),
                    key.feed.as_str(),
                    key.delivery.as_str()
                ),
                ("health", "health_record", "abc")
            );
        }
    }
}
