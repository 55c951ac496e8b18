//! 租赁备案: who rents what; a quarter gave no number.

use super::{Feed, touched};
use crate::city::City;
use crate::day::DateForm;
use crate::dirt::{Fault, Soil};
use crate::packings::Native;
use crate::row::Row;

pub(super) const FEED: Feed = Feed {
    department: "housing",
    name: "tenancy_filing",
    native: Native::Xml,
    headings: &[
        "备案号",
        "承租人",
        "证件号",
        "联系电话",
        "坐落",
        "起租日期",
        "月租金",
        "更新时间",
    ],
    snapshot: false,
    in_order: false,
    carelessness: 1.5,
    keys: |city| city.tenancies.len(),
    revision: |city, key| city.tenancies[key].revision,
    rows,
    total: None,
};

fn rows(city: &City, key: usize, soil: &mut Soil, out: &mut Vec<Row>) {
    let tenancy = city.tenancies[key];
    let person = city.person(tenancy.tenant);
    let mut row = Row::default();
    row.text(format!("ZL{}{key:08}", tenancy.starts_on.year()));
    row.name(soil.name(city, tenancy.tenant));
    row.number(if soil.rng.chance(0.25) {
        soil.note(Fault::IdNotGiven);
        String::new()
    } else {
        soil.number(city, tenancy.tenant)
    });
    row.text(soil.phone_on_form(person.phone));
    row.text(soil.address(city, tenancy.dwelling));
    row.text(soil.date(tenancy.starts_on, DateForm::Slashed));
    row.text(soil.amount(u64::from(tenancy.rent) * 100));
    let day = touched(city, soil, tenancy.revision > 0).max(tenancy.starts_on);
    row.text(soil.time(day));
    row.mention("tenant", Some(tenancy.tenant), soil.take());
    out.push(row);
}
