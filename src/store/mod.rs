//! The SQLite database, which is the authority on all state.
//!
//! The only SQL in the program. One thread owns the only writing connection; write jobs that wait
//! together share one commit and one fsync, and each is answered after that commit. Readers have
//! connections of their own. Nothing here knows the network, the screen or the settings file.

mod acts;
mod apply;
mod attendance_files;
pub mod backup;
#[doc(hidden)]
pub mod bare;
mod boards;
mod check_ins;
mod clock;
mod column;
mod connection;
mod corrections;
mod counted;
mod deliveries;
mod enrolments;
mod error;
mod event;
mod excuses;
mod joining;
mod keys;
mod lecturers;
mod lectures;
mod listing;
mod marks;
mod mirror;
mod not_me;
mod numbers;
#[cfg(test)]
mod oracle;
mod paper;
mod plan;
#[cfg(test)]
pub(crate) mod plans;
mod publications;
mod readers;

mod rebuild;
mod receipts;
mod records;
mod right_student;
mod row;
mod rules;
mod schema;
pub mod secrets;
mod semester;
mod session_lists;
mod stamp;
mod student_files;
mod students;
mod trail;
mod unit_records;
mod units;
mod upgrade;
mod web_sign_ins;
mod writer;

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{broadcast, watch};

pub use acts::AuditContext;
pub use attendance_files::{
    AttendanceFile, AttendanceQuery, AttendanceRow, DeliveryTries, SyncState,
};
pub use check_ins::NewCheckIn;
pub use clock::CorrectedTimes;
pub use deliveries::{DueBy, Settled, Settlement, UnsettledDelivery};
pub use enrolments::{Place, PlaceChange};
pub use error::{Entity, OpenError, StoreError};
pub use event::{Event, next_event};
pub use excuses::{ExcuseQuery, GivenExcuse};
pub use joining::Joined;
pub use keys::KioskKeys;
pub use lecturers::{CountedTry, LecturerChange, NewLecturer, PinRecord};
pub use lectures::{Audience, CodedSession, LectureSettled, NewSession, OpeningRules, PastLecture};
pub use listing::{ListPage, PAGE};
pub use mirror::{MirroredSession, Withdrawn};
pub use not_me::NotMeAt;
pub use publications::{Publication, Publishing};
pub use rebuild::rebuild;
pub use rules::Rules;
pub use session_lists::{LeftAtPortal, SessionEntry};
pub use student_files::{StudentChange, StudentFile, StudentOrder, StudentQuery, StudentRow};
pub use students::{
    ClassList, ImportChange, ImportResult, ImportSummary, ImportedStudent, KnownStudent,
    ListRefusal, Newcomers,
};
pub use unit_records::{StudentRecord, UnitRecord};
pub use units::{Assignment, NewUnit};

use error::Stop;
use readers::Readers;
use writer::Writer;

/// Where jobs and queries run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Executor {
    /// On threads of their own.
    Threads,
    /// In the task that awaits them.
    Inline,
}

/// The database, shared by all parts of the program that read or write it.
#[derive(Debug, Clone)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    events: broadcast::Sender<Event>,
}

impl Store {
    /// Events kept for a slow listener; one that falls further behind reads the board again.
    const EVENTS_KEPT: usize = 1024;

    /// Opens the database at `path`, creating it and bringing its schema up to date as needed.
    ///
    /// # Errors
    /// [`OpenError`] when the file cannot be opened or written, is damaged, or is newer than this program.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_by(Executor::Threads, path)
    }

    /// As [`Store::open`], with every job and query run where it is awaited, for a simulation in which the
    /// order of events must not depend on threads. Changes by other processes are not noticed.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_inline(path: &Path) -> Result<Self, OpenError> {
        Self::open_by(Executor::Inline, path)
    }

    fn open_by(executor: Executor, path: &Path) -> Result<Self, OpenError> {
        let connection = upgrade::open_for_writing(path)?;
        let readers = Readers::start(executor, path)?;
        let (events, _) = broadcast::channel(Self::EVENTS_KEPT);
        let writer = Writer::start(executor, path, connection, events.clone())?;
        Ok(Self {
            writer: Arc::new(writer),
            readers: Arc::new(readers),
            events,
        })
    }

    /// The events from now on; each is announced after its commit.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Why nothing can be written at present; `None` without an error (feature K4).
    #[must_use]
    pub fn trouble(&self) -> watch::Receiver<Option<StoreError>> {
        self.writer.trouble()
    }

    /// Writes test data to find out whether writing works again.
    ///
    /// # Errors
    /// [`StoreError`] while it is not.
    pub async fn try_writing(&self) -> Result<(), StoreError> {
        // A page of its own, so that a disk with a few free bytes does not pass for one with room.
        const SQL: &str = "INSERT INTO settings (name, value) VALUES ('written', randomblob(8192))
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.write(|db, _| {
            db.prepare_cached(SQL)?.execute([])?;
            Ok(())
        })
        .await
    }

    /// Returns once the writing thread has taken a job and answered it, whatever the answer: it is alive.
    /// Nothing is written.
    pub async fn is_alive(&self) {
        let _ = self.write(|_, _| Ok(())).await;
    }

    /// Makes the writing thread hang until the answer is dropped, for a test; it hangs when this returns.
    #[cfg(test)]
    pub(crate) async fn wedge(&self) -> std::sync::mpsc::Sender<()> {
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (hangs, hanging) = tokio::sync::oneshot::channel();
        let store = self.clone();
        tokio::spawn(async move {
            store
                .write(move |_, _| {
                    let _ = hangs.send(());
                    let _ = wait.recv();
                    Ok(())
                })
                .await
        });
        let _ = hanging.await;
        release
    }

    /// Waits for the write jobs in hand and closes the writing connection; later jobs are refused.
    pub async fn close(&self) {
        self.writer.close().await;
    }

    /// Runs a job in a transaction that is on disk when this returns.
    async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection, &mut Vec<Event>) -> Result<T, StoreError> + Send + 'static,
    {
        let job = |db: &_, events: &mut _| job(db, events).map_err(Stop::Store);
        match self.writer.run::<T, Infallible, _>(job).await? {
            Ok(done) => Ok(done),
        }
    }

    /// The same with a job that a rule may refuse: nothing that it wrote by then stays.
    async fn write_unless_refused<T, R, F>(&self, job: F) -> Result<Result<T, R>, StoreError>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&rusqlite::Connection, &mut Vec<Event>) -> Result<T, Stop<R>> + Send + 'static,
    {
        self.writer.run(job).await
    }

    /// Works out what a job would do, on a snapshot of the database.
    async fn read_unless_refused<T, R, F>(&self, query: F) -> Result<Result<T, R>, StoreError>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> Result<T, Stop<R>> + Send + 'static,
    {
        self.read(|db| match query(db) {
            Ok(found) => Ok(Ok(found)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Store(error)) => Err(error),
        })
        .await
    }

    /// Runs a query on a snapshot of the database.
    async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.readers.run(query).await
    }
}
