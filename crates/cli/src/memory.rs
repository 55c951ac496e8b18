//! The memory that a pipeline allows a run: at its limit the run is stopped.

use std::fs;
use std::process::exit;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;

/// How often the process is looked at: a run that takes a gigabyte a second goes five megabytes too far.
const EVERY: Duration = Duration::from_millis(5);

const STATUS: &str = "/proc/self/status";

/// Holds this process to a limit; dropped, it holds it no more.
#[derive(Debug)]
pub struct Limit {
    done: Arc<Mutex<bool>>,
}

impl Limit {
    /// Ends the process with this exit code once it takes so many megabytes; before that it tells with
    /// `tell`. As after Ctrl-C, what was written so far belongs to no release.
    ///
    /// # Errors
    /// [`Failure`] where the system doesn't say what a process takes.
    pub fn keep(
        megabytes: u32,
        code: u8,
        tell: impl FnOnce() + Send + 'static,
    ) -> Result<Self, Failure> {
        if resident().is_none() {
            let unknown = Failure::failed(format!(
                "max_memory_mb can't be kept: {STATUS} doesn't say what a process takes"
            ));
            return Err(
                unknown.help("take it out of the pipeline, and limit the process by other means")
            );
        }
        let limit = Self {
            done: Arc::default(),
        };
        let done = Arc::clone(&limit.done);
        let watch = move || {
            // Whoever would go on after the limit waits for the lock.
            let _held = loop {
                let done = done.lock().unwrap_or_else(PoisonError::into_inner);
                if *done {
                    return;
                }
                if resident().is_some_and(|kilobytes| kilobytes >> 10 >= u64::from(megabytes)) {
                    break done;
                }
                drop(done);
                thread::sleep(EVERY);
            };
            tell();
            exit(i32::from(code));
        };
        let started = thread::Builder::new()
            .name("memory".to_owned())
            .spawn(watch);
        started
            .map_err(|error| Failure::failed(format!("no thread to watch the memory: {error}")))?;
        Ok(limit)
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

/// What this process takes, in kilobytes.
fn resident() -> Option<u64> {
    let status = fs::read_to_string(STATUS).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
