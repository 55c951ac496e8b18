//! Restricted tables at places of their own: who isn't told of them, or may not open them, still reads all others.

use std::fs;
use std::path::Path;

use rongtong_tests::{Bench, Ran};

use crate::support::released;

const RESIDENTS: &str = "SELECT count(*) AS residents FROM residents";
const NUMBERS: &str = "SELECT count(*) AS numbers FROM identities";

/// A city of which numbers and deliveries lie in a vault.
fn guarded(seed: u64) -> Bench {
    let restricted =
        "restricted:\n  identities: ../vault/identities\n  archive: ../vault/archive\ncontracts:";
    released(Bench::clean(seed).with_change("pipeline.yaml", "contracts:", restricted))
}

/// A command on the bench's lake, with the pipeline or without.
fn ask(bench: &Bench, words: &[&str], pipeline: Option<&Path>) -> Ran {
    let mut command = bench.command();
    command.args(words).arg("--lake").arg(&bench.lake);
    if let Some(pipeline) = pipeline {
        command.arg("--pipeline").arg(pipeline);
    }
    bench.ended(&mut command)
}

#[test]
fn who_does_not_know_the_places_of_restricted_tables_reads_all_others() {
    let bench = guarded(131);
    let known = Some(bench.pipeline.as_path());
    assert!(bench.path("vault/identities/_delta_log").is_dir());
    let _ = ask(&bench, &["sql", RESIDENTS], None).ended(0);
    let _ = ask(&bench, &["sql", "SHOW TABLES"], None).ended(0);
    let _ = ask(&bench, &["sql", NUMBERS], known).ended(0);
    for words in [
        ["sql", NUMBERS].as_slice(),
        &["verify"],
        &["repair"],
        &["vacuum"],
        &["rollback", "1"],
    ] {
        let ran = ask(&bench, words, None).ended(2);
        let told = &ran.stderr;
        assert!(
            told.contains("--pipeline") && told.contains("elsewhere"),
            "{words:?}: {told}"
        );
    }
    for words in [["verify"], ["repair"], ["vacuum"]] {
        let _ = ask(&bench, &words, known).ended(0);
    }
    // A pipeline that forgot where they lie makes no release.
    let forgetful = bench.with_change("pipeline.yaml", "restricted:", "# restricted:");
    for line in ["  identities: ", "  archive: "] {
        let _ = bench.with_change("pipeline.yaml", line, &format!("# {line}"));
    }
    let ran = forgetful.run().ended(2);
    assert!(ran.stderr.contains("elsewhere"), "{}", ran.stderr);
}

#[test]
fn who_may_not_open_a_restricted_table_reads_all_others() {
    let bench = guarded(132);
    let known = Some(bench.pipeline.as_path());
    // For a reader without rights the place is as if it weren't there.
    fs::rename(bench.path("vault"), bench.path("closed")).unwrap();
    let _ = ask(&bench, &["sql", RESIDENTS], known).ended(0);
    let _ = ask(&bench, &["sql", NUMBERS], known).ended(1);
    let key = bench.sql("SELECT resident_key FROM residents LIMIT 1", &[]);
    let key = key[0]["resident_key"].as_str().unwrap();
    let _ = ask(&bench, &["why", key], known).ended(0);
}
