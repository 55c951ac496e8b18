//! How an address gets written down.

use super::{Fault, Soil};
use crate::city::City;
use crate::places::{AddressForm, Ending};

impl Soil {
    pub(crate) fn address(&mut self, city: &City, dwelling: u32) -> String {
        if self.hit(Fault::AddressMissing) {
            return String::new();
        }
        let mut form = AddressForm::FULL;
        if self.hit(Fault::AddressForm) {
            let rng = &mut self.rng;
            form.province = rng.chance(0.5);
            form.city = form.province || rng.chance(0.7);
            form.district = rng.chance(0.6);
            form.street = form.district && rng.chance(0.3);
            form.unit = rng.chance(0.7);
            form.ending = rng.pick(&[Ending::Shi, Ending::Fang, Ending::Hyphen, Ending::Nothing]);
        }
        if city.places.has_old_road(dwelling) && self.hit(Fault::AddressOldRoad) {
            form.old_road = true;
        }
        city.places.address(dwelling, form)
    }
}
