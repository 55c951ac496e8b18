//! 8 · A memory limit: a run that comes to it is stopped, and leaves the lake as it was.

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
            let (told, takes) = watched(&bench);
            keep(&bench, &told);
            assert_eq!(told.ended(0).json()["status"], "released");
            let takes = takes >> 10;
            // A quarter of the input, which no process can keep, and three quarters of what the run takes.
            let files = files_below(&bench.feeds);
            let files = files
                .iter()
                .filter(|path| !path.starts_with(bench.feeds.join("truth")));
            let input: u64 = files.map(|path| fs::metadata(path).unwrap().len()).sum();
            for megabytes in [(input / 4).div_ceil(1 << 20), takes * 3 / 4] {
                let lake = bench.with_lake(&format!("of {megabytes} MB"));
                let bench = limited(&lake, megabytes);
                let (told, peak) = watched(&bench);
                keep(&bench, &told);
                let told = told.ended(1);
                assert!(told.stderr.contains("max_memory_mb"), "{}", told.stderr);
                assert_eq!(told.json()["status"], "failed");
                let released = bench.lake.join("residents/_delta_log");
                assert!(!released.exists(), "something was released");
                // A process takes something before it can look.
                if megabytes > 64 {
                    let percent = 100 * (peak >> 10) / megabytes;
                    most = most.max(percent);
                    // What it takes between two looks, on a busy machine, is no share of the limit.
                    let allowed = megabytes + (megabytes / 5).max(32);
                    assert!(
                        peak >> 10 <= allowed,
                        "{percent} % of the limit of {megabytes} MB"
                    );
                }
                // The next one, with room enough, goes on as if nothing had been.
                let told = ran(&bench, &mut limited(&bench, takes * 2).work("run"), 0);
                assert_eq!(told.json()["status"], "released");
                if number == 0 {
                    assert_eq!(seen(&bench, &bench.lake), None);
                }
            }
        });
    }
    tries.note =
        format!("stopped at three quarters of what it takes: at most {most} % of the limit");
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
