//! An address without the habits of whoever wrote it.

use std::borrow::Cow;

use super::standard_into;
use crate::name::is_han;
use crate::number::chinese_number;

/// The address with digits for numerals, capital letters, and no signs but hyphens. It is read from the standard
/// form, so that both name one building.
pub(super) fn plain(address: &str) -> Option<String> {
    let mut standard = String::with_capacity(address.len());
    standard_into(address, &mut standard).then(|| without_habits(&standard))
}

fn without_habits(standard: &str) -> String {
    let text = without_brackets(standard);
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut last, mut before) = (&*text, '\0', '\0');
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_uppercase());
            (rest, last, before) = (after, c, c);
            continue;
        }
        let next = after.chars().next().unwrap_or('\0');
        if let Some((number, len)) = numeral(last, rest) {
            out.push_str(&number.to_string());
            (rest, last, before) = (&rest[len..], '一', '0');
            continue;
        }
        let len = out.len();
        match c {
            '第' if next.is_ascii_digit() || numeral(c, after).is_some() => {}
            '-' | '#' => out.push(c),
            _ if is_han(c) => out.push(c),
            _ if c.is_alphanumeric() => out.extend(c.to_uppercase()),
            // 100、102号, 3 501, 3/501
            _ if before.is_ascii_alphanumeric() && next.is_ascii_digit() => out.push('-'),
            _ => {}
        }
        before = out[len..].chars().next_back().unwrap_or(before);
        (rest, last) = (after, c);
    }
    out
}

/// A numeral at the beginning, in front of a word that counts or behind 之, as a number, and its length.
fn numeral(before: char, text: &str) -> Option<(u32, usize)> {
    let is_numeral = |c: char| {
        matches!(
            c,
            '零' | '〇'
                | '一'
                | '二'
                | '三'
                | '四'
                | '五'
                | '六'
                | '七'
                | '八'
                | '九'
                | '十'
                | '百'
                | '两'
        )
    };
    if is_numeral(before) || !text.starts_with(is_numeral) {
        return None;
    }
    let behind = text.trim_start_matches(is_numeral);
    let len = text.len() - behind.len();
    let numeral = &text[..len];
    let number = chinese_number(numeral).map(|number| (number, len));
    let mut behind = behind.chars();
    match (before, behind.next(), behind.next()) {
        ('之', ..) => number,
        (_, Some('室'), _) => number.or_else(|| room_digits(numeral).map(|number| (number, len))),
        (
            _,
            Some('号' | '幢' | '栋' | '座' | '层' | '楼' | '组' | '队' | '区' | '期' | '村' | '弄'),
            _,
        )
        | (_, Some('单'), Some('元')) => number,
        _ => None,
    }
}

/// 三〇二 as 302.
fn room_digits(text: &str) -> Option<u32> {
    const DIGITS: [char; 11] = [
        '〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '零',
    ];
    let mut digits = text
        .chars()
        .map(|c| DIGITS.iter().position(|digit| *digit == c));
    digits.try_fold(0_u32, |number, digit| {
        number.checked_mul(10)?.checked_add(digit? as u32 % 10)
    })
}

/// Remarks in brackets go, parts of a name such as (东区) stay without their brackets.
fn without_brackets(text: &str) -> Cow<'_, str> {
    const OPENING: [char; 6] = ['(', '[', '【', '〔', '{', '<'];
    if !text.contains(OPENING) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENING) {
        let (inside, behind) = after
            .split_once([')', ']', '】', '〕', '}', '>'])
            .unwrap_or((after, ""));
        let remark = ["近", "原", "旧", "靠", "附近", "临", "曾"]
            .iter()
            .any(|word| inside.starts_with(word))
            || inside.contains(['旁', '侧']);
        out.push_str(before);
        if !remark {
            out.push_str(inside);
        }
        rest = behind;
    }
    out.push_str(rest);
    Cow::Owned(out)
}
