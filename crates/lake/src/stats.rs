//! Statistics of a data file for the Delta log: the row count, and ranges of chosen columns only.
//!
//! Taken from the Parquet footer, which holds no others (law 6: no personal data in a statistic).

use arrow::datatypes::{DataType, Schema};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use serde_json::{Map, Value, json};

/// Text longer than this is kept out of the log, as a cut minimum would be no value of the column.
const LONGEST_TEXT: usize = 64;

/// The `stats` text of an add action (Delta protocol, "Per-file Statistics").
pub(crate) fn file_statistics(
    schema: &Schema,
    chosen: &[String],
    footer: &ParquetMetaData,
) -> String {
    let mut ranges = [Map::new(), Map::new(), Map::new()];
    let [minimums, maximums, nulls] = &mut ranges;
    for column in chosen {
        let Ok(field) = schema.field_with_name(column) else {
            continue;
        };
        let Some(range) = column_range(field.data_type(), column, footer) else {
            continue;
        };
        if let Some((minimum, maximum)) = range.bounds {
            minimums.insert(column.clone(), minimum);
            maximums.insert(column.clone(), maximum);
        }
        nulls.insert(column.clone(), json!(range.nulls));
    }
    let rows = footer.file_metadata().num_rows();
    let [minimums, maximums, nulls] = ranges;
    json!({
        "numRecords": rows,
        "minValues": minimums,
        "maxValues": maximums,
        "nullCount": nulls,
    })
    .to_string()
}

struct ColumnRange {
    bounds: Option<(Value, Value)>,
    nulls: u64,
}

/// `None` if any row group lacks the statistics: half a range would be a wrong one.
fn column_range(
    data_type: &DataType,
    column: &str,
    footer: &ParquetMetaData,
) -> Option<ColumnRange> {
    let mut whole: Option<(Bound, Bound)> = None;
    let mut nulls = 0;
    for group in footer.row_groups() {
        let chunk = group
            .columns()
            .iter()
            .find(|chunk| chunk.column_path().string() == column)?;
        let statistics = chunk.statistics()?;
        let nulls_here = statistics.null_count_opt()?;
        nulls += nulls_here;
        if nulls_here == u64::try_from(chunk.num_values()).ok()? {
            continue;
        }
        let (minimum, maximum) = bounds(statistics)?;
        whole = Some(match whole {
            None => (minimum, maximum),
            Some((low, high)) => (low.min(minimum), high.max(maximum)),
        });
    }
    let bounds = match whole {
        None => None,
        Some((low, high)) => Some((low.json(data_type)?, high.json(data_type)?)),
    };
    Some(ColumnRange { bounds, nulls })
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    Number(i64),
    Text(String),
}

impl Bound {
    fn json(self, data_type: &DataType) -> Option<Value> {
        match (self, data_type) {
            (Self::Text(text), DataType::Utf8View) => {
                (text.len() <= LONGEST_TEXT).then(|| json!(text))
            }
            (Self::Number(number), DataType::Int32 | DataType::Int64) => Some(json!(number)),
            (Self::Number(days), DataType::Date32) => {
                let date =
                    arrow::temporal_conversions::date32_to_datetime(i32::try_from(days).ok()?)?;
                Some(json!(date.format("%Y-%m-%d").to_string()))
            }
            _ => None,
        }
    }
}

fn bounds(statistics: &Statistics) -> Option<(Bound, Bound)> {
    match statistics {
        Statistics::Int32(values) => Some((
            Bound::Number(i64::from(*values.min_opt()?)),
            Bound::Number(i64::from(*values.max_opt()?)),
        )),
        Statistics::Int64(values) => Some((
            Bound::Number(*values.min_opt()?),
            Bound::Number(*values.max_opt()?),
        )),
        Statistics::ByteArray(values) if values.min_is_exact() && values.max_is_exact() => Some((
            Bound::Text(values.min_opt()?.as_utf8().ok()?.to_owned()),
            Bound::Text(values.max_opt()?.as_utf8().ok()?.to_owned()),
        )),
        _ => None,
    }
}
