//! What happens because of the time of day: sessions end, planned lectures open, times are corrected.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::container::Services;
use super::sessions::Sessions;
use super::timekeeper::Timekeeper;
use super::timetable::Timetable;
use crate::store::{Event, Store, StoreError, next_event};

/// Between two ticks: how late a lecture may open or a session may be closed.
const TICK_EVERY: Duration = Duration::from_millis(2500);

/// Corrects times, closes ended sessions, opens due lectures, and finds out whether a full disk has recovered.
#[derive(Debug)]
pub struct Scheduler {
    store: Store,
    sessions: Sessions,
    timetable: Timetable,
    timekeeper: Timekeeper,
    ticked: watch::Sender<Tick>,
}

/// What came of the last tick.
pub type Tick = Result<(), StoreError>;

impl Scheduler {
    /// A scheduler, and a receiver that changes after each of its ticks.
    #[must_use]
    pub fn new(store: Store, services: &Services) -> (Self, watch::Receiver<Tick>) {
        let (ticked, ticks) = watch::channel(Ok(()));
        let scheduler = Self {
            store,
            sessions: services.sessions.clone(),
            timetable: services.timetable.clone(),
            timekeeper: services.sessions.timekeeper(),
            ticked,
        };
        (scheduler, ticks)
    }

    /// Ticks until stopped: at least every `TICK_EVERY`, and when sessions or the lists changed.
    pub async fn run(self, stop: CancellationToken) {
        let mut events = self.store.subscribe();
        loop {
            // A failure has been logged and is shown until a later tick succeeds.
            let _ = self.tick().await;
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = next_event(&mut events, concerns_times) => {}
                () = tokio::time::sleep(TICK_EVERY) => {}
            }
        }
    }

    /// Does once what is due now. A job that fails keeps none of the others from being done.
    ///
    /// # Errors
    /// The first [`StoreError`]; the next tick tries again.
    pub async fn tick(&self) -> Tick {
        let done = self.try_tick().await;
        let before = self.ticked.send_replace(done.clone());
        if let Err(error) = &done
            && before != done
        {
            tracing::error!(%error, "a part of what was due could not be done");
        }
        done
    }

    async fn try_tick(&self) -> Tick {
        if self.store.trouble().borrow().is_some() {
            // Clears the trouble once its cause is gone; until then the store keeps reporting it.
            let _ = self.store.try_writing().await;
        }
        // Before anything is judged by the time of day: a session that was opened by a clock not yet
        // set is not over because it is now.
        let looked = self.timekeeper.look().await.map(drop);
        let closed = self.sessions.close_ended().await.map(drop);
        let opened = self.timetable.open_due().await.map(drop);
        looked.and(closed).and(opened)
    }
}

/// Whether an event may change what is to open or end.
fn concerns_times(event: Event) -> bool {
    matches!(
        event,
        Event::SessionChanged { .. } | Event::RosterChanged | Event::ChangedElsewhere
    )
}
