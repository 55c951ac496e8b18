//! 婚姻登记: each row names two; what courts decide never arrives.

use super::{Feed, always};
use crate::city::{City, Marriage};
use crate::day::{DateForm, Day};
use crate::dirt::Soil;
use crate::packings::Native;
use crate::row::{Row, Typed};

pub(super) const FEED: Feed = Feed {
    department: "civil_affairs",
    name: "marriage_register",
    native: Native::Xlsx,
    headings: &[
        "登记号",
        "登记类型",
        "登记日期",
        "男方姓名",
        "男方证件号",
        "女方姓名",
        "女方证件号",
    ],
    snapshot: false,
    in_order: false,
    carelessness: 1.0,
    keys: |city| city.marriages.len(),
    revision: |city, key| city.marriages[key].revision,
    rows,
    total: None,
};

fn rows(city: &City, key: usize, soil: &mut Soil, out: &mut Vec<Row>) {
    let marriage = city.marriages[key];
    let news_only = marriage.divorced_on == Some(city.today) && city.is_second_day();
    let events = [
        ("结婚", Some(marriage.married_on).filter(|_| !news_only)),
        ("补领", marriage.reissued_on),
        ("撤销", marriage.revoked_on),
        ("离婚", marriage.divorced_on.filter(|_| !marriage.by_court)),
    ];
    for (nth, (kind, day)) in events.into_iter().enumerate() {
        if let Some(day) = day {
            out.push(row(city, key, nth, &marriage, kind, day, soil));
        }
    }
}

fn row(
    city: &City,
    key: usize,
    nth: usize,
    marriage: &Marriage,
    kind: &str,
    day: Day,
    soil: &mut Soil,
) -> Row {
    let mut row = Row::default();
    let office = always(city, 3, key).pick(&[330_102, 330_106, 330_109]);
    row.text(format!("J{office}-{}-{key:07}{nth}", day.year()));
    row.text(kind);
    let date = soil.date(day, DateForm::Han);
    // A spreadsheet keeps some of them as true dates, and some as what it counts.
    let typed = match date.parse::<f64>() {
        Ok(serial) if serial < 100_000.0 => Some(Typed::Number(serial)),
        Err(_) if date.contains('年') && date == day.write(DateForm::Han) => soil
            .rng
            .chance(0.4)
            .then(|| Typed::Date(f64::from(day.excel_serial()))),
        _ => None,
    };
    row.typed(date, typed);
    let of_the_row = soil.take();
    for (role, person) in [("husband", marriage.husband), ("wife", marriage.wife)] {
        row.name(soil.name(city, person));
        row.number(soil.number(city, person));
        row.mention(role, Some(person), soil.take());
    }
    row.faults.extend(of_the_row);
    row
}
