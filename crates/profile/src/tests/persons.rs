//! Nothing about a person comes out.

use super::fixture::{HEADINGS, delimited, rows};
use super::{Folder, feed};
use crate::{Hint, Kind, Profile, draft_contract};

/// All that ever comes out of a profile.
fn outputs(profile: &Profile) -> String {
    let json = serde_json::to_string(profile).unwrap();
    format!(
        "{profile}\n{json}\n{profile:?}\n{}",
        draft_contract(profile, &feed())
    )
}

fn holds_back(profile: &Profile, canaries: &[&str]) {
    let out = outputs(profile);
    for canary in canaries {
        assert!(!out.contains(canary), "{canary} in\n{out}");
    }
}

const PERSONAL: [usize; 7] = [0, 1, 2, 4, 5, 9, 10];

#[test]
fn no_personal_cell_is_in_any_output() {
    for count in [3, 12, 200] {
        let rows = rows(count);
        let profile = Folder::new().profile("a.csv", delimited(&rows, ","));
        let cells = rows
            .iter()
            .flat_map(|row| PERSONAL.iter().map(|at| row[*at].as_str()));
        let canaries: Vec<&str> = cells.filter(|cell| *cell != "NULL").collect();
        holds_back(&profile, &canaries);
        holds_back(&profile, &["金丝"]);
    }
}

#[test]
fn headings_are_not_shown_where_the_first_row_is_data() {
    let text = delimited(&rows(30), ",");
    let (_, headless) = text.split_once('\n').unwrap();
    let folder = Folder::new();
    let profile = folder.profile("a.csv", headless);
    assert!(!profile.headings_recognised);
    holds_back(&profile, &["金丝", "330106", "139710", "BT0000"]);
    assert_eq!(folder.contract(&profile).columns.len(), HEADINGS.len());

    let profile = folder.profile("b.csv", "王金丝,女,汉族\n李金丝,男,回族\n张金丝,女,汉族\n");
    holds_back(&profile, &["金丝"]);
}

#[test]
fn cells_that_went_astray_are_not_shown_as_codes() {
    let mut rows = rows(300);
    for (at, stray) in ["王金丝", "330106195001010016", "13971000000", "金丝雀路1号"]
        .into_iter()
        .enumerate()
    {
        rows[at * 7][7] = stray.into();
        rows[at * 7 + 1][7] = stray.into();
        rows[at * 7 + 2][3] = stray.into();
    }
    let profile = Folder::new().profile("a.csv", delimited(&rows, ","));
    assert!(profile.columns[7].codes_withheld == 4 || profile.columns[7].codes.is_empty());
    assert_eq!(profile.columns[3].kind, Kind::Sex);
    holds_back(&profile, &["金丝", "330106195001010016", "13971000000"]);
}

#[test]
fn names_under_no_heading_that_says_so_are_not_shown() {
    let mut text = String::from("甲列,乙列,丙列\n");
    for at in 0..200 {
        text.push_str(["王金丝,优,A1\n", "李金丝,良,B2\n", "张金丝,中,C3\n"][at % 3]);
    }
    let profile = Folder::new().profile("a.csv", text);
    assert_eq!(profile.columns[0].kind, Kind::Name);
    assert_eq!(profile.columns[1].kind, Kind::Code);
    assert_eq!(profile.columns[1].codes.len(), 3);
    holds_back(&profile, &["金丝"]);
}

#[test]
fn numbers_that_hide_in_text_are_pointed_out_and_not_shown() {
    let mut text = String::from("编号,情况说明\n");
    for row in rows(20) {
        text.push_str(&format!("C{0},证件{0}待核\n", row[2]));
    }
    let profile = Folder::new().profile("a.csv", text);
    for column in &profile.columns {
        assert!(
            column.hints.contains(&Hint::HiddenNumbers),
            "{}",
            column.position
        );
    }
    holds_back(&profile, &["330106"]);
}

#[test]
fn identity_numbers_are_seen_under_any_heading() {
    let mut text = String::from("编码,数值\n");
    for (at, row) in rows(50).into_iter().enumerate() {
        text.push_str(&format!("{},{at}\n", row[2]));
    }
    let folder = Folder::new();
    let profile = folder.profile("a.csv", text);
    assert_eq!(profile.columns[0].kind, Kind::IdNumber);
    let contract = folder.contract(&profile);
    assert_eq!(contract.mentions[0].id_number.as_deref(), Some("id_number"));
}

#[test]
fn an_error_shows_no_cell() {
    let text = format!(
        "{{\"姓名\":\"王金丝\"}}\n{{\"姓名\":\"李金丝\"}}\n[{}",
        "\"金丝\""
    );
    if let Err(error) = Folder::new().try_profile("a.ndjson", text) {
        assert!(!format!("{error} {error:?}").contains("金丝"));
    }
}
