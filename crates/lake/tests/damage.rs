//! Damaged lakes: what is damaged is found and named, nobody silently reads fewer rows, and repairing brings the last
//! whole release back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::{append, local, lock, meta, numbers, overwrite, run};
use rongtong_lake::{Lake, LakeError, Part, RELEASES, Repaired};

const LEFT: &str = "standard/health/health_record";

/// Twelve releases: `residents` grows, `LEFT` is written once and left alone.
async fn lake_of_twelve(root: &Path) {
    let lake = local(root).await;
    let first = vec![
        overwrite(&lake, "residents", [0]).await,
        overwrite(&lake, LEFT, 0..100).await,
    ];
    run(&lake, first).await.unwrap();
    for number in 1..12 {
        run(&lake, vec![append(&lake, "residents", [number]).await])
            .await
            .unwrap();
    }
}

async fn content(lake: &Lake) -> [Option<Vec<i64>>; 2] {
    [numbers(lake, "residents").await, numbers(lake, LEFT).await]
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn files_below(folder: &Path, wanted: impl Fn(&Path) -> bool + Copy) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_below(&path, wanted)),
            false if wanted(&path) => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

async fn repair(root: &Path) -> rongtong_lake::Result<Repaired> {
    let lake = local(root).await;
    let lock = lock(&lake).await;
    lake.repair(&lock, &meta()).await
}

async fn damaged_files(root: &Path) -> Vec<String> {
    let verified = local(root).await.verify(None).await.unwrap();
    verified
        .damage
        .into_iter()
        .map(|damage| damage.file)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_torn_file_of_every_log_is_named_and_repaired() {
    let root = tempfile::tempdir().unwrap();
    let whole = root.path().join("whole");
    lake_of_twelve(&whole).await;
    let expected = content(&local(&whole).await).await;
    assert_eq!(damaged_files(&whole).await, Vec::<String>::new());

    let in_log = |path: &Path| path.parent().unwrap().ends_with("_delta_log");
    let all = files_below(&whole, in_log);
    assert!(all.iter().any(|path| path.ends_with("_last_checkpoint")));
    let mut cases = 0;
    for (number, path) in all.into_iter().enumerate() {
        let bytes = fs::read(&path).unwrap();
        let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(1);
        // Each file is cut once, at one place of five: the long form of the fault suite cuts more.
        let lengths = [0, bytes.len() - 2, 1, bytes.len() / 2, line + 1];
        let length = lengths[number % 5].min(bytes.len() - 1);
        cases += 1;
        let name = path.strip_prefix(&whole).unwrap();
        let case = format!("{} cut to {length}", name.display());
        let torn = root.path().join("torn");
        copy(&whole, &torn);
        let file = torn.join(name);
        fs::write(&file, &bytes[..length]).unwrap();
        named_and_repaired(&torn, &file, &case, &expected).await;
        fs::remove_dir_all(&torn).unwrap();
    }
    assert!(cases >= 20, "{cases} cases");
}

async fn named_and_repaired(
    torn: &Path,
    file: &Path,
    case: &str,
    expected: &[Option<Vec<i64>>; 2],
) {
    let found = damaged_files(torn).await;
    let told = file.display().to_string();
    // A checkpoint that is gone leaves the hint at it behind.
    assert!(found.contains(&told), "{case}: {found:?}");

    // Readers see all rows, or an error that names the file.
    for (table, wanted) in [("residents", &expected[0]), (LEFT, &expected[1])] {
        let read = async || local(torn).await.reader().await?.read(table).await;
        match read().await {
            Ok(_) => assert_eq!(&numbers(&local(torn).await, table).await, wanted, "{case}"),
            Err(LakeError::TornLog { file, .. }) => assert_eq!(file, told, "{case}"),
            Err(error) => panic!("{case}: {error}"),
        }
    }

    let repaired = repair(torn).await.unwrap();
    assert_eq!(repaired.release.as_deref(), Some("000012"), "{case}");
    assert_eq!(damaged_files(torn).await, Vec::<String>::new(), "{case}");
    assert_eq!(&content(&local(torn).await).await, expected, "{case}");
    // The next run goes on as if nothing had happened.
    let lake = local(torn).await;
    let release = run(&lake, vec![append(&lake, "residents", [12]).await])
        .await
        .unwrap();
    assert_eq!(release.id, "000013", "{case}");
    assert_eq!(
        numbers(&local(torn).await, "residents").await,
        Some((0..13).collect()),
        "{case}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_log_entry_is_found() {
    let root = tempfile::tempdir().unwrap();
    lake_of_twelve(root.path()).await;
    let entry = root
        .path()
        .join("residents/_delta_log/00000000000000000007.json");
    let bytes = fs::read(&entry).unwrap();
    for at in (0..bytes.len()).step_by(97) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&entry, flipped).unwrap();
        let found = damaged_files(root.path()).await;
        assert!(found.contains(&entry.display().to_string()), "byte {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_gone_is_written_anew() {
    let root = tempfile::tempdir().unwrap();
    lake_of_twelve(root.path()).await;
    let expected = content(&local(root.path()).await).await;
    for (table, version) in [
        ("residents", 4),
        ("residents", 11),
        (LEFT, 0),
        (RELEASES, 3),
    ] {
        let entry = root
            .path()
            .join(table)
            .join(format!("_delta_log/{version:020}.json"));
        fs::remove_file(&entry).unwrap();
        let found = damaged_files(root.path()).await;
        assert!(found.contains(&entry.display().to_string()), "{found:?}");
        repair(root.path()).await.unwrap();
        assert_eq!(damaged_files(root.path()).await, Vec::<String>::new());
        assert_eq!(content(&local(root.path()).await).await, expected);
    }
    // Every release can still be read: the rows that each had.
    let lake = local(root.path()).await;
    for number in 1..=12_u64 {
        let release = lake
            .release(&format!("{number:06}"))
            .await
            .unwrap()
            .unwrap();
        let table = &release.tables["residents"];
        assert_eq!(table.rows, number);
        let read = lake.reader_at(release.clone()).read("residents").await;
        let rows: usize = read.unwrap().unwrap().iter().map(|b| b.num_rows()).sum();
        assert_eq!(rows as u64, number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_data_file_is_found_and_left_behind() {
    let root = tempfile::tempdir().unwrap();
    lake_of_twelve(root.path()).await;
    let lake = local(root.path()).await;
    let newest = lake
        .reader()
        .await
        .unwrap()
        .files("residents")
        .await
        .unwrap();
    // The file that the last release brought.
    let before = lake.release("000011").await.unwrap().unwrap();
    let before = lake
        .reader_at(before)
        .files("residents")
        .await
        .unwrap()
        .unwrap();
    let file = newest
        .unwrap()
        .into_iter()
        .find(|file| before.iter().all(|known| known.path != file.path))
        .unwrap();
    let path = Path::new("/").join(file.path.as_ref());
    let bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&path, flipped).unwrap();
        if at % 50 == 0 {
            let found = damaged_files(root.path()).await;
            assert_eq!(found, [path.display().to_string()], "byte {at}");
        }
        // A reader that checks as it goes.
        let reader = lake.reader().await.unwrap().checked();
        assert!(reader.read("residents").await.is_err(), "byte {at}");
    }
    let repaired = repair(root.path()).await.unwrap();
    assert_eq!(repaired.lost, ["000012"]);
    assert_eq!(repaired.back_to.as_deref(), Some("000011"));
    assert_eq!(repaired.release.as_deref(), Some("000013"));
    let lake = local(root.path()).await;
    assert_eq!(numbers(&lake, "residents").await, Some((0..11).collect()));
    assert_eq!(damaged_files(root.path()).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_manifest_is_made_anew_from_the_logs() {
    let root = tempfile::tempdir().unwrap();
    lake_of_twelve(root.path()).await;
    let expected = content(&local(root.path()).await).await;
    let manifest = files_below(&root.path().join("_releases"), |path| {
        path.display().to_string().contains("/000012-")
    });
    fs::write(&manifest[0], "{}").unwrap();
    let verified = local(root.path()).await.verify(None).await.unwrap();
    assert_eq!(verified.damage[0].part, Part::Manifest);
    let lake = local(root.path()).await;
    let refused = run(&lake, vec![append(&lake, "residents", [12]).await]).await;
    assert!(matches!(refused, Err(LakeError::Manifest { .. })));
    let repaired = repair(root.path()).await.unwrap();
    assert!(repaired.printed_anew);
    assert_eq!(content(&local(root.path()).await).await, expected);
    let verified = local(root.path()).await.verify(None).await.unwrap();
    assert_eq!(verified.damage, []);
    assert_eq!(verified.unprinted, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_whole_nothing_is_touched() {
    let root = tempfile::tempdir().unwrap();
    lake_of_twelve(root.path()).await;
    for file in files_below(&root.path().join(LEFT), |path| {
        path.extension().is_some_and(|ending| ending == "parquet")
    }) {
        fs::remove_file(file).unwrap();
    }
    let error = repair(root.path()).await.unwrap_err();
    assert!(matches!(error, LakeError::NothingWhole { .. }), "{error}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(repair(empty.path()).await.unwrap().release, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_back_returns_to_an_earlier_release() {
    let root = tempfile::tempdir().unwrap();
    lake_of_twelve(root.path()).await;
    let lake = local(root.path()).await;
    let more = overwrite(&lake, "later", 0..3).await;
    run(&lake, vec![more]).await.unwrap();
    let fifth = lake.release("000005").await.unwrap().unwrap();
    let lock = lock(&lake).await;
    let kept = overwrite(&lake, "runs", [1]).await;
    let release = lake
        .rollback(&lock, &fifth, vec![kept], &meta())
        .await
        .unwrap();
    assert_eq!(release.id, "000014");
    let lake = local(root.path()).await;
    assert_eq!(numbers(&lake, "residents").await, Some((0..5).collect()));
    assert_eq!(numbers(&lake, LEFT).await, Some((0..100).collect()));
    assert_eq!(numbers(&lake, "runs").await, Some(vec![1]));
    assert_eq!(numbers(&lake, "later").await, None);
    assert_eq!(damaged_files(root.path()).await, Vec::<String>::new());
    // And forth again.
    let thirteenth = lake.release("000013").await.unwrap().unwrap();
    lake.rollback(&lock, &thirteenth, vec![], &meta())
        .await
        .unwrap();
    assert_eq!(numbers(&lake, "residents").await, Some((0..12).collect()));
    assert_eq!(numbers(&lake, "later").await, Some(vec![0, 1, 2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vacuum_leaves_what_the_newest_releases_need() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    for number in 0..6 {
        let changes = vec![
            overwrite(&lake, "residents", [number]).await,
            append(&lake, "runs", [number]).await,
        ];
        run(&lake, changes).await.unwrap();
    }
    let parquet = |path: &Path| path.extension().is_some_and(|ending| ending == "parquet");
    let residents = root.path().join("residents");
    let mut theirs = residents.clone();
    theirs.push("notes.parquet");
    fs::write(&theirs, "somebody else's").unwrap();
    assert_eq!(files_below(&residents, parquet).len(), 7);

    let lock = lock(&lake).await;
    let dry = lake.vacuum(&lock, 2, true).await.unwrap();
    assert_eq!(files_below(&residents, parquet).len(), 7);
    let vacuumed = lake.vacuum(&lock, 2, false).await.unwrap();
    assert_eq!(dry, vacuumed);
    assert_eq!(vacuumed.kept, ["000006", "000005"]);
    assert_eq!(vacuumed.files, 4, "what only releases 1 to 4 had");
    assert!(theirs.exists());
    let rows: BTreeMap<&str, _> = [("residents", vec![4]), ("runs", (0..5).collect())].into();
    let fifth = lake.release("000005").await.unwrap().unwrap();
    let verified = lake.verify(Some("000005")).await.unwrap();
    assert_eq!(verified.damage, []);
    lake.rollback(&lock, &fifth, vec![], &meta()).await.unwrap();
    for (table, rows) in rows {
        assert_eq!(numbers(&lake, table).await, Some(rows), "{table}");
    }
    let first = lake.release("000001").await.unwrap().unwrap();
    let gone = lake.rollback(&lock, &first, vec![], &meta()).await;
    assert!(matches!(gone, Err(LakeError::NotWhole { .. })), "{gone:?}");
    assert_eq!(lake.vacuum(&lock, 0, false).await.unwrap().kept.len(), 1);
    assert_eq!(damaged_files(root.path()).await, Vec::<String>::new());
}
