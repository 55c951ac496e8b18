//! Texts as YAML writes them.

use std::fmt::Write as _;

/// A text as it stands where that can only be read as a text, else quoted.
pub(super) fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_' || rongtong_standards::name::is_han(c);
    let starts = text.chars().next().is_some_and(|c| plain(c) && c != '_');
    let all = text.chars().all(|c| plain(c) || c.is_ascii_digit());
    let word = matches!(
        text,
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if starts && all && !word {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A double-quoted scalar.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if !is_printable(c) => {
                let _ = write!(out, "\\U{:08X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A text inside a comment: it must not end its line.
pub(super) fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if is_printable(c) { c } else { ' ' })
        .collect()
}

/// What YAML 1.2 takes as it is (§5.1), but for line ends.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{A0}'..='\u{2027}' | '\u{202A}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_could_be_something_else_are_quoted() {
        assert_eq!(scalar("id_number"), "id_number");
        assert_eq!(scalar("证件号码"), "证件号码");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("1"), "\"1\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(quoted("a\"\n\\"), "\"a\\\"\\U0000000A\\\\\"");
        assert_eq!(comment("a\nb"), "a b");
    }
}
