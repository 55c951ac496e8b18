//! Other programs read the lake: PyPI deltalake, polars and duckdb see every type, row and comment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array,
    ListBuilder, RecordBatch, StringArray, StringViewArray, StringViewBuilder, StructArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use common::{local, run};
use rongtong_lake::{Change, Lake, TableSpec};

/// Every type that LAKE.md knows, under the names that the Python side asks for.
fn every_type() -> TableSpec {
    let comment = HashMap::from([(
        "comment".to_owned(),
        "居民统一标识 / resident key".to_owned(),
    )]);
    let columns = vec![
        Field::new("resident_key", DataType::Utf8View, false).with_metadata(comment),
        Field::new("plain_text", DataType::Utf8, true),
        Field::new("flag", DataType::Boolean, true),
        Field::new("small", DataType::Int32, true),
        Field::new("row", DataType::Int64, true),
        Field::new("longitude", DataType::Float64, true),
        Field::new("amount", DataType::Decimal128(18, 2), true),
        Field::new("born", DataType::Date32, true),
        Field::new(
            "seen",
            DataType::Timestamp(TimeUnit::Microsecond, None),
            true,
        ),
        Field::new_list("codes", Field::new("item", DataType::Utf8View, true), true),
        Field::new_list(
            "insurances",
            Field::new("item", DataType::Struct(insurance()), true),
            true,
        ),
    ];
    TableSpec::new(
        "standard/health/every_type",
        Arc::new(Schema::new(columns)),
        "各种类型 / every type",
    )
}

fn insurance() -> Fields {
    Fields::from(vec![
        Field::new("kind", DataType::Utf8View, true),
        Field::new("enrolled_on", DataType::Date32, true),
        Field::new("base", DataType::Decimal128(18, 2), true),
    ])
}

fn rows(spec: &TableSpec) -> RecordBatch {
    let mut codes = ListBuilder::new(StringViewBuilder::new());
    codes.append_value([Some("I10"), Some("E11.9")]);
    codes.append_value([] as [Option<&str>; 0]);
    codes.append_null();
    let insurances = StructArray::new(
        insurance(),
        vec![
            Arc::new(StringViewArray::from(vec![Some("310"), Some("110"), None])),
            Arc::new(Date32Array::from(vec![Some(0), None, Some(19_723)])),
            Arc::new(decimals(vec![Some(512_345), None, Some(-1)])),
        ],
        None,
    );
    let item = Arc::new(Field::new("item", DataType::Struct(insurance()), true));
    let insurances = arrow::array::ListArray::new(
        item,
        OffsetBuffer::from_lengths([2, 0, 1]),
        Arc::new(insurances),
        None,
    );
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from(vec![
            "0a".repeat(16),
            "0b".repeat(16),
            "0c".repeat(16),
        ])),
        Arc::new(StringArray::from(vec![
            Some("张三"),
            None,
            Some("买买提·吐尔逊"),
        ])),
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        Arc::new(Int32Array::from(vec![Some(1), None, Some(-3)])),
        Arc::new(Int64Array::from(vec![Some(1), Some(i64::MAX), None])),
        Arc::new(Float64Array::from(vec![Some(120.12), None, Some(-0.5)])),
        Arc::new(decimals(vec![Some(123_456_789), None, Some(-5)])),
        Arc::new(Date32Array::from(vec![Some(19_723), Some(-40_000), None])),
        Arc::new(TimestampMicrosecondArray::from(vec![
            Some(1_704_067_200_123_456),
            Some(-1),
            None,
        ])),
        Arc::new(codes.finish()),
        Arc::new(insurances),
    ];
    RecordBatch::try_new(spec.schema.clone(), columns).unwrap()
}

fn decimals(values: Vec<Option<i128>>) -> Decimal128Array {
    Decimal128Array::from(values)
        .with_precision_and_scale(18, 2)
        .unwrap()
}

async fn lake_of_every_kind(root: &Path) -> Lake {
    let lake = local(root).await;
    let spec = every_type();
    let staged = common::stage(&lake, &spec, &[rows(&spec)]).await;
    let empty = TableSpec::new("empty", spec.schema.clone(), "空 / empty").restricted();
    let nothing = common::stage(&lake, &empty, &[]).await;
    let plain =
        TableSpec::new("no_statistics", common::spec("x").schema, "x").statistics([] as [&str; 0]);
    let numbers = common::stage(&lake, &plain, &[common::batch(&plain, 0..1000)]).await;
    let changes = vec![
        Change::Overwrite(staged),
        Change::Append(nothing),
        Change::Append(numbers),
    ];
    run(&lake, changes).await.unwrap();
    // A second release appends, so that there are two files and two versions.
    let more = common::stage(&lake, &spec, &[rows(&spec), rows(&spec)]).await;
    run(
        &lake,
        vec![
            Change::Append(more),
            common::overwrite(&lake, "residents", 0..10).await,
        ],
    )
    .await
    .unwrap();
    // Ten more, so that one table is read through a checkpoint.
    for number in 0..11 {
        run(
            &lake,
            vec![common::append(&lake, "residents", 10 + number..11 + number).await],
        )
        .await
        .unwrap();
    }
    lake
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_comes_back_as_it_went() {
    let root = tempfile::tempdir().unwrap();
    let lake = lake_of_every_kind(&root.path().join("融通 湖")).await;
    let reader = lake.reader().await.unwrap();
    let read = reader
        .read("standard/health/every_type")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 9);
    let spec = every_type();
    let wanted = rows(&spec);
    let first = read.iter().find(|batch| batch.num_rows() == 3).unwrap();
    for (at, field) in spec.schema.fields().iter().enumerate() {
        let read = first.column(at);
        let wanted = arrow::compute::cast(wanted.column(at), read.data_type()).unwrap();
        assert_eq!(read, &wanted, "{}", field.name());
    }
    let schema = reader
        .schema("standard/health/every_type")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(schema, first.schema());
    assert_eq!(
        schema.field(0).metadata()["comment"],
        "居民统一标识 / resident key"
    );

    let (schema, _) = reader
        .scan("standard/health/every_type", Some(&["seen", "row"]))
        .await
        .unwrap()
        .unwrap();
    let names: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names, ["row", "seen"], "in the table's order");
    assert!(
        reader
            .scan("standard/health/every_type", Some(&["no"]))
            .await
            .is_err()
    );
    assert_eq!(reader.read("empty").await.unwrap(), Some(vec![]));
    assert!(reader.read("absent").await.unwrap().is_none());
    let empty = reader
        .tables()
        .into_iter()
        .find(|table| table.name == "empty")
        .unwrap();
    assert!(empty.restricted && empty.rows == 0);
}

/// Law 6: no statistic says anything of a column that wasn't chosen for it.
#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_of_the_chosen_columns_only() {
    let root = tempfile::tempdir().unwrap();
    let lake = lake_of_every_kind(root.path()).await;
    let reader = lake.reader().await.unwrap();
    for table in ["standard/health/every_type", "no_statistics", "residents"] {
        for file in reader.files(table).await.unwrap().unwrap() {
            let file = std::fs::File::open(format!("/{}", file.path)).unwrap();
            let footer = parquet::file::metadata::ParquetMetaDataReader::new()
                .with_page_index_policy(parquet::file::metadata::PageIndexPolicy::Optional)
                .parse_and_finish(&file)
                .unwrap();
            for (group, row_group) in footer.row_groups().iter().enumerate() {
                for (at, chunk) in row_group.columns().iter().enumerate() {
                    let chosen =
                        chunk.column_path().string() == "resident_key" && table != "no_statistics";
                    assert_eq!(
                        chunk.statistics().is_some(),
                        chosen,
                        "{table} {}",
                        chunk.column_path()
                    );
                    assert!(chunk.bloom_filter_offset().is_none());
                    let index = footer.column_index().map(|index| index[group][at].clone());
                    let has_index = index.is_some_and(|index| {
                        !matches!(
                            index,
                            parquet::file::page_index::column_index::ColumnIndexMetaData::NONE
                        )
                    });
                    assert_eq!(has_index, chosen, "{table} {}", chunk.column_path());
                }
            }
        }
        let log = root.path().join(table).join("_delta_log");
        for entry in std::fs::read_dir(log).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                for line in std::fs::read_to_string(&path).unwrap().lines() {
                    let action: serde_json::Value = serde_json::from_str(line).unwrap();
                    let Some(stats) = action
                        .pointer("/add/stats")
                        .and_then(|stats| stats.as_str())
                    else {
                        continue;
                    };
                    let stats: serde_json::Value = serde_json::from_str(stats).unwrap();
                    for part in ["minValues", "maxValues", "nullCount"] {
                        let columns: Vec<&String> =
                            stats[part].as_object().unwrap().keys().collect();
                        let wanted: &[&str] = if table == "no_statistics" {
                            &[]
                        } else {
                            &["resident_key"]
                        };
                        assert_eq!(columns, wanted, "{table}");
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_programs_read_the_same() {
    let root = tempfile::tempdir().unwrap();
    // Polars 2.1 reads no Delta table, its own neither, below a folder with blanks or Han.
    let root = root.path().join("lake");
    lake_of_every_kind(&root).await;
    let python = python();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers.py");
    let output = Command::new(&python).arg(script).arg(&root).output().unwrap_or_else(|error| {
        panic!(
            "{}: {error}; make a virtual environment with deltalake==1.6.6 polars==2.1.0 duckdb==2.0.0 \
             in .venv, or name its python in RONGTONG_PYTHON",
            python.display()
        )
    });
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("deltalake, polars and duckdb agree"));
}

fn python() -> PathBuf {
    std::env::var_os("RONGTONG_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python"),
        PathBuf::from,
    )
}
