//! What people read, and drafts of odd deliveries.

use proptest::prelude::*;
use rongtong_contracts::{Standard, load_contract};

use super::fixture::{delimited, rows};
use super::{Folder, feed, options};
use crate::{Kind, Options, Origin, draft_contract, profile};

fn register() -> crate::Profile {
    let mut rows = rows(60);
    rows[3][2] = "33010619500101****".into();
    rows[4][6] = "45292".into();
    rows[5][4] = "１３９７１０００００１".into();
    Folder::new().profile("补贴发放.csv", delimited(&rows, ","))
}

#[test]
fn a_page_for_people() {
    insta::assert_snapshot!(register());
}

#[test]
fn a_draft() {
    insta::assert_snapshot!(draft_contract(&register(), &feed()));
}

#[test]
fn the_shipped_feeds_are_recognised() {
    let text = "证件号码,姓名,性别,出生日期,险种类型,参保状态,更新时间\n";
    let text: String = std::iter::once(text.to_owned())
        .chain(rows(60).into_iter().enumerate().map(|(at, row)| {
            format!(
                "{},{},{},19900101,{},{},{}\n",
                row[2],
                row[1],
                at % 2 + 1,
                ["110", "310"][at % 2],
                ["1", "2"][at % 2],
                row[11]
            )
        }))
        .collect();
    let folder = Folder::new();
    let profile = folder.profile("a.csv", text);
    let id_type = &profile.columns[4].candidates[0];
    assert_eq!(
        (id_type.name.as_str(), id_type.origin),
        ("insurance_kind", Origin::Contract)
    );
    assert_eq!(id_type.feeds, ["social_security.insurance_enrolment"]);
    let contract = folder.contract(&profile);
    let kind = contract.column("insurance_kind").unwrap();
    assert_eq!(kind.standard, Standard::Coded);
    assert!(
        kind.codes.len() > 2,
        "the contract's own list is taken over"
    );
    let mention = &contract.mentions[0];
    assert_eq!(mention.sex.as_deref(), Some("sex"));
    assert_eq!(mention.birth_date.as_deref(), Some("birth_date"));
    assert_eq!(contract.time_column.as_deref(), Some("updated_at"));
}

#[test]
fn two_residents_in_a_row_are_two_mentions() {
    let mut text = String::from("登记号,男方姓名,男方证件号,女方姓名,女方证件号,登记日期\n");
    let rows = rows(40);
    for (one, two) in rows.iter().zip(rows.iter().rev()) {
        text.push_str(&format!(
            "{},{},{},{},{},2024年3月5日\n",
            one[0], one[1], one[2], two[1], two[2]
        ));
    }
    let folder = Folder::new();
    let contract = folder.contract(&folder.profile("a.csv", text));
    let roles: Vec<(&str, Option<&str>)> = contract
        .mentions
        .iter()
        .map(|m| (m.role.as_str(), m.fixed_sex.as_deref()))
        .collect();
    assert_eq!(roles, [("husband", Some("1")), ("wife", Some("2"))]);
}

#[test]
fn odd_deliveries_have_drafts_that_load() {
    let folder = Folder::new();
    let odd = [
        "姓名,姓名,,备注\n王伟,李娜,x,y\n",
        "姓名\n",
        "resident_key,id_status,Update Time\n1,2,2024-01-01 00:00:00\n",
        "a / b,\"c\"\"d\",#e: f,'g,- h\n1,2,3,4,5\n1,2,3,4,5\n1,2,3,4,5\n",
        "null,true,yes,~,1a\n1,2,3,4,5\n",
        "证件号,身份证号,公民身份号码\n,,\n,,\n",
        "状态\n1\n1\n1\n1\n1\n2\n2\n",
        "类型,数\n\"a\"\"b\",1\n\"a\"\"b\",2\n\"a\"\"b\",3\n\"a\"\"b\",4\nx: #y,1\nx: #y,2\n",
        "性别,婚姻状况,民族\n男,已婚,汉族\n女,未婚,汉族\n男,已婚,汉族\n女,离婚,回族\n",
    ];
    for text in odd {
        let profile = folder.profile("odd.csv", text);
        folder.contract(&profile);
        let _ = profile.to_string();
    }
}

#[test]
fn what_a_column_holds_wins_over_what_its_heading_says() {
    let mut text = String::from("联系电话,数值\n");
    for (at, row) in rows(50).into_iter().enumerate() {
        text.push_str(&format!("{},{at}\n", row[5]));
    }
    let profile = Folder::new().profile("a.csv", text);
    assert_eq!(profile.columns[0].kind, Kind::Address);
    assert!(
        profile.columns[0]
            .hints
            .contains(&crate::Hint::HeadingDisagrees)
    );
}

#[test]
fn a_missing_folder_of_contracts_is_named() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "姓名\n王伟\n");
    let options = Options {
        schemas: Some("no/such/folder".into()),
        ..options()
    };
    let error = profile(&path, &options).unwrap_err().to_string();
    assert!(error.contains("no/such/folder"), "{error}");
}

/// Pieces that make broken deliveries of every packing.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<Vec<u8>>(),
        prop::sample::select(vec![
            "姓名,证件号码\n",
            "\n",
            ",",
            "|",
            "\t",
            "\"",
            "{\"a\":1}",
            "[",
            "]",
            "{",
            "}",
            "<r><x>",
            "</x></r>",
            "\u{FEFF}",
            "NULL",
            "2024-03-05",
            "20240305",
            "330106199001011234",
            "13912345678",
            "1/2",
            "120.123456",
            "公司",
            "汉族",
            "\r\n",
            "\0",
            "PK\u{3}\u{4}",
            "99999999999999999999",
            "-",
            "1e400",
            "E11.9;I10",
            "9999-99-99T99:99:99Z",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_profile_or_an_error(bytes in pieces()) {
        let folder = Folder::new();
        let path = folder.file("any", bytes);
        let options = Options { schemas: None, ..options() };
        if let Ok(profile) = profile(&path, &options) {
            let _ = profile.to_string();
            let draft = folder.file("any.odcs.yaml", draft_contract(&profile, &feed()));
            if !profile.columns.is_empty() {
                let problems = load_contract(&draft).err().unwrap_or_default();
                prop_assert!(problems.is_empty(), "{}", problems.iter().map(ToString::to_string).collect::<String>());
            }
        }
    }
}

#[test]
fn long_numbers_are_no_quantities() {
    let mut text = String::from("甲,乙\n");
    for at in 0..60 {
        text.push_str(&format!("33010600120{:06},{}\n", at / 2 * 97, at % 45 * 7));
    }
    let profile = Folder::new().profile("a.csv", text);
    assert_eq!(profile.columns[0].kind, Kind::Text);
    assert_eq!(profile.columns[1].kind, Kind::Integer);
}

#[test]
fn canonical_names_are_known_without_contracts() {
    let folder = Folder::new();
    let path = folder.file(
        "a.csv",
        "died_on,household_no\n2024-01-01,1\n2024-01-02,2\n",
    );
    let options = Options {
        schemas: None,
        ..options()
    };
    let profile = profile(&path, &options).unwrap();
    let names: Vec<&str> = profile
        .columns
        .iter()
        .map(|column| column.candidates[0].name.as_str())
        .collect();
    assert_eq!(names, ["died_on", "household_no"]);
}

#[test]
fn a_clerk_is_no_mention_and_may_be_missing() {
    let folder = Folder::new();
    let contract = folder.contract(&register());
    let clerk = contract.column("clerk_name").unwrap();
    assert!(!clerk.required);
    let roles: Vec<&str> = contract
        .mentions
        .iter()
        .map(|mention| mention.role.as_str())
        .collect();
    assert_eq!(roles, ["applicant"]);
}
