//! 8 · A memory limit: kept within a fifth, or refused before anything is read.

use std::fs;

use rongtong_synth::{Dirt, Packing};
use rongtong_tests::Bench;

use crate::city::{marked, ran};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::{Tries, files_below, keep, seen, watched};

pub const FAULT: Fault = Fault {
    name: "memory",
    title: "8 memory limit 内存上限",
    short: 2,
    long: 8,
    lacks: lacks_nothing,
    run,
};

fn run(tries: &mut Tries) {
    let mut most = 0;
    for number in 0..tries.wanted {
        let residents = if number < 2 {
            600
        } else {
            2_000 << (number / 2)
        };
        let packing = match number % 2 {
            0 => Packing::Csv,
            _ => Packing::Native,
        };
        tries.once(&format!("{residents} residents, {packing:?}"), |_| {
            let bench = marked(Bench::city(residents, 68, packing, Dirt::Usual));
            // A quarter of the input, which no run of this size can keep.
            let input: u64 = files_below(&bench.feeds)
                .iter()
                .filter(|path| !path.starts_with(bench.feeds.join("truth")))
                .map(|path| fs::metadata(path).unwrap().len())
                .sum();
            let quarter = (input / 4).div_ceil(1 << 20);
            let refused = limited(&bench, quarter);
            let told = ran(&refused, &mut refused.work("run"), 1);
            assert!(told.stderr.contains("max_memory_mb"), "{}", told.stderr);
            assert!(
                !refused.lake.join("residents").exists(),
                "something was written"
            );

            // The least that it says it needs is enough.
            let (_, after) = told.stderr.split_once("may need ").expect("what it needs");
            let needed: String = after.chars().take_while(char::is_ascii_digit).collect();
            let needed: u64 = needed.parse().unwrap();
            let bench = limited(&bench, needed);
            let (told, peak) = watched(&bench);
            keep(&bench, &told);
            let told = told.ended(0);
            assert_eq!(told.json()["status"], "released");
            let percent = 100 * (peak >> 10) / needed;
            most = most.max(percent);
            assert!(percent <= 120, "{percent} % of the limit of {needed} MB");
            if number == 0 {
                assert_eq!(seen(&bench, &bench.lake), None);
            }
        });
    }
    tries.note =
        format!("refused at a quarter of the input; at its own figure at most {most} % of it");
}

fn limited(bench: &Bench, megabytes: u64) -> Bench {
    let line = format!("max_memory_mb: {megabytes}\n");
    let own = bench.with_own_pipeline();
    let path = own.pipeline.join("pipeline.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let kept = text
        .lines()
        .filter(|line| !line.starts_with("max_memory_mb:"));
    let kept = kept.collect::<Vec<_>>().join("\n");
    fs::write(
        &path,
        kept.replacen("contracts:", &format!("{line}contracts:"), 1),
    )
    .unwrap();
    own
}
