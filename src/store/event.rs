//! Events: changes, announced after they are on disk.

use uuid::Uuid;

use crate::domain::{SessionId, Target};

/// Something changed. An event says *that*, never *how much*: a listener that needs numbers reads them again.
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
    /// A target has a new delivery, or one to be attempted again now.
    Owed { target: Target },
    /// Deliveries of a target were settled, parked or postponed.
    Settled { target: Target },
    /// A sign-in at a browser may have ended, by signing out or by a new PIN.
    SignInsEnded,
    /// Another process changed the database; any data may have changed.
    ChangedElsewhere,
}
