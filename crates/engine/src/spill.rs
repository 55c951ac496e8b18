//! Columns at rest: what nobody needs for now lies in a file, so that memory holds what is being worked on.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use ahash::RandomState;
use arrow::array::{
    Array, ArrayRef, AsArray, ByteView, RecordBatch, StringViewArray, StringViewBuilder, UInt8Array,
};
use arrow::buffer::Buffer;
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::StreamWriter;

use crate::error::RunError;

/// A file for columns at rest, where the system keeps temporary files (`TMPDIR`). It has no name: nobody else can open
/// it, and it is gone with the process however that ends.
pub(crate) struct Spill(Mutex<File>);

/// A column, in memory or at rest. Personal data: no `Debug`.
#[derive(Clone)]
pub(crate) enum Column {
    Held(ArrayRef),
    Coded(Coded),
    Away(Away),
}

/// A column of few short texts: a byte a row costs less than the way to the file and back.
#[derive(Clone)]
pub(crate) struct Coded {
    values: StringViewArray,
    /// Places in `values`.
    codes: UInt8Array,
}

/// Where a column lies.
#[derive(Clone)]
pub(crate) struct Away {
    spill: Arc<Spill>,
    start: u64,
    bytes: usize,
    /// Whether it is a column of texts: they lie one behind the other, which is less than with views, and read sooner.
    texts: bool,
}

impl Spill {
    pub(crate) fn new() -> Result<Arc<Self>, RunError> {
        let file = tempfile::tempfile().map_err(failed)?;
        Ok(Arc::new(Self(Mutex::new(file))))
    }

    /// Brings a column to rest.
    pub(crate) fn put(self: &Arc<Self>, column: &ArrayRef) -> Result<Column, ArrowError> {
        if let Some(coded) = column.as_string_view_opt().and_then(Coded::of) {
            return Ok(Column::Coded(coded));
        }
        let texts = column.data_type() == &DataType::Utf8View;
        let column = match texts {
            true => cast(column, &DataType::Utf8)?,
            false => Arc::clone(column),
        };
        let batch = RecordBatch::try_from_iter([("", column)])?;
        let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref())?;
        writer.write(&batch)?;
        let bytes = writer.into_inner()?;
        let start = self.with(|file| {
            let start = file.seek(SeekFrom::End(0))?;
            file.write_all(&bytes)?;
            Ok(start)
        })?;
        Ok(Column::Away(Away {
            spill: Arc::clone(self),
            start,
            bytes: bytes.len(),
            texts,
        }))
    }

    /// Does something with the file, by one thread at a time.
    fn with<T>(&self, work: impl FnOnce(&mut File) -> io::Result<T>) -> Result<T, ArrowError> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut file).map_err(failed)
    }
}

/// The system's folder for temporary files can't be used.
pub(crate) fn failed(error: io::Error) -> ArrowError {
    let place = std::env::temp_dir();
    let place = place.display();
    let told = format!(
        "temporary files can't be kept in {place}: {error}; make room there, or name another folder in TMPDIR"
    );
    ArrowError::IoError(told, error)
}

impl Column {
    /// The column's values.
    pub(crate) fn get(&self) -> Result<ArrayRef, ArrowError> {
        match self {
            Self::Held(column) => Ok(Arc::clone(column)),
            Self::Coded(Coded { values, codes }) => take(values, codes, None),
            Self::Away(away) => away.get(),
        }
    }
}

impl Coded {
    /// `None` for a column of many texts, or of long ones.
    fn of(texts: &StringViewArray) -> Option<Self> {
        /// Texts of so many bytes stand in their views.
        const SHORT: u32 = 12;
        let mut known: HashMap<u128, u8, RandomState> = HashMap::default();
        let mut values = StringViewBuilder::new();
        let mut codes = Vec::with_capacity(texts.len());
        for (row, view) in texts.views().iter().enumerate() {
            if texts.is_null(row) {
                codes.push(0);
                continue;
            }
            let code = match known.get(view) {
                Some(code) => *code,
                None if ByteView::from(*view).length > SHORT => return None,
                None => {
                    let code = u8::try_from(known.len()).ok()?;
                    values.append_value(texts.value(row));
                    *known.entry(*view).or_insert(code)
                }
            };
            codes.push(code);
        }
        // Codes of nulls point somewhere too.
        if known.is_empty() {
            values.append_null();
        }
        Some(Self {
            values: values.finish(),
            codes: UInt8Array::new(codes.into(), texts.nulls().cloned()),
        })
    }
}

impl Away {
    fn get(&self) -> Result<ArrayRef, ArrowError> {
        let mut bytes = Vec::with_capacity(self.bytes);
        self.spill.with(|file| {
            file.seek(SeekFrom::Start(self.start))?;
            file.take(self.bytes as u64).read_to_end(&mut bytes)
        })?;
        let batch = StreamDecoder::new().decode(&mut Buffer::from_vec(bytes))?;
        let batch = batch.filter(|batch| batch.num_columns() == 1);
        let lost = || ArrowError::IpcError("a column at rest has no values".to_owned());
        let batch = batch.ok_or_else(lost)?;
        match (self.texts, batch.column(0).as_string_opt::<i32>()) {
            (true, Some(texts)) => Ok(Arc::new(StringViewArray::from(texts))),
            _ => Ok(Arc::clone(batch.column(0))),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, ListArray, new_null_array};
    use arrow::datatypes::{DataType, Date32Type};

    use super::*;

    #[test]
    fn columns_come_back_as_they_were() {
        let spill = Spill::new().unwrap();
        let long = "桂城街道南海大道北18号3幢2单元1204室";
        let texts = StringViewArray::from(vec![Some("张"), None, Some(long), Some("")]);
        let lists = vec![
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
            Some(vec![Some(2)]),
        ];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(texts.clone()),
            Arc::new(texts.slice(2, 1)),
            Arc::new(Date32Array::from(vec![Some(1), None])),
            Arc::new(ListArray::from_iter_primitive::<Date32Type, _, _>(lists)),
            new_null_array(&DataType::Decimal128(18, 2), 3),
            Arc::new(StringViewArray::from_iter_values(
                (0..300).map(|at| at.to_string()),
            )),
        ];
        let away: Vec<Column> = columns.iter().map(|c| spill.put(c).unwrap()).collect();
        for (away, column) in away.iter().zip(&columns).rev() {
            assert!(matches!(away, Column::Away(_)));
            assert_eq!(&away.get().unwrap(), column);
            assert_eq!(&Column::Held(Arc::clone(column)).get().unwrap(), column);
        }
    }

    #[test]
    fn few_short_texts_are_held_as_codes() {
        let spill = Spill::new().unwrap();
        let twelve = "十二字节";
        let texts = StringViewArray::from(vec![None, Some("1"), Some(twelve), Some("1"), Some("")]);
        for texts in [
            texts.clone(),
            texts.slice(1, 3),
            StringViewArray::new_null(2),
            StringViewArray::new_null(0),
        ] {
            let texts: ArrayRef = Arc::new(texts);
            let coded = spill.put(&texts).unwrap();
            assert!(matches!(coded, Column::Coded(_)));
            assert_eq!(&coded.get().unwrap(), &texts);
        }
    }

    #[test]
    fn texts_of_other_rows_stay_behind() {
        let spill = Spill::new().unwrap();
        let long = "x".repeat(1000);
        let texts = StringViewArray::from(vec![long.as_str(); 100]);
        let Column::Away(one) = spill
            .put(&(Arc::new(texts.slice(0, 1)) as ArrayRef))
            .unwrap()
        else {
            panic!("held");
        };
        assert!(one.bytes < 3_000, "{}", one.bytes);
    }
}
