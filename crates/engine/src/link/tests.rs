//! A small made-up table, linked in whatever order its rows come and however it is packed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rongtong_contracts::load_link_job;

use super::{Evaluation, LinkReport, link};
use crate::error::RunError;

const DEDUPE: &str = "\
link_type: dedupe_only
tables: people.csv
unique_id_column_name: id
link_probability: 0.9
output: { pairs: pairs.csv, clusters: clusters.csv }
comparisons:
  - { column: name, comparison: name_zh, term_frequency_adjustments: true }
  - { column: born, comparison: date }
  - { column: phone, comparison: exact }
blocking_rules_to_generate_predictions:
  - [sound(name)]
  - [born]
  - phone
";

/// People with a dirty second row for two of three. `id, entity, name, born, phone`.
fn people() -> Vec<[String; 5]> {
    let surnames = ["王", "李", "张", "欧阳", "赵", "沈", "韦"];
    let given = [
        "小宝", "建国", "丽", "佳怡", "志强", "明月", "海涛", "雪", "子涵", "秀英", "文博",
    ];
    let mut rows = Vec::new();
    for at in 0..90_usize {
        let name = format!("{}{}", surnames[at % 7], given[at * 5 % 11]);
        let born = format!(
            "19{:02}-{:02}-{:02}",
            40 + at % 57,
            1 + at % 12,
            1 + at * 7 % 28
        );
        let phone = format!("139{:08}", 10_007 * (at + 3));
        let entity = format!("p{at}");
        rows.push([
            format!("a{at:02}"),
            entity.clone(),
            name.clone(),
            born.clone(),
            phone.clone(),
        ]);
        let second = match at % 3 {
            0 => continue,
            1 => [name, born, String::new()],
            _ => [name, String::new(), phone],
        };
        let [name, born, phone] = second;
        rows.push([format!("b{at:02}"), entity, name, born, phone]);
    }
    rows
}

fn csv(rows: &[[String; 5]], columns: &[usize]) -> String {
    let heading = ["id", "entity", "name", "born", "phone"];
    let line = |cells: Vec<&str>| cells.join(",") + "\n";
    let mut text = line(columns.iter().map(|at| heading[*at]).collect());
    for row in rows {
        text += &line(columns.iter().map(|at| row[*at].as_str()).collect());
    }
    text
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(config: &str, rows: &[[String; 5]]) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(place.home()).unwrap();
        place.write("link.yaml", config);
        place.write("people.csv", &csv(rows, &[0, 2, 3, 4]));
        place.write("truth.csv", &csv(rows, &[0, 1]));
        place
    }

    /// A folder whose name would be a pattern.
    fn home(&self) -> PathBuf {
        self.folder.path().join("people [1] 人*")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn link(&self, truth: Option<&Path>) -> Result<(LinkReport, Option<Evaluation>), RunError> {
        let job = load_link_job(&self.path("link.yaml")).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(link(&job, truth))
    }
}

#[test]
fn two_rows_of_one_person_are_one_cluster() {
    let place = Place::new(DEDUPE, &people());
    let (report, evaluation) = place.link(Some(&place.path("truth.csv"))).unwrap();
    let evaluation = evaluation.unwrap();
    assert_eq!((report.records, evaluation.true_pairs), (150, 60));
    assert_eq!(evaluation.default.wrong, 0, "{:?}", evaluation.default);
    assert!(evaluation.default.missed <= 2, "{:?}", evaluation.default);
    assert_eq!(report.clusters, report.records - report.links);
    let clusters = place.read("clusters.csv");
    assert!(clusters.starts_with("cluster_id,id\n"), "{clusters}");
    assert_eq!(clusters.lines().count(), 151);
    let pairs = place.read("pairs.csv");
    let heading = "match_weight,match_probability,id_l,id_r,gamma_name,gamma_born,gamma_phone,match_key,linked\n";
    assert!(pairs.starts_with(heading), "{pairs}");
    // A phone that one row lacks is nothing to compare.
    assert!(pairs.contains(",-1,"), "{pairs}");
}

#[test]
fn pairs_are_a_truth_too() {
    let rows = people();
    let place = Place::new(DEDUPE, &rows);
    let twice: Vec<&[String; 5]> = rows.iter().filter(|row| row[0].starts_with('b')).collect();
    let pairs: String = twice
        .iter()
        .map(|row| format!("{},{}\n", row[0], row[0].replace('b', "a")))
        .collect();
    place.write("pairs_truth.csv", &format!("id_l,id_r\n{pairs}"));
    let of = |truth: &str| {
        place
            .link(Some(&place.path(truth)))
            .unwrap()
            .1
            .unwrap()
            .default
    };
    assert_eq!(of("truth.csv"), of("pairs_truth.csv"));
}

#[test]
fn one_row_of_each_table_in_a_cluster() {
    let rows = people();
    let place = Place::new("", &rows);
    let side = |letter: char| -> Vec<[String; 5]> {
        rows.iter()
            .filter(|row| row[0].starts_with(letter))
            .cloned()
            .collect()
    };
    let (left, mut right) = (side('a'), side('b'));
    // The same ids in both tables, and one row of the right twice.
    for row in &mut right {
        row[0] = row[0].replace('b', "a");
    }
    let mut double = right[0].clone();
    double[0] = "z".into();
    right.push(double);
    place.write("left.csv", &csv(&left, &[0, 2, 3, 4]));
    place.write("right.csv", &csv(&right, &[0, 2, 3, 4]));
    let config = DEDUPE.replace("dedupe_only", "link_only\none_to_one: true");
    place.write(
        "link.yaml",
        &config.replace("people.csv", "[left.csv, right.csv]"),
    );
    place.link(None).unwrap();
    let clusters = place.read("clusters.csv");
    let mut lines = clusters.lines();
    assert_eq!(lines.next(), Some("cluster_id,source_dataset,id"));
    let mut seen = BTreeSet::new();
    for line in lines {
        let (cluster, rest) = line.split_once(',').unwrap();
        let (table, _) = rest.split_once(',').unwrap();
        assert!(
            seen.insert((cluster.to_owned(), table.to_owned())),
            "{line}"
        );
    }
    assert!(clusters.contains("left-__-a01,right,a01"), "{clusters}");
}

#[test]
fn tables_that_cannot_be_linked_say_so_without_a_cell() {
    let rows = people();
    let place = Place::new(DEDUPE, &rows);
    let mut twice = rows.clone();
    twice[4][0] = rows[1][0].clone();
    place.write("people.csv", &csv(&twice, &[0, 2, 3, 4]));
    let mut all = Vec::new();
    let mut tell = |told: RunError| {
        assert_eq!(told.exit_code(), 2, "{told}");
        all.push(said(&place, &told));
    };
    tell(place.link(None).unwrap_err());
    twice[4][0].clear();
    place.write("people.csv", &csv(&twice, &[0, 2, 3, 4]));
    tell(place.link(None).unwrap_err());
    place.write("people.csv", &csv(&rows, &[0, 2, 4]));
    tell(place.link(None).unwrap_err());
    std::fs::write(
        place.path("people.csv"),
        b"id,name,born,phone\n1,\xcd\xf5\xce\xb0,,\n",
    )
    .unwrap();
    tell(place.link(None).unwrap_err());
    for broken in ["1,王伟\n", "1,王伟,,\n2,王伟\n", "1,\"王伟,,\n"] {
        place.write("people.csv", &format!("id,name,born,phone\n{broken}"));
        tell(place.link(None).unwrap_err());
    }
    place.write("people.csv", &csv(&rows, &[0, 2, 3, 4]));
    for truth in [
        "id,entity,more\n1,2,3\n",
        "id,entity\n王伟,2\n",
        "id_l,id_r\n王伟,a01\n",
        "id_l,id_r\n,a01\n",
    ] {
        place.write("truth.csv", truth);
        tell(place.link(Some(&place.path("truth.csv"))).unwrap_err());
    }
    insta::assert_snapshot!(all.join("\n"));
}

fn said(place: &Place, error: &RunError) -> String {
    let told = error.to_string();
    assert!(!told.contains('伟') && !told.contains("a00"), "{told}");
    told.replace(&format!("{}/", place.home().display()), "")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_means_nothing(rows in Just(people()).prop_shuffle()) {
        let usual = Place::new(DEDUPE, &people());
        let shuffled = Place::new(DEDUPE, &rows);
        usual.link(None).unwrap();
        shuffled.link(None).unwrap();
        for file in ["clusters.csv", "pairs.csv"] {
            prop_assert_eq!(usual.read(file), shuffled.read(file));
        }
    }
}
