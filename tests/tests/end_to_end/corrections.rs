//! What a department corrects, withdraws or sends again moves nobody into somebody else's record.

use std::collections::BTreeMap;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, Csv};
use serde_json::Value;

use crate::support::released;

const REGISTER: &str = "public_security/household_register.csv";
const REGISTER_FEED: &str = "public_security.household_register";
const PERMITS: &str = "public_security/residence_permit.csv";
const HEALTH: &str = "health/health_record.csv";
const INSURANCE: &str = "social_security/insurance_enrolment.csv";
const DEATHS: &str = "health/death_certificate.csv";
const TENANCIES: &str = "housing/tenancy_filing.csv";

/// Two numbers of Hangzhou with their checks, and the birth date in both.
const NUMBERS: [&str; 2] = ["330106198703120014", "330106198703120030"];
const BORN: &str = "19870312";

/// A city in which people can be added, their rows newer than all others.
fn city(seed: u64) -> Bench {
    Bench::city(1_000, seed, Packing::Csv, Dirt::Usual)
}

/// A row of a delivery, by headings.
fn row(of: &Csv, cells: &[(&str, &str)]) -> Vec<String> {
    let mut row = vec![String::new(); of.headings.len()];
    for (heading, cell) in cells {
        row[of.at(heading)] = (*cell).to_owned();
    }
    row
}

/// What a delivery says, without quotes; the rows that need them are left out.
fn delivery(bench: &Bench, file: &str) -> Csv {
    let path = bench.delivery(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let plain: Vec<&str> = text.lines().filter(|line| !line.contains('"')).collect();
    std::fs::write(&path, plain.join("\n") + "\n").unwrap();
    Csv::read(&path)
}

/// The register with more rows.
fn register(bench: &Bench, people: &[(&str, &str, &str)]) {
    let mut register = delivery(bench, REGISTER);
    let household = register.at("户号");
    register
        .rows
        .retain(|row| !row[household].starts_with("T0"));
    for (at, (number, name, sex)) in people.iter().enumerate() {
        let household = format!("T0{at}");
        let cells = [
            ("公民身份号码", *number),
            ("姓名", name),
            ("性别", sex),
            ("民族", "01"),
            ("出生日期", BORN),
            ("户号", &household),
            ("与户主关系", "01"),
            ("户籍地区划", "330106"),
            ("户籍地址", "浙江省杭州市西湖区试验路77号5幢1单元301室"),
            ("更新时间", "2026-05-31 10:00:00"),
        ];
        let row = row(&register, &cells);
        register.rows.push(row);
    }
    register.write();
}

/// An increment of these rows alone.
fn send(bench: &Bench, file: &str, rows: &[&[(&str, &str)]]) {
    let mut sent = delivery(bench, file);
    sent.rows = rows.iter().map(|cells| row(&sent, cells)).collect();
    sent.write();
}

fn ran(bench: &Bench) -> Value {
    bench.run().ended(0).json()
}

/// The keys and states of somebody's rows in a table.
fn rows(bench: &Bench, table: &str, name: &str) -> Vec<(String, String)> {
    let query = format!(
        "SELECT resident_key, id_status FROM standard.{table} WHERE name = '{name}' ORDER BY _delivery"
    );
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    let rows = bench.sql(&query, &[]);
    rows.iter()
        .map(|row| (text(row, "resident_key"), text(row, "id_status")))
        .collect()
}

#[test]
fn a_delivery_without_rows_leaves_what_was_learned() {
    let bench = released(city(301));
    let learned = || {
        let query = "SELECT * FROM linkage ORDER BY context, comparison, level";
        bench.sql(query, &[])
    };
    let before = learned();
    assert!(before.len() > 20, "{}", before.len());
    send(&bench, DEATHS, &[]);
    assert_eq!(ran(&bench)["status"], "released");
    assert!(learned() == before, "other weights");
}

#[test]
fn a_couple_of_one_name_under_one_household_number_stays_two() {
    let couple = |bench: &Bench, at: &str| {
        let mut register = delivery(bench, REGISTER);
        let household = register.at("户号");
        register.rows.retain(|row| row[household] != "T-PAIR");
        let people = [
            ("330106196403111213", "1", "19640311", "01"),
            ("330106196612127246", "2", "19661212", "11"),
        ];
        for (number, sex, born, relation) in people {
            let cells = [
                ("公民身份号码", number),
                ("姓名", "扎西达瓦"),
                ("性别", sex),
                ("民族", "04"),
                ("出生日期", born),
                ("户号", "T-PAIR"),
                ("与户主关系", relation),
                ("户籍地区划", "330106"),
                ("户籍地址", "浙江省杭州市西湖区试验路77号5幢1单元301室"),
                ("更新时间", at),
            ];
            let row = row(&register, &cells);
            register.rows.push(row);
        }
        register.write();
    };
    let bench = city(303);
    couple(&bench, "2026-05-31 10:00:00");
    let bench = released(bench);
    let keys = |bench: &Bench| rows(bench, "public_security.household_register", "扎西达瓦");
    let before = keys(&bench);
    assert_eq!(before.len(), 2);
    assert_ne!(before[0].0, before[1].0);
    couple(&bench, "2026-06-01 10:00:00");
    ran(&bench);
    let sorted = |mut keys: Vec<(String, String)>| {
        keys.sort_unstable();
        keys
    };
    assert_eq!(sorted(keys(&bench)), sorted(before));
}

#[test]
fn somebody_without_a_number_is_met_again() {
    let bench = city(302);
    let filing = |rent: &'static str, at: &'static str| {
        [
            ("备案号", "ZL-T-1"),
            ("承租人", "欧阳耻玲"),
            ("坐落", "浙江省杭州市西湖区试验路99号2幢1单元101室"),
            ("月租金", rent),
            ("更新时间", at),
        ]
    };
    let mut tenancies = delivery(&bench, TENANCIES);
    let first = row(&tenancies, &filing("3000", "2026-05-30 08:00:00"));
    tenancies.rows.push(first);
    tenancies.write();
    let bench = released(bench);
    send(&bench, TENANCIES, &[&filing("3100", "2026-05-31 08:00:00")]);
    assert!(ran(&bench)["looked_at"].as_u64().is_some());
    let rows = rows(&bench, "housing.tenancy_filing", "欧阳耻玲");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].0, rows[1].0);
}

/// A member of a household: number, name, sex, birth date, relation to its head.
type Member<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

const ADDRESS: &str = "浙江省杭州市西湖区试验路88号3幢2单元502室";
const PHONE: &str = "13957100305";
const HEALTH_RECORDS: [&str; 2] = ["T-HEALTH-0", "T-HEALTH-1"];

/// A city large enough to learn from how people of one household agree, with one household more, and what health and insurance say
/// of it.
fn household(
    seed: u64,
    members: &[Member<'_>],
    health: &[[&str; 4]],
    insured: &[[&str; 4]],
) -> Bench {
    let bench = Bench::city(3_000, seed, Packing::Csv, Dirt::Hard);
    let at = ("更新时间", "2026-05-31 10:00:00");
    let registered = members.iter().map(|(number, name, sex, born, relation)| {
        vec![
            ("公民身份号码", *number),
            ("姓名", name),
            ("性别", sex),
            ("民族", "01"),
            ("出生日期", born),
            ("户号", "T-HOME"),
            ("与户主关系", relation),
            ("户籍地区划", "330106"),
            ("户籍地址", ADDRESS),
            at,
        ]
    });
    add(&bench, REGISTER, registered);
    let records = health.iter().zip(HEALTH_RECORDS);
    let records = records.map(|([number, name, sex, born], record)| {
        vec![
            ("ehrId", record),
            ("idNo", *number),
            ("name", name),
            ("sex", sex),
            ("birthDate", born),
            ("phone", PHONE),
            ("address", ADDRESS),
            ("updatedAt", at.1),
        ]
    });
    add(&bench, HEALTH, records);
    let enrolments = insured.iter().zip(["T-INSURED-0", "T-INSURED-1"]);
    let enrolments = enrolments.map(|([number, name, sex, born], person)| {
        vec![
            ("个人编号", person),
            ("社会保障号码", *number),
            ("姓名", name),
            ("性别", sex),
            ("出生日期", born),
            ("险种类型", "390"),
            ("参保状态", "1"),
            ("联系电话", PHONE),
            at,
        ]
    });
    add(&bench, INSURANCE, enrolments);
    released(bench)
}

/// Adds rows to a delivery.
fn add<'a>(bench: &Bench, file: &str, rows: impl Iterator<Item = Vec<(&'a str, &'a str)>>) {
    let mut delivery = delivery(bench, file);
    for cells in rows {
        let row = row(&delivery, &cells);
        delivery.rows.push(row);
    }
    delivery.write();
}

/// Whose a health record of the household is, and what is said of its number.
fn of_health(bench: &Bench, at: usize) -> (String, String) {
    let query = format!(
        "SELECT resident_key, id_status FROM standard.health.health_record WHERE record_no = '{}'",
        HEALTH_RECORDS[at]
    );
    let rows = bench.sql(&query, &[]);
    let [row] = &rows[..] else {
        panic!("not one row");
    };
    let text = |column: &str| row[column].as_str().unwrap().to_owned();
    (text("resident_key"), text("id_status"))
}

#[test]
fn a_daughter_under_her_father_s_number_and_birth_date_is_not_her_father() {
    let father = ("330106195504030012", "司徒长青", "1", "19550403", "02");
    let daughter = ("330106198609170023", "司徒映雪", "2", "19860917", "20");
    let copied = [father.0, daughter.1, "1", "1955-04-03"];
    let own = [daughter.0, daughter.1, "2", "19860917"];
    let bench = household(305, &[father, daughter], &[copied], &[own]);
    let hers = &rows(&bench, REGISTER_FEED, daughter.1)[0].0;
    assert_eq!(of_health(&bench, 0), (hers.clone(), "contested".to_owned()));
}

#[test]
fn a_father_without_a_number_is_not_the_son_who_has_his_name() {
    let father = ("33010619780315003X", "轩辕定边", "1", "19780315", "02");
    let son = ("330106201107220013", "轩辕定边", "1", "20110722", "21");
    let health = [
        ["3.30106E+17", "轩辕定边", "1", "1978-03-15"],
        [son.0, "轩辕定边", "1", "2011-07-22"],
    ];
    let insured = [
        [father.0, "轩辕定边", "1", "19780315"],
        [son.0, "轩辕定边", "1", "20110722"],
    ];
    let bench = household(306, &[father, son], &health, &insured);
    let born = |key: &str| {
        let query = format!("SELECT birth_date FROM residents WHERE resident_key = '{key}'");
        bench.sql(&query, &[])[0]["birth_date"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(born(&of_health(&bench, 0).0), "1978-03-15");
    assert_eq!(born(&of_health(&bench, 1).0), "2011-07-22");
}

#[test]
fn a_row_without_a_name_that_denies_its_number_is_not_of_its_holder() {
    let husband = ("330106198504030016", "端木守拙", "1", "19850403", "02");
    let wife = ("330106198609170023", "太叔若水", "2", "19860917", "12");
    let nameless = [husband.0, "", "2", "1986-09-17"];
    let bench = household(307, &[husband, wife], &[nameless], &[]);
    let his = &rows(&bench, REGISTER_FEED, husband.1)[0].0;
    let (key, status) = of_health(&bench, 0);
    assert_ne!(&key, his);
    assert_eq!(status, "contested");
}

#[test]
fn a_row_without_a_name_that_denies_the_sex_alone_is_of_its_number_s_holder() {
    let husband = ("330106198504030016", "端木守拙", "1", "19850403", "02");
    for born in ["", "1985-04-03"] {
        let nameless = [husband.0, "", "2", born];
        let bench = household(309, &[husband], &[nameless], &[]);
        let his = rows(&bench, REGISTER_FEED, husband.1);
        assert_eq!([of_health(&bench, 0)], his[..], "born {born:?}");
    }
}

#[test]
fn newborn_twins_are_two_by_their_birth_certificates() {
    let mother = ("330106199609170028", "令狐听雨", "2", "19960917", "02");
    let twins = [
        ["V330288090", "令狐某之女", "2", "2026-05-07"],
        ["U330733693", "令狐某之女", "2", "2026-05-07"],
    ];
    let bench = household(308, &[mother], &twins, &twins);
    assert_ne!(of_health(&bench, 0).0, of_health(&bench, 1).0);
}

#[test]
fn who_gets_a_number_that_was_another_s_gets_nothing_else_of_theirs() {
    let bench = city(303);
    let [wrong, right] = NUMBERS;
    register(&bench, &[(wrong, "司徒甲一", "1")]);
    let bench = released(bench);
    let [(key, _)] = &rows(&bench, "public_security.household_register", "司徒甲一")[..] else {
        panic!("not one row");
    };
    // The number was mistyped; who it is of comes in a later run, by a feed and then by another.
    register(&bench, &[(right, "司徒甲一", "1")]);
    let _ = ran(&bench);
    let owner = [
        ("证件类型", "111"),
        ("证件号码", wrong),
        ("姓名", "慕容乙二"),
        ("性别", "1"),
        ("出生日期", BORN),
        ("更新时间", "2026-06-01 08:00:00"),
    ];
    send(&bench, PERMITS, &[&owner]);
    let check = |bench: &Bench| {
        let corrected = rows(bench, "public_security.household_register", "司徒甲一");
        assert_eq!(corrected, [(key.clone(), "valid".to_owned())]);
        let owners = rows(bench, "public_security.residence_permit", "慕容乙二");
        assert!(
            owners.iter().all(|(owner, _)| owner != key),
            "two people are one"
        );
        assert!(owners.iter().all(|row| *row == owners[0]), "{owners:?}");
        assert_eq!(owners[0].1, "contested");
        let named = format!("SELECT name FROM residents WHERE resident_key = '{key}'");
        assert_eq!(bench.sql(&named, &[])[0]["name"], "司徒甲一");
        owners[0].0.clone()
    };
    let _ = ran(&bench);
    let first = check(&bench);
    // Once more, looked at alone and then with everybody.
    let again = [&owner[..5], &[("更新时间", "2026-06-02 08:00:00")]].concat();
    send(&bench, PERMITS, &[&again]);
    let _ = ran(&bench);
    assert_eq!(check(&bench), first);
    register(&bench, &[(right, "司徒甲一", "1"), ("", "诸葛丙三", "2")]);
    assert!(ran(&bench)["looked_at"].is_null());
    assert_eq!(check(&bench), first);
}

#[test]
fn a_tie_outlives_whom_it_tied_to() {
    let bench = city(304);
    let [number, _] = NUMBERS;
    register(&bench, &[(number, "司徒甲一", "1")]);
    let record = |at: &'static str| {
        [
            ("ehrId", "EHR-T-1"),
            ("name", "司徒甲一"),
            ("sex", "1"),
            ("birthDate", "1987-03-12"),
            ("address", "浙江省杭州市西湖区试验路77号5幢1单元301室"),
            ("updatedAt", at),
        ]
    };
    let mut health = delivery(&bench, HEALTH);
    let first = row(&health, &record("2026-05-30 08:00:00"));
    health.rows.push(first);
    health.write();
    let bench = released(bench);
    let key = rows(&bench, "public_security.household_register", "司徒甲一")[0]
        .0
        .clone();
    let tied = |bench: &Bench| {
        let rows = rows(bench, "health.health_record", "司徒甲一");
        let keys: Vec<String> = rows.into_iter().map(|(key, _)| key).collect();
        keys
    };
    assert_eq!(tied(&bench), [key.as_str()], "the model ties them");
    // Gone from the register; then everybody is looked at twice more.
    register(&bench, &[]);
    let _ = ran(&bench);
    for name in ["诸葛丙三", "诸葛丁四"] {
        register(&bench, &[("", name, "2")]);
        assert!(ran(&bench)["looked_at"].is_null());
        assert_eq!(tied(&bench), [key.as_str()]);
    }
    send(&bench, HEALTH, &[&record("2026-06-02 08:00:00")]);
    let _ = ran(&bench);
    assert_eq!(tied(&bench), [key.as_str(), key.as_str()]);
}

#[test]
fn two_whom_a_reviewer_parts_are_not_joined_by_a_third() {
    let bench = Bench::city(1_000, 305, Packing::Csv, Dirt::Hard).with_own_pipeline();
    let _ = bench.run().ended(0);
    let ties = bench.sql(
        "SELECT own_key, resident_key FROM links WHERE decided_by = 'model' AND role IS NOT NULL \
         AND own_key <> resident_key ORDER BY own_key",
        &[],
    );
    let mut by_resident: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tie in &ties {
        let [own, resident] = ["own_key", "resident_key"].map(|name| tie[name].as_str().unwrap());
        let owns = by_resident.entry(resident).or_default();
        if !owns.contains(&own) {
            owns.push(own);
        }
    }
    let two = by_resident.values().find(|owns| owns.len() > 1);
    let [one, other] = two.expect("somebody with two ties")[..2] else {
        unreachable!("two of them");
    };
    let _ = bench.review(&["reject", one, other]).ended(0);
    let _ = bench.run().ended(0);
    let key_of = |own: &str| {
        let query = format!("SELECT DISTINCT resident_key FROM links WHERE own_key = '{own}'");
        let tied = bench.sql(&query, &[]);
        match tied.first() {
            Some(tie) => tie["resident_key"].as_str().unwrap().to_owned(),
            None => own.to_owned(),
        }
    };
    assert_ne!(key_of(one), key_of(other));
}
