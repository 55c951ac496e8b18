//! The hand that soils one row: its chance, and a note of what it did.

use super::{Fault, Rates};
use crate::rng::Rng;

pub(crate) struct Soil {
    pub(crate) rng: Rng,
    rates: &'static Rates,
    /// How careful the department is: 1 for most, less for the household register.
    factor: f64,
    faults: Vec<Fault>,
}

impl Soil {
    pub(crate) fn new(rng: Rng, rates: &'static Rates, factor: f64) -> Soil {
        Soil {
            rng,
            rates,
            factor,
            faults: Vec::new(),
        }
    }

    /// Whether this fault happens here; if so it is noted.
    pub(crate) fn hit(&mut self, fault: Fault) -> bool {
        let hit = self.rng.chance(self.rate(fault));
        if hit {
            self.note(fault);
        }
        hit
    }

    /// The same, but only where it may: the chance is spent either way, so that what follows stays the same.
    pub(crate) fn hit_if(&mut self, may: bool, fault: Fault) -> bool {
        let hit = self.rng.chance(self.rate(fault)) && may;
        if hit {
            self.note(fault);
        }
        hit
    }

    /// At most one of these faults; not noted, as it may turn out not to fit.
    pub(crate) fn one_of(&mut self, faults: &[Fault]) -> Option<Fault> {
        let mut at = self.rng.unit();
        faults.iter().copied().find(|fault| {
            at -= self.rate(*fault);
            at < 0.0
        })
    }

    pub(crate) fn note(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// What was noted since the last time.
    pub(crate) fn take(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.rates.is_clean()
    }

    /// Circumstances (a rate of a fifth or more) do not depend on anyone's care.
    fn rate(&self, fault: Fault) -> f64 {
        match self.rates.of(fault) {
            rate @ 0.2.. => rate,
            rate => rate * self.factor,
        }
    }
}
