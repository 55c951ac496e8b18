//! The usable numbers of all mentions, each known by a small integer.

use std::collections::HashMap;

use ahash::RandomState;
use rayon::prelude::*;
use rongtong_standards::identity::number_of;

use super::mentions::Mentions;
use crate::linkage::{KeyNumbers, TOGETHER};
use crate::{KeyMaker, ResidentKey};

/// Which number each mention states. Personal data: no `Debug`.
pub(crate) struct Numbered {
    /// For each batch and row the place of the number in `keys`; [`NONE`] where it has no usable one.
    pub(crate) of: Vec<Vec<u32>>,
    /// The key that each number gives.
    pub(crate) keys: Vec<ResidentKey>,
}

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

impl Numbered {
    /// Finds the distinct numbers, and hashes each once.
    pub(crate) fn of(batches: &[Mentions<'_>], maker: &KeyMaker) -> Self {
        let mut bodies = KeyNumbers::default();
        let mut of_body: Vec<u32> = Vec::new();
        let mut others: HashMap<(u16, &str), u32, RandomState> = HashMap::default();
        let mut first: Vec<(u16, Number<'_>)> = Vec::new();
        let mut of = Vec::with_capacity(batches.len());
        for batch in batches {
            let mut numbers = Vec::with_capacity(batch.body.len());
            for (at, some) in (0..).step_by(TOGETHER).zip(batch.body.chunks(TOGETHER)) {
                bodies.warm(some.iter().copied());
                numbers.extend((at..).zip(some).map(|(row, body)| {
                    let next = u32::try_from(first.len()).unwrap_or(NONE);
                    match (batch.document[row], *body) {
                        (0, _) => NONE,
                        (document, 0) => match batch.written.get(row) {
                            Some(text) => *others.entry((document, text)).or_insert_with(|| {
                                first.push((document, Number::Text(text)));
                                next
                            }),
                            None => NONE,
                        },
                        (document, body) => {
                            let (body_number, new) = bodies.number(body);
                            if new {
                                first.push((document, Number::Body(body)));
                                of_body.push(next);
                            }
                            of_body[body_number as usize]
                        }
                    }
                }));
            }
            of.push(numbers);
        }
        const SOME: usize = 4_096;
        let keys = first.par_chunks(SOME).flat_map_iter(|some| {
            let mut keys = maker.several();
            for (document, number) in some {
                match number {
                    Number::Body(body) => keys.number(*document, &number_of(*body)),
                    Number::Text(text) => keys.number(*document, text),
                }
            }
            keys.made()
        });
        let keys = keys.collect();
        Self { of, keys }
    }

    /// The key of a number.
    pub(crate) fn key(&self, number: u32) -> Option<ResidentKey> {
        self.keys.get(number as usize).copied()
    }
}

/// A number as it is stated, or the body of one that is checked.
enum Number<'a> {
    Body(u64),
    Text(&'a str),
}
