//! Which delivered column is which column of the contract.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::Schema;
use rongtong_contracts::{Contract, ContractColumn, FormatSpec};
use rongtong_standards::{address, clean};

use crate::{Finding, rules};

/// Why a delivery, and with it its feed, can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// None of the headings is a column of the contract. They are not shown: they may be data.
    #[error(
        "none of the {count} headings is a column of the contract (first of them wanted: {wanted}); \
         is the heading row missing, or the delimiter or encoding of the binding wrong?"
    )]
    NoHeadingKnown {
        /// How many headings there are.
        count: usize,
        /// Headings that the contract wants.
        wanted: String,
    },
    /// Columns without which the delivery is worthless are not there.
    #[error(
        "required columns are missing: {missing}; ask the department for them, \
         or add their new headings as aliases to the contract{unknown}"
    )]
    RequiredColumnMissing {
        /// The missing columns by their first heading.
        missing: String,
        /// Headings that are there but unknown.
        unknown: String,
    },
    /// One column stands there twice.
    #[error(
        "the column {column} stands there twice: {headings}; the delivery must say which one counts"
    )]
    ColumnTwice {
        /// The column of the contract, or the heading.
        column: String,
        /// The headings in question.
        headings: String,
    },
}

/// The headings of a delivery against its contract. Keyed packings may add headings from batch to batch.
#[derive(Debug)]
pub(crate) struct Headings<'a> {
    contract: &'a Contract,
    positional: bool,
    names: Vec<String>,
    /// For each column of the contract the delivered column, once seen.
    pub(crate) position: Vec<Option<usize>>,
    unknown: BTreeSet<String>,
    rows_seen: bool,
}

impl<'a> Headings<'a> {
    pub(crate) fn new(contract: &'a Contract, format: &FormatSpec) -> Self {
        Self {
            contract,
            positional: matches!(format, FormatSpec::Csv { .. } | FormatSpec::Xlsx { .. }),
            names: Vec::new(),
            position: vec![None; contract.columns.len()],
            unknown: BTreeSet::new(),
            rows_seen: false,
        }
    }

    /// Takes in the headings of the next batch.
    pub(crate) fn see(&mut self, schema: &Arc<Schema>, rows: usize) -> Result<(), Refusal> {
        self.rows_seen |= rows > 0;
        if self.positional
            && !schema
                .fields()
                .iter()
                .any(|field| self.column_of(field.name()).is_some())
        {
            // Not one is known, so this may be a row of data: nothing of it is shown.
            return Err(self.none_known(schema.fields().len()));
        }
        for (at, field) in schema.fields().iter().enumerate().skip(self.names.len()) {
            self.place(at, field.name())?;
        }
        if self.positional {
            self.all_there()?;
        }
        Ok(())
    }

    /// What drifted, once the delivery is read to its end.
    pub(crate) fn finish(&self) -> Result<Vec<Finding>, Refusal> {
        if self.rows_seen {
            self.all_there()?;
        }
        let unknown = self.unknown.iter().map(|heading| Finding {
            row: None,
            column: Some(heading.clone()),
            rule: &rules::UNKNOWN_COLUMN,
        });
        let missing = self
            .contract
            .columns
            .iter()
            .zip(&self.position)
            .filter(|(_, at)| at.is_none() && (self.rows_seen || self.positional))
            .map(|(column, _)| Finding {
                row: None,
                column: Some(column.name.clone()),
                rule: &rules::MISSING_COLUMN,
            });
        Ok(unknown.chain(missing).collect())
    }

    fn place(&mut self, at: usize, heading: &str) -> Result<(), Refusal> {
        match self.column_of(heading) {
            Some(column) => {
                if let Some(before) = self.position[column] {
                    return Err(Refusal::ColumnTwice {
                        column: self.contract.columns[column].name.clone(),
                        headings: format!("{}, {heading}", self.names[before]),
                    });
                }
                self.position[column] = Some(at);
            }
            None if plain(heading).is_empty() => {}
            None => {
                let heading = shown(heading, at);
                if !self.unknown.insert(heading.clone()) {
                    return Err(Refusal::ColumnTwice {
                        headings: format!("{heading}, {heading}"),
                        column: heading,
                    });
                }
            }
        }
        self.names.push(heading.to_owned());
        Ok(())
    }

    /// The contract's column of a heading.
    fn column_of(&self, heading: &str) -> Option<usize> {
        let mut columns = self.contract.columns.iter();
        columns.position(|column| is_heading(column, heading))
    }

    fn none_known(&self, count: usize) -> Refusal {
        let wanted: Vec<&str> = self
            .contract
            .columns
            .iter()
            .take(3)
            .map(first_heading)
            .collect();
        Refusal::NoHeadingKnown {
            count,
            wanted: wanted.join(", "),
        }
    }

    fn all_there(&self) -> Result<(), Refusal> {
        let columns = &self.contract.columns;
        if self.position.iter().all(Option::is_none) {
            return Err(self.none_known(self.names.len()));
        }
        let missing: Vec<&str> = columns
            .iter()
            .zip(&self.position)
            .filter(|(column, at)| column.required && at.is_none())
            .map(|(column, _)| first_heading(column))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        // The heading row is known to be one, so what it says may be shown.
        let unknown: Vec<&str> = self.unknown.iter().map(String::as_str).collect();
        Err(Refusal::RequiredColumnMissing {
            missing: missing.join(", "),
            unknown: match unknown.is_empty() {
                true => String::new(),
                false => format!(" (unknown here: {})", unknown.join(", ")),
            },
        })
    }
}

/// Whether a text is a heading of a column: its name, or one that deliveries give it.
pub(crate) fn is_heading(column: &ContractColumn, text: &str) -> bool {
    let text = plain(text);
    column.name == text || column.headings.iter().any(|own| plain(own) == text)
}

fn first_heading(column: &ContractColumn) -> &str {
    column
        .headings
        .first()
        .map_or(&column.name, |heading| heading)
}

/// A heading as findings and errors may show it. One that is long, says something of itself as `填表人：张三` does, or holds a
/// long run of digits or an address, may be somebody's data in the wrong place: of that only the column's position is told.
fn shown(heading: &str, at: usize) -> String {
    let plain = plain(heading);
    let mut run = 0;
    let number = plain.chars().any(|c| {
        run = if c.is_ascii_digit() { run + 1 } else { 0 };
        run >= 6
    });
    // 金额（单位：元） says something of the column.
    let says = plain.contains(':') && !plain.ends_with(')');
    let is_data = number || says || address::building(&plain).is_some();
    match is_data || heading.chars().count() > 40 {
        true => format!("column {}", at + 1),
        false => heading.to_owned(),
    }
}

/// A heading without blanks and in half width: departments are careless with both.
fn plain(heading: &str) -> String {
    clean::half_width(heading)
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
        .collect()
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};
    use rongtong_contracts::load_contract;

    use super::*;

    const CSV: FormatSpec = FormatSpec::Csv {
        delimiter: b',',
        quote: Some(b'"'),
        header_row: 1,
    };

    /// 不动产单元号, 权利人 and 证件号 are required in it.
    fn contract() -> Contract {
        let path = "/../../schemas/housing/property_ownership.odcs.yaml";
        load_contract(format!("{}{path}", env!("CARGO_MANIFEST_DIR")).as_ref()).unwrap()
    }

    fn schema(headings: &[&str]) -> Arc<Schema> {
        let field = |heading: &&str| Field::new(*heading, DataType::Utf8View, true);
        Arc::new(Schema::new(headings.iter().map(field).collect::<Vec<_>>()))
    }

    /// The delivered column of a contract's column.
    fn at(headings: &Headings<'_>, column: &str) -> Option<usize> {
        let columns = &headings.contract.columns;
        headings.position[columns.iter().position(|c| c.name == column).unwrap()]
    }

    fn drift(headings: &Headings<'_>) -> Vec<(String, &'static str)> {
        let findings = headings.finish().unwrap();
        let told = findings.into_iter().map(|finding| {
            assert_eq!(finding.row, None);
            (finding.column.unwrap(), finding.rule.name)
        });
        told.collect()
    }

    #[test]
    fn headings_are_known_by_alias_canonical_name_width_and_blanks() {
        let contract = contract();
        let mut headings = Headings::new(&contract, &CSV);
        let unit = contract.column("unit_no").unwrap();
        let alias = unit.headings.last().unwrap().clone();
        assert!(unit.headings.len() > 1, "the contract has aliases");
        let sent = [
            "\u{feff}证 件\u{3000}号",
            &alias,
            " 权利人 ",
            "ｆｌｏｏｒ＿ａｒｅａ",
            "",
            " ",
        ];
        headings.see(&schema(&sent), 1).unwrap();
        assert_eq!(at(&headings, "id_number"), Some(0));
        assert_eq!(at(&headings, "unit_no"), Some(1));
        assert_eq!(at(&headings, "name"), Some(2));
        assert_eq!(at(&headings, "floor_area"), Some(3));
        assert_eq!(at(&headings, "address"), None);
    }

    #[test]
    fn drift_is_one_finding_a_column() {
        let contract = contract();
        let mut headings = Headings::new(&contract, &CSV);
        let sent = [
            "不动产单元号",
            "权利人",
            "证件号",
            "备注",
            "共有比例",
            "坐落",
            "建筑面积",
            "经度",
            "登记时间",
        ];
        for _ in 0..3 {
            headings.see(&schema(&sent), 1).unwrap();
        }
        let expected = [
            ("备注".to_owned(), "unknown_column"),
            ("latitude".to_owned(), "missing_column"),
        ];
        assert_eq!(drift(&headings), expected);
    }

    #[test]
    fn one_column_under_two_of_its_names_is_refused() {
        let contract = contract();
        for (sent, twice) in [
            (["不动产单元号", "权利人", "证件号", "unit_no"], "unit_no"),
            (["不动产单元号", "权利人", "证件号", " 权利人"], "name"),
            (["备注", "权利人", "证件号", "备注"], "备注"),
        ] {
            let mut headings = Headings::new(&contract, &CSV);
            let refusal = headings.see(&schema(&sent), 1).unwrap_err();
            assert!(
                matches!(&refusal, Refusal::ColumnTwice { column, .. } if column == twice),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_missing_required_column_refuses_and_says_what_stands_there_instead() {
        let contract = contract();
        let mut headings = Headings::new(&contract, &CSV);
        let refusal = headings
            .see(&schema(&["权利人", "证件号", "单元"]), 0)
            .unwrap_err();
        let said = refusal.to_string();
        assert!(
            said.contains("不动产单元号") && said.contains("单元)"),
            "{said}"
        );
        assert!(!said.contains("权利人"), "{said}");
    }

    #[test]
    fn nothing_of_a_row_without_known_headings_is_shown() {
        let contract = contract();
        let mut headings = Headings::new(&contract, &CSV);
        let sent = ["张伟", "33010619900101001X", "文三路1号"];
        let refusal = headings.see(&schema(&sent), 1).unwrap_err();
        assert!(matches!(refusal, Refusal::NoHeadingKnown { count: 3, .. }));
        for told in [refusal.to_string(), format!("{refusal:?}")] {
            for cell in sent {
                assert!(!told.contains(cell), "{told}");
            }
            assert!(told.contains("不动产单元号"), "{told}");
        }
    }

    #[test]
    fn a_heading_that_may_be_data_is_told_by_its_place() {
        let contract = contract();
        let mut headings = Headings::new(&contract, &CSV);
        let long = "长".repeat(41);
        let sent = [
            "不动产单元号",
            "权利人",
            "证件号",
            "电话１３９５７１０１２３４",
            &long,
            "填表人：张三丰",
            "浙江省杭州市西湖区文三路10号",
            "金额（单位：元）",
        ];
        headings.see(&schema(&sent), 1).unwrap();
        let told = drift(&headings);
        for (at, told) in (4..8).zip(&told) {
            assert_eq!(told.0, format!("column {at}"));
        }
        assert_eq!(told[4].0, "金额（单位：元）");
    }

    #[test]
    fn keyed_packings_may_add_columns_later() {
        let contract = contract();
        let mut headings = Headings::new(&contract, &FormatSpec::Ndjson);
        headings.see(&schema(&["备注"]), 1).unwrap();
        assert!(headings.finish().is_err(), "nothing required was seen yet");
        headings
            .see(&schema(&["备注", "权利人", "证件号"]), 1)
            .unwrap();
        headings
            .see(
                &schema(&["备注", "权利人", "证件号", "坐落", "不动产单元号"]),
                1,
            )
            .unwrap();
        assert_eq!(at(&headings, "unit_no"), Some(4));
        let told = drift(&headings);
        assert_eq!(told[0], ("备注".to_owned(), "unknown_column"));
        assert!(told.iter().all(|(column, _)| column != "address"));
        let again = ["备注", "权利人", "证件号", "坐落", "不动产单元号", "name"];
        assert!(headings.see(&schema(&again), 1).is_err());
    }

    #[test]
    fn an_empty_keyed_delivery_has_no_headings_and_no_drift() {
        let contract = contract();
        let mut headings = Headings::new(&contract, &FormatSpec::Ndjson);
        headings.see(&schema(&[]), 0).unwrap();
        assert_eq!(drift(&headings), []);
    }
}
