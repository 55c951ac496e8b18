//! Families: who lives with whom, of what age, under what names.

use super::member::Draft;
use super::{City, Gap, Household, Hukou, NOBODY, Person};
use crate::day::Day;
use crate::identity::Number;
use crate::names::{surname, surname_of};
use crate::places::MINORITY_HOMES;

/// A family in the making: what its members have in common.
pub(super) struct Family {
    pub(super) hukou: Hukou,
    pub(super) ethnicity: u8,
    /// Of minorities from afar: the division in their numbers.
    pub(super) homeland: Option<u32>,
    pub(super) foreign: bool,
    pub(super) dwelling: u32,
    pub(super) household: u32,
}

#[derive(Clone, Copy)]
enum Shape {
    Alone,
    AloneOld,
    Couple,
    Parents,
    ThreeGenerations,
    Divorced,
}

impl City {
    /// Adds one household, its people at most until there are `limit`.
    pub(super) fn next_household(&mut self, limit: usize) {
        let room = limit.saturating_sub(self.people.len());
        let (hukou, foreign) = match self.rng.below(1000) {
            0..720 => (Hukou::Here, false),
            720..985 => (Hukou::Elsewhere, false),
            985..993 => (Hukou::Abroad, false),
            _ => (Hukou::Abroad, true),
        };
        let shape = match (hukou, room) {
            (Hukou::Abroad, _) | (_, ..12) => Shape::Alone,
            (Hukou::Here, _) => self.rng.weighted(&[
                (Shape::Alone, 10),
                (Shape::AloneOld, 9),
                (Shape::Couple, 18),
                (Shape::Parents, 40),
                (Shape::ThreeGenerations, 16),
                (Shape::Divorced, 7),
            ]),
            _ => self.rng.weighted(&[
                (Shape::Alone, 58),
                (Shape::Couple, 20),
                (Shape::Parents, 18),
                (Shape::Divorced, 4),
            ]),
        };
        let mut family = self.found(hukou, foreign);
        match shape {
            Shape::Alone => {
                let age = self.rng.between(19, 45);
                self.alone(&family, age, 10);
            }
            Shape::AloneOld => self.alone_old(&family),
            Shape::Couple => {
                let age = self.rng.between(24, 84);
                self.couple(&family, age);
            }
            Shape::Parents => {
                let age = self.rng.between(24, 55);
                self.parents(&family, age);
            }
            Shape::ThreeGenerations => {
                let age = self.rng.between(27, 48);
                let (husband, wife) = self.parents(&family, age);
                self.grandparents(&family, husband, wife);
            }
            Shape::Divorced => family = self.divorced(family),
        }
        self.close(&family);
    }

    fn found(&mut self, hukou: Hukou, foreign: bool) -> Family {
        let (ethnicity, homeland) = match hukou {
            Hukou::Here if self.rng.chance(0.02) => (self.rng.pick(&[22, 3, 15, 11, 6, 12]), None),
            Hukou::Elsewhere if self.rng.chance(0.1) => {
                let (code, home) = self.rng.pick(MINORITY_HOMES);
                (code, Some(home))
            }
            _ => (1, None),
        };
        let dwelling = self.places.next_dwelling();
        let household = self.households.len() as u32;
        let from = self.people.len() as u32;
        self.households.push(Household {
            dwelling,
            from,
            to: from,
        });
        Family {
            hukou,
            ethnicity,
            homeland,
            foreign,
            dwelling,
            household,
        }
    }

    /// The household is whole: phones, homes and papers for its people.
    fn close(&mut self, family: &Family) {
        let household = family.household as usize;
        self.households[household].to = self.people.len() as u32;
        let lived_in = match family.hukou {
            // Some live elsewhere in the city than their booklet says.
            Hukou::Here if self.rng.chance(0.12) => self.places.next_dwelling(),
            _ => family.dwelling,
        };
        let Household { from, to, .. } = self.households[household];
        for index in from..to {
            self.people[index as usize].home = lived_in;
        }
        self.give_phones(from, to);
        self.some_die(from, to);
        self.paper(family.household, lived_in);
    }

    fn alone(&mut self, family: &Family, age: i32, marital: u8) -> u32 {
        let man = self.rng.chance(0.55);
        let birth = self.birth(age);
        let surname = surname(&mut self.rng);
        let index = self.add(
            family,
            Draft {
                man,
                birth,
                surname,
                relation: 2,
                mother: NOBODY,
                father: NOBODY,
            },
        );
        self.people[index as usize].marital = marital;
        index
    }

    /// A widow or widower; now and then someone born before 1900 whom nobody ever signed off.
    fn alone_old(&mut self, family: &Family) {
        let age = self.rng.between(62, 97);
        let index = self.alone(family, age, 30);
        let first = self.households.len() > 20
            && !self.people.iter().any(is_centenarian)
            && self.people.len() < 1000;
        if !(first || self.rng.chance(1.0 / 2500.0)) {
            return;
        }
        let Some(birth) = Day::new(self.rng.between(1890, 1899), 3, 1) else {
            return;
        };
        let birth = birth
            .plus(self.rng.between(-50, 290))
            .min(Day::from_epoch_days(-25_568));
        let man = self.people[index as usize].man;
        let body = self.centenarian_body(330_103, birth, man);
        let died = self.as_of.plus(-self.rng.between(16_000, 22_000));
        let person = &mut self.people[index as usize];
        person.birth = birth;
        person.number = Number::Card(body);
        person.former_number = None;
        person.gap = Gap::Centenarian;
        person.died = Some(died);
    }

    /// Husband and wife, either the head; the husband's age is about this.
    fn couple(&mut self, family: &Family, age: i32) -> (u32, u32) {
        let husband_heads = self.rng.chance(0.8);
        let (husband_relation, wife_relation) = if husband_heads { (2, 12) } else { (11, 2) };
        let [his, hers] = [0; 2].map(|_: u8| surname(&mut self.rng));
        let [his_birth, her_birth] =
            [age, age - self.rng.between(-2, 5)].map(|age| self.birth(age.max(22)));
        let unrelated = |man, birth, surname, relation| Draft {
            man,
            birth,
            surname,
            relation,
            mother: NOBODY,
            father: NOBODY,
        };
        let mut husband = || self.add(family, unrelated(true, his_birth, his, husband_relation));
        // The head stands first in the booklet.
        let (husband, wife) = if husband_heads {
            let husband = husband();
            (
                husband,
                self.add(family, unrelated(false, her_birth, hers, wife_relation)),
            )
        } else {
            let wife = self.add(family, unrelated(false, her_birth, hers, wife_relation));
            (
                self.add(family, unrelated(true, his_birth, his, husband_relation)),
                wife,
            )
        };
        self.marry(husband, wife);
        (husband, wife)
    }

    fn parents(&mut self, family: &Family, age: i32) -> (u32, u32) {
        let (husband, wife) = self.couple(family, age);
        let children = self.rng.weighted(&[(1, 60), (2, 34), (3, 6)]);
        self.children(family, husband, wife, children);
        (husband, wife)
    }

    fn children(&mut self, family: &Family, father: u32, mother: u32, count: usize) {
        let mother_age = self.as_of.age_of(self.person(mother).birth);
        let father_name = self.person(father).name.clone();
        let parent = if self.rng.chance(0.93) {
            father
        } else {
            mother
        };
        let parent_name = self.person(parent).name.clone();
        let surname = surname_of(&parent_name);
        let mut age = (mother_age - self.rng.between(21, 36)).clamp(0, 24);
        for nth in 0..count {
            let man = self.rng.chance(0.52);
            let birth = self.birth(age);
            let relation = match (count, man) {
                (1, true) => 21,
                (1, false) => 31,
                (_, true) => 22 + (nth as u8).min(1),
                (_, false) => 32 + (nth as u8).min(1),
            };
            let child = self.add(
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
            if man && self.rng.chance(self.rates.nature.namesake_sons) {
                self.people[child as usize].name = father_name.clone();
            }
            if self.rng.chance(self.rates.nature.twin_births) {
                self.twin(family, child, surname);
            }
            if age < 3 {
                break;
            }
            age -= self.rng.between(2, 3.max(age.min(8)));
        }
    }

    /// The parents of the head move in, or one of them.
    fn grandparents(&mut self, family: &Family, husband: u32, wife: u32) {
        let head_is_husband = self.person(husband).relation == 2;
        let head = if head_is_husband { husband } else { wife };
        let head_age = self.as_of.age_of(self.person(head).birth);
        let name = self.person(head).name.clone();
        let father_age = head_age + self.rng.between(23, 34);
        let who: &[(bool, u8)] = self.rng.weighted(&[
            (&[(true, 51), (false, 52)][..], 60),
            (&[(false, 52)], 28),
            (&[(true, 51)], 12),
        ]);
        let mut parents = [NOBODY; 2];
        for (man, relation) in who.iter().copied() {
            let own = if man {
                surname_of(&name)
            } else {
                surname(&mut self.rng)
            };
            let younger = if man { 0 } else { self.rng.between(-1, 4) };
            let birth = self.birth(father_age - younger);
            let index = self.add(
                family,
                Draft {
                    man,
                    birth,
                    surname: own,
                    relation,
                    mother: NOBODY,
                    father: NOBODY,
                },
            );
            self.people[index as usize].marital = 30;
            parents[usize::from(!man)] = index;
        }
        self.people[head as usize].father = parents[0];
        self.people[head as usize].mother = parents[1];
        if let [father, mother] = parents
            && father != NOBODY
            && mother != NOBODY
        {
            self.marry(father, mother);
        }
    }

    /// One of a divorced couple, perhaps with a child; the other has left town or has a household of
    /// his or her own, which is returned to be closed.
    fn divorced(&mut self, family: Family) -> Family {
        let age = self.rng.between(27, 60);
        let one = self.alone(&family, age, 40);
        let man = self.person(one).man;
        let child_of = self.rng.chance(0.4).then(|| self.person(one).name.clone());
        if let Some(name) = child_of {
            let (age, boy) = (
                self.rng.between(0, (age - 24).clamp(0, 20)),
                self.rng.chance(0.5),
            );
            let birth = self.birth(age);
            let (mother, father) = if man { (NOBODY, one) } else { (one, NOBODY) };
            let surname = surname_of(&name);
            let relation = if boy { 21 } else { 31 };
            self.add(
                &family,
                Draft {
                    man: boy,
                    birth,
                    surname,
                    relation,
                    mother,
                    father,
                },
            );
        }
        self.close(&family);

        let gone = self.rng.chance(0.5);
        let mut other = self.found(family.hukou, false);
        if gone {
            other.hukou = Hukou::Outside;
        }
        let age = (age + self.rng.between(-4, 4)).max(24);
        let birth = self.birth(age);
        let surname = surname(&mut self.rng);
        let former = self.add(
            &other,
            Draft {
                man: !man,
                birth,
                surname,
                relation: 2,
                mother: NOBODY,
                father: NOBODY,
            },
        );
        self.people[former as usize].marital = 40;
        let (husband, wife) = if man { (one, former) } else { (former, one) };
        self.divorce(husband, wife);
        other
    }
}

fn is_centenarian(person: &Person) -> bool {
    person.gap == Gap::Centenarian
}
