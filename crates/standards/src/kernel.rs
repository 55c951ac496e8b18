//! The loop that most kernels of this crate share: one cell after the other into a builder.

use arrow::array::PrimitiveBuilder;
use arrow::array::{Array, ArrowPrimitiveType, PrimitiveArray, StringViewArray, StringViewBuilder};

use crate::clean;
use crate::rules::{Issue, Rule};

/// The issues of one column, and the row at hand.
pub(crate) struct Report {
    row: u32,
    issues: Vec<Issue>,
}

impl Report {
    fn new() -> Self {
        Self {
            row: 0,
            issues: Vec::new(),
        }
    }

    /// The row at hand broke a rule.
    pub(crate) fn broke(&mut self, rule: &'static Rule) {
        self.issues.push(Issue {
            row: self.row,
            rule,
        });
    }

    /// The row at hand broke a rule and has no value.
    pub(crate) fn lost<T>(&mut self, rule: &'static Rule) -> Option<T> {
        self.broke(rule);
        None
    }
}

/// Maps every cell to text. `standard` gives a part of the cell itself, or what it wrote into the
/// scratch string, which is empty at each call.
pub(crate) fn texts<F>(input: &StringViewArray, mut standard: F) -> (StringViewArray, Vec<Issue>)
where
    F: for<'a> FnMut(&'a str, &'a mut String, &mut Report) -> Option<&'a str>,
{
    let mut builder = StringViewBuilder::with_capacity(input.len());
    let mut report = Report::new();
    let mut scratch = String::new();
    for cell in input {
        scratch.clear();
        let value = cell.and_then(|cell| standard(cell, &mut scratch, &mut report));
        builder.append_option(value);
        report.row += 1;
    }
    (builder.finish(), report.issues)
}

/// Maps every cell to a number or date.
pub(crate) fn primitives<T, F>(
    input: &StringViewArray,
    mut standard: F,
) -> (PrimitiveArray<T>, Vec<Issue>)
where
    T: ArrowPrimitiveType,
    F: FnMut(&str, &mut Report) -> Option<T::Native>,
{
    let mut builder = PrimitiveBuilder::<T>::with_capacity(input.len());
    let mut report = Report::new();
    for cell in input {
        builder.append_option(cell.and_then(|cell| standard(cell, &mut report)));
        report.row += 1;
    }
    (builder.finish(), report.issues)
}

/// The cell without blanks and Excel's apostrophes in front and without blanks behind.
pub(crate) fn bare(cell: &str) -> &str {
    let mut cell = clean::trim(cell);
    while let Some(rest) = cell.strip_prefix(['\'', '＇']) {
        cell = clean::trim(rest);
    }
    cell
}

/// [`bare`] in half-width ASCII, written into `scratch` unless the cell has it already; `None` if
/// the cell says that there is nothing.
pub(crate) fn plain<'a>(cell: &'a str, scratch: &'a mut String) -> Option<&'a str> {
    let cell = bare(cell);
    let cell = if cell.is_ascii() {
        cell
    } else {
        scratch.extend(cell.chars().map(clean::narrow));
        bare(scratch)
    };
    (!clean::is_nothing(cell)).then_some(cell)
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of all kernels need.

    use super::*;
    use crate::Column;

    /// A text column.
    pub(crate) fn column(cells: &[&str]) -> StringViewArray {
        cells.iter().map(|cell| Some(*cell)).collect()
    }

    /// The only value of a text column made of one cell, and the rules it broke.
    pub(crate) fn one_text(
        kernel: impl Fn(&StringViewArray) -> Column,
        cell: &str,
    ) -> (Option<String>, Vec<&'static str>) {
        let out = kernel(&column(&[cell]));
        let values = out
            .values
            .as_any()
            .downcast_ref::<StringViewArray>()
            .unwrap();
        (
            values.iter().next().unwrap().map(str::to_owned),
            names(&out.issues),
        )
    }

    /// The names of the broken rules.
    pub(crate) fn names(issues: &[Issue]) -> Vec<&'static str> {
        issues.iter().map(|issue| issue.rule.name).collect()
    }

    /// Checks what holds for every kernel: as long as its input, issues in row order and in range.
    pub(crate) fn check_shape(input: &StringViewArray, out: &Column) {
        assert_eq!(out.values.len(), input.len());
        assert!(out.issues.is_sorted_by_key(|issue| issue.row));
        assert!(
            out.issues
                .iter()
                .all(|issue| (issue.row as usize) < input.len())
        );
    }
}
