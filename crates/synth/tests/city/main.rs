//! The city as its readers see it: files and truth, read with the simplest of parsers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod content;
mod packings;
mod rates;
mod second_day;
mod support;

use rongtong_synth::{CityOptions, Day, SynthError, write_city};
use support::{City, files};

#[test]
fn the_same_options_give_the_same_bytes() {
    let options = CityOptions {
        residents: 1500,
        ..CityOptions::default()
    };
    let (one, two) = (City::write(&options), City::write(&options));
    assert_eq!(one.report, two.report);
    assert_eq!(files(one.dir()), files(two.dir()));

    let other = City::write(&CityOptions { seed: 2, ..options });
    assert_ne!(files(one.dir()), files(other.dir()));
}

#[test]
fn small_cities_are_whole() {
    for residents in [1, 2, 3, 11, 12, 13, 60, 400] {
        for seed in 0..5 {
            let city = City::write(&CityOptions {
                residents,
                seed,
                ..CityOptions::default()
            });
            assert_eq!(city.report.residents, residents);
            assert_eq!(city.residents().len(), residents);
            assert_eq!(city.report.feeds.len(), 10);
            for feed in &city.report.feeds {
                // No delivery is so bad that a reader would refuse it for its rejected rows.
                assert!(
                    feed.unusable * 20 <= feed.rows,
                    "{} of {residents}",
                    feed.feed
                );
            }
        }
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let none = CityOptions {
        residents: 0,
        ..CityOptions::default()
    };
    assert!(matches!(
        write_city(&none, dir.path()),
        Err(SynthError::Residents { residents: 0, .. })
    ));
    let early = CityOptions {
        as_of: Day::new(1900, 1, 1).unwrap(),
        ..CityOptions::default()
    };
    assert!(matches!(
        write_city(&early, dir.path()),
        Err(SynthError::AsOf { year: 1900 })
    ));
    let file = dir.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let error = write_city(&CityOptions::default(), &file).unwrap_err();
    assert!(matches!(error, SynthError::Io { .. }));
}
