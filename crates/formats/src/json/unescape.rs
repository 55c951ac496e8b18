//! The text of a JSON string (RFC 8259, 7).

/// Appends the text that `escaped` (what stands between the quotes) means; false when an escape
/// means none, such as half of a surrogate pair.
pub(super) fn unescape(escaped: &str, out: &mut String) -> bool {
    let mut rest = escaped;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let Some((c, after)) = one(escape) else {
            return false;
        };
        out.push(c);
        rest = after;
    }
    out.push_str(rest);
    true
}

/// The character of the escape that `text` begins with, and what follows it.
fn one(text: &str) -> Option<(char, &str)> {
    let c = match text.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((c, text.get(2..)?))
}

fn unicode(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?.chars();
        digits
            .map(|digit| digit.to_digit(16))
            .try_fold(0, |unit, digit| Some(unit * 16 + digit?))
    };
    let high = unit(text)?;
    let rest = text.get(6..)?;
    if !(0xD800..0xDC00).contains(&high) {
        return Some((char::from_u32(high)?, rest));
    }
    let low = unit(rest).filter(|low| (0xDC00..0xE000).contains(low))?;
    let c = char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?;
    Some((c, rest.get(6..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_serde_json_says() {
        for text in [
            r"",
            r"a\nb",
            r"\u5f20\u4e09",
            r"\ud842\udfb7",
            r"\ud842",
            r"\udfb7",
            r"\ud842\u0041",
            r"\ud842x",
            r"\u12",
            r"\x",
            r"a\",
            r"\\\/\b\f\r\t",
            r"\u0000",
            r"\u+123",
        ] {
            let mut ours = String::new();
            let good = unescape(text, &mut ours);
            let theirs: Option<String> = serde_json::from_str(&format!("\"{text}\"")).ok();
            assert_eq!(good.then_some(ours), theirs, "{text}");
        }
    }
}
