//! One more member of a family: name, number, work.

use super::family::Family;
use super::numbers::{distant_division, id_type, local_division};
use super::{City, Gap, Hukou, NOBODY, Person, Work};
use crate::day::Day;
use crate::identity::Number;
use crate::names::{Bearer, Naming, full_name, twin_name};

/// One person to be added to a family.
pub(super) struct Draft<'a> {
    pub(super) man: bool,
    pub(super) birth: Day,
    pub(super) surname: &'a str,
    /// GB/T 4761.
    pub(super) relation: u8,
    pub(super) mother: u32,
    pub(super) father: u32,
}

impl City {
    /// Adds a person to a family; its index.
    pub(super) fn add(&mut self, family: &Family, draft: Draft) -> u32 {
        let Draft { man, birth, .. } = draft;
        let age = self.as_of.age_of(birth);
        let naming = naming(family);
        let bearer = Bearer {
            naming,
            man,
            birth_year: birth.year(),
        };
        let name = full_name(&mut self.rng, bearer, draft.surname);
        let nature = &self.rates.nature;
        let former_name = (naming == Naming::Han && self.rng.chance(nature.former_names))
            .then(|| full_name(&mut self.rng, bearer, draft.surname).into_boxed_str())
            .filter(|former| **former != *name);

        let newborn = family.hukou == Hukou::Here && self.as_of.since(birth) < 45;
        let (id_type, number, former_number) = if newborn {
            (id_type::CARD, Number::None, None)
        } else if family.hukou == Hukou::Abroad {
            let (id_type, number) = self.foreign_number(birth, man, family.foreign);
            (id_type, number, None)
        } else {
            let division = self.division_in_number(family, birth);
            let former = self.rng.chance(nature.changed_numbers).then(|| {
                let wrong = birth.plus(self.rng.pick(&[-365, -30, -10, -1, 1, 9, 31, 366, -1000]));
                let wrong = if self.rng.chance(0.6) && wrong < self.as_of {
                    wrong
                } else {
                    birth
                };
                self.new_body(division, wrong, man)
            });
            (
                id_type::CARD,
                Number::Card(self.new_body(division, birth, man)),
                former,
            )
        };
        let work = match age {
            ..16 => Work::Child,
            16..60
                if self.rng.chance(if family.hukou == Hukou::Here {
                    0.5
                } else {
                    0.75
                }) =>
            {
                Work::Employee
            }
            16..60 if self.rng.chance(0.12) && family.hukou == Hukou::Here => Work::Official,
            16..60 => Work::Unwaged,
            _ => Work::Pensioner,
        };
        self.people.push(Person {
            name: name.into(),
            former_name,
            number,
            former_number,
            birth,
            died: None,
            household: family.household,
            home: family.dwelling,
            phone: 0,
            mother: draft.mother,
            father: draft.father,
            spouse: NOBODY,
            twin: NOBODY,
            id_type,
            man,
            ethnicity: family.ethnicity,
            relation: draft.relation,
            marital: 10,
            hukou: family.hukou,
            work,
            gap: if newborn { Gap::Newborn } else { Gap::None },
            revision: u8::from(self.is_second_day()),
            left: false,
        });
        (self.people.len() - 1) as u32
    }

    /// A second child of the same day, often with the next number and half the name.
    pub(super) fn twin(&mut self, family: &Family, first: u32, surname: &str) {
        let Person {
            man,
            birth,
            mother,
            father,
            ..
        } = *self.person(first);
        let man = if self.rng.chance(0.7) { man } else { !man };
        let relation = if man { 23 } else { 33 };
        let second = self.add(
            family,
            Draft {
                man,
                birth,
                surname,
                relation,
                mother,
                father,
            },
        );
        let bearer = Bearer {
            naming: naming(family),
            man,
            birth_year: birth.year(),
        };
        if bearer.naming == Naming::Han {
            let name = twin_name(
                &mut self.rng,
                bearer,
                &self.people[first as usize].name,
                surname,
            );
            self.people[second as usize].name = name.into();
        }
        // The office gives the next sequence of the right sex, if it is free.
        let step = if man == self.person(first).man { 2 } else { 1 };
        let next = self.person(first).number.body().map(|body| body + step);
        if let Some(next) = next.filter(|next| next % 1000 < 996 && (next % 2 == 1) == man)
            && self.person(second).gap == Gap::None
            && self.taken.insert(next)
        {
            self.people[second as usize].number = Number::Card(next);
        }
        self.people[first as usize].twin = second;
        self.people[second as usize].twin = first;
    }

    fn division_in_number(&mut self, family: &Family, birth: Day) -> u32 {
        let year = birth.year();
        match family.homeland {
            Some(home) => home,
            // A few of the city's own came from afar long ago.
            None if family.hukou == Hukou::Here
                && !self.rng.chance(if year < 2000 { 0.2 } else { 0.03 }) =>
            {
                local_division(&mut self.rng, year)
            }
            None => distant_division(&mut self.rng, year),
        }
    }

    /// A birthday of someone of this age.
    pub(super) fn birth(&mut self, age: i32) -> Day {
        self.today
            .plus(-(age * 1461 / 4) - self.rng.between(0, 364))
    }
}

fn naming(family: &Family) -> Naming {
    if family.foreign {
        return Naming::Foreign;
    }
    match family.ethnicity {
        5 | 17 => Naming::Turkic,
        4 => Naming::Tibetan,
        2 => Naming::Mongolian,
        7 => Naming::Yi,
        _ => Naming::Han,
    }
}
