//! One file for each command: its options, what it does, what it prints.

pub mod check;
pub mod deliveries;
pub mod demo;
pub mod link;
pub mod profile;
pub mod repair;
pub mod replay;
pub mod review;
pub mod rollback;
mod rows;
pub mod run;
pub mod sql;
pub mod tables;
pub mod vacuum;
pub mod verify;
pub mod why;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray as _, RecordBatch};
use futures::TryStreamExt as _;
use rongtong_contracts::{Pipeline, load_pipeline};
use rongtong_identity::ResidentKey;
use rongtong_lake::Lake;

use crate::args::Command;
use crate::failure::Failure;
use crate::watch::Screen;

/// Does what was asked for. The number is the exit code.
pub async fn execute(command: Command, screen: &Screen) -> Result<u8, Failure> {
    match command {
        Command::Run(options) => run::execute(options, screen).await,
        Command::Demo(options) => demo::execute(options, screen).await,
        Command::Check(options) => check::execute(options, screen),
        Command::Sql(options) => sql::execute(options).await,
        Command::Tables(options) => tables::execute(options).await,
        Command::Why(options) => why::execute(options, screen).await,
        Command::Review(options) => review::execute(options, screen).await,
        Command::Replay(options) => replay::execute(options, screen).await,
        Command::Link(options) => link::execute(options, screen).await,
        Command::Profile(options) => profile::execute(options, screen),
        Command::Deliveries(options) => deliveries::execute(options).await,
        Command::Verify(options) => verify::execute(options).await,
        Command::Repair(options) => repair::execute(options).await,
        Command::Rollback(options) => rollback::execute(options).await,
        Command::Vacuum(options) => vacuum::execute(options).await,
    }
}

/// The pipeline at a folder or file.
fn pipeline(path: &Path) -> Result<Pipeline, Failure> {
    if !path.exists() {
        let missing = Failure::wrong(format!("there is no pipeline {}", path.display()));
        return Err(missing.help("name its folder or file, such as pipelines/residents"));
    }
    Ok(load_pipeline(path)?)
}

/// Where restricted tables lie when not in the lake, by the pipeline that a command was given.
fn restricted(path: Option<&Path>) -> Result<BTreeMap<String, String>, Failure> {
    let pipeline = path.map(pipeline).transpose()?;
    Ok(pipeline
        .map(|pipeline| pipeline.restricted)
        .unwrap_or_default())
}

/// The pipeline that made the newest release, if it lies where pipelines usually lie.
async fn maker(location: &str) -> Result<Option<Pipeline>, Failure> {
    let lake = Lake::open(location, &BTreeMap::new()).await?;
    let reader = lake.reader().await?;
    let Some((_, batches)) = reader.scan("runs", Some(&["pipeline"])).await? else {
        return Ok(None);
    };
    let batches: Vec<RecordBatch> = batches.try_collect().await?;
    let names = batches
        .iter()
        .filter_map(|batch| batch.column(0).as_string_view_opt());
    let Some(name) = names.flat_map(|names| names.iter().flatten()).last() else {
        return Ok(None);
    };
    let root = lake.root_display();
    let beside = Path::new(&root)
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let mut places = [beside, PathBuf::new()]
        .into_iter()
        .map(|dir| dir.join("pipelines").join(name));
    match places.find(|place| place.join("pipeline.yaml").is_file()) {
        Some(place) => pipeline(&place).map(Some),
        None => Ok(None),
    }
}

/// The key, if it is one. It isn't shown otherwise: somebody may have typed an identity number.
fn resident_key(text: &str) -> Result<ResidentKey, Failure> {
    ResidentKey::parse(&text.trim().to_ascii_lowercase()).ok_or_else(|| {
        Failure::wrong("this is no resident key")
            .help("it has 32 characters, 0 to 9 and a to f, not all of them 0")
    })
}

/// How this program was called, so that a command that is shown can be pasted.
fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let relative = Path::new(&called).is_relative() && called.contains(std::path::MAIN_SEPARATOR);
    if relative {
        called
    } else {
        "rongtong".to_owned()
    }
}

/// A path as one word of a shell.
fn shell(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:+=@%".contains(c);
    match !path.is_empty() && path.chars().all(plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_are_keys() {
        assert_eq!(
            resident_key(" 0123456789ABCDEF0123456789abcdef ")
                .unwrap()
                .to_string(),
            "0123456789abcdef0123456789abcdef"
        );
        let refused = resident_key("330106199001011234").unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert!(!format!("{refused:?}").contains("3301"));
    }

    #[test]
    fn paths_survive_a_shell() {
        assert_eq!(shell("演示/lake-1"), "演示/lake-1");
        assert_eq!(shell("my lake"), "'my lake'");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell(""), "''");
    }
}
