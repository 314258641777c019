//! Reading what other kiosks recorded in the sessions of this one: a step, and a loop that repeats it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::firestore::{FirestoreRemote, Since};
use super::pause::Pause;
use super::remote::Trouble;
use super::wake::Bell;
use super::worker::{LONGEST_NAP, SHORTEST_NAP, STORE_NAP, chance};
use crate::clock::Clock;
use crate::domain::{MirrorStatus, SessionId, SessionState, SharedCheckIn, Timestamp};
use crate::store::{Event, MirroredSession, Store, StoreError};

/// Between two looks while another kiosk takes part: its check-ins must show within three seconds.
const TOGETHER: Duration = Duration::from_secs(2);
/// Between two looks while nobody else does; each look is a read that is paid for.
const ALONE: Duration = Duration::from_secs(15);
/// How far before the last record seen a reading begins: a record is stamped when it is sent, and shows
/// itself when it is committed. Commits were seen to be held for 1.2 s.
const OVERLAP: Duration = Duration::from_secs(10);
/// A session is read from this long before its start: what is opened for tomorrow has no records today.
const BEFORE_THE_START: Duration = Duration::from_secs(3600);
/// After its end, a session that was shared is still looked at, ever less often: a kiosk that was away
/// brings its records later.
const AFTER_THE_END: Duration = Duration::from_secs(30 * 24 * 3600);
/// The same where no other kiosk was seen. One may have joined and lost its network before it could say
/// so; most sessions have one kiosk, and a week of a look now and then costs them next to nothing.
const ALONE_AFTER_THE_END: Duration = Duration::from_secs(7 * 24 * 3600);
const SELDOM: Duration = Duration::from_secs(6 * 3600);

/// Reads the records of other kiosks into this board.
pub struct Mirror {
    store: Store,
    clock: Clock,
    kiosk_id: String,
    firestore: Arc<FirestoreRemote>,
    status: watch::Sender<MirrorStatus>,
    bell: Bell,
    pause: Pause,
    /// The error that was last written down.
    noted: Option<String>,
    /// What is known of each session since this program was started.
    looks: HashMap<SessionId, Look>,
}

/// The last look at a session.
struct Look {
    at: Instant,
    /// When the server looked, by its clock: nothing older shows up but what was being committed.
    read_at: Option<Timestamp>,
    state: SessionState,
}

impl Mirror {
    /// A mirror, and how it fares.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        kiosk_id: String,
        firestore: Arc<FirestoreRemote>,
    ) -> (Self, watch::Receiver<MirrorStatus>) {
        let (status, told) = watch::channel(MirrorStatus::Idle);
        let mirror = Self {
            store,
            clock,
            kiosk_id,
            firestore,
            status,
            bell: Bell::default(),
            pause: Pause::default(),
            noted: None,
            looks: HashMap::new(),
        };
        (mirror, told)
    }

    /// Something to ring when the link comes back.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Looks at every session that is due for it, and answers how long to rest; `None`: there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be used. Nothing is lost: the next look begins where the
    /// last page ended that was written down.
    pub async fn step(&mut self) -> Result<Option<Duration>, StoreError> {
        let monotonic = self.clock.monotonic();
        if let Some(until) = self.pause.until(monotonic) {
            return Ok(Some(until.since(monotonic)));
        }
        let now = self.clock.now();
        let sessions = self
            .store
            .mirrored_sessions(
                now + BEFORE_THE_START,
                now - AFTER_THE_END,
                now - ALONE_AFTER_THE_END,
            )
            .await?;
        self.looks
            .retain(|id, _| sessions.iter().any(|known| known.session.id == *id));
        let mut rest: Option<Duration> = None;
        let mut other_kiosks = 0;
        let mut is_open = false;
        for mut known in sessions {
            let due_in = self.due_in(&known, now);
            let wait = if due_in.is_zero() {
                let started = Instant::now();
                match self.look(&known, started).await? {
                    Ok(seen) => known = seen,
                    Err(trouble) => return self.fail(&known, trouble).await.map(Some),
                }
                self.due_in(&known, now)
            } else {
                due_in
            };
            if known.session.state == SessionState::Open {
                is_open = true;
                other_kiosks += known.other_kiosks;
            }
            rest = Some(rest.map_or(wait, |rest| rest.min(wait)));
        }
        self.publish(if is_open {
            MirrorStatus::Current { other_kiosks }
        } else {
            MirrorStatus::Idle
        });
        Ok(rest)
    }

    /// How long a session may be left alone.
    fn due_in(&self, known: &MirroredSession, now: Timestamp) -> Duration {
        let Some(look) = self.looks.get(&known.session.id) else {
            return Duration::ZERO;
        };
        // Read whole when it opens and when it closes.
        if look.state != known.session.state {
            return Duration::ZERO;
        }
        let every = match (known.session.state, known.closed_read_at) {
            (SessionState::Open, _) if known.other_kiosks > 0 => TOGETHER,
            (SessionState::Open, _) => ALONE,
            (_, None) => TOGETHER,
            (_, Some(_)) if known.other_kiosks == 0 => SELDOM,
            (_, Some(read_at)) => (now.since(read_at) / 4).clamp(ALONE, SELDOM),
        };
        every.saturating_sub(look.at.elapsed())
    }

    /// Follows what was made of a session elsewhere, and reads its records from where the last look ended.
    async fn look(
        &mut self,
        known: &MirroredSession,
        started: Instant,
    ) -> Result<Result<MirroredSession, Trouble>, StoreError> {
        let id = known.session.id;
        let published = match self.firestore.published_session(id).await {
            Ok(published) => published,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let mut seen = known.clone();
        if let Some(published) = published {
            seen.other_kiosks = published.others(&self.kiosk_id);
            let withdrawn = published.withdrawn.clone();
            self.store
                .take_withdrawn(id, withdrawn, self.clock.now())
                .await?;
            self.store
                .follow_session(published, self.kiosk_id.clone(), self.clock.now())
                .await?;
        }
        let Some(now_known) = self.store.session(id).await? else {
            return Ok(Ok(seen));
        };
        seen.session = now_known.session;
        let is_over = seen.session.state != SessionState::Open;
        let last = self.looks.get(&id);
        let read_before = known.read_until.max(last.and_then(|look| look.read_at));
        let is_whole = read_before.is_none() || (is_over && known.closed_read_at.is_none());
        let mut since = match read_before {
            Some(until) if !is_whole => Since::Moment(until - OVERLAP),
            _ => Since::TheBeginning,
        };
        let read_at = loop {
            let mut page = match self.firestore.read_shared(id, &since).await {
                Ok(page) => page,
                Err(trouble) => return Ok(Err(trouble)),
            };
            self.name_own(&mut page.check_ins);
            if let Some(until) = page.read_until
                && (Some(until) > seen.read_until || !page.check_ins.is_empty())
            {
                let now = self.clock.now();
                self.store
                    .take_shared(id, page.check_ins, until, now)
                    .await?;
                seen.read_until = seen.read_until.max(Some(until));
            }
            match page.next {
                Some(place) => since = Since::Place(place),
                None => break page.read_at,
            }
        };
        let closed_read_at = match known.closed_read_at {
            _ if !is_over => None,
            Some(at) => Some(at),
            None => Some(self.clock.now()),
        };
        seen.closed_read_at = closed_read_at;
        let is_news = seen.other_kiosks != known.other_kiosks
            || closed_read_at != known.closed_read_at
            || last.is_none()
            || self.noted.is_some();
        if is_news {
            self.store
                .note_mirrored(id, seen.other_kiosks, closed_read_at)
                .await?;
        }
        self.noted = None;
        self.pause.clear();
        let look = Look {
            at: started,
            read_at,
            state: seen.session.state,
        };
        self.looks.insert(id, look);
        Ok(Ok(seen))
    }

    /// Tells this kiosk's own records from the others'. It knows them, unless its books were set back to a
    /// backup; then they come back from here.
    fn name_own(&self, check_ins: &mut [SharedCheckIn]) {
        let records = check_ins.iter_mut().flat_map(|one| &mut one.records);
        for record in records {
            if record.kiosk_id.as_ref() == Some(&self.kiosk_id) {
                record.kiosk_id = None;
            }
        }
    }

    /// Rests after a look that brought nothing; answers how long.
    async fn fail(
        &mut self,
        known: &MirroredSession,
        trouble: Trouble,
    ) -> Result<Duration, StoreError> {
        let now = self.clock.monotonic();
        let error = match trouble {
            Trouble::Unreachable { error, retry_after } => {
                self.pause.fail(now, retry_after, chance());
                error
            }
            Trouble::Unauthorized { error } => {
                self.pause.bar(now);
                error
            }
        };
        if self.noted.as_ref() != Some(&error) {
            let id = known.session.id;
            self.store.note_mirror_error(id, error.clone()).await?;
            self.noted = Some(error.clone());
        }
        self.publish(MirrorStatus::Failing { error });
        let until = self.pause.until(now);
        Ok(until.map_or(STORE_NAP, |until| until.since(now)))
    }

    /// Reads until `shutdown`. What is in hand then is read again at the next start.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut events = self.store.subscribe();
        let mut was_in_trouble = false;
        loop {
            let step = tokio::select! {
                () = shutdown.cancelled() => return,
                step = self.step() => step,
            };
            let nap = match step {
                Ok(rest) => {
                    was_in_trouble = false;
                    rest.map_or(LONGEST_NAP, |rest| rest.clamp(SHORTEST_NAP, LONGEST_NAP))
                }
                Err(StoreError::Closed) => return,
                Err(error) => {
                    if !was_in_trouble {
                        tracing::error!(%error, "other kiosks' records cannot be written down");
                    }
                    was_in_trouble = true;
                    STORE_NAP
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = a_session_changed(&mut events) => {}
                () = self.bell.rung() => self.pause.hasten(),
                () = tokio::time::sleep(nap) => {}
            }
        }
    }

    /// Tells of a change, and logs it once.
    fn publish(&self, status: MirrorStatus) {
        let failed_before = matches!(*self.status.borrow(), MirrorStatus::Failing { .. });
        let changed = self.status.send_if_modified(|current| {
            let changed = *current != status;
            current.clone_from(&status);
            changed
        });
        match status {
            MirrorStatus::Failing { error } if changed => {
                tracing::warn!(error, "other kiosks' records cannot be read");
            }
            MirrorStatus::Current { other_kiosks } if changed && failed_before => {
                tracing::info!(other_kiosks, "other kiosks' records are read again");
            }
            _ => {}
        }
    }
}

/// Waits until a session may have been opened, closed or joined.
async fn a_session_changed(events: &mut broadcast::Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::SessionChanged { .. } | Event::ChangedElsewhere)
            | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
