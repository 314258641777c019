//! Typed text on its way back into a field.

use crate::domain::{InvalidText, clean_line};

/// More than the longest name; what is longer than this is wrong in any case, and pages stay small.
const MOST_CHARS: usize = 250;

/// The text without the characters that move cursors or reorder lines, and not longer than a field can use.
pub fn echo(typed: &str) -> String {
    let is_shown = |c: &char| {
        let mut bytes = [0; 4];
        clean_line(c.encode_utf8(&mut bytes), 8) != Err(InvalidText::Unprintable)
    };
    typed.chars().filter(is_shown).take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_comes_back_and_what_attackers_type_does_not() {
        assert_eq!(echo(" Jürgen <b>محمد</b> "), " Jürgen <b>محمد</b> ");
        assert_eq!(echo("a\u{1b}[2J\u{202e}b\0\n"), "a[2Jb");
        assert_eq!(echo(&"\"".repeat(4000)).len(), 250);
    }
}
