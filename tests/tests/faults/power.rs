//! 2 · Power cuts: a real ext4 that forgets what was never fsynced.

use std::time::Duration;

use crate::city::{City, copy_lake, ran, started, with_lake};
use crate::content::{content, damaged, newest_is_released, release, same};
use crate::disk::{Disk, lacks_ext4};
use crate::runner::Fault;
use crate::tries::{Tries, keep};

pub const FAULT: Fault = Fault {
    name: "power",
    title: "2 power cut 断电",
    short: 3,
    long: 100,
    lacks: lacks_ext4,
    run,
};

fn run(tries: &mut Tries) {
    let cities = City::either(62);
    let mut reported = 0;
    for number in 0..tries.wanted {
        let what = format!("try {number}");
        let city = &cities[usize::from(number % 2 == 1)];
        let micros = u64::try_from(city.took.as_micros()).unwrap();
        tries.once(&what, |chance| {
            let at = city.first.path("disk");
            let disk = Disk::ext4(&city.first.path("disk.image"), &at, 96);
            let lake = at.join("lake");
            copy_lake(&city.first.lake, &lake);
            disk.flush();
            let bench = with_lake(&city.second, &lake);
            let mut run = started(&bench);
            match number % 3 {
                // Reported and cut at once.
                0 => run.after_lines(u64::MAX),
                1 => run.after_lines(1 + chance.below(city.lines)),
                _ => std::thread::sleep(Duration::from_micros(chance.below(micros))),
            }
            if number % 3 == 0 {
                while !run.has_ended() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            let succeeded = run.has_succeeded();
            reported += u32::from(succeeded);
            disk.cut_power();
            keep(&bench, &run.killed());
            disk.mount_again();

            match (succeeded, release(&lake)) {
                (true, found) => {
                    assert_eq!(found, 2, "a reported release is gone");
                    newest_is_released(&lake);
                    same(&city.after_second, &content(&lake));
                }
                (false, 1) => same(&city.after_first, &content(&lake)),
                (false, _) => same(&city.after_second, &content(&lake)),
            }
            assert_eq!(damaged(&lake), Vec::<String>::new());
            let _ = ran(&bench, &mut bench.work("run"), 0);
            same(&city.after_second, &content(&lake));
            newest_is_released(&lake);
        });
    }
    tries.note = format!("{reported} of the runs had reported success");
    for city in &cities {
        tries.canary(&city.first, &city.whole());
    }
}
