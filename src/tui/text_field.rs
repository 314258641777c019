//! A line of typed text.

use std::fmt;

use tui_input::{Input, InputRequest};

use super::stroke::Stroke;
use crate::domain::{InvalidText, clean_line};

/// What is typed in one field. Its debug form hides the text, which may be a number or a PIN.
///
/// The first character that is typed replaces a value that the field was given; a key that moves or deletes keeps
/// it and edits it.
#[derive(Clone, Default)]
pub struct TextField {
    input: Input,
    /// The value that it was given; empty where it was given none.
    given: String,
    /// Whether no key has edited the value that it was given.
    is_as_given: bool,
}

impl TextField {
    /// The most characters in a field; later ones are dropped. No admission number, name or PIN needs more,
    /// and a key that is held down fills no memory.
    pub const MAX_CHARS: usize = 64;

    /// A field that was given a value, with the cursor at its end.
    #[must_use]
    pub fn holding(text: &str) -> Self {
        let mut field = Self::default();
        text.chars().for_each(|character| field.insert(character));
        field.given = field.text().to_owned();
        field.is_as_given = true;
        field
    }

    /// The value that it was given, where it holds another one.
    #[must_use]
    pub fn replaced(&self) -> Option<&str> {
        let is_other = !self.given.is_empty() && self.given != self.text();
        is_other.then_some(&self.given)
    }

    /// What is typed, as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Whether nothing but blanks is typed.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text().trim().is_empty()
    }

    /// The text before the cursor.
    #[must_use]
    pub fn before_cursor(&self) -> &str {
        let text = self.text();
        let end = text.char_indices().nth(self.input.cursor());
        &text[..end.map_or(text.len(), |(at, _)| at)]
    }

    /// Applies a key that edits; other keys change nothing.
    pub fn edit(&mut self, stroke: Stroke) {
        let request = match stroke {
            Stroke::Character(character) => {
                if std::mem::take(&mut self.is_as_given) {
                    self.input.reset();
                }
                return self.insert(character);
            }
            Stroke::OldValue => {
                if !self.given.is_empty() {
                    *self = Self::holding(&self.given);
                }
                return;
            }
            Stroke::Backspace => InputRequest::DeletePrevChar,
            Stroke::Delete => InputRequest::DeleteNextChar,
            Stroke::Left => InputRequest::GoToPrevChar,
            Stroke::Right => InputRequest::GoToNextChar,
            Stroke::Home => InputRequest::GoToStart,
            Stroke::End => InputRequest::GoToEnd,
            _ => return,
        };
        self.is_as_given = false;
        self.input.handle(request);
    }

    /// Adds one character, unless it cannot be shown or the field is full.
    pub fn insert(&mut self, character: char) {
        let unprintable =
            clean_line(character.encode_utf8(&mut [0; 4]), 1) == Err(InvalidText::Unprintable);
        if !unprintable && self.text().chars().count() < Self::MAX_CHARS {
            self.input.handle(InputRequest::InsertChar(character));
        }
    }

    /// Empties the field and returns what was in it.
    pub fn take(&mut self) -> String {
        std::mem::take(self).input.value_and_reset()
    }

    /// Removes the text from the field.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl PartialEq for TextField {
    fn eq(&self, other: &Self) -> bool {
        let parts = |field: &Self| (field.input.cursor(), field.is_as_given);
        self.text() == other.text() && self.given == other.given && parts(self) == parts(other)
    }
}

impl Eq for TextField {}

impl fmt::Debug for TextField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextField({} characters)", self.text().chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_shown_is_not_typed() {
        let mut field = TextField::default();
        for character in "A\u{1b}D\u{7}M\u{202e}\u{200b}\r\n\u{0}\t1".chars() {
            field.insert(character);
        }
        assert_eq!(field.text(), "ADM1");
    }

    #[test]
    fn a_full_field_drops_the_rest() {
        let mut field = TextField::default();
        for _ in 0..1000 {
            field.edit(Stroke::Character('7'));
        }
        assert_eq!(field.text().len(), TextField::MAX_CHARS);
    }

    #[test]
    fn the_text_is_edited_at_the_cursor() {
        let mut field = TextField::default();
        "ADM13"
            .chars()
            .for_each(|character| field.insert(character));
        field.edit(Stroke::Left);
        field.edit(Stroke::Character('2'));
        assert_eq!((field.text(), field.before_cursor()), ("ADM123", "ADM12"));
        field.edit(Stroke::Home);
        field.edit(Stroke::Delete);
        field.edit(Stroke::End);
        field.edit(Stroke::Backspace);
        assert_eq!(field.take(), "DM12");
        assert_eq!(field, TextField::default());
    }

    #[test]
    fn the_first_character_replaces_what_the_field_was_given() {
        let typed = |strokes: &[Stroke]| {
            let mut field = TextField::holding("15");
            for &stroke in strokes {
                field.edit(stroke);
            }
            field.text().to_owned()
        };
        let five = Stroke::Character('5');
        assert_eq!(typed(&[five]), "5");
        assert_eq!(typed(&[five, five]), "55");
        for keeps in [Stroke::End, Stroke::Home, Stroke::Left, Stroke::Right] {
            assert!(typed(&[keeps, five]).len() == 3, "{keeps:?} edits");
        }
        assert_eq!(typed(&[Stroke::Backspace, five]), "15");
        assert_eq!(typed(&[five, Stroke::OldValue]), "15");
        assert_eq!(typed(&[five, Stroke::OldValue, five]), "5");
        let mut empty = TextField::default();
        empty.edit(five);
        empty.edit(Stroke::OldValue);
        assert_eq!(empty.text(), "5", "it was given nothing");
    }

    #[test]
    fn a_field_says_what_was_there() {
        let mut field = TextField::holding("Room 101");
        assert_eq!(field.replaced(), None);
        field.edit(Stroke::Character('L'));
        assert_eq!(field.replaced(), Some("Room 101"));
        field.edit(Stroke::OldValue);
        assert_eq!(field.replaced(), None);
    }

    #[test]
    fn the_debug_form_hides_the_text() {
        let mut field = TextField::default();
        field.insert('7');
        assert_eq!(format!("{field:?}"), "TextField(1 characters)");
    }
}
