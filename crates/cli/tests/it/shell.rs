//! Runs the built command in a folder of its own.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A folder with the pipelines, contracts and nothing else, and a shell in it.
pub struct Shell {
    pub dir: tempfile::TempDir,
    secret: Option<&'static str>,
}

impl Shell {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for folder in ["pipelines", "schemas"] {
            copy(&root.join(folder), &dir.path().join(folder));
        }
        Self {
            dir,
            secret: Some("a secret of the tests"),
        }
    }

    pub fn without_secret(self) -> Self {
        Self {
            secret: None,
            ..self
        }
    }

    pub fn write(&self, path: &str, content: &str) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Replaces a text that must be there.
    pub fn mistake(&self, path: &str, right: &str, wrong: &str) {
        let content = std::fs::read_to_string(self.dir.path().join(path)).unwrap();
        assert!(content.contains(right), "{path} lacks {right}");
        self.write(path, &content.replacen(right, wrong, 1));
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rongtong"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        for name in [
            "RONGTONG_SECRET",
            "RONGTONG_SECRET_FILE",
            "RUST_LOG",
            "NO_COLOR",
            "COLUMNS",
        ] {
            command.env_remove(name);
        }
        if let Some(secret) = self.secret {
            command.env("RONGTONG_SECRET", secret);
        }
        command.output().unwrap()
    }

    /// Arguments, exit code and both streams, as one text for a snapshot.
    pub fn told(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let mut text = format!("$ rongtong {}\n", arguments.join(" "));
        for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let stream = String::from_utf8(stream.clone()).unwrap();
            if !stream.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n", stream.trim_end()));
            }
        }
        text.push_str(&format!("--- exit {}\n", output.status.code().unwrap()));
        // macOS gives temporary folders two names.
        let here = self.dir.path().canonicalize().unwrap();
        text.replace(&*here.to_string_lossy(), "[here]")
            .replace(&*self.dir.path().to_string_lossy(), "[here]")
    }
}

/// Snapshots a text; times are left out.
macro_rules! assert_told {
    ($told:expr) => {
        insta::with_settings!({filters => vec![(r#""seconds": [0-9.e-]+"#, r#""seconds": [s]"#)]}, {
            insta::assert_snapshot!($told);
        })
    };
}
pub(crate) use assert_told;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}
