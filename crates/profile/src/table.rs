//! A delivery as a Polars frame of text columns.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arrow::array::{Array, StringViewArray};
use polars::prelude::{
    ChunkFullNull, Column, DataFrame, IdxSize, IntoSeries, NewChunkedArray, PlSmallStr,
    PolarsError, StringChunked,
};
use rongtong_formats::{FormatError, Packing, Part, TextBatch, open};
use rongtong_standards::clean;

use crate::error::ProfileError;
use crate::options::Options;
use crate::report::UnreadPart;

/// The rows of a delivery that were looked at.
pub(crate) struct Table {
    /// Headings as delivered: they may be data.
    pub(crate) headings: Vec<String>,
    pub(crate) rows: u64,
    pub(crate) complete: bool,
    pub(crate) broken: BTreeMap<String, u64>,
    pub(crate) parts: Vec<String>,
    pub(crate) unread: Vec<UnreadPart>,
    frame: DataFrame,
    nothing: Vec<Nothing>,
}

/// Cells that say nothing.
#[derive(Clone, Default)]
struct Nothing {
    empty: u64,
    words: BTreeMap<String, u64>,
}

/// One column: filled cells as received, all others null.
pub(crate) struct Cells {
    text: StringChunked,
    pub(crate) empty: u64,
    pub(crate) words: BTreeMap<String, u64>,
    pub(crate) distinct: u64,
}

impl Table {
    pub(crate) fn width(&self) -> usize {
        self.headings.len()
    }

    /// The column at a position.
    pub(crate) fn cells(&self, at: usize) -> Result<Cells, ProfileError> {
        let column = self.frame.select_at_idx(at).ok_or(ProfileError::Frame {
            column: at + 1,
            what: "it is not in the frame",
        })?;
        let failed = |error| frame_error(at, &error);
        let text = column.str().map_err(failed)?.clone();
        let filled = text.len() - text.null_count();
        let all = column.n_unique().map_err(failed)?;
        let distinct = if filled == 0 {
            0
        } else {
            all - usize::from(text.null_count() > 0)
        };
        let nothing = self.nothing.get(at).cloned().unwrap_or_default();
        Ok(Cells {
            text,
            empty: nothing.empty,
            words: nothing.words,
            distinct: distinct as u64,
        })
    }
}

impl Cells {
    pub(crate) fn filled(&self) -> u64 {
        (self.text.len() - self.text.null_count()) as u64
    }

    /// The filled cells.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.iter().flatten()
    }

    /// At most about `size` filled cells from all over the column.
    pub(crate) fn sample(&self, size: u64) -> StringViewArray {
        let step = self.filled().div_ceil(size).max(1) as usize;
        StringViewArray::from_iter_values(self.iter().step_by(step))
    }

    /// All filled cells, some at a time.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = StringViewArray> {
        const ROWS: usize = 8192;
        let mut cells = self.iter().peekable();
        std::iter::from_fn(move || {
            cells.peek()?;
            Some(StringViewArray::from_iter_values(cells.by_ref().take(ROWS)))
        })
    }

    /// Each different cell with how often it occurs. To be asked only where `distinct` is small.
    pub(crate) fn counts(&self) -> Vec<(&str, u64)> {
        let series = self.text.clone().into_series();
        let Ok(groups) = series.group_tuples(true, false) else {
            return Vec::new();
        };
        let counted = groups.iter().filter_map(|group| {
            let first: IdxSize = group.first();
            Some((self.text.get(first as usize)?, group.len() as u64))
        });
        counted.collect()
    }
}

/// Reads until the delivery or the budget ends.
pub(crate) fn read(
    path: &Path,
    packing: &Packing,
    options: &Options,
) -> Result<Table, ProfileError> {
    let wrong = |source: FormatError| ProfileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut builder = Builder::default();
    let parts = open(path, packing, &options.limits).map_err(wrong)?;
    for note in parts.notes() {
        builder.unread.push(note_of(note.to_string()));
    }
    for part in parts {
        let part = part.map_err(wrong)?;
        if builder.is_full(options) {
            builder.complete = false;
            builder.unread.push(UnreadPart {
                name: part.member.unwrap_or_default(),
                why: "enough rows were read before it".into(),
            });
            continue;
        }
        builder.part(part, options).map_err(wrong)?;
    }
    builder.finish()
}

struct Builder {
    headings: Vec<String>,
    columns: Vec<StringChunked>,
    nothing: Vec<Nothing>,
    height: usize,
    bytes: usize,
    rows: u64,
    complete: bool,
    broken: BTreeMap<String, u64>,
    parts: Vec<String>,
    unread: Vec<UnreadPart>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            headings: Vec::new(),
            columns: Vec::new(),
            nothing: Vec::new(),
            height: 0,
            bytes: 0,
            rows: 0,
            complete: true,
            broken: BTreeMap::new(),
            parts: Vec::new(),
            unread: Vec::new(),
        }
    }
}

impl Builder {
    fn is_full(&self, options: &Options) -> bool {
        self.rows >= options.max_rows || self.bytes >= options.max_bytes
    }

    fn part(&mut self, mut part: Part, options: &Options) -> Result<(), FormatError> {
        let mut places = Vec::new();
        loop {
            if self.is_full(options) {
                // One more look, to know whether this was all.
                if part
                    .reader
                    .next_batch()?
                    .is_some_and(|batch| batch.received() > 0)
                {
                    self.complete = false;
                }
                break;
            }
            let Some(batch) = part.reader.next_batch()? else {
                break;
            };
            self.places(&batch, &mut places);
            self.batch(&batch, &places, options);
        }
        self.parts.extend(part.member);
        let notes = part.reader.notes();
        self.unread
            .extend(notes.iter().map(|note| note_of(note.to_string())));
        Ok(())
    }

    /// Where the columns of a part stand in the table: by heading, the second of a name by the second.
    fn places(&mut self, batch: &TextBatch, places: &mut Vec<usize>) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let schema = batch.rows.schema_ref();
        for (at, field) in schema.fields().iter().enumerate() {
            let nth = seen.entry(field.name()).or_insert(0);
            *nth += 1;
            if at < places.len() {
                continue;
            }
            let mut same = self
                .headings
                .iter()
                .enumerate()
                .filter(|(_, other)| *other == field.name());
            let place = same.nth(*nth - 1).map(|(place, _)| place);
            places.push(place.unwrap_or_else(|| self.add(field.name())));
        }
    }

    fn add(&mut self, heading: &str) -> usize {
        let at = self.headings.len();
        self.headings.push(heading.to_owned());
        let name = PlSmallStr::from_string(format!("c{at}"));
        self.columns
            .push(StringChunked::full_null(name, self.height));
        self.nothing.push(Nothing {
            empty: self.height as u64,
            words: BTreeMap::new(),
        });
        at
    }

    fn batch(&mut self, batch: &TextBatch, places: &[usize], options: &Options) {
        let room = usize::try_from(options.max_rows - self.rows).unwrap_or(usize::MAX);
        let height = batch.rows.num_rows().min(room);
        if height < batch.rows.num_rows() {
            self.complete = false;
        }
        let mut given = vec![false; self.columns.len()];
        for (column, &place) in batch.rows.columns().iter().zip(places) {
            let Some(cells) = column.as_any().downcast_ref::<StringViewArray>() else {
                continue;
            };
            if let Some(given) = given.get_mut(place) {
                *given = true;
            }
            self.append(place, &cells.slice(0, height));
        }
        for (place, _) in given.iter().enumerate().filter(|(_, given)| !**given) {
            self.append(place, &StringViewArray::new_null(height));
        }
        for broken in &batch.broken {
            *self.broken.entry(broken.rule.to_owned()).or_default() += 1;
        }
        self.height += height;
        self.rows += (height + batch.broken.len()) as u64;
    }

    fn append(&mut self, place: usize, cells: &StringViewArray) {
        let (Some(column), Some(nothing)) =
            (self.columns.get_mut(place), self.nothing.get_mut(place))
        else {
            return;
        };
        let mut bytes = 16 * cells.len();
        let mut filled: Vec<Option<&str>> = Vec::with_capacity(cells.len());
        for cell in cells {
            let cell = cell.filter(|cell| !nothing.takes(cell));
            bytes += cell.map_or(0, str::len);
            filled.push(cell);
        }
        nothing.empty += cells.null_count() as u64;
        self.bytes += bytes;
        let name = column.name().clone();
        let more = StringChunked::from_iter_options(name, filled.into_iter());
        // Both are text: appending can't fail.
        let _ = column.append_owned(more);
    }

    fn finish(self) -> Result<Table, ProfileError> {
        let columns = self
            .columns
            .into_iter()
            .map(|text| Column::from(text.into_series()));
        let frame = DataFrame::new(self.height, columns.collect())
            .map_err(|error| frame_error(0, &error))?;
        Ok(Table {
            headings: self.headings,
            rows: self.rows,
            complete: self.complete,
            broken: self.broken,
            parts: self.parts,
            unread: self.unread,
            frame,
            nothing: self.nothing,
        })
    }
}

impl Nothing {
    /// Counts a cell that says nothing; whether it does.
    fn takes(&mut self, cell: &str) -> bool {
        if !clean::is_nothing(cell) {
            return false;
        }
        match clean::trim(cell) {
            "" => self.empty += 1,
            word => {
                *self
                    .words
                    .entry(clean::half_width(word).into_owned())
                    .or_default() += 1
            }
        }
        true
    }
}

fn note_of(note: String) -> UnreadPart {
    UnreadPart {
        name: note,
        why: "passed over by the reader".into(),
    }
}

/// The kind of failure only: messages of the library may show values.
fn frame_error(at: usize, error: &PolarsError) -> ProfileError {
    let what = match error {
        PolarsError::ShapeMismatch(_) => "its length differs",
        PolarsError::SchemaMismatch(_) => "it is no text",
        PolarsError::Duplicate(_) => "its name is taken",
        _ => "the frame refused",
    };
    ProfileError::Frame {
        column: at + 1,
        what,
    }
}
