//! Keys by their meaning. It knows no terminal.

/// A key by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// A letter, digit or sign.
    Character(char),
    /// Submits what is typed, or takes the choice.
    Enter,
    /// Submits a single field, or goes to the next of several. Some barcode readers end with it.
    Tab,
    /// Goes to the previous field.
    BackTab,
    /// Clears, or goes back.
    Escape,
    /// Deletes before the cursor.
    Backspace,
    /// Deletes behind the cursor.
    Delete,
    /// Moves the cursor left, or takes the choice before.
    Left,
    /// Moves the cursor right, or takes the choice after.
    Right,
    /// Moves up in a list.
    Up,
    /// Moves down in a list.
    Down,
    /// Moves to the start.
    Home,
    /// Moves to the end.
    End,
    /// Moves up by a screenful.
    PageUp,
    /// Moves down by a screenful.
    PageDown,
    /// Shows what the keys do.
    Help,
    /// Opens or closes the staff area.
    Staff,
    /// Opens the form for a first PIN, from the sign-in form.
    FirstPin,
    /// Brings back the value that a field was given.
    OldValue,
    /// A key that ends or stops other programs.
    Interrupt,
}
