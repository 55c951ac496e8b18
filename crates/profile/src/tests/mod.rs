//! Whole profiles and drafts of small deliveries.

mod fixture;
mod packings;
mod pages;
mod persons;

use std::path::PathBuf;

use rongtong_contracts::{Contract, FeedName, load_contract};

use crate::{Options, Profile, ProfileError, draft_contract, profile};

/// A folder of its own, and what is written into it.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) fn profile(&self, name: &str, bytes: impl AsRef<[u8]>) -> Profile {
        self.try_profile(name, bytes).unwrap()
    }

    pub(super) fn try_profile(
        &self,
        name: &str,
        bytes: impl AsRef<[u8]>,
    ) -> Result<Profile, ProfileError> {
        profile(&self.file(name, bytes), &options())
    }

    /// The draft as the loader reads it; it must read it without a problem.
    pub(super) fn contract(&self, profile: &Profile) -> Contract {
        let path = self.file("draft.odcs.yaml", draft_contract(profile, &feed()));
        let read = load_contract(&path);
        read.unwrap_or_else(|problems| {
            let text = std::fs::read_to_string(&path).unwrap();
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            panic!("{}\n{text}", problems.join("\n"))
        })
    }
}

pub(super) fn feed() -> FeedName {
    "some_bureau.some_feed".parse().unwrap()
}

/// 2026-06-01, and the shipped contracts.
pub(super) fn options() -> Options {
    Options {
        as_of: 20_605,
        schemas: Some(PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../schemas"
        ))),
        ..Options::default()
    }
}
