//! 流动人口居住登记: people whose hukou is elsewhere, under whatever document they have.

use super::{Feed, always, people, person_revision, touched};
use crate::city::{City, Hukou, id_type};
use crate::day::{DateForm, Day};
use crate::dirt::{Fault, Soil};
use crate::packings::Native;
use crate::row::Row;

pub(super) const FEED: Feed = Feed {
    department: "public_security",
    name: "residence_permit",
    native: Native::CsvBomCrlf,
    headings: &[
        "证件类型",
        "证件号码",
        "姓名",
        "性别",
        "出生日期",
        "居住地址",
        "联系电话",
        "申报日期",
        "更新时间",
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
    let comes_from_elsewhere = matches!(person.hukou, Hukou::Elsewhere | Hukou::Abroad);
    let mut fate = always(city, 1, key);
    if !comes_from_elsewhere || !fate.chance(0.95) {
        return;
    }
    let changed = person.revision > 0;
    let day = touched(city, soil, changed);
    // One in six lived somewhere else before, and that filing is still there.
    if !changed && fate.chance(0.17) {
        let before = soil.rng.below(city.first_day.dwellings as u64) as u32;
        let earlier = day.plus(-soil.rng.between(100, 900));
        out.push(row(city, key as u32, before, earlier, soil));
    }
    out.push(row(city, key as u32, person.home, day, soil));
}

fn row(city: &City, index: u32, dwelling: u32, day: Day, soil: &mut Soil) -> Row {
    let person = city.person(index);
    let mut row = Row::default();
    row.text(document_type(person.id_type, soil));
    row.number(soil.number(city, index));
    row.name(soil.name(city, index));
    row.text(soil.sex(person.man, true));
    row.text(soil.birth_date(person.birth, DateForm::Iso));
    row.text(soil.address(city, dwelling));
    row.text(soil.phone_on_form(person.phone));
    row.text(soil.date(day, DateForm::Iso));
    row.text(soil.time(day));
    row.mention("holder", Some(index), soil.take());
    row
}

/// GA/T 2000.156; now and then health's CV02.01.101 slips in.
fn document_type(code: u16, soil: &mut Soil) -> String {
    let (label, of_health) = match code {
        id_type::CARD => ("居民身份证", "01"),
        id_type::RESIDENCE_PERMIT => ("港澳台居民居住证", ""),
        id_type::PASSPORT => ("普通护照", "03"),
        id_type::TAIWAN_PERMIT => ("台湾居民来往大陆通行证", "07"),
        id_type::HONG_KONG_PERMIT => ("港澳居民来往内地通行证", "06"),
        _ => ("外国人永久居留身份证", ""),
    };
    if !of_health.is_empty() && soil.hit(Fault::CodeOfAnotherSystem) {
        return of_health.into();
    }
    soil.code(&code.to_string(), label)
}
