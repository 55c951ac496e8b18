//! A test runner that cargo-nextest and `cargo test` understand, with a long form that prints a table.

use std::process::ExitCode;

use crate::tries::Tries;

/// One kind of fault.
pub struct Fault {
    /// Its name as a test.
    pub name: &'static str,
    /// What happens, and what must hold.
    pub title: &'static str,
    /// Tries of the short form.
    pub short: u32,
    /// Tries of the long form.
    pub long: u32,
    /// What this machine lacks for it, if anything.
    pub lacks: fn() -> Option<String>,
    /// Makes the tries.
    pub run: fn(&mut Tries),
}

/// Nothing is needed.
pub fn lacks_nothing() -> Option<String> {
    None
}

#[derive(Default)]
struct Arguments {
    list: bool,
    ignored: bool,
    exact: bool,
    long: bool,
    tries: Option<u32>,
    seed: u64,
    names: Vec<String>,
}

pub fn main(faults: &[Fault]) -> ExitCode {
    let asked = arguments();
    let chosen: Vec<&Fault> = faults.iter().filter(|fault| asked.names(fault)).collect();
    if asked.list {
        for fault in chosen {
            if !asked.ignored || (fault.lacks)().is_some() {
                println!("{}: test", fault.name);
            }
        }
        return ExitCode::SUCCESS;
    }
    let mut rows = Vec::new();
    let mut all_held = true;
    for fault in chosen {
        if let Some(lacking) = (fault.lacks)() {
            println!("test {} ... ignored: {lacking}", fault.name);
            rows.push((fault, None));
            continue;
        }
        let wanted = match asked.long {
            true => asked.tries.unwrap_or(fault.long),
            false => asked.tries.unwrap_or(fault.short),
        };
        let mut tries = Tries::new(fault.name, wanted, asked.long, asked.seed);
        tries.all(fault.run);
        let held = tries.broken.is_empty() && tries.made >= wanted;
        all_held &= held;
        let word = if held { "ok" } else { "FAILED" };
        println!("test {} ... {word}", fault.name);
        for broken in &tries.broken {
            println!("  {broken}");
        }
        if tries.made < wanted {
            println!("  only {} tries of {wanted} were made", tries.made);
        }
        rows.push((fault, Some(tries)));
    }
    if asked.long {
        print_table(&rows);
    }
    match all_held {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(101),
    }
}

fn print_table(rows: &[(&Fault, Option<Tries>)]) {
    println!("\n| fault | tries | held | not held | note |\n|---|---:|---:|---:|---|");
    for (fault, tries) in rows {
        match tries {
            Some(tries) => println!(
                "| {} | {} | {} | {} | {} |",
                fault.title,
                tries.made,
                tries.made - tries.not_held,
                tries.not_held,
                tries.note
            ),
            None => println!("| {} | 0 | | | not tried here |", fault.title),
        }
    }
}

impl Arguments {
    fn names(&self, fault: &Fault) -> bool {
        let named = |name: &String| match self.exact {
            true => fault.name == name,
            false => fault.name.contains(name.as_str()),
        };
        self.names.is_empty() || self.names.iter().any(named)
    }
}

fn arguments() -> Arguments {
    let mut asked = Arguments {
        seed: 1,
        ..Arguments::default()
    };
    let mut words = std::env::args().skip(1);
    let number = |word: Option<String>| word.and_then(|word| word.parse().ok());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => asked.list = true,
            "--ignored" => asked.ignored = true,
            "--exact" => asked.exact = true,
            "--long" => asked.long = true,
            "--tries" => asked.tries = number(words.next()).and_then(|n| u32::try_from(n).ok()),
            "--seed" => asked.seed = number(words.next()).unwrap_or(1),
            // Of the usual runner's options these have a value.
            "--format" | "--color" | "--test-threads" | "--skip" => drop(words.next()),
            option if option.starts_with('-') => {}
            name => asked.names.push(name.to_owned()),
        }
    }
    asked
}
