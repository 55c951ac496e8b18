//! What is known of single characters: how they are folded, read, and mistaken for one another.
//!
//! Read once from the tables in `data/names` into arrays by code point.

use std::sync::LazyLock;

static READINGS: &str = include_str!("../../data/names/readings.txt");
static FOLDED: &str = include_str!("../../data/names/folded.txt");
static LOOK_ALIKE: &str = include_str!("../../data/names/look_alike.txt");

/// Characters beside the 3,500 most common that are nonetheless frequent in given names.
const COMMON_IN_NAMES: &str = "婷娜娟琳瑜琪璐瑶瑾璇晗昊淼鑫煜炜焱烨睿梓涵萱芷苒妍婧媛嫣怡馨彤雯霖宸晟旻昕曦暄皓珂珊珺琦琛瑞璟钰铭锴骏骁鹏麒淑淇湘沐泓洋浩澄灏翊翔耀逸韬颖倩俪佟侃俞茜莹莎菲蓓蔓薇蕊蕾祺祯禹筱岚峻嵘峥斌彬彪晖昱璋玮珑珏瑛瑗琼琨臻骅骥";

/// Readings of one character between which the bearers of given names differ: 乐, 娜, 长, 朝, 晟, 茜, 行, 柏,
/// 重. They fall under one sound key.
const VARYING: &[(&str, &str)] = &[
    ("yue", "le"),
    ("na", "nuo"),
    ("chang", "zhang"),
    ("chao", "zhao"),
    ("sheng", "cheng"),
    ("qian", "xi"),
    ("xing", "hang"),
    ("bai", "bo"),
    ("zhong", "chong"),
];

/// The toneless syllables that a character is read with, the usual one first; none if unknown.
///
/// The numbers mean nothing outside of this build of the table.
pub fn sounds(c: char) -> impl Iterator<Item = u16> {
    let readings = CHARACTERS.readings(c);
    readings.into_iter().take_while(|sound| *sound != 0)
}

/// Whether two different characters are easily taken for one another by their looks: 未 and 末,
/// 晴 and 睛. Traditional and variant forms look like their simplified form.
#[must_use]
pub fn look_alike(a: char, b: char) -> bool {
    CHARACTERS.look_alike(folded(a), folded(b))
}

/// The usual simplified form of a traditional, variant, Japanese or compatibility character; any
/// other character itself.
#[must_use]
pub fn folded(c: char) -> char {
    CHARACTERS.folded(c)
}

/// Readings of one character, 0 where there are fewer.
pub(super) type Readings = [u16; 4];

/// The tables; made at first use.
pub(super) static CHARACTERS: LazyLock<Characters> = LazyLock::new(Characters::read);

/// Unified ideographs with extension A, the span of the arrays.
const FIRST: u32 = 0x3400;
const SPAN: usize = 0xA000 - 0x3400;

pub(super) struct Characters {
    /// The syllable of each number, less one; sorted.
    syllables: Vec<&'static str>,
    /// By number: the number that stands for its group.
    classes: Vec<u16>,
    readings: Vec<Readings>,
    folds: Vec<char>,
    common: Vec<bool>,
    /// Where each character's look-alikes begin.
    looks_from: Vec<u32>,
    looks: Vec<u16>,
    /// Those outside the span, sorted.
    readings_beyond: Vec<(char, Readings)>,
    folds_beyond: Vec<(char, char)>,
}

impl Characters {
    pub(super) fn readings(&self, c: char) -> Readings {
        match self.readings.get(place(c)) {
            Some(readings) => *readings,
            None => found(&self.readings_beyond, c).unwrap_or_default(),
        }
    }

    pub(super) fn folded(&self, c: char) -> char {
        match self.folds.get(place(c)) {
            Some(folded) => *folded,
            None => found(&self.folds_beyond, c).unwrap_or(c),
        }
    }

    /// Whether a folded character is a frequent one.
    pub(super) fn is_common(&self, c: char) -> bool {
        self.common.get(place(c)).copied().unwrap_or_default()
    }

    /// Whether two folded characters look alike.
    pub(super) fn look_alike(&self, a: char, b: char) -> bool {
        let (Ok(wanted), at) = (u16::try_from(u32::from(b)), place(a)) else {
            return false;
        };
        let (Some(from), Some(to)) = (self.looks_from.get(at), self.looks_from.get(at + 1)) else {
            return false;
        };
        let looks = self.looks.get(*from as usize..*to as usize);
        looks.is_some_and(|looks| looks.contains(&wanted))
    }

    /// The number of a syllable in lower case, `v` for ü.
    pub(super) fn syllable(&self, spelled: &str) -> Option<u16> {
        let at = self.syllables.binary_search(&spelled).ok()?;
        u16::try_from(at + 1).ok()
    }

    /// How a syllable is spelled, `v` for ü; empty for 0.
    pub(super) fn spelled(&self, sound: u16) -> &'static str {
        let at = usize::from(sound).wrapping_sub(1);
        self.syllables.get(at).copied().unwrap_or_default()
    }

    /// The syllable that stands for a group of syllables between which given names vary.
    pub(super) fn class(&self, sound: u16) -> u16 {
        let class = self.classes.get(usize::from(sound));
        class.copied().unwrap_or(sound)
    }

    fn read() -> Self {
        let mut tables = Self {
            syllables: Vec::new(),
            classes: Vec::new(),
            readings: vec![Readings::default(); SPAN],
            folds: (0..SPAN as u32)
                .map(|at| char::from_u32(FIRST + at).unwrap_or_default())
                .collect(),
            common: vec![false; SPAN],
            looks_from: Vec::new(),
            looks: Vec::new(),
            readings_beyond: Vec::new(),
            folds_beyond: Vec::new(),
        };
        tables.read_readings();
        tables.group_syllables();
        tables.read_folds();
        tables.read_looks();
        tables
    }

    fn read_readings(&mut self) {
        for line in lines(READINGS) {
            if let Some((syllable, _)) = line.split_once(' ') {
                self.syllables.push(syllable);
            }
        }
        // First readings before second ones: the order of a character's readings.
        for second in [false, true] {
            for (number, line) in (1..).zip(lines(READINGS)) {
                let characters = line.split_once(' ').map_or("", |(_, rest)| rest);
                for (group, characters) in characters.split('|').enumerate() {
                    for c in characters.chars().filter(|_| (group == 2) == second) {
                        self.add_reading(c, number);
                        if let Some(common) = self.common.get_mut(place(c)) {
                            *common |= group == 0;
                        }
                    }
                }
            }
        }
        self.readings_beyond.sort_unstable();
        for c in COMMON_IN_NAMES.chars() {
            if let Some(common) = self.common.get_mut(place(c)) {
                *common = true;
            }
        }
    }

    fn group_syllables(&mut self) {
        self.classes = (0..=self.syllables.len())
            .map(|number| u16::try_from(number).unwrap_or_default())
            .collect();
        for (one, other) in VARYING {
            if let (Some(one), Some(other)) = (self.syllable(one), self.syllable(other))
                && let Some(class) = self.classes.get_mut(usize::from(other))
            {
                *class = one;
            }
        }
    }

    fn add_reading(&mut self, c: char, number: u16) {
        let readings = match self.readings.get_mut(place(c)) {
            Some(readings) => readings,
            None => {
                let known = self.readings_beyond.iter().position(|(of, _)| *of == c);
                let at = known.unwrap_or_else(|| {
                    self.readings_beyond.push((c, Readings::default()));
                    self.readings_beyond.len() - 1
                });
                &mut self.readings_beyond[at].1
            }
        };
        if let Some(free) = readings.iter_mut().find(|sound| **sound == 0) {
            *free = number;
        }
    }

    fn read_folds(&mut self) {
        for line in lines(FOLDED) {
            let mut characters = line.chars();
            let Some(usual) = characters.next() else {
                continue;
            };
            for c in characters {
                match self.folds.get_mut(place(c)) {
                    Some(folded) => *folded = usual,
                    None => self.folds_beyond.push((c, usual)),
                }
            }
        }
        self.folds_beyond.sort_unstable();
    }

    fn read_looks(&mut self) {
        let mut pairs = Vec::new();
        for line in lines(LOOK_ALIKE) {
            let mut characters = line.chars();
            let Some(one) = characters.next() else {
                continue;
            };
            for other in characters {
                pairs.extend([(place(one), other), (place(other), one)]);
            }
        }
        pairs.sort_unstable();
        self.looks_from = vec![0; SPAN + 1];
        for (at, other) in pairs {
            if let (Ok(other), Some(next)) = (
                u16::try_from(u32::from(other)),
                self.looks_from.get_mut(at + 1),
            ) {
                self.looks.push(other);
                *next += 1;
            }
        }
        let mut sum = 0;
        for from in &mut self.looks_from {
            sum += *from;
            *from = sum;
        }
    }
}

/// A character's place in the arrays; beyond their end if it has none.
fn place(c: char) -> usize {
    u32::from(c).wrapping_sub(FIRST) as usize
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

fn found<T: Copy>(sorted: &[(char, T)], c: char) -> Option<T> {
    let at = sorted.binary_search_by_key(&c, |(of, _)| *of).ok()?;
    sorted.get(at).map(|(_, value)| *value)
}
