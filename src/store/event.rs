//! Facts announced after they are on disk.

use uuid::Uuid;

use crate::domain::{SessionId, Target};

/// Something changed. Says *that*, never *how much*: who needs numbers reads them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A new attendance record.
    CheckedIn {
        session: SessionId,
        attendance: Uuid,
    },
    /// Staff changed a record.
    Corrected {
        session: SessionId,
        attendance: Uuid,
    },
    /// A session was opened, closed, reopened, cancelled or changed.
    SessionChanged { session: SessionId },
    /// Students, units, lecturers or enrolments changed.
    RosterChanged,
    /// A target has something new to deliver, or something is to be tried again now.
    Owed { target: Target },
    /// Deliveries of a target were settled, parked or postponed.
    Settled { target: Target },
    /// Somebody's sign-in at a browser may have ended: they signed out, or were given another PIN.
    SignInsEnded,
    /// Another process changed the database: anything may be different.
    ChangedElsewhere,
}
