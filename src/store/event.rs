//! Facts announced after they are on disk.

use uuid::Uuid;

use crate::domain::{SessionId, Target};

/// Something changed. Says *that*, never *how much*: who needs numbers reads them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A new attendance record.
    CheckedIn {
        /// In which session.
        session: SessionId,
        /// Which record.
        attendance: Uuid,
    },
    /// Staff changed a record.
    Corrected {
        /// In which session.
        session: SessionId,
        /// Which record.
        attendance: Uuid,
    },
    /// A session was opened, closed, reopened, cancelled or changed.
    SessionChanged {
        /// Which.
        session: SessionId,
    },
    /// Students, units, lecturers or enrolments changed.
    RosterChanged,
    /// A target has something new to deliver, or something is to be tried again now.
    Owed {
        /// Which target.
        target: Target,
    },
    /// Deliveries of a target were settled, parked or postponed.
    Settled {
        /// Which target.
        target: Target,
    },
    /// Somebody's sign-in at a browser may have ended: they signed out, or were given another PIN.
    SignInsEnded,
    /// Another process changed the database: anything may be different.
    ChangedElsewhere,
}
