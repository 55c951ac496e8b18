//! The keys that mentions have of their own, in memory or at rest: few of them are ever needed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use ahash::RandomState;
use arrow::array::{ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::Decimal128Type;
use arrow::error::ArrowError;
use rongtong_identity::residents::OwnKeys as _;
use rongtong_identity::{ResidentKey, residents};

use crate::rows::{FeedRows, RowAt};
use crate::spill::{Column, Spill};

/// The keys that the mentions of a batch have when their numbers aren't followed; none for mentions of nobody.
pub(crate) enum OwnKeys {
    Held(Vec<Option<ResidentKey>>),
    /// The bits of each; 0 for none.
    Resting(Column),
}

impl OwnKeys {
    /// Keys from the bits of each, brought to rest where there is a place for it.
    pub(crate) fn from_bits(
        bits: &ArrayRef,
        spill: Option<&Arc<Spill>>,
    ) -> Result<Self, ArrowError> {
        match spill {
            Some(spill) => Ok(Self::Resting(spill.put(bits)?)),
            None => Ok(Self::Held(keys_of(bits))),
        }
    }

    /// The bits of each key; 0 for none.
    pub(crate) fn bits(&self) -> Result<ArrayRef, ArrowError> {
        match self {
            Self::Held(keys) => {
                let bits = keys.iter().map(|key| key.map_or(0, ResidentKey::bits));
                let bits = bits.map(u128::cast_signed);
                Ok(Arc::new(Decimal128Array::from_iter_values(bits)))
            }
            Self::Resting(column) => column.get(),
        }
    }

    /// Brings them to rest.
    pub(crate) fn rest(&mut self, spill: &Arc<Spill>) -> Result<(), ArrowError> {
        if let Self::Held(_) = self {
            *self = Self::from_bits(&self.bits()?, Some(spill))?;
        }
        Ok(())
    }
}

impl residents::OwnKeys for OwnKeys {
    fn get(&self) -> Result<Cow<'_, [Option<ResidentKey>]>, ArrowError> {
        match self {
            Self::Held(keys) => Ok(Cow::Borrowed(keys)),
            Self::Resting(column) => Ok(Cow::Owned(keys_of(&column.get()?))),
        }
    }
}

fn keys_of(bits: &ArrayRef) -> Vec<Option<ResidentKey>> {
    let bits = bits.as_primitive::<Decimal128Type>().values().iter();
    let keys = bits.map(|bits| ResidentKey::from_bits(bits.cast_unsigned()));
    keys.collect()
}

/// The own keys of mentions of several feeds, read as they are asked for: those of one feed mostly stand one behind the
/// other.
#[derive(Default)]
pub(crate) struct InTurn<'a>(HashMap<(u32, u32), (u32, Keys<'a>), RandomState>);

type Keys<'a> = Cow<'a, [Option<ResidentKey>]>;

impl<'a> InTurn<'a> {
    /// The own key of a mention of feed number `at`.
    pub(crate) fn of(
        &mut self,
        (at, feed): (u32, &'a FeedRows),
        place: RowAt,
    ) -> Result<Option<ResidentKey>, ArrowError> {
        let Some(mention) = feed.mention(place) else {
            return Ok(None);
        };
        let keys = match self.0.entry((at, place.mention)) {
            Entry::Occupied(read) if read.get().0 == place.batch => read.into_mut(),
            read => read
                .insert_entry((place.batch, mention.own_keys.get()?))
                .into_mut(),
        };
        Ok(keys.1.get(place.row as usize).copied().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_were() {
        let spill = Spill::new().unwrap();
        let key = |bits| ResidentKey::from_bits(bits);
        let keys = vec![key(1), None, key(u128::MAX), key(1 << 127)];
        let mut resting = OwnKeys::Held(keys.clone());
        resting.rest(&spill).unwrap();
        assert!(matches!(resting, OwnKeys::Resting(Column::Away(_))));
        assert_eq!(*resting.get().unwrap(), keys);
        let held = OwnKeys::from_bits(&resting.bits().unwrap(), None).unwrap();
        assert_eq!(*held.get().unwrap(), keys);
    }
}
