//! The standards as functions of SQL: what the run does to a column, a query can do too.
//!
//! | function | gives |
//! |---|---|
//! | `std_text(t)`, `std_name(t)`, `std_address(t)`, `std_phone(t)` | text in standard form |
//! | `std_date(t)`, `std_month(t)`, `std_timestamp(t)` | date, date, timestamp |
//! | `std_amount(t)`, `std_share_percent(t)` | decimal(18,2) |
//! | `std_sex(t)`, `std_ethnicity(t)`, `std_relation_to_head(t)`, `std_marital_status(t)`, `std_division(t)`, `std_id_type(t)`, `std_blood_group(t)`, `std_icd10(t)` | the code |
//! | `std_id_number(t)` | the normalised number, null where it can't be used |
//! | `id_status(t)` | valid, repaired, missing, malformed or masked |
//! | `id_birth_date(t)`, `id_sex(t)` | what the number says |
//! | `is_credit_code(t)` | whether it is a credit code of GB 32100 |

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use rongtong_standards::date::DateRange;
use rongtong_standards::identity::identity_numbers;
use rongtong_standards::{Column, address, codes, credit, date, name, number, phone, text};

/// Registers every function in a session.
pub fn register(session: &SessionContext) {
    for (name, kernel) in TEXT {
        add(session, name, DataType::Utf8View, move |cells| {
            kernel(cells).values
        });
    }
    let decimal = DataType::Decimal128(18, 2);
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    add(session, "std_date", DataType::Date32, |cells| {
        date::date(cells, &DateRange::PLAUSIBLE).values
    });
    add(session, "std_month", DataType::Date32, |cells| {
        date::month(cells).values
    });
    add(session, "std_timestamp", time, |cells| {
        date::timestamp(cells).values
    });
    add(session, "std_amount", decimal.clone(), |cells| {
        number::decimal(cells).values
    });
    add(session, "std_share_percent", decimal, |cells| {
        number::share_percent(cells).values
    });
    add(session, "std_id_number", DataType::Utf8View, |cells| {
        let read = identity_numbers(cells, None, i32::MAX);
        let usable = read
            .number
            .iter()
            .zip(&read.status)
            .map(|(number, status)| number.filter(|_| status.is_usable()));
        Arc::new(usable.collect::<StringViewArray>())
    });
    add(session, "id_status", DataType::Utf8View, |cells| {
        let read = identity_numbers(cells, None, i32::MAX);
        Arc::new(
            read.status
                .iter()
                .map(|status| Some(status.as_str()))
                .collect::<StringViewArray>(),
        )
    });
    add(session, "id_birth_date", DataType::Date32, |cells| {
        Arc::new(identity_numbers(cells, None, i32::MAX).birth_date)
    });
    add(session, "id_sex", DataType::Utf8View, |cells| {
        let word = |sex: &u8| match sex {
            1 => Some("1"),
            2 => Some("2"),
            _ => None,
        };
        Arc::new(
            identity_numbers(cells, None, i32::MAX)
                .sex
                .iter()
                .map(word)
                .collect::<StringViewArray>(),
        )
    });
    add(session, "is_credit_code", DataType::Boolean, |cells| {
        Arc::new(
            cells
                .iter()
                .map(|cell| cell.map(credit::is_credit_code))
                .collect::<BooleanArray>(),
        )
    });
}

type Kernel = fn(&StringViewArray) -> Column;

const TEXT: [(&str, Kernel); 12] = [
    ("std_text", text::text),
    ("std_name", name::name),
    ("std_address", address::address),
    ("std_phone", phone::phone),
    ("std_sex", codes::sex),
    ("std_ethnicity", codes::ethnicity),
    ("std_relation_to_head", codes::relation_to_head),
    ("std_marital_status", codes::marital_status),
    ("std_division", codes::division),
    ("std_id_type", codes::id_type),
    ("std_blood_group", codes::blood_group),
    ("std_icd10", codes::icd10),
];

fn add(
    session: &SessionContext,
    name: &str,
    gives: DataType,
    kernel: impl Fn(&StringViewArray) -> ArrayRef + Send + Sync + 'static,
) {
    let function = move |arguments: &[ColumnarValue]| {
        let cells = ColumnarValue::values_to_arrays(arguments)?;
        let cells = cast(&cells[0], &DataType::Utf8View)?;
        Ok(ColumnarValue::Array(kernel(cells.as_string_view())))
    };
    session.register_udf(create_udf(
        name,
        vec![DataType::Utf8View],
        gives,
        Volatility::Immutable,
        Arc::new(function),
    ));
}

#[cfg(test)]
mod tests {
    use arrow::util::display::array_value_to_string;

    use super::*;

    /// The first row of a query, as text.
    async fn row(query: &str) -> Vec<Option<String>> {
        let session = SessionContext::new();
        register(&session);
        let batches = session.sql(query).await.unwrap().collect().await.unwrap();
        let cell = |values: &ArrayRef| {
            use arrow::array::Array as _;
            values
                .is_valid(0)
                .then(|| array_value_to_string(values, 0).unwrap())
        };
        batches[0].columns().iter().map(cell).collect()
    }

    async fn first(expression: &str) -> Option<String> {
        row(&format!("SELECT {expression}")).await.remove(0)
    }

    #[tokio::test]
    async fn a_query_standardises_as_a_run_does() {
        for (expression, expected) in [
            ("std_name('张　伟')", Some("张伟")),
            ("std_date('2001年3月27日')", Some("2001-03-27")),
            ("std_date('20010230')", None),
            ("std_month('202403')", Some("2024-03-01")),
            (
                "std_timestamp('2026-05-30 18:41:12')",
                Some("2026-05-30T18:41:12"),
            ),
            ("std_amount('1.5万元')", Some("15000.00")),
            ("std_share_percent('1/2')", Some("50.00")),
            ("std_sex('1-男')", Some("1")),
            ("std_ethnicity('01汉族')", Some("01")),
            ("std_phone('+86 139 5710 1234')", Some("13957101234")),
            ("std_blood_group('AB')", Some("4")),
            ("std_text(NULL)", None),
            ("is_credit_code('91330106MA27X0000X')", Some("false")),
        ] {
            assert_eq!(first(expression).await.as_deref(), expected, "{expression}");
        }
    }

    #[tokio::test]
    async fn a_number_tells_who_it_may_be_only_when_it_can_be_used() {
        let good = crate::testing::number(2);
        let all = |id: &str| {
            format!(
                "SELECT std_id_number(n), id_status(n), id_birth_date(n), id_sex(n) FROM (VALUES ('{id}')) AS t(n)"
            )
        };
        let text = |t: &str| Some(t.to_owned());
        let read = row(&all(&format!(" {good} "))).await;
        assert_eq!(
            read,
            [text(&good), text("valid"), text("1990-01-01"), text("2")]
        );
        let broken = good.replacen("1990", "1991", 1);
        let read = row(&all(&broken)).await;
        assert_eq!(read, [None, text("malformed"), None, None]);
    }
}
