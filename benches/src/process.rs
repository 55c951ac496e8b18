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
    /// The most memory it held at once, in bytes; `None` where the system doesn't say (it needs `/proc`).
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
                if let Some(bytes) = high_water(id) {
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

fn high_water(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
