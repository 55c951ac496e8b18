//! 10 · Clocks that are a day back or ahead, on a leap day, in other time zones, in the hour that comes twice.

use std::path::PathBuf;

use crate::city::{City, on_lake, ran};
use crate::content::{content, damaged, newest_is_released, same};
use crate::runner::Fault;
use crate::tries::Tries;

pub const FAULT: Fault = Fault {
    name: "clock",
    title: "10 clocks 时钟与时区",
    short: 2,
    long: 40,
    lacks,
    run,
};

/// What the clock shows in the second run, and where.
const CLOCKS: [(&str, &str); 8] = [
    ("-1d", "Asia/Shanghai"),
    ("+1d", "UTC"),
    ("@2028-02-29 23:59:50", "Asia/Shanghai"),
    ("@2026-11-01 01:30:00", "America/New_York"),
    ("@2026-03-29 02:30:00", "Europe/Berlin"),
    ("@1999-12-31 23:59:58", "Pacific/Kiritimati"),
    ("@2037-12-31 23:59:59", "Pacific/Pago_Pago"),
    ("-40d", "Asia/Kathmandu"),
];

fn run(tries: &mut Tries) {
    let city = City::new(70);
    let library = library().expect("looked for before");
    for number in 0..tries.wanted {
        let (time, zone) = CLOCKS[number as usize % CLOCKS.len()];
        tries.once(&format!("{time} in {zone}"), |_| {
            let turned = city
                .at(&city.first.path("clock"))
                .with_env("LD_PRELOAD", library.to_str().expect("a path in UTF-8"))
                .with_env("FAKETIME", time)
                .with_env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .with_env("NO_FAKE_STAT", "1")
                .with_env("TZ", zone);
            let _ = ran(&turned, &mut turned.work("run"), 0);
            same(&city.after_second, &content(&turned.lake));
            let again = ran(&turned, &mut turned.work("run"), 0);
            assert_eq!(again.json()["status"], "nothing_new");
            // What lives is never vacuumed, whatever the clock says.
            let _ = on_lake(&turned, &["vacuum", "--keep", "1"], 0);
            assert_eq!(damaged(&turned.lake), Vec::<String>::new());
            same(&city.after_second, &content(&turned.lake));
            newest_is_released(&turned.lake);
        });
    }
    tries.canary(&city.first, &city.first.path("clock"));
}

fn lacks() -> Option<String> {
    match library() {
        Some(_) => None,
        None => Some("there is no libfaketime; tests/setup installs it".to_owned()),
    }
}

/// The library that turns a clock, from the Python package of its name.
fn library() -> Option<PathBuf> {
    let mut asked = rongtong_tests::python("where.py");
    let found = asked.arg("libfaketime.so.1").output().ok()?;
    let path = PathBuf::from(String::from_utf8(found.stdout).ok()?.trim());
    path.is_file().then_some(path)
}
