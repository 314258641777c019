//! What a person can do at a kiosk: one function for each, whichever door they come through.
//!
//! Doors bring raw text and show what is answered; decisions are made here and rules in the domain.
//! Nothing here knows a key, a page, a file format of the configuration, or a remote.
//!
//! # How a use case says no
//!
//! By the error of its `Result`, and in no other way: an enum of the use case, such as [`SessionError`], with
//! the cases `Refused` (a closed enum of reasons of the domain, such as
//! [`SessionRefusal`](crate::domain::SessionRefusal)), `Forbidden` and `Store`. An answer has no case for a
//! refusal. To a student a store that fails is one more reason, so that [`Desk`] errs with a
//! [`Refusal`](crate::domain::Refusal) alone.
//!
//! A job of the store ends with `Stop`, a refusal or a [`StoreError`]; either way the writer rolls back what
//! the job wrote. The store hands the two on apart, as `Result<Result<T, Refusal>, StoreError>`, and `??` makes
//! them the error of the use case. Nothing else converts them. [`StoreError::Missing`] stays with the store: it
//! is what reading an unknown id says too.

mod address;
mod administration;
mod authorization;
mod container;
mod corrections;
mod csv_roster;
mod deliveries;
mod desk;
mod drain;
pub mod export;
mod live_boards;
mod other_kiosks;
mod pin_auth;
mod policy;
mod scheduler;
mod session_json;
mod sessions;
mod snapshot;
mod students;
mod timekeeper;
mod timetable;
mod web_sign_ins;

#[cfg(test)]
mod tests;

pub use crate::store::{
    Assignment, AttendanceFile, AttendanceQuery, AttendanceRow, Audience, ClassList,
    CorrectedTimes, Entity, ExcuseQuery, GivenExcuse, ImportChange, ImportResult, ImportSummary,
    ImportedStudent, LectureSettled, LecturerChange, ListPage, ListRefusal, NewUnit, Newcomers,
    PAGE, Place, PlaceChange, StoreError, StudentChange, StudentFile, StudentOrder, StudentQuery,
    StudentRecord, StudentRow, SyncState, UnitRecord, UnsettledDelivery,
};
pub use address::{Candidate, Finder, choose};
pub use administration::{Administration, ExcuseOrder};
pub use authorization::{Actor, Forbidden};
pub use container::Services;
pub use corrections::{CorrectionError, Corrections};
pub use csv_roster::{
    CsvExcuses, CsvRoster, CsvTimetable, ExcuseRow, InvalidRoster, RefusedLine, RosterRow,
};
pub use deliveries::{Deliveries, Page, Progress, WatchedRemote};
pub use desk::{CodeAnswer, Desk, Entrance, Request, current};
pub use drain::Drain;
pub use live_boards::{Arrivals, BoardJson, BoardPublisher, LiveBoard, LiveBoards};
pub use other_kiosks::{Noticeboard, OtherKioskError, OtherKiosks, RemoteSession};
pub use pin_auth::{
    AdministrationError, FirstPinRefusal, InvalidPin, Pin, PinAuth, PinVersion, SignIn,
    SignInRefusal,
};
pub use policy::Policy;
pub use scheduler::{Scheduler, Tick};
pub use session_json::SessionJson;
pub use sessions::{Opening, SessionError, Sessions};
pub use snapshot::{RemoteSnapshot, Shown, Snapshot, SnapshotPublisher};
pub use students::{StudentError, Students};
pub use timekeeper::{Timekeeper, Watch};
pub use timetable::{Timetable, TimetableError};
pub use web_sign_ins::{Browser, SignInChanges, SignedIn, WebSignIns};
