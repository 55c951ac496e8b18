//! Laws 4 and 5: a run that is killed leaves what readers of `releases` see as it was, and the next run ends
//! as if nothing had happened.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::Bench;

use crate::support::{assert_same, consistent, consistent_and_newest, content, released};

#[test]
fn a_killed_first_run_leaves_nothing_by_halves() {
    let bench = Bench::city(1_500, 61, Packing::Csv, Dirt::Usual);
    let started = Instant::now();
    let whole = released(bench.with_lake("whole"));
    let took = started.elapsed();
    let expected = content(&whole.lake);
    for percent in [15, 45, 70, 85, 95] {
        // One lake, killed again and again: leftovers of several runs lie about.
        killed(&mut bench.work("run"), took * percent / 100);
        if bench.lake.join("releases").is_dir() {
            consistent(&bench.lake);
        }
    }
    let _ = bench.run().ended(0);
    consistent_and_newest(&bench.lake);
    assert_same(&expected, &content(&bench.lake));
}

#[test]
fn a_killed_second_run_leaves_the_first_release() {
    let bench = Bench::city(1_500, 62, Packing::Csv, Dirt::Usual);
    let whole = released(bench.with_lake("whole"));
    let second = whole.with_second_day("second");
    let started = Instant::now();
    let _ = second.run().ended(0);
    let took = started.elapsed();
    let expected = content(&whole.lake);

    let bench = released(bench);
    let first = consistent_and_newest(&bench.lake);
    let second = second.with_lake("lake");
    for percent in [40, 65, 80, 90, 97] {
        killed(&mut second.work("run"), took * percent / 100);
        let seen = consistent(&bench.lake);
        if percent == 40 {
            assert_eq!(seen, first, "a release before anything could be read");
        }
    }
    let _ = second.run().ended(0);
    consistent_and_newest(&bench.lake);
    assert_same(&expected, &content(&bench.lake));
}

/// Starts a run and kills it after a while, with no chance to tidy up.
fn killed(run: &mut Command, after: Duration) {
    let mut run = run
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    run.kill().unwrap();
    run.wait().unwrap();
}
