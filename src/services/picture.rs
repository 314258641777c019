//! The picture of what is so now, read again whenever something changed and shown by every screen.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::address::Finder;
use super::container::Services;
use super::desk::{Desk, current};
use super::drain::Drain;
use super::sessions::Sessions;
use super::timekeeper::Timekeeper;
use super::timetable::Timetable;
use crate::domain::{
    Board, ClockStep, MirrorStatus, RemoteStatus, SessionKey, Target, TargetCounts,
};
use crate::store::{CodedSession, Event, Store, StoreError};

/// Everything that the public screen shows. Replaced whole, never edited.
#[derive(Debug, Clone, Default)]
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
    /// Why nothing can be recorded, when that is so (feature K4).
    pub trouble: Option<Trouble>,
    /// Nobody has been entered who could open a session: the kiosk has just been installed.
    pub not_set_up: bool,
    /// No time server has set the clock, as far as can be told (feature K5).
    pub clock_not_set: bool,
    /// A lecture of the timetable would open by itself, now or later, if the clock were set.
    pub lecture_awaits_clock: bool,
    /// How far the clock that people read has been set from the steady time that codes change with.
    pub clock_step: ClockStep,
}

/// Why the kiosk is out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// For the technician, such as `DISK-FULL`.
    pub code: &'static str,
    /// In words.
    pub sentence: String,
}

impl Trouble {
    fn of(error: &StoreError) -> Self {
        Self {
            code: error.trouble_code().unwrap_or("STORE"),
            sentence: error.to_string(),
        }
    }
}

/// The session on the screen.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its counts and latest arrivals.
    pub board: Board,
    /// Signs its codes.
    pub key: SessionKey,
}

/// One remote, as the status line shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSnapshot {
    /// Which.
    pub target: Target,
    /// Whether it can be reached.
    pub status: RemoteStatus,
    /// How much it is owed.
    pub counts: TargetCounts,
    /// How fast it takes that.
    pub drain: Drain,
}

/// Paints the picture.
#[derive(Debug)]
pub struct Painter {
    store: Store,
    desk: Desk,
    sessions: Sessions,
    timetable: Timetable,
    timekeeper: Timekeeper,
    finder: Finder,
    remotes: Vec<(Target, watch::Receiver<RemoteStatus>)>,
    mirror: Option<watch::Receiver<MirrorStatus>>,
    picture: watch::Sender<Arc<Snapshot>>,
}

/// Arrivals kept in the picture: more than the tallest screen lists.
const ARRIVALS: u32 = 40;

/// Between two looks at what no event tells: the clock passing an end or an opening, the network,
/// the disk coming back. Half of the five seconds within which a new address must show (feature B6).
const LOOK_AGAIN: Duration = Duration::from_millis(2500);

/// Between two paintings while events pour in: five hundred check-ins a second are not five hundred boards.
/// Well under the 250 ms within which an arrival must show (feature F1).
const AT_MOST_EVERY: Duration = Duration::from_millis(50);

impl Painter {
    /// A painter, and the picture as it will be.
    #[must_use]
    pub fn new(
        store: Store,
        services: &Services,
        finder: Finder,
        remotes: Vec<(Target, watch::Receiver<RemoteStatus>)>,
    ) -> (Self, watch::Receiver<Arc<Snapshot>>) {
        let (picture, receiver) = watch::channel(Arc::default());
        (
            Self {
                store,
                desk: services.desk.clone(),
                timekeeper: services.sessions.timekeeper(),
                sessions: services.sessions.clone(),
                timetable: services.timetable.clone(),
                finder,
                remotes,
                mirror: None,
                picture,
            },
            receiver,
        )
    }

    /// The same where other kiosks' records are read.
    #[must_use]
    pub fn with_mirror(self, status: watch::Receiver<MirrorStatus>) -> Self {
        Self {
            mirror: Some(status),
            ..self
        }
    }

    /// Paints until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut events = self.store.subscribe();
        let mut trouble = self.store.trouble();
        loop {
            let painted = Instant::now();
            self.paint().await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = something_changed(&mut events) => {}
                Ok(()) = trouble.changed() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(painted + AT_MOST_EVERY) => {}
            }
            // One painting covers everything that happened until now.
            while matches!(
                events.try_recv(),
                Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_))
            ) {}
        }
    }

    /// Paints once.
    pub async fn paint(&self) {
        let picture = match self.look().await {
            Ok(picture) => picture,
            Err(error) => {
                tracing::error!(%error, "the board could not be read");
                Snapshot {
                    address: self.finder.find(),
                    trouble: Some(Trouble::of(&error)),
                    ..Snapshot::clone(&self.picture.borrow())
                }
            }
        };
        self.picture.send_replace(Arc::new(picture));
    }

    /// The drain as the last picture shows it; one that begins with what waits, before there is any.
    fn drain(&self, target: Target, waiting: u64) -> Drain {
        let last = self.picture.borrow();
        let remote = last.remotes.iter().find(|remote| remote.target == target);
        remote.map_or_else(|| Drain::from(waiting), |remote| remote.drain.clone())
    }

    async fn look(&self) -> Result<Snapshot, StoreError> {
        let trouble = self.store.trouble();
        if trouble.borrow().is_some() {
            // Recovers by itself once the cause is gone; the trouble itself is read below.
            let _ = self.store.try_writing().await;
        }
        // Before anything is judged by the time of day: a session that was opened by a clock not yet
        // set is not over because it is now.
        self.timekeeper.look().await?;
        self.sessions.close_ended().await?;
        self.timetable.open_due().await?;
        let open = self.store.open_sessions().await?;
        let policy = self.desk.policy();
        let shown = current(&open, &policy.venue, self.desk.now(), policy.windows);
        let shown = match shown {
            Some(CodedSession { session, key }) => self
                .store
                .board(session.id, ARRIVALS)
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
            trouble: trouble.borrow().as_ref().map(Trouble::of),
            lecture_awaits_clock,
            clock_not_set: !self.desk.clock_trusted(),
            clock_step: self.desk.clock_step(),
        })
    }
}

/// Waits for the next event; having missed some is an event too.
async fn something_changed(events: &mut broadcast::Receiver<Event>) {
    if let Err(broadcast::error::RecvError::Closed) = events.recv().await {
        // The store is gone: the slow look goes on, nothing else will come.
        std::future::pending::<()>().await;
    }
}
