//! How dates and times get written down.

use super::{Fault, Soil};
use crate::day::{DateForm, Day};

const FAULTS: &[Fault] = &[
    Fault::DateForm,
    Fault::DateImpossible,
    Fault::DatePlaceholder,
    Fault::DateMissing,
];

/// The same, and what befalls birth dates alone.
const OF_BIRTHS: &[Fault] = &[
    Fault::DateForm,
    Fault::DateImpossible,
    Fault::DatePlaceholder,
    Fault::DateMissing,
    Fault::BirthLunar,
    Fault::BirthSwapped,
    Fault::BirthYearOnly,
];

impl Soil {
    /// A day in the feed's usual form, or not.
    pub(crate) fn date(&mut self, day: Day, usual: DateForm) -> String {
        match self.one_of(FAULTS) {
            Some(fault) => self.spoilt_date(fault, day, usual),
            None => day.write(usual),
        }
    }

    fn spoilt_date(&mut self, fault: Fault, day: Day, usual: DateForm) -> String {
        self.note(fault);
        match fault {
            Fault::DateForm => day.write(self.other_form(usual)),
            Fault::DateImpossible => self.impossible(day, usual),
            Fault::DatePlaceholder => self
                .rng
                .pick(&[
                    "00000000",
                    "99991231",
                    "19000101",
                    "1900-01-01",
                    "9999-12-31",
                ])
                .into(),
            _ => String::new(),
        }
    }

    /// A birth date: the same, but it may also be plainly wrong.
    pub(crate) fn birth_date(&mut self, birth: Day, usual: DateForm) -> String {
        if self.hit(Fault::BirthWrong) {
            let off = self.rng.pick(&[-365, -10, -1, 1, 1, 10, 30, 365, 3652]);
            return birth.plus(off).write(usual);
        }
        match self.one_of(OF_BIRTHS) {
            None => birth.write(usual),
            Some(fault @ (Fault::BirthLunar | Fault::BirthSwapped | Fault::BirthYearOnly)) => {
                let taken_for = self.taken_for(fault, birth).filter(|day| *day != birth);
                if taken_for.is_some() {
                    self.note(fault);
                }
                taken_for.unwrap_or(birth).write(usual)
            }
            Some(fault) => self.spoilt_date(fault, birth, usual),
        }
    }

    /// Another day that a birthday is honestly taken for; `None` where there is none.
    fn taken_for(&mut self, fault: Fault, birth: Day) -> Option<Day> {
        let (year, month, day) = birth.parts();
        match fault {
            Fault::BirthLunar => Some(birth.plus(-self.rng.between(18, 50))),
            Fault::BirthSwapped => Day::new(year, day, month),
            _ => Day::new(year, 1, 1),
        }
    }

    /// 2026-05-30 18:41:12; sometimes without seconds, with a fraction, a T or an offset.
    pub(crate) fn time(&mut self, day: Day) -> String {
        let (h, m, s) = self.clock();
        let date = day.write(DateForm::Iso);
        if !self.hit(Fault::DateForm) {
            return format!("{date} {h:02}:{m:02}:{s:02}");
        }
        match self.rng.below(6) {
            0 => format!("{date}T{h:02}:{m:02}:{s:02}"),
            1 => format!("{date}T{h:02}:{m:02}:{s:02}+08:00"),
            2 => format!("{date} {h:02}:{m:02}:{s:02}.{:03}", self.rng.below(1000)),
            3 => format!("{} {h:02}:{m:02}:{s:02}", day.write(DateForm::Slashed)),
            4 => day.write(self.other_form(DateForm::Midnight)),
            _ => format!("{}.{:05}", day.excel_serial(), self.rng.below(100_000)),
        }
    }

    /// Office hours.
    pub(crate) fn clock(&mut self) -> (u64, u64, u64) {
        (
            8 + self.rng.below(10),
            self.rng.below(60),
            self.rng.below(60),
        )
    }

    /// 202403
    pub(crate) fn month(&mut self, day: Day) -> String {
        let (y, m, _) = day.parts();
        if !self.hit(Fault::DateForm) {
            return format!("{y}{m:02}");
        }
        match self.rng.below(3) {
            0 => format!("{y}-{m:02}"),
            1 => format!("{y}年{m}月"),
            _ => format!("{y}/{m}/1"),
        }
    }

    fn other_form(&mut self, usual: DateForm) -> DateForm {
        let forms = [
            DateForm::Compact,
            DateForm::Iso,
            DateForm::Slashed,
            DateForm::Han,
            DateForm::Midnight,
            DateForm::Serial,
        ];
        let others: Vec<DateForm> = forms.into_iter().filter(|form| *form != usual).collect();
        self.rng.pick(&others)
    }

    fn impossible(&mut self, day: Day, usual: DateForm) -> String {
        let (y, m, d) = day.parts();
        let (m, d) = match self.rng.below(3) {
            0 => (2, 30),
            1 => (13, d),
            _ => (m, 32),
        };
        match usual {
            DateForm::Compact => format!("{y:04}{m:02}{d:02}"),
            DateForm::Slashed => format!("{y}/{m}/{d}"),
            DateForm::Han => format!("{y}年{m}月{d}日"),
            _ => format!("{y:04}-{m:02}-{d:02}"),
        }
    }
}
