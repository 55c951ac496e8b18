//! Findings and quarantined rows of a run, and the tables they become.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::num::{NonZeroI64, NonZeroU32};
use std::sync::Arc;

use ahash::RandomState;
use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray, StringViewBuilder,
    UInt32Array, make_comparator,
};
use arrow::compute::{SortOptions, concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::SchemaRef;
use indexmap::IndexSet;
use rayon::prelude::*;
use rongtong_connector_kit::{Finding, Quarantined, rules, rules::Rule};
use rongtong_standards::identity::IdStatus;

use crate::columns::{chosen, conforming, constant, numbers, texts};
use crate::error::RunError;
use crate::rows::{FeedRows, Origin, index};
use crate::tables::{self, FINDINGS};

/// What was found in some rows of one feed.
#[derive(Debug, Default)]
pub(crate) struct FoundIn {
    /// Hundreds of thousands: what they have in common stands apart, once.
    findings: Vec<Found>,
    origins: IndexSet<Origin, RandomState>,
    columns: IndexSet<String, RandomState>,
    rules: Vec<&'static Rule>,
    pub(crate) quarantined: Vec<(Origin, Quarantined)>,
}

/// A finding, by the places of what it says.
#[derive(Debug, Clone, Copy)]
struct Found {
    /// `None` where it is about the delivery.
    row: Option<NonZeroI64>,
    origin: u32,
    column: Option<NonZeroU32>,
    rule: u32,
}

impl FoundIn {
    /// How often each rule was broken.
    pub(crate) fn by_rule(&self) -> BTreeMap<String, u64> {
        let mut counts = vec![0; self.rules.len()];
        for found in &self.findings {
            counts[found.rule as usize] += 1;
        }
        let rules = self.rules.iter().map(|rule| rule.name.to_owned());
        rules.zip(counts).collect()
    }

    /// Adds findings in rows of one origin, or about it as a whole.
    pub(crate) fn flag(&mut self, origin: &Origin, findings: impl IntoIterator<Item = Finding>) {
        let origin = match self.origins.get_index_of(origin) {
            Some(at) => index(at),
            None => index(self.origins.insert_full(origin.clone()).0),
        };
        for Finding { row, column, rule } in findings {
            let found = Found {
                row: row.and_then(NonZeroI64::new),
                origin,
                column: column.and_then(|column| self.column(column)),
                rule: self.rule(rule),
            };
            self.findings.push(found);
        }
    }

    /// The place of a column's name, from 1 on.
    fn column(&mut self, name: String) -> Option<NonZeroU32> {
        let known = self.columns.get_index_of(&name);
        let at = known.unwrap_or_else(|| self.columns.insert_full(name).0);
        NonZeroU32::new(index(at + 1))
    }

    fn rule(&mut self, rule: &'static Rule) -> u32 {
        let known = self.rules.iter().position(|known| known.name == rule.name);
        index(known.unwrap_or_else(|| {
            self.rules.push(rule);
            self.rules.len() - 1
        }))
    }

    /// Adds rejected rows of one origin.
    pub(crate) fn reject(&mut self, origin: &Origin, rows: impl IntoIterator<Item = Quarantined>) {
        let rows = rows.into_iter();
        self.quarantined
            .extend(rows.map(|row| (origin.clone(), row)));
    }

    pub(crate) fn findings_of(&self, feed: &str) -> Result<RecordBatch, RunError> {
        let all = || self.findings.iter();
        let origin = || all().map(|found| found.origin);
        let deliveries: Vec<_> = self.origins.iter().map(|origin| &origin.delivery).collect();
        let files: Vec<_> = self.origins.iter().map(|origin| &origin.file).collect();
        let columns: Vec<_> = self.columns.iter().collect();
        let rule = || all().map(|found| found.rule);
        let names: Vec<_> = self.rules.iter().map(|rule| rule.name).collect();
        let severities = self.rules.iter().map(|rule| rule.severity.as_str());
        let severities: Vec<_> = severities.collect();
        let rows = all().map(|found| Some(found.row?.get()));
        let columns = vec![
            constant(feed, self.findings.len()),
            chosen(&deliveries, origin())?,
            chosen(&files, origin())?,
            Arc::new(rows.collect::<Int64Array>()),
            chosen(&columns, all().map(|found| Some(found.column?.get() - 1)))?,
            chosen(&names, rule())?,
            chosen(&severities, rule())?,
        ];
        Ok(RecordBatch::try_new(tables::findings().schema, columns)?)
    }

    pub(crate) fn quarantine_of(&self, feed: &str) -> Result<RecordBatch, RunError> {
        let all = &self.quarantined;
        let columns = vec![
            text(all, |_| Some(feed)),
            text(all, |(origin, _)| Some(&origin.delivery)),
            text(all, |(origin, _)| Some(&origin.file)),
            Arc::new(
                all.iter()
                    .map(|(_, row)| Some(row.row))
                    .collect::<Int64Array>(),
            ) as ArrayRef,
            text(all, |_| None),
            text(all, |(_, row)| Some(row.rule.name)),
            text(all, |(_, row)| Some(row.raw.as_str())),
        ];
        Ok(RecordBatch::try_new(tables::quarantine().schema, columns)?)
    }
}

/// A row for ever: feed, delivery, file, row number.
pub(crate) type Place = (String, String, String, i64);

/// The rows of `table`, findings or quarantine, that stay: those of feeds in `keep` that are not `replayed`,
/// without what resolve found in the rows that it looked at; `None`: at all of them.
pub(crate) fn staying(
    (table, batches): (&str, &[RecordBatch]),
    keep: impl Fn(&str) -> bool,
    replayed: &HashSet<Place>,
    resolved: Option<&HashSet<Place>>,
) -> Result<Vec<RecordBatch>, RunError> {
    let mut stay = Vec::new();
    for batch in batches {
        let (feeds, found) = (texts(batch, table, "feed")?, texts(batch, table, "rule")?);
        let deliveries = texts(batch, table, "_delivery")?;
        let files = texts(batch, table, "_source_file")?;
        let rows: &Int64Array = numbers(batch, table, "_source_row")?;
        let is_of = |places: &HashSet<Place>, row: usize| {
            let text = |column: &StringViewArray| column.value(row).to_owned();
            !places.is_empty()
                && places.contains(&(text(feeds), text(deliveries), text(files), rows.value(row)))
        };
        let anew = |row: usize| {
            found.value(row) == rules::ID_CONTESTED.name
                && resolved.is_none_or(|places| is_of(places, row))
        };
        let stays = |row: usize| keep(feeds.value(row)) && !anew(row) && !is_of(replayed, row);
        let mask: BooleanArray = (0..batch.num_rows()).map(|row| Some(stays(row))).collect();
        stay.push(filter_record_batch(batch, &mask)?);
    }
    Ok(stay)
}

/// The places of known rows with a contested number.
pub(crate) fn contested_places(feeds: &[FeedRows]) -> Result<HashSet<Place>, RunError> {
    let mut places = HashSet::new();
    for feed in feeds {
        let name = feed.contract.feed.to_string();
        for batch in feed.batches.iter().filter(|batch| batch.known) {
            let source_rows = batch.row.get()?;
            for mention in &batch.mentions {
                let status = mention.status.iter().enumerate();
                let contested = status.filter(|(_, status)| **status == IdStatus::Contested);
                places.extend(contested.filter_map(|(row, _)| {
                    let origin = feed.origins.get_index(*batch.origin.get(row)? as usize)?;
                    let (delivery, file) = (origin.delivery.to_string(), origin.file.to_string());
                    Some((name.clone(), delivery, file, *source_rows.get(row)?))
                }));
            }
        }
    }
    Ok(places)
}

/// How many rows of a findings table resolve found, by feed.
pub(crate) fn contested(findings: &[RecordBatch]) -> Result<BTreeMap<String, u64>, RunError> {
    let mut counts = BTreeMap::new();
    for batch in findings {
        let feeds = texts(batch, FINDINGS, "feed")?;
        for (feed, found) in feeds.iter().zip(texts(batch, FINDINGS, "rule")?) {
            if let (Some(feed), Some(rule)) = (feed, found)
                && rule == rules::ID_CONTESTED.name
            {
                *counts.entry(feed.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(counts)
}

/// The batches as one, sorted by all columns from the first on: the same rows, the same table.
pub(crate) fn sorted(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch, RunError> {
    let same: Result<Vec<RecordBatch>, _> = batches
        .iter()
        .map(|batch| conforming(schema, batch))
        .collect();
    let all = concat_batches(schema, &same?)?;
    let compare = all.columns().iter();
    let compare = compare.map(|column| make_comparator(column, column, SortOptions::default()));
    let compare: Vec<_> = compare.collect::<Result<_, _>>()?;
    let mut order: Vec<u32> = (0_u32..).take(all.num_rows()).collect();
    // Stable, since that is quick where most rows are in order already.
    order.par_sort_by(|a, b| {
        let mut orders = compare.iter().map(|of| of(*a as usize, *b as usize));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    Ok(take_record_batch(&all, &UInt32Array::from(order))?)
}

/// A column of texts, most of them the same as many others.
fn text<'a, T>(all: &'a [T], of: impl Fn(&'a T) -> Option<&'a str>) -> ArrayRef {
    let mut texts = StringViewBuilder::new().with_deduplicate_strings();
    all.iter().for_each(|one| texts.append_option(of(one)));
    Arc::new(texts.finish())
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;

    use super::*;
    use crate::testing::cell;

    fn origin(delivery: &str) -> Origin {
        Origin {
            delivery: delivery.into(),
            file: "a.csv".into(),
            as_of: 0,
        }
    }

    fn finding(row: Option<i64>, rule: &'static rules::Rule) -> Finding {
        Finding {
            row,
            column: Some("name".into()),
            rule,
        }
    }

    fn found() -> FoundIn {
        let mut found = FoundIn::default();
        found.flag(&origin("d2"), [finding(Some(1), &rules::NAMES_NOBODY)]);
        let more = [
            finding(Some(10), &rules::NAMES_NOBODY),
            finding(Some(9), &rules::ID_CONTESTED),
            finding(None, &rules::UNKNOWN_COLUMN),
        ];
        found.flag(&origin("d1"), more);
        let row = Quarantined {
            row: 10,
            rule: &rules::NAMES_NOBODY,
            raw: "{}".into(),
        };
        found.reject(&origin("d1"), [row]);
        found
    }

    fn rows(batch: &RecordBatch) -> Vec<[Option<String>; 4]> {
        (0..batch.num_rows())
            .map(|row| ["feed", "_delivery", "_source_row", "rule"].map(|c| cell(batch, row, c)))
            .collect()
    }

    fn some(texts: [&str; 4]) -> [Option<String>; 4] {
        texts.map(|text| (text != "null").then(|| text.to_owned()))
    }

    #[test]
    fn tables_name_the_rule_and_its_severity_but_only_quarantine_has_the_row() {
        let found = found();
        let table = found.findings_of("a.b").unwrap();
        assert_eq!(table.num_rows(), 4);
        assert_eq!(cell(&table, 0, "severity").as_deref(), Some("rejected"));
        assert_eq!(cell(&table, 3, "severity").as_deref(), Some("flagged"));
        assert!(table.column_by_name("raw").is_none());
        let table = found.quarantine_of("a.b").unwrap();
        assert_eq!(cell(&table, 0, "raw").as_deref(), Some("{}"));
        assert_eq!(cell(&table, 0, "column"), None);
        let counts = found.by_rule();
        assert_eq!(counts["names_nobody"], 2);
        assert_eq!(counts.values().sum::<u64>(), 4);
    }

    #[test]
    fn rows_of_feeds_kept_stay_unless_they_are_replayed_or_found_anew() {
        let batches = [
            found().findings_of("a.b").unwrap(),
            found().findings_of("c.d").unwrap(),
        ];
        let kept = |batches: Vec<RecordBatch>| {
            batches
                .iter()
                .map(RecordBatch::num_rows)
                .collect::<Vec<_>>()
        };
        let none = HashSet::new();
        let findings = (FINDINGS, batches.as_slice());
        let stay = staying(findings, |feed| feed == "c.d", &none, None).unwrap();
        assert_eq!(kept(stay), [0, 3]);
        let place = |feed: &str, row| (feed.to_owned(), "d1".to_owned(), "a.csv".to_owned(), row);
        let replayed = HashSet::from([place("a.b", 10), place("c.d", 1)]);
        let stay = staying(findings, |_| true, &replayed, None).unwrap();
        assert_eq!(kept(stay), [2, 3]);
        // What resolve found in rows that it left alone stays.
        let elsewhere = HashSet::from([place("a.b", 9)]);
        let stay = staying(findings, |_| true, &none, Some(&elsewhere)).unwrap();
        let contested = |batch: &RecordBatch| {
            let rules = batch.column_by_name("rule").unwrap().as_string_view();
            let contested = rules
                .iter()
                .flatten()
                .filter(|rule| *rule == "id_contested");
            contested.count()
        };
        let before: usize = batches.iter().map(contested).sum();
        assert_eq!(stay.iter().map(contested).sum::<usize>(), before - 1);
    }

    #[test]
    fn findings_about_a_whole_delivery_are_never_replayed() {
        // A null row number reads as 0, which no row has.
        let batch = found().findings_of("a.b").unwrap();
        let all: HashSet<Place> = (1..=10)
            .flat_map(|row| ["d1", "d2"].map(|d| ("a.b".into(), d.into(), "a.csv".into(), row)))
            .collect();
        let stay = staying((FINDINGS, &[batch]), |_| true, &all, None).unwrap();
        assert_eq!(
            rows(&stay[0]),
            [some(["a.b", "d1", "null", "unknown_column"])]
        );
    }

    #[test]
    fn no_row_goes_because_a_column_is_missing() {
        let batch = found().findings_of("a.b").unwrap();
        let without = batch.project(&[0, 1, 2, 3, 4, 6]).unwrap();
        let none = HashSet::new();
        let without = [without];
        let stay = staying((FINDINGS, &without), |_| true, &none, None);
        assert!(matches!(stay, Err(RunError::MissingColumn { .. })));
        assert!(contested(&without).is_err());
    }

    #[test]
    fn the_same_rows_in_any_order_are_the_same_table() {
        let schema = tables::findings().schema;
        let (one, two) = (
            found().findings_of("a.b").unwrap(),
            found().findings_of("0.b").unwrap(),
        );
        let table = sorted(&schema, &[one.clone(), two.clone()]).unwrap();
        let turned = sorted(&schema, &[two, one.slice(2, 2), one.slice(0, 2)]).unwrap();
        assert_eq!(table, turned);
        assert_eq!(
            rows(&table)[4..],
            [
                some(["a.b", "d1", "null", "unknown_column"]),
                some(["a.b", "d1", "9", "id_contested"]),
                some(["a.b", "d1", "10", "names_nobody"]),
                some(["a.b", "d2", "1", "names_nobody"]),
            ]
        );
        assert_eq!(sorted(&schema, &[]).unwrap().num_rows(), 0);
    }
}
