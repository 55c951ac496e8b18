//! What every cell goes through first: blanks, full-width characters and the words for nothing.
//!
//! Plain ASCII, by far the most common case for codes and numbers, passes without being copied.

use std::borrow::Cow;

/// Whether a cell says that there is nothing: empty or blank, `NULL` in any case, `\N`, `-`, `无`,
/// full-width forms of these too. Blanks around them don't matter.
#[must_use]
pub fn is_nothing(cell: &str) -> bool {
    let cell = trim(cell);
    match cell.len() {
        0 => true,
        1 => cell == "-",
        2 => cell == "\\N",
        3 => matches!(cell, "无" | "－"),
        4 => cell.eq_ignore_ascii_case("null"),
        6 => cell == "＼Ｎ",
        12 => half_width(cell).eq_ignore_ascii_case("null"),
        _ => false,
    }
}

/// Cuts blanks from both ends: ASCII blanks, tabs and line ends, U+3000, no-break and zero-width
/// spaces, the byte order mark.
#[must_use]
pub fn trim(cell: &str) -> &str {
    let visible = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if visible(cell.as_bytes().first()) && visible(cell.as_bytes().last()) {
        return cell;
    }
    cell.trim_matches(is_blank)
}

/// Whether a character shows nothing: white space of any width, zero-width characters, the byte
/// order mark and control characters.
#[must_use]
pub fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Full-width ASCII (U+FF01 to U+FF5E) and U+3000 as their ASCII counterparts; all else as it is.
#[must_use]
pub fn half_width(cell: &str) -> Cow<'_, str> {
    if cell.is_ascii() || !cell.chars().any(is_full_width) {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(cell.chars().map(narrow).collect())
}

/// The text without any blank inside or around it.
#[must_use]
pub fn without_blanks(cell: &str) -> Cow<'_, str> {
    let no_blank = if cell.is_ascii() {
        cell.bytes().all(|byte| byte.is_ascii_graphic())
    } else {
        !cell.chars().any(is_blank)
    };
    if no_blank {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(cell.chars().filter(|c| !is_blank(*c)).collect())
}

/// One character's half-width form.
#[must_use]
pub fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn is_full_width(c: char) -> bool {
    matches!(c, '\u{3000}' | '\u{FF01}'..='\u{FF5E}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing() {
        for cell in [
            "",
            "  ",
            "\u{3000}",
            "NULL",
            " null ",
            "Null",
            "\\N",
            "-",
            "－",
            "无",
            "ＮＵＬＬ",
            "\u{FEFF}",
        ] {
            assert!(is_nothing(cell), "{cell:?}");
        }
        for cell in ["0", "无名", "--", "nil", "N", "nulls", "王"] {
            assert!(!is_nothing(cell), "{cell:?}");
        }
    }

    #[test]
    fn blanks_of_every_width_are_trimmed() {
        assert_eq!(trim("\u{FEFF}\u{3000} 王 伟\u{A0}\u{200B}\t"), "王 伟");
        assert_eq!(trim("a b"), "a b");
        assert_eq!(trim("\u{3000}"), "");
    }

    #[test]
    fn full_width_becomes_ascii() {
        assert_eq!(half_width("Ａ０～\u{3000}王"), "A0~ 王");
        assert!(matches!(half_width("王伟"), Cow::Borrowed(_)));
        assert!(matches!(half_width("abc"), Cow::Borrowed(_)));
    }

    #[test]
    fn blanks_inside_go() {
        assert_eq!(without_blanks(" 3301\u{3000}06 "), "330106");
        assert!(matches!(without_blanks("330106"), Cow::Borrowed(_)));
    }
}
