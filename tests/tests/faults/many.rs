//! 11 · Ten thousand files in a feed (a thousand in the short form), a feed without rows, a feed that is missing today.

use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::Bench;

use crate::city::{City, marked, ran};
use crate::content::{content, newest_is_released, same};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::Tries;

pub const FAULT: Fault = Fault {
    name: "many",
    title: "11 many, empty or missing files 文件过多、为空或缺失",
    short: 3,
    long: 12,
    lacks: lacks_nothing,
    run,
};

const PERMITS: &str = "public_security/residence_permit.csv";
const PERMIT: &str = "public_security.residence_permit";
const DEATHS: &str = "health/death_certificate.csv";
const DEATH: &str = "health.death_certificate";
const REGISTERS: &str = "public_security/household_register.csv";
const REGISTER: &str = "public_security.household_register";

fn run(tries: &mut Tries) {
    let city = City::new(71);
    let files = if tries.long { 10_000 } else { 1_000 };
    for number in 0..tries.wanted {
        match number % 3 {
            0 => tries.once("a file for each row", |_| in_many_files(files)),
            1 => tries.once("a feed without rows", |_| without_rows(&city)),
            _ => tries.once("a feed missing today", |_| missing(&city)),
        }
    }
    tries.canary(&city.first, &city.whole());
}

/// Every row in a file of its own is the same as all in one, and none is taken twice.
fn in_many_files(wanted: usize) {
    let bench = marked(Bench::city(1_500, 72, Packing::Csv, Dirt::Clean));
    let feed = ["--feed", PERMIT];
    let together = bench.with_lake("together");
    let _ = ran(&together, together.work("run").args(feed), 0);

    let text = fs::read_to_string(bench.delivery(PERMITS)).unwrap();
    let mut lines = text.lines();
    let heading = lines.next().unwrap();
    let apart = bench
        .with_feeds("apart")
        .with_change(
            "pipeline.yaml",
            PERMITS,
            "public_security/residence_permit_*.csv",
        )
        .with_lake("apart-lake");
    let folder = apart.delivery("public_security");
    fs::remove_file(apart.delivery(PERMITS)).unwrap();
    let lines: Vec<&str> = lines.collect();
    let mut files = 0;
    for line in &lines {
        let name = format!("residence_permit_{files:05}.csv");
        fs::write(folder.join(name), format!("{heading}\n{line}\n")).unwrap();
        files += 1;
    }
    // The rest are files without a row, each of bytes of its own.
    for blank in 1..=wanted.saturating_sub(files) {
        let name = format!("residence_permit_{:05}.csv", files + blank);
        fs::write(
            folder.join(name),
            format!("{heading}\n{}", "\n".repeat(blank)),
        )
        .unwrap();
    }
    let told = ran(&apart, apart.work("run").args(feed), 0);
    assert_eq!(told.of_feed(PERMIT, "received"), lines.len() as u64);
    let again = ran(&apart, apart.work("run").args(feed), 0);
    assert_eq!(again.json()["status"], "nothing_new");
    let rows = |bench: &Bench| content(&bench.lake)["residents"];
    assert_eq!(rows(&together).0, rows(&apart).0);
}

/// An increment without rows adds nothing; a snapshot without rows shrinks too much and stops the release.
fn without_rows(city: &City) {
    let bench = city.at(&city.first.path("many")).with_feeds("empty");
    let heading = |name: &str| {
        let text = fs::read_to_string(bench.delivery(name)).unwrap();
        format!("{}\n", text.lines().next().unwrap())
    };
    let register = fs::read(bench.delivery(REGISTERS)).unwrap();
    fs::write(bench.delivery(DEATHS), heading(DEATHS)).unwrap();
    fs::write(bench.delivery(REGISTERS), heading(REGISTERS)).unwrap();
    let told = ran(&bench, &mut bench.work("run"), 1);
    assert!(
        told.stderr.contains("max_shrink_percent"),
        "{}",
        told.stderr
    );
    assert!(told.stderr.contains(REGISTER), "{}", told.stderr);
    same(&city.after_first, &content(&bench.lake));

    fs::write(bench.delivery(REGISTERS), register).unwrap();
    let told = ran(&bench, &mut bench.work("run"), 0);
    assert_eq!(told.of_feed(DEATH, "received"), 0);
    newest_is_released(&bench.lake);
    assert_eq!(
        content(&bench.lake)["standard/health/death_certificate"],
        city.after_first["standard/health/death_certificate"],
    );
    fs::remove_dir_all(&bench.feeds).unwrap();
}

/// Yesterday's rows stay, and the summary says so.
fn missing(city: &City) {
    let bench = city.at(&city.first.path("many")).with_feeds("missing");
    fs::remove_file(bench.delivery(REGISTERS)).unwrap();
    let told = ran(&bench, &mut bench.work("run"), 0);
    let state = &told.json()["feeds"][REGISTER]["state"];
    assert_eq!(state, "absent", "{}", told.stdout);
    let register = "standard/public_security/household_register";
    assert_eq!(
        content(&bench.lake)[register].0,
        city.after_first[register].0
    );
    newest_is_released(&bench.lake);
    fs::remove_dir_all(&bench.feeds).unwrap();
}
