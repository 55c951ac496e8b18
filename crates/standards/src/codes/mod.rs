//! Coded columns: each cell becomes one code of a national standard or of a contract's own list.
//!
//! A cell may hold the code, its label, both (`01汉族`, `1-男`, `男(1)`) or a customary word
//! (`汉`, `M`). What no list knows becomes null and is flagged; nothing is guessed.

mod division;
mod icd10;
mod list;
mod tables;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, StringViewArray, StringViewBuilder};

use crate::clean;
use crate::rules::{Column, Issue, Rule, Severity};

pub use division::{Division, division, division_name, divisions, is_known_division};
pub use division::{Divisions, is_known_province};
pub use icd10::{icd10, icd10_list};
pub use list::{CodeList, Reading};
pub use tables::{
    BLOOD_GROUPS, CV02_01_101, ETHNICITIES, ID_TYPES, MARITAL_STATUSES, RELATIONS_TO_HEAD, SEXES,
};

/// A cell that is neither a code nor a label of its list.
pub static CODE_UNKNOWN: Rule = Rule {
    name: "code_unknown",
    severity: Severity::Flagged,
    title: "Neither a code nor a label of the column's code list",
    title_zh: "代码不在代码表中",
    remedy: "Send a code of the list, or have the list in the contract extended",
};

/// A cell whose code and label say different things.
pub static CODE_LABEL_DIFFERS: Rule = Rule {
    name: "code_label_differs",
    severity: Severity::Flagged,
    title: "The code and the label beside it say different things",
    title_zh: "代码与其后的名称不一致",
    remedy: "Send the code alone",
};

/// A county code that no edition of GB/T 2260 has, though its province exists.
pub static DIVISION_UNKNOWN: Rule = Rule {
    name: "division_unknown",
    severity: Severity::Flagged,
    title: "A county code that no edition of GB/T 2260 has; its province exists",
    title_zh: "行政区划代码在历年 GB/T 2260 中均不存在",
    remedy: "Check the six-digit code against GB/T 2260",
};

/// An ICD-10 code in another notation than the standard's.
pub static ICD10_NOTATION: Rule = Rule {
    name: "icd10_notation",
    severity: Severity::Repaired,
    title: "An ICD-10 code written without its point, in lower case or with a trailing mark",
    title_zh: "ICD-10 编码书写不规范",
    remedy: "Write the code as in GB/T 14396, such as E11.9",
};

/// Something that is no ICD-10 code.
pub static ICD10_MALFORMED: Rule = Rule {
    name: "icd10_malformed",
    severity: Severity::Flagged,
    title: "Not an ICD-10 code",
    title_zh: "不是 ICD-10 编码",
    remedy: "Send codes of GB/T 14396 such as E11.9, several split by ;",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[
    &CODE_UNKNOWN,
    &CODE_LABEL_DIFFERS,
    &DIVISION_UNKNOWN,
    &ICD10_NOTATION,
    &ICD10_MALFORMED,
];

static SEX: LazyLock<CodeList> =
    LazyLock::new(|| CodeList::new(SEXES.iter().copied()).with_aliases(tables::SEX_WORDS));
static ETHNICITY: LazyLock<CodeList> = LazyLock::new(|| {
    let short = ETHNICITIES
        .iter()
        .filter_map(|(code, label)| Some((label.strip_suffix('族')?, *code)));
    CodeList::new(ETHNICITIES.iter().copied())
        .with_aliases(short)
        .with_aliases(tables::ETHNICITY_WORDS.iter().copied())
});
// One digit means something else in GB/T 4761's short form (1 is 配偶): no zero is ever added here.
static RELATION: LazyLock<CodeList> = LazyLock::new(|| {
    CodeList::with_exact_codes(RELATIONS_TO_HEAD.iter().copied())
        .with_aliases(tables::RELATION_WORDS.iter().copied())
});
static MARITAL: LazyLock<CodeList> = LazyLock::new(|| {
    CodeList::new(MARITAL_STATUSES.iter().copied())
        .with_aliases(tables::MARITAL_WORDS.iter().copied())
});
static ID_TYPE: LazyLock<CodeList> = LazyLock::new(|| {
    CodeList::new(ID_TYPES.iter().copied())
        .with_aliases(CV02_01_101.iter().map(|(cv, _, code)| (*cv, *code)))
        .with_aliases(CV02_01_101.iter().map(|(_, label, code)| (*label, *code)))
        .with_aliases(tables::ID_TYPE_WORDS.iter().copied())
});
static BLOOD: LazyLock<CodeList> = LazyLock::new(|| {
    CodeList::new(BLOOD_GROUPS.iter().copied()).with_aliases(tables::BLOOD_WORDS.iter().copied())
});

/// Sex as GB/T 2261.1: `0` unknown, `1` male, `2` female, `9` not stated.
#[must_use]
pub fn sex(input: &StringViewArray) -> Column {
    coded(input, &SEX)
}

/// Ethnicity as GB/T 3304: `01` to `56`, `97` other, `98` foreign descent.
#[must_use]
pub fn ethnicity(input: &StringViewArray) -> Column {
    coded(input, &ETHNICITY)
}

/// Relation to the head of the household as GB/T 4761, two digits.
#[must_use]
pub fn relation_to_head(input: &StringViewArray) -> Column {
    coded(input, &RELATION)
}

/// Marital status as GB/T 2261.2, two digits.
#[must_use]
pub fn marital_status(input: &StringViewArray) -> Column {
    coded(input, &MARITAL)
}

/// Type of an identity document as GA/T 2000.156 (formerly GA/T 517), three digits; the health
/// departments' CV02.01.101 is taken too.
#[must_use]
pub fn id_type(input: &StringViewArray) -> Column {
    coded(input, &ID_TYPE)
}

/// Blood group: `1` A, `2` B, `3` O, `4` AB, `5` unknown.
#[must_use]
pub fn blood_group(input: &StringViewArray) -> Column {
    coded(input, &BLOOD)
}

/// The GA/T 2000.156 code of a document type as a number; `None` if nothing is said or it isn't known.
#[must_use]
pub fn id_type_of(cell: &str) -> Option<u16> {
    match ID_TYPE.read(cell) {
        Reading::Code(code) => code.parse().ok(),
        Reading::Unknown | Reading::Differs => None,
    }
}

/// A column of one list's codes.
///
/// A cell that says nothing gives null without an issue, unless the list itself knows its word.
#[must_use]
pub fn coded(input: &StringViewArray, list: &CodeList) -> Column {
    let mut values = StringViewBuilder::with_capacity(input.len());
    let mut issues = Vec::new();
    for (row, cell) in (0u32..).zip(input.iter()) {
        let Some(cell) = cell else {
            values.append_null();
            continue;
        };
        if let Some(code) = list.exact(cell) {
            values.append_value(code);
            continue;
        }
        if clean::is_nothing(cell) {
            values.append_null();
            continue;
        }
        match list.read(cell) {
            Reading::Code(code) => values.append_value(code),
            Reading::Differs => {
                values.append_null();
                issues.push(Issue {
                    row,
                    rule: &CODE_LABEL_DIFFERS,
                });
            }
            Reading::Unknown => {
                values.append_null();
                issues.push(Issue {
                    row,
                    rule: &CODE_UNKNOWN,
                });
            }
        }
    }
    Column {
        values: Arc::new(values.finish()),
        issues,
    }
}

#[cfg(test)]
mod tests;
