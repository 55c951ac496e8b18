//! How a phone gets written down.

use super::{Fault, Soil};

const FAULTS: &[Fault] = &[
    Fault::PhonePrefix,
    Fault::PhoneGrouped,
    Fault::PhoneMasked,
    Fault::PhonePlaceholder,
    Fault::PhoneMissing,
    Fault::PhoneLandline,
    Fault::PhoneCut,
];

/// The agents who fill in forms for others, and give their own phone.
const AGENTS: &[u64] = &[13_957_112_346, 18_857_100_923, 15_068_731_175];

impl Soil {
    pub(crate) fn phone(&mut self, phone: u64) -> String {
        if phone == 0 {
            return String::new();
        }
        let own = phone.to_string();
        let Some(fault) = self.one_of(FAULTS) else {
            return own;
        };
        self.note(fault);
        let (head, middle, tail) = (&own[..3], &own[3..7], &own[7..]);
        match fault {
            Fault::PhonePrefix => {
                format!("{}{own}", self.rng.pick(&["+86", "+86 ", "86-", "0086"]))
            }
            Fault::PhoneGrouped => {
                let gap = self.rng.pick(&[" ", "-"]);
                format!("{head}{gap}{middle}{gap}{tail}")
            }
            Fault::PhoneMasked => format!("{head}****{tail}"),
            Fault::PhonePlaceholder => self
                .rng
                .pick(&["13800000000", "11111111111", "00000000000"])
                .into(),
            Fault::PhoneMissing => String::new(),
            Fault::PhoneLandline => {
                let gap = self.rng.pick(&["-", "", " "]);
                format!("0571{gap}8{:07}", self.rng.below(10_000_000))
            }
            _ => own[..10].into(),
        }
    }

    /// On forms that agents fill in.
    pub(crate) fn phone_on_form(&mut self, phone: u64) -> String {
        if self.hit(Fault::PhoneAgent) {
            return self.rng.pick(AGENTS).to_string();
        }
        self.phone(phone)
    }
}
