//! The number a student is known by.

use regex_syntax::hir::{Class, Hir, HirKind};
use unicode_normalization::char::is_combining_mark;
use unicode_security::{RestrictionLevel, RestrictionLevelDetection as _};

use super::macros::line_of_text;
use super::text::{InvalidText, clean_capitals};

line_of_text! {
    /// A student's admission number in its one canonical form: NFKC, upper-cased, white space inside it
    /// collapsed, nothing invisible.
    pub struct AdmissionNumber read by clean_capitals, at most 50, or InvalidAdmissionNumber
}

/// Why a typed admission number cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAdmissionNumber {
    /// Not one usable line of text.
    #[error("the admission number {0}")]
    Text(#[from] InvalidText),
    /// Does not have the form that this site asks for.
    #[error("the admission number does not have the form used here")]
    Pattern,
    /// Mixes alphabets, or holds signs that no number has: one that is listed looks like it, or it is not a number.
    #[error("the admission number mixes alphabets or holds unusual signs")]
    Script,
    /// Is the code on the screen.
    #[error("this is the code of the lecture")]
    Code,
}

impl AdmissionNumber {
    /// Whether it is made of letters of one alphabet (or of those that Chinese, Japanese and Korean mix with Latin),
    /// decimal digits, ASCII punctuation and blanks. What is not looks like another number, and is typed to be one.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let is_letter = |c: &char| c.is_alphabetic() || is_combining_mark(*c);
        let letters: String = self.0.chars().filter(is_letter).collect();
        let mut others = self.0.chars().filter(|c| !is_letter(c));
        others.all(|c| c == ' ' || c.is_numeric() || c.is_ascii_punctuation())
            && (letters.is_empty()
                || letters.check_restriction_level(RestrictionLevel::HighlyRestrictive))
    }

    /// The number with all but its last three characters hidden, for screens that others can see.
    #[must_use]
    pub fn masked(&self) -> String {
        let tail = self.0.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
        if tail == 0 {
            "***".to_owned()
        } else {
            format!("***{}", &self.0[tail..])
        }
    }
}

/// What a text that was typed for a number is, before anybody is looked for under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedAs {
    Number,
    /// It has not the form that this site asks for. It may resemble a number that has.
    OtherForm,
    /// A code that the screen has shown, or an address.
    Code,
}

/// The form that a site asks of its admission numbers: an optional regular expression over the whole
/// canonical number (feature A6).
#[derive(Debug, Clone, Default)]
pub struct NumberPattern(Option<regex::Regex>);

impl NumberPattern {
    /// Reads a pattern; an empty one admits every number.
    ///
    /// # Errors
    /// The regular expression's own complaint.
    pub fn parse(pattern: &str) -> Result<Self, regex::Error> {
        if pattern.is_empty() {
            return Ok(Self(None));
        }
        regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
            .size_limit(1 << 20)
            .build()
            .map(|regex| Self(Some(regex)))
    }

    /// Whether every number fits.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0.is_none()
    }

    /// The key for "not me": no number here begins with it.
    #[must_use]
    pub fn not_me_key(&self) -> char {
        let pattern = self.0.as_ref();
        if pattern.is_some_and(|regex| allows(regex.as_str(), '-')) {
            '*'
        } else {
            '-'
        }
    }

    /// Reads a number and holds it against the pattern.
    ///
    /// # Errors
    /// As [`AdmissionNumber::parse`], and [`InvalidAdmissionNumber::Pattern`].
    pub fn read(&self, raw: &str) -> Result<AdmissionNumber, InvalidAdmissionNumber> {
        match self.read_any(raw)? {
            (number, true) => Ok(number),
            (_, false) => Err(InvalidAdmissionNumber::Pattern),
        }
    }

    /// Reads a number, and whether it fits the pattern: one that does not may resemble one that does.
    ///
    /// # Errors
    /// As [`AdmissionNumber::parse`].
    pub fn read_any(&self, raw: &str) -> Result<(AdmissionNumber, bool), InvalidAdmissionNumber> {
        let typed = without_symbology(raw).chars().filter(|it| !is_joiner(*it));
        let number = AdmissionNumber::parse(&typed.collect::<String>())?;
        let pattern = self.0.as_ref();
        let fits = pattern.is_none_or(|regex| regex.is_match(number.as_str()));
        Ok((number, fits))
    }
}

/// Whether a text that matches can contain a character.
fn allows(pattern: &str, character: char) -> bool {
    fn holds(hir: &Hir, character: char) -> bool {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => false,
            HirKind::Literal(literal) => {
                let text = str::from_utf8(&literal.0);
                text.is_ok_and(|text| text.contains(character))
            }
            HirKind::Class(Class::Unicode(class)) => {
                let mut ranges = class.iter();
                ranges.any(|range| (range.start()..=range.end()).contains(&character))
            }
            HirKind::Class(Class::Bytes(class)) => class.iter().any(|range| {
                u8::try_from(character)
                    .is_ok_and(|byte| (range.start()..=range.end()).contains(&byte))
            }),
            HirKind::Repetition(repeated) => holds(&repeated.sub, character),
            HirKind::Capture(capture) => holds(&capture.sub, character),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().any(|part| holds(part, character))
            }
        }
    }
    regex_syntax::parse(pattern).is_ok_and(|hir| holds(&hir, character))
}

/// U+200C and U+200D join letters of names; in a number they are invisible.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// What a scanner read, without the mark of the kind of symbol that some put before it: `]C1`, `]Q3`.
fn without_symbology(raw: &str) -> &str {
    match raw.trim_start().as_bytes() {
        [b']', kind, how, _, ..] if kind.is_ascii_alphabetic() && how.is_ascii_alphanumeric() => {
            &raw.trim_start()[3..]
        }
        _ => raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(raw: &str) -> String {
        AdmissionNumber::parse(raw).unwrap().to_string()
    }

    #[test]
    fn a_number_of_one_alphabet_is_plain_and_one_that_imitates_another_is_not() {
        let is_plain = |text: &str| AdmissionNumber::parse(text).unwrap().is_plain();
        for plain in [
            "ADM/2026/001",
            "P.15-17 A",
            "\u{410}\u{414}\u{41c}/2026/001", // Russian
            "\u{5b66}\u{53f7}2026",           // Chinese
            "\u{5b66}A12",                    // Chinese with Latin
            "\u{1263}\u{1205}/12",            // Amharic
            "\u{661}\u{662}\u{663}",          // Arabic digits
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for odd in [
            "\u{410}DM/2026/001",   // Cyrillic A before Latin letters
            "ADM/2026/001\u{332}",  // a line below
            "ADM/2026/001\u{2800}", // an empty Braille cell
            "ADM\u{2044}2026",      // a fraction slash
        ] {
            assert!(!is_plain(odd), "{odd}");
        }
    }

    #[test]
    fn joiners_are_not_part_of_a_number() {
        let read = NumberPattern::default().read("ADM/\u{200d}2026/\u{200c}001");
        assert_eq!(read.unwrap().as_str(), "ADM/2026/001");
    }

    #[test]
    fn spellings_of_one_number_are_one_number() {
        assert_eq!(parsed(" adm/2023/001 "), "ADM/2023/001");
        assert_eq!(parsed("ＡＤＭ／２０２３／００１"), "ADM/2023/001");
        assert_eq!(parsed("p15  1234"), "P15 1234");
    }

    #[test]
    fn the_key_for_not_me_is_in_no_number() {
        let key = |pattern: &str| NumberPattern::parse(pattern).unwrap().not_me_key();
        for without in ["", "ADM/[0-9]{4}/[0-9]+", "[A-Z]{2,4}(?:/|_)\\d+"] {
            assert_eq!(key(without), '-', "{without}");
        }
        for with in ["SCT-[0-9]+", "[A-Z-]+", ".+", "(?:[A-Z]|-)+", r"\S{4}"] {
            assert_eq!(key(with), '*', "{with}");
        }
    }

    #[test]
    fn odd_numbers_that_a_path_would_trip_over_are_numbers_all_the_same() {
        for odd in ["..", "__X__", "SCT211-0001/2021", "学号/2021", "%2F"] {
            assert_eq!(parsed(odd), odd);
        }
    }

    #[test]
    fn what_a_scanner_puts_before_a_number_is_no_part_of_it() {
        let read = |raw| NumberPattern::default().read(raw).unwrap().to_string();
        for raw in ["]C1adm/1", " ]Q3ADM/1", "]e0 ADM/1"] {
            assert_eq!(read(raw), "ADM/1");
        }
        for odd in ["]C1", "]", "]]ADM/1", "]Cé1", "X]C1ADM"] {
            assert_eq!(read(odd), parsed(odd));
        }
    }

    #[test]
    fn a_number_that_grows_past_the_limit_is_refused() {
        assert!(AdmissionNumber::parse(&"a".repeat(50)).is_ok());
        assert!(AdmissionNumber::parse(&"a".repeat(51)).is_err());
        assert!(AdmissionNumber::parse(&"ß".repeat(26)).is_err());
    }

    #[test]
    fn a_mask_shows_three_characters_at_most() {
        assert_eq!(
            AdmissionNumber::parse("adm/2023/001").unwrap().masked(),
            "***001"
        );
        assert_eq!(AdmissionNumber::parse("123").unwrap().masked(), "***");
    }

    #[test]
    fn a_pattern_covers_the_whole_number() {
        let pattern = NumberPattern::parse("ADM/[0-9]{4}/[0-9]{3}|X").unwrap();
        assert!(pattern.read("adm/2023/001").is_ok());
        assert_eq!(
            pattern.read("adm/2023/0011"),
            Err(InvalidAdmissionNumber::Pattern)
        );
        assert!(NumberPattern::parse("(").is_err());
        assert!(NumberPattern::parse("").unwrap().read("anything").is_ok());
    }

    proptest! {
        #[test]
        fn a_canonical_number_reads_as_itself(raw in any::<String>()) {
            if let Ok(number) = AdmissionNumber::parse(&raw) {
                prop_assert_eq!(AdmissionNumber::parse(number.as_str()).unwrap(), number.clone());
                prop_assert!(number.as_str().chars().count() <= AdmissionNumber::MAX_CHARS);
            }
        }
    }
}
