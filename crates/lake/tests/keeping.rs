//! The lake's small files: settings, lock and archive; and tables kept elsewhere.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use common::{Faulty, local, lock, numbers, overwrite, run};
use rongtong_lake::{ArchiveKey, Lake, LakeError};

#[tokio::test]
async fn a_lake_keeps_to_one_secret() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    for lake in [lake, Faulty::new().lake()] {
        let (settings, lock) = (lake.settings(), lock(&lake).await);
        assert_eq!(settings.secret_fingerprint().await.unwrap(), None);
        settings.claim_secret(&lock, "f1").await.unwrap();
        settings.claim_secret(&lock, "f1").await.unwrap();
        let other = settings.claim_secret(&lock, "f2").await.unwrap_err();
        assert!(matches!(other, LakeError::OtherSecret { .. }), "{other}");
        assert_eq!(
            settings.secret_fingerprint().await.unwrap().as_deref(),
            Some("f1")
        );
    }
    for damaged in ["", "{}", "{\"format\": 2, \"secret_fingerprint\": \"f1\"}"] {
        fs::write(root.path().join("rongtong.json"), damaged).unwrap();
        let error = local(root.path())
            .await
            .settings()
            .secret_fingerprint()
            .await
            .unwrap_err();
        assert!(matches!(error, LakeError::Settings { .. }), "{error}");
    }
}

#[tokio::test]
async fn one_run_at_a_time_on_a_local_lake() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (local(root.path()).await, local(root.path()).await);
    let held = lock(&one).await;
    assert!(matches!(
        two.lock(Duration::ZERO).await,
        Err(LakeError::Locked { .. })
    ));
    drop(held);
    assert!(two.lock(Duration::ZERO).await.unwrap().is_exclusive());
    let bucket = Faulty::new().lake();
    assert!(!lock(&bucket).await.is_exclusive());
}

#[tokio::test]
async fn deliveries_are_kept_unchanged() {
    let root = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let source = scratch.path().join("in.csv");
    fs::write(&source, vec![7u8; 20 << 20]).unwrap();
    let key = |extension: &str| ArchiveKey {
        department: "health".to_owned(),
        feed: "health_record".to_owned(),
        delivery: "0a1b".to_owned(),
        extension: extension.to_owned(),
    };
    let lake = local(root.path()).await;
    for lake in [lake, Faulty::new().lake()] {
        let archive = lake.archive();
        assert!(!archive.contains(&key("csv.gz")).await.unwrap());
        assert_eq!(
            archive.fetch(&key("csv.gz"), scratch.path()).await.unwrap(),
            None
        );
        let changed = archive.keep(&key("csv.gz"), &source, |_| false).await;
        assert!(matches!(changed, Err(LakeError::DeliveryChanged { .. })));
        assert!(!archive.contains(&key("csv.gz")).await.unwrap());
        for _ in 0..2 {
            let kept = archive.keep(&key("csv.gz"), &source, |_| true).await;
            assert_eq!(kept.unwrap(), "archive/health/health_record/0a1b.csv.gz");
        }
        assert!(archive.contains(&key("csv.gz")).await.unwrap());
        let kept = archive
            .fetch(&key("csv.gz"), scratch.path())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(fs::read(kept).unwrap(), fs::read(&source).unwrap());
        for bad in ["../../x", "", "a/b", ".."] {
            let refused = archive.keep(&key(bad), &source, |_| true).await;
            assert!(matches!(refused, Err(LakeError::BadName { .. })), "{bad}");
        }
    }
    assert!(
        root.path()
            .join("archive/health/health_record/0a1b.csv.gz")
            .exists()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn restricted_tables_lie_elsewhere() {
    let (root, vault) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let place = vault.path().join("ids");
    let restricted = BTreeMap::from([
        ("identities".to_owned(), place.display().to_string()),
        (
            "archive".to_owned(),
            vault.path().join("kept").display().to_string(),
        ),
    ]);
    let open = || async {
        Lake::open(root.path().to_str().unwrap(), &restricted)
            .await
            .unwrap()
    };
    let lake = open().await;
    run(
        &lake,
        vec![
            overwrite(&lake, "identities", 0..3).await,
            overwrite(&lake, "residents", 0..2).await,
        ],
    )
    .await
    .unwrap();
    assert!(place.join("_delta_log").exists());
    assert!(!root.path().join("identities").exists());
    assert_eq!(
        numbers(&open().await, "identities").await,
        Some(vec![0, 1, 2])
    );
    let source = root.path().join("in.csv");
    fs::write(&source, "1").unwrap();
    let key = ArchiveKey {
        department: "d".to_owned(),
        feed: "f".to_owned(),
        delivery: "1".to_owned(),
        extension: "csv".to_owned(),
    };
    let kept = lake.archive().keep(&key, &source, |_| true).await;
    assert_eq!(kept.unwrap(), "d/f/1.csv");
    assert!(vault.path().join("kept/d/f/1.csv").exists());

    // Left by an unfinished first run, it is emptied like any other.
    fs::remove_dir_all(root.path().join("releases")).unwrap();
    let lake = open().await;
    let lock = lock(&lake).await;
    let restored = lake.restore_unfinished(&lock).await.unwrap();
    let names: Vec<_> = restored
        .iter()
        .map(|table| (table.table.as_str(), table.to))
        .collect();
    assert_eq!(names, [("identities", None), ("residents", None)]);
    assert!(lake.restore_unfinished(&lock).await.unwrap().is_empty());
}
