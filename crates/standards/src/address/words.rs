//! Words that a text may begin with.

/// A list of words, looked through only where one of their first characters stands: an address is asked for each of
/// its characters.
pub(super) struct Words {
    firsts: Vec<char>,
    words: &'static [&'static str],
}

impl Words {
    /// Of several words with which a text may begin the first in the list counts.
    pub(super) fn of(words: &'static [&'static str]) -> Self {
        let mut firsts: Vec<char> = words
            .iter()
            .filter_map(|word| word.chars().next())
            .collect();
        firsts.sort_unstable();
        firsts.dedup();
        Self { firsts, words }
    }

    /// The word with which a text begins.
    pub(super) fn at(&self, text: &str) -> Option<&'static str> {
        let first = text.chars().next()?;
        if !self.firsts.contains(&first) {
            return None;
        }
        let mut words = self.words.iter().copied();
        words.find(|word| text.starts_with(word))
    }

    /// Whether a text begins with one.
    pub(super) fn begin(&self, text: &str) -> bool {
        self.at(text).is_some()
    }
}
