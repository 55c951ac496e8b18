//! 5 · A disk that is full, at every point of a run; and one for temporary files.

use std::fs;

use crate::city::{City, copy_lake, ran, with_lake};
use crate::content::{content, newest_is_released, same};
use crate::disk::{Disk, lacks_tmpfs};
use crate::runner::Fault;
use crate::tries::{Tries, files_below, keep};

pub const FAULT: Fault = Fault {
    name: "full",
    title: "5 disk full 磁盘写满",
    short: 2,
    long: 40,
    lacks: lacks_tmpfs,
    run,
};

fn run(tries: &mut Tries) {
    let cities = City::either(65);
    let mut filled = 0;
    let points = u64::from(tries.wanted);
    for number in 0..points {
        let city = &cities[usize::from(number % 2 == 1)];
        let held = pages(&city.first.lake);
        let needed = pages(&city.whole()) - held;
        tries.once(&format!("try {number}"), |_| {
            // From no room at all to a page too few.
            let room = needed * number / points;
            let disk = Disk::tmpfs(&city.first.path("small"), (held + room) << 12);
            let lake = disk.at.join("lake");
            copy_lake(&city.first.lake, &lake);
            let bench = with_lake(&city.second, &lake);
            let told = bench.run();
            keep(&bench, &told);
            assert_eq!(told.code, 1, "{room} of {needed} pages: {}", told.stderr);
            assert!(
                told.stderr.contains("No space left on device"),
                "{}",
                told.stderr
            );
            filled += 1;
            same(&city.after_first, &content(&lake));

            disk.resize(1 << 30);
            let _ = ran(&bench, &mut bench.work("run"), 0);
            same(&city.after_second, &content(&lake));
            newest_is_released(&lake);
        });
    }
    let [city, alone] = &cities;
    tries.once("temporary files", |_| {
        let disk = Disk::tmpfs(&city.first.path("small"), 16 << 12);
        let bench = city.at(&city.first.path("beside"));
        let bench = bench.with_env("TMPDIR", disk.at.to_str().unwrap());
        let told = bench.run();
        keep(&bench, &told);
        assert_eq!(told.code, 1, "{}", told.stderr);
        for word in ["No space left on device", "TMPDIR"] {
            assert!(told.stderr.contains(word), "{}", told.stderr);
        }
        same(&city.after_first, &content(&bench.lake));

        disk.resize(1 << 30);
        let _ = ran(&bench, &mut bench.work("run"), 0);
        same(&city.after_second, &content(&bench.lake));
    });
    tries.note = format!(
        "{filled} points between no room and a page too few, and temporary files without room"
    );
    tries.canary(&city.first, &city.whole());
    tries.canary(&alone.first, &alone.whole());
}

/// Pages that a folder takes on a tmpfs, folders and links counted as one each.
fn pages(folder: &std::path::Path) -> u64 {
    let size = |path: std::path::PathBuf| fs::metadata(path).unwrap().len().div_ceil(4096);
    files_below(folder).into_iter().map(size).sum()
}
