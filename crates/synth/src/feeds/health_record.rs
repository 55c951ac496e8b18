//! 居民健康档案: seven in ten have one; the newborn stand here before anywhere else.

use super::{Feed, always, people, person_revision, touched};
use crate::city::{City, Gap, Hukou, Person};
use crate::day::DateForm;
use crate::dirt::Soil;
use crate::packings::Native;
use crate::rng::Rng;
use crate::row::{Row, Typed};

pub(super) const FEED: Feed = Feed {
    department: "health",
    name: "health_record",
    native: Native::Ndjson,
    headings: &[
        "ehrId",
        "idNo",
        "name",
        "sex",
        "birthDate",
        "phone",
        "address",
        "chronic",
        "abo",
        "updatedAt",
    ],
    snapshot: false,
    in_order: false,
    carelessness: 1.0,
    keys: people,
    revision: person_revision,
    rows,
    total: None,
};

fn rows(city: &City, key: usize, soil: &mut Soil, out: &mut Vec<Row>) {
    let person = &city.people[key];
    let mut fate = always(city, 5, key);
    let long_dead = person
        .died
        .is_some_and(|died| city.as_of.since(died) > 4_000);
    let known = person.gap == Gap::Newborn || fate.chance(0.7);
    if person.hukou == Hukou::Outside || long_dead || !known {
        return;
    }
    let index = key as u32;
    let mut row = Row::default();
    let division = city.places.division_of(person.home);
    row.text(format!("{division}{:03}{index:08}", 1 + index % 20));
    row.number(soil.number(city, index));
    row.name(soil.name(city, index));
    let sex = soil.sex(person.man, true);
    let typed = sex
        .parse()
        .map(Typed::Number)
        .ok()
        .filter(|_| soil.rng.chance(0.2));
    row.typed(sex, typed);
    row.text(soil.birth_date(person.birth, DateForm::Iso));
    row.text(soil.phone(person.phone));
    row.text(soil.address(city, person.home));
    row.text(chronic(city, person, &mut fate));
    row.text(blood(&mut fate));
    let day = touched(city, soil, person.revision > 0).max(person.birth);
    row.text(soil.time(day));
    row.mention("holder", Some(index), soil.take());
    out.push(row);
}

/// ICD-10, several split by `;`.
fn chronic(city: &City, person: &Person, fate: &mut Rng) -> String {
    const DISEASES: &[&str] = &[
        "I10", "E11.9", "I25.1", "J44.9", "I63.9", "E78.5", "M81.9", "K29.5", "N18.9", "F20.9",
    ];
    let chance = match city.as_of.age_of(person.birth) {
        ..35 => 0.02,
        35..60 => 0.18,
        _ => 0.55,
    };
    let mut codes: Vec<&str> = Vec::new();
    while codes.len() < 4 && fate.chance(chance) {
        let code = DISEASES[(fate.unit() * fate.unit() * DISEASES.len() as f64) as usize];
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes.join(";")
}

fn blood(fate: &mut Rng) -> &'static str {
    fate.weighted(&[
        ("1", 26),
        ("2", 22),
        ("3", 28),
        ("4", 7),
        ("5", 12),
        ("", 5),
    ])
}
