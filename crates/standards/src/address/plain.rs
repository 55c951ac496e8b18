//! An address without the habits of whoever wrote it.

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
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let before = out.chars().next_back().unwrap_or('\0');
        let after = chars.get(at + 1).copied().unwrap_or('\0');
        if let Some((number, len)) = numeral(&chars, at) {
            out.push_str(&number.to_string());
            at += len;
            continue;
        }
        match c {
            '第' if after.is_ascii_digit() || numeral(&chars, at + 1).is_some() => {}
            '-' | '#' => out.push(c),
            _ if is_han(c) => out.push(c),
            _ if c.is_alphanumeric() => out.extend(c.to_uppercase()),
            // 100、102号, 3 501, 3/501
            _ if before.is_ascii_alphanumeric() && after.is_ascii_digit() => out.push('-'),
            _ => {}
        }
        at += 1;
    }
    out
}

/// A numeral in front of a word that counts, or behind 之, as a number, and its length.
fn numeral(chars: &[char], at: usize) -> Option<(u32, usize)> {
    let is_numeral = |c: &char| {
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
    let before = at.checked_sub(1).and_then(|before| chars.get(before));
    if before.is_some_and(is_numeral) {
        return None;
    }
    let len = chars
        .get(at..)?
        .iter()
        .take_while(|c| is_numeral(c))
        .count();
    if len == 0 {
        return None;
    }
    let text: String = chars.get(at..at + len)?.iter().collect();
    let number = chinese_number(&text).map(|number| (number, len));
    if before == Some(&'之') {
        return number;
    }
    match (chars.get(at + len)?, chars.get(at + len + 1)) {
        ('室', _) => number.or_else(|| room_digits(&text).map(|number| (number, len))),
        ('号' | '幢' | '栋' | '座' | '层' | '楼' | '组' | '队' | '区' | '期' | '村' | '弄', _)
        | ('单', Some('元')) => number,
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
fn without_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['(', '[', '【', '〔', '{', '<']) {
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
    out
}
