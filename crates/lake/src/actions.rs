//! The actions of a log entry (Delta protocol, "Actions"). They hold no personal data.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::TableSpec;
use crate::log::{OURS, room_for_seal};
use crate::schema::TableSchema;
use crate::snapshot::LoggedFile;

/// What a commit does, in Delta's words.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Append,
    Overwrite,
    Restore,
}

/// One log entry: the commit info, then the actions. `facts` are ours to keep in the commit info.
pub(crate) fn entry(
    operation: Operation,
    facts: Map<String, Value>,
    actions: Vec<Value>,
) -> Vec<Value> {
    let (name, mode) = match operation {
        Operation::Append => ("WRITE", Some("Append")),
        Operation::Overwrite => ("WRITE", Some("Overwrite")),
        Operation::Restore => ("RESTORE", None),
    };
    let mut ours = facts;
    // The number of actions betrays an entry cut short; the id tells our entry from another's.
    ours.insert("actions".to_owned(), json!(actions.len() + 1));
    ours.insert("commit".to_owned(), json!(new_id()));
    ours.extend([room_for_seal()]);
    let parameters = mode.map_or_else(|| json!({}), |mode| json!({ "mode": mode }));
    let mut info = Map::new();
    info.insert("timestamp".to_owned(), json!(now_ms()));
    info.insert("operation".to_owned(), json!(name));
    info.insert("operationParameters".to_owned(), parameters);
    info.insert(
        "engineInfo".to_owned(),
        json!(concat!("rongtong/", env!("CARGO_PKG_VERSION"))),
    );
    info.insert(OURS.to_owned(), Value::Object(ours));
    let mut entry = vec![json!({ "commitInfo": info })];
    entry.extend(actions);
    entry
}

/// What a reader must understand: `timestampNtz` where there are times, else the oldest protocol.
pub(crate) fn protocol(has_times: bool) -> Value {
    if has_times {
        json!({ "protocol": {
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": ["timestampNtz"],
            "writerFeatures": ["timestampNtz"],
        }})
    } else {
        json!({ "protocol": { "minReaderVersion": 1, "minWriterVersion": 2 } })
    }
}

/// The table's metadata from its spec; `before` is the metadata that it replaces.
pub(crate) fn metadata(spec: &TableSpec, schema: &TableSchema, before: Option<&Value>) -> Value {
    let kept = |key: &str| before.and_then(|before| before.get(key)).cloned();
    json!({
        "id": kept("id").unwrap_or_else(|| json!(new_id())),
        "name": spec.name,
        "description": spec.comment,
        "format": { "provider": "parquet", "options": {} },
        "schemaString": schema.delta,
        "partitionColumns": [],
        "configuration": configuration(spec, schema),
        "createdTime": kept("createdTime").unwrap_or_else(|| json!(now_ms())),
    })
}

/// Whether a reader would see a difference.
pub(crate) fn metadata_differs(a: &Value, b: &Value) -> bool {
    ["name", "description", "schemaString", "configuration"]
        .iter()
        .any(|key| a.get(key) != b.get(key))
}

/// Names a file as part of the table.
pub(crate) fn add(file: &LoggedFile) -> Value {
    json!({ "add": {
        "path": file.name,
        "partitionValues": {},
        "size": file.size,
        "modificationTime": file.modified_ms,
        "dataChange": true,
        "stats": file.statistics,
    }})
}

/// Takes a file out of the table.
pub(crate) fn remove(file: &LoggedFile) -> Value {
    json!({ "remove": {
        "path": file.name,
        "deletionTimestamp": now_ms(),
        "dataChange": true,
        "extendedFileMetadata": true,
        "partitionValues": {},
        "size": file.size,
    }})
}

pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn configuration(spec: &TableSpec, schema: &TableSchema) -> Value {
    let statistics: Vec<&str> = spec
        .statistics
        .iter()
        .map(String::as_str)
        .filter(|column| schema.arrow.field_with_name(column).is_ok())
        .collect();
    let mut configuration = Map::new();
    let mut set = |key: &str, value: String| configuration.insert(key.to_owned(), json!(value));
    // Old releases stay readable: nobody else's writer may tidy the log or add statistics.
    set("delta.enableExpiredLogCleanup", "false".to_owned());
    if statistics.is_empty() {
        set("delta.dataSkippingNumIndexedCols", "0".to_owned());
    } else {
        set("delta.dataSkippingStatsColumns", statistics.join(","));
    }
    if spec.restricted {
        set("rongtong.restricted", "true".to_owned());
    }
    Value::Object(configuration)
}
