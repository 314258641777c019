//! The name of a student or a lecturer, as it is shown.

use super::macros::line_of_text;
use super::text::{InvalidText, clean_line};

line_of_text! {
    /// The name of a student or a lecturer, on one line. Case and script are the person's own and are kept.
    ///
    /// 200 characters are the width of the name column in the Django system.
    pub struct PersonName read by clean_line, at most 200, or InvalidPersonName
}

/// Why a typed name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name {0}")]
pub struct InvalidPersonName(#[from] pub InvalidText);

impl PersonName {
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
