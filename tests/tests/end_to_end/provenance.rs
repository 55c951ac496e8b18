//! Law 2: any value in `residents` leads to its feed, file and row, and to the cell as it was received.

use std::ffi::OsString;
use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, script};

use crate::support::{released, rows};

#[test]
fn each_value_leads_to_the_cell_as_it_was_received() {
    let bench = released(Bench::city(1_500, 31, Packing::Csv, Dirt::Usual));
    // The archive has the cells, wherever the deliveries went.
    let archived = bench.with_feeds("moved");
    fs::remove_dir_all(&bench.feeds).unwrap();

    let residents = rows(&bench.lake, "residents", &["resident_key", "key_basis"]);
    let of = |basis: &str| {
        let keys = residents.iter().filter(|r| r["key_basis"] == basis);
        keys.map(|r| r["resident_key"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (known, unidentified) = (of("number"), of("unidentified"));
    assert!(!unidentified.is_empty());
    let sample = known
        .iter()
        .step_by(known.len() / 12)
        .chain(unidentified.iter().take(2));

    let mut arguments = vec![OsString::from(&archived.feeds), OsString::from(&bench.lake)];
    for key in sample {
        let answer = bench.path(&format!("{key}.json"));
        fs::write(&answer, bench.why(key).ended(0).stdout).unwrap();
        arguments.push(answer.into());
    }
    let _ = script("provenance.py", arguments).ended(0);
}

#[test]
fn who_is_not_in_the_lake_has_no_why() {
    let bench = released(Bench::clean(32));
    let ran = bench.why("0123456789abcdef0123456789abcdef");
    assert_ne!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stderr.contains("no resident"), "{}", ran.stderr);
}
