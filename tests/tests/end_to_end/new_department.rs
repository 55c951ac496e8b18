//! The feed of a new department that CONTRIBUTING.md adds, step by step, with the texts that stand there.

use std::fs;
use std::path::Path;
use std::process::Command;

use rongtong_tests::Bench;
use serde_json::{Value, json};

use crate::support::released;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../CONTRIBUTING.md");

#[test]
fn a_new_department_needs_a_contract_and_a_binding() {
    let page = fs::read_to_string(PAGE).unwrap();
    let bench = Bench::small(90).with_own_pipeline();
    let before = residents(&released(bench.clone()));

    let schema = "own/schemas/labour/employment_registration.odcs.yaml";
    put(
        &bench.path(schema),
        between(&page, "# 就业登记 · Employment registration", "```"),
    );
    let pipeline = bench.pipeline.join("pipeline.yaml");
    let bound =
        fs::read_to_string(&pipeline).unwrap() + "\n" + &between(&page, "  # 人社 · labour", "```");
    put(&pipeline, &bound);
    let (delivery, text) = (
        bench.delivery("labour/employment_registration_20260601.csv"),
        bench.path("delivery.csv"),
    );
    put(&text, between(&page, "登记编号,证件号码", "CSV"));
    let mut encoding = Command::new("iconv");
    encoding.args(["-f", "UTF-8", "-t", "GB18030"]).arg(&text);
    put(
        &delivery,
        encoding.output().expect("iconv can be started").stdout,
    );

    let after = residents(&released(bench.clone()));
    assert_eq!(after, before + 2);
    let rows =
        "SELECT id_status, name, status, monthly_wage FROM standard.labour.employment_registration
                ORDER BY registration_no";
    let expected = json!([
        { "id_status": "valid", "monthly_wage": 12000.0, "name": "韦小宝", "status": "1" },
        { "id_status": "masked", "monthly_wage": 8000.0, "name": "欧阳某", "status": "2" },
    ]);
    assert_eq!(Value::from(bench.sql(rows, &[])), expected);
}

/// A text of a page from a line on, up to the next line that begins so.
fn between(page: &str, first: &str, end: &str) -> String {
    let lines = page.lines().skip_while(|line| !line.starts_with(first));
    let lines = lines.take_while(|line| !line.starts_with(end));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    assert!(!text.is_empty(), "CONTRIBUTING.md has no line {first}");
    text
}

fn put(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn residents(bench: &Bench) -> u64 {
    let counted = bench.sql("SELECT count(*) AS residents FROM residents", &[]);
    counted[0]["residents"].as_u64().unwrap()
}
