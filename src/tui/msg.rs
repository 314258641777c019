//! Everything that can reach the screen, and everything that the screen wants done.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::model::Entry;
use super::request::{RequestKind, SignInRequest, StaffAnswer, StaffRequest, StaffSessionId};
use super::stroke::Stroke;
use crate::domain::{CheckInAnswer, Refusal, Timestamp};
use crate::services::{SignIn, Snapshot};

/// One thing that happened. Messages are applied in order by [`update`](super::update::update).
#[derive(Debug, Clone)]
pub enum Msg {
    /// The time has moved on. Sent before every other message and at every full second.
    Clock(Timestamp),
    /// The session, the counts, the address or the remotes have changed.
    Snapshot(Arc<Snapshot>),
    /// A key was pressed.
    Stroke(Stroke),
    /// Text from a clipboard. It is text only: a line break in it submits nothing.
    Paste(String),
    /// The terminal has another size; the next drawing uses it.
    Resized,
    /// The desk answered a check-in.
    CheckedIn(Box<Result<CheckInAnswer, Refusal>>),
    /// A check-in broke off without an answer.
    CheckInBrokeOff,
    /// Something that the staff area asked for is answered, or broke off.
    Reply(StaffReply),
}

/// What came of a request of the staff area.
#[derive(Debug, Clone)]
pub struct StaffReply {
    pub staff_session: StaffSessionId,
    pub kind: RequestKind,
    /// The answer; `None` when the request broke off.
    pub answer: Option<StaffAnswer>,
}

/// What the screen wants done; [`effects`](super::effects) does it.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// Check a student in; answered by [`Msg::CheckedIn`].
    CheckIn(Entry),
    /// "Not me": take back the check-in that this keyboard has just made; answered by [`Msg::CheckedIn`].
    TakeBack(Uuid),
    /// Put back what was taken back; answered by [`Msg::CheckedIn`].
    PutBack(Uuid),
    /// Sign somebody in; answered by [`Msg::Reply`].
    SignIn(StaffSessionId, SignInRequest),
    /// Do something for a member of staff who is signed in; answered by [`Msg::Reply`].
    Request(StaffSessionId, Box<SignIn>, StaffRequest),
    /// End the program; the loop does it.
    Leave,
}

/// Without numbers, names and PINs: they must not reach the log.
impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckIn(Entry { name: None, .. }) => f.write_str("CheckIn"),
            Self::CheckIn(Entry { name: Some(_), .. }) => f.write_str("CheckIn(named)"),
            Self::TakeBack(_) => f.write_str("TakeBack"),
            Self::PutBack(_) => f.write_str("PutBack"),
            Self::SignIn(_, request) => request.fmt(f),
            Self::Request(_, _, request) => request.fmt(f),
            Self::Leave => f.write_str("Leave"),
        }
    }
}
