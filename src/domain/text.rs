//! One line of text from a person: cleaned, or refused with a reason.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Why a line of text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing but white space.
    #[error("is empty")]
    Empty,
    /// More than the allowed number of characters.
    #[error("is longer than {max} characters")]
    TooLong {
        /// The longest that is allowed.
        max: usize,
    },
    /// Control characters, bidirectional overrides or other invisible characters.
    #[error("contains characters that cannot be shown")]
    Unprintable,
}

/// Trims a line, collapses white space inside it to single blanks, composes its letters (NFC), and refuses
/// what cannot be shown safely.
///
/// # Errors
/// [`InvalidText`] when the line is empty, too long, or could disturb a terminal or a page.
pub fn clean_line(raw: &str, max: usize) -> Result<String, InvalidText> {
    clean(raw.nfc(), max)
}

/// The same after NFKC, which folds full-width and other look-alike forms.
fn clean_compatible(raw: &str, max: usize) -> Result<String, InvalidText> {
    clean(raw.nfkc(), max)
}

/// The same in capitals, for what people write in any case: numbers and codes.
pub(super) fn clean_capitals(raw: &str, max: usize) -> Result<String, InvalidText> {
    // Upper-casing can lengthen ("ß" becomes "SS") and can leave NFKC, so clean again afterwards.
    let upper = clean_compatible(raw, max)?.to_uppercase();
    clean_compatible(&upper, max)
}

/// Marks above and below one letter: no language has more, and a tower of them covers other lines.
const MOST_MARKS: usize = 8;

fn clean(chars: impl Iterator<Item = char>, max: usize) -> Result<String, InvalidText> {
    let mut line = String::new();
    let mut count = 0;
    let mut blank_due = false;
    let mut marks = 0;
    for c in chars {
        // Checked first: line breaks and tabs are white space, but not something one types into a field.
        if is_unprintable(c) {
            return Err(InvalidText::Unprintable);
        }
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            return Err(InvalidText::Unprintable);
        }
        if c.is_whitespace() {
            blank_due = !line.is_empty();
            continue;
        }
        if std::mem::take(&mut blank_due) {
            line.push(' ');
            count += 1;
        }
        line.push(c);
        count += 1;
        if count > max {
            return Err(InvalidText::TooLong { max });
        }
    }
    if line.is_empty() {
        Err(InvalidText::Empty)
    } else {
        Ok(line)
    }
}

/// Characters that move the cursor, reorder the line, or take no room at all.
///
/// The joiners U+200C and U+200D stay allowed: Persian, Hindi and other names need them.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00ad}'                  // soft hyphen
            | '\u{034f}'                // combining grapheme joiner
            | '\u{061c}'                // Arabic letter mark
            | '\u{115f}' | '\u{1160}'   // Hangul fillers
            | '\u{17b4}' | '\u{17b5}'   // Khmer inherent vowels
            | '\u{180b}'..='\u{180f}'   // Mongolian selectors
            | '\u{200b}' | '\u{200e}' | '\u{200f}' // zero-width space, direction marks
            | '\u{2028}'..='\u{202e}'   // line and paragraph separators, bidi embeddings and overrides
            | '\u{2060}'..='\u{206f}'   // invisible operators, bidi isolates
            | '\u{3164}' | '\u{ffa0}'   // more fillers
            | '\u{fe00}'..='\u{fe0f}'   // variation selectors
            | '\u{feff}'                // byte-order mark
            | '\u{fff0}'..='\u{fffb}'   // interlinear annotation and unassigned specials
            | '\u{e000}'..='\u{f8ff}'   // private use
            | '\u{1d173}'..='\u{1d17a}' // musical formatting
            | '\u{e0000}'..='\u{e0fff}' // tags and more selectors
            | '\u{f0000}'..='\u{10ffff}' // private planes
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_around_and_inside_are_tidied() {
        assert_eq!(clean_line("  Jane \u{a0} Doe ", 20).unwrap(), "Jane Doe");
    }

    #[test]
    fn blank_is_refused() {
        assert_eq!(clean_line(" \u{2003}", 20), Err(InvalidText::Empty));
    }

    #[test]
    fn the_limit_is_inside() {
        assert!(clean_line("12345", 5).is_ok());
        assert_eq!(
            clean_line("123456", 5),
            Err(InvalidText::TooLong { max: 5 })
        );
    }

    #[test]
    fn a_tower_of_marks_is_refused() {
        let tower = |marks: usize| format!("Z{}oe", "\u{335}".repeat(marks));
        assert!(clean_line(&tower(8), 50).is_ok());
        assert_eq!(clean_line(&tower(9), 50), Err(InvalidText::Unprintable));
    }

    #[test]
    fn what_disturbs_a_terminal_or_a_page_is_refused() {
        for hostile in [
            "\u{1b}[2J",
            "a\tb",
            "a\nb",
            "\u{202e}abc",
            "a\u{200b}b",
            "\u{7f}",
            "\u{9b}1m",
            "a\u{2066}b",
            "\u{ad}",
            "a\u{3164}",
            "\u{feff}a",
        ] {
            assert_eq!(
                clean_line(hostile, 50),
                Err(InvalidText::Unprintable),
                "{hostile:?}"
            );
        }
    }

    #[test]
    fn names_of_the_world_stay_as_they_are() {
        for name in [
            "Þórdís",
            "李小龙",
            "محمد علي",
            "Nguyễn Văn A",
            "O'Brien-Smith",
            "क्‍ष",
        ] {
            assert!(clean_line(name, 50).is_ok(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(raw in any::<String>()) {
            if let Ok(once) = clean_line(&raw, 200) {
                prop_assert_eq!(clean_line(&once, 200), Ok(once.clone()));
                prop_assert!(!once.chars().any(char::is_control));
                prop_assert_eq!(once.trim(), once.as_str());
            }
        }
    }
}
