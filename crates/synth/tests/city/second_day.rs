//! The day after: little has changed, and nothing else has.

use std::collections::{HashMap, HashSet};

use rongtong_synth::{CityOptions, Dirt, Packing};

use crate::support::City;

fn both_days() -> (City, City) {
    let options = CityOptions {
        residents: 20_000,
        seed: 5,
        packing: Packing::Csv,
        ..CityOptions::default()
    };
    (City::write(&options), City::second_day(&options))
}

#[test]
fn a_day_changes_little() {
    let (first, second) = both_days();
    let (before, after) = (first.residents(), second.residents());
    assert_eq!(after.len(), before.len() + before.len() / 100);
    let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    let left = after
        .iter()
        .filter(|person| person["circumstance"] == "left")
        .count();
    assert!((150..600).contains(&changed), "{changed}");
    assert!((20..100).contains(&left), "{left}");
    // A corrected number is the same person, who remembers the old one.
    let corrected = before
        .iter()
        .zip(&after)
        .filter(|(a, b)| a["id_number"] != b["id_number"]);
    let kept = corrected
        .filter(|(a, b)| b["former_id_number"] == a["id_number"])
        .count();
    assert!(kept > 5);
}

#[test]
fn snapshots_say_the_same_of_the_unchanged() {
    let (first, second) = both_days();
    for feed in [
        "public_security.household_register",
        "housing.property_ownership",
    ] {
        let rows = |city: &City| city.feed(feed).1.into_iter().flatten().collect::<Vec<_>>();
        let (before, after) = (rows(&first), rows(&second));
        let known: HashSet<_> = before.iter().collect();
        let same = after.iter().filter(|row| known.contains(row)).count();
        assert!(
            same * 100 > before.len() * 97,
            "{same} of {} in {feed}",
            before.len()
        );
        assert!(after.len() != same, "something is new in {feed}");
    }
}

#[test]
fn increments_are_of_the_changed_and_a_few_late() {
    let (first, second) = both_days();
    for feed in [
        "health.health_record",
        "social_security.insurance_enrolment",
        "public_security.residence_permit",
    ] {
        let before = first.feed(feed).1;
        let after = second.feed(feed).1;
        assert!(after.len() * 20 < before.len(), "{feed}");
        let known: HashSet<_> = before.iter().flatten().collect();
        let mut late = 0;
        for mention in second
            .mentions()
            .into_iter()
            .filter(|m| m.feed == feed && m.has("row_late"))
        {
            if let Some(row) = &after[mention.row - 1] {
                late += 1;
                assert!(known.contains(row), "a late row of {feed} is as it was");
            }
        }
        assert!(late > 0);
    }
}

#[test]
fn the_second_day_has_weddings_ended_and_deaths() {
    let (_, second) = both_days();
    let kinds: Vec<String> = second
        .feed("civil_affairs.marriage_register")
        .1
        .into_iter()
        .flatten()
        .map(|row| row[1].clone())
        .collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for kind in &kinds {
        *count.entry(kind).or_default() += 1;
    }
    assert!(count["离婚"] > 3 && count["结婚"] > 3);
    let died = second
        .residents()
        .into_iter()
        .filter(|p| p["died_on"] == "2026-06-02")
        .count();
    assert!(died > 5);
    assert!(second.report.feeds[6].rows > 5);
}

#[test]
fn a_clean_second_day_is_clean() {
    let options = CityOptions {
        residents: 3000,
        dirt: Dirt::Clean,
        packing: Packing::Csv,
        ..CityOptions::default()
    };
    let second = City::second_day(&options);
    let faults: Vec<_> = second.report.faults.keys().copied().collect();
    assert!(
        faults.iter().all(|fault| *fault == "id_not_given"),
        "{faults:?}"
    );
}
