use proptest::prelude::*;

use super::*;
use crate::kernel::testing::{check_shape, column, names};

fn one(kernel: fn(&StringViewArray) -> Column, cell: &str) -> (Option<i128>, Vec<&'static str>) {
    let out = kernel(&column(&[cell]));
    let values = out
        .values
        .as_any()
        .downcast_ref::<Decimal128Array>()
        .unwrap();
    assert_eq!((values.precision(), values.scale()), (PRECISION, SCALE));
    (values.iter().next().unwrap(), names(&out.issues))
}

#[test]
fn plain_amounts() {
    for (cell, cents) in [
        ("0", 0),
        ("1", 100),
        ("12.3", 1_230),
        ("12.34", 1_234),
        ("1234567.80", 123_456_780),
        ("-5.5", -550),
        ("+5", 500),
        (" 12.3 ", 1_230),
        ("１２．３", 1_230),
        ("1,234.5", 123_450),
        ("1 234", 123_400),
        ("¥1,234", 123_400),
        ("￥ 12元", 1_200),
        ("12.3元/月", 1_230),
        ("'12", 1_200),
        (".5", 50),
        ("5.", 500),
        ("89.50㎡", 8_950),
        ("89.5平方米", 8_950),
        ("007", 700),
        ("12.340000", 1_234),
        ("9999999999999999.99", 999_999_999_999_999_999),
    ] {
        assert_eq!(one(decimal, cell), (Some(cents), vec![]), "{cell:?}");
    }
}

#[test]
fn repaired_amounts() {
    for (cell, cents, rules) in [
        ("1.5E3", 150_000, vec!["number_scientific"]),
        ("1.5e-1", 15, vec!["number_scientific"]),
        ("1.2万", 1_200_000, vec!["number_unit"]),
        ("1.23456万元", 1_234_560, vec!["number_unit"]),
        ("3亿元", 30_000_000_000, vec!["number_unit"]),
        ("1.005", 101, vec!["number_rounded"]),
        ("1.0049999", 100, vec!["number_rounded"]),
        ("-1.005", -101, vec!["number_rounded"]),
        ("0.001", 0, vec!["number_rounded"]),
        ("0.0000001", 0, vec!["number_rounded"]),
        ("0.005", 1, vec!["number_rounded"]),
        (
            "1E-99999999999",
            0,
            vec!["number_scientific", "number_rounded"],
        ),
        ("0E99999999999", 0, vec!["number_scientific"]),
        (
            "0.123456789012345678901234567890123456789012345678901234567890",
            12,
            vec!["number_rounded"],
        ),
    ] {
        assert_eq!(one(decimal, cell), (Some(cents), rules), "{cell:?}");
    }
}

#[test]
fn what_is_no_amount_is_null() {
    for cell in [
        "abc", "1.2.3", "1,23", "--5", "元", ".", "E5", "1E", "12,3456", "Infinity", "NaN", "十元",
    ] {
        assert_eq!(
            one(decimal, cell),
            (None, vec!["number_malformed"]),
            "{cell:?}"
        );
    }
    for cell in [
        "10000000000000000",
        "1E16",
        "9999999999999999.995",
        "1E999999999999",
    ] {
        let (value, rules) = one(decimal, cell);
        assert_eq!(
            (value, rules.last()),
            (None, Some(&"number_out_of_range")),
            "{cell:?}"
        );
    }
    for cell in ["", "无", "NULL", "-"] {
        assert_eq!(one(decimal, cell), (None, vec![]), "{cell:?}");
    }
}

#[test]
fn shares() {
    for (cell, cents) in [
        ("100", 10_000),
        ("50%", 5_000),
        ("50％", 5_000),
        ("1/2", 5_000),
        ("1/3", 3_333),
        ("2/3", 6_667),
        ("１／２", 5_000),
        ("二分之一", 5_000),
        ("百分之五十", 5_000),
        ("3分之1", 3_333),
        ("各占50%", 5_000),
        ("按份共有：1/4", 2_500),
        ("1/1", 10_000),
        ("单独所有", 10_000),
        ("0.5%", 50),
        ("33.33", 3_333),
        (" 1 / 2 ", 5_000),
    ] {
        assert_eq!(one(share_percent, cell), (Some(cents), vec![]), "{cell:?}");
    }
    assert_eq!(
        one(share_percent, "0.5"),
        (Some(50), vec!["share_doubtful"])
    );
    assert_eq!(
        one(share_percent, "33.333"),
        (Some(3_333), vec!["number_rounded"])
    );
    assert_eq!(one(share_percent, "共同共有"), (None, vec!["share_joint"]));
    for cell in ["101", "-1", "3/2", "150%"] {
        assert_eq!(
            one(share_percent, cell),
            (None, vec!["share_out_of_range"]),
            "{cell:?}"
        );
    }
    for cell in ["1/0", "1/2/3", "a/b", "按份共有", "半", "1/2%"] {
        assert_eq!(
            one(share_percent, cell).1,
            vec!["number_malformed"],
            "{cell:?}"
        );
    }
}

#[test]
fn floats() {
    let input = column(&[
        "120.123456",
        "30.5°",
        " １２０．５ ",
        "-1e-3",
        "inf",
        "nan",
        "",
        "120,5",
        "E",
    ]);
    let out = float(&input);
    let values = out
        .values
        .as_any()
        .downcast_ref::<arrow::array::Float64Array>()
        .unwrap();
    let expected = [
        Some(120.123_456),
        Some(30.5),
        Some(120.5),
        Some(-0.001),
        None,
        None,
        None,
        None,
        None,
    ];
    assert_eq!(values.iter().collect::<Vec<_>>(), expected);
    assert_eq!(
        out.issues.iter().map(|issue| issue.row).collect::<Vec<_>>(),
        [4, 5, 7, 8]
    );
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back(cents in -999_999_999_999_999_999_i128..=999_999_999_999_999_999) {
        let sign = if cents < 0 { "-" } else { "" };
        let (whole, behind) = (cents.abs() / 100, cents.abs() % 100);
        let text = format!("{sign}{whole}.{behind:02}");
        prop_assert_eq!(one(decimal, &text), (Some(cents), vec![]));
        if whole >= 1000 {
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && (digits.len() - at).is_multiple_of(3) {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            prop_assert_eq!(one(decimal, &format!("{sign}{grouped}.{behind:02}元")), (Some(cents), vec![]));
        }
    }

    #[test]
    fn nothing_panics(cells in proptest::collection::vec("[0-9.,eE+-]{0,30}(万|元|%|/[0-9]{0,4})?|.{0,20}", 0..8)) {
        let input = column(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        check_shape(&input, &decimal(&input));
        check_shape(&input, &share_percent(&input));
        check_shape(&input, &float(&input));
    }
}
