//! A person's name.

use std::fmt;

use super::text::{InvalidText, clean_line};

/// A name fit to be shown on a screen and a page: one line, at most [`PersonName::MAX_CHARS`] characters.
///
/// Also used for lecturers. Case and script are the person's own and are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct PersonName(String);

/// Why a typed name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name {0}")]
pub struct InvalidPersonName(#[from] pub InvalidText);

impl PersonName {
    /// The longest name, in characters: the width of the name column in the Django system.
    pub const MAX_CHARS: usize = 200;

    /// Reads a name as typed.
    ///
    /// # Errors
    /// [`InvalidPersonName`] when it is empty, too long or unprintable.
    pub fn parse(raw: &str) -> Result<Self, InvalidPersonName> {
        Ok(Self(clean_line(raw, Self::MAX_CHARS)?))
    }

    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether two spellings name the same person for the roster's purposes: case and word order
    /// do not matter ("DOE Jane" is "Jane Doe").
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        let words = |name: &Self| {
            let mut words: Vec<String> = name
                .0
                .to_lowercase()
                .split(' ')
                .map(str::to_owned)
                .collect();
            words.sort_unstable();
            words
        };
        words(self) == words(other)
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(raw: &str) -> PersonName {
        PersonName::parse(raw).unwrap()
    }

    #[test]
    fn case_and_order_do_not_make_another_person() {
        assert!(name("DOE Jane").matches(&name("Jane  Doe")));
        assert!(!name("Jane Doe").matches(&name("Jane Roe")));
    }

    #[test]
    fn markup_is_only_text() {
        assert_eq!(name("<b>Bobby</b>").as_str(), "<b>Bobby</b>");
    }

    #[test]
    fn ten_kilobytes_are_refused() {
        assert!(PersonName::parse(&"x".repeat(10_000)).is_err());
    }
}
