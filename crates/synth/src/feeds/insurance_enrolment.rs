//! 参保登记: a row for each kind of insurance of a person, cut from the same master record.

use super::{Feed, always, people, person_revision, touched};
use crate::city::{City, Hukou, Person, Work};
use crate::day::{DateForm, Day};
use crate::dirt::{Fault, Soil};
use crate::packings::Native;
use crate::rng::Rng;
use crate::row::Row;

pub(super) const FEED: Feed = Feed {
    department: "social_security",
    name: "insurance_enrolment",
    native: Native::Pipe,
    headings: &[
        "个人编号",
        "社会保障号码",
        "姓名",
        "性别",
        "出生日期",
        "险种类型",
        "参保状态",
        "缴费基数",
        "首次参保日期",
        "联系电话",
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
    let mut fate = always(city, 4, key);
    if matches!(person.hukou, Hukou::Outside) || !fate.chance(0.82) || long_dead(city, person) {
        return;
    }
    let index = key as u32;
    let person_no = soil
        .hidden_number(city, index)
        .unwrap_or_else(|| format!("3301{index:010}"));
    let number = soil.number(city, index);
    let name = soil.name(city, index);
    let sex = soil.sex(person.man, true);
    let birth = soil.birth_date(person.birth, DateForm::Compact);
    let phone = soil.phone(person.phone);
    let master = soil.take();
    // One branch office stamps every row with the time it extracts the file.
    let extracted = fate.chance(0.3) && !soil.is_clean();
    let base = 450_000 + fate.below(2_000_000) / 100 * 100;
    for kind in kinds(person, &mut fate) {
        let mut row = Row::default();
        row.text(person_no.clone());
        row.number(number.clone());
        row.name(name.clone());
        row.text(sex.clone());
        row.text(birth.clone());
        row.text(soil.code(&kind.to_string(), label(kind)));
        row.text(status(city, person, &mut fate));
        let paid_by_wage = !matches!(kind, 170 | 390);
        row.text(if paid_by_wage {
            soil.amount(base)
        } else {
            String::new()
        });
        let first = first_day(city, person, &mut fate);
        row.text(soil.date(first, DateForm::Iso));
        row.text(phone.clone());
        let changed = person.revision > 0;
        row.text(if extracted {
            soil.note(Fault::RowExtractionTime);
            let day = if changed { city.today } else { city.as_of };
            format!("{} 02:00:00", day.write(DateForm::Iso))
        } else {
            let day = touched(city, soil, changed);
            soil.time(day)
        });
        let mut faults = master.clone();
        faults.extend(soil.take());
        row.mention("holder", Some(index), faults);
        out.push(row);
    }
}

fn kinds(person: &Person, fate: &mut Rng) -> Vec<u16> {
    match person.work {
        Work::Child => vec![390],
        Work::Employee => {
            let mut kinds = vec![110, 310];
            kinds.extend([210, 410, 510].into_iter().filter(|_| fate.chance(0.3)));
            kinds
        }
        Work::Official => vec![120, 310],
        Work::Unwaged => vec![170, 390],
        Work::Pensioner if fate.chance(0.55) => vec![110, 310],
        Work::Pensioner => vec![170, 390],
    }
}

fn status(city: &City, person: &Person, fate: &mut Rng) -> &'static str {
    match person.died {
        Some(died) if city.as_of.since(died) > 90 => fate.weighted(&[("4", 8), ("1", 2)]),
        _ => fate.weighted(&[("1", 88), ("2", 7), ("4", 4), ("0", 1)]),
    }
}

fn first_day(city: &City, person: &Person, fate: &mut Rng) -> Day {
    let earliest = match person.work {
        Work::Child => person.birth.plus(20),
        _ => person.birth.plus(18 * 365).max(Day::from_epoch_days(9_000)),
    };
    let span = city.as_of.since(earliest);
    if span < 1 {
        city.as_of
    } else {
        earliest.plus(fate.between(0, span - 1))
    }
}

fn long_dead(city: &City, person: &Person) -> bool {
    person
        .died
        .is_some_and(|died| city.as_of.since(died) > 4_000)
}

fn label(kind: u16) -> &'static str {
    match kind {
        110 => "城镇职工养老",
        120 => "机关养老",
        170 => "城乡居民养老",
        210 => "失业",
        310 => "职工医疗",
        390 => "城乡居民医疗",
        410 => "工伤",
        _ => "生育",
    }
}
