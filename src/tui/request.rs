//! What the staff area asks of the services, and what they answer.
//!
//! A page makes a [`StaffRequest`], [`effects`](super::effects) carries it out, and the [`StaffAnswer`]
//! returns to the page. Nothing here knows a page or a service.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::domain::{
    AdmissionNumber, CorrectionOrder, DeliveryState, EditEffect, ExcuseId, Interval, NumberEffect,
    NumberOrder, Roster, Semester, Session, SessionEdit, SessionId, StudentHistory, Target,
    Timestamp, TimetableEntry, Unit, UnitCode,
};
use crate::services::export::{Format, List};
use crate::services::{
    ExcuseOrder, FirstPinRefusal, GivenExcuse, LectureSettled, Pin, RemoteSession, SignIn,
    SignInRefusal, UnitRecord,
};
use crate::words::StaffScreen;

/// One use of the staff area, from opening to closing. An answer takes time: the person who asked may have
/// left, and another may be there. An answer must not sign the other in, nor be shown to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StaffSessionId(u64);

impl StaffSessionId {
    /// The id of the following staff session.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// What somebody who is not signed in asks for, as typed.
#[derive(Clone, PartialEq, Eq)]
pub enum SignInRequest {
    /// Sign in; answered by [`StaffAnswer::SignedIn`].
    SignIn { staff_id: String, pin: String },
    /// Set a first PIN and sign in with it; answered by [`StaffAnswer::FirstPinSet`].
    SetFirstPin {
        staff_id: String,
        pin: Pin,
        administrator: String,
        administrator_pin: String,
    },
}

/// What a signed-in member of staff asks for.
#[derive(Clone, PartialEq, Eq)]
pub enum StaffRequest {
    /// List the units that the member has charge of; answered by [`StaffAnswer::Units`].
    ListUnits(Purpose),
    /// List today's lectures of these units, planned, open or over; answered by [`StaffAnswer::Lectures`].
    ListLectures,
    /// List the latest sessions of these units; answered by [`StaffAnswer::Sessions`].
    ListSessions(ReadLimit),
    /// List the open sessions of other kiosks; answered by [`StaffAnswer::RemoteSessions`].
    ListRemoteSessions,
    /// Find the folders that files can be written to; answered by [`StaffAnswer::Folders`].
    FindFolders,
    /// Write a list into a file; answered by [`StaffAnswer::Noted`].
    WriteList(Box<ListOrder>),
    /// Read the roster of a session; answered by [`StaffAnswer::Roster`].
    ReadRoster(SessionId),
    /// Read a student's attendance in a unit; answered by [`StaffAnswer::History`].
    ReadHistory(UnitCode, Semester, AdmissionNumber),
    /// Read who may sit the exam of a unit, in the site's semester when none is named; answered by
    /// [`StaffAnswer::Exam`].
    ReadExam(UnitCode, Option<Semester>),
    /// Settle whether a lecture was held; answered by [`StaffAnswer::Noted`].
    SettleLecture(SessionId, LectureSettled),
    /// Read a student's excuses that count in a unit; answered by [`StaffAnswer::Excuses`].
    ReadExcuses(UnitCode, AdmissionNumber),
    /// Excuse a student; answered by [`StaffAnswer::Finished`].
    Excuse(Box<ExcuseOrder>),
    /// Take an excuse of a student back; answered by [`StaffAnswer::Noted`].
    TakeBackExcuse(ExcuseId, AdmissionNumber),
    /// Read since when a student belongs to a unit; answered by [`StaffAnswer::Enrolment`].
    ReadEnrolment(StudentPlace),
    /// Enrol or withdraw a student; answered by [`StaffAnswer::Noted`].
    ChangeEnrolment(Box<EnrolmentOrder>),
    /// Correct a mark or a name; answered by [`StaffAnswer::Noted`], [`StaffAnswer::ReasonNeeded`] or
    /// [`StaffAnswer::NameNeeded`].
    Correct(Box<CorrectionOrder>),
    /// Undo the last correction of a student, for a reason; answered by [`StaffAnswer::Noted`].
    Undo(SessionId, AdmissionNumber, String),
    /// List what is not delivered yet; answered by [`StaffAnswer::Deliveries`].
    ListDeliveries(ReadLimit),
    /// Retry one delivery now; answered by [`StaffAnswer::Noted`].
    Retry(Uuid, Target),
    /// Retry every delivery now; answered by [`StaffAnswer::Noted`].
    RetryAll,
    /// Open a session as typed; answered by [`StaffAnswer::Done`].
    OpenSession(OpeningTexts),
    /// Open a planned lecture now; answered by [`StaffAnswer::Done`].
    OpenLecture(i64),
    /// Cancel a planned lecture, for a reason; answered by [`StaffAnswer::Noted`].
    CancelLecture(i64, String),
    /// Join a session of another kiosk; answered by [`StaffAnswer::Done`].
    JoinSession(SessionId),
    /// Move the end of an open session by a duration; answered by [`StaffAnswer::Noted`].
    ExtendSession(SessionId, Duration),
    /// Reopen a closed session, for a reason; answered by [`StaffAnswer::Noted`].
    ReopenSession(SessionId, String),
    /// Cancel a session, for a reason; answered by [`StaffAnswer::Noted`].
    CancelSession(SessionId, String),
    /// Close a session; answered by [`StaffAnswer::Done`].
    CloseSession(SessionId),
    /// Close a session of a list; answered by [`StaffAnswer::Noted`].
    CloseListed(SessionId),
    /// Read what a change of a lecture would do; answered by [`StaffAnswer::EditEffect`].
    PreviewEdit(SessionId, Box<SessionEdit>),
    /// Give a lecture another start, end, room or unit, for a reason that may be empty; answered by
    /// [`StaffAnswer::Finished`].
    EditSession(SessionId, Box<SessionEdit>, String),
    /// Read what undoing the last change of a lecture would do; answered by [`StaffAnswer::UndoEffect`].
    PreviewUndo(SessionId),
    /// Undo the last change of a lecture as its effect was read; answered by [`StaffAnswer::Finished`].
    UndoEdit(SessionId, i64),
    /// Read what a change of a number would do; answered by [`StaffAnswer::NumberEffect`].
    PreviewNumber(Box<NumberOrder>),
    /// Give a number to the student whose it is; answered by [`StaffAnswer::NumberIs`].
    ChangeNumber(Box<NumberOrder>),
    /// Read what undoing takes back of a student in a session; answered by [`StaffAnswer::UndoNext`].
    ReadUndo(SessionId, AdmissionNumber),
    /// Undo the last change of a number; answered by [`StaffAnswer::Noted`].
    UndoNumber(AdmissionNumber),
    /// Ask whether the program may end; answered by [`StaffAnswer::MayLeave`].
    AskToLeave,
}

/// What the services answer. A `String` is a sentence that says what was done, or why not.
#[derive(Debug, Clone)]
pub enum StaffAnswer {
    SignedIn(Result<SignIn, SignInRefusal>),
    FirstPinSet(Result<SignIn, FirstPinRefusal>),
    Units(Purpose, Result<Vec<Unit>, String>),
    Lectures(Result<Vec<TimetableEntry>, String>),
    RemoteSessions(Result<Vec<RemoteSession>, String>),
    Folders(Vec<PathBuf>),
    Sessions(Result<Vec<Session>, String>),
    Roster(SessionId, Result<Arc<Roster>, String>),
    History(Result<Arc<StudentHistory>, String>),
    Exam(UnitCode, Result<Arc<UnitRecord>, String>),
    Excuses(AdmissionNumber, Result<Vec<GivenExcuse>, String>),
    /// A student's lectures with their enrolment.
    Enrolment(Result<Arc<StudentHistory>, String>),
    /// The correction changes an earlier mark and needs a reason.
    ReasonNeeded(Box<CorrectionOrder>),
    /// The number is on no list, and the mark needs a name.
    NameNeeded(Box<CorrectionOrder>),
    /// What a change of a lecture would do.
    EditEffect(Box<SessionEdit>, Result<Box<EditEffect>, String>),
    /// What undoing the last change of a lecture would do.
    UndoEffect(SessionId, Result<Box<EditEffect>, String>),
    /// What a change of a number would do.
    NumberEffect(Box<NumberOrder>, Result<Box<NumberEffect>, String>),
    /// What undoing takes back of a student in a session: the change of this number, or the last correction.
    UndoNext(
        SessionId,
        AdmissionNumber,
        Result<Option<AdmissionNumber>, String>,
    ),
    Deliveries(Result<Vec<DeliveryLine>, String>),
    /// Something was done, or failed; the page stays.
    Noted(Result<String, String>),
    /// Something was done, and the page before opens again; or it failed, and the page stays.
    Finished(Result<String, String>),
    /// A number was given to the student of this one: the page before opens again, and shows them.
    NumberIs(AdmissionNumber, String),
    /// Something was done, and the staff area closes; or it failed, and the page stays.
    Done(Result<String, String>),
    /// The program may end.
    MayLeave,
    /// The PIN or the role of the member of staff has changed since the sign-in.
    AccessRevoked,
}

/// What a request is about. It decides which sentence says that the request broke off, and whether keys wait
/// for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Checking a staff id and a PIN.
    SignIn,
    /// Reading what a page shows; read again whenever it may have changed.
    Refresh,
    /// Reading something once, while keys go on.
    Read,
    /// Reading what another page or a question needs before it opens.
    Open,
    /// Correcting a mark or a name.
    Correction,
    /// Changing an excuse, an enrolment, a number, or whether a lecture was held.
    Change,
    /// Retrying one delivery, or all.
    Retry,
    /// Opening, changing or closing a session or a lecture.
    Session,
    /// Writing a list into a file.
    Export,
}

impl RequestKind {
    /// What is said when such a request broke off: what to look at.
    #[must_use]
    pub fn broke_off(self) -> StaffScreen {
        match self {
            Self::SignIn => StaffScreen::SignInBrokeOff,
            Self::Refresh | Self::Read => StaffScreen::ReadingBrokeOff,
            Self::Open => StaffScreen::OpeningBrokeOff,
            Self::Change => StaffScreen::ChangeBrokeOff,
            Self::Correction => StaffScreen::CorrectionBrokeOff,
            Self::Retry => StaffScreen::RetryBrokeOff,
            Self::Session => StaffScreen::SessionBrokeOff,
            Self::Export => StaffScreen::ExportBrokeOff,
        }
    }

    /// Whether keys do nothing until the answer is here.
    #[must_use]
    pub fn blocks_keys(self) -> bool {
        !matches!(self, Self::Refresh | Self::Read)
    }
}

impl StaffRequest {
    /// What this is about.
    #[must_use]
    pub fn kind(&self) -> RequestKind {
        self.name_and_kind().1
    }

    fn name_and_kind(&self) -> (&'static str, RequestKind) {
        match self {
            Self::ListUnits(..) => ("ListUnits", RequestKind::Open),
            Self::ListLectures => ("ListLectures", RequestKind::Refresh),
            Self::ListSessions(..) => ("ListSessions", RequestKind::Refresh),
            Self::ListRemoteSessions => ("ListRemoteSessions", RequestKind::Read),
            Self::FindFolders => ("FindFolders", RequestKind::Refresh),
            Self::WriteList(..) => ("WriteList", RequestKind::Export),
            Self::ReadRoster(..) => ("ReadRoster", RequestKind::Refresh),
            Self::ReadHistory(..) => ("ReadHistory", RequestKind::Read),
            Self::ReadExam(..) => ("ReadExam", RequestKind::Refresh),
            Self::SettleLecture(..) => ("SettleLecture", RequestKind::Change),
            Self::ReadExcuses(..) => ("ReadExcuses", RequestKind::Open),
            Self::Excuse(..) => ("Excuse", RequestKind::Change),
            Self::TakeBackExcuse(..) => ("TakeBackExcuse", RequestKind::Change),
            Self::ReadEnrolment(..) => ("ReadEnrolment", RequestKind::Open),
            Self::ChangeEnrolment(..) => ("ChangeEnrolment", RequestKind::Change),
            Self::Correct(..) => ("Correct", RequestKind::Correction),
            Self::Undo(..) => ("Undo", RequestKind::Correction),
            Self::ListDeliveries(..) => ("ListDeliveries", RequestKind::Refresh),
            Self::Retry(..) => ("Retry", RequestKind::Retry),
            Self::RetryAll => ("RetryAll", RequestKind::Retry),
            Self::OpenSession(..) => ("OpenSession", RequestKind::Session),
            Self::OpenLecture(..) => ("OpenLecture", RequestKind::Session),
            Self::CancelLecture(..) => ("CancelLecture", RequestKind::Session),
            Self::JoinSession(..) => ("JoinSession", RequestKind::Session),
            Self::ExtendSession(..) => ("ExtendSession", RequestKind::Session),
            Self::ReopenSession(..) => ("ReopenSession", RequestKind::Session),
            Self::CancelSession(..) => ("CancelSession", RequestKind::Session),
            Self::CloseSession(..) => ("CloseSession", RequestKind::Session),
            Self::CloseListed(..) => ("CloseListed", RequestKind::Session),
            Self::PreviewEdit(..) => ("PreviewEdit", RequestKind::Read),
            Self::EditSession(..) => ("EditSession", RequestKind::Session),
            Self::PreviewUndo(..) => ("PreviewUndo", RequestKind::Read),
            Self::UndoEdit(..) => ("UndoEdit", RequestKind::Session),
            Self::PreviewNumber(..) => ("PreviewNumber", RequestKind::Read),
            Self::ReadUndo(..) => ("ReadUndo", RequestKind::Open),
            Self::UndoNumber(..) => ("UndoNumber", RequestKind::Change),
            Self::ChangeNumber(..) => ("ChangeNumber", RequestKind::Change),
            Self::AskToLeave => ("AskToLeave", RequestKind::Session),
        }
    }
}

/// Without numbers, names and PINs: they must not reach the log.
impl fmt::Debug for StaffRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name_and_kind().0)
    }
}

/// Without staff ids and PINs: they must not reach the log.
impl fmt::Debug for SignInRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignIn { .. } => "SignIn",
            Self::SetFirstPin { .. } => "SetFirstPin",
        })
    }
}

/// What a unit is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To open a session of it.
    Opening,
    /// To look at its exam list, and to export its lists.
    Lists,
}

/// A student of a unit in a semester.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentPlace {
    pub unit: UnitCode,
    pub semester: Semester,
    pub number: AdmissionNumber,
}

/// What becomes of a student's enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentOrder {
    pub place: StudentPlace,
    pub change: EnrolmentChange,
}

/// A change of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrolmentChange {
    /// Enrolled on these days.
    Enrol(Interval),
    /// Enrolled until this day.
    Withdraw(NaiveDate),
}

/// A list to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOrder {
    pub list: List,
    pub format: Format,
    pub folder: PathBuf,
}

/// What is typed in the form of a new session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningTexts {
    pub unit: UnitCode,
    /// The start: `09:05`, `2026-11-22 09:05`, or blank for now.
    pub start: String,
    /// The length in minutes.
    pub minutes: String,
    pub venue: String,
    pub semester: String,
}

/// A delivery that is waiting or parked, as the monitor lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLine {
    pub attendance_id: Uuid,
    /// The remote that has not got it.
    pub target: Target,
    pub state: DeliveryState,
    pub attempts: u32,
    /// The next attempt, while the delivery is waiting.
    pub next_attempt_at: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Whether the clock was not synchronised at check-in.
    pub clock_untrusted: bool,
    pub checked_in_at: Timestamp,
    /// The admission number in full for administrators, else its tail.
    pub number: String,
}

/// How many lines of a long list are read: a batch at first, and one more each time the choice reaches the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit(u32);

impl ReadLimit {
    /// Lines read at a time: more than a big screen shows.
    const BATCH: u32 = 200;

    /// The number of lines to read, from the first on.
    #[must_use]
    pub fn lines(self) -> u32 {
        self.0
    }

    /// Whether there may be more than these lines.
    #[must_use]
    pub fn is_filled_by(self, count: usize) -> bool {
        count >= usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// Grows when the choice is at the end of what was read, and returns whether it has.
    pub fn grow_at_end(&mut self, chosen: usize, count: usize) -> bool {
        let at_end = self.is_filled_by(count) && chosen + 1 >= count;
        if at_end {
            self.0 = self.0.saturating_add(Self::BATCH);
        }
        at_end
    }
}

impl Default for ReadLimit {
    fn default() -> Self {
        Self(Self::BATCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_list_reads_on_and_that_of_a_short_one_does_not() {
        let mut limit = ReadLimit::default();
        assert!(!limit.grow_at_end(198, 200));
        assert!(limit.grow_at_end(199, 200));
        assert_eq!(limit.lines(), 400);
        assert!(!limit.grow_at_end(199, 200), "until it is read");
        assert!(!limit.grow_at_end(250, 251), "there are no more");
    }
}
