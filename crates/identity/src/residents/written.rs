//! Numbers as they are written, where a body doesn't say it all.

use arrow::array::{Array, StringViewArray, StringViewBuilder};

/// The numbers of a batch that are no checked body of 18 characters, by row: few among many. Personal data: no `Debug`.
#[derive(Clone)]
pub struct Written {
    /// Ascending.
    rows: Vec<u32>,
    texts: StringViewArray,
}

impl Written {
    /// Those of a column of numbers, with the documents and bodies that were read from them.
    #[must_use]
    pub fn of(numbers: &StringViewArray, documents: &[u16], bodies: &[u64]) -> Self {
        let read = documents.iter().zip(bodies);
        let numbers = numbers
            .iter()
            .zip(read)
            .map(|(number, (document, body))| number.filter(|_| !Self::is_body(*document, *body)));
        numbers.collect()
    }

    /// Whether a number is said by its body.
    #[must_use]
    pub const fn is_body(document: u16, body: u64) -> bool {
        document != 0 && body != 0
    }

    /// Those of the rows at some places (batch and row), in their order.
    #[must_use]
    pub fn gather(batches: &[Self], places: &[(usize, usize)]) -> Self {
        let numbers = places
            .iter()
            .map(|(batch, at)| batches.get(*batch)?.get(*at));
        numbers.collect()
    }

    /// The number of a row, where it is none of a body.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let at = self.rows.binary_search(&u32::try_from(row).ok()?).ok()?;
        (at < self.texts.len()).then(|| self.texts.value(at))
    }
}

impl<'a> FromIterator<Option<&'a str>> for Written {
    /// Those of the rows in turn.
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(numbers: I) -> Self {
        let (mut rows, mut texts) = (Vec::new(), StringViewBuilder::new());
        for (row, number) in (0..).zip(numbers) {
            if let Some(number) = number {
                rows.push(row);
                texts.append_value(number);
            }
        }
        Self {
            rows,
            texts: texts.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_a_body_are_kept_by_row() {
        let numbers = StringViewArray::from(vec![Some("E12345678"), None, Some("body"), Some("?")]);
        let written = Written::of(&numbers, &[414, 0, 111, 0], &[0, 0, 7, 7]);
        let all = |written: &Written| -> Vec<Option<String>> {
            (0..5)
                .map(|row| written.get(row).map(str::to_owned))
                .collect()
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            all(&written),
            [text("E12345678"), None, None, text("?"), None]
        );
        let other = Written::of(&StringViewArray::from(vec!["M1"]), &[414], &[0]);
        let places = [(0, 3), (0, 1), (1, 0), (0, 2), (0, 0)];
        let gathered = Written::gather(&[written, other], &places);
        assert_eq!(
            all(&gathered),
            [text("?"), None, text("M1"), None, text("E12345678")]
        );
    }
}
