//! The names of all mentions, each known by a small integer.

use arrow::array::{Array, StringViewArray, StringViewBuilder};
use rayon::prelude::*;
use rongtong_standards::names::is_of_newborn;

use super::holders::Holders;
use super::mentions::Mentions;
use super::numbered::NONE;
use crate::linkage::{KeyNumbers, TOGETHER, Values, text_key};

/// The names of all mentions. Personal data: no `Debug`.
pub(crate) struct Names {
    /// For each batch and row the name; [`NONE`] where there is none.
    pub(super) of: Vec<Vec<u32>>,
    /// Whether a name is a newborn's, called after a parent.
    newborn: Vec<bool>,
    pub(super) texts: StringViewArray,
}

impl Names {
    /// Numbers the distinct names.
    pub(crate) fn of(batches: &[Mentions<'_>]) -> Self {
        const BATCHES: usize = 32;
        let mut numbers = KeyNumbers::default();
        let mut texts = StringViewBuilder::new();
        let mut of = Vec::with_capacity(batches.len());
        for batches in batches.chunks(BATCHES) {
            let keys = batches.par_iter().map(|batch| {
                let keys = batch.name.iter().map(|name| Some(text_key(name?)));
                keys.collect()
            });
            let keys: Vec<Vec<Option<u64>>> = keys.collect();
            for (batch, keys) in batches.iter().zip(keys) {
                let mut names = Vec::with_capacity(keys.len());
                for (at, some) in (0..).step_by(TOGETHER).zip(keys.chunks(TOGETHER)) {
                    numbers.warm(some.iter().copied().flatten());
                    names.extend((at..).zip(some).map(|(row, key)| {
                        let Some(key) = key else { return NONE };
                        let (number, new) = numbers.number(*key);
                        if new {
                            texts.append_value(batch.name.value(row));
                        }
                        number
                    }));
                }
                of.push(names);
            }
        }
        let texts = texts.finish();
        Self {
            of,
            newborn: each(&texts).map(is_of_newborn).collect(),
            texts,
        }
    }

    /// What is to be compared of each name.
    pub(crate) fn forms(&self) -> Values {
        Values::names(each(&self.texts))
    }

    /// The name of the holder of each of so many numbers.
    pub(crate) fn of_holders(&self, holders: &Holders<'_>, numbers: usize) -> Vec<Option<u32>> {
        let held = |number: u32| {
            let (batch, row) = holders.named(number)?;
            let name = self.of.get(batch as usize)?.get(row as usize)?;
            self.is_own(*name).then_some(*name)
        };
        let numbers = u32::try_from(numbers).unwrap_or(NONE);
        (0..numbers).into_par_iter().map(held).collect()
    }

    /// Whether a row with a name is of a newborn, called after a parent: that tells nobody's name. Without a birth date it
    /// is all there is.
    pub(super) fn is_newborn(&self, name: u32, batch: &Mentions<'_>, row: usize) -> bool {
        let births = || batch.birth_date.as_ref();
        let dated = || births().is_some_and(|dates| dates.is_valid(row));
        self.newborn.get(name as usize) == Some(&true) && dated()
    }

    /// Whether a name is its bearer's own.
    fn is_own(&self, name: u32) -> bool {
        self.newborn.get(name as usize) == Some(&false)
    }
}

fn each(texts: &StringViewArray) -> impl IndexedParallelIterator<Item = &str> {
    (0..texts.len()).into_par_iter().map(|at| texts.value(at))
}
