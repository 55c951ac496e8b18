//! What rows say, against the truth.

use std::collections::HashMap;

use rongtong_synth::Dirt;

use crate::support::{City, Mention};

/// Where name and number stand: feed, role, columns.
const WHO: [(&str, &str, usize, usize); 10] = [
    ("public_security.household_register", "holder", 1, 0),
    ("public_security.residence_permit", "holder", 2, 1),
    ("civil_affairs.social_assistance", "holder", 2, 1),
    ("civil_affairs.marriage_register", "husband", 3, 4),
    ("civil_affairs.marriage_register", "wife", 5, 6),
    ("social_security.insurance_enrolment", "holder", 2, 1),
    ("health.health_record", "holder", 2, 1),
    ("health.death_certificate", "holder", 2, 1),
    ("housing.property_ownership", "owner", 1, 2),
    ("housing.tenancy_filing", "tenant", 1, 2),
];

/// For each mention that can be read: itself, and the name and number as delivered.
fn as_delivered(city: &City) -> Vec<(Mention, String, String)> {
    let mut feeds = HashMap::new();
    city.mentions()
        .into_iter()
        .filter_map(|mention| {
            let rows = feeds
                .entry(mention.feed.clone())
                .or_insert_with(|| city.feed(&mention.feed).1);
            let (.., name, number) = WHO
                .iter()
                .find(|who| who.0 == mention.feed && who.1 == mention.role)?;
            let row = rows[mention.row - 1].as_ref()?;
            let (name, number) = (row[*name].clone(), row[*number].clone());
            Some((mention, name, number))
        })
        .collect()
}

fn truth(city: &City) -> HashMap<String, HashMap<String, String>> {
    city.residents()
        .into_iter()
        .map(|person| (person["person_id"].clone(), person))
        .collect()
}

#[test]
fn a_clean_city_says_the_truth() {
    let city = City::csv(4000, 3, Dirt::Clean);
    let truth = truth(&city);
    let faults: Vec<_> = city.report.faults.keys().copied().collect();
    assert_eq!(faults, ["id_not_given"]);
    let mut people = 0;
    for (mention, name, number) in as_delivered(&city) {
        let Some(person) = truth.get(&mention.person) else {
            assert!(name.ends_with("公司") && mention.feed == "housing.property_ownership");
            continue;
        };
        people += 1;
        assert_eq!(name, person["name"]);
        let right = &person["id_number"];
        match mention.has("id_not_given") {
            true => assert_eq!(number, ""),
            // A reissued travel permit has two digits more.
            false if person["id_type"] == "516" => assert!(number.starts_with(right.as_str())),
            false => assert_eq!(&number, right),
        }
    }
    assert!(people > 10_000);
    for row in city.feed("public_security.household_register").1 {
        let row = row.unwrap();
        assert_eq!(&row[0][6..14], &row[4], "the number has the birth date");
        assert_eq!(row[0].as_bytes()[16] % 2 == 1, row[2] == "男");
        assert!(row[8].starts_with("浙江省杭州市") && row[9].len() == 19);
    }
}

#[test]
fn numbers_are_wrong_as_the_truth_says() {
    let city = City::csv(20_000, 7, Dirt::Hard);
    let truth = truth(&city);
    let (mut two_digits, mut two_digits_pass) = (0, 0);
    for (mention, _, number) in as_delivered(&city) {
        let Some(right) = truth.get(&mention.person).map(|p| p["id_number"].as_str()) else {
            continue;
        };
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
        for fault in mention
            .dirt
            .iter()
            .filter(|fault| fault.starts_with("id_") && *fault != "id_hidden")
        {
            let holds = match fault.as_str() {
                "id_missing" | "id_not_given" => digits(&number) == 0,
                "id_lower_x" => number.ends_with('x') && number.to_uppercase() == right,
                "id_full_width" => number.chars().all(|c| c >= '\u{FF01}'),
                "id_inner_blanks" => {
                    number != right && number.replace([' ', '\u{3000}'], "").starts_with(right)
                }
                "id_outer_blanks" => number != right && number.trim().starts_with(right),
                "id_letter_o" => number.replace('O', "0") == right,
                "id_letter_l" => number.replace(['l', 'I'], "1") == right,
                "id_masked" => number.contains("****") && number.starts_with(&right[..4]),
                "id_mistyped" => differing(&number, right) == 1 && !check_holds(&number),
                "id_swapped" => differing(&number, right) == 2 && !check_holds(&number),
                "id_two_digits" => {
                    two_digits += 1;
                    two_digits_pass += usize::from(check_holds(&number));
                    differing(&number, right) == 2
                }
                "id_of_another" | "id_of_guardian" => number != right && check_holds(&number),
                "id_former" => number != right && check_holds(&number),
                "id_of_two" => number.len() >= 3 || mention.has("id_missing"),
                "id_fifteen" => {
                    number.len() == 15
                        && right.starts_with(&number[..6])
                        && right[8..].starts_with(&number[6..])
                }
                "id_excel_scientific" => number.ends_with("E+17"),
                "id_excel_zeroed" => number.ends_with("000") && right.starts_with(&number[..15]),
                "id_leading_quote" => number.strip_prefix('\'') == Some(right),
                "id_placeholder" => number.len() == 18 && number != right,
                "id_birth_certificate" => right.is_empty() && number.len() == 10,
                _ => panic!("no test of {fault}"),
            };
            assert!(holds, "{fault} in row {} of {}", mention.row, mention.feed);
        }
        let untouched = !mention
            .dirt
            .iter()
            .any(|fault| fault.starts_with("id_") && fault != "id_hidden");
        assert!(
            !untouched || number.starts_with(right),
            "row {} of {}",
            mention.row,
            mention.feed
        );
    }
    // One in ten or so passes the check.
    assert!(two_digits > 100 && two_digits_pass * 4 < two_digits && two_digits_pass > 0);
}

#[test]
fn names_are_bent_as_the_truth_says() {
    let city = City::csv(20_000, 8, Dirt::Hard);
    let truth = truth(&city);
    for (mention, name, _) in as_delivered(&city) {
        let Some(person) = truth.get(&mention.person) else {
            continue;
        };
        let right = person["name"].as_str();
        for fault in mention
            .dirt
            .iter()
            .filter(|fault| fault.starts_with("name_"))
        {
            let holds = match fault.as_str() {
                "name_homophone" | "name_look_alike" => differing(&name, right) == 1,
                "name_traditional" => {
                    name != right && name.chars().count() >= right.chars().count()
                }
                "name_former" => name.contains(&person["former_name"]),
                "name_remark" | "name_dead" => name.contains(right) && name.contains(['（', '(']),
                "name_blanks" => name != right && name.replace([' ', '\u{3000}'], "") == right,
                "name_dot" => name != right && name.contains(['•', '．', '・']),
                "name_newborn" => name.contains("之女") || name.contains("之子"),
                "name_rare_lost" => name != right,
                "name_missing" => !name.contains(right),
                "name_masked" => {
                    name.contains('*')
                        && name.chars().next() == right.chars().next()
                        && name.chars().count() == right.chars().count()
                }
                _ => panic!("no test of {fault}"),
            };
            // A blank or full-width form may have come on top.
            let more = mention.has("text_blanks") || mention.has("text_full_width");
            assert!(
                holds || more,
                "{fault} in row {} of {}",
                mention.row,
                mention.feed
            );
        }
    }
}

#[test]
fn people_hang_together() {
    let city = City::csv(20_000, 9, Dirt::Hard);
    let truth = truth(&city);
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let (mut twins, mut couples, mut children) = (0, 0, 0);
    for person in truth.values() {
        if !person["id_number"].is_empty() {
            *numbers.entry(&person["id_number"]).or_default() += 1;
        }
        if let Some(spouse) = truth.get(&person["spouse_person_id"]) {
            couples += 1;
            assert_eq!(spouse["spouse_person_id"], person["person_id"]);
            assert_ne!(spouse["sex"], person["sex"]);
        }
        if let Some(twin) = truth.get(&person["twin_person_id"]) {
            twins += 1;
            assert_eq!(twin["birth_date"], person["birth_date"]);
            let unregistered = person["circumstance"] == "newborn";
            assert!(unregistered || twin["id_number"] != person["id_number"]);
        }
        if let Some(mother) = truth.get(&person["mother_person_id"]) {
            children += 1;
            assert!(mother["sex"] == "2");
            assert!(
                mother["birth_date"] < person["birth_date"]
                    || mother["circumstance"] == "shared_number"
            );
        }
        assert!(person["died_on"].is_empty() || person["died_on"] >= person["birth_date"]);
        assert!(person["birth_date"].as_str() <= "2026-06-01");
    }
    assert!(
        couples > 6000 && children > 2500 && twins > 100,
        "{couples} {children} {twins}"
    );
    let shared = numbers.values().filter(|n| **n > 1).count();
    assert!((2..30).contains(&shared), "{shared}");
}

#[test]
fn some_strangers_are_doubles_in_the_hard_city_alone() {
    let doubles = |dirt| {
        let city = City::csv(20_000, 5, dirt);
        let mut alike: HashMap<_, Vec<_>> = HashMap::new();
        for person in city.residents() {
            let who = ["name", "sex", "birth_date"].map(|column| person[column].clone());
            alike.entry(who).or_default().push(person);
        }
        let pairs: Vec<_> = alike.into_values().filter(|of| of.len() == 2).collect();
        for pair in pairs
            .iter()
            .filter(|pair| pair[0]["circumstance"] != "shared_number")
        {
            assert_ne!(pair[0]["id_number"], pair[1]["id_number"]);
            for person in pair {
                let number = &person["id_number"];
                assert!(
                    number.is_empty() || number[6..14] == person["birth_date"].replace('-', "")
                );
            }
        }
        pairs.len()
    };
    assert!(doubles(Dirt::Usual) < 4);
    assert!((8..16).contains(&doubles(Dirt::Hard)));
}

/// How many characters differ between texts of one length.
fn differing(one: &str, other: &str) -> usize {
    if one.chars().count() != other.chars().count() {
        return usize::MAX;
    }
    one.chars()
        .zip(other.chars())
        .filter(|(a, b)| a != b)
        .count()
}

/// ISO 7064 MOD 11-2, as the sum that must leave 1.
fn check_holds(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number
        .chars()
        .map(|c| if c == 'X' { Some(10) } else { c.to_digit(10) })
        .collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 18) else {
        return false;
    };
    digits.iter().fold(0, |sum, digit| (sum * 2 + digit) % 11) == 1
}
