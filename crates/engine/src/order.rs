//! The order of a feed's rows: by resident, and for each resident the newest first.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use rongtong_identity::ResidentKey;

use crate::rows::{FeedRows, RowAt};

/// Mentions of residents, sorted by resident, newest first.
#[derive(Debug)]
pub(crate) struct Order {
    /// Mentions without a key stand last.
    pub(crate) entries: Vec<(Option<ResidentKey>, RowAt)>,
}

impl Order {
    /// Every row once, by its first mention: the order of the published table. Rows about no person
    /// stand in the order of their text.
    pub(crate) fn of_rows(feed: &FeedRows) -> Result<Self, ArrowError> {
        Self::of(feed, 1)
    }

    /// Every mention once. LAKE.md "Choosing" says what is newest: the row's time, then the delivery's
    /// as-of, then the larger row bytes.
    pub(crate) fn of_mentions(feed: &FeedRows) -> Result<Self, ArrowError> {
        Self::of(feed, feed.contract.mentions.len())
    }

    fn of(feed: &FeedRows, mentions: usize) -> Result<Self, ArrowError> {
        let mut entries: Vec<Entry> = Vec::with_capacity(feed.len() * mentions);
        for mention in 0..mentions {
            for (at, batch) in feed.batches.iter().enumerate() {
                for row in 0..batch.len() {
                    let at = RowAt {
                        batch: index(at),
                        row: index(row),
                        mention: index(mention),
                    };
                    let (time, as_of) = (batch.time[row], batch.as_of[row]);
                    entries.push(Entry {
                        key: feed.key(at),
                        time,
                        as_of,
                        at,
                    });
                }
            }
        }
        entries.sort_unstable_by(Entry::newest_first);
        let mut ties = Ties { feed, text: None };
        for tied in entries.chunk_by_mut(|a, b| a.newest_first(b).is_eq()) {
            if tied.len() > 1 {
                ties.settle(tied)?;
            }
        }
        Ok(Self {
            entries: entries.into_iter().map(|e| (e.key, e.at)).collect(),
        })
    }
}

struct Entry {
    key: Option<ResidentKey>,
    time: i64,
    as_of: i32,
    at: RowAt,
}

impl Entry {
    fn newest_first(&self, other: &Self) -> Ordering {
        let place = |e: &Self| (e.key.is_none(), e.key);
        place(self)
            .cmp(&place(other))
            .then(other.time.cmp(&self.time))
            .then(other.as_of.cmp(&self.as_of))
    }
}

/// Settles rows of one time by their canonical bytes: the standard columns as text, in order.
struct Ties<'a> {
    feed: &'a FeedRows,
    /// For each batch its columns as text; made when the first tie is met.
    text: Option<Vec<Vec<StringViewArray>>>,
}

impl Ties<'_> {
    fn settle(&mut self, tied: &mut [Entry]) -> Result<(), ArrowError> {
        if self.text.is_none() {
            let batches = self.feed.batches.iter();
            let text = batches.map(|batch| batch.columns.iter().map(as_text).collect());
            self.text = Some(text.collect::<Result<_, _>>()?);
        }
        let text = self.text.as_deref().unwrap_or_default();
        tied.sort_by(|a, b| {
            self.bytes(text, b, a)
                .then_with(|| self.place(a).cmp(&self.place(b)))
        });
        Ok(())
    }

    fn bytes(&self, text: &[Vec<StringViewArray>], a: &Entry, b: &Entry) -> Ordering {
        let (of_a, of_b) = (&text[a.at.batch as usize], &text[b.at.batch as usize]);
        fn cell(column: &StringViewArray, at: RowAt) -> Option<&[u8]> {
            let row = at.row as usize;
            column.is_valid(row).then(|| column.value(row).as_bytes())
        }
        of_a.iter()
            .zip(of_b)
            .map(|(x, y)| cell(x, a.at).cmp(&cell(y, b.at)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Rows equal to the last byte stand in the order of their places, which says nothing of time.
    fn place(&self, entry: &Entry) -> (&str, &str, i64, u32) {
        let batch = &self.feed.batches[entry.at.batch as usize];
        let row = entry.at.row as usize;
        let origin = &self.feed.origins[batch.origin[row] as usize];
        (
            &origin.delivery,
            &origin.file,
            batch.row[row],
            entry.at.mention,
        )
    }
}

fn as_text(column: &ArrayRef) -> Result<StringViewArray, ArrowError> {
    let text = match column.data_type() {
        DataType::List(_) => list_text(column)?,
        _ => cast(column, &DataType::Utf8View)?,
    };
    Ok(text.as_string_view().clone())
}

fn list_text(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let lists = column.as_list::<i32>();
    let mut text = arrow::array::StringViewBuilder::with_capacity(lists.len());
    for list in lists.iter() {
        let Some(list) = list else {
            text.append_null();
            continue;
        };
        let items = cast(&list, &DataType::Utf8View)?;
        let items: Vec<&str> = items.as_string_view().iter().flatten().collect();
        text.append_value(items.join(";"));
    }
    Ok(std::sync::Arc::new(text.finish()))
}

/// Batches and their rows are counted in u32: a batch is never longer than the readers make it.
pub(crate) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
