//! Tries of one fault: what held, what didn't, and all that the command said meanwhile.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rongtong_tests::{Bench, Ran, script};

/// What became of the tries of a fault.
pub struct Tries {
    name: &'static str,
    /// How many are wanted.
    pub wanted: u32,
    /// Whether this is the long form.
    pub long: bool,
    /// Decides where faults strike.
    pub chance: Chance,
    /// How many were made.
    pub made: u32,
    /// How many of them did not hold.
    pub not_held: u32,
    /// What did not hold.
    pub broken: Vec<String>,
    /// A figure worth telling.
    pub note: String,
}

impl Tries {
    pub fn new(name: &'static str, wanted: u32, long: bool, seed: u64) -> Self {
        Self {
            name,
            wanted,
            long,
            chance: Chance(seed),
            made: 0,
            not_held: 0,
            broken: Vec::new(),
            note: String::new(),
        }
    }

    /// Makes all tries; what can't even be prepared did not hold.
    pub fn all(&mut self, run: fn(&mut Self)) {
        if let Err(why) = caught(|| run(self)) {
            self.broken.push(format!("{}: {why}", self.name));
        }
    }

    /// One try: it holds unless the check panics.
    pub fn once(&mut self, what: &str, check: impl FnOnce(&mut Chance)) {
        self.made += 1;
        let chance = &mut self.chance;
        if let Err(why) = caught(|| check(chance)) {
            self.not_held += 1;
            self.broken.push(format!("{what}: {why}"));
        }
        if self.long && self.made.is_multiple_of(25) {
            eprintln!(
                "{}: {} tries, {} not held",
                self.name, self.made, self.not_held
            );
        }
    }

    /// Nobody is seen where nobody may be.
    pub fn canary(&mut self, bench: &Bench, lake: &Path) {
        let found = seen(bench, lake).map(|found| format!("canary: {found}"));
        self.broken.extend(found);
    }
}

/// Who is seen where nobody may be: in the lake, in what was said, in what was left behind.
pub fn seen(bench: &Bench, lake: &Path) -> Option<String> {
    let said = files_below(&bench.path("said")).into_iter();
    let said = said.chain(files_below(&bench.path("tmp")));
    let places = [lake.to_owned(), bench.feeds.clone()];
    let arguments = places.into_iter().chain(said);
    let looked = script("canary.py", arguments.map(PathBuf::into_os_string));
    (looked.code != 0).then(|| format!("{}{}", looked.stdout, looked.stderr))
}

/// Keeps what a command said, for the canary.
pub fn keep(bench: &Bench, ran: &Ran) {
    let said = bench.path("said");
    fs::create_dir_all(&said).unwrap();
    let number = fs::read_dir(&said).unwrap().count();
    fs::write(
        said.join(number.to_string()),
        format!("{}{}", ran.stdout, ran.stderr),
    )
    .unwrap();
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

/// Every file below a folder, in order; none where there is no folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files_below(&path)),
            path => found.push(path),
        }
    }
    found.sort();
    found
}

/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(600);

/// A run to its end, and the most memory it had, in KiB.
pub fn watched(bench: &Bench) -> (Ran, u64) {
    let mut run = bench.work("run");
    let mut run = run
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", run.id());
    let begun = Instant::now();
    let mut peak = 0;
    let mut hung = false;
    while run.try_wait().unwrap().is_none() {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let high = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|high| high.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(high.unwrap_or(0));
        if begun.elapsed() > PATIENCE {
            run.kill().unwrap();
            hung = true;
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = run.wait_with_output().unwrap();
    assert!(!hung, "it hangs");
    let told = Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    (told, peak)
}

fn caught(check: impl FnOnce()) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(check)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

/// Numbers that are the same for the same seed (splitmix64).
pub struct Chance(u64);

impl Chance {
    /// Below `end`, which isn't 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    /// One of these.
    pub fn of<'a, T>(&mut self, these: &'a [T]) -> &'a T {
        let at = self.below(these.len() as u64);
        &these[usize::try_from(at).unwrap()]
    }
}
