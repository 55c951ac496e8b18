//! The truth beside a city: who each mention names, what was done to it, who everyone is.

use std::fs;
use std::path::Path;

use ahash::AHashMap;

use crate::csv::{cells, records};
use crate::{Result, table::group};

/// Faults that make a row unreadable to everybody; their mentions are left out.
const BROKEN: [&str; 2] = ["row_width", "row_unparsable"];

/// One mention that names somebody.
#[derive(Debug, Clone, Copy)]
pub struct Mention {
    /// Index into [`Truth::feeds`].
    pub feed: u8,
    /// Index into [`Truth::roles`].
    pub role: u8,
    /// 1 = first data row.
    pub row: u32,
    /// Index into [`Truth::people`].
    pub person: u32,
    /// A bit for each of [`Truth::faults`].
    pub dirt: u128,
}

/// One person, as far as the report tells people apart. Empty text where the truth doesn't say.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// The truth's own id.
    pub id: String,
    /// The name of today.
    pub name: String,
    /// 1 or 2.
    pub sex: String,
    /// `2001-03-27`
    pub birth_date: String,
    /// GB/T 3304, two digits.
    pub ethnicity: String,
    /// here, elsewhere, abroad, outside.
    pub hukou: String,
    /// The number of today.
    pub id_number: String,
    /// Where the person lives.
    pub home: String,
    /// Ids of spouse, mother, father and twin.
    pub kin: [String; 4],
    /// newborn, shared_number …
    pub circumstance: String,
}

/// Everything.
#[derive(Debug, Default)]
pub struct Truth {
    /// Mentions that name a person, in the truth's order.
    pub mentions: Vec<Mention>,
    /// People named by a mention or listed among the residents.
    pub people: Vec<Person>,
    /// `department.feed`
    pub feeds: Vec<String>,
    /// holder, husband …
    pub roles: Vec<String>,
    /// Labels of the column `dirt`.
    pub faults: Vec<String>,
    /// Mentions in rows that nobody can read.
    pub unreadable: usize,
}

impl Truth {
    /// Reads `truth/mentions.csv` and, where it is there, `truth/residents.csv` of a city.
    ///
    /// # Errors
    /// When a file can't be read or lacks a column.
    pub fn read(city: &Path) -> Result<Truth> {
        let mut truth = Truth::default();
        let mut known: AHashMap<String, u32> = AHashMap::new();
        let residents = city.join("truth/residents.csv");
        if residents.is_file() {
            truth.residents(&residents, &mut known)?;
        }
        truth.mentions(&city.join("truth/mentions.csv"), &mut known)?;
        Ok(truth)
    }

    /// The names of the faults in a set, joined by `+`.
    #[must_use]
    pub fn fault_names(&self, dirt: u128) -> String {
        let names = self.faults.iter().enumerate();
        let set: Vec<&str> = names
            .filter(|(at, _)| dirt >> at & 1 == 1)
            .map(|(_, name)| name.as_str())
            .collect();
        set.join("+")
    }

    /// The set of the faults that a rule keeps.
    pub fn fault_set(&self, keep: impl Fn(&str) -> bool) -> u128 {
        let kept = self.faults.iter().enumerate();
        kept.filter(|(_, name)| keep(name))
            .fold(0, |set, (at, _)| set | 1 << at)
    }

    /// What the truth knows, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let named = self.named().iter().filter(|named| **named).count();
        format!(
            "{} mentions of {} people in {} feeds; {} in unreadable rows left out",
            group(self.mentions.len() as u64),
            group(named as u64),
            self.feeds.len(),
            self.unreadable
        )
    }

    /// For each person, whether a mention names it.
    #[must_use]
    pub fn named(&self) -> Vec<bool> {
        let mut named = vec![false; self.people.len()];
        for mention in &self.mentions {
            named[mention.person as usize] = true;
        }
        named
    }

    fn residents(&mut self, path: &Path, known: &mut AHashMap<String, u32>) -> Result<()> {
        let text = read(path)?;
        let mut lines = records(&text);
        let heading: Vec<_> = lines.next().map(cells).unwrap_or_default();
        let place = |name: &str| heading.iter().position(|cell| cell == name);
        let id_at = place("person_id").ok_or_else(|| lacks(path, "person_id"))?;
        let texts = [
            "name",
            "sex",
            "birth_date",
            "ethnicity",
            "hukou",
            "id_number",
            "home",
        ]
        .map(place);
        let kin = [
            "spouse_person_id",
            "mother_person_id",
            "father_person_id",
            "twin_person_id",
        ]
        .map(place);
        let circumstance = place("circumstance");
        for line in lines {
            let cells = cells(line);
            let text = |at: Option<usize>| {
                let cell = at.and_then(|at| cells.get(at));
                cell.map(ToString::to_string).unwrap_or_default()
            };
            let [name, sex, birth_date, ethnicity, hukou, id_number, home] = texts.map(text);
            let id = text(Some(id_at));
            known.insert(id.clone(), self.people.len() as u32);
            self.people.push(Person {
                id,
                name,
                sex,
                birth_date,
                ethnicity,
                hukou,
                id_number,
                home,
                kin: kin.map(text),
                circumstance: text(circumstance),
            });
        }
        Ok(())
    }

    fn mentions(&mut self, path: &Path, known: &mut AHashMap<String, u32>) -> Result<()> {
        let text = read(path)?;
        let mut lines = records(&text);
        let heading: Vec<_> = lines.next().map(cells).unwrap_or_default();
        let place = |name: &str| {
            let at = heading.iter().position(|cell| cell == name);
            at.ok_or_else(|| lacks(path, name))
        };
        let [feed, row, role, person] = [
            place("feed")?,
            place("source_row")?,
            place("role")?,
            place("person_id")?,
        ];
        let dirt = place("dirt").ok();
        let mut sets: AHashMap<String, u128> = AHashMap::new();
        for line in lines {
            let cells = cells(line);
            let text = |at: usize| cells.get(at).map(AsRef::as_ref).unwrap_or_default();
            let id: &str = text(person);
            if id.is_empty() {
                continue;
            }
            let labels: &str = dirt.map(text).unwrap_or_default();
            if labels.split(';').any(|label| BROKEN.contains(&label)) {
                self.unreadable += 1;
                continue;
            }
            let set = match sets.get(labels) {
                Some(set) => *set,
                None => {
                    let set = self.set_of(labels)?;
                    sets.insert(labels.to_owned(), set);
                    set
                }
            };
            let person = match known.get(id) {
                Some(person) => *person,
                None => {
                    let person = self.people.len() as u32;
                    known.insert(id.to_owned(), person);
                    self.people.push(Person {
                        id: id.to_owned(),
                        ..Person::default()
                    });
                    person
                }
            };
            let wrong = |_| format!("{}: source_row is no number", path.display());
            self.mentions.push(Mention {
                feed: intern(&mut self.feeds, text(feed), 255)? as u8,
                role: intern(&mut self.roles, text(role), 255)? as u8,
                row: text(row).parse().map_err(wrong)?,
                person,
                dirt: set,
            });
        }
        Ok(())
    }

    fn set_of(&mut self, labels: &str) -> Result<u128> {
        let mut set = 0;
        for label in labels.split(';').filter(|label| !label.is_empty()) {
            set |= 1 << intern(&mut self.faults, label, 127)?;
        }
        Ok(set)
    }
}

/// The place of a word in a list, which grows up to `most` + 1 words.
fn intern(words: &mut Vec<String>, word: &str, most: usize) -> Result<usize> {
    if let Some(at) = words.iter().position(|known| known == word) {
        return Ok(at);
    }
    if words.len() > most {
        return Err(format!("the truth has more than {} different labels", most + 1).into());
    }
    words.push(word.to_owned());
    Ok(words.len() - 1)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn lacks(path: &Path, column: &str) -> String {
    format!("{} lacks the column {column}", path.display())
}
