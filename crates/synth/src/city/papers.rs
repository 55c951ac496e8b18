//! What living leaves in files: phones, marriages, deaths, homes owned and rented.

use super::{City, Holding, Household, Hukou, Marriage, NOBODY, Tenancy, Title};
use crate::day::Day;

impl City {
    pub(super) fn give_phones(&mut self, from: u32, to: u32) {
        let head_phone = self.new_phone();
        for index in from..to {
            let age = self.today.age_of(self.person(index).birth);
            let shares = match age {
                ..13 => 1.0,
                76.. => 0.5,
                _ => self.rates.nature.shared_phones,
            };
            let phone = if index == from || self.rng.chance(shares) {
                head_phone
            } else {
                self.new_phone()
            };
            self.people[index as usize].phone = phone;
        }
    }

    pub(super) fn new_phone(&mut self) -> u64 {
        const PREFIXES: &[u64] = &[
            130, 131, 132, 135, 136, 137, 138, 139, 150, 151, 152, 155, 157, 158, 159, 166, 170,
            173, 176, 177, 178, 180, 181, 182, 183, 185, 186, 187, 188, 189, 191, 195, 198, 199,
        ];
        self.rng.pick(PREFIXES) * 100_000_000 + 10_000_001 + self.rng.below(89_999_998)
    }

    pub(super) fn some_die(&mut self, from: u32, to: u32) {
        for index in from..to {
            let (birth, died) = (self.person(index).birth, self.person(index).died);
            let age = self.today.age_of(birth);
            let risk = if age < 60 {
                0.002
            } else {
                0.02 + f64::from(age - 60) * 0.003
            };
            if died.is_some() || self.is_second_day() || !self.rng.chance(risk) {
                continue;
            }
            let ago = self.rng.between(3, 1500);
            let died = self.as_of.plus(-ago).max(birth.plus(1)).min(self.as_of);
            self.people[index as usize].died = Some(died);
            self.widow(index);
        }
    }

    /// The spouse of one who died, if alive, is widowed.
    pub(super) fn widow(&mut self, dead: u32) {
        let spouse = self.person(dead).spouse;
        if spouse != NOBODY && self.person(spouse).died.is_none() {
            self.people[spouse as usize].marital = 30;
        }
    }

    pub(super) fn marry(&mut self, husband: u32, wife: u32) {
        for (one, other) in [(husband, wife), (wife, husband)] {
            self.people[one as usize].spouse = other;
            self.people[one as usize].marital = 20;
        }
        let married_on = self.wedding_day(husband, wife);
        let reissued_on = self.later(married_on, 0.05);
        self.record(Marriage {
            reissued_on,
            ..Marriage::of(husband, wife, married_on, self.is_second_day())
        });
        // A wedding under false papers, revoked: the couple on the next line stays as it was.
        if self.rng.chance(0.004) && self.person(husband).hukou == Hukou::Here {
            let registered = self.wedding_day(husband, wife);
            let revoked_on = self.later(registered, 1.0);
            if registered < married_on && revoked_on.is_some_and(|day| day < married_on) {
                self.record(Marriage {
                    revoked_on,
                    ..Marriage::of(husband, wife, registered, self.is_second_day())
                });
            }
        }
    }

    pub(super) fn divorce(&mut self, husband: u32, wife: u32) {
        let married_on = self.wedding_day(husband, wife);
        let divorced_on = self.later(married_on, 1.0).or(Some(self.today));
        let by_court = self.rng.chance(0.3);
        self.record(Marriage {
            divorced_on,
            by_court,
            ..Marriage::of(husband, wife, married_on, self.is_second_day())
        });
    }

    /// The register of marriages is kept in the computer since the 1980s, and not of all before.
    fn record(&mut self, marriage: Marriage) {
        let year = marriage.married_on.year();
        let kept = match year {
            ..1980 => 0.1,
            1980..1995 => 0.5,
            _ => 0.92,
        };
        if self.rng.chance(kept) {
            self.marriages.push(marriage);
        }
    }

    fn wedding_day(&mut self, husband: u32, wife: u32) -> Day {
        let of_age = self
            .person(husband)
            .birth
            .max(self.person(wife).birth)
            .plus(8_036);
        of_age
            .plus(self.rng.between(0, 2_500))
            .min(self.today.plus(-self.rng.between(1, 90)))
    }

    /// A day between this one and today, with some chance.
    fn later(&mut self, day: Day, chance: f64) -> Option<Day> {
        let span = self.today.since(day);
        (span > 1 && self.rng.chance(chance)).then(|| day.plus(self.rng.between(1, span)))
    }

    /// Titles and tenancies of a household whose members live in `home`.
    pub(super) fn paper(&mut self, household: u32, home: u32) {
        let Household { dwelling, from, to } = self.households[household as usize];
        if from == to {
            return;
        }
        match self.person(from).hukou {
            Hukou::Here => {
                if self.rng.chance(0.66) {
                    self.own(from, dwelling);
                }
                if home != dwelling {
                    if self.rng.chance(0.6) {
                        self.own(from, home)
                    } else {
                        self.rent(from, to, home)
                    }
                }
                if self.rng.chance(0.08) {
                    let second = self.places.next_dwelling();
                    self.own(from, second);
                }
            }
            Hukou::Elsewhere | Hukou::Abroad => {
                match self.rng.below(10) {
                    0 => self.own(from, home),
                    1..6 => self.owned_by_another(home),
                    6 => self.owned_by_company(home),
                    _ => {}
                }
                self.rent(from, to, home);
            }
            // Moved away, kept the flat.
            Hukou::Outside => {
                if self.rng.chance(0.3) {
                    self.own(from, dwelling);
                }
            }
        }
    }

    fn own(&mut self, head: u32, dwelling: u32) {
        let spouse = self.person(head).spouse;
        let holding =
            if spouse == NOBODY || self.person(spouse).household != self.person(head).household {
                Holding::Sole
            } else {
                self.rng.weighted(&[
                    (Holding::Sole, 40),
                    (Holding::Halves, 35),
                    (Holding::Joint, 25),
                ])
            };
        let second = if holding == Holding::Sole {
            NOBODY
        } else {
            spouse
        };
        self.title(dwelling, [head, second], holding);
    }

    fn owned_by_another(&mut self, dwelling: u32) {
        let owner = (0..20).find_map(|_| {
            let index = self.rng.below(self.people.len() as u64) as u32;
            let person = self.person(index);
            let fits = matches!(person.hukou, Hukou::Here | Hukou::Outside)
                && self.today.age_of(person.birth) >= 25
                && person.died.is_none();
            fits.then_some(index)
        });
        if let Some(owner) = owner {
            self.title(dwelling, [owner, NOBODY], Holding::Sole);
        }
    }

    fn owned_by_company(&mut self, dwelling: u32) {
        self.title(dwelling, [NOBODY; 2], Holding::Company);
    }

    fn title(&mut self, dwelling: u32, owners: [u32; 2], holding: Holding) {
        let registered_on = self.today.plus(-self.rng.between(1, 7_000));
        let company = self.rng.below(self.people.len() as u64 / 400 + 3) as u32;
        self.titles.push(Title {
            dwelling,
            owners,
            holding,
            company,
            registered_on,
            revision: u8::from(self.is_second_day()),
        });
    }

    /// The head rents; sometimes a flatmate stands on the lease too.
    fn rent(&mut self, from: u32, to: u32, dwelling: u32) {
        if !self.rng.chance(0.6) {
            return;
        }
        let rent = 800 + self.rng.below(80) as u32 * 100;
        let starts_on = self.today.plus(-self.rng.between(1, 1_400));
        let tenants = 1 + u32::from(to - from > 1 && self.rng.chance(0.15));
        for tenant in from..from + tenants {
            self.tenancies.push(Tenancy {
                tenant,
                dwelling,
                starts_on,
                rent,
                revision: u8::from(self.is_second_day()),
            });
        }
    }
}

impl Marriage {
    fn of(husband: u32, wife: u32, married_on: Day, second_day: bool) -> Marriage {
        Marriage {
            husband,
            wife,
            married_on,
            divorced_on: None,
            by_court: false,
            reissued_on: None,
            revoked_on: None,
            revision: u8::from(second_day),
        }
    }
}
