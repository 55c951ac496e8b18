//! 4 · Bits that flip in the files of a release.

use std::fs;

use crate::city::{City, on_lake};
use crate::content::{damaged, try_content};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::{Tries, files_below};

pub const FAULT: Fault = Fault {
    name: "flipped",
    title: "4 bit flips 位翻转",
    short: 12,
    long: 1_000,
    lacks: lacks_nothing,
    run,
};

fn run(tries: &mut Tries) {
    let city = City::new(64);
    let bench = city.at(&city.first.path("flipped"));
    // One release: every file in the lake is part of it.
    let files: Vec<_> = files_below(&bench.lake)
        .into_iter()
        .filter(|path| path.metadata().unwrap().len() > 0)
        .filter(|path| !path.components().any(|part| part.as_os_str() == ".staging"))
        .collect();
    assert_eq!(damaged(&bench.lake), Vec::<String>::new());
    for number in 0..tries.wanted {
        tries.once(&format!("try {number}"), |chance| {
            let file = chance.of(&files);
            let whole = fs::read(file).unwrap();
            let bit = chance.below(8 * whole.len() as u64);
            let mut flipped = whole.clone();
            flipped[usize::try_from(bit / 8).unwrap()] ^= 1 << (bit % 8);
            fs::write(file, &flipped).unwrap();
            let found = damaged(&bench.lake);
            let read = try_content(&bench.lake);
            let told = (number % 50 == 0).then(|| {
                let mut verify = bench.command();
                bench.ended(verify.args(["verify", "--lake"]).arg(&bench.lake))
            });
            fs::write(file, whole).unwrap();

            let name = file.display().to_string();
            assert!(
                found.contains(&name),
                "bit {bit} of {name} is not found: {found:?}"
            );
            assert!(
                told.is_none_or(|told| told.code == 1),
                "verify did not end with 1"
            );
            // Who reads with a second look is told, whatever table it is.
            let data = name.ends_with(".parquet") && !name.contains("archive");
            let clocks = ["deliveries", "releases", "runs"];
            let compared = data
                && !clocks
                    .iter()
                    .any(|table| name.contains(&format!("/{table}/")));
            assert!(
                !compared || read.is_err(),
                "bit {bit} of {name} was read over"
            );
        });
    }
    let _ = on_lake(&bench, &["verify"], 0);
    tries.canary(&city.first, &bench.lake);
}
