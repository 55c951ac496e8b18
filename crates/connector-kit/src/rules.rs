//! Rules about rows and deliveries; those about cells stand in `rongtong_standards::rules`.

pub use rongtong_standards::rules::{Rule, Severity};

/// The row can't be split into its columns.
pub static ROW_WIDTH: Rule = Rule {
    name: "row_width",
    severity: Severity::Rejected,
    title: "the row has more or fewer cells than there are headings",
    title_zh: "该行的列数与表头不符",
    remedy: "quote cells that hold the delimiter or a line break, and send the row again",
};

/// The row is no record of its packing.
pub static ROW_UNPARSABLE: Rule = Rule {
    name: "row_unparsable",
    severity: Severity::Rejected,
    title: "the row can't be read as a record",
    title_zh: "该行无法解析",
    remedy: "check that the delivery was not cut short, and send the row again",
};

/// The row names nobody.
pub static NAMES_NOBODY: Rule = Rule {
    name: "names_nobody",
    severity: Severity::Rejected,
    title: "the row has neither a usable name nor a number",
    title_zh: "该行既无可用姓名也无证件号码",
    remedy: "fill in the name or the identity number",
};

/// The row is no record: a total, a page, who made the table, the headings once more. It counts for no limit.
pub static LINE_OF_TABLE: Rule = Rule {
    name: "line_of_table",
    severity: Severity::Rejected,
    title: "the row is no record: a total, a page, a signature, or the headings once more",
    title_zh: "该行不是记录，而是合计、页码、落款或重复的表头",
    remedy: "nothing: such a line counts for no limit",
};

/// The delivery has a column that its contract doesn't know.
pub static UNKNOWN_COLUMN: Rule = Rule {
    name: "unknown_column",
    severity: Severity::Flagged,
    title: "the delivery has a column that the contract doesn't know; it was dropped",
    title_zh: "批次含有契约中没有的列，已忽略",
    remedy: "add the column, or its heading as an alias, to the contract",
};

/// A column of the contract is missing from the delivery.
pub static MISSING_COLUMN: Rule = Rule {
    name: "missing_column",
    severity: Severity::Flagged,
    title: "a column of the contract is missing from the delivery; it was taken as empty",
    title_zh: "批次缺少契约中的列，按空值处理",
    remedy: "ask the department for the column, or add its new heading as an alias",
};

/// The number's owner, by the authority, is somebody else.
pub static ID_CONTESTED: Rule = Rule {
    name: "id_contested",
    severity: Severity::Flagged,
    title: "name and birth date or sex are not those of the number's holder; the number was not followed",
    title_zh: "姓名与出生日期或性别均与该号码持有人不符，未采用该号码",
    remedy: "check whose number this is",
};

/// The stated birth date is not the one inside the number.
pub static BIRTH_DATE_NOT_IN_NUMBER: Rule = Rule {
    name: "birth_date_differs_from_number",
    severity: Severity::Flagged,
    title: "the birth date is not the one inside the identity number",
    title_zh: "出生日期与证件号码中的不一致",
    remedy: "check the birth date and the number",
};

/// The stated sex is not the one inside the number.
pub static SEX_NOT_IN_NUMBER: Rule = Rule {
    name: "sex_differs_from_number",
    severity: Severity::Flagged,
    title: "the sex is not the one inside the identity number",
    title_zh: "性别与证件号码中的不一致",
    remedy: "check the sex and the number",
};

/// A polygon can't be read.
pub static GEOMETRY_UNREADABLE: Rule = Rule {
    name: "geometry_unreadable",
    severity: Severity::Flagged,
    title: "the geometry is no polygon in GeoJSON or WKT",
    title_zh: "几何图形不是 GeoJSON 或 WKT 多边形",
    remedy: "send a Polygon or MultiPolygon of longitude and latitude",
};

/// A cell could be read only without the blanks inside.
pub static INNER_BLANKS: Rule = Rule {
    name: "inner_blanks",
    severity: Severity::Repaired,
    title: "blanks inside the value were taken out",
    title_zh: "已去除值中的空格",
    remedy: "send the value without blanks",
};

/// A cell begins with the apostrophe by which spreadsheets tell texts.
pub static CELL_QUOTED: Rule = Rule {
    name: "cell_quoted",
    severity: Severity::Repaired,
    title: "an apostrophe in front of the value, as spreadsheets mark texts, was taken off",
    title_zh: "已去除值前的单引号（电子表格文本标记）",
    remedy: "export the value without the apostrophe",
};

/// A spreadsheet could not compute a cell.
pub static CELL_ERROR: Rule = Rule {
    name: "cell_error",
    severity: Severity::Flagged,
    title: "an error of a spreadsheet, or a formula without its value, stands in place of a value",
    title_zh: "单元格为电子表格的错误值，或公式未保存计算结果",
    remedy: "open the workbook, mend the formula, and send values",
};

/// A list or an object of JSON in the column of one value.
pub static CELL_NESTED: Rule = Rule {
    name: "cell_nested",
    severity: Severity::Flagged,
    title: "a list or an object stands in place of one value",
    title_zh: "该列应为单个值，实为嵌套的对象或数组",
    remedy: "send each of its parts in a column of its own",
};

/// A workbook has sheets that were not read.
pub static SHEET_UNREAD: Rule = Rule {
    name: "sheet_unread",
    severity: Severity::Flagged,
    title: "the delivery has a sheet or member that was not read",
    title_zh: "批次中有未读取的工作表或文件",
    remedy: "name the sheet in the binding, or ask the department to leave the others out",
};

/// The rules of rows and deliveries, each once.
pub static RULES: &[&Rule] = &[
    &ROW_WIDTH,
    &ROW_UNPARSABLE,
    &NAMES_NOBODY,
    &LINE_OF_TABLE,
    &UNKNOWN_COLUMN,
    &MISSING_COLUMN,
    &ID_CONTESTED,
    &BIRTH_DATE_NOT_IN_NUMBER,
    &SEX_NOT_IN_NUMBER,
    &GEOMETRY_UNREADABLE,
    &INNER_BLANKS,
    &CELL_QUOTED,
    &CELL_ERROR,
    &CELL_NESTED,
    &SHEET_UNREAD,
];

/// Every rule that a finding can name.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES
        .iter()
        .copied()
        .chain(rongtong_standards::rules::all())
}

/// The rule of that name, for findings read back from a lake.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_is_found_by_it() {
        let names: BTreeSet<&str> = all().map(|rule| rule.name).collect();
        assert_eq!(names.len(), all().count());
        for rule in all() {
            assert_eq!(find(rule.name).map(|r| r.title), Some(rule.title));
            assert!(
                !rule.remedy.is_empty() && !rule.title_zh.is_ascii(),
                "{}",
                rule.name
            );
        }
        assert!(find("no_such_rule").is_none());
    }
}
