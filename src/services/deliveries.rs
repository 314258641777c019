//! What is still owed to the remotes, as staff watch it and try it again (feature G3).

use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::{DebtState, Lecturer, Target, Timestamp};
use crate::store::{OwedLine, Store, StoreError};

/// Shows what is not delivered yet.
#[derive(Debug, Clone)]
pub struct Deliveries {
    store: Store,
    clock: Clock,
}

/// A delivery that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which record.
    pub attendance_id: Uuid,
    /// To whom.
    pub target: Target,
    /// Waiting or parked.
    pub state: DebtState,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, while it is waiting.
    pub next_attempt_at: Timestamp,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When the check-in was made.
    pub checked_in_at: Timestamp,
    /// Whose: the number for an administrator, its tail for everybody else, since the list has the
    /// records of every unit and a lecturer sees only their own (feature F4).
    pub number: String,
}

impl Deliveries {
    /// The deliveries of a store.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// The deliveries that are not settled, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn unsettled(
        &self,
        lecturer: &Lecturer,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let lines = self.store.owed_lines(limit).await?;
        let in_full = lecturer.is_admin;
        let delivery = |line: OwedLine| Delivery {
            number: if in_full {
                line.admission_number.to_string()
            } else {
                line.admission_number.masked()
            },
            attendance_id: line.attendance_id,
            target: line.target,
            state: line.state,
            attempts: line.attempts,
            next_attempt_at: line.next_attempt_at,
            last_error: line.last_error,
            checked_in_at: line.checked_in_at,
        };
        Ok(lines.into_iter().map(delivery).collect())
    }

    /// Makes everything that is not settled due now, parked deliveries included, and says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry_all(&self) -> Result<u64, StoreError> {
        self.store.retry(None, None, self.clock.now()).await
    }

    /// Makes one delivery due now; 0 when it has been settled meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry(&self, attendance_id: Uuid, target: Target) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.store
            .retry(Some(attendance_id), Some(target), now)
            .await
    }
}
