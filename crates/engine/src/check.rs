//! Check: are the deliveries there, and can they be what their contracts say? Nothing is run.

use std::collections::BTreeMap;
use std::path::Path;

use rongtong_connector_kit::{Connector, Context, Standardiser};
use rongtong_contracts::{FeedName, Pipeline};
use serde::Serialize;

use crate::clock;
use crate::error::RunError;
use crate::files::{delivered, relative, stat};
use crate::registry::Decisions;
use crate::run::connector_of;

/// The deliveries that are there, feed by feed.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// Each bound feed by its name.
    pub feeds: BTreeMap<String, FeedCheck>,
}

/// The deliveries of one feed.
#[derive(Debug, Clone, Serialize)]
pub struct FeedCheck {
    /// The files that the binding names; none if nothing came.
    pub files: Vec<FileCheck>,
}

/// One delivered file.
#[derive(Debug, Clone, Serialize)]
pub struct FileCheck {
    /// Relative to the feeds folder.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Why a run would refuse it.
    pub problems: Vec<String>,
    /// What a run would find in its first rows or headings.
    pub notes: Vec<String>,
}

/// Looks at the headings and first rows of every delivery under `feeds_dir`; with `only`, of these feeds alone.
///
/// # Errors
/// A folder that can't be read, or mistakes in the file of decisions.
pub fn check(
    pipeline: &Pipeline,
    feeds_dir: &Path,
    only: &[FeedName],
    connectors: &[Box<dyn Connector>],
) -> Result<CheckReport, RunError> {
    if pipeline.links() {
        Decisions::read(&pipeline.decisions)?;
    }
    let mut feeds = BTreeMap::new();
    for binding in &pipeline.bindings {
        let Some(contract) = pipeline.contracts.get(&binding.feed) else {
            continue;
        };
        if !only.is_empty() && !only.contains(&binding.feed) {
            continue;
        }
        let connector = connector_of(connectors, &binding.feed);
        let context = Context {
            contract,
            binding,
            as_of: clock::today(),
        };
        let mut files = Vec::new();
        for path in delivered(binding, feeds_dir)? {
            let mut file = FileCheck {
                file: relative(&path, feeds_dir),
                bytes: 0,
                problems: Vec::new(),
                notes: Vec::new(),
            };
            let looked = match stat(&path) {
                Ok((bytes, _)) => {
                    file.bytes = bytes;
                    look(connector, &context, &path, &mut file.notes)
                }
                Err(error) => Err(error.to_string()),
            };
            file.problems.extend(looked.err());
            files.push(file);
        }
        feeds.insert(binding.feed.to_string(), FeedCheck { files });
    }
    Ok(CheckReport { feeds })
}

fn look(
    connector: &dyn Connector,
    context: &Context<'_>,
    path: &Path,
    notes: &mut Vec<String>,
) -> Result<(), String> {
    for part in connector
        .open(path, context.binding)
        .map_err(|e| e.to_string())?
    {
        let mut part = part.map_err(|e| e.to_string())?;
        let mut standardiser = Standardiser::new(connector, *context);
        if let Some(batch) = part.reader.next_batch().map_err(|e| e.to_string())? {
            standardiser.map(batch).map_err(|e| e.to_string())?;
            for finding in standardiser.finish().map_err(|e| e.to_string())? {
                notes.push(format!(
                    "{}: {}",
                    finding.column.unwrap_or_default(),
                    finding.rule.title
                ));
            }
        }
    }
    Ok(())
}
