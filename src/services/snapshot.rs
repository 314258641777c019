//! The snapshot of what is so now, read again whenever something changed and shown by every screen.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::address::Finder;
use super::container::Services;
use super::desk::{Desk, current};
use super::drain::Drain;
use super::scheduler::Tick;
use super::timetable::Timetable;
use crate::domain::{
    Board, ClockStep, MirrorStatus, RemoteStatus, SessionKey, Target, TargetCounts,
};
use crate::store::{CodedSession, Store, StoreError, next_event};

/// Everything that the public screen shows. Replaced whole, never edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The session on the screen.
    pub shown: Option<Shown>,
    /// Other sessions that are open on this kiosk.
    pub other_open: usize,
    /// The base of the address for phones, such as `http://192.168.1.20:8080`; `None` when there is none.
    pub address: Option<String>,
    /// The remotes, in the order of [`Target::ALL`].
    pub remotes: Vec<RemoteSnapshot>,
    /// Whether the check-ins at other kiosks show here.
    pub mirror: MirrorStatus,
    /// Why nothing can be recorded, when that is so (feature K4): the store cannot write.
    pub trouble: Option<StoreError>,
    /// Why the last reading or the scheduler's last tick failed, if it did: this may be old, or lectures may not
    /// open and close by themselves. Check-ins are recorded all the same.
    pub fault: Option<StoreError>,
    /// There is no lecturer yet who could open a session: the kiosk has just been installed.
    pub not_set_up: bool,
    /// The clock is not known to be synchronised (feature K5).
    pub clock_not_set: bool,
    /// A planned lecture would open by itself, now or later, if the clock were synchronised.
    pub lecture_awaits_clock: bool,
    /// The difference between the wall clock and the monotonic time that codes change with.
    pub clock_step: ClockStep,
}

/// The session on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its counts and latest arrivals.
    pub board: Board,
    /// The key that its codes are made from.
    pub key: SessionKey,
}

/// One remote, as the status line shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSnapshot {
    /// The remote that this is about.
    pub target: Target,
    /// Whether it can be reached.
    pub status: RemoteStatus,
    /// The deliveries that wait, and those that are parked.
    pub counts: TargetCounts,
    /// How fast the deliveries go.
    pub drain: Drain,
}

/// Reads the snapshot and publishes it. It changes nothing: the [`Scheduler`](super::Scheduler) does.
#[derive(Debug)]
pub struct SnapshotPublisher {
    store: Store,
    desk: Desk,
    timetable: Timetable,
    finder: Finder,
    ticks: watch::Receiver<Tick>,
    remotes: Vec<(Target, watch::Receiver<RemoteStatus>)>,
    mirror: Option<watch::Receiver<MirrorStatus>>,
    snapshot: watch::Sender<Arc<Snapshot>>,
}

/// Arrivals in the snapshot: more than the tallest screen lists.
const ARRIVALS: u32 = 40;

/// Between two readings when neither an event nor a tick of the scheduler comes: a new address must show within
/// five seconds (feature B6), and ticks come every two and a half.
const READ_AT_LEAST_EVERY: Duration = Duration::from_secs(4);

/// Between two readings of the board when no event comes, for what only the time of day changes on it. It counts the
/// whole class, and nothing else that is read takes as long.
const COUNT_AT_LEAST_EVERY: Duration = Duration::from_secs(10);

/// Between two readings while events pour in: five hundred check-ins a second are not five hundred boards.
/// Well under the 250 ms within which an arrival must show (feature F1).
const READ_AT_MOST_EVERY: Duration = Duration::from_millis(50);

impl SnapshotPublisher {
    /// A publisher, and the snapshot as it will be. It is read again after each tick of the scheduler, so that
    /// what is shown has been corrected by then.
    #[must_use]
    pub fn new(
        store: Store,
        services: &Services,
        finder: Finder,
        ticks: watch::Receiver<Tick>,
        remotes: Vec<(Target, watch::Receiver<RemoteStatus>)>,
        mirror: Option<watch::Receiver<MirrorStatus>>,
    ) -> (Self, watch::Receiver<Arc<Snapshot>>) {
        let (snapshot, receiver) = watch::channel(Arc::default());
        (
            Self {
                store,
                desk: services.desk.clone(),
                timetable: services.timetable.clone(),
                finder,
                ticks,
                remotes,
                mirror,
                snapshot,
            },
            receiver,
        )
    }

    /// Publishes snapshots until the program stops.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut events = self.store.subscribe();
        let mut trouble = self.store.trouble();
        let mut counted_at = Instant::now();
        let mut has_changed = true;
        loop {
            let read_at = Instant::now();
            if has_changed || read_at - counted_at >= COUNT_AT_LEAST_EVERY {
                counted_at = read_at;
                self.publish().await;
            } else {
                self.publish_with(self.last_shown()).await;
            }
            has_changed = tokio::select! {
                () = stop.cancelled() => return,
                () = next_event(&mut events, |_| true) => true,
                Ok(()) = trouble.changed() => true,
                Ok(()) = self.ticks.changed() => false,
                () = tokio::time::sleep(READ_AT_LEAST_EVERY) => false,
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(read_at + READ_AT_MOST_EVERY) => {}
            }
            // One reading covers everything that happened until now.
            while matches!(
                events.try_recv(),
                Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_))
            ) {
                has_changed = true;
            }
        }
    }

    /// Reads and publishes once.
    pub async fn publish(&self) {
        self.publish_with(None).await;
    }

    /// Reads and publishes, with a board that was counted before unless another session is on the screen by now.
    async fn publish_with(&self, counted: Option<Shown>) {
        let snapshot = match self.read(counted).await {
            Ok(snapshot) => snapshot,
            Err(error) => {
                tracing::error!(%error, "the board could not be read");
                Snapshot {
                    address: self.finder.find(),
                    trouble: self.trouble(),
                    fault: Some(error),
                    ..Snapshot::clone(&self.snapshot.borrow())
                }
            }
        };
        self.snapshot.send_if_modified(|last| {
            let is_new = **last != snapshot;
            if is_new {
                *last = Arc::new(snapshot);
            }
            is_new
        });
    }

    fn last_shown(&self) -> Option<Shown> {
        self.snapshot.borrow().shown.clone()
    }

    /// The drain as the last snapshot has it; a new one begins with what waits now.
    fn drain(&self, target: Target, waiting: u64) -> Drain {
        let last = self.snapshot.borrow();
        let remote = last.remotes.iter().find(|remote| remote.target == target);
        remote.map_or_else(|| Drain::from(waiting), |remote| remote.drain.clone())
    }

    fn trouble(&self) -> Option<StoreError> {
        self.store.trouble().borrow().clone()
    }

    async fn read(&self, counted: Option<Shown>) -> Result<Snapshot, StoreError> {
        let open = self.store.open_sessions().await?;
        let policy = self.desk.policy();
        let shown = current(&open, &policy.venue, self.desk.now(), policy.windows);
        let is_on_the_screen =
            |counted: &Shown| shown.is_some_and(|shown| shown.session == counted.board.session);
        let counted = counted.filter(is_on_the_screen);
        let shown = match shown {
            Some(_) if counted.is_some() => counted,
            Some(CodedSession { session, key, .. }) => self
                .store
                .board(
                    session.id,
                    ARRIVALS,
                    self.desk.now(),
                    self.desk.policy().rules(),
                )
                .await?
                .map(|board| Shown {
                    board,
                    key: key.clone(),
                }),
            None => None,
        };
        let mut remotes = Vec::new();
        for (target, status) in &self.remotes {
            let counts = self.store.counts(*target).await?;
            let mut drain = self.drain(*target, counts.waiting);
            drain.note(self.desk.now(), counts.waiting);
            remotes.push(RemoteSnapshot {
                target: *target,
                status: status.borrow().clone(),
                counts,
                drain,
            });
        }
        let lecture_awaits_clock = shown.is_none() && self.timetable.awaits_clock().await?;
        let not_set_up = shown.is_none() && self.store.lecturers().await?.is_empty();
        Ok(Snapshot {
            not_set_up,
            other_open: open.len().saturating_sub(usize::from(shown.is_some())),
            shown,
            address: self.finder.find(),
            remotes,
            mirror: self
                .mirror
                .as_ref()
                .map(|status| status.borrow().clone())
                .unwrap_or_default(),
            trouble: self.trouble(),
            fault: self.ticks.borrow().clone().err(),
            lecture_awaits_clock,
            clock_not_set: !self.desk.clock_trusted(),
            clock_step: self.desk.clock_step(),
        })
    }
}
