//! The city one day on: one in a hundred changed, some left, some came.

use super::{City, Hukou};
use crate::identity::Number;
use crate::names::{Bearer, Naming, full_name, surname_of};
use crate::rng::Rng;

impl City {
    /// Lets a day pass. What did not change keeps its revision, and so its rows.
    pub(crate) fn next_day(&mut self) {
        self.today = self.as_of.plus(1);
        self.rng = Rng::keyed(&[self.seed, 0x746F_6D6F_7272_6F77]);
        let people = self.first_day.people;
        for index in 0..people as u32 {
            self.live_on(index);
        }
        for at in 0..self.first_day.marriages {
            if self.rng.chance(0.004) {
                self.part(at);
            }
        }
        self.settle(people + people.div_ceil(100));
    }

    fn live_on(&mut self, index: u32) {
        let event = self.rng.below(1000);
        let person = &self.people[index as usize];
        if person.died.is_some() || person.number == Number::None {
            return;
        }
        match event {
            0..4 => {
                let home = self.places.next_dwelling();
                self.people[index as usize].home = home;
            }
            4..7 => self.people[index as usize].phone = self.new_phone(),
            7 => self.rename(index),
            8 => self.correct_number(index),
            9 => {
                self.people[index as usize].died = Some(self.today);
                self.widow(index);
            }
            10..13 if person.hukou == Hukou::Here => {
                self.people[index as usize].left = true;
                return;
            }
            _ => return,
        }
        self.people[index as usize].revision += 1;
    }

    fn rename(&mut self, index: u32) {
        let person = &self.people[index as usize];
        let (name, man, birth_year) = (person.name.clone(), person.man, person.birth.year());
        let surname = surname_of(&name);
        let naming = if name.contains(['·', ' ']) {
            return;
        } else {
            Naming::Han
        };
        let new = full_name(
            &mut self.rng,
            Bearer {
                naming,
                man,
                birth_year,
            },
            surname,
        );
        let person = &mut self.people[index as usize];
        person.former_name = Some(name.clone());
        person.name = new.into();
    }

    /// The birth date in the number was a day off; the person stays the same.
    fn correct_number(&mut self, index: u32) {
        let person = &self.people[index as usize];
        let (Some(old), man, birth) = (person.number.body(), person.man, person.birth.plus(1))
        else {
            return;
        };
        if person.id_type != super::id_type::CARD || birth >= self.as_of {
            return;
        }
        let new = self.new_body((old / 100_000_000_000) as u32, birth, man);
        let person = &mut self.people[index as usize];
        person.former_number = Some(old);
        person.number = Number::Card(new);
        person.birth = birth;
    }

    fn part(&mut self, at: usize) {
        let marriage = self.marriages[at];
        let living = |index: u32| self.person(index).died.is_none();
        let over = marriage.divorced_on.is_some() || marriage.revoked_on.is_some();
        if over || !living(marriage.husband) || !living(marriage.wife) {
            return;
        }
        self.marriages[at].divorced_on = Some(self.today);
        self.marriages[at].revision += 1;
        for one in [marriage.husband, marriage.wife] {
            let person = &mut self.people[one as usize];
            person.marital = 40;
            person.spouse = super::NOBODY;
        }
    }
}
