//! Events: changes, announced after they are on disk.

use tokio::sync::broadcast::{Receiver, error::RecvError};
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
    Queued { target: Target },
    /// Deliveries of a target were settled, parked or postponed.
    Settled { target: Target },
    /// A sign-in at a browser may have ended, by signing out or by a new PIN.
    SignInsEnded,
    /// Another process changed the database; any data may have changed.
    ChangedElsewhere,
}

/// Waits for an event that `is_wanted`. Missed events count as one, since any of them may have been wanted.
/// Once the store has closed it waits for ever: the caller has a timer or a stop beside it.
pub async fn next_event(events: &mut Receiver<Event>, is_wanted: impl Fn(Event) -> bool) {
    loop {
        match events.recv().await {
            Ok(event) if is_wanted(event) => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
