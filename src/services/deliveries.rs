//! The delivery queue, as staff watch and retry it (features G3, H9).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::{DeliveryEvent, RemoteStatus, Target, TargetCounts};
use crate::store::{Store, StoreError, UnsettledDelivery};

/// What a worker reports.
#[derive(Debug, Clone)]
pub struct WatchedRemote {
    /// The remote that it delivers to.
    pub target: Target,
    /// Whether it can be reached.
    pub status: watch::Receiver<RemoteStatus>,
    /// The records that it is sending at this moment.
    pub in_hand: watch::Receiver<Arc<[Uuid]>>,
}

/// Reports on the deliveries, and retries them.
#[derive(Debug, Clone)]
pub struct Deliveries {
    store: Store,
    clock: Clock,
    remotes: Arc<[WatchedRemote]>,
}

/// The progress of the deliveries to one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The target that is counted.
    pub target: Target,
    /// Whether it can be reached; [`RemoteStatus::Off`] where the site does not use it.
    pub status: RemoteStatus,
    /// How much waits, since when, and how much is parked.
    pub counts: TargetCounts,
    /// Records that are being sent at this moment; they are among those that wait.
    pub delivering: u64,
    /// Delivered within the last minute.
    pub last_minute: u64,
}

/// Which lines of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many lines come before the page.
    pub offset: u32,
    /// Lines to return, at most.
    pub limit: u32,
}

impl Deliveries {
    /// The time over which the throughput is measured.
    const THROUGHPUT: Duration = Duration::from_secs(60);

    /// The deliveries of a store, without workers in this program.
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            remotes: Arc::default(),
        }
    }

    /// The same in the program whose workers deliver to `remotes`.
    pub(super) fn watching(self, remotes: Vec<WatchedRemote>) -> Self {
        Self {
            remotes: remotes.into(),
            ..self
        }
    }

    /// How the deliveries go, for every target in the order of [`Target::ALL`].
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn progress(&self) -> Result<Vec<Progress>, StoreError> {
        let mut all = Vec::new();
        for target in Target::ALL {
            let counts = self.store.counts(target).await?;
            let since = self.clock.monotonic() - Self::THROUGHPUT;
            let watched = self.watched(target);
            all.push(Progress {
                target,
                status: watched
                    .map_or(RemoteStatus::Off, |watched| watched.status.borrow().clone()),
                delivering: watched.map_or(0, |watched| watched.in_hand.borrow().len() as u64),
                last_minute: self.store.delivered_since(target, since).await?,
                counts,
            });
        }
        Ok(all)
    }

    /// A page of the deliveries that are not settled, to one target or to all: parked ones first, since they wait
    /// for a person, then the oldest. Times are wall-clock times.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn page(
        &self,
        target: Option<Target>,
        page: Page,
    ) -> Result<Vec<UnsettledDelivery>, StoreError> {
        let lines = self.store.unsettled_page(target, page.offset, page.limit);
        let mut lines = lines.await?;
        let in_hand: HashSet<(Target, Uuid)> = self
            .remotes
            .iter()
            .flat_map(|watched| {
                let ids = watched.in_hand.borrow().to_vec();
                ids.into_iter().map(|id| (watched.target, id))
            })
            .collect();
        let now = self.clock.reading();
        for line in &mut lines {
            line.next_attempt_at = now.shown(line.next_attempt_at);
            if in_hand.contains(&(line.target, line.attendance_id)) {
                line.state = line.state.after(DeliveryEvent::Taken).unwrap_or(line.state);
            }
        }
        Ok(lines)
    }

    /// Retries the deliveries of one record now, to one target or to all. Answers how many that are; one that
    /// is being delivered does not count.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry(
        &self,
        attendance_id: Uuid,
        target: Option<Target>,
    ) -> Result<u64, StoreError> {
        let now = self.clock.monotonic();
        self.store.retry(Some(attendance_id), target, now).await
    }

    /// Retries every delivery to one target, or to all, that is waiting or parked. Answers how many that are.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub async fn retry_all(&self, target: Option<Target>) -> Result<u64, StoreError> {
        let now = self.clock.monotonic();
        self.store.retry(None, target, now).await
    }

    fn watched(&self, target: Target) -> Option<&WatchedRemote> {
        self.remotes.iter().find(|watched| watched.target == target)
    }
}
