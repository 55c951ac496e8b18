//! What somebody probably meant.

/// The word most like `typed`, if any is like it at all.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |word: &'a str| (strsim::normalized_damerau_levenshtein(typed, word), word);
    let best = words
        .into_iter()
        .map(likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.6).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_its_word() {
        let words = ["health.health_record", "health.death_certificate"];
        assert_eq!(
            nearest("health.helth_record", words),
            Some("health.health_record")
        );
        assert_eq!(nearest("education.pupils", words), None);
        assert_eq!(nearest("x", []), None);
    }
}
