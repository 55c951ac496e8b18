//! Take: the deliveries of one feed, from files to standard rows, with every row accounted for.

use std::sync::Arc;

use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_connector_kit::{
    Connector, Context, Finding, Quarantined, Refusal, StandardBatch, Standardiser, rules,
};
use rongtong_formats::{FormatError, Note, TextBatch, TextReader};
use rongtong_identity::KeyMaker;

use crate::error::RunError;
use crate::files::stat;
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
    let refused = |name: &str| {
        let file = name.to_owned();
        move |why: Why| Refused { file, why }
    };
    let context = Context {
        contract: &plan.contract,
        binding: plan.binding,
        as_of: file.as_of,
    };
    let mut counted = Counted {
        file: file.clone(),
        received: 0,
        standard: 0,
        quarantined: 0,
    };
    let mut parts = connector
        .open(&file.path, plan.binding)
        .map_err(|e| refused(&file.name)(e.into()))?;
    let mut unread = 0;
    for part in parts.by_ref() {
        let mut part = part.map_err(|e| refused(&file.name)(e.into()))?;
        let name = match &part.member {
            Some(member) => format!("{}!{member}", file.name),
            None => file.name.clone(),
        };
        let origin = Origin {
            delivery: file.delivery.as_str().into(),
            file: name.as_str().into(),
            as_of: file.as_of,
        };
        let at = taken.rows.origin(origin.clone());
        let mut standardiser = Standardiser::new(connector, context);
        let mut waiting = read(&mut *part.reader).map_err(|e| refused(&name)(e.into()))?;
        while !waiting.is_empty() {
            let mut mapped = Vec::with_capacity(waiting.len());
            for batch in waiting {
                counted.received += batch.received() as u64;
                let batch = standardiser.map(batch);
                mapped.push(batch.map_err(|e| refused(&name)(e.into()))?);
            }
            // While these are standardised, the next ones are read.
            let (read, standard) = rayon::join(
                || read(&mut *part.reader),
                || -> Result<Vec<Standardised>, ArrowError> {
                    mapped
                        .into_par_iter()
                        .map(|batch| {
                            let batch = standardiser.standardise(batch)?;
                            Standardised::of(batch, plan, (at, file.as_of), keeping)
                        })
                        .collect()
                },
            );
            for batch in standard.map_err(|e| refused(&name)(e.into()))? {
                counted.standard += batch.rows.len() as u64;
                counted.quarantined += batch.quarantined.len() as u64;
                let found = &mut taken.found;
                found
                    .findings
                    .extend(batch.findings.into_iter().map(|f| (origin.clone(), f)));
                found
                    .quarantined
                    .extend(batch.quarantined.into_iter().map(|q| (origin.clone(), q)));
                if batch.rows.len() > 0 {
                    taken.rows.batches.push(batch.rows);
                }
            }
            progress.rows(&plan.binding.feed, counted.received);
            waiting = read.map_err(|e| refused(&name)(e.into()))?;
        }
        let drift: Vec<Finding> = standardiser
            .finish()
            .map_err(|e| refused(&name)(e.into()))?;
        taken
            .found
            .findings
            .extend(drift.into_iter().map(|f| (origin.clone(), f)));
        unread += noted(plan, &name, &part.reader.notes());
    }
    unread += noted(plan, &file.name, parts.notes());
    let whole = Origin {
        delivery: file.delivery.as_str().into(),
        file: file.name.as_str().into(),
        as_of: file.as_of,
    };
    let finding = || Finding {
        row: None,
        column: None,
        rule: &rules::SHEET_UNREAD,
    };
    taken
        .found
        .findings
        .extend((0..unread).map(|_| (whole.clone(), finding())));
    // A file that someone is still writing would be taken by halves.
    match stat(&file.path) {
        Ok(seen) if seen == file.seen => Ok(counted),
        _ => Err(refused(&file.name)(Why::Changed)),
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
        (origin, as_of): (u32, i32),
        keeping: &Keeping<'_>,
    ) -> Result<Self, ArrowError> {
        let findings = std::mem::take(&mut batch.findings);
        let quarantined = std::mem::take(&mut batch.quarantined);
        let mut rows = RowBatch::of(&plan.contract, batch, origin, as_of, keeping.keys);
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
