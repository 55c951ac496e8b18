//! The pipelines and contracts that the binary brings along, so that `demo` needs nothing but itself.

use std::fs;
use std::io;
use std::path::Path;

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../", $path)))),*]
    };
}

/// Path below the repository's root, with `/` between folders, and content.
pub const FILES: &[(&str, &str)] = files![
    "pipelines/residents/pipeline.yaml",
    "pipelines/residents_csv/pipeline.yaml",
    "schemas/civil_affairs/marriage_register.odcs.yaml",
    "schemas/civil_affairs/social_assistance.odcs.yaml",
    "schemas/grid/cells.odcs.yaml",
    "schemas/health/death_certificate.odcs.yaml",
    "schemas/health/health_record.odcs.yaml",
    "schemas/housing/property_ownership.odcs.yaml",
    "schemas/housing/tenancy_filing.odcs.yaml",
    "schemas/public_security/household_register.odcs.yaml",
    "schemas/public_security/residence_permit.odcs.yaml",
    "schemas/social_security/insurance_enrolment.odcs.yaml",
];

/// Writes all of them below `dir`.
pub fn write(dir: &Path) -> io::Result<()> {
    for (path, content) in FILES {
        let path = dir.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml_below(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                yaml_below(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "yaml") {
                found.push(path);
            }
        }
    }

    #[test]
    fn the_binary_brings_every_pipeline_and_contract_along() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = Vec::new();
        yaml_below(&root.join("pipelines"), &mut found);
        yaml_below(&root.join("schemas"), &mut found);
        let mut found: Vec<String> = found
            .iter()
            .map(|path| {
                path.strip_prefix(&root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/")
            })
            .collect();
        found.sort();
        let embedded: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        assert_eq!(found, embedded);
    }

    #[test]
    fn what_is_written_out_is_a_sound_pipeline() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path()).unwrap();
        for name in ["residents", "residents_csv"] {
            let pipeline =
                rongtong_contracts::load_pipeline(&dir.path().join("pipelines").join(name));
            assert!(pipeline.is_ok(), "{name}: {:?}", pipeline.err());
        }
    }
}
