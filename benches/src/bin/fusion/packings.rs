//! What a row costs in each of the ways that departments pack it, beside plain CSV.

use std::fs;
use std::path::{Path, PathBuf};

use rongtong_benches::table::{Table, group};
use rongtong_benches::{Result, repository};
use rongtong_synth::{CityOptions, Packing, write_city};
use serde_json::Value;

use crate::contenders::Contenders;
use crate::report::{ratio, received};

const FEEDS: [(&str, &str); 5] = [
    ("GB18030", "public_security.household_register"),
    ("xlsx", "civil_affairs.social_assistance"),
    ("pipes", "social_security.insurance_enrolment"),
    ("NDJSON", "health.health_record"),
    ("XML", "housing.tenancy_filing"),
];

/// Takes feeds one by one by the shipped pipelines, each in both packings.
pub fn packings(
    contenders: &Contenders,
    work: &Path,
    residents: usize,
    seed: u64,
    rounds: usize,
) -> Result<Table> {
    let mut table = Table::new(&["packing", "feed", "rows", "µs a row", "as CSV", "ratio"]);
    let dir = work.join(format!("packings-{residents}-{seed}"));
    let both = [
        (Packing::Native, "residents"),
        (Packing::Csv, "residents_csv"),
    ];
    for (packing, pipeline) in both {
        let options = CityOptions {
            residents,
            seed,
            packing,
            ..CityOptions::default()
        };
        write_city(&options, &dir.join(pipeline))?;
    }
    for (name, feed) in FEEDS {
        let mut least = [f64::MAX; 2];
        let mut rows = 0;
        for _ in 0..rounds {
            for ((_, pipeline), least) in both.into_iter().zip(&mut least) {
                let own = unlinked(pipeline, &dir)?;
                let said =
                    contenders.one_feed(&own, &dir.join(pipeline), &dir.join("lake"), feed)?;
                rows = received(&said);
                let standardise = said.pointer("/stages/standardise").and_then(Value::as_f64);
                let seconds =
                    standardise.ok_or("the run doesn't say how long it took to standardise")?;
                *least = least.min(seconds * 1e6 / rows.max(1) as f64);
            }
        }
        let [native, csv] = least;
        table.row(vec![
            name.into(),
            feed.into(),
            group(rows),
            format!("{native:.2}"),
            format!("{csv:.2}"),
            ratio(Some(native / csv)),
        ]);
    }
    Ok(table)
}

/// A shipped pipeline without linking: of one feed alone too few links are sure enough for a release.
fn unlinked(pipeline: &str, dir: &Path) -> Result<PathBuf> {
    let shipped = repository().join("pipelines").join(pipeline);
    let schemas = repository().join("schemas").canonicalize()?;
    let text = fs::read_to_string(shipped.join("pipeline.yaml"))?;
    let text = text.replace("../../schemas", &schemas.display().to_string());
    let own = dir.join(format!("{pipeline}.unlinked"));
    fs::create_dir_all(&own)?;
    fs::write(own.join("pipeline.yaml"), text + "\nlinkage: off\n")?;
    Ok(own)
}
