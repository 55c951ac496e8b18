//! The tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rongtong_benches::cells::{Cell, Pairs, pairs, pairs_of};
use rongtong_benches::errors::{Class, mistakes};
use rongtong_benches::groups::groups;
use rongtong_benches::intervals::{bootstrap, wilson};
use rongtong_benches::table::{Table, group, interval, megabytes, share};
use rongtong_benches::truth::Truth;
use rongtong_benches::{Result, csv};
use rongtong_synth::Day;

use crate::Outcome;
use crate::city::City;

/// What is printed at the end.
pub struct Report {
    scores: Table,
    /// Group, contender, pairs; summed over cities.
    groups: Vec<(&'static str, String, Pairs, u64)>,
}

impl Default for Report {
    fn default() -> Self {
        Report {
            scores: Table::new(&[
                "work",
                "by",
                "mentions",
                "people",
                "P",
                "R",
                "F1",
                "wrong",
                "missed",
                "P Wilson",
                "P bootstrap",
                "R Wilson",
                "R bootstrap",
                "s",
                "resolve s",
                "MB",
                "no key",
            ]),
            groups: Vec::new(),
        }
    }
}

impl Report {
    pub fn add(
        &mut self,
        city: &City,
        truth: &Truth,
        outcome: &Outcome,
        cells: &[Cell],
        rounds: usize,
        seed: u64,
    ) {
        let people = truth.people.len();
        let all = pairs(cells, people);
        let drawn = bootstrap(cells, people, rounds, seed);
        let named = truth.named().iter().filter(|named| **named).count();
        let seconds = |of: Option<f64>| of.map_or("–".into(), |seconds| format!("{seconds:.1}"));
        self.scores.row(vec![
            city.name.clone(),
            outcome.who.clone(),
            group(truth.mentions.len() as u64),
            group(named as u64),
            share(all.precision()),
            share(all.recall()),
            share(all.f1()),
            group(all.predicted - all.right),
            group(all.truth - all.right),
            interval(wilson(all.right, all.predicted)),
            interval(drawn.precision),
            interval(wilson(all.right, all.truth)),
            interval(drawn.recall),
            seconds(outcome.seconds),
            seconds(outcome.resolve_seconds),
            megabytes(outcome.peak_memory),
            group(outcome.clustering.unplaced as u64),
        ]);
        for of in groups(truth, &Day::DEMO.to_string()) {
            let theirs = pairs_of(cells, &of.inside);
            let people = of.inside.iter().filter(|inside| **inside).count() as u64;
            let known = self
                .groups
                .iter_mut()
                .find(|known| known.0 == of.name && known.1 == outcome.who);
            match known {
                Some((_, _, sum, count)) => {
                    sum.right += theirs.right;
                    sum.predicted += theirs.predicted;
                    sum.truth += theirs.truth;
                    *count += people;
                }
                None => self
                    .groups
                    .push((of.name, outcome.who.clone(), theirs, people)),
            }
        }
    }

    pub fn print(&self) {
        println!("\n{}", self.scores.render());
        let mut table = Table::new(&[
            "people",
            "by",
            "how many",
            "true pairs",
            "P",
            "P Wilson",
            "R",
            "R Wilson",
        ]);
        let mut rows = self.groups.clone();
        let order: Vec<&str> = self.groups.iter().map(|row| row.0).collect();
        rows.sort_by_key(|row| order.iter().position(|name| *name == row.0));
        for (name, who, of, people) in rows {
            table.row(vec![
                name.into(),
                who,
                group(people),
                group(of.truth),
                share(of.precision()),
                interval(wilson(of.right, of.predicted)),
                share(of.recall()),
                interval(wilson(of.right, of.truth)),
            ]);
        }
        println!("{}", table.render());
    }
}

/// The most frequent kinds of mistakes, with where to look.
pub fn print_mistakes(
    city: &City,
    truth: &Truth,
    outcome: &Outcome,
    most: usize,
    rows: bool,
) -> Result<()> {
    let found = mistakes(truth, &outcome.clustering.clusters);
    let mut printer = Examples {
        city: &city.dir,
        truth,
        rows,
        texts: BTreeMap::new(),
    };
    for (title, classes) in [("missed", &found.missed), ("wrong", &found.wrong)] {
        let pairs: u64 = classes.iter().map(|class| class.pairs).sum();
        println!(
            "\n## {}: {} pairs {title} by {}, {} kinds",
            city.name,
            group(pairs),
            outcome.who,
            classes.len()
        );
        for class in classes.iter().take(most) {
            println!(
                "{:>7} pairs {:>5} cases  {}",
                class.pairs, class.cases, class.name
            );
            printer.print(class)?;
        }
    }
    let mut table = Table::new(&[
        "fault",
        "mentions",
        "missed pairs with it",
        "wrong pairs with it",
    ]);
    for fault in found.faults.iter().take(most.max(20)) {
        table.row(vec![
            fault.name.clone(),
            group(fault.mentions),
            group(fault.missed),
            group(fault.wrong),
        ]);
    }
    println!("\n{}", table.render());
    Ok(())
}

struct Examples<'a> {
    city: &'a Path,
    truth: &'a Truth,
    rows: bool,
    texts: BTreeMap<PathBuf, String>,
}

impl Examples<'_> {
    fn print(&mut self, class: &Class) -> Result<()> {
        for pair in &class.examples {
            let places: Vec<String> = pair.iter().map(|at| self.place(*at)).collect();
            println!("              {}", places.join("  ≠  "));
            if self.rows {
                for at in pair {
                    println!("                {}", self.row(*at)?);
                }
            }
        }
        Ok(())
    }

    fn place(&self, at: usize) -> String {
        let mention = self.truth.mentions[at];
        format!(
            "{} {} {}",
            self.truth.feeds[usize::from(mention.feed)],
            mention.row,
            self.truth.people[mention.person as usize].id
        )
    }

    /// The row as delivered, and what was done to it.
    fn row(&mut self, at: usize) -> Result<String> {
        let mention = self.truth.mentions[at];
        let feed = self.truth.feeds[usize::from(mention.feed)].replace('.', "/");
        let path = self.city.join(format!("{feed}.csv"));
        if !self.texts.contains_key(&path) {
            let text = std::fs::read_to_string(&path)?;
            self.texts.insert(path.clone(), text);
        }
        let text = self
            .texts
            .get(&path)
            .map(String::as_str)
            .unwrap_or_default();
        let row = csv::records(text).nth(mention.row as usize);
        Ok(format!(
            "{}  ({})",
            row.unwrap_or_default().replace('\n', " "),
            self.truth.fault_names(mention.dirt)
        ))
    }
}
