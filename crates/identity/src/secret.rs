//! The secret that makes resident keys unguessable; it prints redacted and is wiped when dropped.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

/// The lake's secret: any non-empty text.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

/// Why there is no secret to work with.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Neither variable is set.
    #[error(
        "no secret: set RONGTONG_SECRET_FILE to a file that holds it, or RONGTONG_SECRET to the text itself"
    )]
    Missing,
    /// The secret is there but empty.
    #[error(
        "the secret in {from} is empty: any text will do, but the same for the life of the lake"
    )]
    Empty {
        /// Where it was looked for.
        from: String,
    },
    /// The file can't be read.
    #[error("the secret file {} can't be read: {source}", path.display())]
    Unreadable {
        /// The file named by `RONGTONG_SECRET_FILE`.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Secret {
    /// Takes `text` as the secret, without its trailing newline.
    ///
    /// # Errors
    /// [`SecretError::Empty`] when nothing is left; `from` says where the text came from.
    pub fn new(text: &str, from: &str) -> Result<Self, SecretError> {
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(SecretError::Empty { from: from.into() });
        }
        Ok(Self(SecretString::from(text)))
    }

    /// Reads the secret where LAKE.md says: the file named by `RONGTONG_SECRET_FILE`, else `RONGTONG_SECRET`.
    ///
    /// # Errors
    /// [`SecretError`] when there is none, it is empty or its file can't be read.
    pub fn from_env() -> Result<Self, SecretError> {
        if let Some(path) = std::env::var_os("RONGTONG_SECRET_FILE").filter(|p| !p.is_empty()) {
            let path = PathBuf::from(path);
            return match std::fs::read_to_string(&path) {
                Ok(text) => Self::new(&text, &path.display().to_string()),
                Err(source) => Err(SecretError::Unreadable { path, source }),
            };
        }
        match std::env::var("RONGTONG_SECRET") {
            Ok(text) => Self::new(&text, "RONGTONG_SECRET"),
            Err(_) => Err(SecretError::Missing),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_newlines_are_no_part_of_the_secret() {
        assert_eq!(Secret::new("abc\r\n", "x").unwrap().bytes(), b"abc");
        assert!(Secret::new("\n", "x").is_err());
    }

    #[test]
    fn it_prints_redacted() {
        let secret = Secret::new("hunter2", "x").unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
