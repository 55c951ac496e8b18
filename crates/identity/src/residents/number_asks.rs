//! Which known numbers are near those of new records.

use rayon::prelude::*;

use super::model::columns;
use crate::linkage::{Filter, NumberForm, Records, Values};

/// Keys by which the numbers of new records meet near ones.
#[derive(Default)]
pub(super) struct NumberAsks {
    forms: Vec<NumberForm>,
    /// Of records that aren't settled, and of those that are: keys and places among the forms.
    of: [Vec<(u64, u32)>; 2],
    filters: Option<[Filter; 2]>,
}

impl NumberAsks {
    /// Of the numbers of records, of which `open` says which aren't settled, and of more with the same.
    pub(super) fn of(
        records: &Records,
        open: &[bool],
        more: impl Iterator<Item = (NumberForm, bool)>,
    ) -> Self {
        let column = records.columns.get(columns::NUMBER);
        let stated = column.into_iter().flat_map(|column| {
            let forms = match &column.values {
                Values::Numbers(forms, _) => forms.as_slice(),
                _ => &[],
            };
            (0_u32..).zip(open).flat_map(move |(record, open)| {
                let ids = column.of(record).iter();
                ids.filter_map(move |id| Some((*forms.get(*id as usize)?, *open)))
            })
        });
        let mut asks = Self::default();
        for (form, open) in stated.chain(more) {
            let place = u32::try_from(asks.forms.len()).unwrap_or(u32::MAX);
            asks.forms.push(form);
            let keys = &mut asks.of[usize::from(!open)];
            form.quarters(!open, |key| keys.push((key, place)));
        }
        asks.of
            .par_iter_mut()
            .for_each(|keys| keys.par_sort_unstable());
        asks.filters = Some([Filter::of(&asks.of[0]), Filter::of(&asks.of[1])]);
        asks
    }

    /// Whether a known number is near one of those; `whole` says that it passed its check, `settled` that its record has
    /// nothing to ask itself.
    pub(super) fn is_near(&self, number: &str, whole: bool, settled: bool) -> bool {
        let (Some(form), Some(filters)) = (NumberForm::of(number, whole), &self.filters) else {
            return false;
        };
        let mut near = false;
        form.quarters(true, |key| {
            for (keys, filter) in self
                .of
                .iter()
                .zip(filters)
                .take(if settled { 1 } else { 2 })
            {
                if near || !filter.may_have(key) {
                    continue;
                }
                let first = keys.partition_point(|(other, _)| *other < key);
                let same = keys[first..].iter().take_while(|(other, _)| *other == key);
                near |= same
                    .filter_map(|(_, place)| self.forms.get(*place as usize))
                    .any(|other| form.is_near(other));
            }
        });
        near
    }
}
