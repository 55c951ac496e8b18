//! 户籍人口: everyone registered here; the dead stay in for a while, some are in twice.

use super::{Feed, people, person_revision, touched};
use crate::city::{City, Gap, Hukou};
use crate::day::DateForm;
use crate::dirt::{Fault, Soil};
use crate::packings::Native;
use crate::places::{DISTRICTS, ETHNICITIES};
use crate::row::Row;

pub(super) const FEED: Feed = Feed {
    department: "public_security",
    name: "household_register",
    native: Native::CsvGb18030,
    headings: &[
        "公民身份号码",
        "姓名",
        "性别",
        "民族",
        "出生日期",
        "户号",
        "与户主关系",
        "户籍地区划",
        "户籍地址",
        "更新时间",
    ],
    snapshot: true,
    in_order: true,
    carelessness: 0.25,
    keys: people,
    revision: person_revision,
    rows,
    total: None,
};

fn rows(city: &City, key: usize, soil: &mut Soil, out: &mut Vec<Row>) {
    let person = &city.people[key];
    if person.hukou != Hukou::Here || person.gap == Gap::Newborn || person.left {
        return;
    }
    let signed_off = match person.died {
        Some(_) if person.gap == Gap::Centenarian => false,
        Some(died) => city.as_of.since(died) > 60 && (soil.is_clean() || soil.rng.chance(0.85)),
        None => false,
    };
    if signed_off {
        return;
    }
    out.push(row(city, key as u32, person.household, soil));
    if soil.hit(Fault::RowDoubleHukou) {
        let note = soil.take();
        let other = soil.rng.below(city.first_day.people as u64);
        let other = city.people[other as usize].household;
        let mut second = row(city, key as u32, other, soil);
        second.faults.extend(note);
        out.push(second);
    }
}

fn row(city: &City, index: u32, household: u32, soil: &mut Soil) -> Row {
    let person = city.person(index);
    let mut row = Row::default();
    let dwelling = city.households[household as usize].dwelling;
    row.number(soil.number(city, index));
    row.name(soil.name(city, index));
    row.text(soil.sex(person.man, false));
    let label = ETHNICITIES
        .iter()
        .find(|(code, _)| *code == person.ethnicity)
        .map_or("", |(_, label)| *label);
    row.text(soil.code(&format!("{:02}", person.ethnicity), label));
    row.text(soil.birth_date(person.birth, DateForm::Compact));
    row.text(city.household_no(household));
    row.text(soil.code(
        &format!("{:02}", person.relation),
        relation_label(person.relation),
    ));
    let division = city.places.division_of(dwelling);
    let district = DISTRICTS
        .iter()
        .find(|d| d.division == division)
        .map_or("", |d| d.name);
    // The label alone says nothing: every city of some size has a 城区.
    row.text(match soil.code(&division.to_string(), district) {
        text if text == district => division.to_string(),
        text => text,
    });
    row.text(soil.address(city, dwelling));
    let day = touched(city, soil, person.revision > 0);
    row.text(soil.time(day));
    row.mention("holder", Some(index), soil.take());
    row
}

/// GB/T 4761-2008.
fn relation_label(code: u8) -> &'static str {
    match code {
        2 => "户主",
        11 => "夫",
        12 => "妻",
        20 => "子",
        21 => "独生子",
        22 => "长子",
        23 => "次子",
        30 => "女",
        31 => "独生女",
        32 => "长女",
        33 => "次女",
        51 => "父亲",
        52 => "母亲",
        _ => "其他",
    }
}
