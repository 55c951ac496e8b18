//! 社会救助: a spreadsheet of households in need, with its total below.

use super::{Feed, always, people, person_revision, touched};
use crate::city::{City, Hukou};
use crate::dirt::{Fault, Soil};
use crate::packings::Native;
use crate::row::{Row, Typed};

pub(super) const FEED: Feed = Feed {
    department: "civil_affairs",
    name: "social_assistance",
    native: Native::Xlsx1904,
    headings: &[
        "救助编号",
        "证件号码",
        "姓名",
        "救助类别",
        "月补助金额",
        "起始年月",
        "更新时间",
    ],
    snapshot: false,
    in_order: false,
    carelessness: 1.0,
    keys: people,
    revision: person_revision,
    rows,
    total: Some(total),
};

fn rows(city: &City, key: usize, soil: &mut Soil, out: &mut Vec<Row>) {
    let person = &city.people[key];
    let mut fate = always(city, 2, key);
    let in_need = if person.relation == 2 { 0.05 } else { 0.012 };
    if person.hukou != Hukou::Here || person.died.is_some() || !fate.chance(in_need) {
        return;
    }
    let category = fate.weighted(&[("低保", 60), ("特困", 12), ("低收入", 18), ("临时救助", 10)]);
    out.push(row(city, key as u32, 0, category, soil));
    // Help in an emergency comes on top.
    if fate.chance(0.15) {
        out.push(row(city, key as u32, 1, "临时救助", soil));
    }
}

fn row(city: &City, index: u32, nth: u32, category: &str, soil: &mut Soil) -> Row {
    let person = city.person(index);
    let mut row = Row::default();
    // A disabled person's card number is the identity number and two digits more.
    let no = soil
        .hidden_number(city, index)
        .unwrap_or_else(|| format!("JZ{}{:09}", nth + 1, index));
    row.text(no);
    let number = soil.number(city, index);
    // Fifteen digits fit into a spreadsheet's number, and digits 16 to 18 of longer ones are lost.
    let as_number = number.len() >= 15
        && number.bytes().all(|b| b.is_ascii_digit())
        && (number.len() == 15 || number.ends_with("000"));
    let typed = as_number
        .then(|| number.parse().map(Typed::Number).ok())
        .flatten();
    row.number(number);
    if let Some(cell) = row.cells.last_mut() {
        cell.typed = typed;
    }
    row.name(soil.name(city, index));
    row.text(category);
    let least = if category == "临时救助" {
        30_000
    } else {
        60_000
    };
    let cents = least + soil.rng.below(70_000) / 50 * 50;
    let amount = soil.amount(cents);
    let typed = amount.parse().map(Typed::Number).ok();
    row.typed(amount, typed.filter(|_| !soil.rng.chance(0.2)));
    let day = touched(city, soil, person.revision > 0);
    let start = day.plus(-soil.rng.between(0, 400));
    let month = soil.month(start);
    let typed = month.parse().map(Typed::Number).ok();
    row.typed(month, typed.filter(|_| soil.rng.chance(0.5)));
    let time = soil.time(day);
    let typed = at_second(&time).map(|part| Typed::Time(f64::from(day.excel_serial()) + part));
    row.typed(time, typed.filter(|_| soil.rng.chance(0.7)));
    row.mention("holder", Some(index), soil.take());
    row
}

/// The part of the day of `2026-05-30 18:41:12`; none for other forms.
fn at_second(time: &str) -> Option<f64> {
    let clock = time.split_once(' ')?.1;
    let mut parts = clock.split(':').map(str::parse::<u32>);
    let (h, m, s) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    (time.len() == 19 && time.as_bytes()[4] == b'-')
        .then(|| f64::from(h * 3600 + m * 60 + s) / 86_400.0)
}

/// 合计, over three merged cells.
fn total(rows: u64) -> Row {
    let mut row = Row {
        merged: 3,
        faults: vec![Fault::RowTotal],
        ..Row::default()
    };
    row.text("合计");
    row.number("");
    row.name("");
    row.text("");
    let sum = (rows * 900) as f64;
    row.typed(sum.to_string(), Some(Typed::Number(sum)));
    row.text("");
    row.text("");
    row.mention("holder", None, Vec::new());
    row
}
