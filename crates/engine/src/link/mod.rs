//! Linking tables that no pipeline knows: the same engine on any CSV or Parquet files.
//!
//! ```text
//! tables ─ read ─▶ rows by id ─ records ─▶ Records ─ identity::linkage ─▶ scored pairs, clusters ─ write ─▶ files
//!                                                                              └─ evaluate ◀─ truth
//! ```

mod evaluate;
mod model;
mod read;
mod records;
mod report;
#[cfg(test)]
mod tests;
mod truth;
mod write;

use std::path::Path;
use std::time::Instant;

use rongtong_contracts::{LinkJob, LinkType};
use rongtong_identity::linkage::{self, Candidates, Clusters, Limits, Model, Scored, Scorer, Ties};

use crate::error::RunError;
pub use evaluate::{AtThreshold, Evaluation};
pub(crate) use model::resident_model;
use model::table_model;
use records::Rows;
pub use report::{BlockReport, LevelReport, LinkReport};

/// Links the tables of a job and writes what it asks for; with a truth, says how good that is.
///
/// # Errors
/// [`RunError::Problems`] where the tables lack columns, [`RunError::LinkIds`] where rows can't be told apart,
/// [`RunError::Linkage`] where the rules give too many pairs; else what reading or writing met.
pub async fn link(
    job: &LinkJob,
    truth: Option<&Path>,
) -> Result<(LinkReport, Option<Evaluation>), RunError> {
    let started = Instant::now();
    let (model, rows) = rows(job).await?;
    let truth = match truth {
        Some(path) => Some(truth::read(path, job, &rows).await?),
        None => None,
    };
    let (linked, evaluation) = tokio::task::block_in_place(|| {
        let linked = Linked::of(job, &model, &rows)?;
        let evaluation = truth.map(|truth| linked.evaluate(&model, &rows, &truth));
        Ok::<_, RunError>((linked, evaluation))
    })?;
    if let Some(path) = &job.pairs {
        write::table(path, write::pairs(job, &model, &rows, &linked)?).await?;
    }
    if let Some(path) = &job.clusters {
        write::table(path, write::clusters(job, &rows, &linked)?).await?;
    }
    let report = LinkReport::new(job, &model, &rows, &linked, started.elapsed());
    Ok((report, evaluation))
}

/// What the blocking rules of a job would give; no pair is made.
///
/// # Errors
/// As [`link`].
pub async fn link_blocks(job: &LinkJob) -> Result<Vec<BlockReport>, RunError> {
    let (model, rows) = rows(job).await?;
    let counted = tokio::task::block_in_place(|| linkage::count_blocks(&model, &rows.records));
    Ok(counted.iter().map(BlockReport::of).collect())
}

/// The job's model, and its tables as records.
async fn rows(job: &LinkJob) -> Result<(Model, Rows), RunError> {
    let (model, columns) = table_model(&job.linkage);
    model.check()?;
    let tables = read::tables(job, &columns).await?;
    let rows = tokio::task::block_in_place(|| Rows::of(job, &columns, &tables))?;
    Ok((model, rows))
}

/// What a linkage came to.
struct Linked {
    candidates: Candidates,
    learned: linkage::Learned,
    scored: Vec<Scored>,
    clusters: Clusters,
    limits: Limits,
}

impl Linked {
    fn of(job: &LinkJob, model: &Model, rows: &Rows) -> Result<Self, RunError> {
        let records = &rows.records;
        let candidates = linkage::block(model, records)?;
        let patterns = linkage::patterns(model, records, &candidates);
        let learned = linkage::learn(model, records, &patterns);
        let scorer = Scorer::new(model, records, &learned);
        let scored = scorer.all(&candidates, &patterns);
        let limits = Limits {
            link: model.link,
            review: model.review,
            one_to_one: job.one_to_one && job.link_type == LinkType::LinkOnly,
        };
        let clusters = linkage::cluster(records, &scorer, &scored, &Ties::default(), limits);
        Ok(Self {
            candidates,
            learned,
            scored,
            clusters,
            limits,
        })
    }
}
