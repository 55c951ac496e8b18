//! Groups of people whom a linkage may serve worse than others.

use crate::truth::{Person, Truth};

/// A group, and who is in it.
#[derive(Debug)]
pub struct Group {
    /// What it is called in the report.
    pub name: &'static str,
    /// For each person of the truth.
    pub inside: Vec<bool>,
}

/// The groups in which the truth puts anybody who is named by a mention. `today` is the day that ages are of,
/// as `2026-06-01`.
#[must_use]
pub fn groups(truth: &Truth, today: &str) -> Vec<Group> {
    let named = truth.named();
    let namesakes = namesakes(truth);
    let age = |person: &Person| age(&person.birth_date, today);
    let mut groups: Vec<Group> = Vec::new();
    let mut add = |name, fits: &dyn Fn(usize, &Person) -> bool| {
        let people = truth.people.iter().enumerate();
        let inside: Vec<bool> = people.map(|(at, p)| named[at] && fits(at, p)).collect();
        if inside.contains(&true) {
            groups.push(Group { name, inside });
        }
    };
    add("men", &|_, p| p.sex == "1");
    add("women", &|_, p| p.sex == "2");
    for (name, from, to) in [
        ("0 to 13 years", 0, 13),
        ("14 to 17", 14, 17),
        ("18 to 34", 18, 34),
        ("35 to 59", 35, 59),
        ("60 to 79", 60, 79),
        ("80 and more", 80, 200),
    ] {
        add(name, &|_, p| {
            age(p).is_some_and(|age| (from..=to).contains(&age))
        });
    }
    add("hukou here", &|_, p| p.hukou == "here");
    add("hukou elsewhere", &|_, p| p.hukou == "elsewhere");
    add("from abroad", &|_, p| p.hukou == "abroad");
    add("lives elsewhere", &|_, p| p.hukou == "outside");
    add("Han", &|_, p| p.ethnicity == "01");
    add("minorities", &|_, p| {
        !matches!(p.ethnicity.as_str(), "" | "01")
    });
    add("name with a dot", &|_, p| p.name.contains('·'));
    add("has a namesake", &|at, _| namesakes[at]);
    add("twins", &|_, p| !p.kin[3].is_empty());
    add("newborn", &|_, p| p.circumstance == "newborn");
    add("two on one number", &|_, p| {
        p.circumstance == "shared_number"
    });
    groups
}

fn namesakes(truth: &Truth) -> Vec<bool> {
    let mut bearers: ahash::AHashMap<&str, usize> = ahash::AHashMap::new();
    for person in &truth.people {
        *bearers.entry(&person.name).or_default() += 1;
    }
    let people = truth.people.iter();
    people
        .map(|p| !p.name.is_empty() && bearers.get(p.name.as_str()).is_some_and(|n| *n > 1))
        .collect()
}

/// Full years between two days written as `2001-03-27`.
fn age(birth: &str, today: &str) -> Option<i32> {
    let year = |day: &str| day.get(..4)?.parse::<i32>().ok();
    let years = year(today)? - year(birth)?;
    Some(years - i32::from(today.get(4..)? < birth.get(4..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birthdays_count_from_the_day() {
        assert_eq!(age("2000-06-01", "2026-06-01"), Some(26));
        assert_eq!(age("2000-06-02", "2026-06-01"), Some(25));
        assert_eq!(age("", "2026-06-01"), None);
    }
}
