use arrow::array::AsArray;
use arrow::compute::concat_batches;
use arrow::util::display::array_value_to_string;

use super::*;
use crate::grid::CELLS;
use crate::rows::RowAt;
use crate::testing::{Row, TODAY, cell, deliver, feed, key, number, pipeline, resolved, today};

const REGISTER: &str = "public_security.household_register";
const PERMITS: &str = "public_security.residence_permit";
const MARRIAGES: &str = "civil_affairs.marriage_register";
const INSURANCES: &str = "social_security.insurance_enrolment";
const HEALTH: &str = "health.health_record";
const PROPERTY: &str = "housing.property_ownership";
const TENANCIES: &str = "housing.tenancy_filing";

/// The whole tables.
struct Tables {
    residents: RecordBatch,
    homes: RecordBatch,
    health: RecordBatch,
    conflicts: RecordBatch,
}

impl Tables {
    /// Of these feeds; the pipeline's others are there without rows, as in a run.
    fn of(mut feeds: Vec<FeedRows>) -> Self {
        let pipeline = pipeline();
        for name in pipeline.contracts.keys() {
            if feeds.iter().all(|rows| rows.contract.feed != *name) {
                feeds.push(feed(&pipeline, &name.to_string()));
            }
        }
        let feeds = resolved(&pipeline, feeds);
        let mut fuser = Fuser::new(&pipeline, &feeds, None).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let fused = runtime.block_on(fuser.next()).unwrap().unwrap();
        assert!(runtime.block_on(fuser.next()).unwrap().is_none());
        assert_eq!(rows(&fused.residents), fuser.residents());
        let whole = |spec: rongtong_lake::TableSpec, parts: &[RecordBatch]| {
            concat_batches(&spec.schema, parts).unwrap()
        };
        Self {
            residents: whole(tables::residents(), &fused.residents),
            homes: whole(tables::resident_homes(), &fused.homes),
            health: whole(tables::resident_health(), &fused.health),
            conflicts: whole(tables::conflicts(), &fused.conflicts),
        }
    }

    /// What stands of a person in `residents`.
    fn says(&self, person: u64, attribute: &str) -> Option<String> {
        cell(&self.residents, self.row(person), attribute)
    }

    fn row(&self, person: u64) -> usize {
        let keys = self.residents.column(0).as_string_view();
        let wanted = key(person).to_string();
        keys.iter().position(|key| key == Some(&wanted)).unwrap()
    }
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Two feeds about people, each with one delivery of today.
fn two(one: (&str, &[Row<'_>]), other: (&str, &[Row<'_>])) -> Tables {
    let pipeline = pipeline();
    Tables::of(vec![
        today(&pipeline, one.0, one.1),
        today(&pipeline, other.0, other.1),
    ])
}

#[test]
fn the_authority_wins_and_the_other_value_is_a_conflict() {
    let id = number(1);
    let older: Row<'_> = &[
        ("id_number", &id),
        ("name", "张伟"),
        ("sex", "男"),
        ("updated_at", "2020-01-01"),
    ];
    let newer: Row<'_> = &[
        ("person_no", "P1"),
        ("id_number", &id),
        ("name", "张维"),
        ("sex", "1"),
        ("updated_at", "2026-01-01"),
    ];
    let tables = two((REGISTER, &[older]), (INSURANCES, &[newer]));
    assert_eq!(tables.says(1, "name"), text("张伟"));
    assert_eq!(tables.says(1, "name_source"), text(REGISTER));
    assert_eq!(tables.says(1, "name_as_of"), text("2026-05-27"));
    assert_eq!(tables.says(1, "key_basis"), text("number"));
    // The same sex in both is no conflict.
    assert_eq!(tables.conflicts.num_rows(), 1);
    let columns = [
        "resident_key",
        "attribute",
        "feed",
        "value",
        "winner_feed",
        "winner_value",
    ];
    assert_eq!(
        columns.map(|column| cell(&tables.conflicts, 0, column).unwrap()),
        [
            &key(1).to_string(),
            "name",
            INSURANCES,
            "张维",
            REGISTER,
            "张伟"
        ]
    );
}

#[test]
fn each_attribute_is_the_newest_that_its_feed_says() {
    let id = number(1);
    let row = |name, phone, address, time| {
        [
            ("record_no", "E1"),
            ("id_number", id.as_str()),
            ("name", name),
            ("phone", phone),
            ("address", address),
            ("updated_at", time),
        ]
    };
    let pipeline = pipeline();
    let mut health = feed(&pipeline, HEALTH);
    let old = row("张一", "13957101234", "杭州市文三路1号", "2024-01-01");
    let mid = row("张二", "", "杭州市文三路2号", "2025-01-01");
    let new = row("张三", "", "", "2026-01-01");
    let none = row("张四", "13957109999", "杭州市文三路4号", "");
    deliver(&pipeline, &mut health, "a", TODAY - 1, &[&none, &new]);
    deliver(&pipeline, &mut health, "b", TODAY, &[&old, &mid]);
    let tables = Tables::of(vec![health]);
    assert_eq!(tables.says(1, "name"), text("张三"));
    assert_eq!(tables.says(1, "name_as_of"), text("2026-05-26"));
    assert_eq!(tables.says(1, "address"), text("杭州市文三路2号"));
    assert_eq!(tables.says(1, "phone"), text("13957101234"));
    assert_eq!(tables.says(1, "phone_as_of"), text("2026-05-27"));
    assert_eq!(tables.says(1, "ethnicity"), None);
    assert_eq!(tables.says(1, "ethnicity_source"), None);
}

#[test]
fn a_code_for_not_known_never_wins() {
    let id = number(1);
    let base = [("id_number", id.as_str()), ("name", "张伟")];
    let [i, n] = base;
    let register: Row<'_> = &[i, n, ("sex", "9"), ("updated_at", "2026-01-01")];
    let known: Row<'_> = &[
        ("record_no", "1"),
        i,
        n,
        ("sex", "2"),
        ("blood_group", "1"),
        ("updated_at", "2024-01-01"),
    ];
    let unknown: Row<'_> = &[
        ("record_no", "2"),
        i,
        n,
        ("sex", "0"),
        ("blood_group", "5"),
        ("updated_at", "2026-01-01"),
    ];
    let tables = two((REGISTER, &[register]), (HEALTH, &[known, unknown]));
    assert_eq!(tables.says(1, "sex"), text("2"));
    assert_eq!(tables.says(1, "sex_source"), text(HEALTH));
    assert_eq!(cell(&tables.health, 0, "blood_group"), text("1"));
    assert_eq!(tables.health.num_rows(), 1);
    assert_eq!(tables.conflicts.num_rows(), 0);
}

#[test]
fn the_phone_is_the_newest_of_all_feeds_and_the_order_breaks_ties() {
    let (a, b, c) = (number(1), number(2), number(3));
    fn permit<'a>(id: &'a str, phone: &'a str, time: &'a str) -> [(&'a str, &'a str); 4] {
        [
            ("id_number", id),
            ("name", "张伟"),
            ("phone", phone),
            ("updated_at", time),
        ]
    }
    let permits = [
        permit(&a, "13957100001", "2024-01-01"),
        permit(&b, "13957100002", "2026-01-01"),
        permit(&c, "13957100003", "2026-01-01"),
    ];
    let tenancy = |id, phone, time| {
        [
            ("filing_no", "Z"),
            ("id_number", id),
            ("name", "张伟"),
            ("phone", phone),
            ("updated_at", time),
        ]
    };
    let tenancies = [
        tenancy(a.as_str(), "13957100011", "2025-01-01"),
        tenancy(b.as_str(), "", "2026-02-01"),
        tenancy(c.as_str(), "13957100013", "2026-01-01"),
    ];
    let tables = two(
        (
            PERMITS,
            &permits.iter().map(<[_; 4]>::as_slice).collect::<Vec<_>>(),
        ),
        (
            TENANCIES,
            &tenancies.iter().map(<[_; 5]>::as_slice).collect::<Vec<_>>(),
        ),
    );
    let phone = |person| {
        (
            tables.says(person, "phone"),
            tables.says(person, "phone_source"),
        )
    };
    assert_eq!(phone(1), (text("13957100011"), text(TENANCIES)));
    assert_eq!(phone(2), (text("13957100002"), text(PERMITS)));
    assert_eq!(phone(3), (text("13957100003"), text(PERMITS)));
}

#[test]
fn sex_and_birth_date_come_last_from_the_number() {
    let (plain, stated) = (number(1), number(2));
    let owner = |id| [("unit_no", "U1"), ("name", "张伟"), ("id_number", id)];
    let owners = [owner(plain.as_str()), owner(stated.as_str())];
    let register: Row<'_> = &[
        ("id_number", &stated),
        ("name", "张伟"),
        ("sex", "男"),
        ("birth_date", "19910101"),
    ];
    let tables = two(
        (PROPERTY, &[&owners[0], &owners[1]]),
        (REGISTER, &[register]),
    );
    let all = ["sex", "sex_source", "birth_date", "birth_date_source"];
    assert_eq!(
        all.map(|c| tables.says(1, c).unwrap()),
        ["1", PROPERTY, "1990-01-01", PROPERTY]
    );
    // The number says 2 and 1990; whoever states something goes first, and numbers make no conflicts.
    assert_eq!(
        all.map(|c| tables.says(2, c).unwrap()),
        ["1", REGISTER, "1991-01-01", REGISTER]
    );
    assert_eq!(tables.conflicts.num_rows(), 0);
}

struct Registration<'a> {
    no: &'a str,
    kind: &'a str,
    on: &'a str,
    him: u64,
    her: u64,
}

fn wed(registrations: &[Registration<'_>]) -> Tables {
    let pipeline = pipeline();
    let mut register = feed(&pipeline, MARRIAGES);
    for (at, r) in registrations.iter().enumerate() {
        let (him, her) = (number(r.him), number(r.her));
        let row: Row<'_> = &[
            ("registration_no", r.no),
            ("kind", r.kind),
            ("registered_on", r.on),
            ("husband_name", "张伟"),
            ("husband_id_number", &him),
            ("wife_name", "李娜"),
            ("wife_id_number", &her),
        ];
        deliver(&pipeline, &mut register, &format!("d{at}"), TODAY, &[row]);
    }
    Tables::of(vec![register])
}

const fn registration<'a>(
    no: &'a str,
    kind: &'a str,
    on: &'a str,
    him: u64,
    her: u64,
) -> Registration<'a> {
    Registration {
        no,
        kind,
        on,
        him,
        her,
    }
}

fn marital(tables: &Tables, person: u64) -> (Option<String>, Option<String>) {
    let spouse = tables.says(person, "spouse_resident_key");
    let source = tables.says(person, "spouse_resident_key_source");
    assert_eq!(source, spouse.as_ref().map(|_| MARRIAGES.to_owned()));
    (tables.says(person, "marital_status"), spouse)
}

#[test]
fn a_couple_have_each_other_as_spouse() {
    let tables = wed(&[registration("J1", "结婚", "2020年5月20日", 1, 2)]);
    assert_eq!(tables.residents.num_rows(), 2);
    assert_eq!(marital(&tables, 1), (text("20"), Some(key(2).to_string())));
    assert_eq!(marital(&tables, 2), (text("20"), Some(key(1).to_string())));
    assert_eq!(tables.says(1, "marital_status_source"), text(MARRIAGES));
    assert_eq!(tables.says(1, "marital_status_as_of"), text("2026-05-27"));
}

#[test]
fn nobody_is_married_to_himself() {
    let pipeline = pipeline();
    let mut register = feed(&pipeline, MARRIAGES);
    let row: Row<'_> = &[
        ("registration_no", "J1"),
        ("kind", "结婚"),
        ("registered_on", "2020-05-20"),
        ("husband_name", "张伟"),
        ("husband_id_number", &number(1)),
        ("wife_name", "张伟"),
        ("wife_id_number", &number(1)),
    ];
    deliver(&pipeline, &mut register, "d", TODAY, &[row]);
    let tables = Tables::of(vec![register]);
    assert_eq!(tables.residents.num_rows(), 1);
    assert_eq!(marital(&tables, 1), (text("20"), None));
}

#[test]
fn the_newest_marriage_or_divorce_counts_and_a_reissued_certificate_does_not() {
    let tables = wed(&[
        registration("J1", "结婚", "2020-05-20", 1, 2),
        registration("L1", "离婚", "2022-05-20", 1, 2),
        registration("B1", "补领", "2023-05-20", 1, 2),
        registration("J2", "结婚", "2024-05-20", 1, 4),
        registration("B2", "补领", "2025-05-20", 5, 6),
    ]);
    assert_eq!(marital(&tables, 1), (text("20"), Some(key(4).to_string())));
    assert_eq!(marital(&tables, 2), (text("40"), None));
    assert_eq!(marital(&tables, 4), (text("20"), Some(key(1).to_string())));
    assert_eq!(marital(&tables, 5), (None, None));
}

#[test]
fn an_annulled_marriage_was_never_made() {
    // By its registration number, and by its couple; what came after stands.
    let tables = wed(&[
        registration("L0", "离婚", "2018-01-01", 1, 8),
        registration("J1", "结婚", "2020-01-01", 1, 2),
        registration("J1", "撤销", "2021-01-01", 1, 2),
        registration("J3", "结婚", "2020-01-01", 3, 4),
        registration("C9", "撤销", "2021-01-01", 3, 4),
        registration("J5", "结婚", "2020-01-01", 5, 6),
        registration("C5", "撤销", "2021-01-01", 5, 6),
        registration("J6", "结婚", "2022-01-01", 5, 6),
    ]);
    assert_eq!(marital(&tables, 1), (text("40"), None));
    assert_eq!(marital(&tables, 2), (None, None));
    assert_eq!(marital(&tables, 3), (None, None));
    assert_eq!(marital(&tables, 5), (text("20"), Some(key(6).to_string())));
}

#[test]
fn insurances_are_the_newest_of_each_kind_sorted_by_kind() {
    let (one, other) = (number(1), number(2));
    let row = |kind, status, base, time| {
        [
            ("person_no", "P1"),
            ("id_number", one.as_str()),
            ("name", "张伟"),
            ("insurance_kind", kind),
            ("status", status),
            ("contribution_base", base),
            ("first_enrolled_on", "20100101"),
            ("updated_at", time),
        ]
    };
    let health: Row<'_> = &[("record_no", "E"), ("id_number", &other), ("name", "李娜")];
    let tables = two(
        (
            INSURANCES,
            &[
                &row("310", "1", "8000", "2024-01-01"),
                &row("310", "4", "", "2025-01-01"),
                &row("城镇职工养老", "1", "7,000.5", "2023-01-01"),
                &row("310", "2", "9000", "2020-01-01"),
                &row("", "1", "1", "2026-01-01"),
            ],
        ),
        (HEALTH, &[health]),
    );
    let list = tables
        .residents
        .column_by_name("insurances")
        .unwrap()
        .as_list::<i32>();
    let mine = list.value(tables.row(1));
    let entries: Vec<Vec<String>> = (0..mine.len())
        .map(|at| {
            let parts = mine.as_struct().columns().iter();
            parts
                .map(|part| array_value_to_string(part, at).unwrap())
                .collect()
        })
        .collect();
    assert_eq!(
        entries,
        [
            ["110", "1", "2010-01-01", "7000.50"],
            // What the newest row leaves empty the row before it says.
            ["310", "4", "2010-01-01", "8000.00"]
        ]
    );
    assert_eq!(tables.says(2, "insurances"), None);
}

#[test]
fn each_insurance_rests_on_its_row() {
    let one = number(1);
    let row = |kind, base| {
        [
            ("person_no", "P1"),
            ("id_number", one.as_str()),
            ("name", "张伟"),
            ("insurance_kind", kind),
            ("status", "1"),
            ("contribution_base", base),
            ("updated_at", "2024-01-01"),
        ]
    };
    let pipeline = pipeline();
    let rows: [Row<'_>; 2] = [&row("310", ""), &row("110", "8000")];
    let feeds = resolved(&pipeline, vec![today(&pipeline, INSURANCES, &rows)]);
    let (feed, order) = &feeds[0];
    let groups = Along::new(feed, order).groups(&[0]);
    let told = derived_rows(&groups, feed).unwrap().into_iter();
    let row = |at: RowAt| feed.batches[at.batch as usize].row.get().unwrap()[at.row as usize];
    let told: Vec<(&str, i64)> = told.map(|(part, _, at)| (part, row(at))).collect();
    assert_eq!(
        told,
        [
            ("insurances.kind", 2),
            ("insurances.status", 2),
            ("insurances.contribution_base", 2),
            ("insurances.kind", 1),
            ("insurances.status", 1),
        ]
    );
}

#[test]
fn a_unit_counts_once_and_as_it_was_last() {
    let (one, other) = (number(1), number(2));
    let row = |id, unit, area, time| {
        [
            ("unit_no", unit),
            ("name", "张伟"),
            ("id_number", id),
            ("floor_area", area),
            ("updated_at", time),
        ]
    };
    let one = one.as_str();
    let health: Row<'_> = &[("record_no", "E"), ("id_number", &other), ("name", "李娜")];
    let tables = two(
        (
            PROPERTY,
            &[
                &row(one, "U1", "80.5", "2020-01-01"),
                &row(one, "U1", "90.25", "2024-01-01"),
                &row(one, "U2", "10", "2021-01-01"),
                &row(one, "U3", "", "2021-01-01"),
            ],
        ),
        (HEALTH, &[health]),
    );
    assert_eq!(tables.says(1, "property_count"), text("3"));
    assert_eq!(tables.says(1, "property_area"), text("100.25"));
    assert_eq!(tables.says(2, "property_count"), None);
    assert_eq!(tables.says(2, "property_count_source"), None);
}

#[test]
fn homes_are_one_of_a_kind_where_a_person_has_one_and_get_their_cell() {
    let (one, two) = (number(1), number(2));
    let pipeline = pipeline();
    let cells: Row<'_> = &[
        ("grid_code", "G1"),
        (
            "geometry",
            "POLYGON ((120 30, 121 30, 121 31, 120 31, 120 30))",
        ),
    ];
    let unit: Row<'_> = &[
        ("unit_no", "U1"),
        ("name", "张伟"),
        ("id_number", &one),
        ("address", "杭州市西湖区文三路100号3幢501室"),
        ("share_percent", "1/2"),
        ("longitude", "120.5"),
        ("latitude", "30.5"),
    ];
    let lease: Row<'_> = &[
        ("filing_no", "Z1"),
        ("name", "李娜"),
        ("id_number", &two),
        ("address", "杭州市文三路100号3幢602室"),
        ("starts_on", "2024/3/5"),
    ];
    let moved: Row<'_> = &[
        ("id_number", &two),
        ("name", "李娜"),
        ("address", "杭州市文一路2号"),
        ("updated_at", "2026-01-01"),
    ];
    let before: Row<'_> = &[
        ("id_number", &two),
        ("name", "李娜"),
        ("address", "杭州市文一路1号"),
        ("updated_at", "2025-01-01"),
    ];
    let tables = Tables::of(vec![
        today(&pipeline, CELLS, &[cells]),
        today(&pipeline, PROPERTY, &[unit, unit]),
        today(&pipeline, TENANCIES, &[lease]),
        today(&pipeline, PERMITS, &[before, moved]),
    ]);
    let homes = &tables.homes;
    let of = |person: u64, relation: &str| -> Vec<[Option<String>; 4]> {
        let wanted = (Some(key(person).to_string()), text(relation));
        (0..homes.num_rows())
            .filter(|row| {
                (
                    cell(homes, *row, "resident_key"),
                    cell(homes, *row, "relation"),
                ) == wanted
            })
            .map(|row| {
                ["grid_code", "share_percent", "starts_on", "feed"].map(|c| cell(homes, row, c))
            })
            .collect()
    };
    assert_eq!(homes.num_rows(), 3);
    assert_eq!(
        of(1, "owner"),
        [[text("G1"), text("50.00"), None, text(PROPERTY)]]
    );
    assert_eq!(
        of(2, "tenant"),
        [[text("G1"), None, text("2024-03-05"), text(TENANCIES)]]
    );
    assert_eq!(of(2, "present"), [[None, None, None, text(PERMITS)]]);
    assert_eq!(tables.says(2, "address"), text("杭州市文一路2号"));
    assert_eq!(tables.says(2, "grid_code"), None);
    assert_eq!(tables.says(2, "grid_code_source"), None);
}

#[test]
fn many_rows_in_many_feeds_are_one_resident_each() {
    let ids: Vec<String> = (1..=3).map(number).collect();
    let pipeline = pipeline();
    let mut feeds = Vec::new();
    for name in [REGISTER, PERMITS, INSURANCES, HEALTH, PROPERTY, TENANCIES] {
        let mut rows = feed(&pipeline, name);
        for delivery in ["a", "b"] {
            for id in &ids {
                let row: Row<'_> = &[("id_number", id), ("name", "张伟")];
                deliver(&pipeline, &mut rows, delivery, TODAY, &[row, row, row]);
            }
        }
        feeds.push(rows);
    }
    // Nobody's number: a resident of its own, found again in each repeat.
    let lost: Row<'_> = &[("filing_no", "Z9"), ("name", "王芳")];
    deliver(&pipeline, &mut feeds[5], "c", TODAY, &[lost, lost]);
    let tables = Tables::of(feeds);
    assert_eq!(tables.residents.num_rows(), 4);
    let keys = tables.residents.column(0).as_string_view();
    assert!(
        keys.iter().is_sorted_by(|a, b| a < b),
        "in key order, each once"
    );
    let bases = tables.residents.column(1).as_string_view().iter().flatten();
    assert_eq!(bases.filter(|basis| *basis == "unidentified").count(), 1);
    assert_eq!(tables.conflicts.num_rows(), 0);
    assert_eq!(tables.health.num_rows(), 0);
}
