//! Addresses in standard form, and the building that an address names.

use std::sync::Arc;

use arrow::array::StringViewArray;

use crate::clean;
use crate::kernel::{self, Report};
use crate::name::is_han;
use crate::rules::{Column, Rule, Severity};

mod building;
mod home;
mod key;
mod places;
mod plain;
mod words;

pub use building::{Building, building};
pub use home::{Home, home};

/// The cell holds no address.
pub static ADDRESS_UNUSABLE: Rule = Rule {
    name: "address_unusable",
    severity: Severity::Flagged,
    title: "not an address: a placeholder, or signs and digits only",
    title_zh: "不是有效地址：占位词，或仅有符号和数字",
    remedy: "Send the address down to the building and room, or leave the cell empty.",
};

/// The rules of this module.
pub static RULES: &[&Rule] = &[&ADDRESS_UNUSABLE];

/// Addresses in standard form: half-width, `-` for dashes of every kind, no blanks but between
/// letters or digits, `室` behind a room however it was marked. Nothing is left out or put in.
#[must_use]
pub fn address(input: &StringViewArray) -> Column {
    let (values, issues) = kernel::texts(input, standard);
    Column {
        values: Arc::new(values),
        issues,
    }
}

fn standard<'a>(cell: &'a str, scratch: &'a mut String, report: &mut Report) -> Option<&'a str> {
    if clean::is_nothing(kernel::bare(cell)) {
        return None;
    }
    match standard_into(cell, scratch) {
        true => Some(scratch),
        false => report.lost(&ADDRESS_UNUSABLE),
    }
}

/// Writes the standard form of an address; `false` if the cell holds none.
fn standard_into(cell: &str, out: &mut String) -> bool {
    if is_standard(cell) {
        out.push_str(cell);
        return true;
    }
    brought_into(cell, out)
}

/// Whether an address is in standard form already, as far as a glance tells: most are, and end with a room.
fn is_standard(address: &str) -> bool {
    let room = address.strip_suffix('室');
    let mut last = '-';
    let mut plain = |c: char| {
        let doubled = last == '-';
        last = c;
        c.is_ascii_alphanumeric() || is_han(c) || c == '-' && !doubled
    };
    room.is_some_and(|room| room.ends_with(|c: char| c.is_ascii_alphanumeric()))
        && address.chars().all(&mut plain)
}

fn brought_into(cell: &str, out: &mut String) -> bool {
    tidy_into(cell, out);
    if clean::is_nothing(out) || is_unusable(out) {
        return false;
    }
    unify_room(out);
    true
}

fn is_unusable(address: &str) -> bool {
    // A character newer than the tables of the standard library is Han all the same.
    !address.chars().any(|c| c.is_alphabetic() || is_han(c))
        || matches!(
            address,
            "不详" | "未知" | "不明" | "暂无" | "没有" | "待补" | "待定" | "待核实"
        )
}

/// Writes the address in one width, with one kind of dash and no needless blanks.
fn tidy_into(cell: &str, out: &mut String) {
    let mut blank = false;
    let mut last = '\0';
    for c in cell.chars().map(clean::narrow) {
        let c = match c {
            '—' | '–' | '―' | '−' | '‐' | '‑' | '‒' | '~' | '～' | '〜' | '﹣' => {
                '-'
            }
            '＃' | '﹟' => '#',
            c => c,
        };
        if clean::is_blank(c) {
            blank = true;
            continue;
        }
        if out.is_empty() && is_edge_sign(c) || c == '-' && last == '-' {
            continue;
        }
        if blank && last.is_ascii_alphanumeric() && c.is_ascii_alphanumeric() {
            out.push(' ');
        }
        blank = false;
        out.push(c);
        last = c;
    }
    out.truncate(out.trim_end_matches(is_edge_sign).len());
}

/// Signs that begin or end no address.
fn is_edge_sign(c: char) -> bool {
    matches!(
        c,
        '\'' | '"' | '-' | ',' | '.' | ';' | ':' | '、' | '。' | '|' | '/' | '\\' | '_' | ' ' | '`'
    )
}

/// Characters of a room's number: what is longer is somebody's identity number or phone.
const MOST_IN_ROOM: usize = 6;

/// Writes the room at the end, if there is one, as `501室`.
fn unify_room(address: &mut String) {
    for ending in ["号房间", "房间", "号房", "房", "号室", "户"] {
        let Some(rest) = address.strip_suffix(ending) else {
            continue;
        };
        if ends_in_number(rest) {
            address.truncate(rest.len());
            address.push('室');
        }
        return;
    }
    let (before, digits) = split_number(address);
    let long = digits.bytes().filter(u8::is_ascii_digit).count() >= 3;
    let is_room = (1..=MOST_IN_ROOM).contains(&digits.len())
        && match before.chars().next_back() {
            Some('号') => long,
            Some('-') => long && is_behind_building(before),
            _ => ends_in_counted(before),
        };
    if is_room {
        address.push('室');
    }
}

/// Whether a hyphen follows the number of a building, not of a house in a road: there `100-102`
/// are two doors.
fn is_behind_building(before_hyphen: &str) -> bool {
    let group = before_hyphen.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    !group.is_empty() && !group.ends_with(['路', '街', '道', '巷', '村'])
}

/// Whether a numbered building, stairwell or floor stands at the end: 3幢, 2号楼, 二单元.
fn ends_in_counted(text: &str) -> bool {
    const NUMERALS: &str = "一二三四五六七八九十";
    ["号楼", "#楼", "幢", "栋", "座", "楼", "单元", "层", "梯"]
        .iter()
        .find_map(|word| text.strip_suffix(word)?.chars().next_back())
        .is_some_and(|c| c.is_ascii_alphanumeric() || NUMERALS.contains(c))
}

fn ends_in_number(text: &str) -> bool {
    !split_number(text).1.is_empty()
}

/// The digits at the end, a letter behind them included, apart from what stands before.
fn split_number(text: &str) -> (&str, &str) {
    let unlettered = text
        .strip_suffix(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text);
    let before = unlettered.trim_end_matches(|c: char| c.is_ascii_digit());
    if before.len() == unlettered.len() {
        (text, "")
    } else {
        text.split_at(before.len())
    }
}

#[cfg(test)]
mod tests;
