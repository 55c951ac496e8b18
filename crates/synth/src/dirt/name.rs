//! How a name gets written down.

use super::{Fault, Soil};
use crate::city::{City, Gap, Hukou};
use crate::names::{homophone, look_alike, surname_of, traditional, without_rare};

const BENDS: &[Fault] = &[
    Fault::NameMissing,
    Fault::NameHomophone,
    Fault::NameLookAlike,
    Fault::NameTraditional,
    Fault::NameRemark,
    Fault::NameBlanks,
    Fault::NameMasked,
];

impl Soil {
    /// The person's name as some clerk wrote it; with a remark, where the record outlived its person.
    pub(crate) fn name(&mut self, city: &City, index: u32) -> String {
        let person = city.person(index);
        if person.died.is_some() && person.hukou == Hukou::Here && self.hit(Fault::NameDead) {
            let remark = self
                .rng
                .pick(&["（已故）", "(已故)", "（死亡）", "（已注销）"]);
            return format!("{}{remark}", person.name);
        }
        self.name_without_remark(city, index)
    }

    /// The same, on papers that are about a death anyway.
    pub(crate) fn name_without_remark(&mut self, city: &City, index: u32) -> String {
        let person = city.person(index);
        let name: &str = &person.name;
        if person.gap == Gap::Newborn && self.hit(Fault::NameNewborn) {
            return self.newborn_name(city, index);
        }
        if let Some(former) = &person.former_name
            && self.hit(Fault::NameFormer)
        {
            return former.to_string();
        }
        if name.contains('·') && self.hit(Fault::NameDot) {
            return name.replace('·', self.rng.pick(&["•", "．", "・"]));
        }
        let how = self.rng.below(4);
        let lost = without_rare(name, |pinyin, place| match how {
            0 => char::from_u32(0xE000 + place as u32).map_or("?".into(), String::from),
            1 => "?".into(),
            2 => "□".into(),
            _ => pinyin.into(),
        });
        if let Some(lost) = lost
            && self.hit(Fault::NameRareLost)
        {
            return lost;
        }
        let Some(fault) = self.one_of(BENDS) else {
            return name.into();
        };
        let bent = match fault {
            Fault::NameMissing => Some(String::new()),
            Fault::NameHomophone => homophone(&mut self.rng, name),
            Fault::NameLookAlike => look_alike(&mut self.rng, name),
            Fault::NameTraditional => traditional(name),
            Fault::NameRemark => {
                let remark =
                    self.rng
                        .pick(&["（曾用名）", "（迁出）", "（代）", "(重名)", "（注销）"]);
                Some(format!("{name}{remark}"))
            }
            Fault::NameMasked => self.masked_name(name),
            _ => self.blanks_in_name(name),
        };
        match bent {
            Some(bent) => {
                self.note(fault);
                bent
            }
            None => name.into(),
        }
    }

    /// 王某之女, or the mother's name and 之女.
    fn newborn_name(&mut self, city: &City, index: u32) -> String {
        let person = city.person(index);
        let child = if person.man { "之子" } else { "之女" };
        match city.people.get(person.mother as usize) {
            Some(mother) if self.rng.chance(0.4) => format!("{}{child}", mother.name),
            _ => format!("{}某{child}", surname_of(&person.name)),
        }
    }

    /// 张*, 张*伟, 张**: the surname stays, and at times the last character.
    fn masked_name(&mut self, name: &str) -> Option<String> {
        if !name.chars().all(|c| c > '\u{2E7F}') {
            return None;
        }
        let surname = surname_of(name);
        let given: Vec<char> = name.strip_prefix(surname)?.chars().collect();
        match given.as_slice() {
            [] => None,
            [_, last] if self.rng.chance(0.7) => Some(format!("{surname}*{last}")),
            given => Some(format!("{surname}{}", "*".repeat(given.len()))),
        }
    }

    /// A blank or U+3000 between surname and given name.
    fn blanks_in_name(&mut self, name: &str) -> Option<String> {
        if !name.chars().all(|c| c > '\u{2E7F}') {
            return None;
        }
        let surname = surname_of(name);
        let given = name
            .strip_prefix(surname)
            .filter(|given| !given.is_empty())?;
        let blank = self.rng.pick(&["\u{3000}", "\u{3000}", " ", "  "]);
        Some(format!("{surname}{blank}{given}"))
    }
}
