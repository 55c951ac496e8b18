//! Each kind of dirt is as frequent as its table says.

use std::collections::HashMap;

use rongtong_synth::{Dirt, fault_rates};

use crate::support::{City, Mention};

/// Feeds with the table's own rates in which each mention is soiled by itself.
const FEEDS: [&str; 5] = [
    "public_security.residence_permit",
    "civil_affairs.social_assistance",
    "civil_affairs.marriage_register",
    "health.health_record",
    "housing.property_ownership",
];

/// Faults that can befall any number of 18 characters.
const OF_ANY_NUMBER: [&str; 12] = [
    "id_missing",
    "id_full_width",
    "id_inner_blanks",
    "id_outer_blanks",
    "id_masked",
    "id_mistyped",
    "id_swapped",
    "id_two_digits",
    "id_excel_scientific",
    "id_excel_zeroed",
    "id_leading_quote",
    "id_placeholder",
];

#[test]
fn number_faults_keep_their_rates() {
    for (dirt, seed) in [(Dirt::Usual, 21), (Dirt::Hard, 22)] {
        let city = City::csv(30_000, seed, dirt);
        let people: HashMap<_, _> = city
            .residents()
            .into_iter()
            .map(|p| (p["person_id"].clone(), p))
            .collect();
        let birth_year = |m: &Mention| people[&m.person]["birth_date"][..4].parse::<i32>().unwrap();
        let ends_in_x = |m: &Mention| people[&m.person]["id_number"].ends_with('X');
        let mentions: Vec<Mention> = city
            .mentions()
            .into_iter()
            .filter(|m| FEEDS.contains(&m.feed.as_str()) && !m.has("row_repeat"))
            .filter(|m| {
                people
                    .get(&m.person)
                    .is_some_and(|p| p["id_number"].len() == 18 && p["id_type"] == "111")
            })
            .filter(|m| !m.has("id_former") && !m.has("id_of_guardian"))
            .collect();
        for fault in OF_ANY_NUMBER {
            check(fault, dirt, mentions.iter());
        }
        check(
            "id_fifteen",
            dirt,
            mentions.iter().filter(|m| birth_year(m) < 1999),
        );
        check("id_lower_x", dirt, mentions.iter().filter(|m| ends_in_x(m)));
        check("id_of_another", dirt, mentions.iter());

        let wrong = mentions
            .iter()
            .filter(|m| {
                m.dirt
                    .iter()
                    .any(|d| d.starts_with("id_") && d != "id_hidden")
            })
            .count();
        let share = wrong as f64 / mentions.len() as f64;
        let range = if dirt == Dirt::Usual {
            0.025..0.05
        } else {
            0.06..0.13
        };
        assert!(range.contains(&share), "{share} of the numbers at {dirt:?}");
    }
}

#[test]
fn other_faults_keep_their_rates() {
    for (dirt, seed) in [(Dirt::Usual, 31), (Dirt::Hard, 32)] {
        let city = City::csv(30_000, seed, dirt);
        let mentions = city.mentions();
        let of = |feed: &'static str| {
            mentions
                .iter()
                .filter(move |m| m.feed == feed && !m.has("row_repeat"))
        };
        let records = || of("health.health_record");
        for fault in [
            "birth_wrong",
            "birth_lunar",
            "birth_year_only",
            "name_masked",
            "sex_wrong",
            "phone_masked",
            "phone_missing",
            "phone_placeholder",
            "phone_grouped",
            "address_form",
            "row_nobody",
            "row_width",
        ] {
            check(fault, dirt, records());
        }
        check("name_missing", dirt, records());
        check("phone_agent", dirt, of("public_security.residence_permit"));
        check("axes_swapped", dirt, of("housing.property_ownership"));
        check("id_hidden", dirt, of("civil_affairs.social_assistance"));
        let not_given = of("housing.tenancy_filing")
            .filter(|m| m.has("id_not_given"))
            .count() as f64;
        let share = not_given / of("housing.tenancy_filing").count() as f64;
        assert!(
            (0.22..0.28).contains(&share),
            "{share} of tenancies have no number"
        );
    }
}

#[test]
fn every_fault_occurs_in_the_demo_s_city() {
    let usual = City::write(&rongtong_synth::CityOptions::default());
    for rate in fault_rates().iter().filter(|rate| rate.name != "row_late") {
        let occurs = usual.report.faults.contains_key(rate.name);
        assert_eq!(occurs, rate.usual > 0.0, "{}", rate.name);
    }
}

#[test]
fn the_hard_city_has_every_fault() {
    let hard = City::csv(20_000, 1, Dirt::Hard);
    // Lines are cut in native packings alone, and rows come late on the second day.
    for rate in fault_rates() {
        let elsewhere = matches!(rate.name, "row_late" | "row_unparsable");
        let occurs = hard.report.faults.contains_key(rate.name);
        assert!(occurs || elsewhere, "{}", rate.name);
    }
}

/// As often as the table says, within five standard deviations and a tenth (some faults do not fit some cells).
fn check<'a>(fault: &str, dirt: Dirt, mentions: impl Iterator<Item = &'a Mention>) {
    let rate = fault_rates()
        .iter()
        .find(|rate| rate.name == fault)
        .unwrap();
    let chance = if dirt == Dirt::Hard {
        rate.hard
    } else {
        rate.usual
    };
    let (mut all, mut hit) = (0, 0);
    for mention in mentions {
        all += 1;
        hit += usize::from(mention.has(fault));
    }
    let expected = chance * f64::from(all);
    let slack = 5.0 * expected.sqrt() + expected * 0.1;
    assert!(
        (hit as f64 - expected).abs() <= slack,
        "{fault} at {dirt:?}: {hit}, expected {expected} of {all}"
    );
}
