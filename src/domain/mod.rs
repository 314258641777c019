//! What is true at a school: numbers, names, lectures, windows, percentages, codes and reports.
//!
//! Plain types and rules. Nothing here knows the database, the network, the screen or the clock:
//! the time and every secret are arguments.

mod admission_number;
mod board;
mod check_in;
mod cidr;
mod code;
mod correction;
mod counting;
mod delivery;
mod device;
mod enrolment;
mod excuse;
mod history;
mod lecture;
mod lecturer;
mod macros;
mod near_number;
mod not_me;
mod number_form;
mod other_kiosks;
mod paper_list;
mod percentage;
mod person_name;
mod punctuality;
mod reading;
mod right_student;
mod routing;
mod secret;
mod session;
mod session_edit;
mod sign_in;
mod sign_in_tries;
mod statement;
mod text;
mod ticket;
mod time;
mod timetable;
mod unit;
mod unit_code;

pub use admission_number::{AdmissionNumber, InvalidAdmissionNumber, NumberPattern, TypedAs};
pub use board::{Arrival, Board, Roster, RosterLine};
pub use check_in::{
    Asker, Channel, CheckInAnswer, Flag, Flags, NotMeRefusal, Receipt, Refusal, RefusalOutcome,
    RemoteAnswer, RemoteAnswers, SharedDevice, StudentLine, UnknownStudents,
};
pub use cidr::Cidr;
pub use code::{Code, CodeCheck, InvalidCode, Rotation, SessionKey};
pub use correction::{
    AuditFilter, AuditLine, AuditSubject, Change, Corrected, Correction, CorrectionOrder,
    CorrectionRefusal, HandMark, PortalCorrection, Reason, RecordState,
};
#[cfg(test)]
pub(crate) use counting::sample;
pub use counting::{
    AttendanceStatus, Band, Basis, CountReason, CountingPolicy, Counts, Decision, DecisionReason,
    Exam, Excused, ExcusedCounts, Forecast, InvalidPercent, LectureFacts, LectureLine, Lesson,
    Listing, Mark, OpenedBy, Percent, RegisterKnown, Share, Standing, StudentFacts,
    StudentReckoning, Totals, UnitFacts, UnitPolicy, UnitReckoning, reckon,
};
pub use delivery::{
    Backoff, Delivery, DeliveryEvent, DeliveryKind, DeliveryState, Operation, RemoteStatus, Report,
    Target, TargetCounts, Verdict,
};
pub use device::{DeviceId, SigningKey};
pub use enrolment::{Enrolment, EnrolmentSource, Group, Interval, ListNote, ListedPlace};
pub use excuse::{ExcuseCategory, ExcuseFact, ExcuseId};
pub use history::{LectureHead, LectureHistory, StudentHistory};
pub use lecture::{LectureProblem, LectureState, PlannedLecture, TimetableEntry};
pub use lecturer::{InvalidStaffId, Lecturer, StaffId};
pub(crate) use macros::{hidden, words};
pub(crate) use near_number::near_number;
pub use near_number::{Slip, slip};
pub use not_me::NotMeLimit;
pub use number_form::form_of;
pub use other_kiosks::{
    Contested, JoinRefusal, KioskRecord, MirrorProgress, MirrorStatus, PublishedSession,
    RosterEdition, RosterEntry, SessionChange, SharedCheckIn,
};
pub(crate) use paper_list::numbers_in;
pub use paper_list::{
    EnteredLecture, KeptMark, NearListed, PaperList, PaperListEffect, PaperListOrder,
};
pub use percentage::Percentage;
pub use person_name::{InvalidPersonName, PersonName};
pub use punctuality::Punctuality;
pub use reading::{BootId, ClockStep, Reading, Uptime};
pub(crate) use right_student::carried;
pub use right_student::{
    NumberChange, NumberEffect, NumberKept, NumberOrder, NumberRefusal, NumberUndone, PlaceEffect,
    RecordEffect, RecordFate,
};
pub use routing::{LectureHere, Routing};
pub(crate) use routing::{choices, route};
pub use secret::Secret;
pub use session::{
    Admission, InvalidSession, LectureStage, NoRoom, Phase, Semester, Session, SessionId,
    SessionRefusal, SessionState, Venue, Windows, Within,
};
pub use session_edit::{EditEffect, JudgedAnew, NewEnd, SessionEdit, WhenAndWhere};
pub use sign_in::{SignInLimits, SignInToken, is_known_browser, known_browser_cookie};
pub use sign_in_tries::{SignInSource, SignInTries};
pub use statement::{
    AssignmentFact, AssignmentRole, InvalidStatement, LectureFact, LecturerFact, NameSource,
    PlannedTimes, SameAsFact, Sitting, Statement, StudentFact, UnitFact,
};
pub use text::{InvalidText, clean_line};
pub use ticket::{InvalidTicket, Ticket};
pub use time::{InvalidTimestamp, Timestamp, Zone};
pub use timetable::{
    ClashOf, KnownLecture, KnownStage, LectureChange, LeftOver, MatchRules, Matched, Matching,
    Noted, OpenChange, Room, RoomCount, Slot, TimetableFile, TimetableLine, TimetableNote,
    TimetableRefusal, TimetableReport, clashes, end_of, is_at_night, match_lines, room_among,
};
pub use unit::{AdministrationRefusal, Unit};
pub use unit_code::{InvalidUnitCode, UnitCode};
