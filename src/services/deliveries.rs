//! What is still owed to the remotes, as staff watch it and try it again (feature G3).

use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::Target;
use crate::store::{OwedLine, Store, StoreError};

/// Shows what is not delivered yet.
#[derive(Debug, Clone)]
pub struct Deliveries {
    store: Store,
    clock: Clock,
}

/// Which lines of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Lines before it.
    pub offset: u32,
    /// Lines in it.
    pub limit: u32,
}

impl Deliveries {
    /// The deliveries of a store.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// A page of what is not settled, to one target or to all, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn page(
        &self,
        target: Option<Target>,
        page: Page,
    ) -> Result<Vec<OwedLine>, StoreError> {
        let all = self.store.owed_lines(page.offset + page.limit).await?;
        let of_target = all
            .into_iter()
            .filter(|line| target.is_none_or(|only| only == line.target));
        Ok(of_target.skip(page.offset as usize).collect())
    }

    /// Makes everything that is not settled due now, parked deliveries included, and says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry_all(&self, target: Option<Target>) -> Result<u64, StoreError> {
        self.store.retry(None, target, self.clock.now()).await
    }

    /// Makes a record's deliveries due now; 0 when they have been settled meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry(
        &self,
        attendance_id: Uuid,
        target: Option<Target>,
    ) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.store.retry(Some(attendance_id), target, now).await
    }
}
