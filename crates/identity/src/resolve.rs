//! The resolve stage: which resident key does each mention get?

use std::collections::HashMap;

use ahash::RandomState;
use arrow::array::{Array, ArrayRef, Date32Array, StringViewArray};
use rongtong_standards::identity::{IdStatus, number_of};

use crate::{KeyMaker, ResidentKey, canonical_row};

/// The mentions of one batch of rows in one role, as columns of equal length. Personal data: no `Debug`.
#[derive(Clone, Copy)]
pub struct Mentions<'a> {
    /// Place of the feed in the authority order for names; 0 is the authority.
    pub rank: u16,
    /// What the number alone says: [`IdStatus::Contested`] never stands here.
    pub status: &'a [IdStatus],
    /// GA/T 2000.156 code of the document; 0 where the number can't be used.
    pub document: &'a [u16],
    /// First 17 digits of an 18-character number; 0 for all other documents.
    pub body: &'a [u64],
    /// The normalised number.
    pub number: &'a StringViewArray,
    /// Birth date inside the number, where it has one.
    pub number_birth_date: &'a Date32Array,
    /// Sex inside the number (1, 2), 0 where it has none.
    pub number_sex: &'a [u8],
    /// The name in standard form.
    pub name: &'a StringViewArray,
    /// The birth date the row states, where its feed has one.
    pub birth_date: Option<&'a Date32Array>,
    /// The sex the row states or the role implies (GB/T 2261.1: 1, 2), 0 where neither does.
    pub sex: &'a [u8],
    /// The row's own time in microseconds, `i64::MIN` where it has none.
    pub time: &'a [i64],
    /// As-of day of the row's delivery.
    pub as_of: &'a [i32],
    /// The rows' standard columns: they settle ties.
    pub columns: &'a [ArrayRef],
    /// The key the mention gets when its number isn't followed; `None` for a mention of nobody.
    pub mention_key: &'a [Option<ResidentKey>],
}

/// On what ground a mention, and a resident, has its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A good number.
    Number,
    /// The mention's own key: nobody knows yet who this is.
    Unidentified,
}

impl Basis {
    /// The word that stands in `residents.key_basis`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Unidentified => "unidentified",
        }
    }
}

/// The keys of one batch of mentions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// One for each mention; `None` only where the mention is of nobody.
    pub keys: Vec<Option<ResidentKey>>,
    /// What became of each number, [`IdStatus::Contested`] included.
    pub status: Vec<IdStatus>,
    /// On what ground each key stands.
    pub basis: Vec<Basis>,
}

/// The stage that ties mentions to residents.
pub trait Resolve: Send + Sync {
    /// Gives every mention of every batch its key. The result may depend on all mentions together,
    /// but never on the order of the batches.
    fn resolve(&self, batches: &[Mentions<'_>]) -> Vec<Resolved>;
}

/// Follows good numbers unless the authority contradicts them; other mentions keep keys of their own.
///
/// A number is contested where a row's name differs from the authority's *and* its birth date or sex
/// differ too. The authority for a number is the newest row of the highest-ranking feed that states it.
#[derive(Debug)]
pub struct ByNumber<'a> {
    maker: &'a KeyMaker,
}

impl<'a> ByNumber<'a> {
    /// A resolver that makes its keys with `maker`.
    #[must_use]
    pub const fn new(maker: &'a KeyMaker) -> Self {
        Self { maker }
    }

    fn number_keys(&self, batches: &[Mentions<'_>]) -> Vec<Vec<Option<ResidentKey>>> {
        let mut known: HashMap<u64, ResidentKey, RandomState> = HashMap::default();
        batches
            .iter()
            .map(|batch| {
                (0..batch.status.len())
                    .map(|row| match (batch.document[row], batch.body[row]) {
                        (0, _) => None,
                        (document, 0) => batch
                            .number
                            .is_valid(row)
                            .then(|| self.maker.number(document, batch.number.value(row))),
                        (document, body) => Some(
                            *known
                                .entry(body)
                                .or_insert_with(|| self.maker.number(document, &number_of(body))),
                        ),
                    })
                    .collect()
            })
            .collect()
    }
}

impl Resolve for ByNumber<'_> {
    fn resolve(&self, batches: &[Mentions<'_>]) -> Vec<Resolved> {
        let number_keys = self.number_keys(batches);
        let authority = authorities(batches, &number_keys);
        batches
            .iter()
            .zip(&number_keys)
            .map(|(batch, keys)| {
                let mut resolved = Resolved::default();
                for (row, key) in keys.iter().enumerate() {
                    let claim = Claim::of(batch, row);
                    let followed = key.filter(|key| {
                        authority
                            .get(key)
                            .is_none_or(|holder| !claim.contradicts(&holder.or_number(batch, row)))
                    });
                    resolved.status.push(match (key, followed) {
                        (Some(_), None) => IdStatus::Contested,
                        _ => batch.status[row],
                    });
                    resolved.basis.push(match followed {
                        Some(_) => Basis::Number,
                        None => Basis::Unidentified,
                    });
                    resolved.keys.push(followed.or(batch.mention_key[row]));
                }
                resolved
            })
            .collect()
    }
}

/// What one mention says of the person who holds the number.
#[derive(Clone, Copy)]
struct Claim<'a> {
    rank: u16,
    time: i64,
    as_of: i32,
    columns: &'a [ArrayRef],
    row: usize,
    name: Option<&'a str>,
    birth_date: Option<i32>,
    sex: u8,
}

impl<'a> Claim<'a> {
    fn of(batch: &Mentions<'a>, row: usize) -> Self {
        Self {
            rank: batch.rank,
            time: batch.time[row],
            as_of: batch.as_of[row],
            columns: batch.columns,
            row,
            name: batch.name.is_valid(row).then(|| batch.name.value(row)),
            birth_date: batch
                .birth_date
                .and_then(|dates| dates.is_valid(row).then(|| dates.value(row))),
            sex: batch.sex[row],
        }
    }

    /// Whether this claim speaks for the number rather than `other`: by authority, then as the newest row
    /// of a feed is chosen everywhere. The order of the batches is no matter.
    fn outranks(&self, other: &Self) -> bool {
        let place = |c: &Self| (std::cmp::Reverse(c.rank), c.time, c.as_of);
        let said = |c: &Self| {
            (
                canonical_row(c.columns, c.row),
                c.name.map(str::to_owned),
                c.birth_date,
                c.sex,
            )
        };
        match place(self).cmp(&place(other)) {
            std::cmp::Ordering::Equal => said(self) > said(other),
            order => order.is_gt(),
        }
    }

    /// Sex and birth date last from the number.
    fn or_number(mut self, batch: &Mentions<'_>, row: usize) -> Self {
        let in_number = batch.number_birth_date;
        self.birth_date = self
            .birth_date
            .or_else(|| in_number.is_valid(row).then(|| in_number.value(row)));
        if self.sex == 0 {
            self.sex = batch.number_sex[row];
        }
        self
    }

    fn contradicts(&self, holder: &Self) -> bool {
        let differ =
            |a: Option<i32>, b: Option<i32>| matches!((a, b), (Some(a), Some(b)) if a != b);
        let name_differs = matches!((self.name, holder.name), (Some(a), Some(b)) if a != b);
        let sex_differs = self.sex != 0 && holder.sex != 0 && self.sex != holder.sex;
        name_differs && (sex_differs || differ(self.birth_date, holder.birth_date))
    }
}

type Authorities<'a> = HashMap<ResidentKey, Claim<'a>, RandomState>;

fn authorities<'a>(batches: &[Mentions<'a>], keys: &[Vec<Option<ResidentKey>>]) -> Authorities<'a> {
    let mut holders: Authorities<'a> = HashMap::default();
    for (batch, keys) in batches.iter().zip(keys) {
        for (row, key) in keys.iter().enumerate() {
            let Some(key) = key else { continue };
            let claim = Claim::of(batch, row);
            if claim.name.is_none() {
                continue;
            }
            holders
                .entry(*key)
                .and_modify(|holder| {
                    if claim.outranks(holder) {
                        *holder = claim;
                    }
                })
                .or_insert(claim);
        }
    }
    holders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    struct Rows {
        rank: u16,
        rows: Vec<(u64, &'static str, Option<i32>, u8, i64)>,
    }

    fn resolve(feeds: &[Rows]) -> Vec<Resolved> {
        let maker = KeyMaker::new(&Secret::new("s", "test").unwrap());
        struct Held {
            status: Vec<IdStatus>,
            document: Vec<u16>,
            body: Vec<u64>,
            number: StringViewArray,
            born: Date32Array,
            none: Date32Array,
            name: StringViewArray,
            sex: Vec<u8>,
            zeros: Vec<u8>,
            time: Vec<i64>,
            as_of: Vec<i32>,
            own: Vec<Option<ResidentKey>>,
        }
        let held: Vec<Held> = feeds
            .iter()
            .map(|f| Held {
                status: f
                    .rows
                    .iter()
                    .map(|r| {
                        if r.0 == 0 {
                            IdStatus::Malformed
                        } else {
                            IdStatus::Valid
                        }
                    })
                    .collect(),
                document: f
                    .rows
                    .iter()
                    .map(|r| if r.0 == 0 { 0 } else { 111 })
                    .collect(),
                body: f.rows.iter().map(|r| r.0).collect(),
                number: f.rows.iter().map(|_| Some("x")).collect(),
                born: f.rows.iter().map(|r| r.2).collect(),
                none: f.rows.iter().map(|_| None::<i32>).collect(),
                name: f.rows.iter().map(|r| Some(r.1)).collect(),
                sex: f.rows.iter().map(|r| r.3).collect(),
                zeros: f.rows.iter().map(|_| 0).collect(),
                time: f.rows.iter().map(|r| r.4).collect(),
                as_of: f.rows.iter().map(|_| 0).collect(),
                own: f
                    .rows
                    .iter()
                    .map(|r| Some(maker.mention("f", "1", "", r.1)))
                    .collect(),
            })
            .collect();
        let mentions: Vec<Mentions<'_>> = feeds
            .iter()
            .zip(&held)
            .map(|(f, h)| Mentions {
                rank: f.rank,
                status: &h.status,
                document: &h.document,
                body: &h.body,
                number: &h.number,
                number_birth_date: &h.none,
                number_sex: &h.zeros,
                name: &h.name,
                birth_date: Some(&h.born),
                sex: &h.sex,
                time: &h.time,
                as_of: &h.as_of,
                columns: &[],
                mention_key: &h.own,
            })
            .collect();
        ByNumber::new(&maker).resolve(&mentions)
    }

    const BODY: u64 = 11_010_519_491_231_002;

    #[test]
    fn a_number_with_another_name_and_birth_date_is_contested() {
        let resolved = resolve(&[
            Rows {
                rank: 0,
                rows: vec![(BODY, "王伟", Some(1), 1, 5)],
            },
            Rows {
                rank: 3,
                rows: vec![
                    (BODY, "王维", Some(1), 1, 9),
                    (BODY, "李娜", Some(2), 1, 9),
                    (BODY, "李娜", Some(1), 2, 9),
                    (BODY, "李娜", None, 0, 9),
                ],
            },
        ]);
        let status: Vec<&str> = resolved[1].status.iter().map(|s| s.as_str()).collect();
        assert_eq!(status, ["valid", "contested", "contested", "valid"]);
        assert_eq!(resolved[1].keys[0], resolved[0].keys[0]);
        assert_ne!(resolved[1].keys[1], resolved[0].keys[0]);
        assert_eq!(resolved[1].basis[1], Basis::Unidentified);
    }

    #[test]
    fn within_a_feed_the_newest_row_holds_the_number_whatever_the_order() {
        let rows = [(BODY, "甲", Some(1), 1, 5), (BODY, "乙", Some(2), 2, 6)];
        let one = resolve(&[Rows {
            rank: 0,
            rows: rows.to_vec(),
        }]);
        let two = resolve(&[Rows {
            rank: 0,
            rows: rows.iter().rev().copied().collect(),
        }]);
        assert_eq!(one[0].status, [IdStatus::Contested, IdStatus::Valid]);
        assert_eq!(two[0].status, [IdStatus::Valid, IdStatus::Contested]);
    }

    #[test]
    fn without_a_good_number_the_mention_keeps_its_own_key() {
        let resolved = resolve(&[Rows {
            rank: 0,
            rows: vec![(0, "甲", None, 0, 0)],
        }]);
        assert!(resolved[0].keys[0].is_some());
        assert_eq!(resolved[0].status, [IdStatus::Malformed]);
    }
}
