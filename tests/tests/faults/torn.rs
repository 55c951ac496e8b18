//! 3 · Torn, empty, overwritten and missing files of the logs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::city::{City, copy_lake, on_lake, with_lake};
use crate::content::{content, damaged, same, try_content};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::{Chance, Tries, files_below};

pub const FAULT: Fault = Fault {
    name: "torn",
    title: "3 torn logs 日志残缺",
    short: 3,
    long: 150,
    lacks: lacks_nothing,
    run,
};

fn run(tries: &mut Tries) {
    let city = City::new(63);
    // Enough versions of each table for checkpoints.
    let old = with_lake(&city.second, &city.first.path("old"));
    copy_lake(&city.whole(), &old.lake);
    for number in 0..10 {
        let to = ["1", "2"][number % 2];
        let _ = on_lake(&old, &["rollback", to], 0);
    }
    let expected = content(&old.lake);
    same(&city.after_second, &expected);
    assert_eq!(damaged(&old.lake), Vec::<String>::new());

    let in_log = |path: &PathBuf| path.parent().is_some_and(|log| log.ends_with("_delta_log"));
    let files: Vec<PathBuf> = files_below(&old.lake).into_iter().filter(in_log).collect();
    let (checkpoints, entries): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|path| !path.to_string_lossy().ends_with(".json"));
    assert!(!checkpoints.is_empty(), "no checkpoints");
    for number in 0..tries.wanted {
        tries.once(&format!("try {number}"), |chance| {
            let file = match number % 3 {
                2 => chance.of(&checkpoints),
                _ => chance.of(&entries),
            };
            let bench = with_lake(&old, &city.first.path("torn"));
            let _ = fs::remove_dir_all(&bench.lake);
            copy_lake(&old.lake, &bench.lake);
            let torn = bench.lake.join(file.strip_prefix(&old.lake).unwrap());
            let how = tear(&torn, number % 3 == 2, chance);
            let case = format!("{} {how}", torn.display());

            let told = on_lake(&bench, &["verify", "--json"], 1);
            let name = torn.display().to_string();
            assert!(
                told.stdout.contains(&name),
                "{case} is not named: {}",
                told.stdout
            );
            match try_content(&bench.lake) {
                Ok(found) => same(&expected, &found),
                Err(error) => assert!(
                    error.to_string().contains("rongtong repair"),
                    "{case}: {error}"
                ),
            }
            let _ = on_lake(&bench, &["repair"], 0);
            assert_eq!(damaged(&bench.lake), Vec::<String>::new(), "{case}");
            same(&expected, &content(&bench.lake));
        });
    }
    tries.canary(&city.first, &city.first.path("torn"));
}

/// Damages a file; a checkpoint isn't taken away, since readers do without.
fn tear(path: &Path, checkpoint: bool, chance: &mut Chance) -> String {
    let mut bytes = fs::read(path).unwrap();
    let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap();
    match chance.below(if checkpoint { 3 } else { 4 }) {
        0 => {
            fs::write(path, []).unwrap();
            "emptied".to_owned()
        }
        1 => {
            fs::write(path, &bytes[..at]).unwrap();
            format!("cut to {at}")
        }
        2 => {
            bytes[at..].fill(0);
            fs::write(path, bytes).unwrap();
            format!("zeros from {at}")
        }
        _ => {
            fs::remove_file(path).unwrap();
            "gone".to_owned()
        }
    }
}
