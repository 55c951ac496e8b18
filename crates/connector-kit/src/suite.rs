//! The suite that every connector passes: one delivery of each feed, as it should be and with everything
//! that goes wrong with columns, rows and encodings.
//!
//! ```no_run
//! # let connector: Box<dyn rongtong_connector_kit::Connector> = unimplemented!();
//! rongtong_connector_kit::suite::passes(connector.as_ref(), "../../../schemas".as_ref());
//! ```
#![allow(clippy::panic)]

use std::path::Path;

use encoding_rs::{Encoding, GB18030, UTF_8};
use rongtong_contracts::{Binding, Contract, ContractColumn, FormatSpec, Standard, load_contract};

use crate::{
    Connector, Context, Finding, Quarantined, Refusal, StandardBatch, Standardiser, rules,
};

/// Runs the suite over every contract of the connector's department under `schemas`.
///
/// # Panics
/// When the connector fails: this is for tests.
pub fn passes(connector: &dyn Connector, schemas: &Path) {
    let folder = schemas.join(connector.department());
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut contracts = 0;
    for file in files
        .flatten()
        .filter(|f| f.path().to_string_lossy().ends_with(".odcs.yaml"))
    {
        let contract = load_contract(&file.path()).unwrap_or_else(|p| panic!("{p:?}"));
        contracts += 1;
        Suite {
            connector,
            contract: &contract,
            encoding: UTF_8,
        }
        .run();
    }
    assert!(contracts > 0, "{} has no contract", folder.display());
}

/// What reading one delivery gave.
struct Read {
    batches: Vec<StandardBatch>,
    findings: Vec<Finding>,
    quarantined: Vec<Quarantined>,
    received: usize,
    drift: Vec<Finding>,
}

struct Suite<'a> {
    connector: &'a dyn Connector,
    contract: &'a Contract,
    encoding: &'static Encoding,
}

const ROWS: usize = 25;

impl Suite<'_> {
    fn run(&self) {
        let clean = self.good(&self.table());
        assert_eq!(
            rows(&clean),
            ROWS,
            "{}: a clean row was lost",
            self.contract.feed
        );
        assert!(
            clean.drift.is_empty(),
            "{}: {:?}",
            self.contract.feed,
            clean.drift
        );
        let flagged: Vec<_> = clean
            .findings
            .iter()
            .map(|f| (f.column.as_deref(), f.rule.name))
            .collect();
        assert!(
            flagged.is_empty(),
            "{}: findings in clean rows: {flagged:?}",
            self.contract.feed
        );
        self.order_of_columns_is_no_matter(&clean);
        self.encodings_are_no_matter(&clean);
        self.unknown_columns_are_found_and_dropped(&clean);
        self.missing_columns_are_null_or_refuse();
        self.columns_twice_refuse();
        self.rows_of_the_wrong_width_are_quarantined();
        self.rows_that_name_nobody_are_quarantined();
        self.other_headings_refuse();
    }

    fn order_of_columns_is_no_matter(&self, clean: &Read) {
        let reversed: Vec<Vec<String>> = self
            .table()
            .into_iter()
            .map(|row| row.into_iter().rev().collect())
            .collect();
        assert_eq!(
            content(&self.good(&reversed)),
            content(clean),
            "{}: reordered",
            self.contract.feed
        );
    }

    fn encodings_are_no_matter(&self, clean: &Read) {
        let chinese = Suite {
            encoding: GB18030,
            ..*self
        };
        assert_eq!(
            content(&chinese.good(&self.table())),
            content(clean),
            "{}: GB18030",
            self.contract.feed
        );
    }

    fn unknown_columns_are_found_and_dropped(&self, clean: &Read) {
        let mut table = self.table();
        for (at, row) in table.iter_mut().enumerate() {
            row.insert(
                1,
                if at == 0 {
                    "备用字段".into()
                } else {
                    "x".into()
                },
            );
        }
        let read = self.good(&table);
        assert_eq!(
            content(&read),
            content(clean),
            "{}: unknown column",
            self.contract.feed
        );
        let named: Vec<_> = read
            .drift
            .iter()
            .map(|f| (f.column.as_deref(), f.rule))
            .collect();
        assert_eq!(named, [(Some("备用字段"), &rules::UNKNOWN_COLUMN)]);
    }

    fn missing_columns_are_null_or_refuse(&self) {
        for (at, column) in self.contract.columns.iter().enumerate() {
            let mut table = self.table();
            for row in &mut table {
                row.remove(at);
            }
            match self.read(&table) {
                Err(Refusal::RequiredColumnMissing { .. }) => {
                    assert!(column.required, "{}", column.name)
                }
                Err(other) => panic!("{}: {other}", column.name),
                Ok(read) => {
                    assert!(
                        !column.required,
                        "{}: {} is required",
                        self.contract.feed, column.name
                    );
                    assert!(read.drift.iter().any(|f| f.rule == &rules::MISSING_COLUMN
                        && f.column.as_ref() == Some(&column.name)));
                    self.accounted(&read);
                }
            }
        }
    }

    fn columns_twice_refuse(&self) {
        let mut table = self.table();
        for row in &mut table {
            row.push(row[0].clone());
        }
        assert!(
            matches!(self.read(&table), Err(Refusal::ColumnTwice { .. })),
            "{}: column twice",
            self.contract.feed
        );
    }

    fn rows_of_the_wrong_width_are_quarantined(&self) {
        let mut table = self.table();
        table[3].push("more".into());
        table[5].pop();
        let read = self.good(&table);
        let broken: Vec<_> = read.quarantined.iter().map(|q| (q.row, q.rule)).collect();
        let one_column = self.contract.columns.len() == 1;
        assert!(
            one_column || broken == [(3, &rules::ROW_WIDTH), (5, &rules::ROW_WIDTH)],
            "{broken:?}"
        );
    }

    fn rows_that_name_nobody_are_quarantined(&self) {
        if self.contract.mentions.is_empty() {
            return;
        }
        let mut table = self.table();
        for (cell, column) in table[2].iter_mut().zip(&self.contract.columns) {
            if matches!(column.standard, Standard::Name | Standard::IdNumber) {
                *cell = "NULL".into();
            }
        }
        let read = self.good(&table);
        let nobody: Vec<_> = read.quarantined.iter().map(|q| (q.row, q.rule)).collect();
        assert_eq!(
            nobody,
            [(2, &rules::NAMES_NOBODY)],
            "{}",
            self.contract.feed
        );
        assert!(
            read.quarantined[0].raw.contains("NULL"),
            "the row is kept as received"
        );
    }

    fn other_headings_refuse(&self) {
        let mut table = self.table();
        table.remove(0);
        let refusal = self.read(&table).err();
        assert!(
            matches!(refusal, Some(Refusal::NoHeadingKnown { .. })),
            "{}: {refusal:?}",
            self.contract.feed
        );
    }

    /// Headings and clean rows.
    fn table(&self) -> Vec<Vec<String>> {
        let headings = self
            .contract
            .columns
            .iter()
            .map(|c| c.headings[0].clone())
            .collect();
        let row = |at: usize| self.contract.columns.iter().map(|c| cell(c, at)).collect();
        std::iter::once(headings)
            .chain((0..ROWS).map(row))
            .collect()
    }

    fn good(&self, table: &[Vec<String>]) -> Read {
        let read = self
            .read(table)
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", self.contract.feed));
        self.accounted(&read);
        read
    }

    fn accounted(&self, read: &Read) {
        assert_eq!(
            read.received,
            rows(read) + read.quarantined.len(),
            "{}: conservation",
            self.contract.feed
        );
    }

    fn read(&self, table: &[Vec<String>]) -> Result<Read, Refusal> {
        let binding = self.binding();
        let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        let path = folder.path().join("delivery.csv");
        let text: String = table.iter().map(|row| csv_line(row)).collect();
        std::fs::write(&path, self.encoding.encode(&text).0).unwrap_or_else(|e| panic!("{e}"));
        let context = Context {
            contract: self.contract,
            binding: &binding,
            as_of: 20_600,
        };
        let mut standardiser = Standardiser::new(self.connector, context);
        let mut read = Read {
            batches: vec![],
            findings: vec![],
            quarantined: vec![],
            received: 0,
            drift: vec![],
        };
        let parts = self
            .connector
            .open(&path, &binding)
            .unwrap_or_else(|e| panic!("{e}"));
        for part in parts {
            let mut part = part.unwrap_or_else(|e| panic!("{e}"));
            while let Some(batch) = part.reader.next_batch().unwrap_or_else(|e| panic!("{e}")) {
                read.received += batch.received();
                let mapped = standardiser.map(batch)?;
                let mut batch = standardiser
                    .standardise(mapped)
                    .unwrap_or_else(|e| panic!("{e}"));
                read.findings.append(&mut batch.findings);
                read.quarantined.append(&mut batch.quarantined);
                read.batches.push(batch);
            }
        }
        read.drift = standardiser.finish()?;
        Ok(read)
    }

    fn binding(&self) -> Binding {
        Binding {
            feed: self.contract.feed.clone(),
            paths: vec!["delivery.csv".into()],
            format: FormatSpec::Csv {
                delimiter: b',',
                quote: Some(b'"'),
                header_row: 1,
            },
            encoding: self.encoding,
            cadence: self.contract.cadence,
            as_of: None,
            crs: None,
            max_shrink_percent: None,
            max_rejected_percent: None,
            line: 1,
        }
    }
}

fn rows(read: &Read) -> usize {
    read.batches.iter().map(|b| b.row_numbers.len()).sum()
}

/// The standard columns and whom the rows name, to compare two readings.
fn content(read: &Read) -> String {
    let batches = read.batches.iter();
    batches
        .map(|b| {
            let named: Vec<_> = b
                .mentions
                .iter()
                .map(|m| (&m.identity.number, &m.name, &m.own))
                .collect();
            format!("{:?}{:?}{named:?}", b.row_numbers, b.columns)
        })
        .collect()
}

fn csv_line(row: &[String]) -> String {
    let cells: Vec<String> = row
        .iter()
        .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")))
        .collect();
    cells.join(",") + "\r\n"
}

/// A clean cell of a column, different from row to row where that makes sense.
fn cell(column: &ContractColumn, row: usize) -> String {
    match column.standard {
        Standard::IdNumber => number(row),
        Standard::IdType => "111".into(),
        Standard::Name => ["王伟", "欧阳娜娜", "买买提·吐尔逊", "李静"][row % 4].into(),
        Standard::Sex => "1".into(),
        Standard::Ethnicity => "01".into(),
        Standard::RelationToHead => "02".into(),
        Standard::MaritalStatus => "20".into(),
        Standard::Division => "330106".into(),
        Standard::BloodGroup => "2".into(),
        Standard::Icd10 | Standard::Icd10List => "I10".into(),
        Standard::Coded => column
            .codes
            .first()
            .map(|c| c.code.clone())
            .unwrap_or_default(),
        Standard::Date if column.name.contains("birth") => "1990-01-01".into(),
        Standard::Date => "2024-03-05".into(),
        Standard::Month => "202403".into(),
        Standard::Timestamp => "2026-05-30 18:41:12".into(),
        Standard::Phone => format!("1385712{row:04}").replace("13857120000", "13857121357"),
        Standard::Amount => format!("{row}.50"),
        Standard::SharePercent => "100".into(),
        Standard::Coordinate if column.name.contains("lat") => "30.27".into(),
        Standard::Coordinate => "120.15".into(),
        Standard::Address => format!("浙江省杭州市西湖区文三路{}号1幢101室", row + 1),
        Standard::Geometry => {
            r#"{"type":"Polygon","coordinates":[[[120,30],[121,30],[121,31],[120,30]]]}"#.into()
        }
        Standard::Text | Standard::RecordNumber => format!("N{row:05}"),
    }
}

/// A well-formed number: a man born on 1990-01-01.
fn number(row: usize) -> String {
    let sequence = (2 * row + 1) % 1000;
    let body = 33_010_619_900_101_000 + sequence as u64;
    rongtong_standards::identity::number_of(body)
}
