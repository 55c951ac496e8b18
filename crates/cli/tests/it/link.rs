//! `rongtong link` on a small made-up table.

use std::fmt::Write as _;

use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{CsvReadOptions, SessionContext};

use crate::shell::{Shell, assert_told};

const CONFIG: &str = "\
link_type: dedupe_only
tables: [people.csv]
unique_id_column_name: id
link_probability: 0.9
output: { pairs: out/pairs.parquet, clusters: out/clusters.csv }
comparisons:
  - { column: name, comparison: name_zh, term_frequency_adjustments: true }
  - { column: born, comparison: date }
  - { column: phone, comparison: exact }
blocking_rules_to_generate_predictions:
  - sound(name)
  - born
  - phone
";

/// Ninety people; of two in three a second row that lacks the phone or the birth date.
fn shell() -> Shell {
    let surnames = ["王", "李", "张", "欧阳", "赵", "沈", "韦"];
    let given = [
        "小宝", "建国", "丽", "佳怡", "志强", "明月", "海涛", "雪", "子涵", "秀英", "文博",
    ];
    let (mut people, mut truth) = ("id,name,born,phone\n".to_owned(), "id,entity\n".to_owned());
    for at in 0..90_usize {
        let name = format!("{}{}", surnames[at % 7], given[at * 5 % 11]);
        let born = format!(
            "19{:02}-{:02}-{:02}",
            40 + at % 57,
            1 + at % 12,
            1 + at * 7 % 28
        );
        let phone = format!("139{:08}", 10_007 * (at + 3));
        writeln!(people, "a{at:02},{name},{born},{phone}").unwrap();
        writeln!(truth, "a{at:02},p{at}").unwrap();
        match at % 3 {
            0 => continue,
            1 => writeln!(people, "b{at:02},{name},{born},").unwrap(),
            _ => writeln!(people, "b{at:02},{name},,{phone}").unwrap(),
        }
        writeln!(truth, "b{at:02},p{at}").unwrap();
    }
    let shell = Shell::new();
    shell.write("people.csv", &people);
    shell.write("truth.csv", &truth);
    shell.write("link.yaml", CONFIG);
    shell
}

fn read(shell: &Shell, path: &str) -> String {
    std::fs::read_to_string(shell.dir.path().join(path)).unwrap()
}

#[test]
fn a_truth_says_how_good_it_is() {
    let shell = shell();
    let told = shell.output(&[
        "link",
        "link.yaml",
        "--evaluate",
        "truth.csv",
        "--json",
        "--quiet",
    ]);
    assert_eq!(told.status.code(), Some(0));
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["records"], 150);
    let default = &told["evaluation"]["default"];
    assert_eq!(
        (&default["right"], &default["wrong"]),
        (&60.into(), &0.into()),
        "{default}"
    );
    let clusters = read(&shell, "out/clusters.csv");
    assert!(clusters.contains("\na01,b01\n"), "{clusters}");
    let m: f64 = told["learned"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|l| l["m"].as_f64())
        .sum();
    assert!(
        (m - 3.0).abs() < 1e-6,
        "shares of levels sum to one in each comparison"
    );
}

#[test]
fn parquet_is_as_good_as_csv() {
    let shell = shell();
    let linked = |config: &str| {
        let told = shell.output(&["link", config, "--json", "--quiet"]);
        assert_eq!(told.status.code(), Some(0));
        read(&shell, "out/clusters.csv")
    };
    let of_csv = linked("link.yaml");
    let at = |name: &str| shell.dir.path().join(name).to_string_lossy().into_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async {
        let session = SessionContext::new();
        let people = session
            .read_csv(at("people.csv"), CsvReadOptions::new())
            .await
            .unwrap();
        let single = DataFrameWriteOptions::new().with_single_file_output(true);
        people
            .write_parquet(&at("people.parquet"), single, None)
            .await
            .unwrap();
        let pairs = session
            .read_parquet(at("out/pairs.parquet"), Default::default())
            .await
            .unwrap();
        let names: Vec<String> = pairs
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        assert_eq!(
            names[..4],
            ["match_weight", "match_probability", "id_l", "id_r"]
        );
        assert!(pairs.count().await.unwrap() >= 60);
    });
    shell.write(
        "parquet.yaml",
        &CONFIG.replace("people.csv", "people.parquet"),
    );
    assert_eq!(linked("parquet.yaml"), of_csv);
}

#[test]
fn blocking_is_analysed_before_anything_is_spent() {
    let shell = shell();
    assert_told!(shell.told(&["link", "link.yaml", "--blocking", "--quiet"]));
    assert!(!shell.dir.path().join("out").exists());
}

#[test]
fn mistakes_in_a_config_are_shown_with_their_lines() {
    let shell = shell();
    shell.mistake("link.yaml", "name_zh", "name_cn");
    shell.mistake("link.yaml", "sound(name)", "sund(name)");
    assert_told!(shell.told(&["link", "link.yaml"]));
}

#[test]
fn a_column_that_no_table_has() {
    let shell = shell();
    shell.mistake("link.yaml", "column: phone", "column: phones");
    assert_told!(shell.told(&["link", "link.yaml", "--quiet"]));
}

#[test]
fn too_many_pairs() {
    let shell = shell();
    shell.write("link.yaml", &format!("{CONFIG}max_pairs: 50\n"));
    assert_told!(shell.told(&["link", "link.yaml", "--quiet"]));
}
