//! Strangers of one name, sex and birth date. A city of a million has them by chance; a small one, on which linkage
//! is measured, has them on purpose.

use super::numbers::id_type;
use super::{City, Gap, NOBODY, Person};
use crate::identity::Number;
use crate::names::surname_of;

/// Draws until two people fit: a few in ten thousand do.
const TRIES: usize = 100_000;

/// How many days one of them may be moved: not so many that children are older than their mothers.
const MOST_DAYS: i32 = 1_500;

impl City {
    pub(super) fn double_strangers(&mut self) {
        let people = self.people.len() as u64;
        let pairs = (people as f64 * self.rates.nature.doubles / 2.0).round() as u64;
        for _ in 0..pairs {
            let pair = (0..TRIES).find_map(|_| {
                let [a, b] = [0; 2].map(|_: u8| self.rng.below(people) as usize);
                alike(&self.people[a], &self.people[b]).then_some((a, b))
            });
            let Some((a, b)) = pair else { return };
            let Person {
                ref name,
                birth,
                man,
                ..
            } = self.people[a];
            let name = name.clone();
            let Some(division) = self.people[b]
                .number
                .body()
                .map(|body| body / 100_000_000_000)
            else {
                continue;
            };
            let number = Number::Card(self.new_body(division as u32, birth, man));
            let double = &mut self.people[b];
            double.name = name;
            double.birth = birth;
            double.number = number;
            double.former_name = None;
            double.former_number = None;
        }
    }
}

/// Whether two people differ so little that one can become the other's double: families keep their name.
fn alike(one: &Person, other: &Person) -> bool {
    let fits = |p: &Person| {
        p.gap == Gap::None && p.twin == NOBODY && p.died.is_none() && p.id_type == id_type::CARD
    };
    one.household != other.household
        && one.man == other.man
        && one.ethnicity == other.ethnicity
        && one.name != other.name
        && one.birth.since(other.birth).abs() < MOST_DAYS
        && fits(one)
        && fits(other)
        && !one.name.contains('·')
        && surname_of(&one.name) == surname_of(&other.name)
}
