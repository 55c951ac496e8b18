//! How fast names are taken apart and compared, and how often two random names agree:
//! `cargo run --release -p rongtong-standards --example names_speed [FILE]`, the file with one name a
//! line, or two with a tab between: then those pairs are compared.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use rongtong_standards::names::{NameAgreement, NameForm};

const PAIRS: usize = 10_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let text = match std::env::args().nth(1) {
        Some(file) => std::fs::read_to_string(file)?,
        None => stock(),
    };
    if text.contains('\t') {
        given_pairs(&text);
        return Ok(());
    }
    let names: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    black_box(NameForm::of("张伟"));
    let start = Instant::now();
    let mut forms: Vec<NameForm> = names.iter().map(|name| NameForm::of(name)).collect();
    report("NameForm::of", start, forms.len());
    println!(
        "{} names, {} bytes a form and its characters",
        forms.len(),
        size_of::<NameForm>()
    );

    measure("random pairs", &forms);
    forms.sort_unstable_by_key(NameForm::surname_key);
    measure_near("pairs of one surname, mostly", &forms);
    forms.sort_unstable_by_key(NameForm::sound_key);
    measure_near("neighbours by sound", &forms);
    Ok(())
}

/// The pairs of the file.
fn given_pairs(text: &str) {
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    let forms: Vec<NameForm> = pairs.flat_map(|(a, b)| [a, b]).map(NameForm::of).collect();
    let pairs: Vec<(u32, u32)> = (0..forms.len() as u32 / 2)
        .map(|at| (2 * at, 2 * at + 1))
        .collect();
    compare("given pairs", &forms, &pairs);
}

/// Pairs at random.
fn measure(what: &str, forms: &[NameForm]) {
    let mut random = Random(7);
    let pairs: Vec<(u32, u32)> = (0..PAIRS)
        .map(|_| (random.below(forms.len()), random.below(forms.len())))
        .filter(|(a, b)| a != b)
        .collect();
    compare(what, forms, &pairs);
}

/// Pairs whose places are at most 20 apart.
fn measure_near(what: &str, forms: &[NameForm]) {
    let mut random = Random(11);
    let last = forms.len().saturating_sub(1);
    let pairs: Vec<(u32, u32)> = (0..PAIRS)
        .map(|_| {
            let a = random.below(forms.len());
            (a, (a + 1 + random.below(20)).min(last as u32))
        })
        .filter(|(a, b)| a != b)
        .collect();
    compare(what, forms, &pairs);
}

fn compare(what: &str, forms: &[NameForm], pairs: &[(u32, u32)]) {
    let mut counts = [0_usize; NameAgreement::ALL.len()];
    let start = Instant::now();
    for (a, b) in pairs {
        counts[forms[*a as usize].compare(&forms[*b as usize]) as usize] += 1;
    }
    report(what, start, pairs.len());
    for agreement in NameAgreement::ALL {
        let share = 100.0 * counts[agreement as usize] as f64 / pairs.len() as f64;
        println!("  {:12}{share:9.4} %", agreement.as_str());
    }
}

fn report(what: &str, start: Instant, count: usize) {
    let each = start.elapsed().as_nanos() as f64 / count.max(1) as f64;
    println!("{what}: {each:.1} ns each");
}

/// Every surname with every given name of one and two characters.
fn stock() -> String {
    let surnames = "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 单 欧阳";
    let given = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅佳嘉怡悦欣涵晴倩晨辰";
    let mut text = String::new();
    for surname in surnames.split(' ') {
        for first in given.chars() {
            text.push_str(&format!("{surname}{first}\n"));
            for second in given.chars() {
                text.push_str(&format!("{surname}{first}{second}\n"));
            }
        }
    }
    text
}

/// A small generator of our own: the same pairs in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as u32
    }
}
