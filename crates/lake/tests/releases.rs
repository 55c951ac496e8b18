//! Law 5: a reader of releases never sees half a run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use common::{Faulty, append, local, lock, meta, numbers, overwrite, run, spec};
use object_store::{ObjectStoreExt as _, path::Path};
use rongtong_lake::{Change, LakeError, RELEASES, TableSpec};

const TABLES: [&str; 3] = ["residents", "standard/health/health_record", "deaths"];

#[tokio::test(flavor = "multi_thread")]
async fn releases_follow_one_another() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(&root.path().join("lake")).await;
    assert!(lake.latest_release().await.unwrap().is_none());
    assert!(lake.reader().await.unwrap().tables().is_empty());
    assert_eq!(numbers(&lake, "residents").await, None);
    assert!(
        !root.path().join("lake").exists(),
        "looking creates nothing"
    );

    let first = run(
        &lake,
        vec![
            overwrite(&lake, TABLES[0], 0..3).await,
            append(&lake, TABLES[1], 0..5).await,
        ],
    )
    .await
    .unwrap();
    assert_eq!((first.id.as_str(), first.number), ("000001", 1));
    let second = run(&lake, vec![append(&lake, TABLES[1], 5..7).await])
        .await
        .unwrap();
    assert_eq!(second.id, "000002");
    assert_eq!(second.tables[TABLES[0]], first.tables[TABLES[0]]);
    assert_eq!(second.tables[TABLES[1]].version, 1);
    assert_eq!(second.tables[TABLES[1]].rows, 7);

    assert_eq!(numbers(&lake, TABLES[0]).await, Some(vec![0, 1, 2]));
    assert_eq!(numbers(&lake, TABLES[1]).await, Some((0..7).collect()));
    let tables = lake.reader().await.unwrap().tables().into_iter();
    let names: Vec<String> = tables.map(|table| table.name).collect();
    assert_eq!(names, ["residents", "standard/health/health_record"]);

    // The earlier release still reads as it was.
    let earlier = lake.release("000001").await.unwrap().unwrap();
    assert_eq!(earlier, first);
    let rows: usize = lake
        .reader_at(earlier)
        .read(TABLES[1])
        .await
        .unwrap()
        .unwrap()
        .iter()
        .map(|batch| batch.num_rows())
        .sum();
    assert_eq!(rows, 5);
    assert!(lake.release("000003").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_releases_says_the_same_as_we_read() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    for round in 0..3 {
        run(&lake, vec![overwrite(&lake, "residents", 0..round).await])
            .await
            .unwrap();
    }
    let release = lake.latest_release().await.unwrap().unwrap();
    // `releases` is no part of a release, so it is read here as another program would.
    let table = deltalake_core::open_table(
        url::Url::from_directory_path(fs::canonicalize(root.path()).unwrap().join(RELEASES))
            .unwrap(),
    )
    .await
    .unwrap();
    assert_eq!(table.version(), Some(2), "one commit for each release");
    let mut versions = vec![];
    for file in table.get_file_uris().unwrap() {
        let file = fs::File::open(file).unwrap();
        let rows = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap();
        for batch in rows {
            let batch = batch.unwrap();
            let ids = batch
                .column_by_name("release")
                .unwrap()
                .as_string::<i32>()
                .clone();
            let numbers = batch
                .column_by_name("version")
                .unwrap()
                .as_primitive::<Int64Type>()
                .clone();
            versions.extend(
                ids.iter()
                    .flatten()
                    .map(str::to_owned)
                    .zip(numbers.values().to_vec()),
            );
        }
    }
    versions.sort();
    let wanted: Vec<_> = (0..3).map(|n| (format!("{:06}", n + 1), n)).collect();
    assert_eq!(versions, wanted);
    assert_eq!(release.tables["residents"].version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ended_between_any_two_writes_is_invisible_and_then_undone() {
    let mut writes = 0;
    loop {
        let store = Faulty::new();
        let lake = store.lake();
        run(
            &lake,
            vec![
                overwrite(&lake, TABLES[0], 0..3).await,
                append(&lake, TABLES[1], 0..5).await,
            ],
        )
        .await
        .unwrap();
        let changes = vec![
            overwrite(&lake, TABLES[0], 10..20).await,
            append(&lake, TABLES[1], 5..7).await,
            append(&lake, TABLES[2], 0..2).await,
        ];
        store.fail_after(writes);
        let published = run(&lake, changes).await;
        if !store.has_failed() {
            assert!(published.is_ok());
            assert_eq!(
                writes, 6,
                "three tables, the rows of the release, its manifest and its commit failed in turn"
            );
            break;
        }
        assert!(published.is_err(), "after {writes} writes");
        assert_eq!(
            numbers(&lake, TABLES[0]).await,
            Some(vec![0, 1, 2]),
            "after {writes} writes"
        );
        assert_eq!(numbers(&lake, TABLES[1]).await, Some((0..5).collect()));
        assert_eq!(numbers(&lake, TABLES[2]).await, None);

        // The next run puts back what is half done, once, and goes on from there.
        store.fail_after(i64::MAX);
        let again = store.lake();
        let lock = lock(&again).await;
        let restored = again.restore_unfinished(&lock).await.unwrap();
        assert_eq!(
            restored.len() as i64,
            writes.min(3),
            "after {writes} writes"
        );
        assert!(again.restore_unfinished(&lock).await.unwrap().is_empty());
        let release = run(&again, vec![append(&again, TABLES[2], 7..9).await])
            .await
            .unwrap();
        assert_eq!(release.id, "000002");
        assert_eq!(numbers(&again, TABLES[0]).await, Some(vec![0, 1, 2]));
        assert_eq!(numbers(&again, TABLES[1]).await, Some((0..5).collect()));
        assert_eq!(
            numbers(&again, TABLES[2]).await,
            Some(vec![7, 8]),
            "the abandoned rows are gone"
        );
        writes += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_no_lost_race() {
    let store = Faulty::new();
    let lake = store.lake();
    let changes = vec![overwrite(&lake, "residents", 0..3).await];
    store.lose_answers(100);
    run(&lake, changes).await.unwrap();
    store.lose_answers(0);
    assert_eq!(numbers(&lake, "residents").await, Some(vec![0, 1, 2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_racing_runs_one_loses_and_says_so() {
    let store = Faulty::new();
    let lake = store.lake();
    run(&lake, vec![overwrite(&lake, "residents", 0..3).await])
        .await
        .unwrap();
    let base = lake.latest_release().await.unwrap();
    let (mine, theirs) = (
        overwrite(&lake, "residents", 3..5).await,
        append(&lake, "residents", 5..6).await,
    );
    let lock = lock(&lake).await;
    lake.publish(&lock, base.as_ref(), vec![theirs], &meta())
        .await
        .unwrap();
    let lost = lake
        .publish(&lock, base.as_ref(), vec![mine], &meta())
        .await
        .unwrap_err();
    assert!(matches!(lost, LakeError::Conflict { .. }), "{lost}");
    assert!(lost.is_conflict());
    assert_eq!(numbers(&lake, "residents").await, Some(vec![0, 1, 2, 5]));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_change_only_with_the_whole_table() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    run(&lake, vec![overwrite(&lake, "residents", 0..3).await])
        .await
        .unwrap();
    let schema = Schema::new(vec![
        Field::new("resident_key", DataType::Utf8View, true),
        Field::new("born", DataType::Date32, true),
    ]);
    let changed = TableSpec::new("residents", Arc::new(schema), "新 / new");
    let rows = arrow::array::RecordBatch::new_empty(changed.schema.clone());
    let staged = common::stage(&lake, &changed, std::slice::from_ref(&rows)).await;
    let refused = run(&lake, vec![Change::Append(staged)]).await.unwrap_err();
    let LakeError::SchemaChanged {
        column,
        found,
        wanted,
        ..
    } = &refused
    else {
        panic!("{refused}");
    };
    assert_eq!(
        (column.as_str(), found.as_str(), wanted.as_str()),
        ("number", "long", "absent")
    );
    assert_eq!(
        numbers(&lake, "residents").await,
        Some(vec![0, 1, 2]),
        "the lake is as before"
    );

    let staged = common::stage(&lake, &changed, &[rows]).await;
    run(&lake, vec![Change::Overwrite(staged)]).await.unwrap();
    let reader = lake.reader().await.unwrap();
    let schema = reader.schema("residents").await.unwrap().unwrap();
    assert_eq!(schema.field(1).name(), "born");
    assert_eq!(reader.tables()[0].comment, "新 / new");
    assert_eq!(reader.tables()[0].rows, 0);
    // Back to the old columns, from an unfinished run's point of view: the metadata comes back too.
    let old = reader.release().unwrap().clone();
    let staged = common::stage(&lake, &spec("residents"), &[]).await;
    let lock = lock(&lake).await;
    lake.publish(&lock, Some(&old), vec![Change::Overwrite(staged)], &meta())
        .await
        .unwrap();
    fs::remove_file(
        root.path()
            .join("releases/_delta_log/00000000000000000002.json"),
    )
    .unwrap();
    let restored = lake.restore_unfinished(&lock).await.unwrap();
    assert_eq!(restored.len(), 1);
    let reader = lake.reader().await.unwrap();
    assert_eq!(
        reader
            .schema("residents")
            .await
            .unwrap()
            .unwrap()
            .field(1)
            .name(),
        "born"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_other_columns_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    let mut writer = lake.writer(&spec("residents")).unwrap();
    let wrong = spec("residents");
    let batch = common::batch(&wrong, 0..2).project(&[1, 0]).unwrap();
    // The failure shows at the latest when the writer ends.
    let sent = writer.write(batch).await;
    let error = match sent {
        Err(error) => error,
        Ok(()) => writer.finish().await.unwrap_err(),
    };
    assert!(matches!(error, LakeError::WrongBatch { .. }), "{error}");
    assert!(lake.writer(&spec("../residents")).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_logs_are_named() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    run(&lake, vec![overwrite(&lake, "residents", 0..3).await])
        .await
        .unwrap();
    run(&lake, vec![append(&lake, "residents", 3..6).await])
        .await
        .unwrap();
    let entry = |table: &str| {
        root.path()
            .join(table)
            .join("_delta_log/00000000000000000001.json")
    };

    // An entry cut at a line's end would silently give fewer rows.
    let residents = fs::read_to_string(entry("residents")).unwrap();
    let (first, _) = residents.split_once('\n').unwrap();
    fs::write(entry("residents"), first).unwrap();
    let read = async || {
        let reader = local(root.path()).await.reader().await?;
        reader.read("residents").await
    };
    let error = read().await.unwrap_err();
    let LakeError::TornLog { file, .. } = &error else {
        panic!("{error}");
    };
    assert!(file.ends_with("residents/_delta_log/00000000000000000001.json"));
    fs::write(entry("residents"), "").unwrap();
    assert!(read().await.is_err());
    fs::write(entry("residents"), &residents).unwrap();
    assert_eq!(
        numbers(&local(root.path()).await, "residents").await,
        Some((0..6).collect())
    );

    // The same for what makes releases visible.
    let releases = fs::read_to_string(entry(RELEASES)).unwrap();
    for damaged in [
        "",
        releases.split_once('\n').unwrap().0,
        &releases[..releases.len() / 2],
    ] {
        fs::write(entry(RELEASES), damaged).unwrap();
        let error = local(root.path()).await.latest_release().await.unwrap_err();
        let LakeError::TornLog { file, .. } = &error else {
            panic!("{error}");
        };
        assert!(file.ends_with("releases/_delta_log/00000000000000000001.json"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_releases_are_read_through_checkpoints() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    for number in 0..23 {
        run(&lake, vec![append(&lake, "residents", [number]).await])
            .await
            .unwrap();
    }
    let log = root.path().join("residents/_delta_log");
    assert!(log.join("_last_checkpoint").exists());
    assert!(log.join("00000000000000000020.checkpoint.parquet").exists());
    let fresh = local(root.path()).await;
    assert_eq!(numbers(&fresh, "residents").await, Some((0..23).collect()));
    // Statistics survive the checkpoint, for restored files are named from it.
    let (spec, lock) = (spec("residents"), lock(&fresh).await);
    let base = fresh.latest_release().await.unwrap();
    let staged = common::stage(&fresh, &spec, &[]).await;
    fresh
        .publish(
            &lock,
            base.as_ref(),
            vec![Change::Overwrite(staged)],
            &meta(),
        )
        .await
        .unwrap();
    fs::remove_file(
        root.path()
            .join("releases/_delta_log/00000000000000000023.json"),
    )
    .unwrap();
    fresh.restore_unfinished(&lock).await.unwrap();
    let restored = fs::read_to_string(log.join("00000000000000000024.json")).unwrap();
    let stats = restored
        .lines()
        .find(|line| line.contains(&format!("{:032x}", 4)))
        .unwrap();
    assert!(
        stats.contains("numRecords") && stats.contains("nullCount"),
        "{stats}"
    );
    assert_eq!(
        numbers(&local(root.path()).await, "residents").await,
        Some((0..23).collect())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_is_left_in_the_making() {
    let root = tempfile::tempdir().unwrap();
    let lake = local(root.path()).await;
    let staging = root.path().join(".staging");
    let staged = overwrite(&lake, "residents", 0..3).await;
    assert_eq!(fs::read_dir(&staging).unwrap().count(), 1);
    drop(staged);
    assert_eq!(fs::read_dir(&staging).unwrap().count(), 0);
    fs::write(staging.join("left-by-a-killed-run"), "rows").unwrap();
    let lock = lock(&lake).await;
    lake.restore_unfinished(&lock).await.unwrap();
    assert_eq!(fs::read_dir(&staging).unwrap().count(), 0);
}

/// Objects of a table in the store, to see that a store in memory is used as a bucket is.
#[tokio::test(flavor = "multi_thread")]
async fn a_lake_in_a_bucket_lies_under_its_prefix() {
    let store = Faulty::new();
    let lake = store.lake();
    assert_eq!(
        lake.location("residents"),
        "s3://bucket/some/lake/residents"
    );
    let spec = spec("residents");
    let batches: Vec<_> = (0..4)
        .map(|n| common::batch(&spec, n * 100_000..(n + 1) * 100_000))
        .collect();
    let staged = common::stage(&lake, &spec, &batches).await;
    run(&lake, vec![Change::Overwrite(staged)]).await.unwrap();
    let (objects, url) = lake.store("residents");
    assert_eq!(url.as_str(), "s3://bucket/");
    let files = lake
        .reader()
        .await
        .unwrap()
        .files("residents")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(files[0].rows, 400_000);
    assert!(
        files[0]
            .path
            .as_ref()
            .starts_with("some/lake/residents/part-")
    );
    assert_eq!(
        objects.head(&files[0].path).await.unwrap().size,
        files[0].size
    );
    assert!(
        store
            .head(&Path::from(
                "some/lake/releases/_delta_log/00000000000000000000.json"
            ))
            .await
            .is_ok()
    );
    assert_eq!(numbers(&lake, "residents").await.unwrap().len(), 400_000);
}
