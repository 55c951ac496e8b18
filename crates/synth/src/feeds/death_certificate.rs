//! 死亡医学证明: of those who died in the last years.

use super::{Feed, always, people, person_revision};
use crate::city::{City, Hukou};
use crate::day::DateForm;
use crate::dirt::Soil;
use crate::packings::Native;
use crate::row::Row;

pub(super) const FEED: Feed = Feed {
    department: "health",
    name: "death_certificate",
    native: Native::Ndjson,
    headings: &[
        "certNo",
        "idNo",
        "name",
        "sex",
        "birthDate",
        "deathDate",
        "cause",
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
    const CAUSES: &[&str] = &[
        "I21.9", "I64", "C34.9", "J44.1", "C16.9", "I61.9", "C22.0", "N18.9", "E14.9", "V89.2",
        "R54",
    ];
    let person = &city.people[key];
    let mut fate = always(city, 6, key);
    let Some(died) = person.died else { return };
    if person.hukou == Hukou::Outside || city.as_of.since(died) > 2_000 || !fate.chance(0.97) {
        return;
    }
    let index = key as u32;
    let mut row = Row::default();
    row.text(format!("33{}{index:08}", died.year()));
    row.number(soil.number(city, index));
    row.name(soil.name_without_remark(city, index));
    row.text(soil.sex(person.man, true));
    row.text(soil.birth_date(person.birth, DateForm::Iso));
    row.text(soil.date(died, DateForm::Iso));
    row.text(fate.pick(CAUSES));
    row.mention("holder", Some(index), soil.take());
    out.push(row);
}
