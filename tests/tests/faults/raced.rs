//! 6 · Two to eight runs at once.

use std::collections::BTreeMap;

use rongtong_tests::Bench;

use crate::city::{City, ran, started};
use crate::content::{content, newest_is_released, same, taken_by};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::{Tries, keep};

pub const FAULT: Fault = Fault {
    name: "raced",
    title: "6 runs racing 并发运行",
    short: 2,
    long: 50,
    lacks: lacks_nothing,
    run,
};

const FEEDS: [&str; 8] = [
    "public_security.household_register",
    "public_security.residence_permit",
    "civil_affairs.social_assistance",
    "social_security.insurance_enrolment",
    "health.health_record",
    "health.death_certificate",
    "housing.property_ownership",
    "housing.tenancy_filing",
];

fn run(tries: &mut Tries) {
    let city = City::new(66);
    for number in 0..tries.wanted {
        tries.once(&format!("round {number}"), |chance| {
            let at_once = match number {
                0 | 1 => 2,
                _ => 2 + usize::try_from(chance.below(7)).unwrap(),
            };
            let bench = city.at(&city.first.path("raced"));
            match number % 2 {
                0 => same_deliveries(&city, &bench, at_once),
                _ => different_deliveries(&city, &bench, at_once),
            }
            newest_is_released(&bench.lake);
        });
    }
    tries.note = "odd rounds with different deliveries".to_owned();
    tries.canary(&city.first, &city.first.path("raced"));
}

fn same_deliveries(city: &City, bench: &Bench, at_once: usize) {
    let racing: Vec<_> = (0..at_once).map(|_| started(bench)).collect();
    for run in racing {
        let told = run.ended();
        keep(bench, &told);
        assert_eq!(told.code, 0, "{}", told.stderr);
    }
    same(&city.after_second, &content(&bench.lake));
}

/// Each takes another feed; the ledger tells in which order they came, and one after the other gives the same.
fn different_deliveries(city: &City, bench: &Bench, at_once: usize) {
    let racing: Vec<_> = FEEDS
        .iter()
        .take(at_once)
        .map(|feed| started_with(bench, feed))
        .collect();
    for run in racing {
        let told = run.wait_with_output().unwrap();
        assert!(
            told.status.success(),
            "{}",
            String::from_utf8_lossy(&told.stderr)
        );
    }
    let taken = taken_by(&bench.lake);
    let order: BTreeMap<&String, &str> = FEEDS
        .iter()
        .filter_map(|feed| Some((taken.get(*feed)?, *feed)))
        .filter(|(release, _)| *release > &"000001".to_owned())
        .collect();
    let serial = city.at(&city.first.path("serial"));
    for feed in order.values() {
        let _ = ran(&serial, serial.work("run").args(["--feed", feed]), 0);
    }
    same(&content(&serial.lake), &content(&bench.lake));
}

fn started_with(bench: &Bench, feed: &str) -> std::process::Child {
    let mut run = bench.work("run");
    run.args(["--feed", feed]);
    run.stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}
