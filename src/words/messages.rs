//! Every message there is, by area. `en.rs` shows what each one says.
#![expect(
    missing_docs,
    reason = "the line of each language says what a message is"
)]

use chrono::NaiveDate;

use super::{
    AdminText, BoardText, DeliveryText, EditText, HistoryText, Key, KeyHelp, KeyUse, Label,
    MenuText, NumberText, QuestionText, StaffScreen, UnitText,
};
use crate::domain::{
    AdministrationRefusal, AttendanceStatus, Band, Channel, CorrectionRefusal, CountReason,
    Decision, DecisionReason, DeliveryState, ExcuseCategory, Flag, InvalidAdmissionNumber,
    InvalidPersonName, InvalidSession, InvalidStaffId, InvalidText, InvalidTimestamp,
    InvalidUnitCode, JoinRefusal, LectureProblem, ListNote, Listing, Mark, Noted, NumberRefusal,
    Percent, RecordState, Refusal, RemoteStatus, SessionRefusal, SessionState, Slip, Standing,
    Target, TimetableRefusal,
};
use crate::services::export::ExportError;
use crate::services::{
    AdministrationError, CorrectionError, Entity, FirstPinRefusal, Forbidden, InvalidPin,
    ListRefusal, OtherKioskError, SessionError, SignInRefusal, StoreError, StudentError, SyncState,
};

/// A closed enum of the areas, each made into it by `into`.
macro_rules! areas {
    ($(#[$doc:meta])* $name:ident { $($area:ident($kind:ty),)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub enum $name<'a> { $($area($kind),)+ }
        $(impl<'a> From<$kind> for $name<'a> {
            fn from(message: $kind) -> Self {
                Self::$area(message)
            }
        })+
    };
}

areas! {
    /// A text for people.
    Message {
        Action(Action),
        Admin(AdminText),
        Administration(&'a AdministrationRefusal),
        Answer(Answer),
        AttendanceStatus(AttendanceStatus),
        Band(Band),
        Board(BoardText),
        Channel(Channel),
        Count(u64),
        CountReason(CountReason),
        Date(NaiveDate),
        Decision(Decision),
        DecisionReason(DecisionReason),
        Delivery(DeliveryText),
        DeliveryState(DeliveryState),
        Entity(Entity),
        ExcuseCategory(ExcuseCategory),
        Forbidden(&'a Forbidden),
        Edit(EditText),
        Export(&'a ExportError),
        Flag(Flag),
        Forecast(ForecastOf),
        History(HistoryText),
        Join(&'a JoinRefusal),
        InvalidName(&'a InvalidPersonName),
        InvalidNumber(&'a InvalidAdmissionNumber),
        InvalidText(InvalidIn),
        InvalidPin(&'a InvalidPin),
        InvalidSession(&'a InvalidSession),
        InvalidTimestamp(&'a InvalidTimestamp),
        Key(Key),
        KeyHelp(KeyHelp),
        KeyUse(KeyUse),
        Label(Label),
        LectureProblem(&'a LectureProblem),
        ListNote(ListNote),
        ListRefusal(&'a ListRefusal),
        Listing(Listing),
        Mark(Mark),
        Menu(MenuText),
        Noted(&'a Noted),
        Number(&'a NumberRefusal),
        NumberText(NumberText),
        OtherKiosk(&'a OtherKioskError),
        Outlook(Outlook),
        Page(Page),
        FirstPin(&'a FirstPinRefusal),
        Question(QuestionText),
        Record(&'a RecordState),
        RecordChange(RecordChange),
        RemoteStatus(&'a RemoteStatus),
        Screen(Screen),
        SessionState(SessionState),
        SignIn(&'a SignInRefusal),
        StaffText(StaffText),
        StaffScreen(StaffScreen),
        Store(&'a StoreError),
        Sum(Sum),
        Target(Target),
        TextField(TextField),
        Timetable(&'a TimetableRefusal),
        Unit(UnitText),
        Session(&'a SessionRefusal),
        Slip(Slip),
        Standing(StandingText),
    }
}

impl From<SyncState> for Message<'_> {
    fn from(state: SyncState) -> Self {
        Self::DeliveryState(match state {
            SyncState::Waiting => DeliveryState::Waiting,
            SyncState::Parked => DeliveryState::Parked,
            SyncState::Delivered => DeliveryState::Delivered,
        })
    }
}

areas! {
    /// Why something was not done.
    Why {
        CheckIn(&'a Refusal),
        Correction(&'a CorrectionRefusal),
        Forbidden(&'a Forbidden),
        Request(&'a RequestError),
        Store(&'a StoreError),
    }
}

impl<'a> From<&'a CorrectionError> for Why<'a> {
    fn from(error: &'a CorrectionError) -> Self {
        match error {
            CorrectionError::Refused(refusal) => Self::Correction(refusal),
            CorrectionError::Forbidden(error) => Self::Forbidden(error),
            CorrectionError::Store(error) => Self::Store(error),
        }
    }
}

impl<'a> From<&'a SessionError> for Message<'a> {
    fn from(error: &'a SessionError) -> Self {
        match error {
            SessionError::Refused(refusal) => Self::Session(refusal),
            SessionError::Forbidden(error) => Self::Forbidden(error),
            SessionError::Store(error) => Self::Store(error),
        }
    }
}

impl<'a> From<&'a StudentError> for Message<'a> {
    fn from(error: &'a StudentError) -> Self {
        match error {
            StudentError::Refused(refusal) => Self::Number(refusal),
            StudentError::InvalidNumber(error) => Self::InvalidNumber(error),
            StudentError::Forbidden(error) => Self::Forbidden(error),
            StudentError::AdministratorsOnly => Self::StaffScreen(StaffScreen::AdministratorsOnly),
            StudentError::Store(error) => Self::Store(error),
        }
    }
}

impl<'a> From<&'a AdministrationError> for Message<'a> {
    fn from(error: &'a AdministrationError) -> Self {
        match error {
            AdministrationError::Refused(refusal) => Self::Administration(refusal),
            AdministrationError::Forbidden => Self::StaffScreen(StaffScreen::AdministratorsOnly),
            AdministrationError::Hash(_) => Self::SignIn(&SignInRefusal::OutOfOrder),
            AdministrationError::OfAnother(error) => Self::Forbidden(error),
            AdministrationError::List(refusal) => Self::ListRefusal(refusal),
            AdministrationError::Store(error) => Self::Store(error),
        }
    }
}

/// A request to the web server that was not answered as it was meant.
#[derive(Debug, Clone)]
pub enum RequestError {
    NotFound,
    WrongMethod,
    TooLarge { max: usize },
    NotAForm,
    NotJson,
    Unreadable,
    FieldMissing { field: &'static str },
    FieldNotText { field: &'static str },
    FieldNotBoolean { field: &'static str },
    FieldNotUuid { field: &'static str },
    TooSlow,
    WrongNetwork { networks: String },
    WrongHost,
    WrongOrigin,
    NotSignedIn,
    AdministratorsOnly,
    Forbidden(Forbidden),
    StaleForm,
    Administration(AdministrationRefusal),
    Session(SessionRefusal),
    Export(ExportError),
    Number(InvalidAdmissionNumber),
    TooBusy,
    Broken,
}

impl RequestError {
    /// The field of a program's request that is wrong.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::FieldMissing { field }
            | Self::FieldNotText { field }
            | Self::FieldNotBoolean { field }
            | Self::FieldNotUuid { field } => Some(field),
            _ => None,
        }
    }
}

/// The pages of students.
#[derive(Debug, Clone)]
pub enum Page {
    CheckIn,
    CheckInTo { unit: String },
    Error { title: String },
    TypeCodeTitle,
    OpenNow,
    Next,
    OpensAt { time: String },
    NoLecture,
    CodeLabel,
    CodeHint,
    CodeShape,
    CodeMissing,
    GoOn,
    NumberHint,
    NumberRemembered,
    NameOptional,
    NameFirstTime,
    Footer,
    CheckedIn,
    Already,
    Waiting,
    OnTime,
    Late { n: u32 },
    SentTwice { time: String, how: String },
    FirstRecorded { time: String, how: String },
    AlreadyElsewhere { time: String },
    NewPending,
    Room,
    TypeCodeButton,
    ToBoards,
    RingLabel { percent: String },
    RingPercent { percent: String },
    NewStranger,
    OnListOf { unit: String },
    NearTitle,
    DidYouMean,
    NearYes { number: String },
    NearInsist,
    NearAgain,
    NotMe,
    TakenBack,
    TakenBackAdvice { number: String },
}

/// The screen that students see.
#[derive(Debug, Clone)]
pub enum Screen {
    NotSetUp,
    HowToSetUp,
    WhatNext,
    AskNumber,
    NextNumber,
    OwnNumber,
    NotMe { key: char, seconds: u64 },
    PutItBack { key: char, seconds: u64 },
    NothingForIt,
    TypeYourOwn,
    AskName,
    NotOnAnyList,
    WhichLecture,
    OnThisList,
    NotOnThisList,
    DidYouMean,
    NothingRecordedYet { seconds: u64 },
    Saving,
    NoAddress,
    NoLecture,
    AskLecturer,
    ClockNotSetYet,
    HowToOpen,
    OutOfOrder,
    NothingRecorded,
    Recovers,
    Technician { code: &'static str, cause: String },
    CannotStart { cause: String },
    TooSmall { have: String, need: String },
    OnlyStaffLeave,
    StaffKey,
    ClockNotSet,
    Fault,
    NoNetworkAddress,
    RemoteOk,
    Demo { staff_id: String, pin: String },
    Waiting { n: u64 },
    Refused { n: u64 },
    Phone,
    Code,
    OnYourPhone,
    TypeThisCode,
    CodeWord,
    NewIn { seconds: String },
    Lecture { n: u32 },
    OpensAt { time: String },
    In { countdown: String },
    OnTimeUntil { time: String },
    Left { countdown: String },
    Late { time: String },
    Over,
    Cancelled,
    OfCheckedIn { enrolled: u32 },
    Of { enrolled: u32 },
    Present { n: u32 },
    LateCount { n: u32 },
    Pending { n: u32 },
    Nobody,
    Latest,
    OfPlan(Standing),
    ChannelShort(Channel),
}

/// The answer to a check-in on the screen: a word in block letters, and a sentence.
#[derive(Debug, Clone)]
pub enum Answer {
    Present,
    Late,
    Noted,
    Marked,
    Closed,
    NotYet,
    Expired,
    CheckIt,
    Name,
    Blocked,
    Removed,
    NotYou,
    NotDone,
    Wait,
    Failed,
    OnTimeAt { time: String },
    LateAt { time: String, n: u32 },
    PendingAt { time: String },
    AlreadyAt { time: String },
    TakenBack { number: String },
}

/// What surrounds the pages of staff, and their sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffText {
    SignIn,
    SignInTitle,
    SignInHint,
    SkipToContent,
    Pages,
    SignOut,
    Boards,
    Students,
    Attendance,
    Deliveries,
    Units,
    Lecturers,
    AuditLog,
}

/// How a student stands and what the rest of the semester asks for, in one sentence.
#[derive(Debug, Clone)]
pub enum Outlook {
    OnCourse {
        n: u32,
        of: u32,
    },
    JustAbove {
        required: String,
        n: u32,
        of: u32,
    },
    CatchUp {
        required: String,
        n: u32,
        of: u32,
    },
    AttendAll {
        required: String,
        of: u32,
    },
    OutOfReach {
        required: String,
        best: String,
    },
    Reached {
        required: String,
    },
    NoneHeld {
        n: u32,
        of: u32,
    },
    NotKnown {
        percent: String,
        attended: u32,
        held: u32,
        unknown: u32,
    },
    OnlyPending {
        percent: String,
        attended: u32,
        held: u32,
    },
    NothingCounts,
}

/// A student's figures, the largest first.
#[derive(Debug, Clone)]
pub enum StandingText {
    LecturesSoFar,
    OfHeld {
        n: u32,
        held: u32,
    },
    Needs {
        percent: String,
        required: String,
    },
    OnlyNeeds {
        required: String,
    },
    Plan {
        n: u32,
        planned: u32,
        percent: String,
    },
    NoFigures,
}

/// What an action of the audit log is.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    Marked,
    Changed,
    Unmarked,
    Approved,
    Merged,
    NameAccepted,
    NameKept,
    Undone,
    TakenBack,
    PutBack,
    NameTyped,
    CheckedIn,
    PortalCorrected,
    ClockSet,
    LecturerAdded,
    LecturerChanged,
    PinSet,
    FirstPinSet,
    KeysRotated,
    RosterImported,
    SessionOpened,
    SessionClosed,
    SessionExtended,
    SessionChanged,
    SessionMoved,
    SessionEntered,
    SessionEntryUndone,
    SessionChangeUndone,
    StudentMerged,
    StudentRenumbered,
    StudentRemoved,
    StudentChangeUndone,
    SessionReopened,
    SessionCancelled,
    SessionJoined,
    SessionFollowed,
    StudentAdded,
    StudentChanged,
    StudentEnrolled,
    StudentWithdrawn,
    TimetableImported,
    LectureCancelled,
    LectureFound,
    StudentNamed,
    DatabaseUpgraded,
    UnitAdded,
    UnitChanged,
    Excused,
    ExcuseTakenBack,
    Assigned,
    AssignmentEnded,
    NotHeld,
    Undecided,
    Confirmed,
    AudienceChanged,
    Counted,
    TimetableSettled,
    SemesterAdopted,
}

/// What the rest of a semester asks for, in a few words.
#[derive(Debug, Clone, Copy)]
pub enum ForecastOf {
    CanMiss(u32),
    MustAttend(u32),
    Reached,
    CannotReach(Percent),
    Depends,
    Nothing,
}

/// What is wrong with a line of text, by the field that it was typed into.
#[derive(Debug, Clone, Copy)]
pub enum InvalidIn {
    Number(InvalidText),
    Name(InvalidText),
    Other(TextField, InvalidText),
}

/// A line of text that staff type.
#[derive(Debug, Clone, Copy)]
pub enum TextField {
    Department,
    Email,
    Group,
    Phone,
    Reason,
    Semester,
    StaffId,
    Title,
    UnitCode,
    Venue,
}

impl<'a> From<&'a InvalidUnitCode> for Message<'a> {
    fn from(error: &'a InvalidUnitCode) -> Self {
        InvalidIn::Other(TextField::UnitCode, error.0).into()
    }
}

impl<'a> From<&'a InvalidStaffId> for Message<'a> {
    fn from(error: &'a InvalidStaffId) -> Self {
        InvalidIn::Other(TextField::StaffId, error.0).into()
    }
}

/// The parts of a changed record, as the audit log shows them.
#[derive(Debug, Clone)]
pub enum RecordChange {
    NoRecord,
    NoName,
    BelongsTo { number: String },
    Typed { name: String },
}

/// "Why this number?": the labels of the sum, and its terms.
#[derive(Debug, Clone)]
pub enum Sum {
    Attended,
    Held,
    NotCounted,
    OfPlan,
    OnTimeTerm(u32),
    LateTerm(u32),
    AttendedTerm(u32),
    AbsentTerm(u32),
    PendingTerm(u32),
    RemovedTerm(u32),
    CancelledTerm(u32),
    NotHeldTerm(u32),
    BeforeEnrolmentTerm(u32),
    AfterEnrolmentTerm(u32),
    ExcusedTerm(u32),
    OtherGroupTerm(u32),
    VoluntaryTerm(u32),
    OtherSittingTerm(u32),
    UnknownTerm(u32),
    ToComeTerm(u32),
    Credit,
    LostToLates {
        attended: u32,
        lost: u32,
    },
    ShareOfHeld {
        attended: u32,
        held: u32,
        percent: String,
    },
    ShareOfPlan {
        attended: u32,
        planned: u32,
        percent: String,
    },
}
