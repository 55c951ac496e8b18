//! How an identity number gets written down.

use super::{Fault, Soil};
use crate::city::{City, Gap, NOBODY, id_type};
use crate::identity::{Number, card, fifteen};
use crate::rng::Rng;

const EXCLUSIVE: &[Fault] = &[
    Fault::IdMissing,
    Fault::IdFullWidth,
    Fault::IdInnerBlanks,
    Fault::IdOuterBlanks,
    Fault::IdLetterO,
    Fault::IdLetterL,
    Fault::IdMasked,
    Fault::IdMistyped,
    Fault::IdSwapped,
    Fault::IdTwoDigits,
    Fault::IdOfAnother,
    Fault::IdFifteen,
    Fault::IdExcelScientific,
    Fault::IdExcelZeroed,
    Fault::IdLeadingQuote,
    Fault::IdPlaceholder,
];

impl Soil {
    /// The person's number as some clerk wrote it.
    pub(crate) fn number(&mut self, city: &City, index: u32) -> String {
        let person = city.person(index);
        let body = match (&person.number, person.gap) {
            (Number::Other(text), _) => return self.other_document(text, person.id_type),
            (Number::None, _) => return self.birth_certificate(city.seed, index),
            (Number::Card(body), Gap::Centenarian) if !self.is_clean() => {
                self.note(Fault::IdFifteen);
                return fifteen(*body).unwrap_or_default();
            }
            (Number::Card(body), gap) => {
                if gap == Gap::SharedNumber {
                    self.note(Fault::IdOfTwo);
                }
                *body
            }
        };
        if let Some(former) = person.former_number
            && self.hit(Fault::IdFormer)
        {
            return card(former);
        }
        let child = city.as_of.age_of(person.birth) < 14;
        if child
            && let Some(guardian) = guardian(city, index)
            && self.hit(Fault::IdOfGuardian)
        {
            return city.person(guardian).number.text();
        }
        if body_ends_in_x(body) && self.hit(Fault::IdLowerX) {
            return card(body).to_ascii_lowercase();
        }
        match self.one_of(EXCLUSIVE) {
            None => card(body),
            Some(fault) => match self.spoil(fault, city, index, body) {
                Some(spoilt) => {
                    self.note(fault);
                    spoilt
                }
                None => card(body),
            },
        }
    }

    /// `None` where the fault does not fit this number.
    fn spoil(&mut self, fault: Fault, city: &City, index: u32, body: u64) -> Option<String> {
        let right = card(body);
        let spoilt = match fault {
            Fault::IdMissing => String::new(),
            Fault::IdFullWidth => full_width(&right),
            Fault::IdInnerBlanks => {
                let gap = self.rng.pick(&[" ", " ", "\u{3000}"]);
                [&right[..6], &right[6..14], &right[14..]].join(gap)
            }
            Fault::IdOuterBlanks => self
                .rng
                .pick(&[" {}", "{} ", "{}\u{3000}", "  {}"])
                .replace("{}", &right),
            Fault::IdLetterO => replace_one(&right, '0', 'O', self.rng.index(18)),
            Fault::IdLetterL => {
                let letter = self.rng.pick(&['l', 'I']);
                replace_one(&right, '1', letter, self.rng.index(18))
            }
            Fault::IdMasked => match self.rng.below(3) {
                0 => format!("{}********{}", &right[..6], &right[14..]),
                1 => format!("{}****", &right[..14]),
                _ => format!("{}***********{}", &right[..4], &right[15..]),
            },
            Fault::IdMistyped => self.wrong_digits(&right, 1),
            Fault::IdTwoDigits => self.wrong_digits(&right, 2),
            Fault::IdSwapped => self.swapped(&right)?,
            Fault::IdOfAnother => self.of_another(city, index)?,
            Fault::IdFifteen => fifteen(body).filter(|_| city.person(index).birth.year() < 1999)?,
            Fault::IdExcelScientific => format!("{}.{}E+17", &right[..1], &right[1..6]),
            Fault::IdExcelZeroed => format!("{}000", &right[..15]),
            Fault::IdLeadingQuote => format!("'{right}"),
            Fault::IdPlaceholder => self
                .rng
                .pick(&[
                    "111111111111111111",
                    "000000000000000000",
                    "123456789012345678",
                ])
                .to_string(),
            _ => return None,
        };
        (spoilt != right).then_some(spoilt)
    }

    /// Passports and permits have no check; they go missing and pick up blanks as well.
    fn other_document(&mut self, text: &str, kind: u16) -> String {
        const FAULTS: &[Fault] = &[
            Fault::IdMissing,
            Fault::IdOuterBlanks,
            Fault::IdInnerBlanks,
            Fault::IdFullWidth,
        ];
        // Travel permits of Hong Kong and Macao are reissued with two more digits.
        let reissued = kind == id_type::HONG_KONG_PERMIT && self.rng.chance(0.4);
        let written = match reissued {
            true => format!("{text}{:02}", 1 + self.rng.below(4)),
            false => text.to_string(),
        };
        let Some(fault) = self.one_of(FAULTS) else {
            return written;
        };
        self.note(fault);
        match fault {
            Fault::IdMissing => String::new(),
            Fault::IdOuterBlanks => format!("{written} "),
            Fault::IdInnerBlanks => format!("{} {}", &written[..1], &written[1..]),
            _ => full_width(&written),
        }
    }

    /// A child has one certificate, whoever writes its number down.
    fn birth_certificate(&mut self, seed: u64, index: u32) -> String {
        if !self.hit(Fault::IdBirthCertificate) {
            return String::new();
        }
        let mut rng = Rng::keyed(&[seed, 0x6365_7274, u64::from(index)]);
        let letter = rng.pick(&['T', 'U', 'V', 'X']);
        format!("{letter}330{:06}", rng.below(1_000_000))
    }

    fn wrong_digits(&mut self, right: &str, count: usize) -> String {
        let mut digits = right.as_bytes().to_vec();
        let first = self.rng.index(17);
        let second = (first + 1 + self.rng.index(16)) % 17;
        for at in [first, second].into_iter().take(count) {
            digits[at] = b'0' + (digits[at] - b'0' + 1 + self.rng.below(9) as u8) % 10;
        }
        String::from_utf8(digits).unwrap_or_default()
    }

    fn swapped(&mut self, right: &str) -> Option<String> {
        let mut digits = right.as_bytes().to_vec();
        let start = self.rng.index(16);
        let at = (0..16)
            .map(|step| (start + step) % 16)
            .find(|at| digits[*at] != digits[at + 1])?;
        digits.swap(at, at + 1);
        String::from_utf8(digits).ok()
    }

    /// Someone else's number: half the time of the family, else of anyone in town.
    fn of_another(&mut self, city: &City, index: u32) -> Option<String> {
        let household = city.households[city.person(index).household as usize];
        let family = u64::from(household.to - household.from);
        let other = if family > 1 && self.rng.chance(0.5) {
            household.from + self.rng.below(family) as u32
        } else {
            self.rng.below(city.first_day.people as u64) as u32
        };
        let other_person = city.person(other);
        (other != index && other_person.number != city.person(index).number)
            .then(|| other_person.number.body().map(card))
            .flatten()
    }

    /// A number that stands in another column, with something before or behind it.
    pub(crate) fn hidden_number(&mut self, city: &City, index: u32) -> Option<String> {
        let body = city.person(index).number.body()?;
        if !self.hit(Fault::IdHidden) {
            return None;
        }
        let number = card(body);
        Some(match self.rng.below(4) {
            0 => number,
            1 => format!("{number}{}{}", 1 + self.rng.below(7), 1 + self.rng.below(4)),
            2 => format!("SB{number}"),
            _ => format!("3301-{number}"),
        })
    }
}

fn body_ends_in_x(body: u64) -> bool {
    card(body).ends_with('X')
}

fn guardian(city: &City, index: u32) -> Option<u32> {
    let person = city.person(index);
    [person.mother, person.father]
        .into_iter()
        .find(|parent| *parent != NOBODY && city.person(*parent).number.body().is_some())
}

/// ASCII to its full-width twin.
pub(super) fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(c as u32 + 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect()
}

/// Replaces one of these characters, the first at or after a place, else the first at all.
fn replace_one(text: &str, from: char, to: char, start: usize) -> String {
    let found = text[start..]
        .find(from)
        .map(|at| at + start)
        .or_else(|| text.find(from));
    match found {
        Some(at) => format!("{}{to}{}", &text[..at], &text[at + 1..]),
        None => text.to_string(),
    }
}
