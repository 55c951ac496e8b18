//! The lake equals what an independent computation makes of the same deliveries; law 1, conservation; law 7,
//! no guess is silent.

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, oracle, script};

use crate::support::{consistent_and_newest, rows};

#[test]
fn a_city_with_the_usual_dirt_equals_the_oracle() {
    equals_the_oracle(Bench::city(3_000, 7, Packing::Csv, Dirt::Usual));
}

#[test]
fn a_hard_city_equals_the_oracle() {
    equals_the_oracle(Bench::city(3_000, 8, Packing::Csv, Dirt::Hard));
}

#[track_caller]
fn equals_the_oracle(bench: Bench) {
    // The oracle follows numbers alone. A hard city is one whose deliveries an operator would have to accept.
    let bench = bench.with_change(
        "pipeline.yaml",
        "contracts:",
        "linkage: off\nmax_rejected_percent: 20\ncontracts:",
    );
    let ran = bench.run().ended(0);
    consistent_and_newest(&bench.lake);
    conserved(&bench, &ran);
    oracle(&bench.feeds, &bench.lake);
    let _ = script("silent.py", [&bench.feeds, &bench.lake]).ended(0);
}

/// Law 1: rows received are standard rows and quarantined rows, for each delivery.
#[track_caller]
fn conserved(bench: &Bench, ran: &rongtong_tests::Ran) {
    let deliveries = rows(
        &bench.lake,
        "deliveries",
        &["feed", "received", "standard", "quarantined"],
    );
    assert_eq!(deliveries.len(), 10);
    for delivery in deliveries {
        let count = |what: &str| delivery[what].as_u64().unwrap();
        assert!(count("received") > 0, "{delivery}");
        assert_eq!(
            count("received"),
            count("standard") + count("quarantined"),
            "{delivery}"
        );
        let feed = delivery["feed"].as_str().unwrap();
        for what in ["received", "standard", "quarantined"] {
            assert_eq!(ran.of_feed(feed, what), count(what), "{what} of {feed}");
        }
    }
}
