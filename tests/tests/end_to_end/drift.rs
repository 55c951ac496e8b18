//! Deliveries whose columns or bytes are not what the contract says: findings, or a refused feed whose old
//! state stays.

use std::fs;

use rongtong_tests::{Bench, Csv, Ran};
use serde_json::Value;

use crate::support::{
    PERMIT, PERMIT_CSV, REGISTER, REGISTER_CSV, assert_same, consistent_and_newest, content,
    content_without, count, released, rows,
};

const TABLE: &str = "standard/public_security/household_register";

#[test]
fn a_missing_optional_column_is_nulls_and_one_finding() {
    let bench = Bench::clean(81);
    let mut register = register(&bench);
    register.remove("民族");
    register.write();
    let ran = bench.run().ended(0);
    assert_eq!(ran.findings(REGISTER, "missing_column"), 1);
    assert_eq!(count(&bench.lake, TABLE), register.rows.len());
    let rows = rows(&bench.lake, TABLE, &["ethnicity"]);
    assert!(rows.iter().all(|row| row["ethnicity"].is_null()));
}

#[test]
fn an_unknown_column_is_dropped_with_one_finding() {
    let bench = Bench::clean(82);
    let plain = released(bench.with_lake("plain"));
    let mut register = register(&bench);
    register.add("备注二", "迁入");
    register.write();
    let ran = bench.run().ended(0);
    assert_eq!(ran.findings(REGISTER, "unknown_column"), 1);
    let (left, right) = (
        content_without(&plain.lake, &["_delivery"]),
        content_without(&bench.lake, &["_delivery"]),
    );
    assert_eq!(left[TABLE], right[TABLE]);
    assert_eq!(left["residents"], right["residents"]);
}

#[test]
fn reordered_columns_are_the_same_content() {
    let bench = Bench::clean(83);
    let plain = released(bench.with_lake("plain"));
    let mut register = register(&bench);
    register.reverse_columns();
    register.write();
    let _ = bench.run().ended(0);
    assert_same(
        &content_without(&plain.lake, &["_delivery"]),
        &content_without(&bench.lake, &["_delivery"]),
    );
}

#[test]
fn a_column_twice_refuses_the_feed() {
    let refused = refused(84, |register| register.add("姓名", "王小明"));
    assert!(refused.stderr.contains(REGISTER_CSV), "{}", refused.stderr);
}

#[test]
fn a_missing_required_column_refuses_the_feed() {
    let refused = refused(85, |register| register.remove("姓名"));
    assert!(refused.stderr.contains("姓名"), "{}", refused.stderr);
}

#[test]
fn bytes_of_another_encoding_refuse_the_feed() {
    let bench = released(Bench::clean(86));
    let before = content(&bench.lake);
    // GB18030 of 公民身份号码, and so on: no UTF-8.
    let mut bytes = vec![0xB9, 0xAB, 0xC3, 0xF1, 0xC9, 0xED, 0xB7, 0xDD];
    bytes.extend(fs::read(bench.delivery(REGISTER_CSV)).unwrap());
    fs::write(bench.delivery(REGISTER_CSV), bytes).unwrap();
    let ran = bench.run().ended(3);
    assert_eq!(ran.json()["feeds"][REGISTER]["state"], "refused");
    assert!(ran.stderr.contains(REGISTER), "{}", ran.stderr);
    assert_same(&before, &content(&bench.lake));
}

#[test]
fn an_empty_file_refuses_the_feed() {
    let bench = released(Bench::clean(87));
    let before = content(&bench.lake);
    fs::write(bench.delivery(REGISTER_CSV), "").unwrap();
    let _ = bench.run().ended(3);
    assert_same(&before, &content(&bench.lake));
}

#[test]
fn what_is_refused_does_not_hold_up_the_others() {
    let bench = released(Bench::clean(88));
    let second = bench.with_second_day("second");
    fs::write(second.delivery(REGISTER_CSV), [0xFF, 0xFE, 0xFF, 0x00]).unwrap();
    let ran = second.run().ended(3);
    assert_eq!(ran.json()["status"], "released_with_refusals");
    let permits = fs::read_to_string(second.delivery(PERMIT_CSV))
        .unwrap()
        .lines()
        .count()
        - 1;
    assert_eq!(
        ran.of_feed("public_security.residence_permit", "received"),
        permits as u64
    );
    // It is looked at again, and taken once it is mended.
    fs::copy(bench.delivery(REGISTER_CSV), second.delivery(REGISTER_CSV)).unwrap();
    let _ = second.run().ended(0);
}

#[test]
fn a_folder_in_the_place_of_a_file_refuses_that_feed_alone() {
    let bench = Bench::clean(89);
    fs::remove_file(bench.delivery(PERMIT_CSV)).unwrap();
    fs::create_dir(bench.delivery(PERMIT_CSV)).unwrap();
    let ran = bench.run().ended(3);
    assert_eq!(ran.json()["feeds"][PERMIT]["state"], "refused");
    let told = format!("{PERMIT_CSV}: this is a folder");
    assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    assert_eq!(count(&bench.lake, TABLE), register(&bench).rows.len());
}

#[test]
fn a_first_run_of_refusals_alone_releases_nothing() {
    let bench = Bench::clean(90);
    fs::remove_dir_all(&bench.feeds).unwrap();
    fs::create_dir_all(bench.delivery("public_security")).unwrap();
    fs::write(bench.delivery(REGISTER_CSV), "x").unwrap();
    let ran = bench.run().ended(1);
    assert_eq!(ran.json()["status"], "refused");
    assert_eq!(ran.json()["release"], Value::Null);
    assert!(ran.stderr.contains(REGISTER), "{}", ran.stderr);
}

#[test]
fn what_was_refused_is_entered_in_the_ledger_once() {
    let bench = released(Bench::clean(91));
    let before = content(&bench.lake);
    let first = consistent_and_newest(&bench.lake);
    fs::write(bench.delivery(REGISTER_CSV), "x").unwrap();
    let ran = bench.run().ended(3);
    assert_eq!(ran.json()["status"], "refused");
    let second = consistent_and_newest(&bench.lake);
    assert_ne!(first, second);
    assert_eq!(ran.json()["release"], second.as_str());
    let deliveries = rows(&bench.lake, "deliveries", &["feed", "status", "release"]);
    let refused: Vec<_> = deliveries
        .iter()
        .filter(|delivery| delivery["status"] == "refused")
        .collect();
    assert_eq!(refused.len(), 1, "{deliveries:?}");
    assert_eq!(refused[0]["feed"], REGISTER);
    assert_eq!(refused[0]["release"], second.as_str());
    assert_same(&before, &content(&bench.lake));

    let _ = bench.run().ended(3);
    assert_eq!(consistent_and_newest(&bench.lake), second);
}

/// A register that came after a good one, refused; the old state stays.
#[track_caller]
fn refused(seed: u64, change: impl Fn(&mut Csv)) -> Ran {
    let bench = released(Bench::clean(seed));
    let before = content(&bench.lake);
    let mut register = register(&bench);
    change(&mut register);
    register.write();
    let ran = bench.run().ended(3);
    assert_eq!(ran.json()["feeds"][REGISTER]["state"], "refused");
    assert!(ran.stderr.contains(REGISTER), "{}", ran.stderr);
    assert_same(&before, &content(&bench.lake));
    ran
}

fn register(bench: &Bench) -> Csv {
    Csv::read(&bench.delivery(REGISTER_CSV))
}
