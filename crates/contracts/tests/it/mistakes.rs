//! One mistake at a time in files that are right otherwise; what is said about it is a snapshot.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test -p rongtong-contracts mistakes`, and read the diff.

use std::fmt::Write as _;
use std::path::Path;

use rongtong_contracts::{FormatSpec, Problem, load_contract, load_link_job, load_pipeline};

const CONTRACT: &str = include_str!("fixture.odcs.yaml");
const PIPELINE: &str = include_str!("fixture.pipeline.yaml");

/// A model with three mistakes: a link type, a column, and a column compared as what it isn't.
const MODEL: &str = "\
link_type: link_only
comparisons:
  - { column: naem, comparison: name_zh }
  - { column: phone, comparison: levenshtein }
blocking_rules_to_generate_predictions:
  - [name]
";

const LINK: &str = include_str!("fixture.link.yaml");

/// What is wrong, the text that stands once in the file, and what stands there instead.
type Mistake = (&'static str, &'static str, &'static str);

const IN_CONTRACTS: &[Mistake] = &[
    ("another version of the standard", "v3.1.0", "v2.2.2"),
    (
        "another kind of file",
        "kind: DataContract",
        "kind: DataProduct",
    ),
    (
        "a department that is no folder",
        "domain: education",
        "domain: 教育",
    ),
    ("no version", "version: 1.0.0\n", ""),
    (
        "a mistyped key of the contract",
        "status: active",
        "sttaus: active",
    ),
    (
        "a mistyped key of a column",
        "physicalName: 学籍号",
        "phisicalName: 学籍号",
    ),
    (
        "an unknown standard",
        "value: phone }\n          - { property: attribute",
        "value: telephone }\n          - { property: attribute",
    ),
    ("a mistyped standard", "value: coded", "value: codde"),
    (
        "a standard that other tools would read otherwise",
        "logicalType: date",
        "logicalType: string",
    ),
    (
        "no standard",
        "          - { property: standard, value: sex }\n",
        "",
    ),
    (
        "an unknown code that the national list lacks",
        "value: [\"0\"]",
        "value: [\"0\", \"8\"]",
    ),
    (
        "a mistyped custom property",
        "property: aliases",
        "property: alias",
    ),
    (
        "a property in the wrong place",
        "          - { property: standard, value: name }",
        "          - { property: standard, value: name }\n          - { property: timeColumn, value: changed_on }",
    ),
    (
        "a property given twice",
        "{ property: attribute, value: address }",
        "{ property: standard, value: address }",
    ),
    ("two columns of one name", "- name: home", "- name: phone"),
    ("a column named in Chinese", "- name: stage", "- name: 学段"),
    (
        "a column that the lake has itself",
        "- name: stage",
        "- name: resident_key",
    ),
    (
        "one heading for two columns",
        "value: [证件号码]",
        "value: [姓名]",
    ),
    ("a code without quotes", "code: \"1\"", "code: 01"),
    ("a code twice", "code: \"2\"", "code: \"1\""),
    ("an alias that is another label", "[初级中学]", "[小学]"),
    (
        "an empty code list",
        "\n              - { code: \"1\", label: 小学 }\n              - { code: \"2\", label: 初中, aliases: [初级中学] }",
        " []",
    ),
    ("a key that codes don't have", "label: 小学", "lable: 小学"),
    (
        "an unknown code that is none",
        "value: [\"2\"]",
        "value: [\"3\"]",
    ),
    (
        "an attribute nobody knows",
        "attribute, value: address",
        "attribute, value: adress",
    ),
    (
        "an attribute of another kind",
        "attribute, value: phone",
        "attribute, value: sex",
    ),
    (
        "a time that is no time",
        "timeColumn, value: changed_on",
        "timeColumn, value: name",
    ),
    (
        "a time column that is not there",
        "timeColumn, value: changed_on",
        "timeColumn, value: chnged_on",
    ),
    (
        "a mention of a missing column",
        "name: name\n        idNumber",
        "name: pupil_name\n        idNumber",
    ),
    (
        "a mention of a column of another kind",
        "sex: sex\n        record",
        "sex: stage\n        record",
    ),
    (
        "a mention whose people can't be told apart",
        "\n        recordNumber: pupil_no",
        "",
    ),
    (
        "a number that no mention takes",
        "        idNumber: id_number\n",
        "",
    ),
    (
        "a mention key in the style of columns",
        "idNumber: id_number",
        "id_number: id_number",
    ),
    (
        "a sex that no role has",
        "sex: sex\n        record",
        "fixedSex: \"3\"\n        record",
    ),
    (
        "a home of no known kind",
        "relation: present",
        "relation: presnt",
    ),
    (
        "half a coordinate",
        "address: home",
        "address: home\n        longitude: phone",
    ),
    (
        "authority over what is not fed",
        "      name: 10",
        "      name: 10\n      died_on: 1",
    ),
    ("no authority over what is fed", "      sex: 10\n", ""),
    ("a place that is no number", "address: 5", "address: first"),
    ("a rank in words", "{ newest: 5 }", "{ latest: 5 }"),
    ("an unknown sharing class", "value: 有条件", "value: 有條件"),
    (
        "an unknown cadence",
        "value: increment",
        "value: incremental",
    ),
    (
        "a list where a mapping must be",
        "    value:\n      name: 10",
        "    value:\n      - name: 10",
    ),
    ("a tab in the indentation", "\n      sex: 10", "\n\tsex: 10"),
    (
        "a bracket that stays open",
        "value: [证件号码]",
        "value: [证件号码",
    ),
    (
        "a key given twice",
        "status: active",
        "status: active\nstatus: draft",
    ),
    ("an anchor", "status: active", "status: &status active"),
    (
        "a second feed",
        "customProperties:\n  - { property: cadence",
        "  - name: teacher\ncustomProperties:\n  - { property: cadence",
    ),
    (
        "mistakes in different parts, one of which is needed by others",
        "domain: education",
        "domain: Education\nslaProperty: 1",
    ),
    (
        "several at once",
        "      - name: pupil_no\n        physicalName: 学籍号\n        logicalType: string\n        required: true",
        "      - name: Pupil-No\n        physicalName: 姓名\n        logicalType: text\n        required: yes",
    ),
];

const IN_PIPELINES: &[Mistake] = &[
    (
        "a model that isn't there",
        "archive: false",
        "archive: false\nlinkage: modell.yaml",
    ),
    (
        "a model of columns that residents lack",
        "archive: false",
        "archive: false\nlinkage: model.yaml",
    ),
    (
        "a mistyped key of the pipeline",
        "max_shrink_percent: 10",
        "max_shrink_precent: 10",
    ),
    (
        "a mistyped key of a binding",
        "encoding: GBK",
        "encodng: GBK",
    ),
    ("no contracts", "contracts: schemas\n", ""),
    (
        "contracts that are not there",
        "contracts: schemas",
        "contracts: ../schemas",
    ),
    (
        "a percent sign",
        "max_rejected_percent: 2.5",
        "max_rejected_percent: 2.5%",
    ),
    (
        "more than all",
        "max_rejected_percent: 2.5",
        "max_rejected_percent: 250",
    ),
    ("a flag in words", "archive: false", "archive: no"),
    (
        "a restricted table that is none",
        "identities: /",
        "identity: /",
    ),
    (
        "two restricted tables in one folder",
        "/restricted/identities",
        "file:///restricted/all/\n  quarantine: /restricted/./all",
    ),
    (
        "a restricted table in the folder of another",
        "/restricted/identities",
        "quarantine/",
    ),
    (
        "a mistyped feed",
        "  education.pupil:\n",
        "  education.pupils:\n",
    ),
    (
        "a feed without a department",
        "  education.pupil:\n",
        "  pupil:\n",
    ),
    (
        "a feed without a contract",
        "  health.visitor:\n",
        "  health.nurse:\n",
    ),
    (
        "a contract under another's name",
        "  health.visitor:\n",
        "  health.copied:\n",
    ),
    ("no path", "    path: health/visitor.xlsx\n", ""),
    (
        "a path on a web server",
        "health/visitor.xlsx",
        "https://health.example/visitor.xlsx",
    ),
    (
        "a path of another system",
        "health/visitor.xlsx",
        "health\\visitor.xlsx",
    ),
    (
        "a path that leads out",
        "health/visitor.xlsx",
        "../visitor.xlsx",
    ),
    (
        "a glob that is none",
        "education/pupil_*.csv",
        "\"education/pupil_[.csv\"",
    ),
    (
        "one file for two feeds",
        "health/visitor.xlsx",
        "education/late.csv",
    ),
    (
        "one file twice",
        "education/pupil_*.csv",
        "education/late.csv",
    ),
    ("an unknown format", "format: xlsx", "format: xls"),
    ("an unknown encoding", "encoding: GBK", "encoding: GB-18030"),
    (
        "an encoding of another language's library",
        "encoding: GBK",
        "encoding: utf-8-sig",
    ),
    (
        "a delimiter of two characters",
        "delimiter: tab",
        "delimiter: \"||\"",
    ),
    (
        "a mistyped delimiter",
        "delimiter: tab",
        "delimiter: semi-colon",
    ),
    ("quotes of two characters", "quote: none", "quote: \"--\""),
    (
        "quotes around cells that are delimiters",
        "delimiter: tab\n    quote: none",
        "delimiter: \"'\"\n    quote: \"'\"",
    ),
    (
        "an option of another format",
        "sheet: 访视",
        "delimiter: comma",
    ),
    (
        "a heading row before the first",
        "header_row: 3",
        "header_row: 0",
    ),
    ("an unknown cadence", "cadence: snapshot", "cadence: full"),
    (
        "a name without a date",
        "pupil_{yyyymmdd}*.csv",
        "pupil_{date}.csv",
    ),
    ("an unknown coordinate system", "sheet: 访视", "crs: wsg84"),
    (
        "coordinates where there are none",
        "sheet: 访视",
        "crs: gcj02",
    ),
    (
        "authority of a feed that is not bound",
        "[education.pupil, health.visitor]",
        "[education.pupil, health.visitors]",
    ),
    (
        "authority of a feed that doesn't know",
        "phone: { newest: [education.pupil, health.visitor] }",
        "address: [health.visitor]",
    ),
    (
        "authority over nothing",
        "phone: { newest",
        "telephone: { newest",
    ),
    (
        "authority twice",
        "[education.pupil, health.visitor]",
        "[education.pupil, education.pupil]",
    ),
    (
        "authority of nobody",
        "[education.pupil, health.visitor]",
        "[]",
    ),
    (
        "two contracts in one place",
        "authority:\n  phone: { newest: [education.pupil, health.visitor] }\n",
        "",
    ),
    ("no feeds", "FROM_FEEDS", ""),
];

#[test]
fn mistakes_in_contracts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pupil.odcs.yaml");
    std::fs::write(&file, CONTRACT).unwrap();
    load_contract(&file).expect("the fixture is right");
    let said = said_of(IN_CONTRACTS, CONTRACT, folder.path(), |text| {
        std::fs::write(&file, text).unwrap();
        load_contract(&file).err().unwrap_or_default()
    });
    insta::assert_snapshot!("contract_mistakes", said);
}

const IN_LINKAGES: &[Mistake] = &[
    ("another link type", "link_only", "link_and_dedupe"),
    (
        "one table too many for dedupe_only",
        "link_type: link_only\none_to_one: true",
        "link_type: dedupe_only",
    ),
    ("one to one within a table", "link_only", "dedupe_only"),
    (
        "a table that isn't there",
        "tables/left.csv",
        "tables/lefft.csv",
    ),
    (
        "a table of another packing",
        "tables/left.csv",
        "tables/left.xlsx",
    ),
    ("no unique id", "unique_id_column_name: rec_id\n", ""),
    (
        "two results in one file",
        "out/clusters.csv",
        "out/pairs.parquet",
    ),
    (
        "a result over a table that is read",
        "out/clusters.csv",
        "out/../tables/left.csv",
    ),
    (
        "a mistyped key",
        "max_records_in_block",
        "max_record_in_block",
    ),
    (
        "a mistyped key of a comparison",
        "term_frequency_adjustments",
        "term_frequency_adjustment",
    ),
    (
        "a mistyped comparison",
        "comparison: jaro",
        "comparison: jarro",
    ),
    (
        "neither a comparison nor levels",
        "    comparison: date\n",
        "",
    ),
    (
        "both a comparison and levels",
        "    levels:",
        "    comparison: exact\n    levels:",
    ),
    (
        "thresholds of a comparison that has none",
        "comparison: jaro\n",
        "comparison: exact\n",
    ),
    ("thresholds in the wrong order", "[0.9, 0.7]", "[0.7, 0.9]"),
    (
        "a similarity above one",
        "jaro_winkler: 0.8",
        "jaro_winkler: 80",
    ),
    (
        "a distance that is none",
        "thresholds: 2",
        "thresholds: some",
    ),
    (
        "a level without its measure",
        "      - jaro_winkler: 0.8",
        "      - jaro_winkler",
    ),
    ("an unknown level", "      - exact", "      - exactly"),
    (
        "two tests in one level",
        "{ name: close, jaro_winkler: 0.92 }",
        "{ exact: true, jaro_winkler: 0.92 }",
    ),
    (
        "a level that never holds",
        "jaro_winkler: 0.8",
        "jaro_winkler: 0.95",
    ),
    (
        "levels of two kinds",
        "      - jaro_winkler: 0.8",
        "      - date: slip",
    ),
    (
        "two comparisons of one name",
        "output_column_name: family",
        "output_column_name: given",
    ),
    (
        "a column swapped with itself",
        "columns_reversed: family",
        "columns_reversed: given",
    ),
    (
        "a mistyped part of a key",
        "sound(whole_name)",
        "sund(whole_name)",
    ),
    (
        "a part without what it needs",
        "substr(postcode, 1, 2)",
        "substr(postcode, 0, 2)",
    ),
    ("SQL", "  - born\n", "  - l.born = r.born\n"),
    ("a rule without keys", "  - born\n", "  - []\n"),
    ("a rule twice", "  - born\n", "  - born\n  - [born]\n"),
    (
        "a context of no comparison",
        "comparison: family, level",
        "comparison: famly, level",
    ),
    (
        "a context of no level",
        "level: jaro_0.9",
        "level: jaro_0.8",
    ),
    (
        "a probability in percent",
        "link_probability: 0.9",
        "link_probability: 90",
    ),
    (
        "review above link",
        "review_probability: 0.5",
        "review_probability: 0.95",
    ),
];

#[test]
fn mistakes_in_linkages() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("tables")).unwrap();
    for table in ["tables/left.csv", "tables/right.parquet"] {
        std::fs::write(folder.path().join(table), "").unwrap();
    }
    let file = folder.path().join("link.yaml");
    std::fs::write(&file, LINK).unwrap();
    load_link_job(&file).expect("the fixture is right");
    let said = said_of(IN_LINKAGES, LINK, folder.path(), |text| {
        std::fs::write(&file, text).unwrap();
        load_link_job(&file).err().unwrap_or_default()
    });
    insta::assert_snapshot!("linkage_mistakes", said);
}

#[test]
fn mistakes_in_pipelines() {
    let folder = tempfile::tempdir().unwrap();
    let schemas = folder.path().join("schemas");
    for (path, domain, name) in [
        ("education/pupil", "education", "pupil"),
        ("health/visitor", "health", "visitor"),
        ("health/copied", "health", "visitor"),
    ] {
        let file = schemas.join(format!("{path}.odcs.yaml"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, contract_of(domain, name)).unwrap();
    }
    let file = folder.path().join("pipeline.yaml");
    std::fs::write(&file, PIPELINE).unwrap();
    std::fs::write(folder.path().join("model.yaml"), MODEL).unwrap();
    let pipeline = load_pipeline(folder.path()).expect("the fixture is right");
    assert_eq!(pipeline.conflicts.last().map(String::as_str), Some("sex"));
    // Title lines stand above headings in text too.
    let titled = PIPELINE.replace("quote: none", "quote: none\n    header_row: 3");
    std::fs::write(&file, titled).unwrap();
    let titled = load_pipeline(&file).unwrap();
    assert!(matches!(
        titled.bindings[0].format,
        FormatSpec::Csv { header_row: 3, .. }
    ));
    let said = said_of(IN_PIPELINES, PIPELINE, folder.path(), |text| {
        std::fs::write(&file, text).unwrap();
        load_pipeline(&file).err().unwrap_or_default()
    });
    insta::assert_snapshot!("pipeline_mistakes", said);
}

/// The visitor's contract has the pupil's columns, but knows no address and ranks behind.
fn contract_of(domain: &str, name: &str) -> String {
    let text = CONTRACT.replace("domain: education", &format!("domain: {domain}"));
    let text = text.replacen("\nname: pupil", &format!("\nname: {name}"), 1);
    if name == "pupil" {
        return text;
    }
    text.replace("          - { property: attribute, value: address }\n", "")
        .replace("      address: 5\n", "")
        .replace("name: 10", "name: 11")
        .replace("sex: 10", "sex: 11")
}

/// Every mistake with the change and what is said, machine paths left out.
fn said_of(
    mistakes: &[Mistake],
    right: &str,
    folder: &Path,
    load: impl Fn(&str) -> Vec<Problem>,
) -> String {
    let mut said = String::new();
    let home = format!("{}/", folder.display());
    for (title, from, to) in mistakes {
        let feeds = right
            .find("feeds:")
            .and_then(|at| right.get(at..))
            .unwrap_or("");
        let from = if *from == "FROM_FEEDS" { feeds } else { from };
        assert_eq!(
            right.matches(from).count(),
            1,
            "{title}: {from:?} stands not once"
        );
        let wrong = right.replacen(from, to, 1);
        let problems = load(&wrong);
        assert!(!problems.is_empty(), "{title}: nobody noticed");
        writeln!(said, "## {title}").unwrap();
        for problem in &problems {
            points_at_its_text(problem, title);
            writeln!(said, "{}", problem.to_string().replace(&home, "")).unwrap();
        }
        said.push('\n');
    }
    said
}

/// The offending text stands where the problem says.
fn points_at_its_text(problem: &Problem, title: &str) {
    assert!(
        !problem.what.is_empty() && !problem.remedy.is_empty(),
        "{title}"
    );
    if problem.line == 0 || problem.text.is_empty() {
        return;
    }
    let text = std::fs::read_to_string(&problem.file).unwrap();
    let line = text.lines().nth(problem.line - 1).unwrap_or("");
    assert!(
        line.contains(&problem.text),
        "{title}: {:?} is not in {line:?}",
        problem.text
    );
}

#[test]
fn files_that_are_not_there_or_not_text() {
    let folder = tempfile::tempdir().unwrap();
    let said = |problems: Vec<Problem>| -> String {
        let home = format!("{}/", folder.path().display());
        problems
            .iter()
            .map(|problem| problem.to_string().replace(&home, ""))
            .collect()
    };
    let missing = said(load_pipeline(folder.path()).unwrap_err());
    assert!(
        missing.starts_with("pipeline.yaml: the file can't be read"),
        "{missing}"
    );
    let file = folder.path().join("gb.odcs.yaml");
    std::fs::write(&file, b"id: a\nname: \xbb\xa7\xbc\xae\n").unwrap();
    let encoded = said(load_contract(&file).unwrap_err());
    assert_eq!(
        encoded,
        "gb.odcs.yaml:2:1: this line is not UTF-8 — save the file as UTF-8"
    );
    std::fs::write(&file, vec![b'#'; 5 << 20]).unwrap();
    assert!(said(load_contract(&file).unwrap_err()).contains("5242880 bytes"));
}
