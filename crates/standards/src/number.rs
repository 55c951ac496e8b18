//! Amounts, areas, shares and plain numbers.
//!
//! Money and areas are `decimal(18,2)`, computed with whole numbers only: no cent is ever lost to
//! a binary fraction.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, StringViewArray};
use arrow::datatypes::{Decimal128Type, Float64Type};

use crate::kernel::{self, Report};
use crate::rules::{Column, Rule, Severity};

mod chinese;
mod exact;

pub(crate) use chinese::chinese_number;
use exact::Fault;

/// Digits of an amount, and how many of them stand behind the point.
pub const PRECISION: u8 = 18;
/// Digits behind the point of an amount.
pub const SCALE: i8 = 2;

/// The cell is no number.
pub static NUMBER_MALFORMED: Rule = Rule {
    name: "number_malformed",
    severity: Severity::Flagged,
    title: "not a number",
    title_zh: "不是有效数字",
    remedy: "Send plain digits with a decimal point, without words.",
};

/// The number doesn't fit.
pub static NUMBER_OUT_OF_RANGE: Rule = Rule {
    name: "number_out_of_range",
    severity: Severity::Flagged,
    title: "a number with more than 16 digits before the point",
    title_zh: "数值超出范围（整数部分超过16位）",
    remedy: "Check the unit and the column of the number.",
};

/// More than two decimals.
pub static NUMBER_ROUNDED: Rule = Rule {
    name: "number_rounded",
    severity: Severity::Repaired,
    title: "rounded half up to two decimals",
    title_zh: "小数超过两位，已四舍五入",
    remedy: "Send two decimals.",
};

/// 1.5E3.
pub static NUMBER_SCIENTIFIC: Rule = Rule {
    name: "number_scientific",
    severity: Severity::Repaired,
    title: "scientific notation written out",
    title_zh: "科学计数法已展开",
    remedy: "Format the column as a number before exporting it.",
};

/// 万 or 亿.
pub static NUMBER_UNIT: Rule = Rule {
    name: "number_unit",
    severity: Severity::Repaired,
    title: "given in 万 or 亿, multiplied out",
    title_zh: "以万（亿）为单位，已换算为元",
    remedy: "Send amounts in yuan.",
};

/// 共同共有.
pub static SHARE_JOINT: Rule = Rule {
    name: "share_joint",
    severity: Severity::Flagged,
    title: "owned jointly (共同共有): there is no share",
    title_zh: "共同共有，无份额",
    remedy: "Nothing to mend: joint owners have no shares (Civil Code, article 299).",
};

/// Over 100 percent or below nothing.
pub static SHARE_OUT_OF_RANGE: Rule = Rule {
    name: "share_out_of_range",
    severity: Severity::Flagged,
    title: "a share of more than 100 percent or less than nothing",
    title_zh: "共有比例超出0至100",
    remedy: "Send the share in percent.",
};

/// 0.5 without a percent sign.
pub static SHARE_DOUBTFUL: Rule = Rule {
    name: "share_doubtful",
    severity: Severity::Flagged,
    title: "a share of at most 1 without a percent sign: read as percent, perhaps a fraction is meant",
    title_zh: "共有比例不大于1且无百分号：按百分数读取，可能实为小数",
    remedy: "Send the share in percent: 50 for one half.",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[
    &NUMBER_MALFORMED,
    &NUMBER_OUT_OF_RANGE,
    &NUMBER_ROUNDED,
    &NUMBER_SCIENTIFIC,
    &NUMBER_UNIT,
    &SHARE_JOINT,
    &SHARE_OUT_OF_RANGE,
    &SHARE_DOUBTFUL,
];

/// Amounts of money and areas as `decimal(18,2)`.
///
/// Currency signs, 元, square metres and thousands separators are removed; 万 and 亿 multiplied
/// out; more than two decimals rounded half up, away from zero.
#[must_use]
pub fn decimal(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::primitives::<Decimal128Type, _>(input, amount);
    Column {
        values: two_decimals(values),
        issues,
    }
}

/// Shares in percent as `decimal(18,2)`: `100`, `50%`, `1/2`, `二分之一`.
#[must_use]
pub fn share_percent(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::primitives::<Decimal128Type, _>(input, share);
    Column {
        values: two_decimals(values),
        issues,
    }
}

/// Plain numbers such as degrees of longitude; a degree sign behind them is dropped.
#[must_use]
pub fn float(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::primitives::<Float64Type, _>(input, |cell, report| {
        let mut scratch = String::new();
        let cell = kernel::plain(cell, &mut scratch)?
            .trim_end_matches(['°', '度'])
            .trim_end();
        let digits = cell.bytes().any(|b| b.is_ascii_digit());
        // `inf` and `nan` are numbers to the parser, not to us.
        let signs = cell
            .bytes()
            .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        match cell.parse::<f64>() {
            Ok(number) if digits && signs && number.is_finite() => Some(number),
            _ => report.lost(&NUMBER_MALFORMED),
        }
    });
    Column {
        values: Arc::new(values),
        issues,
    }
}

fn two_decimals(values: Decimal128Array) -> ArrayRef {
    // Every value was checked against the precision when it was read.
    let (_, numbers, nulls) = values.into_parts();
    let typed = arrow::datatypes::DataType::Decimal128(PRECISION, SCALE);
    Arc::new(Decimal128Array::new(numbers, nulls).with_data_type(typed))
}

fn amount(cell: &str, report: &mut Report) -> Option<i128> {
    if let Some(cents) = exact::plain_cents(cell.as_bytes()) {
        return Some(cents);
    }
    let mut scratch = String::new();
    let cell = kernel::plain(cell, &mut scratch)?;
    let (digits, power) = without_units(cell);
    if power > 0 {
        report.broke(&NUMBER_UNIT);
    }
    read_cents(digits, power, report)
}

/// Reads a number in hundredths, `power` tens to be multiplied in, and reports what it took.
fn read_cents(digits: &str, power: i32, report: &mut Report) -> Option<i128> {
    match exact::cents(digits, power) {
        Ok(read) => {
            if read.scientific {
                report.broke(&NUMBER_SCIENTIFIC);
            }
            if read.rounded {
                report.broke(&NUMBER_ROUNDED);
            }
            Some(read.cents)
        }
        Err(Fault::Malformed) => report.lost(&NUMBER_MALFORMED),
        Err(Fault::OutOfRange) => report.lost(&NUMBER_OUT_OF_RANGE),
    }
}

/// Cuts signs of currency, month and area; the power of ten that 万 and 亿 stand for.
fn without_units(cell: &str) -> (&str, i32) {
    const BEFORE: &[&str] = &["人民币", "RMB", "rmb", "CNY", "cny", "¥", "￥", "约"];
    const AFTER: &[&str] = &[
        "元",
        "元整",
        "人民币",
        "/月",
        "每月",
        "RMB",
        "CNY",
        "平方米",
        "平米",
        "㎡",
        "m²",
        "m2",
        "M2",
        "M²",
    ];
    let mut cell = cell.trim();
    while let Some(rest) = BEFORE.iter().find_map(|sign| cell.strip_prefix(sign)) {
        cell = rest.trim_start();
    }
    while let Some(rest) = AFTER.iter().find_map(|sign| cell.strip_suffix(sign)) {
        cell = rest.trim_end();
    }
    for (unit, power) in [("万", 4), ("亿", 8)] {
        if let Some(rest) = cell.strip_suffix(unit) {
            return (rest.trim_end(), power);
        }
    }
    (cell, 0)
}

/// 100 percent in hundredths.
const WHOLE: i128 = 10_000;

fn share(cell: &str, report: &mut Report) -> Option<i128> {
    let mut scratch = String::new();
    let cell = kernel::plain(cell, &mut scratch)?;
    let cell = ["按份共有", "各占", "各", "占"]
        .iter()
        .fold(cell, |cell, word| {
            cell.strip_prefix(word)
                .unwrap_or(cell)
                .trim_start_matches([' ', ':'])
        });
    let cents = match cell {
        "共同共有" | "共同" | "共有" => return report.lost(&SHARE_JOINT),
        "单独所有" | "单独" | "独有" | "全部" => Some(WHOLE),
        _ => match cell
            .split_once('/')
            .map(|(part, whole)| (whole, part))
            .or(cell.split_once("分之"))
        {
            Some((whole, part)) => match fraction(part, whole) {
                Some(cents) => Some(cents),
                None => report.lost(&NUMBER_MALFORMED),
            },
            None => percent(cell, report),
        },
    }?;
    if (0..=WHOLE).contains(&cents) {
        Some(cents)
    } else {
        report.lost(&SHARE_OUT_OF_RANGE)
    }
}

fn percent(cell: &str, report: &mut Report) -> Option<i128> {
    if let Some(digits) = cell.strip_suffix('%') {
        return read_cents(digits.trim_end(), 0, report);
    }
    let cents = read_cents(cell, 0, report)?;
    if cents > 0 && cents <= 100 {
        report.broke(&SHARE_DOUBTFUL);
    }
    Some(cents)
}

/// `part` of `whole` in hundredths of a percent, half up.
fn fraction(part: &str, whole: &str) -> Option<i128> {
    let whole_number = |text: &str| -> Option<i128> {
        let text = text.trim();
        if !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok();
        }
        if text == "百" {
            Some(100)
        } else {
            chinese_number(text).map(i128::from)
        }
    };
    let (part, whole) = (whole_number(part)?, whole_number(whole)?);
    (whole > 0).then(|| (part * WHOLE * 2 + whole) / (whole * 2))
}

#[cfg(test)]
mod tests;
