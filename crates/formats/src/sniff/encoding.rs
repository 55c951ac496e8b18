//! The encoding of some bytes, by what Chinese text looks like in each.

use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::xml::declared_encoding;

/// The likeliest encoding of `head`, and whether a byte order mark names it; `whole`: the bytes
/// aren't cut off.
pub(super) fn guess(head: &[u8], whole: bool) -> (&'static Encoding, bool) {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return (encoding, true);
    }
    if head.starts_with(&[0x84, 0x31, 0x95, 0x33]) {
        return (GB18030, true);
    }
    if let Some(encoding) = utf16(head) {
        return (encoding, false);
    }
    if is_utf8(head, whole) {
        return (UTF_8, false);
    }
    (
        declared_encoding(head).unwrap_or_else(|| chinese(head)),
        false,
    )
}

/// UTF-16 without a mark: every second byte of its ASCII is 0.
fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| {
        head.iter()
            .skip(first)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (high, low) = (zeros(0), zeros(1));
    let some = head.len() / 40;
    match () {
        () if low > some && low > 4 * high => Some(UTF_16LE),
        () if high > some && high > 4 * low => Some(UTF_16BE),
        () => None,
    }
}

fn is_utf8(head: &[u8], whole: bool) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => !whole && error.error_len().is_none(),
    }
}

/// GB18030 or Big5. In GB 2312 text both bytes of nearly every character are over 0xA0; in Big5
/// nearly half of the second bytes are under 0x7F, and common characters lie in 0xA4 to 0xC6.
fn chinese(head: &[u8]) -> &'static Encoding {
    let (mut pairs, mut gb, mut big5) = (0usize, 0usize, 0usize);
    let mut at = 0;
    while let Some(&first) = head.get(at) {
        if first < 0x80 {
            at += 1;
            continue;
        }
        let Some(&second) = head.get(at + 1) else {
            break;
        };
        pairs += 1;
        gb += usize::from((0xA1..=0xF7).contains(&first) && second >= 0xA1);
        let trail = matches!(second, 0x40..=0x7E | 0xA1..=0xFE);
        big5 += usize::from((0xA1..=0xC6).contains(&first) && trail);
        at += 2;
    }
    let errors = |encoding: &'static Encoding| encoding.decode_without_bom_handling(head).1;
    if big5 * 10 > pairs * 9 && gb * 10 < pairs * 9 && !errors(BIG5) {
        BIG5
    } else {
        GB18030
    }
}
