//! The same delivery packed otherwise is the same rows.

use std::fs;
use std::path::Path;

use rongtong_tests::{Bench, pack_gzip, pack_zip, pack_zstd};

use crate::support::{Content, PERMIT_CSV, content_without, released, rows};

const TABLE: &str = "standard/public_security/residence_permit";
const PLACES: [&str; 2] = ["_delivery", "_source_file"];

#[test]
fn compressed_deliveries_are_the_same_rows() {
    let bench = Bench::small(111).with_change(
        "pipeline.yaml",
        PERMIT_CSV,
        "public_security/residence_permit*",
    );
    let plain = released(bench.with_lake("plain"));
    let expected = content_without(&plain.lake, &PLACES);
    for (name, pack) in [
        ("residence_permit.csv.gz", pack_gzip as fn(&Path, &Path)),
        ("residence_permit.csv.zst", pack_zstd),
        ("residence_permit.zip", |from, to| {
            pack_zip(&[("inner/permits.csv", from)], to)
        }),
    ] {
        let packed = bench
            .with_feeds(&format!("feeds-{name}"))
            .with_lake(&format!("lake-{name}"));
        let delivery = packed.delivery(PERMIT_CSV);
        pack(
            &delivery,
            &packed.delivery(&format!("public_security/{name}")),
        );
        fs::remove_file(delivery).unwrap();
        let packed = released(packed);
        same_rows(&expected, &content_without(&packed.lake, &PLACES), name);
        let file = match name.ends_with(".zip") {
            true => format!("public_security/{name}!inner/permits.csv"),
            false => format!("public_security/{name}"),
        };
        for row in rows(&packed.lake, TABLE, &["_source_file"]) {
            assert_eq!(row["_source_file"], file.as_str());
        }
    }
}

#[test]
fn members_of_a_zip_are_parts_of_one_delivery() {
    let bench = Bench::clean(112).with_change(
        "pipeline.yaml",
        PERMIT_CSV,
        "public_security/residence_permit*",
    );
    let plain = released(bench.with_lake("plain"));
    let permits = rongtong_tests::Csv::read(&bench.delivery(PERMIT_CSV));
    let (mut first, mut second) = (permits.clone(), permits.clone());
    first.rows.truncate(permits.rows.len() / 2);
    second.rows.drain(..permits.rows.len() / 2);
    first.write_to(&bench.path("first.csv"));
    second.write_to(&bench.path("second.csv"));
    let members = [
        ("east/permits.csv", bench.path("first.csv")),
        ("west/permits.csv", bench.path("second.csv")),
    ];
    let members = members
        .each_ref()
        .map(|(name, path)| (*name, path.as_path()));
    pack_zip(
        &members,
        &bench.delivery("public_security/residence_permits.zip"),
    );
    fs::remove_file(bench.delivery(PERMIT_CSV)).unwrap();
    let bench = released(bench);
    let places = ["_delivery", "_source_file", "_source_row"];
    same_rows(
        &content_without(&plain.lake, &places),
        &content_without(&bench.lake, &places),
        "two members",
    );
    let files: std::collections::BTreeSet<String> = rows(&bench.lake, TABLE, &["_source_file"])
        .iter()
        .map(|r| r["_source_file"].to_string())
        .collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[track_caller]
fn same_rows(expected: &Content, found: &Content, name: &str) {
    for table in [
        TABLE,
        "residents",
        "conflicts",
        "resident_homes",
        "findings",
    ] {
        assert_eq!(expected[table], found[table], "{table} of {name}");
    }
}
