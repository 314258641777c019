//! The English texts.
#![deny(unused_variables, unreachable_patterns)]

mod staff_pages;
mod staff_screen;

use chrono::Datelike as _;

use super::{
    Action, Answer, Explanation, ForecastOf, InvalidIn, Message, Outlook, Page, RecordChange,
    RequestError, Screen, StaffText, StandingText, Sum, TextField, Voice, Why, explanations, words,
};
use crate::domain::{
    AdministrationRefusal, AttendanceStatus, Band, Channel, ClashOf, CorrectionRefusal,
    CountReason, Decision, DecisionReason, DeliveryState, ExcuseCategory, Flag,
    InvalidAdmissionNumber, InvalidSession, InvalidText, JoinRefusal, LectureProblem, ListNote,
    Listing, Mark, NotMeRefusal, Noted, NumberRefusal, PlannedLecture, Refusal, RemoteStatus,
    SessionRefusal, SessionState, Slip, Target, TimetableRefusal,
};
use crate::services::export::ExportError;
use crate::services::{
    Entity, FirstPinRefusal, Forbidden, InvalidPin, ListRefusal, OtherKioskError, SignInRefusal,
    StoreError,
};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

#[expect(clippy::too_many_lines, reason = "one line for each message")]
pub(super) fn say(voice: Voice, message: &Message<'_>) -> String {
    match message {
        Message::Action(action) => words! { action;
            Action::Marked => "marked by hand";
            Action::Changed => "mark changed";
            Action::Unmarked => "check-in removed";
            Action::Approved => "approved";
            Action::Merged => "merged";
            Action::NameAccepted => "typed name accepted";
            Action::NameKept => "typed name turned down";
            Action::Undone => "undone";
            Action::TakenBack => "taken back: not me";
            Action::CheckedIn => "checked in";
            Action::NameTyped => "another name typed";
            Action::PutBack => "put back at the keyboard";
            Action::PortalCorrected => "corrected at the portal by hand";
            Action::ClockSet => "clock set";
            Action::LecturerAdded => "lecturer added";
            Action::LecturerChanged => "lecturer changed";
            Action::PinSet => "PIN set";
            Action::FirstPinSet => "first PIN set";
            Action::KeysRotated => "key of phones replaced";
            Action::RosterImported => "class list imported";
            Action::SessionOpened => "lecture opened";
            Action::SessionClosed => "lecture closed";
            Action::SessionChanged => "lecture changed";
            Action::SessionEntered => "lecture entered from paper";
            Action::SessionEntryUndone => "entry of a lecture undone";
            Action::SessionMoved => "lecture moved to another unit";
            Action::SessionChangeUndone => "change of a lecture undone";
            Action::SessionExtended => "lecture extended";
            Action::SessionReopened => "lecture reopened";
            Action::SessionCancelled => "lecture cancelled";
            Action::SessionJoined => "another kiosk's lecture joined";
            Action::SessionFollowed => "changed at another kiosk";
            Action::StudentAdded => "student added";
            Action::StudentChanged => "student changed";
            Action::StudentEnrolled => "student enrolled";
            Action::StudentWithdrawn => "student withdrawn";
            Action::TimetableImported => "timetable imported";
            Action::LectureCancelled => "planned lecture cancelled";
            Action::LectureFound => "planned lecture was open already";
            Action::StudentMerged => "number merged";
            Action::StudentRenumbered => "new number";
            Action::StudentRemoved => "student removed";
            Action::StudentChangeUndone => "change of a number undone";
            Action::StudentNamed => "name typed at a check-in";
            Action::DatabaseUpgraded => "database upgraded";
            Action::UnitAdded => "unit added";
            Action::UnitChanged => "unit changed";
            Action::Excused => "excused";
            Action::ExcuseTakenBack => "excuse taken back";
            Action::Assigned => "unit assigned";
            Action::AssignmentEnded => "assignment ended";
            Action::NotHeld => "lecture not held";
            Action::Undecided => "lecture to be decided again";
            Action::Confirmed => "lecture was held";
            Action::AudienceChanged => "lecture changed";
            Action::Counted => "counted after enrolment";
            Action::TimetableSettled => "past planned lectures settled";
            Action::SemesterAdopted => "semester adopted";
        },
        Message::Admin(text) => staff_pages::admin(text),
        Message::Band(band) => words! { band;
            Band::NoneHeld => "none";
            Band::Good => "good";
            Band::Warning => "close";
            Band::Below => "below";
            Band::NotKnown => "not known";
        },
        Message::Board(text) => staff_pages::board(text),
        Message::Count(n) => count(*n),
        Message::Date(date) => words! { date;
            date => "{day} {d} {month} {y}", day = DAYS[date.weekday() as usize], d = date.day(), month = MONTHS[date.month0() as usize], y = date.year();
        },
        Message::Delivery(text) => staff_pages::delivery(text),
        Message::Unit(text) => staff_pages::unit(text),
        Message::History(text) => staff_pages::history(text),
        Message::Label(label) => staff_pages::label(*label),
        Message::DeliveryState(state) => words! { state;
            DeliveryState::Waiting => "waiting";
            DeliveryState::Delivering => "delivering";
            DeliveryState::Delivered => "delivered";
            DeliveryState::Parked => "parked";
        },
        Message::Flag(flag) => words! { flag;
            Flag::SharedDevice => "shared device";
            Flag::Burst => "burst";
            Flag::NameMismatch => "name mismatch";
            Flag::Late => "late";
            Flag::ClockUntrusted => "clock untrusted";
            Flag::AfterReopen => "after reopen";
            Flag::OutsideWindows => "outside windows";
            Flag::NearNumber => "near a listed number";
            Flag::TakenBack => "taken back";
        },
        Message::Key(key) => staff_screen::key(*key),
        Message::KeyHelp(text) => staff_screen::key_help(*text),
        Message::KeyUse(text) => staff_screen::key_use(*text),
        Message::Mark(mark) => words! { mark;
            Mark::Present => "present";
            Mark::Late => "late";
            Mark::Pending => "pending";
            Mark::Removed => "removed";
            Mark::TakenBack => "taken back";
        },
        Message::AttendanceStatus(status) => words! { status;
            AttendanceStatus::Present => "present";
            AttendanceStatus::Late => "late";
            AttendanceStatus::Excused => "excused";
            AttendanceStatus::Pending => "pending";
            AttendanceStatus::Removed => "removed";
            AttendanceStatus::Absent => "absent";
            AttendanceStatus::NotYet => "not in yet";
            AttendanceStatus::Unknown => "not known";
        },
        Message::Decision(decision) => words! { decision;
            Decision::Eligible => "eligible";
            Decision::NotEligible => "not eligible";
            Decision::Undecided => "undecided";
        },
        Message::DecisionReason(reason) => words! { reason;
            DecisionReason::Withdrawn => "withdrawn";
            DecisionReason::BelowRequired => "below what is required";
            DecisionReason::NotEnrolledYet => "not enrolled yet";
            DecisionReason::NotOnClassList => "not on the class list";
            DecisionReason::NotHeardFromOthers => "not heard from the other kiosks";
            DecisionReason::TooFewLectures => "too few lectures";
            DecisionReason::LecturesUnknown => "lectures not known yet";
            DecisionReason::MarksPending => "marks wait for approval";
            DecisionReason::Running => "a lecture is running";
            DecisionReason::ToCome => "lectures to come";
        },
        Message::ExcuseCategory(category) => words! { category;
            ExcuseCategory::Medical => "sick";
            ExcuseCategory::Official => "official duty";
            ExcuseCategory::Family => "family";
            ExcuseCategory::Religious => "religious";
            ExcuseCategory::Other => "other";
        },
        Message::Listing(listing) => words! { listing;
            Listing::Main => "on the class list";
            Listing::Apart => "on no class list";
            Listing::Stranger => "not enrolled";
        },
        Message::ListNote(note) => words! { note;
            ListNote::Withdrawn => "has withdrawn; a list without a date changes nothing";
            ListNote::KeepsEarlierDate => "keeps the earlier date";
            ListNote::KeepsDateOfStaff => "keeps the days that staff set";
        },
        Message::ListRefusal(refusal) => words! { refusal;
            ListRefusal::NewcomersNeedADate { students, held } => "New on this list: {students}. Lectures held so far: {held}. Say from when on they count: from the beginning, from today, or from a date.";
        },
        Message::Timetable(refusal) => words! { refusal;
            TimetableRefusal::Past { first, last } => "All lectures of the file, from {first} to {last}, are over, and none of them is known here: is it an old one?";
        },
        Message::Noted(noted) => self::noted(voice, noted),
        Message::Edit(text) => staff_screen::edit(voice, text),
        Message::NumberText(text) => staff_screen::number(voice, text),
        Message::Number(refusal) => number(refusal),
        Message::Menu(text) => staff_screen::menu(voice, text),
        Message::Question(text) => staff_screen::question(text),
        Message::StaffScreen(text) => staff_screen::screen(voice, text),
        Message::Answer(answer) => words! { answer;
            Answer::Present => "PRESENT";
            Answer::Late => "LATE";
            Answer::Noted => "NOTED";
            Answer::Marked => "MARKED";
            Answer::Closed => "CLOSED";
            Answer::NotYet => "NOT YET";
            Answer::Expired => "EXPIRED";
            Answer::CheckIt => "CHECK IT";
            Answer::Name => "NAME";
            Answer::Blocked => "BLOCKED";
            Answer::Removed => "REVOKED";
            Answer::NotYou => "NOT YOU";
            Answer::NotDone => "NOT DONE";
            Answer::Wait => "WAIT";
            Answer::Failed => "FAILED";
            Answer::OnTimeAt { time } => "Recorded at {time}, on time.";
            Answer::LateAt { time, n: 1 } => "Recorded at {time}, 1 minute late.";
            Answer::LateAt { time, n } => "Recorded at {time}, {n} minutes late.";
            Answer::PendingAt { time } => "Recorded at {time}. It counts once your lecturer approves it.";
            Answer::TakenBack { number } => "Taken back: {number}";
            Answer::AlreadyAt { time } => "Already checked in at {time}. Nothing more to do. Not you? Tell the lecturer.";
        },
        Message::Screen(text) => screen(voice, text),
        Message::Channel(channel) => words! { channel;
            Channel::Keypad => "at the kiosk";
            Channel::Phone => "by phone";
            Channel::Lecturer => "by the lecturer";
            Channel::Cli => "by a technician";
            Channel::Remote => "at another kiosk";
        },
        Message::Administration(refusal) => words! { refusal;
            AdministrationRefusal::UnitExists(code) => "There already is a unit {code}.";
            AdministrationRefusal::LecturerExists(staff_id) => "There already is a lecturer {staff_id}.";
            AdministrationRefusal::LastAdministrator => "At least one person with a PIN must stay an administrator.";
        },
        Message::Entity(entity) => words! { entity;
            Entity::Lecture => "lecture";
            Entity::Lecturer => "lecturer";
            Entity::Session => "lecture";
            Entity::Student => "student";
            Entity::Unit => "unit";
        },
        Message::Export(error) => words! { error;
            ExportError::Forbidden(error) => "{why}", why = voice.say(error);
            ExportError::Workbook(cause) => "The workbook could not be made: {cause}.";
            ExportError::Store(error) => "{why}", why = voice.say(error);
        },
        Message::Forbidden(Forbidden {
            unit,
            lecturer_name,
        }) => words! { ();
            () => "Only {lecturer_name} or an administrator may do this for {unit}.";
        },
        Message::Forecast(forecast) => words! { forecast;
            ForecastOf::CanMiss(n) => "can miss {n}";
            ForecastOf::MustAttend(1) => "must attend the last one";
            ForecastOf::MustAttend(n) => "must attend the next {n}";
            ForecastOf::Reached => "reached";
            ForecastOf::CannotReach(required) => "cannot reach {required} %";
            ForecastOf::Depends => "not known yet";
            ForecastOf::Nothing => "nothing to attend";
        },
        Message::InvalidName(error) => voice.say(InvalidIn::Name(error.0)),
        Message::InvalidNumber(error) => words! { error;
            InvalidAdmissionNumber::Text(error) => "{why}", why = voice.say(InvalidIn::Number(*error));
            InvalidAdmissionNumber::Script => "This mixes alphabets or has unusual signs. Type your number as on your student card.";
            InvalidAdmissionNumber::Code => "This is the code of the lecture. Type your admission number, as on your student card.";
            InvalidAdmissionNumber::Pattern => "This does not look like a number of this school. Type it as on your student card.";
        },
        Message::InvalidPin(InvalidPin) => words! { ();
            () => "A PIN has 4 to 12 digits.";
        },
        Message::InvalidSession(error) => words! { error;
            InvalidSession::Semester(error) => "{why}", why = voice.say(InvalidIn::Other(TextField::Semester, *error));
            InvalidSession::Venue(error) => "{why}", why = voice.say(InvalidIn::Other(TextField::Venue, *error));
            InvalidSession::Length => "A lecture lasts from 1 minute to 24 hours.";
        },
        Message::InvalidTimestamp(_) => words! { ();
            () => "Type a time such as 09:00, or a date and a time such as 2026-11-22 09:00.";
        },
        Message::InvalidText(error) => invalid_text(voice, *error),
        Message::CountReason(reason) => words! { reason;
            CountReason::Attended => "attended";
            CountReason::AttendedElsewhere => "attended, with another group";
            CountReason::AttendedUnexpected => "attended, without being expected";
            CountReason::Running => "to come: running now";
            CountReason::Upcoming => "to come";
            CountReason::Excused => "excused";
            CountReason::NotKnown => "not known yet";
            CountReason::NeedsDecision => "not known: was it held?";
            CountReason::Pending => "held, waits for approval";
            CountReason::MarkRemoved => "held, check-in removed";
            CountReason::Absent => "held, absent";
            CountReason::Stranger => "not counted: not enrolled";
            CountReason::Cancelled => "not counted: cancelled";
            CountReason::NotHeld => "not counted: not held";
            CountReason::BeforeStart => "not counted: before enrolment";
            CountReason::AfterEnd => "not counted: after enrolment";
            CountReason::OtherGroup => "not counted: another group's";
            CountReason::Voluntary => "not counted: voluntary";
            CountReason::OtherSitting => "counted with another lecture";
        },
        Message::OtherKiosk(error) => words! { error;
            OtherKioskError::Off => "Kiosks find each other through Firestore, which is switched off. See [firestore] in kiosk.toml.";
            OtherKioskError::Unreachable(cause) => "Firestore cannot be reached: {cause}.";
            OtherKioskError::Refused(refusal) => "{why}", why = voice.say(refusal);
            OtherKioskError::Forbidden(error) => "{why}", why = voice.say(error);
            OtherKioskError::Store(error) => "{why}", why = voice.say(error);
        },
        Message::Join(refusal) => words! { refusal;
            JoinRefusal::Unknown(session) => "No kiosk has published a lecture {session}.";
            JoinRefusal::NotOpen(state) => "That lecture is {state}. Only an open one can be joined.", state = voice.say(*state);
            JoinRefusal::InTheMaking => "The class list is being published. Try again in a moment.";
            JoinRefusal::SameStartHere { unit, session } => "This kiosk already has a lecture of {unit} at that start ({session}). Join from a kiosk that has none, or join that one there.";
        },
        Message::Outlook(outlook) => words! { outlook;
            Outlook::OnCourse { n, of } => "On course. You can miss {n} of the {of} to come.";
            Outlook::JustAbove { required, n, of } => "Just above {required} %. You can miss {n} of the {of} to come.";
            Outlook::CatchUp { required, n, of } => "Below {required} % so far. Attend at least {n} of the {of} to come.";
            Outlook::AttendAll { required, of: 1 } => "Attend the one to come to reach {required} %.";
            Outlook::AttendAll { required, of } => "Attend all {of} to come to reach {required} %.";
            Outlook::OutOfReach { required, best } => "{required} % is out of reach: at best {best} %.";
            Outlook::Reached { required } => "All lectures held: {required} % reached.";
            Outlook::NoneHeld { n, of } => "No lecture held yet. You need {n} of {of}.";
            Outlook::NotKnown { percent, attended, held, unknown: 1 } => "At least {percent} % ({attended} of {held}); 1 lecture not known yet.";
            Outlook::NotKnown { percent, attended, held, unknown } => "At least {percent} % ({attended} of {held}); {unknown} lectures not known yet.";
            Outlook::OnlyPending { percent, attended, held } => "At least {percent} % ({attended} of {held}); check-ins wait for approval.";
            Outlook::NothingCounts => "No lecture counts for you yet.";
        },
        Message::Slip(slip) => words! { slip;
            Slip::Signs => "The signs between the parts differ.";
            Slip::Other { typed, meant } => "You typed {typed}, not {meant}.", typed = character(*typed), meant = character(*meant);
            Slip::Alphabet { meant } => "You typed {meant} in another alphabet.", meant = character(*meant);
            Slip::Missing { meant } => "You left out {meant}.", meant = character(*meant);
            Slip::Extra { typed } => "You typed {typed} too much.", typed = character(*typed);
            Slip::Swapped => "You typed two characters in the other order.";
        },
        Message::Standing(text) => words! { text;
            StandingText::LecturesSoFar => "Lectures so far";
            StandingText::OfHeld { n, held } => "{n} of {held}";
            StandingText::Needs { percent, required } => "{percent} %, the exam needs {required} %";
            StandingText::OnlyNeeds { required } => "The exam needs {required} %";
            StandingText::Plan { n, planned, percent } => "Plan: {n} of {planned} lectures ({percent} %)";
            StandingText::NoFigures => "Recorded. It counts once staff have put you on the list.";
        },
        Message::Page(text) => page(text),
        Message::Record(state) => words! { state.mark;
            Mark::Late => "late, {n} min", n = state.punctuality.minutes();
            mark => "{mark}", mark = voice.say(mark);
        },
        Message::RecordChange(part) => words! { part;
            RecordChange::NoRecord => "no mark";
            RecordChange::NoName => "no name";
            RecordChange::Typed { name } => "typed: {name}";
            RecordChange::BelongsTo { number } => "belongs to {number}";
        },
        Message::RemoteStatus(status) => words! { status;
            RemoteStatus::Off => "off";
            RemoteStatus::Unknown => "not tried yet";
            RemoteStatus::Connected => "connected";
            RemoteStatus::Unreachable { .. } => "offline";
            RemoteStatus::Unauthorized { .. } => "no access";
        },
        Message::SessionState(state) => words! { state;
            SessionState::Open => "open";
            SessionState::Closed => "closed";
            SessionState::Cancelled => "cancelled";
            SessionState::NotHeld => "not held";
        },
        Message::SignIn(refusal) => words! { refusal;
            SignInRefusal::Wrong => "Wrong staff ID or PIN.";
            SignInRefusal::Locked { until } => "Too many wrong PINs. Try again at {time}.", time = voice.zone.clock(*until);
            SignInRefusal::OutOfOrder => "The kiosk cannot check this now. Tell a technician.";
        },
        Message::FirstPin(refusal) => words! { refusal;
            FirstPinRefusal::Administrator(refusal) => "Administrator: {why}", why = voice.say(refusal);
            FirstPinRefusal::NoAdministrator => "Only an administrator can confirm a first PIN.";
            FirstPinRefusal::HasOneOrIsUnknown => "This staff ID is not waiting for a first PIN. An administrator can set a new one in /admin/, or with: kiosk lecturer set-pin.";
        },
        Message::StaffText(text) => words! { text;
            StaffText::SignIn => "Sign in";
            StaffText::SignInTitle => "Staff sign-in";
            StaffText::SignInHint => "With the staff ID and PIN that you use at the kiosk.";
            StaffText::SkipToContent => "Skip to the content";
            StaffText::Pages => "Pages";
            StaffText::SignOut => "Sign out";
            StaffText::Boards => "Boards";
            StaffText::Students => "Students";
            StaffText::Attendance => "Attendance";
            StaffText::Deliveries => "Deliveries";
            StaffText::Units => "Units";
            StaffText::Lecturers => "Lecturers";
            StaffText::AuditLog => "Audit log";
        },
        Message::Store(error) => words! { error;
            StoreError::Full => "The disk is full.";
            StoreError::ReadOnly(_) => "The database cannot be written.";
            StoreError::Damaged(_) => "The database is damaged.";
            StoreError::Removed => "The database file was removed or replaced.";
            StoreError::Busy => "Another program is using the database. Try again in a moment.";
            StoreError::Disk(_) => "The disk cannot be read or written.";
            StoreError::Closed => "The kiosk is stopping.";
            StoreError::Missing { what, id } => "There is no {what} {id}.", what = voice.say(*what);
            StoreError::ChangedMeanwhile { actor, at } => "{actor} changed this at {time}. Look at it again.", time = voice.time(*at);
            StoreError::Statement(_) => "The database refused this. The log says more.";
        },
        Message::Sum(part) => sum(part),
        Message::Target(target) => words! { target;
            Target::Firestore => "Firestore";
            Target::Portal => "Portal";
        },
        Message::TextField(field) => words! { field;
            TextField::Department => "department";
            TextField::Email => "email address";
            TextField::Group => "group";
            TextField::Phone => "phone number";
            TextField::Reason => "reason";
            TextField::Semester => "semester";
            TextField::StaffId => "staff ID";
            TextField::Title => "title";
            TextField::UnitCode => "unit code";
            TextField::Venue => "venue";
        },
        Message::LectureProblem(problem) => words! { problem;
            LectureProblem::Refused(refusal) => "{why}", why = voice.say(refusal);
            LectureProblem::Words(text) => "{text}";
        },
        Message::Session(refusal) => session(voice, refusal),
    }
}

/// `12,345`.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn explain(voice: Voice, why: &Why<'_>) -> Explanation {
    match why {
        Why::CheckIn(refusal) => check_in(voice, refusal),
        Why::Correction(refusal) => correction(voice, refusal),
        Why::Forbidden(error) => explanations! { ();
            () => "This is not your unit", "{why}", why = voice.say(*error);
        },
        Why::Request(error) => request(voice, error),
        Why::Store(error) => explanations! { ();
            () => "Nothing was changed", "{why}", why = voice.say(*error);
        },
    }
}

fn check_in(voice: Voice, refusal: &Refusal) -> Explanation {
    explanations! { refusal;
        Refusal::NoSession => "No lecture is open", "Ask the lecturer to open check-in.";
        Refusal::NotYetOpen { opens_at } => "Check-in has not begun", "Come back at {time} ({date}).", time = voice.time(*opens_at), date = voice.date(*opens_at);
        Refusal::SessionClosed => "This lecture is closed", "Check-in is over. If you were here, speak to the lecturer.";
        Refusal::CodeExpired => "This code has expired", "Scan the code that is on the screen now, or type it.";
        Refusal::UnknownCode => "This code is not known", "Check it against the screen: it changes every few seconds.";
        Refusal::UnknownStudent => "This number is not on the list", "Check the number. If it is right, ask the lecturer to add you.";
        Refusal::NearNumber { suggestion } => "This number is on no list here", "Did you mean {suggestion}? Nothing is recorded yet.";
        Refusal::WhichLecture { lectures } => "Several lectures are open here", "Say which: {units}.", units = lectures.iter().map(|it| it.session.unit_code.to_string()).collect::<Vec<_>>().join(", ");
        Refusal::NameNeeded => "This number is new here", "Add your full name, then send it again.";
        Refusal::InvalidNumber(error) => "Check the admission number", "{why}", why = voice.say(error);
        Refusal::InvalidName(error) => "Check the name", "{why}", why = voice.say(error);
        Refusal::NotMe(NotMeRefusal::NoRecord) => "There is no such check-in", "Tell the lecturer.";
        Refusal::NotMe(NotMeRefusal::OfAnother) => "This check-in was not made here", "It can be taken back only where it was made. Tell the lecturer.";
        Refusal::NotMe(NotMeRefusal::TooLate) => "This check-in cannot be taken back any more", "The time for that is over. Tell the lecturer.";
        Refusal::NotMe(NotMeRefusal::TooOften) => "Too many check-ins were taken back here", "This one stays. Tell the lecturer.";
        Refusal::NotMe(NotMeRefusal::Decided) => "This check-in was changed meanwhile", "It stays as it is now. Tell the lecturer.";
        Refusal::MarkRemoved => "Your check-in was removed", "The lecturer took it back for this lecture. Only the lecturer can give it again.";
        Refusal::DeviceBlocked => "This phone has checked in someone", "Use your own phone, or type your number at the kiosk.";
        Refusal::RateLimited { retry_after } => "Too many tries", "Wait {n} s and try again, or type your number at the kiosk.", n = retry_after.as_secs().max(1);
        Refusal::OutOfOrder => "The kiosk is out of order", "Nothing was recorded. Tell the lecturer, and sign on paper.";
    }
}

fn correction(voice: Voice, refusal: &CorrectionRefusal) -> Explanation {
    explanations! { refusal;
        CorrectionRefusal::NoSession => "There is no such lecture", "Choose one from the list of lectures.";
        CorrectionRefusal::SessionCancelled => "This lecture was cancelled", "It does not count. If it was held after all, reopen it first.";
        CorrectionRefusal::NotYetOpen { opens_at } => "Check-in has not begun", "Marks can be given from {time} ({date}).", time = voice.time(*opens_at), date = voice.date(*opens_at);
        CorrectionRefusal::UnknownStudent => "This number is on no list here", "Check it. To mark a new student, give the name as well.";
        CorrectionRefusal::InvalidNumber(error) => "Check the admission number", "{why}", why = voice.say(error);
        CorrectionRefusal::NoRecord => "This student has no mark in this lecture", "To give one, mark the student present or late.";
        CorrectionRefusal::NotPending => "This mark is not waiting for approval", "It may have been decided meanwhile: look at the list again.";
        CorrectionRefusal::NoTypedName => "There is no name to decide on", "The student typed no name that differs from the class list.";
        CorrectionRefusal::ReasonNeeded => "A reason is needed", "Say in a few words why this mark is changed. The reason is kept with the change.";
        CorrectionRefusal::OtherKiosk { kiosk_id } => "Another kiosk recorded this", "Correct it there (kiosk {kiosk_id}).";
        CorrectionRefusal::NothingToUndo => "There is nothing to undo", "This lecture has no correction that can be undone.";
    }
}

fn request(voice: Voice, error: &RequestError) -> Explanation {
    explanations! { error;
        RequestError::NotFound => "There is nothing here", "Scan the QR on the kiosk's screen, or type the code under it.";
        RequestError::WrongMethod => "That does not work here", "Scan the QR on the kiosk's screen, or type the code under it.";
        RequestError::TooLarge { max } => "That is too much text", "A form has at most {max} bytes. Shorten the number and the name, then send it again.";
        RequestError::NotAForm => "That cannot be read", "Send a form. On a phone, open the form again by the QR or the code.";
        RequestError::NotJson => "That cannot be read", "Send JSON. On a phone, open the form again by the QR or the code.";
        RequestError::Unreadable => "That cannot be read", "It did not arrive whole, or not in UTF-8. Open the form again and send it once more.";
        RequestError::FieldMissing { field } => "A field is wrong", "The field {field} is missing.";
        RequestError::FieldNotText { field } => "A field is wrong", "The field {field} must be a string.";
        RequestError::FieldNotBoolean { field } => "A field is wrong", "The field {field} must be true or false.";
        RequestError::FieldNotUuid { field } => "A field is wrong", "The field {field} is not a UUID.";
        RequestError::TooSlow => "The connection is too slow", "The form did not arrive in time. Move closer to the access point and send it again.";
        RequestError::WrongNetwork { networks } => "This network is not served", "Join the Wi-Fi of this room ({networks}) and load the page again, or type your number at the kiosk.";
        RequestError::WrongHost => "This address is not the kiosk's", "Scan the QR on the kiosk's screen, or type the address under it.";
        RequestError::WrongOrigin => "That form is not from this kiosk", "Scan the QR on the kiosk's screen, or type the code under it.";
        RequestError::NotSignedIn => "Sign in first", "This page is for staff. Nothing was changed.";
        RequestError::AdministratorsOnly => "Only administrators may do this", "Ask an administrator to look this up or to change it.";
        RequestError::Forbidden(error) => "This is not your unit", "{why}", why = voice.say(error);
        RequestError::StaleForm => "That form is out of date", "Nothing was changed. Load the page again and send the form from there.";
        RequestError::Administration(refusal) => "That cannot be done", "{why}", why = voice.say(refusal);
        RequestError::Session(error) => "That cannot be done", "{why}", why = voice.say(error);
        RequestError::Export(error) => "That cannot be done", "{why}", why = voice.say(error);
        RequestError::Number(error) => "That cannot be done", "{why}", why = voice.say(error);
        RequestError::TooBusy => "The kiosk is busy", "Send it again in a moment: nothing is recorded twice.";
        RequestError::Broken => "Something broke here", "Send it again: nothing is recorded twice. If it breaks again, type your number at the kiosk.";
    }
}

fn number(refusal: &NumberRefusal) -> String {
    words! { refusal;
        NumberRefusal::Unknown { number } => "There is no student {number}.";
        NumberRefusal::Same { number } => "{number} is that student's number already.";
        NumberRefusal::MergedAlready { number, right } => "{number} is {right} already.";
        NumberRefusal::Taken { number } => "{number} has a student already. Merge into it instead.";
        NumberRefusal::NothingToUndo { number } => "No change of {number} is left to undo.";
        NumberRefusal::ChangedSince { number, right } => "{number} is {right} since. Undo that change first.";
    }
}

fn session(voice: Voice, refusal: &SessionRefusal) -> String {
    use crate::domain::NoRoom::{Retired, SameStart, SameTimeAndPlace, SemesterIsFull};
    use SessionRefusal::NoRoom;
    words! { refusal;
        SessionRefusal::Invalid(error) => "{why}", why = voice.say(error);
        SessionRefusal::Over => "A lecture at that time would be over already. Choose a later start or a longer duration.";
        SessionRefusal::NotOver => "A lecture at that time is not over yet. Open it instead.";
        SessionRefusal::StillToCome(_) => "This lecture has not begun. Cancel it instead.";
        SessionRefusal::NotOpen(_) => "This lecture is not open. Reopen it instead.";
        SessionRefusal::OpenAlready(_) => "This lecture is open already.";
        SessionRefusal::TooLong => "A lecture lasts 24 hours at most.";
        SessionRefusal::EndHasPassed => "Its end would still have passed. Extend it by more.";
        SessionRefusal::HeldThen { unit, session } => "{unit} already has a lecture at that start. Add the numbers to it: kiosk attendance mark --numbers FILE --session {session}";
        NoRoom { unit, why: SameStart { number } } => "{unit} already has a lecture at that start, number {number}. Reopen it, or choose another start.";
        NoRoom { unit, why: SameTimeAndPlace { number } } => "{unit} already has a lecture open at that time and place, number {number}. Close or cancel it first.";
        NoRoom { unit, why: Retired } => "{unit} is retired. Bring it back to open a lecture of it.";
        NoRoom { unit, why: SemesterIsFull { max_sessions, semester } } => "{unit} has had its {max_sessions} lectures of semester {semester}. Raise attendance.max_sessions, or choose the next semester.";
        SessionRefusal::Cancelled { unit } => "This lecture of {unit} was cancelled. To hold it after all, open a lecture of {unit}.";
        SessionRefusal::StillOpen(_) => "This lecture is open. Close it first.";
        SessionRefusal::NeverOpened(_) => "This lecture was never opened, so nobody can have been absent. It can only be settled as not held.";
        SessionRefusal::NothingToReopen(_) => "This lecture was never opened, so there is nothing to reopen. While it is planned, open it instead.";
        SessionRefusal::CalledOff(_) => "This lecture is called off. Reopen it first.";
        SessionRefusal::HeldAs { session } => "This lecture was opened already. Change session {session} instead.";
        SessionRefusal::OtherKiosk { kiosk_id } => "Kiosk {kiosk_id} opened this lecture. Change its start, room or unit there.";
        SessionRefusal::Shared(_) => "Other kiosks take part in this lecture, so it cannot go to another unit. Mark the students by hand there.";
        SessionRefusal::MayBeShared(_) => "Other kiosks may take part in this lecture, and Firestore could not be read yet. Wait until the network is back, and move it then. Nothing is lost: check-ins go on.";
        SessionRefusal::NothingToUndo(_) => "No change of this lecture is left to undo.";
        SessionRefusal::LectureOpened { session } => "This lecture was opened already. Cancel session {session} instead.";
    }
}

fn screen(voice: Voice, text: &Screen) -> String {
    words! { text;
        Screen::NotSetUp => "This kiosk is not set up yet";
        Screen::HowToSetUp => "sudo -u kiosk kiosk lecturer add --staff-id L001 --name \"Dr. Smith\" --admin";
        Screen::WhatNext => "Then `kiosk unit add` and `kiosk import students`; `kiosk doctor` says what else is missing.";
        Screen::AskNumber => "Type your admission number";
        Screen::NextNumber => "Next: your number";
        Screen::OwnNumber => "Your own number";
        Screen::NotMe { key, seconds } => "{key} not me ({seconds} s)";
        Screen::PutItBack { key, seconds } => "{key} put it back ({seconds} s)";
        Screen::NothingForIt => "Nothing is recorded for that number at this lecture.";
        Screen::TypeYourOwn => "Now type your own number.";
        Screen::AskName => "New here? Your full name";
        Screen::NotOnAnyList => "Not on any list here";
        Screen::WhichLecture => "Which lecture are you here for?";
        Screen::OnThisList => "you are on this list";
        Screen::NotOnThisList => "you are not on this list";
        Screen::DidYouMean => "Did you mean";
        Screen::NothingRecordedYet { seconds } => "Nothing is recorded yet. {seconds} s";
        Screen::Saving => "Saving...";
        Screen::NoAddress => "Type your number here. Phones cannot reach this kiosk now.";
        Screen::NoLecture => "No lecture is open";
        Screen::AskLecturer => "Please ask your lecturer to open it.";
        Screen::ClockNotSetYet => "The clock is not set, so lectures do not open by themselves. Please ask your lecturer.";
        Screen::HowToOpen => "Lecturer: press F10 and sign in. Technician: kiosk session open CODE";
        Screen::OutOfOrder => "OUT OF ORDER";
        Screen::NothingRecorded => "Nothing is being recorded. Tell your lecturer, and write your number on paper.";
        Screen::Recovers => "The kiosk goes on by itself when the cause is gone.";
        Screen::Technician { code, cause } => "For the technician: code {code}. {cause}";
        Screen::CannotStart { cause } => "For the technician: code START, {cause}.";
        Screen::TooSmall { have, need } => "Too small: {have}. Needs {need}.";
        Screen::OnlyStaffLeave => "Only staff can leave: F10";
        Screen::StaffKey => "F10 Staff";
        Screen::ClockNotSet => "Clock not set";
        Screen::Fault => "Fault: tell a technician";
        Screen::NoNetworkAddress => "No network address";
        Screen::RemoteOk => "ok";
        Screen::Demo { staff_id, pin } => "Demo: staff {staff_id}, PIN {pin}, Ctrl-C leaves";
        Screen::Waiting { n } => "{n} waiting", n = voice.say(*n);
        Screen::Refused { n } => "{n} refused", n = voice.say(*n);
        Screen::Phone => "Phone:";
        Screen::Code => "Code:";
        Screen::OnYourPhone => "On your phone, open";
        Screen::TypeThisCode => "and type this code:";
        Screen::CodeWord => "code";
        Screen::NewIn { seconds } => "new in {seconds} s";
        Screen::Lecture { n } => "Lecture {n}";
        Screen::OpensAt { time } => "Opens at {time}";
        Screen::In { countdown } => "in {countdown}";
        Screen::OnTimeUntil { time } => "On time until {time}";
        Screen::Left { countdown } => "{countdown} left";
        Screen::Late { time } => "Late; closes at {time}";
        Screen::Over => "Check-in is over";
        Screen::Cancelled => "Lecture cancelled";
        Screen::OfCheckedIn { enrolled } => "of {enrolled} checked in";
        Screen::Of { enrolled } => "of {enrolled}";
        Screen::Present { n } => "{n} present";
        Screen::LateCount { n } => "{n} late";
        Screen::Pending { n } => "{n} pending";
        Screen::Nobody => "Nobody has checked in yet.";
        Screen::Latest => "Latest";
        Screen::OfPlan(it) => "{percent} %  ({attended} of {planned} lectures)", percent = it.of_plan, attended = it.credit, planned = it.planned;
        Screen::ChannelShort(Channel::Keypad) => "keypad";
        Screen::ChannelShort(Channel::Phone) => "phone";
        Screen::ChannelShort(Channel::Lecturer) => "lecturer";
        Screen::ChannelShort(Channel::Cli) => "staff";
        Screen::ChannelShort(Channel::Remote) => "other kiosk";
    }
}

/// A character that may look like another one.
fn character(of: char) -> String {
    if of.is_ascii_digit() {
        format!("the digit {of}")
    } else {
        format!("the letter {of}")
    }
}

fn page(text: &Page) -> String {
    words! { text;
        Page::CheckIn => "Check in";
        Page::CheckInTo { unit } => "Check in to {unit}";
        Page::Error { title } => "Error: {title}";
        Page::TypeCodeTitle => "Type the code";
        Page::OpenNow => "Open now:";
        Page::Next => "Next:";
        Page::OpensAt { time } => "Check-in opens at {time}.";
        Page::NoLecture => "No lecture is open at this kiosk now.";
        Page::CodeLabel => "Code on the screen";
        Page::CodeHint => "Six letters and digits, under the QR.";
        Page::CodeShape => "A code has six letters and digits. Type the one that is on the screen.";
        Page::CodeMissing => "Type the code that is on the screen.";
        Page::GoOn => "Go on";
        Page::NumberHint => "As on your student card.";
        Page::NumberRemembered => "Remembered on this phone. Change it if it is not yours.";
        Page::NameOptional => "Optional.";
        Page::NameFirstTime => "Needed only the first time. May stay empty after that.";
        Page::Footer => "Attendance is recorded on this kiosk. No app, no account.";
        Page::CheckedIn => "Checked in";
        Page::Already => "Already checked in";
        Page::Waiting => "Waiting for approval";
        Page::OnTime => "On time";
        Page::Late { n: 1 } => "Late by 1 minute";
        Page::Late { n } => "Late by {n} minutes";
        Page::SentTwice { time, how } => "Your check-in arrived at {time}, {how}. Sending it twice does no harm.";
        Page::FirstRecorded { time, how } => "First recorded at {time}, {how}. It counts once; nothing more to do.";
        Page::AlreadyElsewhere { time } => "At {time}. Nothing more to do. Not you? Tell the lecturer.";
        Page::NewPending => "Your number is new here. It counts once the lecturer approves it.";
        Page::Room => "Room";
        Page::TypeCodeButton => "Type the code on the screen";
        Page::ToBoards => "Go to the boards";
        Page::RingLabel { percent } => "Attendance so far {percent} percent";
        Page::RingPercent { percent } => "{percent} %";
        Page::OnListOf { unit } => "You are on the list of {unit}, so it is recorded there.";
        Page::NearTitle => "Not on any list here";
        Page::DidYouMean => "Nothing is recorded yet. Did you mean another number?";
        Page::NearYes { number } => "Yes, {number} is mine";
        Page::NearInsist => "What I typed is right";
        Page::NotMe => "Not me";
        Page::TakenBack => "Taken back";
        Page::TakenBackAdvice { number } => "Nothing is recorded for {number} at this lecture. Scan the code on the screen again, and send your own number.";
        Page::NearAgain => "No, let me type it again";
        Page::NewStranger => "Your number is not on this unit's list yet; your lecturer will add you.";
    }
}

fn invalid_text(voice: Voice, error: InvalidIn) -> String {
    use InvalidIn::{Name, Number, Other};
    use InvalidText::{Empty, TooLong, Unprintable};
    words! { error;
        Number(Empty) => "The number is missing.";
        Number(TooLong { max }) => "The number has more than {max} characters.";
        Number(Unprintable) => "The number has characters that cannot be used. Type it by hand.";
        Name(Empty) => "The name is missing.";
        Name(TooLong { max }) => "The name has more than {max} characters.";
        Name(Unprintable) => "The name has characters that cannot be used. Type it by hand.";
        Other(field, Empty) => "The {field} is missing.", field = voice.say(field);
        Other(field, TooLong { max }) => "The {field} has more than {max} characters.", field = voice.say(field);
        Other(field, Unprintable) => "The {field} has characters that cannot be used. Type it by hand.", field = voice.say(field);
    }
}

fn sum(part: &Sum) -> String {
    words! { part;
        Sum::Attended => "Attended";
        Sum::Held => "Held";
        Sum::NotCounted => "Not counted";
        Sum::OfPlan => "Of plan";
        Sum::OnTimeTerm(n) => "{n} on time";
        Sum::LateTerm(n) => "{n} late";
        Sum::AttendedTerm(n) => "{n} attended";
        Sum::AbsentTerm(n) => "{n} absent";
        Sum::PendingTerm(n) => "{n} waiting for approval";
        Sum::RemovedTerm(n) => "{n} with the check-in removed";
        Sum::CancelledTerm(n) => "{n} cancelled";
        Sum::NotHeldTerm(n) => "{n} not held";
        Sum::BeforeEnrolmentTerm(n) => "{n} before enrolment";
        Sum::AfterEnrolmentTerm(n) => "{n} after enrolment";
        Sum::ExcusedTerm(n) => "{n} excused";
        Sum::OtherGroupTerm(n) => "{n} of other groups";
        Sum::VoluntaryTerm(n) => "{n} voluntary";
        Sum::OtherSittingTerm(n) => "{n} counted with another lecture";
        Sum::UnknownTerm(n) => "{n} not known yet";
        Sum::Credit => "Credit";
        Sum::LostToLates { attended, lost } => "{attended} attended - {lost} for late arrivals";
        Sum::ToComeTerm(n) => "{n} to come";
        Sum::ShareOfHeld { attended, held, percent } => "{attended} of {held} held = {percent} %";
        Sum::ShareOfPlan { attended, planned, percent } => "{attended} of {planned} planned = {percent} %";
    }
}

fn noted(voice: Voice, noted: &Noted) -> String {
    use ClashOf::{Class, Lecturer, Room};
    let named = |with: &PlannedLecture, line: &Option<u64>| planned(voice, with, *line);
    words! { noted;
        Noted::Past => "over and not known here: left out";
        Noted::Night => "partly between midnight and 06:00: check the times";
        Noted::Clash { of: Room, with, line } => "the room is wanted then by {with} too", with = named(with, line);
        Noted::Clash { of: Lecturer, with, line } => "the lecturer has {with} then", with = named(with, line);
        Noted::Clash { of: Class, with, line } => "the class has {with} then", with = named(with, line);
        Noted::NearRoom { known } => "nearly {known}, this kiosk's room: taken as it is written";
        Noted::StaysCancelled => "cancelled by staff: it stays cancelled";
        Noted::StaffChanged => "changed by staff since: it stays as they set it";
        Noted::MovedAway { unit } => "moved to {unit} by staff: left out";
        Noted::RepeatedId => "its lecture ID is on another line too, and counts there";
        Noted::KeepsStart => "opened before: its start stays";
        Noted::SessionChanged => "open: its session is changed too";
        Noted::EndStays => "open, and staff set its end: that end stays";
        Noted::EndHasPassed => "open, and the new end has passed: its end stays";
        Noted::NotInFile => "no longer in the file: it stays";
        Noted::NotRead => "no longer in the file, or on a line that was refused: it stays";
        Noted::Cancelled => "no longer in the file: cancelled";
        Noted::StillOpen => "no longer in the file, and open: close or cancel it by hand";
    }
}

/// Another lecture, such as `CS102 09:00 - 11:00 LR1 (line 7)`.
fn planned(voice: Voice, lecture: &PlannedLecture, line: Option<u64>) -> String {
    let (from, until) = (voice.time(lecture.starts_at), voice.time(lecture.ends_at));
    let venue = lecture.venue.as_str();
    let line = line.map(|line| format!(" (line {line})"));
    let text = format!("{} {from} - {until} {venue}", lecture.unit);
    format!("{}{}", text.trim_end(), line.unwrap_or_default())
}
