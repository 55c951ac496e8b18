//! Take: the deliveries of one feed, from files to standard rows, with every row accounted for.

use std::sync::Arc;

use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_connector_kit::{
    Connector, Context, Finding, Quarantined, Refusal, StandardBatch, Standardiser, rules,
};
use rongtong_formats::{FormatError, Note, Part, TextBatch, TextReader};
use rongtong_identity::KeyMaker;

use crate::error::RunError;
use crate::files::{NUMBER_IN_NAME, covered, stat};
use crate::found::FoundIn;
use crate::plan::{FeedPlan, Found};
use crate::progress::Progress;
use crate::rows::{FeedRows, Origin, RowBatch};
use crate::spill::Spill;

/// What taking a feed's new deliveries gave.
pub(crate) struct Taken {
    pub(crate) rows: FeedRows,
    pub(crate) found: FoundIn,
    pub(crate) deliveries: Vec<Counted>,
}

/// One delivery with its count of rows.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) file: Found,
    pub(crate) received: u64,
    pub(crate) standard: u64,
    pub(crate) quarantined: u64,
    /// How many of the quarantined rows are no records, but lines of a table.
    pub(crate) lines: u64,
}

/// How the rows of a feed are kept until they are resolved.
pub(crate) struct Keeping<'a> {
    pub(crate) keys: &'a KeyMaker,
    /// Where columns come to rest.
    pub(crate) spill: &'a Arc<Spill>,
}

/// Why a feed is refused: its old state stays, the run goes on with the others.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub(crate) struct Refused {
    /// The file, with its member in a zip.
    file: String,
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(transparent)]
    Columns(#[from] Refusal),
    #[error("{0}")]
    Arrow(#[from] ArrowError),
    #[error("{NUMBER_IN_NAME}")]
    Named,
    #[error(
        "it changed while it was being read; deliver files under another name and rename them when they are whole"
    )]
    Changed,
}

/// Reads the files of a feed.
///
/// # Errors
/// Outer: the run must stop. Inner: the feed is refused.
pub(crate) fn take(
    plan: &FeedPlan<'_>,
    files: &[Found],
    connector: &dyn Connector,
    keeping: &Keeping<'_>,
    progress: &dyn Progress,
) -> Result<Result<Taken, Refused>, RunError> {
    let mut taken = Taken {
        rows: FeedRows::new(Arc::clone(&plan.contract)),
        found: FoundIn::default(),
        deliveries: Vec::new(),
    };
    for file in files {
        match one_file(plan, file, connector, keeping, progress, &mut taken) {
            Ok(counted) => {
                accounted(plan, &counted)?;
                taken.deliveries.push(counted);
            }
            // Our own temporary file failed: no fault of the feed.
            Err(Refused {
                why: Why::Arrow(error @ ArrowError::IoError(..)),
                ..
            }) => return Err(error.into()),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    Ok(Ok(taken))
}

fn one_file(
    plan: &FeedPlan<'_>,
    file: &Found,
    connector: &dyn Connector,
    keeping: &Keeping<'_>,
    progress: &dyn Progress,
    taken: &mut Taken,
) -> Result<Counted, Refused> {
    let refused = |name: &str, why: Why| Refused {
        file: name.to_owned(),
        why,
    };
    let in_file = |error: FormatError| refused(&file.name, error.into());
    let mut delivery = Delivery {
        plan,
        connector,
        keeping,
        progress,
        taken,
        counted: Counted {
            file: file.clone(),
            received: 0,
            standard: 0,
            quarantined: 0,
            lines: 0,
        },
    };
    let mut parts = connector.open(&file.path, plan.binding).map_err(in_file)?;
    let mut unread = 0;
    for part in parts.by_ref() {
        let part = part.map_err(in_file)?;
        let name = match &part.member {
            Some(member) => format!("{}!{member}", file.name),
            None => file.name.clone(),
        };
        if let Some(covered) = covered(&name) {
            return Err(refused(&covered, Why::Named));
        }
        let passed_over = delivery.part(&name, part);
        unread += passed_over.map_err(|why| refused(&name, why))?;
    }
    unread += noted(plan, &file.name, parts.notes());
    delivery.unread(unread);
    // A file that someone is still writing would be taken by halves.
    match stat(&file.path) {
        Ok(seen) if seen == file.seen => Ok(delivery.counted),
        _ => Err(refused(&file.name, Why::Changed)),
    }
}

/// A delivery on its way from its file to standard rows.
struct Delivery<'a> {
    plan: &'a FeedPlan<'a>,
    connector: &'a dyn Connector,
    keeping: &'a Keeping<'a>,
    progress: &'a dyn Progress,
    taken: &'a mut Taken,
    counted: Counted,
}

impl Delivery<'_> {
    /// Takes the rows of one part; how much of it was passed over.
    fn part(&mut self, name: &str, mut part: Part) -> Result<usize, Why> {
        let (plan, keeping, as_of) = (self.plan, self.keeping, self.counted.file.as_of);
        let origin = self.origin(name);
        let at = self.taken.rows.origin(origin.clone());
        let context = Context {
            contract: &plan.contract,
            binding: plan.binding,
            as_of,
        };
        let mut standardiser = Standardiser::new(self.connector, context);
        let mut waiting = read(&mut *part.reader)?;
        if part.reader.counts_from_1904() {
            standardiser.count_from_1904();
        }
        while !waiting.is_empty() {
            let mut mapped = Vec::with_capacity(waiting.len());
            for batch in waiting {
                self.counted.received += batch.received() as u64;
                mapped.push(standardiser.map(batch)?);
            }
            // While these are standardised, the next ones are read.
            let (next, standard) = rayon::join(
                || read(&mut *part.reader),
                || -> Result<Vec<Standardised>, ArrowError> {
                    let batches = mapped.into_par_iter().map(|batch| {
                        let batch = standardiser.standardise(batch)?;
                        Standardised::of(batch, plan, at, keeping)
                    });
                    batches.collect()
                },
            );
            for batch in standard? {
                self.add(batch, &origin);
            }
            let feed = &plan.binding.feed;
            self.progress.rows(feed, self.counted.received);
            waiting = next?;
        }
        self.taken.found.flag(&origin, standardiser.finish()?);
        Ok(noted(plan, name, &part.reader.notes()))
    }

    fn add(&mut self, batch: Standardised, origin: &Origin) {
        self.counted.standard += batch.rows.len() as u64;
        self.counted.quarantined += batch.quarantined.len() as u64;
        let lines = batch.quarantined.iter();
        let lines = lines.filter(|row| row.rule.name == rules::LINE_OF_TABLE.name);
        self.counted.lines += lines.count() as u64;
        self.taken.found.flag(origin, batch.findings);
        self.taken.found.reject(origin, batch.quarantined);
        if batch.rows.len() > 0 {
            self.taken.rows.batches.push(batch.rows);
        }
    }

    /// Says of the delivery as a whole how much of it was passed over.
    fn unread(&mut self, sheets: usize) {
        let finding = Finding {
            row: None,
            column: None,
            rule: &rules::SHEET_UNREAD,
        };
        let whole = self.origin(&self.counted.file.name);
        let unread = std::iter::repeat_n(finding, sheets);
        self.taken.found.flag(&whole, unread);
    }

    fn origin(&self, name: &str) -> Origin {
        let file = &self.counted.file;
        Origin {
            delivery: file.delivery.as_str().into(),
            file: name.into(),
            as_of: file.as_of,
        }
    }
}

/// The next batches of a part, enough to keep every core busy; none at its end.
fn read(reader: &mut dyn TextReader) -> Result<Vec<TextBatch>, FormatError> {
    let mut batches = Vec::new();
    while batches.len() < rayon::current_num_threads()
        && let Some(batch) = reader.next_batch()?
    {
        batches.push(batch);
    }
    Ok(batches)
}

/// A batch with its rows as they are kept, apart from what was found in it.
struct Standardised {
    rows: RowBatch,
    findings: Vec<Finding>,
    quarantined: Vec<Quarantined>,
}

impl Standardised {
    fn of(
        mut batch: StandardBatch,
        plan: &FeedPlan<'_>,
        origin: u32,
        keeping: &Keeping<'_>,
    ) -> Result<Self, ArrowError> {
        let findings = std::mem::take(&mut batch.findings);
        let quarantined = std::mem::take(&mut batch.quarantined);
        let mut rows = RowBatch::of(&plan.contract, batch, origin, keeping.keys);
        rows.rest(keeping.spill)?;
        Ok(Self {
            rows,
            findings,
            quarantined,
        })
    }
}

/// Tells of what a reader passed over; how much that was.
fn noted(plan: &FeedPlan<'_>, file: &str, notes: &[Note]) -> usize {
    for note in notes {
        tracing::info!(feed = %plan.binding.feed, file, "{note}");
    }
    notes.len()
}

/// Law 1, conservation: rows received = standard rows + quarantined rows.
fn accounted(plan: &FeedPlan<'_>, counted: &Counted) -> Result<(), RunError> {
    if counted.received == counted.standard + counted.quarantined {
        return Ok(());
    }
    Err(RunError::Unaccounted {
        feed: plan.binding.feed.clone(),
        file: counted.file.name.clone(),
        received: counted.received,
        standard: counted.standard,
        quarantined: counted.quarantined,
    })
}
