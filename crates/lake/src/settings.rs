//! The lake's own settings: one small JSON file in its root.

use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;
use crate::lock::LakeLock;
use crate::sink::store_failed;
use crate::site::Site;
use crate::{LakeError, Result};

const FILE: &str = "rongtong.json";

/// The form of the lake that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// The lake's settings file.
#[derive(Debug, Clone)]
pub struct Settings {
    path: Path,
    site: Site,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    format: u32,
    secret_fingerprint: String,
    /// Of the fingerprint; a lake from before there were any has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sm3: Option<String>,
}

impl Settings {
    pub(crate) fn of(site: &Site) -> Self {
        Self {
            path: site.path(FILE),
            site: site.clone(),
        }
    }

    /// The keyed fingerprint of the secret that the lake was made with; `None` in a lake that has
    /// none yet.
    ///
    /// # Errors
    /// [`LakeError::Settings`] if the file is damaged or of a later program.
    pub async fn secret_fingerprint(&self) -> Result<Option<String>> {
        let bytes = match self.site.store.get(&self.path).await {
            Ok(found) => found
                .bytes()
                .await
                .map_err(store_failed(&self.path, "read the settings"))?,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(store_failed(&self.path, "read the settings")(error)),
        };
        let damaged = |reason: String| LakeError::Settings {
            location: self.site.display(FILE),
            reason,
        };
        let content: Content = serde_json::from_slice(&bytes)
            .map_err(|error| damaged(format!("not a settings file ({error})")))?;
        if content.format > FORMAT {
            return Err(damaged(format!(
                "format {} is newer than this program's {FORMAT}; use a newer rongtong",
                content.format
            )));
        }
        let seal = Fingerprint::of(content.secret_fingerprint.as_bytes());
        let written = serde_json::to_vec_pretty(&content).ok();
        if written.is_none_or(|written| written != *bytes)
            || content.sm3.is_some_and(|told| told != seal)
        {
            return Err(damaged("not what was written".to_owned()));
        }
        Ok(Some(content.secret_fingerprint))
    }

    /// Writes the fingerprint into a lake that has none, once and for all; else compares.
    ///
    /// # Errors
    /// [`LakeError::OtherSecret`] if the lake has another.
    pub async fn claim_secret(&self, _: &LakeLock, fingerprint: &str) -> Result<()> {
        let content = Content {
            format: FORMAT,
            secret_fingerprint: fingerprint.to_owned(),
            sm3: Some(Fingerprint::of(fingerprint.as_bytes())),
        };
        let payload = serde_json::to_vec_pretty(&content).map_err(|error| LakeError::Settings {
            location: self.site.display(FILE),
            reason: error.to_string(),
        })?;
        // Looking first spares a failing write; the write decides.
        if self.secret_fingerprint().await?.is_none() {
            let options = PutOptions::from(PutMode::Create);
            let put = self
                .site
                .store
                .put_opts(&self.path, PutPayload::from(payload), options);
            match put.await {
                Ok(_) | Err(Error::AlreadyExists { .. }) => {}
                Err(error) => return Err(store_failed(&self.path, "write the settings")(error)),
            }
        }
        match self.secret_fingerprint().await? {
            Some(found) if found == fingerprint => Ok(()),
            _ => Err(LakeError::OtherSecret {
                location: self.site.display(FILE),
            }),
        }
    }
}
