//! The city to be linked: made, or there already.

use std::path::PathBuf;

use rongtong_benches::Result;
use rongtong_benches::table::group;
use rongtong_synth::{CityOptions, Packing, write_city};
use tempfile::TempDir;

use crate::options::Options;

/// Deliveries and truth, and room for a lake.
pub struct City {
    pub name: String,
    pub dir: PathBuf,
    /// Where lakes and peers' files go: never inside the city.
    pub beside: PathBuf,
    _kept: Option<TempDir>,
}

impl City {
    pub fn make(options: &Options, seed: u64) -> Result<City> {
        let (work, kept) = match &options.work {
            Some(work) => (work.clone(), None),
            None => {
                let dir = tempfile::tempdir()?;
                (dir.path().to_path_buf(), Some(dir))
            }
        };
        if let Some(dir) = &options.city_dir {
            let name = dir.file_name().unwrap_or(dir.as_os_str());
            return Ok(City {
                name: name.to_string_lossy().into_owned(),
                dir: dir.clone(),
                beside: work,
                _kept: kept,
            });
        }
        let level = options.city.name();
        let beside = work.join(format!("{level}-{}-{seed}", options.residents));
        let city = City {
            name: format!(
                "{level} city of {}, seed {seed}",
                group(options.residents as u64)
            ),
            dir: beside.join("city"),
            beside,
            _kept: kept,
        };
        let made = CityOptions {
            residents: options.residents,
            seed,
            packing: Packing::Csv,
            dirt: options.city.dirt(),
            ..CityOptions::default()
        };
        std::fs::create_dir_all(&city.dir)?;
        write_city(&made, &city.dir)?;
        Ok(city)
    }
}
