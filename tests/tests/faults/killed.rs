//! 1 · SIGKILL at random moments and at every stage and commit that a run tells of.

use std::fs;
use std::time::Duration;

use crate::city::{City, ran, started, with_lake};
use crate::content::{content, newest_is_released, release, same};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::{Tries, keep};

pub const FAULT: Fault = Fault {
    name: "killed",
    title: "1 SIGKILL 强制终止",
    short: 4,
    long: 300,
    lacks: lacks_nothing,
    run,
};

fn run(tries: &mut Tries) {
    let cities = City::either(61);
    for number in 0..u64::from(tries.wanted) {
        let what = format!("try {number}");
        let city = &cities[usize::from(number / 2 % 2 == 1)];
        let lake = city.first.path("killed");
        let micros = u64::try_from(city.took.as_micros()).unwrap();
        // In the short form the lines that are killed at lie evenly over the run.
        let step = (2 * city.lines / u64::from(tries.wanted)).max(1);
        tries.once(&what, |chance| {
            let first_run = number % 5 == 4;
            let bench = match first_run {
                true => {
                    let _ = fs::remove_dir_all(&lake);
                    with_lake(&city.first, &lake)
                }
                false => city.at(&lake),
            };
            let mut run = started(&bench);
            match number % 2 {
                0 => run.after_lines((number / 2 * step) % city.lines + 1),
                _ => std::thread::sleep(Duration::from_micros(chance.below(micros))),
            }
            keep(&bench, &run.killed());

            // A reader sees the old release or the new one, whole.
            let expected = match first_run {
                true => &city.after_first,
                false => &city.after_second,
            };
            match release(&lake) {
                0 => assert!(first_run, "the first release is gone"),
                1 if !first_run => same(&city.after_first, &content(&lake)),
                _ => same(expected, &content(&lake)),
            }
            let _ = ran(&bench, &mut bench.work("run"), 0);
            same(expected, &content(&lake));
            newest_is_released(&lake);
        });
    }
    let [whole, alone] = cities.each_ref().map(|city| city.lines);
    tries.note = format!("half at {whole} or {alone} told stages and commits, half at random");
    for city in &cities {
        tries.canary(&city.first, &city.first.path("killed"));
    }
}
