//! Keys, by what they mean to the screen.

/// A key, by what it means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// A letter, digit or sign.
    Character(char),
    /// Submits.
    Enter,
    /// Submits a single field, or goes to the next of several. Some barcode readers end with it.
    Tab,
    /// Goes to the field before.
    BackTab,
    /// Clears, or goes back.
    Escape,
    /// Deletes before the cursor.
    Backspace,
    /// Deletes behind the cursor.
    Delete,
    /// Moves left.
    Left,
    /// Moves right.
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
    /// Opens the staff area.
    Staff,
    /// Opens the form for a first PIN, at the door.
    FirstPin,
    /// What would end or stop an ordinary program.
    Interrupt,
}
