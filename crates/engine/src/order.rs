//! The order of a feed's rows: by resident, and for each resident the newest first.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use arrow::array::Array;
use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_identity::canonical_texts;
use rongtong_identity::residents::KEYLESS;

use crate::rows::{CHUNK, FeedRows, RowAt, index};

/// The mentions of a feed by resident, for each resident the newest first; those without a key stand last.
#[derive(Debug)]
pub(crate) enum Order {
    /// As the rows of the arranged feed stand, of which each names one person at most; how many there are.
    Rows(usize),
    /// By their places.
    Mentions(Vec<RowAt>),
}

impl Order {
    /// Every mention once.
    pub(crate) fn of_mentions(feed: &FeedRows) -> Result<Self, ArrowError> {
        Ok(Self::Mentions(sorted(feed, feed.contract.mentions.len())?))
    }

    /// The place of mention number `at`.
    pub(crate) fn get(&self, at: usize) -> Option<RowAt> {
        match self {
            Self::Rows(len) => (at < *len).then(|| RowAt {
                batch: index(at / CHUNK),
                row: index(at % CHUNK),
                mention: 0,
            }),
            Self::Mentions(places) => places.get(at).copied(),
        }
    }
}

/// Every row once, by its first mention: the order of the published table. Rows about no person stand last, newest
/// first.
pub(crate) fn of_rows(feed: &FeedRows) -> Result<Vec<RowAt>, ArrowError> {
    sorted(feed, 1)
}

/// The first mentions of each row, in order. LAKE.md "Choosing" says what is newest: the row's time, then the delivery's
/// as-of, then the larger row bytes.
fn sorted(feed: &FeedRows, mentions: usize) -> Result<Vec<RowAt>, ArrowError> {
    let mut entries: Vec<Entry> = Vec::with_capacity(feed.len() * mentions);
    for mention in 0..mentions {
        for (at, batch) in feed.batches.iter().enumerate() {
            for row in 0..batch.len() {
                let at = RowAt {
                    batch: index(at),
                    row: index(row),
                    mention: index(mention),
                };
                entries.push(Entry::of(feed, at));
            }
        }
    }
    entries.par_sort_unstable_by(|a, b| a.newest_first(b, feed));
    settle(feed, &mut entries)?;
    Ok(entries.into_iter().map(|e| e.at).collect())
}

/// The mentions of several feeds: by resident, then by feed, each feed's in its order. Those without a key are left out.
pub(crate) struct Together<'a>(Vec<Line<'a>>);

/// The mentions of one feed that are to come.
struct Line<'a> {
    feed: &'a FeedRows,
    order: &'a Order,
    next: usize,
    head: Option<(u32, RowAt)>,
}

impl<'a> Together<'a> {
    pub(crate) fn of(feeds: &'a [(FeedRows, Order)]) -> Self {
        let line = |(feed, order): &'a (FeedRows, Order)| {
            let mut line = Line {
                feed,
                order,
                next: 0,
                head: None,
            };
            line.step();
            line
        };
        Self(feeds.iter().map(line).collect())
    }
}

impl Line<'_> {
    fn step(&mut self) {
        let at = self.order.get(self.next);
        let head = at.map(|at| (self.feed.rank(at), at));
        self.head = head.filter(|(rank, _)| *rank != KEYLESS);
        self.next += 1;
    }
}

impl Iterator for Together<'_> {
    /// Place of the resident's key, number of the feed, place.
    type Item = (u32, u32, RowAt);

    fn next(&mut self) -> Option<Self::Item> {
        let heads = self.0.iter().enumerate();
        let heads = heads.filter_map(|(feed, line)| Some((line.head?.0, feed)));
        let (rank, feed) = heads.min()?;
        let line = self.0.get_mut(feed)?;
        let (_, at) = line.head?;
        line.step();
        Some((rank, index(feed), at))
    }
}

/// A mention on its way to its place. All but its resident is looked up for rows of one resident alone.
#[derive(Clone, Copy)]
struct Entry {
    rank: u32,
    at: RowAt,
}

impl Entry {
    fn of(feed: &FeedRows, at: RowAt) -> Self {
        let rank = feed.rank(at);
        Self { rank, at }
    }

    fn newest_first(&self, other: &Self, feed: &FeedRows) -> Ordering {
        let newest = |entry: &Self| {
            let batch = &feed.batches[entry.at.batch as usize];
            let row = entry.at.row as usize;
            (Reverse(batch.time[row]), Reverse(feed.as_of(batch, row)))
        };
        let residents = self.rank.cmp(&other.rank);
        residents.then_with(|| newest(self).cmp(&newest(other)))
    }
}

/// Settles rows of one time by their canonical bytes: column by column, as long as rows are tied. Rows equal to the
/// last byte stand in the order of their places, which says nothing of time.
fn settle(feed: &FeedRows, entries: &mut [Entry]) -> Result<(), ArrowError> {
    let mut tied = runs(0..entries.len(), |a, b| {
        entries[a].newest_first(&entries[b], feed).is_eq()
    });
    let width = feed.batches.first().map_or(0, |batch| batch.columns.len());
    for column in 0..width {
        if tied.is_empty() {
            break;
        }
        let rows = tied.iter().flat_map(|run| &entries[run.clone()]);
        let rows: Vec<(usize, usize)> = rows
            .map(|entry| (entry.at.batch as usize, entry.at.row as usize))
            .collect();
        let cells = canonical_texts(&feed.gather(column, &rows)?)?;
        let cell = |at: usize| cells.is_valid(at).then(|| cells.value(at));
        let mut first = 0;
        let mut still = Vec::new();
        for run in tied {
            let mut order: Vec<usize> = (first..first + run.len()).collect();
            order.sort_by(|a, b| cell(*b).cmp(&cell(*a)));
            let before = entries[run.clone()].to_vec();
            for (entry, from) in entries[run.clone()].iter_mut().zip(&order) {
                *entry = before[*from - first];
            }
            let same =
                |a: usize, b: usize| cell(order[a - run.start]) == cell(order[b - run.start]);
            still.extend(runs(run.clone(), same));
            first += run.len();
        }
        tied = still;
    }
    let place = |entry: &Entry| {
        let (batch, row) = (
            &feed.batches[entry.at.batch as usize],
            entry.at.row as usize,
        );
        let origin = &feed.origins[batch.origin[row] as usize];
        let source_row = batch.row.get()?[row];
        let mention = entry.at.mention;
        Ok::<_, ArrowError>((&origin.delivery, &origin.file, source_row, mention))
    };
    for run in tied {
        let entries = &mut entries[run];
        let placed = entries.iter().map(|entry| Ok((place(entry)?, *entry)));
        let mut placed = placed.collect::<Result<Vec<_>, ArrowError>>()?;
        placed.sort_unstable_by_key(|(place, _)| *place);
        for (entry, (_, placed)) in entries.iter_mut().zip(placed) {
            *entry = placed;
        }
    }
    Ok(())
}

/// The runs of two or more neighbours that are the same.
fn runs(within: Range<usize>, same: impl Fn(usize, usize) -> bool) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = within.start;
    for at in within.start + 1..=within.end {
        if at == within.end || !same(start, at) {
            if at - start > 1 {
                runs.push(start..at);
            }
            start = at;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Row, TODAY, deliver, feed, key, number, pipeline, resolved};

    const REGISTER: &str = "public_security.household_register";
    const MARRIAGES: &str = "civil_affairs.marriage_register";

    /// The rows of `of` in order, as `delivery` and row number.
    fn places(of: &str, deliveries: &[(&str, i32, &[Row<'_>])]) -> Vec<(String, i64)> {
        let pipeline = pipeline();
        let mut rows = feed(&pipeline, of);
        for (delivery, as_of, batch) in deliveries {
            deliver(&pipeline, &mut rows, delivery, *as_of, batch);
        }
        let (rows, order) = resolved(&pipeline, vec![rows]).remove(0);
        let place = |at: RowAt| {
            let batch = &rows.batches[at.batch as usize];
            let origin = &rows.origins[batch.origin[at.row as usize] as usize];
            let source_row = batch.row.get().unwrap()[at.row as usize];
            (origin.delivery.to_string(), source_row)
        };
        let all = (0..).map_while(|at| order.get(at));
        all.map(place).collect()
    }

    fn named(places: &[(String, i64)]) -> Vec<(&str, i64)> {
        places.iter().map(|(d, row)| (d.as_str(), *row)).collect()
    }

    #[test]
    fn the_newest_row_stands_first_and_one_without_time_last() {
        let id = number(1);
        let row = |time| {
            [
                ("id_number", id.as_str()),
                ("name", "张伟"),
                ("updated_at", time),
            ]
        };
        let (old, new, none) = (
            row("2024-01-01 00:00:00"),
            row("2024-01-01 00:00:01"),
            row(""),
        );
        let order = places(
            REGISTER,
            // The time counts before the as-of of the delivery.
            &[("a", TODAY, &[&none, &old]), ("b", TODAY - 9, &[&new])],
        );
        assert_eq!(named(&order), [("b", 1), ("a", 2), ("a", 1)]);
    }

    #[test]
    fn rows_of_one_time_go_by_the_delivery_then_by_their_text() {
        let id = number(1);
        let row = |name| {
            [
                ("id_number", id.as_str()),
                ("name", name),
                ("updated_at", "2024-01-01"),
            ]
        };
        // 丁 U+4E01 < 张 U+5F20 < 马 U+9A6C.
        let (low, mid, high) = (row("丁一"), row("张一"), row("马一"));
        let order = places(
            REGISTER,
            &[
                ("a", TODAY, &[&mid, &low]),
                ("b", TODAY, &[&high]),
                ("c", TODAY + 1, &[&low]),
            ],
        );
        assert_eq!(named(&order), [("c", 1), ("b", 1), ("a", 1), ("a", 2)]);
    }

    #[test]
    fn a_null_is_the_smallest_text_and_later_columns_settle() {
        let id = number(1);
        let none: Row<'_> = &[("id_number", &id), ("name", "张伟")];
        let short: Row<'_> = &[("id_number", &id), ("name", "张伟"), ("household_no", "1")];
        let long: Row<'_> = &[("id_number", &id), ("name", "张伟"), ("household_no", "10")];
        let order = places(REGISTER, &[("a", TODAY, &[none, short, long])]);
        assert_eq!(named(&order), [("a", 3), ("a", 2), ("a", 1)]);
    }

    #[test]
    fn the_order_is_the_same_whatever_the_order_of_the_batches() {
        let (one, two) = (number(1), number(2));
        let row: Row<'_> = &[
            ("id_number", &one),
            ("name", "张伟"),
            ("updated_at", "2024-01-01"),
        ];
        let other: Row<'_> = &[
            ("id_number", &two),
            ("name", "李娜"),
            ("updated_at", "2024-01-01"),
        ];
        let batches: [(&str, i32, &[Row<'_>]); 3] = [
            ("c", TODAY, &[row, other, row]),
            ("a", TODAY, &[other, row]),
            ("b", TODAY, &[row, row]),
        ];
        let forwards = places(REGISTER, &batches);
        let mut turned = batches;
        turned.reverse();
        assert_eq!(places(REGISTER, &turned), forwards);
        let mut rows = named(&forwards);
        assert_eq!(rows.len(), 7);
        rows.retain(|place| !matches!(place, ("c", 2) | ("a", 1)));
        assert_eq!(rows, [("a", 2), ("b", 1), ("b", 2), ("c", 1), ("c", 3)]);
    }

    #[test]
    fn a_row_stands_once_for_each_person_it_names_but_once_in_its_table() {
        let pipeline = pipeline();
        let mut rows = feed(&pipeline, MARRIAGES);
        let (him, her) = (number(1), number(2));
        let wedding: Row<'_> = &[
            ("registration_no", "J1"),
            ("kind", "结婚"),
            ("husband_name", "张伟"),
            ("husband_id_number", &him),
            ("wife_name", "李娜"),
            ("wife_id_number", &her),
        ];
        deliver(&pipeline, &mut rows, "a", TODAY, &[wedding]);
        let (rows, mentions) = resolved(&pipeline, vec![rows]).remove(0);
        let mut both = [Some(key(1)), Some(key(2))];
        both.sort();
        let key_at = |at: usize| rows.key(mentions.get(at).unwrap());
        assert!(mentions.get(2).is_none());
        assert_eq!([key_at(0), key_at(1)], both);
        let table = of_rows(&rows).unwrap();
        let first: Vec<_> = table.iter().map(|at| rows.key(*at)).collect();
        assert_eq!(first, [Some(key(1))]);
    }

    #[test]
    fn lists_count_as_text_too_and_mentions_of_nobody_stand_last() {
        let id = number(1);
        let row = |codes| {
            [
                ("record_no", "E1"),
                ("id_number", id.as_str()),
                ("name", "张伟"),
                ("chronic_icd10", codes),
            ]
        };
        let order = places(
            "health.health_record",
            &[("a", TODAY, &[&row("E11"), &row("I10"), &row("E11;I10")])],
        );
        assert_eq!(named(&order), [("a", 2), ("a", 3), ("a", 1)]);
        let company = "91330106MA27X0000X";
        let unit = |id| {
            [
                ("unit_no", "U1"),
                ("name", "某某"),
                ("id_number", id),
                ("updated_at", "2025-01-01"),
            ]
        };
        let owners = [unit(company), unit(&id)];
        let order = places(
            "housing.property_ownership",
            &[("a", TODAY, &[&owners[0], &owners[1]])],
        );
        assert_eq!(order.len(), 2);
    }
}
