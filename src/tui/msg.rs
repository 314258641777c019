//! Everything that can reach the screen.

use std::sync::Arc;

use crate::domain::{CheckInAnswer, Lecturer, SessionId, Timestamp, Unit, UnitCode};
use crate::services::{Picture, SignIn, SignInRefusal};

/// One thing that happened. Messages are applied in order by [`update`](super::update::update).
#[derive(Debug, Clone)]
pub enum Msg {
    /// The time moved on. Sent before every other message and at every full second.
    Clock(Timestamp),
    /// The session, the counts, the address or the remotes are different now.
    Picture(Arc<Picture>),
    /// A key.
    Stroke(Stroke),
    /// Text from a clipboard. It is text only: a line break in it submits nothing.
    Paste(String),
    /// The terminal has another size; the next drawing uses it.
    Resized,
    /// The desk answered a check-in.
    Answered(Box<CheckInAnswer>),
    /// The staff door answered a sign-in.
    SignedIn(Result<SignIn, SignInRefusal>),
    /// The units whose sessions may be opened, or a sentence that says why there are none.
    Units(Result<Vec<Unit>, String>),
    /// What staff wanted is done, or a sentence that says why not.
    Done(Result<String, String>),
    /// Something that was asked for broke off without an answer.
    BrokeOff,
}

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
    /// Opens the staff area.
    Staff,
    /// What would end or stop an ordinary program.
    Interrupt,
}

/// What the screen wants done; [`effects`](super::effects) does it.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// Check a student in; answered by [`Msg::Answered`].
    CheckIn {
        /// The session that the student sees.
        session: SessionId,
        /// The number as typed.
        number: String,
        /// The name as typed, where it was asked for.
        name: Option<String>,
    },
    /// Sign a staff member in; answered by [`Msg::SignedIn`].
    SignIn {
        /// The staff id as typed.
        staff_id: String,
        /// The PIN as typed.
        pin: String,
    },
    /// List the units of a staff member; answered by [`Msg::Units`].
    ListUnits(Lecturer),
    /// Open a session of a unit now; answered by [`Msg::Done`].
    OpenSession(UnitCode, Lecturer),
    /// Close a session; answered by [`Msg::Done`].
    CloseSession(SessionId, Lecturer),
    /// End the program.
    Leave,
}

impl std::fmt::Debug for Effect {
    /// Numbers, names and PINs are not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CheckIn { name: None, .. } => "CheckIn",
            Self::CheckIn { name: Some(_), .. } => "CheckIn with a name",
            Self::SignIn { .. } => "SignIn",
            Self::ListUnits(_) => "ListUnits",
            Self::OpenSession(..) => "OpenSession",
            Self::CloseSession(..) => "CloseSession",
            Self::Leave => "Leave",
        })
    }
}
