use arrow::array::{AsArray, ListArray};
use proptest::prelude::*;

use super::*;

type Kernel = fn(&StringViewArray) -> Column;

fn array(cells: &[Option<&str>]) -> StringViewArray {
    StringViewArray::from(cells.to_vec())
}

/// One cell through a kernel: the value, and the names of the broken rules.
fn one(kernel: Kernel, cell: &str) -> (Option<String>, Vec<&'static str>) {
    let column = kernel(&array(&[Some(cell)]));
    let values = column.values.as_string_view();
    let value = values.is_valid(0).then(|| values.value(0).to_owned());
    (
        value,
        column.issues.iter().map(|issue| issue.rule.name).collect(),
    )
}

fn check(kernel: Kernel, code: &str, cells: &[&str]) {
    for cell in cells {
        assert_eq!(one(kernel, cell), (Some(code.to_owned()), vec![]), "{cell}");
    }
}

#[test]
fn tables_are_complete_and_in_order() {
    let in_order = |table: &[(&str, &str)]| table.windows(2).all(|pair| pair[0].0 < pair[1].0);
    for table in [
        SEXES,
        MARITAL_STATUSES,
        ETHNICITIES,
        RELATIONS_TO_HEAD,
        ID_TYPES,
        BLOOD_GROUPS,
    ] {
        assert!(in_order(table));
    }
    assert_eq!(ETHNICITIES.len(), 58);
    assert!(
        CV02_01_101
            .iter()
            .all(|(_, _, to)| ID_TYPES.iter().any(|(code, _)| code == to))
    );
    for words in [
        tables::ETHNICITY_WORDS,
        tables::RELATION_WORDS,
        tables::MARITAL_WORDS,
        tables::ID_TYPE_WORDS,
    ] {
        for (word, code) in words {
            let known = [ETHNICITIES, RELATIONS_TO_HEAD, MARITAL_STATUSES, ID_TYPES];
            assert!(
                known
                    .iter()
                    .any(|table| table.iter().any(|(known, _)| known == code)),
                "{word}"
            );
        }
    }
}

#[test]
fn every_code_and_label_means_itself() {
    let kernels: [(Kernel, &[(&str, &str)]); 6] = [
        (sex, SEXES),
        (marital_status, MARITAL_STATUSES),
        (ethnicity, ETHNICITIES),
        (relation_to_head, RELATIONS_TO_HEAD),
        (id_type, ID_TYPES),
        (blood_group, BLOOD_GROUPS),
    ];
    for (kernel, table) in kernels {
        for (code, label) in table {
            check(
                kernel,
                code,
                &[code, label, &format!(" {code} "), &format!("{code}{label}")],
            );
            check(
                kernel,
                code,
                &[&format!("{code}-{label}"), &format!("{label}({code})")],
            );
        }
    }
}

#[test]
fn customary_words() {
    check(
        sex,
        "1",
        &[
            "男", "M", "m", "male", "1-男", "1.男", "01", "1.0", "男性", "１", "男(1)", "1 男",
        ],
    );
    check(sex, "2", &["女", "F", "2-女"]);
    check(sex, "9", &["不详"]);
    check(
        ethnicity,
        "01",
        &[
            "汉",
            "汉族",
            "1",
            "01汉族",
            "01-汉",
            "01 汉族",
            "汉族（01）",
        ],
    );
    check(ethnicity, "05", &["维吾尔", "维族"]);
    check(relation_to_head, "02", &["户主", "02户主", "02-户主"]);
    check(relation_to_head, "12", &["妻", "妻子"]);
    check(relation_to_head, "33", &["二女", "次女"]);
    check(marital_status, "10", &["1", "未婚", "10未婚"]);
    check(id_type, "111", &["01", "身份证", "111居民身份证", "1"]);
    check(id_type, "414", &["03", "护照", "414"]);
    check(id_type, "516", &["06", "回乡证"]);
    check(blood_group, "1", &["A", "a", "A型", "Ａ型", "1-A", "A型血"]);
    check(blood_group, "4", &["AB", "ab型", "4"]);
}

#[test]
fn the_unknown_is_flagged_and_nothing_is_null() {
    assert_eq!(one(sex, "3"), (None, vec!["code_unknown"]));
    assert_eq!(one(sex, "男女"), (None, vec!["code_unknown"]));
    assert_eq!(one(sex, "1-女"), (None, vec!["code_label_differs"]));
    assert_eq!(one(ethnicity, "01回族"), (None, vec!["code_label_differs"]));
    assert_eq!(one(ethnicity, "57"), (None, vec!["code_unknown"]));
    assert_eq!(one(ethnicity, "01*"), (None, vec!["code_unknown"]));
    // One digit means something else in the short form of GB/T 4761.
    assert_eq!(one(relation_to_head, "1"), (None, vec!["code_unknown"]));
    for cell in ["", " ", "NULL", "null", "\\N", "-", "无"] {
        for kernel in [sex, ethnicity, division, icd10, id_type] {
            assert_eq!(one(kernel, cell), (None, vec![]), "{cell:?}");
        }
    }
    assert_eq!(id_type_of("03"), Some(414));
    assert_eq!(id_type_of("什么"), None);
    assert_eq!(id_type_of(""), None);
}

#[test]
fn lists_of_contracts() {
    let list = CodeList::new([
        ("110", "城镇职工养老"),
        ("390", "城乡居民医疗"),
        ("无", "没有"),
        ("A1", "甲"),
    ])
    .with_aliases([("居民医保", "390"), ("x", "999")]);
    let input = array(&[
        Some("110"),
        Some("390城乡居民医疗"),
        Some("居民医保"),
        Some("无"),
        Some("a1"),
        Some("110.0"),
        Some("111"),
        None,
    ]);
    let column = coded(&input, &list);
    let values: Vec<_> = column.values.as_string_view().iter().collect();
    let expected = [
        Some("110"),
        Some("390"),
        Some("390"),
        Some("无"),
        Some("A1"),
        Some("110"),
        None,
        None,
    ];
    assert_eq!(values, expected);
    assert_eq!(
        column.issues,
        [Issue {
            row: 6,
            rule: &CODE_UNKNOWN
        }]
    );
    assert_eq!(list.codes().count(), 4);
}

#[test]
fn a_code_wins_over_another_codes_short_form() {
    let list = CodeList::new([("01", "甲"), ("1", "乙")]);
    assert_eq!(list.read("1"), Reading::Code("1"));
    assert_eq!(list.read("01"), Reading::Code("01"));
}

#[test]
fn divisions_of_every_year() {
    check(
        division,
        "330106",
        &[
            "330106",
            " 330106 ",
            "330106西湖区",
            "西湖区(330106)",
            "３３０１０６",
            "330106000000",
            "330106001",
        ],
    );
    check(division, "110103", &["110103"]);
    assert_eq!(
        one(division, "330199"),
        (Some("330199".to_owned()), vec!["division_unknown"])
    );
    for cell in ["990106", "33010", "西湖区", "330106 330105", "3301061"] {
        assert_eq!(one(division, cell), (None, vec!["code_unknown"]), "{cell}");
    }
    assert_eq!(division_name("330106"), Some("西湖区"));
    assert_eq!(division_name("110103"), Some("崇文区"));
    assert_eq!(division_name("3301"), None);
    assert!(is_known_division(830_000));
    assert!(!is_known_division(999_999) && !is_known_division(u32::MAX));
    assert!(divisions().len() > 7_000);
    assert!(
        divisions()
            .windows(2)
            .all(|pair| pair[0].code < pair[1].code)
    );
    assert!(
        divisions()
            .iter()
            .all(|one| is_known_province(one.code / 10_000))
    );
    let retired = divisions().iter().find(|one| one.code == 110_103).unwrap();
    assert_eq!(retired.retired, Some(2009));
}

#[test]
fn diseases() {
    check(icd10, "E11.9", &["E11.9", " E11.9 "]);
    check(icd10, "I10", &["I10"]);
    check(icd10, "I10.x00", &["I10.x00"]);
    for (cell, code) in [
        ("e11.9", "E11.9"),
        ("E119", "E11.9"),
        ("E11.", "E11"),
        ("I10.X00", "I10.x00"),
        ("H36.0*", "H36.0"),
        ("Ｉ１０", "I10"),
    ] {
        assert_eq!(
            one(icd10, cell),
            (Some(code.to_owned()), vec!["icd10_notation"]),
            "{cell}"
        );
    }
    for cell in ["高血压", "E1", "11.9", "E11.99999999999", "EE1.9"] {
        assert_eq!(one(icd10, cell), (None, vec!["icd10_malformed"]), "{cell}");
    }
}

#[test]
fn lists_of_diseases() {
    let input = array(&[
        Some("I10;E11.9"),
        Some("I10；e11.9，J45"),
        Some(""),
        None,
        Some("高血压"),
        Some("I10;高血压;"),
        Some("无"),
        Some(r#"["I10", "E11.9",null]"#),
        Some("[]"),
        Some("[\"I10"),
    ]);
    let column = icd10_list(&input);
    let lists: &ListArray = column.values.as_list();
    let texts: Vec<Option<Vec<String>>> = lists
        .iter()
        .map(|list| {
            Some(
                list?
                    .as_string_view()
                    .iter()
                    .flatten()
                    .map(str::to_owned)
                    .collect(),
            )
        })
        .collect();
    let list = |codes: &[&str]| Some(codes.iter().map(|code| (*code).to_owned()).collect());
    let expected: [Option<Vec<String>>; 10] = [
        list(&["I10", "E11.9"]),
        list(&["I10", "E11.9", "J45"]),
        None,
        None,
        None,
        list(&["I10"]),
        None,
        list(&["I10", "E11.9"]),
        None,
        None,
    ];
    assert_eq!(texts, expected);
    let broken: Vec<_> = column
        .issues
        .iter()
        .map(|issue| (issue.row, issue.rule.name))
        .collect();
    assert_eq!(
        broken,
        [
            (1, "icd10_notation"),
            (4, "icd10_malformed"),
            (5, "icd10_malformed"),
            (9, "icd10_malformed")
        ]
    );
}

proptest! {
    #[test]
    fn any_text_gives_as_many_rows(cells in prop::collection::vec(prop::option::of("\\PC{0,16}|[0-9A-Z.;-]{0,10}"), 0..12)) {
        let input = array(&cells.iter().map(Option::as_deref).collect::<Vec<_>>());
        for kernel in [sex, ethnicity, relation_to_head, marital_status, id_type, blood_group, division, icd10, icd10_list] {
            let column = kernel(&input);
            prop_assert_eq!(column.values.len(), input.len());
            for issue in &column.issues {
                prop_assert!(input.is_valid(issue.row as usize));
            }
        }
    }

    #[test]
    fn a_standard_code_stays_itself(cell in "\\PC{0,10}|[0-9]{1,3}[男女汉回]?") {
        for kernel in [sex, ethnicity, id_type, division, icd10] {
            if let (Some(code), _) = one(kernel, &cell) {
                prop_assert_eq!(one(kernel, &code).0, Some(code));
            }
        }
    }
}
