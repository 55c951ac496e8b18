//! What we build on: licences that a government body can take over, one registry, nothing banned, and no
//! library twice without a reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Licences that ask for no more than a notice.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates with another licence: name, licence, why that is all right.
const LICENCE_EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "option-ext",
        "MPL-2.0",
        "copyleft file by file; used unchanged, through dirs",
    ),
    (
        "webpki-root-certs",
        "CDLA-Permissive-2.0",
        "data only: Mozilla's root certificates",
    ),
];

/// Crates that must not come in, not even through others.
const BANNED: &[(&str, &str)] = &[
    ("openssl", "TLS is rustls: one binary, nothing to install"),
    (
        "openssl-sys",
        "TLS is rustls: one binary, nothing to install",
    ),
    (
        "native-tls",
        "TLS is rustls: one binary, nothing to install",
    ),
    ("serde_yaml", "no longer maintained"),
    ("serde_yml", "no longer maintained, unsound"),
    ("failure", "no longer maintained"),
    ("atty", "no longer maintained; std knows terminals"),
    (
        "ballista",
        "a later decision; the engine runs in one process",
    ),
];

/// Crates that stand in Cargo.lock in several versions: how many, and who keeps them apart.
const DOUBLED: &[(&str, usize, &str)] = &[
    (
        "alloc-no-stdlib",
        2,
        "brotli 8 (parquet) and deltalake-core's pin of brotli-decompressor 6",
    ),
    ("alloc-stdlib", 2, "the same"),
    (
        "base64",
        2,
        "object_store 0.13 and reqwest 0.12 are a release behind arrow and parquet",
    ),
    ("block-buffer", 2, "digest, see there"),
    ("brotli-decompressor", 2, "the same as alloc-no-stdlib"),
    (
        "core-foundation",
        2,
        "macOS only: system-configuration against rustls-platform-verifier",
    ),
    ("crypto-common", 2, "digest, see there"),
    (
        "digest",
        2,
        "md-5 0.10 (object_store's S3 checksums) against our hmac and sm3",
    ),
    ("foldhash", 2, "hashbrown, see there"),
    (
        "getrandom",
        3,
        "ring, ahash and rand each stand at another release",
    ),
    (
        "hashbrown",
        3,
        "dashmap 6 and petgraph 0.8 (datafusion) against arrow and parquet",
    ),
    ("heapless", 2, "rstar, see there"),
    (
        "itertools",
        2,
        "deltalake's kernel and object_store against datafusion",
    ),
    (
        "num-bigint",
        2,
        "bigdecimal (datafusion's SQL) against arrow-buffer",
    ),
    (
        "quick-xml",
        2,
        "object_store 0.13 (S3 listings) against our XML reader",
    ),
    ("r-efi", 2, "UEFI only: getrandom, see there"),
    ("rand", 2, "datafusion against deltalake and polars"),
    ("rand_core", 2, "rand, see there"),
    ("reqwest", 2, "object_store 0.13 against deltalake's kernel"),
    ("rstar", 2, "geo's own against our point index"),
    (
        "syn",
        2,
        "at build time only: derive macros are moving from 2 to 3",
    ),
    ("windows-sys", 2, "Windows only: ring against all others"),
];

#[test]
fn every_licence_is_allowed() {
    let packages = built();
    assert!(packages.len() > 100, "{} packages", packages.len());
    let wrong: Vec<String> = packages
        .iter()
        .filter_map(|package| package.licence_problem().err())
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn everything_comes_from_the_registry_or_from_this_workspace() {
    let root = workspace();
    for package in built() {
        match &package.source {
            Some(source) => assert_eq!(source, CRATES_IO, "{}", package.name),
            None => assert!(
                package.manifest.starts_with(&root),
                "{} lies outside the workspace",
                package.name
            ),
        }
    }
    for locked in locked() {
        let known = locked
            .source
            .as_deref()
            .is_none_or(|source| source == CRATES_IO);
        assert!(
            known,
            "{} {} comes from {:?}",
            locked.name, locked.version, locked.source
        );
    }
}

#[test]
fn nothing_banned_comes_in() {
    assert_eq!(banned(&locked()), Vec::<String>::new());
}

#[test]
fn what_stands_twice_has_a_reason() {
    assert_eq!(doubled(&locked()), Vec::<String>::new());
}

#[test]
fn the_checks_can_fail() {
    let package = |name: &str, version: &str| Locked {
        name: name.into(),
        version: version.into(),
        source: None,
    };
    assert_eq!(banned(&[package("openssl-sys", "0.9.0")]).len(), 1);
    assert_eq!(banned(&[package("openssl-probe", "0.2.0")]).len(), 0);
    let twice = doubled(&[
        package("arrow-array", "58.0.0"),
        package("arrow-array", "59.3.2"),
    ]);
    assert!(
        twice
            .iter()
            .any(|problem| problem.starts_with("arrow-array")),
        "{twice:?}"
    );
    // A reason that nothing needs any more is an error as well.
    assert_eq!(doubled(&[]).len(), DOUBLED.len());
    let licensed = |name: &str, licence: Option<&str>| Package {
        name: name.into(),
        licence: licence.map(str::to_owned),
        source: Some(CRATES_IO.into()),
        manifest: PathBuf::new(),
    };
    assert!(
        licensed("a", Some("MIT OR GPL-3.0-only"))
            .licence_problem()
            .is_ok()
    );
    assert!(
        licensed("a", Some("MIT AND GPL-3.0-only"))
            .licence_problem()
            .is_err()
    );
    assert!(licensed("a", Some("MPL-2.0")).licence_problem().is_err());
    assert!(
        licensed("option-ext", Some("MPL-2.0"))
            .licence_problem()
            .is_ok()
    );
    assert!(
        licensed("option-ext", Some("GPL-2.0-only"))
            .licence_problem()
            .is_err()
    );
    assert!(licensed("a", None).licence_problem().is_err());
}

#[test]
fn licence_expressions_are_read_as_spdx_says() {
    let ok = |expression: &str| allowed(expression, &LICENCES.iter().copied().collect());
    assert_eq!(ok("MIT"), Some(true));
    assert_eq!(ok("GPL-3.0-only"), Some(false));
    assert_eq!(ok("MIT/Apache-2.0"), Some(true));
    assert_eq!(ok("Apache-2.0 / GPL-3.0-only"), Some(true));
    assert_eq!(ok("Apache-2.0 WITH LLVM-exception"), Some(true));
    assert_eq!(ok("Apache-2.0 WITH Other-exception"), Some(false));
    // AND binds closer than OR.
    assert_eq!(ok("MIT OR GPL-3.0-only AND LGPL-3.0-only"), Some(true));
    assert_eq!(ok("(MIT OR GPL-3.0-only) AND LGPL-3.0-only"), Some(false));
    assert_eq!(ok("ISC AND (Apache-2.0 OR GPL-2.0-only)"), Some(true));
    for broken in [
        "", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH", "()",
    ] {
        assert_eq!(ok(broken), None, "{broken:?}");
    }
}

/// A package that is built on this machine.
struct Package {
    name: String,
    licence: Option<String>,
    source: Option<String>,
    manifest: PathBuf,
}

impl Package {
    fn licence_problem(&self) -> Result<(), String> {
        let own = LICENCE_EXCEPTIONS
            .iter()
            .filter(|(name, ..)| *name == self.name)
            .map(|(_, licence, _)| *licence);
        let licences: BTreeSet<&str> = LICENCES.iter().copied().chain(own).collect();
        let Some(expression) = &self.licence else {
            return Err(format!("{} states no licence", self.name));
        };
        match allowed(expression, &licences) {
            Some(true) => Ok(()),
            Some(false) => Err(format!("{}: {expression} is not allowed", self.name)),
            None => Err(format!(
                "{}: {expression} is no licence expression",
                self.name
            )),
        }
    }
}

/// A package of Cargo.lock: those of every platform.
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
}

fn banned(packages: &[Locked]) -> Vec<String> {
    let why = |name: &str| {
        BANNED
            .iter()
            .find(|(banned, _)| *banned == name)
            .map(|(_, why)| why)
    };
    packages
        .iter()
        .filter_map(|p| why(&p.name).map(|why| format!("{} {}: {why}", p.name, p.version)))
        .collect()
}

/// Crates whose number of versions isn't the one that DOUBLED explains.
fn doubled(packages: &[Locked]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions
            .entry(&package.name)
            .or_default()
            .insert(&package.version);
    }
    let explained: BTreeMap<&str, usize> = DOUBLED
        .iter()
        .map(|(name, count, _)| (*name, *count))
        .collect();
    let names: BTreeSet<&str> = versions.keys().chain(explained.keys()).copied().collect();
    names
        .into_iter()
        .filter_map(|name| {
            let found = versions.get(name).cloned().unwrap_or_default();
            let expected = explained.get(name).copied();
            let problem = match expected {
                None if found.len() < 2 => return None,
                None => "make it one, or explain it in DOUBLED",
                Some(count) if found.len() == count => return None,
                Some(_) => "DOUBLED says another number: mend it there",
            };
            Some(format!("{name} {found:?}: {problem}"))
        })
        .collect()
}

/// Whether an SPDX expression can be met with `licences`; `None` if it isn't one. `/` is the old form of OR.
fn allowed(expression: &str, licences: &BTreeSet<&str>) -> Option<bool> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = Words {
        words: spaced.split_whitespace().collect(),
        at: 0,
        licences,
    };
    let met = words.any_of()?;
    (words.at == words.words.len()).then_some(met)
}

struct Words<'a> {
    words: Vec<&'a str>,
    at: usize,
    licences: &'a BTreeSet<&'a str>,
}

impl<'a> Words<'a> {
    fn take(&mut self, word: &str) -> bool {
        let here = self.words.get(self.at) == Some(&word);
        self.at += usize::from(here);
        here
    }

    fn any_of(&mut self) -> Option<bool> {
        let mut met = self.all_of()?;
        while self.take("OR") {
            met |= self.all_of()?;
        }
        Some(met)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.any_of()?;
            return self.take(")").then_some(met);
        }
        let licence = self.id()?;
        if self.take("WITH") {
            let exception = self.id()?;
            return Some(
                self.licences
                    .contains(format!("{licence} WITH {exception}").as_str()),
            );
        }
        Some(self.licences.contains(licence))
    }

    fn id(&mut self) -> Option<&'a str> {
        let word = *self.words.get(self.at)?;
        let plain = word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
        self.at += 1;
        (plain && !["OR", "AND", "WITH"].contains(&word)).then_some(word)
    }
}

/// The packages that a build on this machine uses. Those of other platforms need not be downloaded.
fn built() -> Vec<Package> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--offline",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            host,
        ])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let used: BTreeSet<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter(|package| used.contains(package["id"].as_str().unwrap()))
        .map(|package| {
            let text = |field: &str| package[field].as_str().map(str::to_owned);
            Package {
                name: text("name").unwrap(),
                licence: text("license"),
                source: text("source"),
                manifest: text("manifest_path").unwrap().into(),
            }
        })
        .collect()
}

/// The packages of Cargo.lock.
fn locked() -> Vec<Locked> {
    let lock = std::fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    let packages: Vec<Locked> = lock
        .split("[[package]]")
        .skip(1)
        .map(|package| {
            let field = |name: &str| {
                let value = |line: &str| {
                    line.strip_prefix(name)?
                        .strip_prefix(" = \"")?
                        .strip_suffix('"')
                        .map(str::to_owned)
                };
                package.lines().find_map(value)
            };
            Locked {
                name: field("name").unwrap(),
                version: field("version").unwrap(),
                source: field("source"),
            }
        })
        .collect();
    assert!(
        packages.iter().any(|package| package.name == "arrow-array"),
        "Cargo.lock is not as expected"
    );
    packages
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}
