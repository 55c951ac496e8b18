//! Cells that spreadsheets and typists left unreadable, whatever their column: errors, and blanks inside a value.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow::array::{Array as _, StringViewArray};
use arrow::compute::interleave;
use rongtong_standards::rules::Rule;
use rongtong_standards::{Column, Issue, clean};

use crate::rules::{CELL_ERROR, CELL_NESTED, CELL_QUOTED, INNER_BLANKS};

/// The cells without those that hold no value, and what is to be told of these; `None` if there are none. `nested` says
/// that lists and objects are values of the column.
pub(crate) fn without_value(
    cells: &StringViewArray,
    nested: bool,
) -> Option<(StringViewArray, Vec<Issue>)> {
    let fault =
        |cell: &str| fault(cell).filter(|rule| !nested || !std::ptr::eq(*rule, &CELL_NESTED));
    if !cells.iter().flatten().any(|cell| fault(cell).is_some()) {
        return None;
    }
    let rows = (0_u32..).zip(cells);
    let wrong = rows.filter_map(|(row, cell)| Some(issue(row, fault(cell?)?)));
    let issues = wrong.collect();
    let whole = cells
        .iter()
        .map(|cell| cell.filter(|cell| fault(cell).is_none()));
    Some((whole.collect(), issues))
}

/// The cells, with the serial numbers of days from 1904 as those of the same days from 1900; four digits may be a year.
pub(crate) fn from_1904(cells: &StringViewArray) -> StringViewArray {
    const BETWEEN: u32 = 1462;
    let moved = |cell: &str| {
        let cell = clean::trim(cell);
        let whole = cell.find('.').map_or(cell, |point| &cell[..point]);
        let is_serial = whole.len() == 5 && whole.bytes().all(|byte| byte.is_ascii_digit());
        let serial: u32 = whole.parse().ok().filter(|_| is_serial)?;
        Some(format!("{}{}", serial + BETWEEN, &cell[whole.len()..]))
    };
    let cells = cells.iter().map(|cell| {
        let moved = cell.and_then(moved).map(Cow::Owned);
        moved.or(cell.map(Cow::Borrowed))
    });
    cells.collect()
}

/// The column with what is to be told of apostrophes that kernels took off in front of values.
pub(crate) fn unquoted(cells: &StringViewArray, column: Column) -> Column {
    let rows = (0_u32..).zip(cells);
    let quoted = rows.filter(|(_, cell)| cell.is_some_and(is_quoted));
    let values = &column.values;
    let taken_off = quoted.filter(|(row, _)| values.is_valid(*row as usize));
    let issues: Vec<Issue> = taken_off.map(|(row, _)| issue(row, &CELL_QUOTED)).collect();
    match issues.is_empty() {
        true => column,
        false => with_issues(column, issues),
    }
}

/// The column with more issues.
pub(crate) fn with_issues(mut column: Column, more: Vec<Issue>) -> Column {
    column.issues.extend(more);
    column.issues.sort_by_key(|issue| issue.row);
    column
}

/// What is read when cells that could not be are read once more without the blanks inside.
pub(crate) fn unread(
    cells: &StringViewArray,
    column: Column,
    read: impl Fn(&StringViewArray) -> Column,
) -> Column {
    let broken = |issue: &Issue| {
        let row = issue.row as usize;
        let cell =
            (row < cells.len() && cells.is_valid(row)).then(|| clean::trim(cells.value(row)))?;
        let lost = column.values.is_null(row) && cell.contains(clean::is_blank);
        lost.then_some((row, cell))
    };
    let broken: BTreeMap<usize, &str> = column.issues.iter().filter_map(broken).collect();
    if broken.is_empty() {
        return column;
    }
    // A blank between day and time is none to take out, unless nothing else helps.
    let loose = broken
        .values()
        .map(|cell| without_loose_blanks(cell).into());
    let tight = broken.values().map(|cell| clean::without_blanks(cell));
    let tries: Vec<Cow<'_, str>> = loose.chain(tight).collect();
    let again = read(&StringViewArray::from_iter_values(&tries));
    let mut places: Vec<(usize, usize)> = (0..cells.len()).map(|row| (0, row)).collect();
    let mut issues = Vec::new();
    for (at, row) in broken.keys().enumerate() {
        let mut tried = [at, at + broken.len()].into_iter();
        let Some(at) = tried.find(|at| again.values.is_valid(*at)) else {
            continue;
        };
        places[*row] = (1, at);
        let row = u32::try_from(*row).unwrap_or(u32::MAX);
        issues.push(issue(row, &INNER_BLANKS));
        let more = again.issues.iter().filter(|issue| issue.row as usize == at);
        issues.extend(more.map(|more| issue(row, more.rule)));
    }
    let Ok(values) = interleave(&[&column.values, &again.values], &places) else {
        return column;
    };
    let mut column = Column { values, ..column };
    let unread = |issue: &Issue| {
        places
            .get(issue.row as usize)
            .is_some_and(|place| place.0 == 0)
    };
    column.issues.retain(unread);
    with_issues(column, issues)
}

const fn issue(row: u32, rule: &'static Rule) -> Issue {
    Issue { row, rule }
}

fn is_quoted(cell: &str) -> bool {
    // Nearly all cells are told by their first byte.
    match cell.as_bytes().first() {
        Some(b'\'') => true,
        Some(b' ' | b'\t' | 0xE2..) => clean::trim(cell).starts_with(['\'', '＇']),
        _ => false,
    }
}

/// Why a cell is no value, whatever its column: `#N/A` and the like, as spreadsheets show them in every language, a formula,
/// or a list or an object of JSON.
fn fault(cell: &str) -> Option<&'static Rule> {
    const ERRORS: [&str; 7] = [
        "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!",
    ];
    let cell = clean::trim(cell);
    let fault = match cell.as_bytes() {
        [b'#', ..] => ERRORS.contains(&cell).then_some(&CELL_ERROR),
        // ="00123" keeps the zeros of a text.
        [b'=', next, ..] => (*next != b'"').then_some(&CELL_ERROR),
        [b'{', .., b'}'] | [b'[', .., b']'] => is_nested(cell).then_some(&CELL_NESTED),
        _ => None,
    };
    fault.map(|rule| rule as _)
}

/// Whether a text is a list or an object of JSON; a number or a word in brackets is none, nor are brackets alone.
fn is_nested(text: &str) -> bool {
    let inner = text.get(1..text.len() - 1).map(str::trim_start);
    let begins = inner.is_some_and(|inner| inner.starts_with(['"', '{', '[']));
    begins && serde_json::from_str::<serde_json::Value>(text).is_ok()
}

/// The text without blanks that stand beside anything but letters and digits.
fn without_loose_blanks(cell: &str) -> String {
    let parts = cell.split(clean::is_blank).filter(|part| !part.is_empty());
    let mut text = String::with_capacity(cell.len());
    for part in parts {
        let joins =
            text.ends_with(char::is_alphanumeric) && part.starts_with(char::is_alphanumeric);
        if joins {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}
