//! Which kernel and which Arrow type a contract's `standard` means.

use std::sync::Arc;

use arrow::array::StringViewArray;
use arrow::datatypes::{DataType, Field, TimeUnit};
use rongtong_contracts::{ContractColumn, Standard};
use rongtong_standards::codes::CodeList;
use rongtong_standards::date::DateRange;
use rongtong_standards::geo::Datum;
use rongtong_standards::{Column, address, codes, date, name, number, phone, text};

use crate::{coordinates, mend};

/// The type of a standard column.
#[must_use]
pub fn data_type(standard: Standard) -> DataType {
    match standard {
        Standard::Date | Standard::Month => DataType::Date32,
        Standard::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        Standard::Amount | Standard::SharePercent => DataType::Decimal128(18, 2),
        Standard::Coordinate => DataType::Float64,
        Standard::Icd10List => {
            DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true)))
        }
        _ => DataType::Utf8View,
    }
}

/// One column's kernel, with what it needs built once.
pub(crate) struct Kernel {
    standard: Standard,
    codes: CodeList,
    range: DateRange,
    datum: Datum,
    from_1904: bool,
}

impl Kernel {
    /// The kernel of `column`; dates outside `range` are impossible in it, its shapes are given in `datum`.
    pub(crate) fn new(column: &ContractColumn, range: DateRange, datum: Datum) -> Self {
        let spellings = column.codes.iter().flat_map(|code| {
            let own = std::iter::once(&code.label_en).filter(|label| !label.is_empty());
            own.chain(&code.aliases)
                .map(|spelling| (spelling.as_str(), code.code.as_str()))
        });
        let codes = column
            .codes
            .iter()
            .map(|code| (code.code.as_str(), code.label.as_str()));
        Self {
            standard: column.standard,
            codes: CodeList::new(codes).with_aliases(spellings),
            range,
            datum,
            from_1904: false,
        }
    }

    /// Numbers that are dates count the days from 1904.
    pub(crate) fn count_from_1904(&mut self) {
        use Standard::{Date, Month, Timestamp};
        self.from_1904 = matches!(self.standard, Date | Month | Timestamp);
    }

    /// Reads a column.
    pub(crate) fn run(&self, cells: &StringViewArray) -> Column {
        let moved = self.from_1904.then(|| mend::from_1904(cells));
        let cells = moved.as_ref().unwrap_or(cells);
        let nested = matches!(self.standard, Standard::Geometry | Standard::Icd10List);
        let column = match mend::without_value(cells, nested) {
            Some((cells, faults)) => mend::with_issues(self.mended(&cells), faults),
            None => self.mended(cells),
        };
        match self.standard {
            // Its own kernel tells of it.
            Standard::IdNumber => column,
            _ => mend::unquoted(cells, column),
        }
    }

    fn mended(&self, cells: &StringViewArray) -> Column {
        mend::unread(cells, self.read(cells), |cells| self.read(cells))
    }

    fn read(&self, cells: &StringViewArray) -> Column {
        match self.standard {
            Standard::Text | Standard::IdNumber => text::text(cells),
            Standard::RecordNumber => text::record_number(cells),
            Standard::Name => name::name(cells),
            Standard::IdType => codes::id_type(cells),
            Standard::Sex => codes::sex(cells),
            Standard::Ethnicity => codes::ethnicity(cells),
            Standard::RelationToHead => codes::relation_to_head(cells),
            Standard::Division => codes::division(cells),
            Standard::MaritalStatus => codes::marital_status(cells),
            Standard::Date => date::date(cells, &self.range),
            Standard::Month => date::month(cells),
            Standard::Timestamp => date::timestamp(cells),
            Standard::Phone => phone::phone(cells),
            Standard::Amount => number::decimal(cells),
            Standard::SharePercent => number::share_percent(cells),
            Standard::Coordinate => number::float(cells),
            Standard::Address => address::address(cells),
            Standard::Coded => codes::coded(cells, &self.codes),
            Standard::Icd10 => codes::icd10(cells),
            Standard::Icd10List => codes::icd10_list(cells),
            Standard::BloodGroup => codes::blood_group(cells),
            Standard::Geometry => coordinates::polygons(cells, self.datum),
        }
    }

    /// Whether an identity number can hide in the column's standard form.
    pub(crate) fn is_free_text(&self) -> bool {
        use Standard::{Address, Name, RecordNumber, Text};
        matches!(self.standard, Text | RecordNumber | Name | Address)
    }

    /// Whether an identity number can be read as a value of the column, where cells stand in the wrong one.
    pub(crate) fn is_long_number(&self) -> bool {
        matches!(self.standard, Standard::Amount | Standard::Phone)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array as _, AsArray as _};
    use arrow::datatypes::TimestampMicrosecondType;
    use rongtong_contracts::{Code, SharingClass};

    use super::*;
    use crate::rules;

    const STANDARDS: [Standard; 23] = [
        Standard::Text,
        Standard::RecordNumber,
        Standard::Name,
        Standard::IdNumber,
        Standard::IdType,
        Standard::Sex,
        Standard::Ethnicity,
        Standard::RelationToHead,
        Standard::Division,
        Standard::MaritalStatus,
        Standard::Date,
        Standard::Month,
        Standard::Timestamp,
        Standard::Phone,
        Standard::Amount,
        Standard::SharePercent,
        Standard::Coordinate,
        Standard::Address,
        Standard::Coded,
        Standard::Icd10,
        Standard::Icd10List,
        Standard::BloodGroup,
        Standard::Geometry,
    ];

    fn kernel(standard: Standard) -> Kernel {
        let code = Code {
            code: "110".into(),
            label: "城镇职工养老".into(),
            label_en: "Employee pension".into(),
            aliases: vec!["职工养老".into()],
        };
        let column = ContractColumn {
            name: "column".into(),
            headings: vec!["列".into()],
            standard,
            required: false,
            title_zh: "列".into(),
            title_en: "Column".into(),
            description: String::new(),
            classification: String::new(),
            sharing: SharingClass::Conditional,
            code_list: None,
            codes: vec![code],
            unknown_codes: Vec::new(),
            line: 1,
        };
        Kernel::new(&column, DateRange::PLAUSIBLE, Datum::Cgcs2000)
    }

    #[test]
    fn a_kernel_gives_the_type_its_standard_says_for_any_cells() {
        let cells = [
            None,
            Some(""),
            Some("无"),
            Some("2001-03-27"),
            Some("1"),
            Some("¥?{("),
        ];
        for standard in STANDARDS {
            for cells in [&cells[..], &[]] {
                let input: StringViewArray = cells.iter().copied().collect();
                let column = kernel(standard).run(&input);
                assert_eq!(
                    column.values.data_type(),
                    &data_type(standard),
                    "{standard}"
                );
                assert_eq!(column.values.len(), cells.len(), "{standard}");
                let nothing = 3.min(cells.len());
                for row in 0..nothing {
                    assert!(column.values.is_null(row), "{standard}: {row}");
                }
                // What says nothing breaks no rule.
                assert!(column.issues.iter().all(|i| i.row >= 3), "{standard}");
            }
        }
    }

    #[test]
    fn blanks_inside_are_taken_out_where_a_value_cannot_be_read_with_them() {
        for (standard, cell, plain) in [
            (Standard::Division, "330 106", "330106"),
            (Standard::Date, "2001 03 27", "20010327"),
            (Standard::Date, "2001- 03-27", "2001-03-27"),
            (Standard::Month, "2024 03", "202403"),
            (
                Standard::Timestamp,
                "2026-05-30 18: 41:12",
                "2026-05-30 18:41:12",
            ),
            (Standard::Amount, "5 000. 5", "5000.5"),
            (Standard::SharePercent, "1 / 2", "1/2"),
            (Standard::Coordinate, "120. 5", "120.5"),
            (Standard::RecordNumber, "SB 00\u{3000}1", "SB001"),
        ] {
            let read = |cell: &str| kernel(standard).run(&StringViewArray::from(vec!["-", cell]));
            let (torn, whole) = (read(cell), read(plain));
            assert!(whole.values.is_valid(1), "{standard}");
            assert_eq!(&torn.values, &whole.values, "{standard}: {cell}");
            assert!(torn.issues.iter().all(|issue| issue.row == 1));
            let told = torn.issues.iter().map(|issue| issue.rule.name);
            let told: Vec<_> = told.filter(|name| *name != "date_serial").collect();
            assert!(told.is_empty() || told == ["inner_blanks"], "{told:?}");
        }
        let Column { values, issues } =
            kernel(Standard::Amount).run(&StringViewArray::from(vec!["8 x"]));
        assert!(values.is_null(0));
        assert_eq!(issues[0].rule.name, "number_malformed");
    }

    #[test]
    fn errors_of_spreadsheets_are_no_values() {
        let cells = vec!["#N/A", "=A1&B1", " #REF! ", "#1", "王伟"];
        for standard in [Standard::Text, Standard::Name, Standard::Amount] {
            let Column { values, issues } =
                kernel(standard).run(&StringViewArray::from(cells.clone()));
            let errors = issues
                .iter()
                .filter(|issue| issue.rule.name == "cell_error");
            assert_eq!(
                errors.map(|issue| issue.row).collect::<Vec<_>>(),
                [0, 1, 2],
                "{standard}"
            );
            assert!((0..3).all(|row| values.is_null(row)));
        }
    }

    #[test]
    fn serial_numbers_count_from_1904_where_a_workbook_says_so() {
        let cells =
            StringViewArray::from(vec!["44000", "44000.5", "2024-06-19", "2024", "20240619"]);
        let mut kernel = kernel(Standard::Timestamp);
        let read = |kernel: &Kernel| {
            let times = kernel.run(&cells).values;
            let times = times.as_primitive::<TimestampMicrosecondType>();
            [0, 1, 2, 4].map(|row| times.value_as_date(row).unwrap().to_string())
        };
        let right = ["2024-06-19", "2024-06-19", "2024-06-19", "2024-06-19"];
        assert_eq!(read(&kernel)[..2], ["2020-06-18", "2020-06-18"]);
        kernel.count_from_1904();
        assert_eq!(read(&kernel), right);
    }

    #[test]
    fn lists_and_objects_are_values_of_lists_and_shapes_alone() {
        let cells = vec![
            r#"{"province":"浙江"}"#,
            r#" ["某路2号"] "#,
            "[3]",
            "[]",
            "某路[1号]",
        ];
        let nested = |standard| {
            let Column { values, issues } =
                kernel(standard).run(&StringViewArray::from(cells.clone()));
            let nested = issues.iter().filter(|i| i.rule.name == "cell_nested");
            let nested: Vec<u32> = nested.map(|issue| issue.row).collect();
            assert!(nested.iter().all(|row| values.is_null(*row as usize)));
            nested
        };
        for standard in [
            Standard::Text,
            Standard::Address,
            Standard::Name,
            Standard::Date,
        ] {
            assert_eq!(nested(standard), [0, 1], "{standard}");
        }
        assert!(nested(Standard::Icd10List).is_empty());
        assert!(nested(Standard::Geometry).is_empty());
    }

    #[test]
    fn a_code_may_come_as_its_label_in_either_language_or_an_alias() {
        let cells = [
            "110",
            "城镇职工养老",
            "Employee pension",
            "职工养老",
            "110城镇职工养老",
            "999",
        ];
        let input: StringViewArray = cells.iter().map(Some).collect();
        let Column { values, issues } = kernel(Standard::Coded).run(&input);
        let codes: Vec<_> = arrow::array::AsArray::as_string_view(&values)
            .iter()
            .collect();
        let known = Some("110");
        assert_eq!(codes, [known, known, known, known, known, None]);
        assert_eq!(issues.iter().map(|i| i.row).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_shape_is_wkt_and_what_is_none_is_told() {
        let json = r#"{"type":"Polygon","coordinates":[[[120,30],[121,30],[121,31],[120,30]]]}"#;
        let input = StringViewArray::from(vec!["POINT (1 2)", json]);
        let Column { values, issues } = kernel(Standard::Geometry).run(&input);
        let shapes = arrow::array::AsArray::as_string_view(&values);
        assert!(shapes.is_null(0));
        assert_eq!(
            shapes.value(1),
            "POLYGON ((120 30, 121 30, 121 31, 120 30))"
        );
        assert_eq!(issues.len(), 1);
        assert_eq!(issues[0].rule.name, rules::GEOMETRY_UNREADABLE.name);
    }
}
