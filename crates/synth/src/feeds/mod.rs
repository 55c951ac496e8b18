//! What each department sends: one file a feed, each turning a part of the truth into rows.

pub(crate) mod cells;
mod death_certificate;
mod health_record;
mod household_register;
mod insurance_enrolment;
mod marriage_register;
mod property_ownership;
mod residence_permit;
mod social_assistance;
mod tenancy_filing;

pub(crate) use cells::write_cells;

use crate::city::City;
use crate::day::Day;
use crate::dirt::Soil;
use crate::packings::Native;
use crate::rng::Rng;
use crate::row::Row;

/// One kind of delivery.
pub(crate) struct Feed {
    pub(crate) department: &'static str,
    pub(crate) name: &'static str,
    pub(crate) native: Native,
    pub(crate) headings: &'static [&'static str],
    /// Replaces what the feed said before; an increment only adds.
    pub(crate) snapshot: bool,
    /// Rows stand as their keys do; elsewhere they are mixed.
    pub(crate) in_order: bool,
    /// How careless the department is: its rates of faults over the table's.
    pub(crate) carelessness: f64,
    /// Rows are made key by key: 0 to the number of keys.
    pub(crate) keys: fn(&City) -> usize,
    /// How often what the key stands for has changed since the first day.
    pub(crate) revision: fn(&City, usize) -> u8,
    /// The rows of one key, if any, by their own chance.
    pub(crate) rows: fn(&City, usize, &mut Soil, &mut Vec<Row>),
    /// A row below all others, from their number.
    pub(crate) total: Option<fn(u64) -> Row>,
}

/// All feeds about people, in the order of FEEDS.md.
pub(crate) const FEEDS: [&Feed; 9] = [
    &household_register::FEED,
    &residence_permit::FEED,
    &social_assistance::FEED,
    &marriage_register::FEED,
    &insurance_enrolment::FEED,
    &health_record::FEED,
    &death_certificate::FEED,
    &property_ownership::FEED,
    &tenancy_filing::FEED,
];

fn people(city: &City) -> usize {
    city.people.len()
}

fn person_revision(city: &City, key: usize) -> u8 {
    city.people[key].revision
}

/// A chance that stays the same for a person whatever happens: whether he has a record at all.
fn always(city: &City, purpose: u64, key: usize) -> Rng {
    Rng::keyed(&[city.seed, 0x616C_7761_7973, purpose, key as u64])
}

/// The day a record was last touched: today if something changed, else some day of the last three years.
fn touched(city: &City, soil: &mut Soil, changed: bool) -> Day {
    if changed {
        city.today
    } else {
        city.as_of.plus(-soil.rng.between(1, 1000))
    }
}
