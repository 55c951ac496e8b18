use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array};
use arrow::datatypes::{Field, Float64Type, Schema};
use rongtong_contracts::{Binding, Cadence, Crs, FormatSpec, load_contract};
use rongtong_standards::identity::number_of;

use super::*;
use crate::{Plain, data_type};

/// 2026-05-27.
const AS_OF: i32 = 20_600;

fn contract(feed: &str) -> Contract {
    let path = format!(
        "{}/../../schemas/{feed}.odcs.yaml",
        env!("CARGO_MANIFEST_DIR")
    );
    load_contract(path.as_ref()).unwrap()
}

fn binding(contract: &Contract) -> Binding {
    Binding {
        feed: contract.feed.clone(),
        paths: vec!["a.csv".into()],
        format: FormatSpec::Csv {
            delimiter: b',',
            quote: Some(b'"'),
            header_row: 1,
        },
        encoding: encoding_rs::UTF_8,
        cadence: Cadence::Increment,
        as_of: None,
        crs: None,
        max_shrink_percent: None,
        max_rejected_percent: None,
        line: 1,
    }
}

/// A text batch with these headings; an empty cell is null. Rows are numbered from 11.
fn batch(headings: &[&str], rows: &[&[&str]]) -> TextBatch {
    let field = |heading: &&str| Field::new(*heading, DataType::Utf8View, true);
    let schema = Schema::new(headings.iter().map(field).collect::<Vec<_>>());
    let cells = |at: usize| -> ArrayRef {
        let cells = rows.iter().map(|row| row.get(at).copied());
        Arc::new(
            cells
                .map(|c| c.filter(|c| !c.is_empty()))
                .collect::<StringViewArray>(),
        )
    };
    let columns = (0..headings.len()).map(cells).collect();
    TextBatch {
        rows: RecordBatch::try_new(Arc::new(schema), columns).unwrap(),
        row_numbers: (11..).take(rows.len()).collect(),
        broken: Vec::new(),
    }
}

fn standard(contract: &Contract, batch: TextBatch) -> StandardBatch {
    standard_in(contract, None, batch)
}

/// With coordinates in the system that the binding names.
fn standard_in(contract: &Contract, crs: Option<Crs>, batch: TextBatch) -> StandardBatch {
    let binding = Binding {
        crs,
        ..binding(contract)
    };
    let context = Context {
        contract,
        binding: &binding,
        as_of: AS_OF,
    };
    let mut standardiser = Standardiser::new(&Plain, context);
    let mapped = standardiser.map(batch).unwrap();
    standardiser.standardise(mapped).unwrap()
}

/// A standard column as text.
fn texts(contract: &Contract, batch: &StandardBatch, column: &str) -> Vec<Option<String>> {
    let at = standard_columns(contract)
        .position(|c| c.name == column)
        .unwrap();
    let cells = cast(&batch.columns[at], &DataType::Utf8View).unwrap();
    cells
        .as_string_view()
        .iter()
        .map(|c| c.map(str::to_owned))
        .collect()
}

/// Row, column and rule of every finding.
fn found(batch: &StandardBatch) -> Vec<(i64, Option<&str>, &str)> {
    let findings = batch.findings.iter();
    findings
        .map(|f| (f.row.unwrap(), f.column.as_deref(), f.rule.name))
        .collect()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const INSURANCES: [&str; 6] = [
    "个人编号",
    "社会保障号码",
    "姓名",
    "性别",
    "出生日期",
    "缴费基数",
];

fn number() -> String {
    number_of(33_010_619_900_101_001)
}

#[test]
fn rows_become_the_columns_of_the_contract_without_numbers() {
    let contract = contract("social_security/insurance_enrolment");
    let id = number();
    let rows: [&[&str]; 2] = [
        &["P1", &id, "张　伟", "男", "1990年1月1日", "0.8万元"],
        &["P2", "", "李娜", "", "19900230", "x"],
    ];
    let result = standard(&contract, batch(&INSURANCES, &rows));
    assert_eq!(result.columns.len(), contract.columns.len() - 1);
    for (column, values) in standard_columns(&contract).zip(&result.columns) {
        assert_ne!(column.standard, Standard::IdNumber);
        assert_eq!(
            values.data_type(),
            &data_type(column.standard),
            "{}",
            column.name
        );
        assert_eq!(values.len(), 2, "{}", column.name);
    }
    assert_eq!(
        texts(&contract, &result, "name"),
        [text("张伟"), text("李娜")]
    );
    assert_eq!(
        texts(&contract, &result, "birth_date"),
        [text("1990-01-01"), None]
    );
    assert_eq!(
        texts(&contract, &result, "contribution_base"),
        [text("8000.00"), None]
    );
    assert_eq!(texts(&contract, &result, "phone"), [None, None]);
    let mention = &result.mentions[0];
    assert_eq!(
        mention.identity.status,
        [IdStatus::Valid, IdStatus::Missing]
    );
    assert_eq!(
        (mention.sex.as_slice(), mention.somebody.as_slice()),
        (&[1, 0][..], &[true, true][..])
    );
    assert_eq!(
        mention.own.iter().collect::<Vec<_>>(),
        [Some("P1"), Some("P2")]
    );
    let found = found(&result);
    assert!(
        found.iter().any(|f| f.0 == 12 && f.1 == Some("birth_date")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|f| f.0 == 12 && f.1 == Some("contribution_base")),
        "{found:?}"
    );
    assert!(
        !found.iter().any(|f| f.0 == 11 && f.1 == Some("id_number")),
        "{found:?}"
    );
}

#[test]
fn a_number_that_hides_in_another_column_is_covered() {
    let contract = contract("social_security/insurance_enrolment");
    let id = number();
    let hidden = format!("330100-{id}-01");
    // A broken number is no less its holder's.
    let broken = id.replacen("1990", "1991", 1);
    let rows: [&[&str]; 3] = [
        &[&hidden, "", "张伟"],
        &[&id, &id, "李娜"],
        &[&broken, &broken, "王芳"],
    ];
    let result = standard(&contract, batch(&INSURANCES, &rows));
    let covered = format!("330100-{}-01", "*".repeat(18));
    assert_eq!(
        texts(&contract, &result, "person_no"),
        [Some(covered), None, None]
    );
    let rule = hidden::ID_HIDDEN_IN_TEXT.name;
    let rows: Vec<i64> = found(&result)
        .iter()
        .filter(|f| f.2 == rule)
        .map(|f| f.0)
        .collect();
    assert_eq!(rows, [11, 12, 13]);
    for values in &result.columns {
        let cells = cast(values, &DataType::Utf8View).unwrap();
        assert!(
            cells
                .as_string_view()
                .iter()
                .flatten()
                .all(|c| !c.contains(&id))
        );
    }
    // What tells mentions apart keeps the number: it is made a key, never shown.
    assert_eq!(result.mentions[0].own.value(1), id);
}

#[test]
fn a_number_in_the_column_of_an_amount_or_a_phone_is_no_value() {
    let contract = contract("social_security/insurance_enrolment");
    let (id, fifteen) = (number(), "330106900307001");
    let rows: [&[&str]; 2] = [
        &["P1", &id, "张伟", fifteen, "13800001111"],
        &["P2", &id, "张伟", "8000", &format!("+{fifteen}")],
    ];
    let headings = ["个人编号", "社会保障号码", "姓名", "缴费基数", "联系电话"];
    let result = standard(&contract, batch(&headings, &rows));
    let base = texts(&contract, &result, "contribution_base");
    assert_eq!(base, [None, text("8000.00")]);
    let phones = texts(&contract, &result, "phone");
    assert_eq!(phones, [text("13800001111"), None]);
    let hidden = found(&result).into_iter();
    let hidden = hidden.filter(|(.., rule)| *rule == "id_hidden_in_text");
    let hidden: Vec<_> = hidden.map(|(row, column, _)| (row, column)).collect();
    assert_eq!(
        hidden,
        [(11, Some("contribution_base")), (12, Some("phone"))]
    );
}

#[test]
fn a_row_that_names_nobody_is_kept_as_it_came() {
    let contract = contract("social_security/insurance_enrolment");
    let rows: [&[&str]; 4] = [
        &["P1", "", "张伟"],
        &["P2", "无", " - "],
        &["P3", "33010619", ""],
        &["合计", "", "合计", "", "", "99"],
    ];
    let result = standard(&contract, batch(&INSURANCES, &rows));
    assert_eq!(result.row_numbers, [11, 13]);
    assert_eq!(
        texts(&contract, &result, "person_no"),
        [text("P1"), text("P3")]
    );
    let mention = &result.mentions[0];
    assert_eq!(
        mention.identity.status,
        [IdStatus::Missing, IdStatus::Malformed]
    );
    assert_eq!(
        (
            mention.name.len(),
            mention.own.len(),
            mention.sex.len(),
            mention.somebody.len()
        ),
        (2, 2, 2, 2)
    );
    let quarantined: Vec<_> = result
        .quarantined
        .iter()
        .map(|q| (q.row, q.rule.name))
        .collect();
    assert_eq!(quarantined, [(12, "names_nobody"), (14, "line_of_table")]);
    assert!(result.quarantined[0].raw.contains(r#""姓名":" - ""#));
    assert!(!format!("{:?}", result.quarantined).contains("P2"));
    let found = found(&result);
    assert!(found.contains(&(12, None, "names_nobody")), "{found:?}");
    assert!(found.contains(&(14, None, "line_of_table")), "{found:?}");
}

#[test]
fn no_number_passes_however_it_is_written() {
    let contract = contract("social_security/insurance_enrolment");
    let id = number();
    let fifteen = [&id[..6], &id[8..17]].concat();
    let split = format!("{}-{}-{}", &id[..6], &id[6..14], &id[14..]);
    let look_alikes = id.replace('0', "O");
    let swapped = id.replacen("1990", "1909", 1);
    let rows: [&[&str]; 7] = [
        &[&fifteen, "", "张伟"],
        &[&split, "", "张伟"],
        &[&look_alikes, &look_alikes, "张伟"],
        &[&swapped, &id, "张伟"],
        &["E87654321", "E87654321", "张伟"],
        &["NO-H12345678", "H1234567801", "张伟"],
        // A number of 13 digits is none.
        &["1330106900307", &id, "张伟"],
    ];
    let result = standard(&contract, batch(&INSURANCES, &rows));
    let kept = texts(&contract, &result, "person_no");
    assert_eq!(kept[..5], [None, None, None, None, None]);
    assert_eq!(kept[5..], [text("NO-*********"), text("1330106900307")]);
}

#[test]
fn totals_and_remarks_in_the_column_of_numbers_are_no_residents() {
    let contract = contract("public_security/household_register");
    let nobody = "合计|共5条|制表人：张三|注：本表仅供内部使用|第1页 共3页|---|0|********";
    let somebody = "330106********0012|33010619900101|33O106199O0101001|3.30106E+17";
    let cells = nobody.split('|').chain(somebody.split('|'));
    let sent: Vec<[&str; 2]> = cells.map(|cell| [cell, ""]).collect();
    let rows: Vec<&[&str]> = sent.iter().map(<[_; 2]>::as_slice).collect();
    let result = standard(&contract, batch(&["公民身份号码", "姓名"], &rows));
    let quarantined: Vec<i64> = result.quarantined.iter().map(|q| q.row).collect();
    assert_eq!(quarantined, (11..19).collect::<Vec<_>>());
    assert!(result.quarantined[0].raw.contains("合计"));
    assert_eq!(result.mentions[0].somebody, [true; 4]);

    let rows: [&[&str]; 5] = [
        &["合计", "2人"],
        &["第1页", "共3页"],
        &["公民身份号码", "姓名"],
        &["", "制表人：张三"],
        &["无", "张三"],
    ];
    let result = standard(&contract, batch(&["公民身份号码", "姓名"], &rows));
    let rules: Vec<&str> = result.quarantined.iter().map(|q| q.rule.name).collect();
    assert_eq!(rules, ["line_of_table"; 4]);
    assert_eq!(result.mentions[0].somebody, [true]);
}

#[test]
fn coordinates_come_in_the_system_that_the_binding_names_whatever_the_feed() {
    let headings = ["不动产单元号", "权利人", "证件号", "经度", "纬度"];
    let rows: [&[&str]; 4] = [
        &["U1", "张伟", "", "120.102", "30.202"],
        &["U2", "张伟", "", "30.202", "120.102"],
        &["U3", "张伟", "", "0", "0"],
        &["U4", "张伟", "", "120.102", ""],
    ];
    let property = contract("housing/property_ownership");
    // Without homes, names tell what belongs together.
    let mut without_homes = contract("housing/property_ownership");
    without_homes.homes.clear();
    let (x, y) = Datum::Bd09.to_cgcs2000(120.102, 30.202);
    for contract in [&property, &without_homes] {
        let result = standard_in(contract, Some(Crs::Bd09), batch(&headings, &rows));
        let degrees = |column| {
            let at = standard_columns(contract).position(|c| c.name == column);
            let column = result.columns[at.unwrap()].as_primitive::<Float64Type>();
            column.iter().collect::<Vec<_>>()
        };
        assert_eq!(degrees("longitude"), [Some(x), Some(x), None, None]);
        assert_eq!(degrees("latitude"), [Some(y), Some(y), None, None]);
        let column = Some("longitude");
        let expected = [
            (12, column, "coordinates_swapped"),
            (13, column, "coordinates_outside"),
            (14, column, "coordinates_incomplete"),
        ];
        assert_eq!(found(&result), expected);
    }
    let cells = contract("grid/cells");
    let shape = "POLYGON ((30.202 120.102, 30.3 120.2, 30.202 120.2, 30.202 120.102))";
    let rows: [&[&str]; 1] = [&["G1", "", shape]];
    let sent = batch(&["grid_code", "grid_name", "geometry"], &rows);
    let result = standard_in(&cells, Some(Crs::Bd09), sent);
    let moved = texts(&cells, &result, "geometry").remove(0).unwrap();
    assert!(
        moved.starts_with(&format!("POLYGON (({x} {y}, ")),
        "{moved}"
    );
    assert_eq!(
        found(&result),
        [(11, Some("geometry"), "coordinates_swapped")]
    );
}

#[test]
fn an_organisation_keeps_its_row_and_is_nobody() {
    let contract = contract("housing/property_ownership");
    // One check character is right (GB 32100, MOD 31).
    let codes: Vec<String> = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        .chars()
        .map(|check| format!("91330106MA27X0000{check}"))
        .filter(|code| rongtong_standards::credit::is_credit_code(code))
        .collect();
    assert_eq!(codes.len(), 1);
    let rows: [&[&str]; 1] = [&["U1", "某某有限公司", &codes[0], "100"]];
    let headings = ["不动产单元号", "权利人", "证件号", "建筑面积"];
    let result = standard(&contract, batch(&headings, &rows));
    assert_eq!(
        (result.row_numbers.as_slice(), result.quarantined.len()),
        (&[11][..], 0)
    );
    let mention = &result.mentions[0];
    assert_eq!(
        (mention.somebody[0], mention.identity.organisation[0]),
        (false, true)
    );
    assert!(mention.identity.number.is_null(0));
    assert_eq!(texts(&contract, &result, "unit_no"), [text("U1")]);
}

#[test]
fn a_birth_date_and_sex_that_the_number_denies_are_told() {
    let contract = contract("social_security/insurance_enrolment");
    let id = number();
    let rows: [&[&str]; 3] = [
        &["P1", &id, "张伟", "2", "19910101"],
        &["P2", &id, "张伟", "1", "19900101"],
        // Born after the delivery.
        &["P3", "", "张伟", "1", "20260701"],
    ];
    let result = standard(&contract, batch(&INSURANCES, &rows));
    let found = found(&result);
    assert!(found.contains(&(11, Some("birth_date"), rules::BIRTH_DATE_NOT_IN_NUMBER.name)));
    assert!(found.contains(&(11, Some("sex"), rules::SEX_NOT_IN_NUMBER.name)));
    assert!(!found.iter().any(|f| f.0 == 12), "{found:?}");
    // Only told: what the row states stays.
    assert_eq!(
        texts(&contract, &result, "birth_date"),
        [text("1991-01-01"), text("1990-01-01"), None]
    );
}

#[test]
fn a_row_names_two_and_the_role_says_the_sex() {
    let contract = contract("civil_affairs/marriage_register");
    let headings = [
        "登记号",
        "登记类型",
        "登记日期",
        "男方姓名",
        "男方证件号",
        "女方姓名",
        "女方证件号",
    ];
    let id = number();
    let rows: [&[&str]; 2] = [
        &["J1", "结婚登记", "2024年3月5日", "张伟", &id, "李娜", ""],
        &["J2", "结婚", "2024年3月5日", "", "", "李娜", ""],
    ];
    let result = standard(&contract, batch(&headings, &rows));
    let [him, her] = &result.mentions[..] else {
        panic!("not two mentions");
    };
    assert_eq!(
        (him.sex.as_slice(), her.sex.as_slice()),
        (&[1, 1][..], &[2, 2][..])
    );
    assert_eq!(
        (him.somebody.as_slice(), her.somebody.as_slice()),
        (&[true, false][..], &[true, true][..])
    );
    assert_eq!(
        texts(&contract, &result, "kind"),
        [text("结婚"), text("结婚")]
    );
    assert_eq!(result.quarantined.len(), 0);
}

#[test]
fn broken_rows_are_quarantined_by_their_rule_and_people_are_asked_for_only_where_there_are_any() {
    let contract = contract("grid/cells");
    let mut sent = batch(&["grid_code", "grid_name", "geometry"], &[&["G1", "", ""]]);
    let broken = |row, rule| BrokenRow {
        row,
        rule,
        raw: "[]".into(),
    };
    sent.broken = vec![broken(12, "row_width"), broken(13, "row_unparsable")];
    let result = standard(&contract, sent);
    assert_eq!(result.row_numbers, [11]);
    assert!(result.mentions.is_empty());
    let expected = [(12, None, "row_width"), (13, None, "row_unparsable")];
    assert_eq!(found(&result), expected);
}

#[test]
fn a_batch_without_rows_has_all_columns() {
    let contract = contract("housing/property_ownership");
    let result = standard(&contract, batch(&["不动产单元号", "权利人", "证件号"], &[]));
    assert_eq!(result.columns.len(), contract.columns.len() - 1);
    assert!(result.columns.iter().all(|values| values.is_empty()));
    let at = standard_columns(&contract)
        .position(|c| c.name == "floor_area")
        .unwrap();
    assert!(result.columns[at].as_any().is::<Decimal128Array>());
}
