//! Columns: from Arrow to the Delta schema and back.
//!
//! Delta names types by the Delta protocol's schema serialisation format. Text is `string` there
//! and `Utf8View` in our memory; a time is `timestamp_ntz`; an array's items are named `element`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde_json::{Map, Value, json};

use crate::table::COMMENT;
use crate::{LakeError, Result};

/// A table's columns in both worlds.
#[derive(Debug, Clone)]
pub(crate) struct TableSchema {
    /// As we hold and read them: text as views, arrays' items named `element`, all nullable.
    pub(crate) arrow: SchemaRef,
    /// `schemaString` of the Delta metadata.
    pub(crate) delta: String,
    /// Whether the `timestampNtz` table feature is needed.
    pub(crate) has_times: bool,
}

impl TableSchema {
    /// From the columns of a spec.
    pub(crate) fn from_arrow(table: &str, schema: &Schema) -> Result<Self> {
        let fields = schema
            .fields()
            .iter()
            .map(|field| canonical(field).ok_or_else(|| unsupported(table, field)))
            .collect::<Result<Vec<_>>>()?;
        let arrow = Arc::new(Schema::new(fields));
        let delta = struct_json(arrow.fields()).to_string();
        Ok(Self {
            has_times: arrow
                .fields()
                .iter()
                .any(|field| has_times(field.data_type())),
            arrow,
            delta,
        })
    }

    /// The first column that differs in place, name or type (comments don't count):
    /// its name, this side's type, the other side's.
    pub(crate) fn difference(&self, other: &Self) -> Option<(String, String, String)> {
        let (ours, theirs) = (self.arrow.fields(), other.arrow.fields());
        (0..ours.len().max(theirs.len())).find_map(|at| match (ours.get(at), theirs.get(at)) {
            (Some(a), Some(b)) if a.name() == b.name() && plain(a) == plain(b) => None,
            (Some(a), Some(b)) if a.name() == b.name() => {
                Some((a.name().clone(), type_name(a), type_name(b)))
            }
            (Some(a), _) => Some((a.name().clone(), type_name(a), "absent".to_owned())),
            (None, Some(b)) => Some((b.name().clone(), "absent".to_owned(), type_name(b))),
            (None, None) => None,
        })
    }

    /// The columns of both whose types differ: name, this side's type, the other side's.
    pub(crate) fn retyped(&self, other: &Self) -> Vec<(String, String, String)> {
        let retyped = self.arrow.fields().iter().filter_map(|ours| {
            let theirs = other.arrow.field_with_name(ours.name()).ok()?;
            let differs = plain(ours) != plain(theirs);
            differs.then(|| (ours.name().clone(), type_name(ours), type_name(theirs)))
        });
        retyped.collect()
    }

    /// A batch of a spec's columns in our form: views for text, `element` for arrays' items.
    pub(crate) fn arrange(&self, table: &str, batch: &RecordBatch) -> Result<RecordBatch> {
        let wrong = |field: &Field, found: String| LakeError::WrongBatch {
            table: table.to_owned(),
            column: field.name().clone(),
            wanted: type_name(field),
            found,
        };
        let given = batch.schema_ref().fields();
        if let (Some(extra), true) = (
            given.get(self.arrow.fields().len()),
            given.len() > self.arrow.fields().len(),
        ) {
            return Err(wrong(extra, "a column too many".to_owned()));
        }
        let columns = self
            .arrow
            .fields()
            .iter()
            .enumerate()
            .map(|(at, field)| {
                let Some(found) = given.get(at) else {
                    return Err(wrong(field, "nothing".to_owned()));
                };
                let same = found.name() == field.name()
                    && canonical(found).is_some_and(|found| plain(&found) == plain(field));
                if !same {
                    let found = format!("{} ({})", found.name(), found.data_type());
                    return Err(wrong(field, found));
                }
                let column = batch.column(at);
                if column.data_type() == field.data_type() {
                    return Ok(Arc::clone(column));
                }
                cast(column, field.data_type()).map_err(|source| LakeError::Arrow {
                    table: table.to_owned(),
                    source,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let options =
            arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.arrow), columns, &options).map_err(
            |source| LakeError::Arrow {
                table: table.to_owned(),
                source,
            },
        )
    }
}

/// Our form of a field, or `None` if Delta has no such type.
fn canonical(field: &Field) -> Option<Field> {
    let data_type = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => DataType::BinaryView,
        DataType::Dictionary(_, values) => {
            return canonical(&field.clone().with_data_type(values.as_ref().clone()));
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            DataType::List(Arc::new(canonical(item)?.with_name("element")))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| canonical(field));
            DataType::Struct(fields.collect::<Option<Vec<_>>>()?.into())
        }
        simple => {
            delta_type(simple)?;
            simple.clone()
        }
    };
    let comment = field.metadata().get(COMMENT).cloned();
    let metadata: HashMap<_, _> = comment
        .map(|comment| (COMMENT.to_owned(), comment))
        .into_iter()
        .collect();
    Some(Field::new(field.name(), data_type, true).with_metadata(metadata))
}

fn delta_type(data_type: &DataType) -> Option<Value> {
    let name = match data_type {
        DataType::Utf8View => "string",
        DataType::BinaryView => "binary",
        DataType::Boolean => "boolean",
        DataType::Int8 => "byte",
        DataType::Int16 => "short",
        DataType::Int32 => "integer",
        DataType::Int64 => "long",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Date32 => "date",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp_ntz",
        DataType::Decimal128(precision, scale) if *scale >= 0 => {
            return Some(json!(format!("decimal({precision},{scale})")));
        }
        DataType::List(item) => {
            return Some(json!({
                "type": "array",
                "elementType": delta_type(item.data_type())?,
                "containsNull": true,
            }));
        }
        DataType::Struct(fields) => return Some(struct_json(fields)),
        _ => return None,
    };
    Some(json!(name))
}

fn struct_json(fields: &arrow::datatypes::Fields) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|field| {
            let mut metadata = Map::new();
            if let Some(comment) = field.metadata().get(COMMENT) {
                metadata.insert(COMMENT.to_owned(), json!(comment));
            }
            json!({
                "name": field.name(),
                "type": delta_type(field.data_type()),
                "nullable": true,
                "metadata": metadata,
            })
        })
        .collect();
    json!({ "type": "struct", "fields": fields })
}

fn has_times(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(..) => true,
        DataType::List(item) => has_times(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_times(field.data_type())),
        _ => false,
    }
}

/// The Delta type without comments, for comparison.
fn plain(field: &Field) -> Option<Value> {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("metadata");
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = delta_type(field.data_type())?;
    strip(&mut value);
    Some(value)
}

fn type_name(field: &Field) -> String {
    match plain(field) {
        Some(Value::String(name)) => name,
        Some(nested) => nested.to_string(),
        None => field.data_type().to_string(),
    }
}

fn unsupported(table: &str, field: &Field) -> LakeError {
    LakeError::UnsupportedType {
        table: table.to_owned(),
        column: field.name().clone(),
        data_type: field.data_type().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: Vec<Field>) -> TableSchema {
        TableSchema::from_arrow("t", &Schema::new(fields)).unwrap()
    }

    #[test]
    fn the_delta_schema_follows_the_protocol() {
        let insurance = DataType::Struct(
            vec![
                Field::new("kind", DataType::Utf8, true),
                Field::new("contribution_base", DataType::Decimal128(18, 2), true),
            ]
            .into(),
        );
        let comment = HashMap::from([(COMMENT.to_owned(), "键 key".to_owned())]);
        let made = schema(vec![
            Field::new("resident_key", DataType::Utf8View, false).with_metadata(comment),
            Field::new_list("insurances", Field::new("item", insurance, true), true),
            Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, None), true),
        ]);
        assert!(made.has_times);
        let delta: Value = serde_json::from_str(&made.delta).unwrap();
        assert_eq!(
            delta["fields"][0],
            json!({"name": "resident_key", "type": "string", "nullable": true,
                   "metadata": {"comment": "键 key"}})
        );
        assert_eq!(delta["fields"][1]["type"]["type"], "array");
        assert_eq!(
            delta["fields"][1]["type"]["elementType"]["fields"][1]["type"],
            "decimal(18,2)"
        );
        assert_eq!(delta["fields"][2]["type"], "timestamp_ntz");
    }

    #[test]
    fn comments_make_no_difference_but_types_do() {
        let with = |comment: &str, data_type| {
            let metadata = HashMap::from([(COMMENT.to_owned(), comment.to_owned())]);
            schema(vec![
                Field::new("a", data_type, true).with_metadata(metadata),
            ])
        };
        let one = with("one", DataType::Utf8);
        assert_eq!(one.difference(&with("two", DataType::Utf8View)), None);
        let (column, ours, theirs) = one.difference(&with("one", DataType::Date32)).unwrap();
        assert_eq!(
            (column.as_str(), ours.as_str(), theirs.as_str()),
            ("a", "string", "date")
        );
        assert!(one.difference(&schema(vec![])).is_some());
        assert!(schema(vec![]).difference(&one).is_some());
    }

    #[test]
    fn only_columns_of_both_can_be_of_other_types() {
        let list = DataType::new_list(DataType::Utf8View, true);
        let held = schema(vec![
            Field::new("a", DataType::Utf8View, true),
            Field::new("gone", DataType::Int64, true),
            Field::new("b", list, true),
        ]);
        let now = schema(vec![
            Field::new("b", DataType::new_list(DataType::Utf8, false), true),
            Field::new("new", DataType::Date32, true),
            Field::new("a", DataType::Decimal128(18, 2), true),
        ]);
        let [column, ours, theirs] = ["a", "string", "decimal(18,2)"].map(str::to_owned);
        assert_eq!(held.retyped(&now), vec![(column, ours, theirs)]);
        assert!(held.retyped(&held).is_empty());
    }

    #[test]
    fn types_without_a_place_are_refused() {
        for data_type in [
            DataType::Timestamp(TimeUnit::Nanosecond, None),
            DataType::Timestamp(TimeUnit::Microsecond, Some("+08:00".into())),
            DataType::UInt32,
            DataType::Null,
        ] {
            let schema = Schema::new(vec![Field::new("a", data_type, true)]);
            assert!(matches!(
                TableSchema::from_arrow("t", &schema),
                Err(LakeError::UnsupportedType { .. })
            ));
        }
    }
}
