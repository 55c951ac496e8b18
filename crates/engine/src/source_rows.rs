//! The numbers of rows in their files, in memory or at rest: until rows are arranged hardly any is asked for.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;

use crate::spill::{Column, Spill};

/// `_source_row` of the rows of a batch.
pub(crate) enum SourceRows {
    Held(Vec<i64>),
    Resting(Column),
}

impl SourceRows {
    pub(crate) fn get(&self) -> Result<Cow<'_, [i64]>, ArrowError> {
        match self {
            Self::Held(rows) => Ok(Cow::Borrowed(rows)),
            Self::Resting(column) => {
                let rows = column.get()?;
                Ok(Cow::Owned(
                    rows.as_primitive::<Int64Type>().values().to_vec(),
                ))
            }
        }
    }

    /// Brings them to rest.
    pub(crate) fn rest(&mut self, spill: &Arc<Spill>) -> Result<(), ArrowError> {
        if let Self::Held(rows) = self {
            let rows: ArrayRef = Arc::new(Int64Array::from(std::mem::take(rows)));
            *self = Self::Resting(spill.put(&rows)?);
        }
        Ok(())
    }

    /// Takes them, from rest as well.
    pub(crate) fn take(&mut self) -> Result<Vec<i64>, ArrowError> {
        let rows = std::mem::replace(self, Self::Held(Vec::new()));
        match rows {
            Self::Held(rows) => Ok(rows),
            Self::Resting(_) => Ok(rows.get()?.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let mut rows = SourceRows::Held(vec![2, 7, i64::MAX]);
        rows.rest(&Spill::new().unwrap()).unwrap();
        assert!(matches!(rows, SourceRows::Resting(_)));
        assert_eq!(*rows.get().unwrap(), [2, 7, i64::MAX]);
        assert_eq!(rows.take().unwrap(), [2, 7, i64::MAX]);
    }
}
