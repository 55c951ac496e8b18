//! Numbers for people: unique, from where and when they were registered; and the few that are not.

use std::collections::HashSet;

use super::{City, Gap, Hukou, Person};
use crate::day::Day;
use crate::identity::{Number, body, card};
use crate::places::{HOMELANDS, LOCAL_NUMBERS};
use crate::rng::Rng;

/// The bodies of the numbers given out.
pub(super) type Taken = HashSet<u64>;

/// GA/T 2000.156.
pub(crate) mod id_type {
    pub(crate) const CARD: u16 = 111;
    pub(crate) const RESIDENCE_PERMIT: u16 = 154;
    pub(crate) const PASSPORT: u16 = 414;
    pub(crate) const TAIWAN_PERMIT: u16 = 511;
    pub(crate) const HONG_KONG_PERMIT: u16 = 516;
    pub(crate) const FOREIGN_RESIDENT: u16 = 553;
}

/// The division in a local's number: one of the city's, of that time.
pub(super) fn local_division(rng: &mut Rng, birth_year: i32) -> u32 {
    loop {
        let (division, from, to) = rng.pick(LOCAL_NUMBERS);
        if (from..=to).contains(&birth_year) {
            return division;
        }
    }
}

/// The division in a newcomer's number: often the code his county had when he was born.
pub(super) fn distant_division(rng: &mut Rng, birth_year: i32) -> u32 {
    let (now, before) = rng.pick(HOMELANDS);
    match before {
        Some((code, until)) if birth_year <= until => code,
        _ => now,
    }
}

impl City {
    /// A number nobody has, of this division, birth date and sex.
    pub(super) fn new_body(&mut self, division: u32, birth: Day, man: bool) -> u64 {
        loop {
            // Sequences up to 995: those above say "born in the 1800s" in 15 digits.
            let half = self.rng.below(497) as u32;
            let body = body(division, birth, half * 2 + if man { 1 } else { 2 });
            if self.taken.insert(body) {
                return body;
            }
        }
    }

    /// A number of someone born before 1900.
    pub(super) fn centenarian_body(&mut self, division: u32, birth: Day, man: bool) -> u64 {
        let sequence = self.rng.pick(if man { &[997, 999] } else { &[996, 998] });
        let body = body(division, birth, sequence);
        self.taken.insert(body);
        body
    }

    /// The paper of someone from outside the mainland: its type and number.
    pub(super) fn foreign_number(&mut self, birth: Day, man: bool, foreign: bool) -> (u16, Number) {
        let rng = &mut self.rng;
        let digits = |rng: &mut Rng, n: u32| {
            format!("{:0width$}", rng.below(10_u64.pow(n)), width = n as usize)
        };
        if foreign {
            return match rng.below(10) {
                0..6 => {
                    let letter = rng.pick(&["E", "A", "C", "L", "EB", "PA"]);
                    let number = format!("{letter}{}", digits(rng, 9 - letter.len() as u32));
                    (id_type::PASSPORT, Number::Other(number.into()))
                }
                6..8 => {
                    // The 2023 card: 9, province, country, birth date, sequence, check.
                    let country = rng.pick(&[840, 392, 410, 276, 250, 643, 826]);
                    let body = self.new_body(933_000 + country, birth, man);
                    (id_type::FOREIGN_RESIDENT, Number::Card(body))
                }
                _ => {
                    // The 2017 card: country, province and city, birth date, two more.
                    let country = rng.pick(&["USA", "JPN", "KOR", "DEU", "FRA", "RUS"]);
                    let (y, m, d) = birth.parts();
                    let tail = digits(rng, 2);
                    let number = format!("{country}3301{:02}{m:02}{d:02}{tail}", y % 100);
                    (id_type::FOREIGN_RESIDENT, Number::Other(number.into()))
                }
            };
        }
        match rng.below(10) {
            0..4 => {
                let division = rng.pick(&[810_000, 820_000, 830_000]);
                let body = self.new_body(division, birth, man);
                (id_type::RESIDENCE_PERMIT, Number::Card(body))
            }
            4..8 => {
                let letter = rng.pick(&["H", "H", "M"]);
                let number = format!("{letter}{}", digits(rng, 8));
                (id_type::HONG_KONG_PERMIT, Number::Other(number.into()))
            }
            _ => (id_type::TAIWAN_PERMIT, Number::Other(digits(rng, 8).into())),
        }
    }

    /// One number, two people: registered twice by mistake, long ago.
    pub(super) fn share_numbers(&mut self) {
        let people = self.people.len() as u64;
        let rate = self.rates.nature.shared_numbers;
        let pairs = (people as f64 * rate / 2.0).round() as u64;
        let pairs = if rate > 0.0 && people >= 2000 {
            pairs.max(1)
        } else {
            pairs
        };
        let fits =
            |p: &Person| p.hukou == Hukou::Here && p.gap == Gap::None && p.number.body().is_some();
        for _ in 0..pairs {
            let pair = (0..500).find_map(|_| {
                let [a, b] = [0; 2].map(|_: u8| self.rng.below(people) as usize);
                let (one, other) = (&self.people[a], &self.people[b]);
                (a != b && fits(one) && fits(other) && one.man == other.man).then_some((a, b))
            });
            let Some((a, b)) = pair else { return };
            // Half of them share the birth date too: the same number was given out twice on one day.
            let apart = self.people[a].birth.since(self.people[b].birth).abs();
            if apart < 3650 && self.rng.chance(0.5) {
                self.people[b].birth = self.people[a].birth;
            }
            self.people[b].number = self.people[a].number.clone();
            self.people[b].former_number = None;
            self.people[a].gap = Gap::SharedNumber;
            self.people[b].gap = Gap::SharedNumber;
        }
    }
}

/// All of a person's numbers that once were: the 18 characters of each.
pub(crate) fn former_numbers(person: &Person) -> Option<String> {
    person.former_number.map(card)
}
