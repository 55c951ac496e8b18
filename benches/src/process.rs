//! Other programs, with their time and their memory.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Result;

/// How a program went.
#[derive(Debug)]
pub struct Done {
    /// What it printed.
    pub stdout: String,
    /// From start to end.
    pub seconds: f64,
    /// Processor time of it and of the processes it started; `None` where the system doesn't say (it needs `/proc`).
    pub cpu_seconds: Option<f64>,
    /// The most memory it and the processes it started held at once, in bytes; `None` as above.
    pub peak_memory: Option<u64>,
    /// Its exit code.
    pub code: Option<i32>,
}

/// Runs a program to its end. What it writes to stderr is passed on.
///
/// # Errors
/// When it can't be started.
pub fn run(command: &mut Command) -> Result<Done> {
    let name = command.get_program().to_string_lossy().into_owned();
    let before = children_seconds();
    let started = Instant::now();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name} can't be started: {error}"))?;
    let watch = Watch::on(&child);
    let output = child.wait_with_output()?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Done {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        seconds,
        cpu_seconds: before
            .zip(children_seconds())
            .map(|(before, now)| now - before),
        peak_memory: watch.end(),
        code: output.status.code(),
    })
}

/// Looks at a program's high-water mark until it ends: the system keeps the mark, so that only growth in
/// the last moment can be missed.
struct Watch {
    over: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
}

impl Watch {
    fn on(child: &Child) -> Watch {
        let watch = Watch {
            over: Arc::default(),
            peak: Arc::default(),
        };
        let (over, peak, id) = (Arc::clone(&watch.over), Arc::clone(&watch.peak), child.id());
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                if let Some(bytes) = held(id) {
                    peak.fetch_max(bytes, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        watch
    }

    fn end(self) -> Option<u64> {
        self.over.store(true, Ordering::Relaxed);
        Some(self.peak.load(Ordering::Relaxed)).filter(|peak| *peak > 0)
    }
}

/// What a process and its children hold: of one alone the mark that the system keeps.
fn held(process: u32) -> Option<u64> {
    let children = children(process);
    if children.is_empty() {
        return memory(process, "VmHWM:");
    }
    let theirs: u64 = children.into_iter().filter_map(held_now).sum();
    Some(memory(process, "VmRSS:")? + theirs)
}

fn held_now(process: u32) -> Option<u64> {
    let theirs: u64 = children(process).into_iter().filter_map(held_now).sum();
    Some(memory(process, "VmRSS:")? + theirs)
}

fn children(process: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let listed = listed.unwrap_or_default();
    listed
        .split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect()
}

fn memory(process: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Processor time of all processes that this one started and that have ended.
fn children_seconds() -> Option<f64> {
    /// The unit of these files, fixed for programs whatever the kernel's own clock is.
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, in brackets, may hold anything; cutime and cstime are fields 16 and 17.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(13);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_waited_for_and_heard() {
        let done = run(Command::new("sh").args(["-c", "echo heard; exit 3"])).unwrap();
        assert_eq!(done.stdout, "heard\n");
        assert_eq!(done.code, Some(3));
        assert!(run(&mut Command::new("/no/such/program")).is_err());
    }
}
