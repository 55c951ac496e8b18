//! Keys by number alone: what a run does with linking off, and where linking starts from.

use arrow::error::ArrowError;
use rayon::prelude::*;
use rongtong_standards::identity::IdStatus;

use super::holders::{Holders, Weigh};
use super::linked::Resolution;
use super::mentions::{Basis, KEYLESS, Mentions, Resolved};
use super::numbered::{NONE, Numbered};
use super::ranks::Ranks;
use crate::{KeyMaker, ResidentKey};

/// Follows good numbers unless the authority contradicts them; other mentions keep keys of their own.
///
/// A number is contested where a row's name differs from the authority's *and* its birth date or sex
/// differ too. The authority for each of them is the newest row that states it with the number, of the
/// highest-ranking feed that has one.
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
}

impl ByNumber<'_> {
    /// Gives every mention of every batch its key. The result depends on all mentions together, but never
    /// on the order of the batches.
    ///
    /// # Errors
    /// When rows that must settle a tie can't be read.
    pub fn resolve(&self, batches: &[Mentions<'_>]) -> Result<Resolution, ArrowError> {
        let numbered = Numbered::of(batches, self.maker);
        let holders = Holders::of(batches, &numbered, Weigh::Authority)?;
        let one = |(batch, numbers): (&Mentions<'_>, &Vec<u32>)| {
            let own_keys = batch.own_keys.get()?;
            let mut resolved = Resolved::default();
            let mut own = Vec::new();
            for (row, number) in numbers.iter().enumerate() {
                let contested = *number != NONE && holders.contradict(*number, batch, row);
                let followed = *number != NONE && !contested;
                resolved.status.push(match contested {
                    true => IdStatus::Contested,
                    false => batch.status[row],
                });
                resolved.basis.push(match followed {
                    true => Basis::Number,
                    false => Basis::Unidentified,
                });
                resolved.key.push(match followed {
                    true => *number,
                    false => KEYLESS,
                });
                own.extend(own_keys[row].filter(|_| !followed).map(|key| (row, key)));
            }
            Ok((resolved, own))
        };
        let all = batches.par_iter().zip(&numbered.of);
        let resolved: Result<Vec<(Resolved, Own)>, ArrowError> = all.map(one).collect();
        Ok(ranked(resolved?, numbered.keys))
    }
}

/// The rows of a batch that have keys of their own, and the keys.
type Own = Vec<(usize, ResidentKey)>;

/// Resolved batches, whose rows know the `numbers` they follow, or else have keys of their own: now all know the place of their
/// key among all.
fn ranked(batches: Vec<(Resolved, Own)>, numbers: Vec<ResidentKey>) -> Resolution {
    let mut keys = numbers;
    let followed = keys.len();
    for (_, own) in &batches {
        keys.extend(own.iter().map(|(_, key)| *key));
    }
    let ranks = Ranks::of(&keys);
    let (of_numbers, of_own) = ranks.of.split_at(followed);
    let mut of_own = of_own.iter();
    let batches = batches.into_iter().map(|(mut resolved, own)| {
        for key in &mut resolved.key {
            *key = of_numbers.get(*key as usize).copied().unwrap_or(KEYLESS);
        }
        for ((row, _), place) in own.into_iter().zip(&mut of_own) {
            resolved.key[row] = *place;
        }
        resolved
    });
    Resolution {
        batches: batches.collect(),
        keys: ranks.keys,
        ..Resolution::default()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use arrow::array::{ArrayRef, Date32Array, StringViewArray};

    use super::*;
    use crate::residents::{OwnKeys, Written};
    use crate::{ResidentKey, Secret};

    /// What the mentions say is all there is.
    struct NoRows;

    struct Own(Vec<Option<ResidentKey>>);

    impl OwnKeys for Own {
        fn get(&self) -> Result<Cow<'_, [Option<ResidentKey>]>, ArrowError> {
            Ok(Cow::Borrowed(&self.0))
        }
    }

    impl crate::Rows for NoRows {
        fn column(&self, _: usize) -> Result<Option<ArrayRef>, ArrowError> {
            Ok(None)
        }
    }

    struct Rows {
        rank: u16,
        rows: Vec<(u64, &'static str, Option<i32>, u8, i64)>,
    }

    fn resolve(feeds: &[Rows]) -> Resolution {
        let maker = KeyMaker::new(&Secret::new("s", "test").unwrap());
        struct Held {
            status: Vec<IdStatus>,
            document: Vec<u16>,
            body: Vec<u64>,
            written: Written,
            born: Date32Array,
            name: StringViewArray,
            sex: Vec<u8>,
            time: Vec<i64>,
            as_of: Vec<i32>,
            own: Own,
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
                written: {
                    let numbers = f.rows.iter().map(|_| Some("x")).collect();
                    let bodies: Vec<u64> = f.rows.iter().map(|r| r.0).collect();
                    Written::of(&numbers, &vec![111; bodies.len()], &bodies)
                },
                born: f.rows.iter().map(|r| r.2).collect(),
                name: f.rows.iter().map(|r| Some(r.1)).collect(),
                sex: f.rows.iter().map(|r| r.3).collect(),
                time: f.rows.iter().map(|r| r.4).collect(),
                as_of: f.rows.iter().map(|_| 0).collect(),
                own: {
                    let mut keys = maker.several();
                    f.rows.iter().for_each(|r| keys.mention("f", "1", "", r.1));
                    Own(keys.made().map(Some).collect())
                },
            })
            .collect();
        let mentions: Vec<Mentions<'_>> = feeds
            .iter()
            .zip(&held)
            .map(|(f, h)| Mentions {
                feed: f.rank,
                rank: f.rank,
                known: false,
                in_force: true,
                phone: None,
                addresses: Vec::new(),
                owned: Vec::new(),
                household: None,
                companions: Vec::new(),
                status: &h.status,
                document: &h.document,
                body: &h.body,
                written: &h.written,
                name: h.name.clone(),
                birth_date: Some(h.born.clone()),
                sex: h.sex.clone().into(),
                time: h.time.clone().into(),
                as_of: h.as_of.clone(),
                rows: &NoRows,
                own_keys: &h.own,
                before: &[],
            })
            .collect();
        ByNumber::new(&maker).resolve(&mentions).unwrap()
    }

    const BODY: u64 = 11_010_519_491_231_002;

    #[test]
    fn a_number_with_another_name_and_birth_date_is_contested() {
        let Resolution {
            batches: resolved, ..
        } = resolve(&[
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
        assert_eq!(resolved[1].key[0], resolved[0].key[0]);
        assert_ne!(resolved[1].key[1], resolved[0].key[0]);
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
        assert_eq!(
            one.batches[0].status,
            [IdStatus::Contested, IdStatus::Valid]
        );
        assert_eq!(
            two.batches[0].status,
            [IdStatus::Valid, IdStatus::Contested]
        );
    }

    #[test]
    fn without_a_good_number_the_mention_keeps_its_own_key() {
        let Resolution {
            batches: resolved,
            keys,
            ..
        } = resolve(&[Rows {
            rank: 0,
            rows: vec![(0, "甲", None, 0, 0)],
        }]);
        assert!(keys.get(resolved[0].key[0] as usize).is_some());
        assert_eq!(resolved[0].status, [IdStatus::Malformed]);
    }
}
