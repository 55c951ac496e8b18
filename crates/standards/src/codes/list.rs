//! A code list, built once, that reads cells without allocating where they are clean.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::clean;

/// A code list: codes, and labels and other words for them.
#[derive(Debug, Clone, Default)]
pub struct CodeList {
    codes: Vec<Box<str>>,
    words: HashMap<Box<str>, u32, BuildHasherDefault<Fnv>>,
}

/// What a cell says in the words of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading<'a> {
    /// One of the list's codes.
    Code(&'a str),
    /// A code and the label of another code beside it.
    Differs,
    /// Nothing the list knows.
    Unknown,
}

impl CodeList {
    /// A list of codes with their labels. Codes of digits are also found without leading zeros, or
    /// with zeros up to the length of the longest code, where that leaves no doubt.
    ///
    /// Where a word stands for two codes, the first wins; a code always means itself.
    pub fn new<C: AsRef<str>, L: AsRef<str>>(entries: impl IntoIterator<Item = (C, L)>) -> Self {
        let mut list = Self::with_exact_codes(entries);
        let longest = list
            .codes
            .iter()
            .map(|code| code.len())
            .max()
            .unwrap_or(0)
            .max(2);
        for at in 0..list.codes.len() {
            let code = list.codes[at].clone();
            if !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()) {
                let bare = code.trim_start_matches('0');
                list.add(if bare.is_empty() { "0" } else { bare }, at);
                list.add(&format!("{code:0>longest$}"), at);
            }
        }
        list
    }

    /// A list in which the zeros of a code matter.
    pub fn with_exact_codes<C: AsRef<str>, L: AsRef<str>>(
        entries: impl IntoIterator<Item = (C, L)>,
    ) -> Self {
        let mut list = Self::default();
        let mut labels = Vec::new();
        for (code, label) in entries {
            list.codes.push(code.as_ref().into());
            labels.push(label);
        }
        for at in 0..list.codes.len() {
            let code = list.codes[at].clone();
            list.add(&code, at);
        }
        for (at, label) in labels.iter().enumerate() {
            list.add(label.as_ref(), at);
        }
        list
    }

    /// The list with more words for its codes: pairs of word and code. A pair whose code the list
    /// doesn't have is left out.
    #[must_use]
    pub fn with_aliases<A: AsRef<str>, C: AsRef<str>>(
        mut self,
        aliases: impl IntoIterator<Item = (A, C)>,
    ) -> Self {
        for (alias, code) in aliases {
            if let Some(at) = self
                .codes
                .iter()
                .position(|known| **known == *code.as_ref())
            {
                self.add(alias.as_ref(), at);
            }
        }
        self
    }

    /// The code that a clean cell names: the code, its label or an alias, letter for letter.
    #[must_use]
    pub fn exact(&self, cell: &str) -> Option<&str> {
        let at = *self.words.get(cell)?;
        self.codes.get(at as usize).map(AsRef::as_ref)
    }

    /// What any cell says: blanks, widths and case don't matter, code and label may stand together.
    #[must_use]
    pub fn read(&self, cell: &str) -> Reading<'_> {
        if let Some(code) = self.exact(cell) {
            return Reading::Code(code);
        }
        let key = key_of(cell);
        if let Some(code) = self.exact(&key) {
            return Reading::Code(code);
        }
        if let Some(code) = key.strip_suffix(".0").and_then(|whole| self.exact(whole)) {
            return Reading::Code(code);
        }
        self.code_and_label(&key)
    }

    /// The codes, in the order in which they were given.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.iter().map(AsRef::as_ref)
    }

    /// A code before or behind its label: `01汉族`, `1A型`, `男(1)`.
    fn code_and_label(&self, key: &str) -> Reading<'_> {
        let after_code = key.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        let after_digits = key.trim_start_matches(|c: char| c.is_ascii_digit());
        let closed = key.trim_end_matches(is_separator);
        let before_code = closed.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let pairs = [
            (key.strip_suffix(after_code), after_code),
            (key.strip_suffix(after_digits), after_digits),
            (closed.strip_prefix(before_code), before_code),
        ];
        for (code, label) in pairs {
            let reading = self.pair(code.unwrap_or_default(), label);
            if reading != Reading::Unknown {
                return reading;
            }
        }
        Reading::Unknown
    }

    /// A code with the text beside it. A label in other words than the list's is let pass, but not
    /// figures or marks: they mean that the cell is something else.
    fn pair(&self, code: &str, label: &str) -> Reading<'_> {
        let Some(found) = self.exact(code) else {
            return Reading::Unknown;
        };
        let label = label.trim_matches(is_separator);
        match self.exact(label) {
            Some(same) if same == found => Reading::Code(found),
            Some(_) => Reading::Differs,
            None if label.is_empty() || label.chars().all(is_wording) => Reading::Code(found),
            None => Reading::Unknown,
        }
    }

    fn add(&mut self, word: &str, at: usize) {
        let Ok(at) = u32::try_from(at) else { return };
        for word in [Cow::Borrowed(word), key_of(word)] {
            if !word.is_empty() {
                self.words.entry(word.into()).or_insert(at);
            }
        }
    }
}

/// The form in which words are compared: half-width, upper case, no blanks.
fn key_of(cell: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_lowercase();
    if cell.bytes().all(plain) {
        return Cow::Borrowed(cell);
    }
    let narrow = cell
        .chars()
        .map(clean::narrow)
        .filter(|c| !clean::is_blank(*c));
    Cow::Owned(narrow.map(|c| c.to_ascii_uppercase()).collect())
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        '-' | '_' | ':' | '.' | ',' | ';' | '/' | '|' | '(' | ')' | '[' | ']' | '=' | '"' | '\''
    ) || matches!(c, '—' | '–' | '、' | '。' | '·' | '【' | '】' | '〔' | '〕')
}

fn is_wording(c: char) -> bool {
    (c.is_alphabetic() && !c.is_ascii()) || is_separator(c)
}

/// FNV-1a: words are a few bytes long, and the list is fixed before any cell is read.
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
