//! Stated: what rows of `identities` say to a search for whom new rows may change.

use std::collections::HashSet;

use ahash::RandomState;
use arrow::array::{Array, RecordBatch, StringArray, StringBuilder};
use rongtong_identity::ResidentKey;
use rongtong_identity::residents::{Asks, Said};

use crate::columns::{keys_of, status_of, texts};
use crate::error::RunError;
use crate::splice::{KEY, Keys};
use crate::tables::IDENTITIES;

/// The numbers that a batch of `identities` states, those of one person that stand together once. Personal data: no
/// `Debug`.
pub(crate) struct StatedNumbers {
    residents: Vec<ResidentKey>,
    /// Whether they passed their checks.
    whole: Vec<bool>,
    numbers: StringArray,
}

impl StatedNumbers {
    pub(crate) fn of(batch: &RecordBatch) -> Result<Self, RunError> {
        let text = |name| texts(batch, IDENTITIES, name);
        let (keys, numbers) = (text(KEY)?, text("id_number")?);
        let status = text("number_status")?;
        let (mut residents, mut whole) = (Vec::new(), Vec::new());
        let mut chosen = StringBuilder::new();
        let mut last = None;
        for row in (0..batch.num_rows()).filter(|row| numbers.is_valid(*row)) {
            let number = (keys.value(row), numbers.value(row));
            if last.replace(number) == Some(number) {
                continue;
            }
            if let Some(resident) = ResidentKey::parse(number.0) {
                residents.push(resident);
                let status = status_of(status, row, (IDENTITIES, "number_status"))?;
                whole.push(status.is_usable());
                chosen.append_value(number.1);
            }
        }
        Ok(Self {
            residents,
            whole,
            numbers: chosen.finish(),
        })
    }

    /// Those of whom a number is near one that is asked for; `open` are the residents who have something to ask
    /// themselves.
    pub(crate) fn near(
        &self,
        asks: &Asks,
        open: &HashSet<ResidentKey, RandomState>,
    ) -> Vec<ResidentKey> {
        let numbers = self.numbers.iter().flatten();
        let stated = self.residents.iter().zip(&self.whole).zip(numbers);
        let near = stated.filter(|((resident, whole), number)| {
            asks.is_near(number, **whole, !open.contains(*resident))
        });
        near.map(|((resident, _), _)| *resident).collect()
    }
}

/// Who is named, with the broken number that the row states. Personal data: no `Debug`.
pub(crate) type Stated = (ResidentKey, Option<Box<str>>);

/// Those whom some rows of `identities` name who are named already or whose own mention is said again, with the broken
/// numbers that they state.
pub(crate) fn stated(
    batch: &RecordBatch,
    said: &Said,
    named: &Keys,
) -> Result<Vec<Stated>, RunError> {
    let text = |name| texts(batch, IDENTITIES, name);
    let (documents, numbers) = (text("id_type")?, text("id_number")?);
    let residents = keys_of(batch, IDENTITIES, KEY)?;
    let mentions = keys_of(batch, IDENTITIES, "mention_key")?;
    let rows = residents.into_iter().zip(mentions).enumerate();
    let stated = rows.filter_map(|(row, (resident, mention))| {
        let resident = resident?;
        let again = mention.is_some_and(|key| said.mentions.contains(&key));
        if !again && !named.contains(&resident) {
            return None;
        }
        let broken = documents.is_null(row) && numbers.is_valid(row);
        Some((resident, broken.then(|| numbers.value(row).into())))
    });
    Ok(stated.collect())
}
