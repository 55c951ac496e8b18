//! "Did you mean": the known word nearest to a mistyped one.

/// The nearest of the words, if one is near enough to be meant; of equally near ones the first.
#[must_use]
pub fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = fold(text);
    let near = words.into_iter().filter_map(|word| {
        let folded = fold(word);
        let distance = distance(&text, &folded);
        let longer = text.len().max(folded.len());
        // One third may be wrong, but never all of it.
        (distance <= (longer / 3).max(1) && distance < folded.len()).then_some((distance, word))
    });
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A remedy: the nearest word if there is one, else all of them.
#[must_use]
pub fn suggest<'a>(text: &str, words: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(word) = nearest(text, words.clone()) {
        return format!("did you mean `{word}`?");
    }
    let mut words = words.into_iter();
    let shown: Vec<String> = words.by_ref().take(24).map(|w| format!("`{w}`")).collect();
    match (shown.is_empty(), words.count()) {
        (true, _) => "remove it".to_owned(),
        (false, 0) => format!("write one of {}", shown.join(", ")),
        (false, more) => format!("write one of {} … ({more} more)", shown.join(", ")),
    }
}

/// Case and the usual joints of words don't count; long texts are cut, they are no typing mistakes.
fn fold(text: &str) -> Vec<char> {
    text.chars()
        .take(64)
        .map(|c| if c == '-' || c == ' ' { '_' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (above[j] + usize::from(x != y))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && *y == a[i - 1] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let words = ["encoding", "delimiter", "header_row", "sheet"];
        assert_eq!(nearest("encodng", words), Some("encoding"));
        assert_eq!(nearest("delimeter", words), Some("delimiter"));
        assert_eq!(nearest("headerRow", words), Some("header_row"));
        assert_eq!(nearest("Header-Row", words), Some("header_row"));
        assert_eq!(nearest("hseet", words), Some("sheet"));
        assert_eq!(nearest("alias", ["codes", "aliases"]), Some("aliases"));
    }

    #[test]
    fn a_strange_word_finds_none() {
        assert_eq!(nearest("colour", ["encoding", "sheet"]), None);
        assert_eq!(nearest("x", ["a", "b"]), None);
        assert_eq!(suggest("colour", ["a", "b"]), "write one of `a`, `b`");
    }

    #[test]
    fn distances_count_edits() {
        let of = |a: &str, b: &str| distance(&fold(a), &fold(b));
        assert_eq!(of("", ""), 0);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("abcd", "abdc"), 1);
        assert_eq!(of("kitten", "sitting"), 3);
    }
}
