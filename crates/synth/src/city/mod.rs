//! Who lives in the city: people, their households, homes and papers. The truth that feeds only report.

mod doubles;
mod family;
mod member;
mod numbers;
mod papers;
mod person;
mod tomorrow;

pub(crate) use numbers::{former_numbers, id_type};
pub(crate) use person::{Gap, Hukou, NOBODY, Person, Work};

use crate::CityOptions;
use crate::day::Day;
use crate::dirt::Rates;
use crate::places::Places;
use crate::rng::Rng;

/// People who share a household booklet, or who came together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Household {
    /// The dwelling where the booklet is registered; for newcomers, where they live.
    pub(crate) dwelling: u32,
    /// First member, and the one after the last.
    pub(crate) from: u32,
    pub(crate) to: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Marriage {
    pub(crate) husband: u32,
    pub(crate) wife: u32,
    pub(crate) married_on: Day,
    pub(crate) divorced_on: Option<Day>,
    /// Divorced by a court: civil affairs never hears of it.
    pub(crate) by_court: bool,
    pub(crate) reissued_on: Option<Day>,
    pub(crate) revoked_on: Option<Day>,
    pub(crate) revision: u8,
}

/// How two owners hold a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    Sole,
    Halves,
    Joint,
    Company,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Title {
    pub(crate) dwelling: u32,
    /// `owners[1]` is `NOBODY` for a sole owner, both are for a company.
    pub(crate) owners: [u32; 2],
    pub(crate) holding: Holding,
    /// Which company, where it is one.
    pub(crate) company: u32,
    pub(crate) registered_on: Day,
    pub(crate) revision: u8,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Tenancy {
    pub(crate) tenant: u32,
    pub(crate) dwelling: u32,
    pub(crate) starts_on: Day,
    /// Yuan a month.
    pub(crate) rent: u32,
    pub(crate) revision: u8,
}

/// The truth.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) seed: u64,
    /// The day the first deliveries are extracted.
    pub(crate) as_of: Day,
    /// The day these deliveries are extracted: `as_of`, or the day after for the second ones.
    pub(crate) today: Day,
    pub(crate) places: Places,
    pub(crate) people: Vec<Person>,
    pub(crate) households: Vec<Household>,
    pub(crate) marriages: Vec<Marriage>,
    pub(crate) titles: Vec<Title>,
    pub(crate) tenancies: Vec<Tenancy>,
    pub(crate) rates: &'static Rates,
    /// How many of each there were on the first day.
    pub(crate) first_day: Counts,
    rng: Rng,
    taken: numbers::Taken,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) people: usize,
    pub(crate) marriages: usize,
    pub(crate) dwellings: usize,
}

impl City {
    pub(crate) fn build(options: &CityOptions) -> City {
        let mut city = City {
            seed: options.seed,
            as_of: options.as_of,
            today: options.as_of,
            places: Places::new(options.seed, options.residents),
            people: Vec::with_capacity(options.residents),
            households: Vec::new(),
            marriages: Vec::new(),
            titles: Vec::new(),
            tenancies: Vec::new(),
            rates: options.dirt.rates(),
            first_day: Counts::default(),
            rng: Rng::keyed(&[options.seed, 0x6369_7479]),
            taken: numbers::Taken::default(),
        };
        city.settle(options.residents);
        city.share_numbers();
        city.double_strangers();
        city.first_day = city.counts();
        city
    }

    /// Households until there are so many people, and the papers that follow from living.
    fn settle(&mut self, people: usize) {
        while self.people.len() < people {
            self.next_household(people);
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            people: self.people.len(),
            marriages: self.marriages.len(),
            dwellings: self.places.dwellings.len(),
        }
    }

    /// Day 2 repeats what day 1 said about these; both days tell the same of the rest.
    pub(crate) fn is_second_day(&self) -> bool {
        self.today != self.as_of
    }

    pub(crate) fn person(&self, index: u32) -> &Person {
        &self.people[index as usize]
    }

    /// The household booklet's number: district of the booklet and a running number.
    pub(crate) fn household_no(&self, household: u32) -> String {
        let dwelling = self.households[household as usize].dwelling;
        format!("{}{household:07}", self.places.division_of(dwelling))
    }
}
