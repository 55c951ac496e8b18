use std::fmt;
use std::str::FromStr;

/// The name of a feed (数据项), written `department.feed`.
///
/// Both parts are lower-case words: `a`–`z`, digits and `_`, a letter first, so that they can serve as
/// folder, table and column names everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedName {
    /// Who sends it, such as `public_security`.
    pub department: String,
    /// What is sent, such as `household_register`.
    pub feed: String,
}

impl FeedName {
    /// A name from its two parts.
    ///
    /// # Errors
    /// [`FeedNameError`] if a part is not a lower-case word.
    pub fn new(department: &str, feed: &str) -> Result<FeedName, FeedNameError> {
        if is_word(department) && is_word(feed) {
            Ok(FeedName {
                department: department.to_owned(),
                feed: feed.to_owned(),
            })
        } else {
            Err(FeedNameError)
        }
    }
}

impl fmt::Display for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.department, self.feed)
    }
}

impl FromStr for FeedName {
    type Err = FeedNameError;

    fn from_str(text: &str) -> Result<FeedName, FeedNameError> {
        let (department, feed) = text.split_once('.').ok_or(FeedNameError)?;
        FeedName::new(department, feed)
    }
}

impl serde::Serialize for FeedName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is no [`FeedName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a feed name; write department.feed in lower case, such as public_security.household_register"
)]
pub struct FeedNameError;

/// A lower-case word: a letter, then letters, digits and `_`; at most 63 characters.
pub(crate) fn is_word(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        let name: FeedName = "public_security.household_register".parse().unwrap();
        assert_eq!(name.department, "public_security");
        assert_eq!(name.feed, "household_register");
        assert_eq!(name.to_string(), "public_security.household_register");
    }

    #[test]
    fn names_that_could_not_be_folders_or_columns_are_refused() {
        for bad in [
            "",
            ".",
            "a",
            "a.",
            ".a",
            "a.b.c",
            "A.b",
            "a.b c",
            "a/b.c",
            "1a.b",
            "公安.户籍",
        ] {
            assert_eq!(bad.parse::<FeedName>(), Err(FeedNameError), "{bad}");
        }
    }
}
