//! One day after another: snapshots replace, increments add, what is absent stays; reprocess and replay.

use std::collections::BTreeSet;
use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::{Bench, Csv};

use crate::support::{
    DEATH, DEATH_CSV, PERMIT, PERMIT_CSV, REGISTER, REGISTER_CSV, assert_same,
    consistent_and_newest, content, count, released, rows,
};

#[test]
fn snapshots_replace_and_increments_add() {
    let bench = released(Bench::clean(101));
    let second = bench.with_second_day("second");
    let _ = second.run().ended(0);
    consistent_and_newest(&bench.lake);

    let held = |bench: &Bench, file: &str| {
        fs::read_to_string(bench.delivery(file))
            .unwrap()
            .lines()
            .count()
            - 1
    };
    let register = "standard/public_security/household_register";
    assert_eq!(count(&bench.lake, register), held(&second, REGISTER_CSV));
    let deliveries: BTreeSet<String> = rows(&bench.lake, register, &["_delivery"])
        .iter()
        .map(|row| row["_delivery"].to_string())
        .collect();
    assert_eq!(deliveries.len(), 1, "two snapshots in force");
    for file in [
        PERMIT_CSV,
        DEATH_CSV,
        "civil_affairs/marriage_register.csv",
        "health/health_record.csv",
    ] {
        let table = format!("standard/{}", file.trim_end_matches(".csv"));
        assert_eq!(
            count(&bench.lake, &table),
            held(&bench, file) + held(&second, file),
            "{file}"
        );
    }
}

#[test]
fn an_absent_feed_keeps_its_old_state() {
    let bench = released(Bench::clean(102));
    let second = bench.with_second_day("second");
    fs::remove_file(second.delivery(REGISTER_CSV)).unwrap();
    fs::remove_file(second.delivery(DEATH_CSV)).unwrap();
    let register = count(&bench.lake, "standard/public_security/household_register");
    let deaths = count(&bench.lake, "standard/health/death_certificate");
    let ran = second.run().ended(0);
    assert_eq!(ran.json()["feeds"][REGISTER]["state"], "absent");
    assert_eq!(ran.json()["feeds"][DEATH]["state"], "absent");
    assert_eq!(
        count(&bench.lake, "standard/public_security/household_register"),
        register
    );
    assert_eq!(
        count(&bench.lake, "standard/health/death_certificate"),
        deaths
    );
    consistent_and_newest(&bench.lake);
}

#[test]
fn a_feed_that_the_lake_holds_stays_bound() {
    const BINDING: &str =
        "  health.health_record:\n    path: health/health_record.csv\n    format: csv\n\n";
    const NEXT: &str = "  health.death_certificate:";
    let bench = released(Bench::clean(107));
    let before = content(&bench.lake);
    let less = bench.with_change("pipeline.yaml", BINDING, "");
    let second = less.with_second_day("second");
    let ran = second.run().ended(2);
    assert!(
        ran.stderr.contains("health.health_record"),
        "{}",
        ran.stderr
    );
    assert_same(&before, &content(&bench.lake));
    // A lake that never had the feed can do without it, and get it later.
    let _ = released(less.with_lake("less"));
    let whole = less.with_change("pipeline.yaml", NEXT, &format!("{BINDING}{NEXT}"));
    let _ = whole.with_lake("less").run().ended(0);
    let table = "standard/health/health_record";
    assert_eq!(count(&bench.path("less"), table), count(&bench.lake, table));

    fs::remove_file(bench.delivery("health/health_record.csv")).unwrap();
    let ran = whole.run().ended(0);
    assert_eq!(
        ran.json()["feeds"]["health.health_record"]["state"],
        "absent"
    );
    assert_same(&before, &content(&bench.lake));
}

#[test]
fn a_later_value_wins_and_a_late_one_does_not() {
    let bench = Bench::clean(103);
    let mut permits = Csv::read(&bench.delivery(PERMIT_CSV));
    let (phone, updated) = (permits.at("联系电话"), permits.at("更新时间"));
    let mut row = permits.rows.last().unwrap().clone();
    row[phone] = "13911112222".to_owned();
    row[updated] = "2026-05-31 23:59:59".to_owned();
    let _ = bench.run().ended(0);

    permits.rows = vec![row.clone()];
    permits.write();
    let _ = bench.run().ended(0);
    let phones = || {
        let residents = rows(&bench.lake, "residents", &["phone"]);
        residents
            .iter()
            .filter_map(|r| r["phone"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert!(phones().contains(&"13911112222".to_owned()));

    // Out of order: an older state of the same person comes after the newer one.
    row[phone] = "13933334444".to_owned();
    row[updated] = "2001-01-01 00:00:00".to_owned();
    permits.rows = vec![row];
    permits.write();
    let ran = bench.run().ended(0);
    assert_eq!(ran.of_feed(PERMIT, "standard"), 1);
    assert!(phones().contains(&"13911112222".to_owned()));
    assert!(!phones().contains(&"13933334444".to_owned()));
}

#[test]
fn reprocessing_gives_the_same_content() {
    let bench = released(Bench::city(500, 104, Packing::Native, Dirt::Usual));
    let _ = bench.with_second_day("second").run().ended(0);
    let before = content(&bench.lake);
    // From the archive: nothing of the deliveries is left.
    fs::remove_dir_all(bench.path("second")).unwrap();
    fs::remove_dir_all(&bench.feeds).unwrap();
    let _ = bench.run_with(&["--reprocess"]).ended(0);
    consistent_and_newest(&bench.lake);
    assert_same(&before, &content(&bench.lake));
}

#[test]
fn a_contract_that_changed_is_applied_by_reprocessing() {
    let bench = Bench::clean(105);
    let mut deaths = Csv::read(&bench.delivery(DEATH_CSV));
    let heading = deaths.at("cause");
    deaths.headings[heading] = "rootCause".to_owned();
    deaths.write();
    let ran = bench.run().ended(0);
    assert_eq!(ran.findings(DEATH, "unknown_column"), 1);
    let causes = |bench: &Bench| {
        let rows = rows(
            &bench.lake,
            "standard/health/death_certificate",
            &["cause_icd10"],
        );
        rows.iter()
            .filter(|row| !row["cause_icd10"].is_null())
            .count()
    };
    assert_eq!(causes(&bench), 0);
    let mended = bench.with_change(
        "schemas/health/death_certificate.odcs.yaml",
        "value: [causeIcd10,",
        "value: [rootCause, causeIcd10,",
    );
    let _ = mended.run_with(&["--reprocess", "--feed", DEATH]).ended(0);
    assert!(causes(&bench) > 0);
    consistent_and_newest(&bench.lake);
}

#[test]
fn a_column_of_another_type_waits_for_reprocessing() {
    const CONTRACT: &str = "schemas/housing/tenancy_filing.odcs.yaml";
    const TENANCY: &str = "housing.tenancy_filing";
    let kind = |logical: &str, physical: &str, standard: &str| {
        format!(
            "logicalType: {logical}\n        physicalType: {physical}\n        classification: personal\n        \
             customProperties:\n          - {{ property: standard, value: {standard} }}\n          - {{ property: aliases, value: [租金] }}"
        )
    };
    let amount = kind("number", "DECIMAL(18,2)", "amount");
    let text = kind("string", "VARCHAR(20)", "text");
    let bench = Bench::clean(108);
    let mut tenancies = Csv::read(&bench.delivery("housing/tenancy_filing.csv"));
    let rent = tenancies.at("月租金");
    for row in &mut tenancies.rows {
        row[rent] = "0.3万元".to_owned();
    }
    tenancies.write();
    let bench = released(bench.with_change(CONTRACT, &amount, &text));
    let before = content(&bench.lake);
    let mended = bench.with_change(CONTRACT, &text, &amount);
    let second = mended.with_second_day("second");
    let ran = second.run().ended(2);
    for told in [
        TENANCY,
        "monthly_rent",
        "string",
        "decimal(18,2)",
        "--reprocess",
    ] {
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert_same(&before, &content(&bench.lake));

    let _ = mended
        .run_with(&["--reprocess", "--feed", TENANCY])
        .ended(0);
    let rents = rows(
        &bench.lake,
        "standard/housing/tenancy_filing",
        &["monthly_rent"],
    );
    assert_eq!(rents.len(), tenancies.rows.len());
    for row in rents {
        assert_eq!(row["monthly_rent"], "3000.00");
    }
    let _ = second.run().ended(0);
    consistent_and_newest(&bench.lake);
}

#[test]
fn rows_that_were_torn_stay_in_quarantine_and_that_is_said() {
    let bench = Bench::clean(107).with_change(
        "pipeline.yaml",
        "contracts:",
        "max_rejected_percent: 100\ncontracts:",
    );
    let place = bench.delivery(DEATH_CSV);
    let mut text = std::fs::read_to_string(&place).unwrap();
    text.push_str("one,cell,too,many,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n");
    std::fs::write(&place, text).unwrap();
    let ran = bench.run().ended(0);
    assert_eq!(ran.findings(DEATH, "row_width"), 1);
    let ran = bench.replay().ended(0);
    assert!(
        ran.stderr.contains("no contract mends them"),
        "{}",
        ran.stderr
    );
    assert_eq!(count(&bench.lake, "quarantine"), 1);
}

#[test]
fn quarantined_rows_come_back_after_a_fix_of_the_contract() {
    // The name stands under a heading that the contract doesn't know, and the numbers are missing.
    const CONTRACT: &str = "schemas/health/death_certificate.odcs.yaml";
    let bench = Bench::clean(106)
        .with_change(
            "pipeline.yaml",
            "contracts:",
            // Evidence that comes later is weighed against what was decided before: keys by numbers alone
            // don't depend on the way.
            "linkage: off\nmax_rejected_percent: 100\ncontracts:",
        )
        .with_change(
            CONTRACT,
            "VARCHAR(100)\n        required: true",
            "VARCHAR(100)\n        required: false",
        );
    let mut deaths = Csv::read(&bench.delivery(DEATH_CSV));
    let (number, name, all) = (deaths.at("idNo"), deaths.at("name"), deaths.rows.len());
    deaths.headings[name] = "逝者".to_owned();
    for row in &mut deaths.rows {
        row[number].clear();
    }
    deaths.write();
    let ran = bench.run().ended(0);
    assert_eq!(ran.of_feed(DEATH, "quarantined"), all as u64);
    assert_eq!(ran.findings(DEATH, "names_nobody"), all as u64);
    assert_eq!(count(&bench.lake, "quarantine"), all);

    let ran = bench.replay().ended(0);
    assert_eq!(
        count(&bench.lake, "quarantine"),
        all,
        "nothing was mended: {}",
        ran.stdout
    );

    let mended = bench.with_change(CONTRACT, "value: [姓名]", "value: [姓名, 逝者]");
    let _ = mended.replay().ended(0);
    assert_eq!(count(&bench.lake, "quarantine"), 0);
    assert_eq!(count(&bench.lake, "standard/health/death_certificate"), all);
    consistent_and_newest(&bench.lake);
    // As if the contract had been right from the start; what was missing then is told still.
    let straight = released(mended.with_lake("straight"));
    let (left, right) = (content(&straight.lake), content(&bench.lake));
    for table in [
        "residents",
        "identities",
        "conflicts",
        "standard/health/death_certificate",
    ] {
        assert_eq!(left[table], right[table], "{table}");
    }
}
