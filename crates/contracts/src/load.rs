use std::path::Path;

use crate::{Contract, Pipeline, Problem};

/// Reads a pipeline and the contracts of the feeds it binds.
///
/// `path` is the pipeline's file, or its folder with a `pipeline.yaml` in it.
///
/// # Errors
/// Everything that is wrong in the pipeline and its contracts, file by file, from top to bottom.
pub fn load_pipeline(path: &Path) -> Result<Pipeline, Vec<Problem>> {
    let _ = path;
    Err(Vec::new())
}

/// Reads one contract.
///
/// # Errors
/// Everything that is wrong in it, from top to bottom.
pub fn load_contract(path: &Path) -> Result<Contract, Vec<Problem>> {
    let _ = path;
    Err(Vec::new())
}
