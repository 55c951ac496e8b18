mod authority;
mod binding;
mod codes;
mod column;
mod contract;
mod linkage;
mod mention;
mod path;
mod pipeline;

use std::path::Path;

use crate::problem::Report;
use crate::{Contract, LinkJob, Linkage, Pipeline, Problem, yaml};

/// Reads a pipeline and the contracts of the feeds it binds.
///
/// `path` is the pipeline's file, or its folder with a `pipeline.yaml` in it.
///
/// # Errors
/// Everything that is wrong in the pipeline and its contracts, file by file, from top to bottom.
pub fn load_pipeline(path: &Path) -> Result<Pipeline, Vec<Problem>> {
    let path = match path.is_dir() {
        true => path.join("pipeline.yaml"),
        false => path.to_owned(),
    };
    let mut report = Report::new(&path);
    let root = yaml::read(&path, &mut report);
    let pipeline = root.and_then(|root| pipeline::read(&root, &path, &mut report));
    whole(pipeline, report)
}

/// Reads one contract.
///
/// # Errors
/// Everything that is wrong in it, from top to bottom.
pub fn load_contract(path: &Path) -> Result<Contract, Vec<Problem>> {
    let mut report = Report::new(path);
    let root = yaml::read(path, &mut report);
    let contract = root.and_then(|root| contract::read(&root, path, &mut report));
    whole(contract, report)
}

/// Reads a model of a linkage over the columns of residents: the file behind a pipeline's `linkage`.
///
/// # Errors
/// Everything that is wrong in it, from top to bottom.
pub fn load_linkage(path: &Path) -> Result<Linkage, Vec<Problem>> {
    let mut report = Report::new(path);
    let root = yaml::read(path, &mut report);
    let linkage = root.and_then(|root| linkage::read_model(&root, path, &mut report));
    whole(linkage, report)
}

/// Reads a linkage of tables: the file of `rongtong link`.
///
/// # Errors
/// Everything that is wrong in it, from top to bottom. Whether the tables have the columns is seen when they
/// are read.
pub fn load_link_job(path: &Path) -> Result<LinkJob, Vec<Problem>> {
    let mut report = Report::new(path);
    let root = yaml::read(path, &mut report);
    let job = root.and_then(|root| linkage::read_job(&root, path, &mut report));
    whole(job, report)
}

/// What was read, if nothing at all is wrong with it.
fn whole<T>(read: Option<T>, report: Report) -> Result<T, Vec<Problem>> {
    match read {
        Some(read) if report.is_empty() => Ok(read),
        _ => Err(report.into_problems()),
    }
}
