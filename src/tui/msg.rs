//! Everything that can reach the screen.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::staff::{Delivery, Extent, ListOrder, OpeningTexts, Purpose};
use crate::domain::{
    AdmissionNumber, CheckInAnswer, CorrectionOrder, Lecturer, Roster, Semester, Session,
    SessionId, StudentHistory, Target, Timestamp, TimetableEntry, Unit, UnitCode,
};
use crate::services::{FirstPinRefusal, Pin, RemoteSession, SignIn, SignInRefusal, Snapshot};

/// One thing that happened. Messages are applied in order by [`update`](super::update::update).
#[derive(Debug, Clone)]
pub enum Msg {
    /// The time moved on. Sent before every other message and at every full second.
    Clock(Timestamp),
    /// The session, the counts, the address or the remotes are different now.
    Snapshot(Arc<Snapshot>),
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
    /// Answers [`Effect::SetFirstPin`].
    FirstPin(Result<SignIn, FirstPinRefusal>),
    /// The units that a staff member has charge of, or a sentence that says why there are none.
    Units(Purpose, Result<Vec<Unit>, String>),
    /// Today's lectures, or a sentence that says why there are none.
    Lectures(Result<Vec<TimetableEntry>, String>),
    /// What other kiosks have open, or a sentence that says why that cannot be told.
    Neighbours(Result<Vec<RemoteSession>, String>),
    /// The folders that lists can be put into.
    Places(Vec<PathBuf>),
    /// The latest sessions, or a sentence that says why there are none.
    Sessions(Result<Vec<Session>, String>),
    /// Who is in a session, or a sentence that says why that cannot be told.
    Roster(SessionId, Result<Arc<Roster>, String>),
    /// What happened to a student, or a sentence that says why that cannot be told.
    History(Result<Arc<StudentHistory>, String>),
    /// A correction changes a mark that stands, or stood, and needs a reason.
    ReasonNeeded(Box<CorrectionOrder>),
    /// A mark is for a number on no list, and needs a name.
    NameNeeded(Box<CorrectionOrder>),
    /// What is not delivered yet, or a sentence that says why that cannot be told.
    Deliveries(Result<Vec<Delivery>, String>),
    /// What came of something that leaves the page as it is.
    Noted(Result<String, String>),
    /// What staff wanted is done, or a sentence that says why not.
    Done(Result<String, String>),
    /// Whoever asked to end the program may.
    MayLeave,
    /// Whoever is in the staff area has no longer the PIN or the rank that they came in with.
    AccessRevoked,
    /// Something that was asked for broke off without an answer.
    BrokeOff(RequestKind),
    /// What came of an effect. Everything that is asked for is answered in this cover, and only here is it
    /// looked at whether the one who asked is still the one who sits there.
    Reply(StaffSessionId, Box<Msg>),
}

/// Which opening of the staff area something was asked for in. Answers take their time, and whoever asked
/// may have left and somebody else come: what the one asked for must not let the other in, nor be shown to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StaffSessionId(u64);

impl StaffSessionId {
    /// The one after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// What an effect is about, for the sentence that says that it broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Recording a check-in.
    CheckIn,
    /// Looking at a staff id and a PIN.
    SignIn,
    /// Reading what a page shows; keys go on meanwhile.
    Reading,
    /// Asking for something that opens a page.
    Asking,
    /// Putting a mark right.
    Correction,
    /// Having deliveries tried again.
    Retry,
    /// Opening a session, or changing one.
    Session,
    /// Writing a list into a file.
    List,
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
    /// Give somebody their first PIN, and sign them in; answered by [`Msg::FirstPin`].
    SetFirstPin {
        /// Whose it will be, as typed.
        staff_id: String,
        /// The PIN.
        pin: Pin,
        /// The staff id of the administrator, as typed.
        administrator: String,
        /// The administrator's PIN, as typed.
        administrator_pin: String,
    },
    /// List the units of a staff member; answered by [`Msg::Units`].
    ListUnits(Purpose, Lecturer),
    /// List today's lectures of a staff member's units; answered by [`Msg::Lectures`].
    ListLectures(Lecturer),
    /// List the latest sessions of a staff member's units; answered by [`Msg::Sessions`].
    ListSessions(Lecturer, Extent),
    /// Ask what other kiosks have open; answered by [`Msg::Neighbours`].
    ListNeighbours(Lecturer),
    /// Look for folders that lists can be put into; answered by [`Msg::Places`].
    FindPlaces,
    /// Write a list into a file; answered by [`Msg::Noted`].
    WriteList(Box<ListOrder>, Lecturer),
    /// Read who is in a session; answered by [`Msg::Roster`].
    ReadRoster(SessionId, Lecturer),
    /// Read what happened to a student in a unit; answered by [`Msg::History`].
    ReadHistory(UnitCode, Semester, AdmissionNumber, Lecturer),
    /// Put a mark or a name right; answered by [`Msg::Noted`] or [`Msg::ReasonNeeded`].
    Correct(Box<CorrectionOrder>, Lecturer),
    /// Take the last correction of a student back, for a reason; answered by [`Msg::Noted`].
    Undo(SessionId, AdmissionNumber, String, Lecturer),
    /// List what is not delivered yet; answered by [`Msg::Deliveries`].
    ListDeliveries(Lecturer, Extent),
    /// Try one delivery again now; answered by [`Msg::Noted`].
    Retry(Uuid, Target),
    /// Try every delivery again now; answered by [`Msg::Noted`].
    RetryAll,
    /// Open a session as typed; answered by [`Msg::Done`].
    OpenSession(OpeningTexts, Lecturer),
    /// Open a lecture of the timetable now; answered by [`Msg::Done`].
    OpenLecture(i64, Lecturer),
    /// Note that a lecture of the timetable is not held, for a reason; answered by [`Msg::Noted`].
    CancelLecture(i64, String, Lecturer),
    /// Take part in a session of another kiosk; answered by [`Msg::Done`].
    JoinSession(SessionId, Lecturer),
    /// Let an open session end so much later; answered by [`Msg::Noted`].
    ExtendSession(SessionId, Duration, Lecturer),
    /// Open a closed session again, for a reason; answered by [`Msg::Noted`].
    ReopenSession(SessionId, String, Lecturer),
    /// Cancel a session, for a reason; answered by [`Msg::Noted`].
    CancelSession(SessionId, String, Lecturer),
    /// Close a session; answered by [`Msg::Done`].
    CloseSession(SessionId, Lecturer),
    /// Ask to end the program; answered by [`Msg::MayLeave`].
    AskToLeave,
    /// End the program.
    Leave,
}

impl Effect {
    /// What this is about.
    #[must_use]
    pub fn errand(&self) -> RequestKind {
        match self {
            Self::CheckIn { .. } => RequestKind::CheckIn,
            Self::SignIn { .. } | Self::SetFirstPin { .. } => RequestKind::SignIn,
            Self::ListUnits(..) => RequestKind::Asking,
            Self::ListLectures(_)
            | Self::ListSessions(..)
            | Self::ListNeighbours(_)
            | Self::FindPlaces
            | Self::ReadRoster(..)
            | Self::ReadHistory(..)
            | Self::ListDeliveries(..) => RequestKind::Reading,
            Self::Correct(..) | Self::Undo(..) => RequestKind::Correction,
            Self::Retry(..) | Self::RetryAll => RequestKind::Retry,
            Self::WriteList(..) => RequestKind::List,
            Self::OpenSession(..)
            | Self::OpenLecture(..)
            | Self::CancelLecture(..)
            | Self::JoinSession(..)
            | Self::ExtendSession(..)
            | Self::ReopenSession(..)
            | Self::CancelSession(..)
            | Self::CloseSession(..)
            | Self::AskToLeave
            | Self::Leave => RequestKind::Session,
        }
    }
}

impl std::fmt::Debug for Effect {
    /// Numbers, names and PINs are not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CheckIn { name: None, .. } => "CheckIn",
            Self::CheckIn { name: Some(_), .. } => "CheckIn with a name",
            Self::SignIn { .. } => "SignIn",
            Self::SetFirstPin { .. } => "SetFirstPin",
            Self::ListUnits(..) => "ListUnits",
            Self::ListLectures(_) => "ListLectures",
            Self::ListSessions(..) => "ListSessions",
            Self::ListNeighbours(_) => "ListNeighbours",
            Self::FindPlaces => "FindPlaces",
            Self::WriteList(..) => "WriteList",
            Self::ReadRoster(..) => "ReadRoster",
            Self::ReadHistory(..) => "ReadHistory",
            Self::Correct(..) => "Correct",
            Self::Undo(..) => "Undo",
            Self::ListDeliveries(..) => "ListDeliveries",
            Self::Retry(..) => "Retry",
            Self::RetryAll => "RetryAll",
            Self::OpenSession(..) => "OpenSession",
            Self::OpenLecture(..) => "OpenLecture",
            Self::CancelLecture(..) => "CancelLecture",
            Self::JoinSession(..) => "JoinSession",
            Self::ExtendSession(..) => "ExtendSession",
            Self::ReopenSession(..) => "ReopenSession",
            Self::CancelSession(..) => "CancelSession",
            Self::CloseSession(..) => "CloseSession",
            Self::AskToLeave => "AskToLeave",
            Self::Leave => "Leave",
        })
    }
}
