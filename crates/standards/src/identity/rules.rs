//! The rules that identity numbers break.

use crate::rules::{Rule, Severity};

/// All rules of identity numbers.
pub static RULES: &[&Rule] = &[
    &ID_INNER_BLANKS,
    &ID_FULL_WIDTH,
    &ID_LOWER_CASE,
    &ID_QUOTED,
    &ID_LOOK_ALIKES,
    &ID_FIFTEEN_DIGITS,
    &ID_FORM,
    &ID_CHECK_FAILED,
    &ID_PROVINCE_UNKNOWN,
    &ID_BIRTH_IMPOSSIBLE,
    &ID_EXCEL_DAMAGE,
    &ID_PLACEHOLDER,
    &ID_MASKED,
    &ID_DIVISION_UNKNOWN,
    &ORGANISATION,
];

/// Blanks or hyphens inside the number; removed.
pub static ID_INNER_BLANKS: Rule = repaired(
    "id_inner_blanks",
    "Blanks or hyphens inside the number",
    "证件号码中间有空格或连字符",
    "Send the number without blanks",
);

/// Full-width characters; made half-width.
pub static ID_FULL_WIDTH: Rule = repaired(
    "id_full_width",
    "Full-width characters in the number",
    "证件号码含全角字符",
    "Send half-width digits and letters",
);

/// Lower-case letters; made upper case.
pub static ID_LOWER_CASE: Rule = repaired(
    "id_lower_case",
    "A lower-case letter in the number",
    "证件号码含小写字母",
    "Write X in upper case",
);

/// A quotation mark or an Excel formula around the number; removed.
pub static ID_QUOTED: Rule = repaired(
    "id_quoted",
    "A quotation mark before the number",
    "证件号码前有引号",
    "Export the number as text, without the mark",
);

/// O for 0, l or I for 1; corrected where the check character then passes.
pub static ID_LOOK_ALIKES: Rule = repaired(
    "id_look_alikes",
    "Letters that look like digits; with the digits the check passes",
    "证件号码中字母误作数字，更正后校验通过",
    "Correct the number at its source",
);

/// A number of 15 digits; made 18 characters (GB 11643-1999).
pub static ID_FIFTEEN_DIGITS: Rule = repaired(
    "id_fifteen_digits",
    "A 15-digit number, replaced by its 18-character form",
    "15 位证件号码，已升为 18 位",
    "Send the 18-character number",
);

/// The form of no document.
pub static ID_FORM: Rule = flagged(
    "id_form",
    "Not the form of the stated document, nor of any other",
    "证件号码格式不符",
    "Correct the number or the document type at its source",
);

/// The check character doesn't fit the digits (GB 11643, MOD 11-2).
pub static ID_CHECK_FAILED: Rule = flagged(
    "id_check_failed",
    "The check character doesn't fit: a digit is wrong or two are swapped",
    "证件号码校验位错误",
    "Correct the number at its source",
);

/// The first two digits are no province.
pub static ID_PROVINCE_UNKNOWN: Rule = flagged(
    "id_province_unknown",
    "The number begins with no province of GB/T 2260",
    "证件号码省级代码不存在",
    "Correct the number at its source",
);

/// The birth date in the number isn't a day, or lies before 1800 or in the future.
pub static ID_BIRTH_IMPOSSIBLE: Rule = flagged(
    "id_birth_impossible",
    "The birth date in the number is impossible or in the future",
    "证件号码中的出生日期不存在或晚于数据日期",
    "Correct the number at its source",
);

/// Digits lost in Excel; they can't be known again.
pub static ID_EXCEL_DAMAGE: Rule = flagged(
    "id_excel_damage",
    "Digits lost in Excel: 3.30106E+17, or the last three digits zero",
    "证件号码被 Excel 损坏（科学计数法或末三位为零）",
    "Export again with the column formatted as text",
);

/// A number that somebody made up to fill the cell.
pub static ID_PLACEHOLDER: Rule = flagged(
    "id_placeholder",
    "A made-up number such as 111111111111111111",
    "证件号码为占位号码",
    "Leave the cell empty where there is no number",
);

/// Digits hidden behind a mask.
pub static ID_MASKED: Rule = flagged(
    "id_masked",
    "A masked number such as 330106********0012",
    "证件号码被脱敏遮盖",
    "Ask the department for the unmasked number",
);

/// The county in a valid number is in no edition of GB/T 2260; the number stands.
pub static ID_DIVISION_UNKNOWN: Rule = flagged(
    "id_division_unknown",
    "The county in the number is in no edition of GB/T 2260; the number stands",
    "证件号码前六位不在历年区划代码中",
    "Check the number at its source",
);

/// A unified social credit code where a person's number is expected.
pub static ORGANISATION: Rule = flagged(
    "id_organisation",
    "A unified social credit code (GB 32100): an organisation, no resident",
    "统一社会信用代码，不是自然人",
    "Nothing to do where organisations are allowed",
);

const fn repaired(
    name: &'static str,
    title: &'static str,
    title_zh: &'static str,
    remedy: &'static str,
) -> Rule {
    Rule {
        name,
        severity: Severity::Repaired,
        title,
        title_zh,
        remedy,
    }
}

const fn flagged(
    name: &'static str,
    title: &'static str,
    title_zh: &'static str,
    remedy: &'static str,
) -> Rule {
    Rule {
        name,
        severity: Severity::Flagged,
        title,
        title_zh,
        remedy,
    }
}
