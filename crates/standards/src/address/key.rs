//! The key of a building: what an address says after its places and before the room.
//!
//! An address is read as names and groups of numbers (`3-2-501`), each group with the word that
//! says what it counts. A bare group means what its place makes it mean: behind a road a door,
//! behind an estate a building, behind a building a room.

use crate::name::is_han;

mod marker;

use marker::Marker;

/// The key; `None` where no building is named or the reading is open.
pub(super) fn of(text: &str) -> Option<String> {
    let mut reader = Reader::new(text);
    while !reader.rest.is_empty() {
        match reader.step() {
            Step::On => {}
            Step::Done => break,
            Step::Open => return None,
        }
    }
    reader.finish()
}

enum Step {
    /// More may follow.
    On,
    /// What follows is inside of the building.
    Done,
    /// The address can be read in several ways.
    Open,
}

/// What the last part of the key was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Road,
    Lane,
    Village,
    Estate,
    /// An estate's name that is one building's: 大厦.
    House,
    /// A door in a road.
    Door,
    /// The number of a building.
    Building,
}

struct Reader<'a> {
    rest: &'a str,
    key: String,
    last: Last,
    /// Whether the key names a building already.
    named: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            key: String::with_capacity(text.len()),
            last: Last::Nothing,
            named: false,
        }
    }

    fn step(&mut self) -> Step {
        self.rest = self.rest.trim_start_matches(['-', '#']);
        if let Some((sub, after)) = self.sub_door() {
            self.rest = after;
            self.literal("之", sub);
            return Step::On;
        }
        if let Some((group, after)) = group(self.rest) {
            let (marker, after) = Marker::read(after);
            self.rest = after;
            return self.number(group, marker);
        }
        let (name, after) = name(self.rest);
        self.rest = after;
        self.name(name)
    }

    fn finish(self) -> Option<String> {
        let own = self
            .key
            .chars()
            .filter(|c| is_han(*c) && !matches!(c, '号' | '幢' | '弄' | '组'))
            .count();
        (self.named && own >= 2).then_some(self.key)
    }

    fn name(&mut self, name: &str) -> Step {
        let (name, inside) = marker::cut_inside(name);
        let name = match self.last {
            Last::Door | Last::Building => {
                let name = name.strip_prefix('院').unwrap_or(name);
                let name = name.strip_prefix('内').unwrap_or(name);
                if name == "楼" { "" } else { name }
            }
            _ => name,
        };
        if !name.is_empty() {
            self.key.push_str(name);
            self.last = last_of(name);
            self.named |= self.last == Last::House;
            if marker::is_wing(name) {
                self.last = Last::Building;
                self.named = true;
            }
        }
        if inside { Step::Done } else { Step::On }
    }

    fn number(&mut self, group: &str, marker: Marker) -> Step {
        match marker {
            Marker::Road(words) => {
                self.literal(group, words);
                self.last = Last::Road;
                Step::On
            }
            Marker::Door => {
                self.door(group);
                Step::On
            }
            Marker::Building => {
                self.building(group);
                Step::On
            }
            Marker::Lane => {
                self.literal(group, "弄");
                self.last = Last::Lane;
                Step::On
            }
            Marker::Part(word) => {
                self.literal(group, word);
                self.last = if matches!(word, "组" | "队" | "社") {
                    Last::Village
                } else {
                    Last::Estate
                };
                Step::On
            }
            Marker::Floor
                if group.chars().all(|c| c.is_ascii_alphabetic()) || self.is_building_by_unit() =>
            {
                self.building(group);
                Step::On
            }
            Marker::Inside | Marker::Floor => match group.rsplit_once('-') {
                // 3-2单元, 5-301室: the building stands in front.
                Some((before, _)) => self.bare(&[before, "-000"].concat()),
                None => Step::Done,
            },
            Marker::None if self.rest.is_empty() || self.rest.starts_with('-') => self.bare(group),
            Marker::None if self.last == Last::Road => {
                self.door(group);
                Step::On
            }
            Marker::None => {
                // Part of a name: 银泰2馆.
                self.literal(group, "");
                Step::On
            }
        }
    }

    /// A group at the end that no word explains.
    fn bare(&mut self, group: &str) -> Step {
        let atoms: Vec<&str> = group.split('-').filter(|atom| !atom.is_empty()).collect();
        let (Some(first), Some(last)) = (atoms.first().copied(), atoms.last().copied()) else {
            return Step::Done;
        };
        match (self.last, atoms.len()) {
            (Last::Nothing, _) => return Step::Open,
            (Last::Road, 1) | (Last::Village, 1) | (Last::Lane, _) => self.door(first),
            (Last::Road | Last::Village, 2) if is_room(last) => self.door(first),
            // 100-3: a door of that number, or the third building behind door 100.
            (Last::Road | Last::Village, 2) => self.door(group),
            (Last::Road | Last::Village, 3) => return Step::Open,
            (Last::Road | Last::Village, _) => {
                self.door(first);
                if let Some(second) = atoms.get(1) {
                    self.building(second);
                }
            }
            (Last::Door, 2..) => self.building(first),
            (Last::Estate, _) if !is_room(first) && !first.ends_with('F') => self.building(first),
            (Last::House, 2..) if first.chars().all(|c| c.is_ascii_alphabetic()) => {
                self.building(first)
            }
            // 某公寓17-2-101: building, stairwell, room.
            (Last::House, 3..) if !is_room(first) => self.building(first),
            _ => {}
        }
        Step::Done
    }

    fn door(&mut self, group: &str) {
        let road = matches!(self.last, Last::Road);
        self.literal(group, "号");
        // A door in a lane, a village or an estate is the building itself.
        self.last = if road { Last::Door } else { Last::Building };
        self.named = true;
    }

    fn building(&mut self, group: &str) {
        self.literal(group, "幢");
        self.last = Last::Building;
        self.named = true;
    }

    /// A door beside a door: 100号之1, 100号附1号.
    fn sub_door(&self) -> Option<(&'a str, &'a str)> {
        if !matches!(self.last, Last::Door | Last::Building) {
            return None;
        }
        let (sub, after) = group(self.rest.strip_prefix(['之', '附'])?)?;
        let after = if after == "室" { "" } else { after };
        Some((sub, after.strip_prefix('号').unwrap_or(after)))
    }

    /// 5楼3单元: a floor has no units, so this was a building.
    fn is_building_by_unit(&self) -> bool {
        group(self.rest).is_some_and(|(_, after)| Marker::read(after).0 == Marker::Inside)
            && matches!(self.last, Last::Estate | Last::Door | Last::Road)
    }

    fn literal(&mut self, first: &str, second: &str) {
        self.key.push_str(first);
        self.key.push_str(second);
    }
}

/// Three digits or more number a room rather than a building.
fn is_room(atom: &str) -> bool {
    atom.bytes().filter(u8::is_ascii_digit).count() >= 3
}

/// Numbers joined by hyphens at the beginning: `3`, `A`, `12-1`, `3-2-501`, `B1203`.
fn group(text: &str) -> Option<(&str, &str)> {
    let mut end = 0;
    loop {
        let len = atom_len(text.get(end..)?);
        if len == 0 {
            break;
        }
        end += len;
        match text.get(end..) {
            Some(rest) if rest.starts_with('-') && atom_len(rest.trim_start_matches('-')) > 0 => {
                end += 1
            }
            _ => break,
        }
    }
    let end = text.get(..end)?.trim_end_matches('-').len();
    if end == 0 {
        None
    } else {
        text.split_at_checked(end)
    }
}

/// The length of digits with at most one letter on either side, or of one letter alone.
fn atom_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let letters = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let tail = bytes.get(letters..).unwrap_or_default();
    let digits = tail.iter().take_while(|b| b.is_ascii_digit()).count();
    match (letters, digits) {
        (1, 0) => 1,
        (0 | 1, 1..) => {
            let behind = tail.get(digits..).unwrap_or_default();
            let lettered = behind.iter().take_while(|b| b.is_ascii_uppercase()).count() == 1;
            letters + digits + usize::from(lettered)
        }
        _ => 0,
    }
}

/// The name at the beginning: up to the next number or hyphen.
fn name(text: &str) -> (&str, &str) {
    let mut word = false;
    for (at, c) in text.char_indices() {
        let begins_group = c.is_ascii_digit()
            || c == '-'
            || c == '#'
            || c.is_ascii_uppercase() && !word && atom_len(&text[at..]) > 0;
        if begins_group && at > 0 {
            return text.split_at(at);
        }
        word = c.is_ascii_uppercase();
    }
    (text, "")
}

/// What a name makes of the numbers behind it.
fn last_of(name: &str) -> Last {
    const ROADS: &[&str] = &["路", "街", "道", "巷", "胡同", "弄", "线"];
    const VILLAGES: &[&str] = &["村", "庄", "屯", "寨", "坞", "组", "队"];
    const HOUSES: &[&str] = &[
        "大厦",
        "大楼",
        "公寓",
        "楼",
        "酒店",
        "宾馆",
        "饭店",
        "宿舍",
        "医院",
        "商城",
        "广场",
        "国际中心",
        "商务中心",
    ];
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(ROADS) {
        Last::Road
    } else if ends(VILLAGES) && !name.ends_with("新村") {
        Last::Village
    } else if ends(HOUSES) {
        Last::House
    } else {
        Last::Estate
    }
}
